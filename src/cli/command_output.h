// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a command's texts go and what it may know of the world around it: time, zone, names of users. The program's
// main() fills it once; tests fill it with their own. A command reads nothing ambient.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "cli/controller_client.h"
#include "cli/json_writer.h"
#include "core/text/time_zone.h"
#include "core/text/words.h"

namespace slurmxx {

struct Output {
  std::function<void(std::string_view)> out;  // stdout
  std::function<void(std::string_view)> err;  // stderr
  std::function<std::string()> read_line;     // an answer of the person, for --interactive; may be empty
  std::function<std::string(Uid)> user_name;  // the number as text for an unknown user
  bool colour = false;                        // stdout is a terminal that takes colours
  const TimeZone* zone = &utc();
  Instant now;
  Uid caller;
  std::string caller_name;
  std::string host_name;                                            // of this machine, up to the first dot
  std::string controller_host;                                      // as configured; for ping when no answer comes
  const ClusterConfig* config = nullptr;                            // as this command read it; may be null
  AnswerMeta meta;                                                  // of --json and --yaml
  std::function<std::optional<Uid>(const std::string&)> user_id;    // may be empty
  std::function<std::optional<std::string>(const char*)> variable;  // of the environment; may be empty
  std::function<bool(const std::string&)> is_group;                 // of this machine; may be empty
  std::function<std::vector<std::string>()> group_names;            // of the caller; empty: not known

  void print(std::string_view text) const { out(text); }
  void line(std::string_view text) const { out(std::string(text) + "\n"); }
  void error_line(std::string_view text) const { err(std::string(text) + "\n"); }
  std::string name_of(Uid uid) const { return user_name ? user_name(uid) : to_string(uid); }
};

// Hidden, or kept from the caller by AllowGroups: only --all shows it.
inline bool is_hidden(const Partition& partition, const Output& output) {
  if (partition.hidden) return true;
  if (partition.allow_groups.empty() || output.caller == root_uid || !output.group_names) return false;
  for (const std::string& own : output.group_names())
    for (const std::string& allowed : partition.allow_groups)
      if (own == allowed) return false;
  return true;
}

// --clusters: there is one, and it is here.
inline Status only_own_cluster(const std::string& names, const Output& output) {
  const std::string& own = output.meta.cluster;
  for (std::string_view name : split_commas(names))
    if (name != own && name != "all")
      return fail("'" + std::string(name) +
                  "' can't be reached now, or it is an invalid entry for --cluster: this is " + own +
                  ", which knows no other");
  return {};
}

// The controller's refusal, told by its notes, and as an Error.
inline Error refused_by_controller(ErrorReply& refusal, const Output& output) {
  for (const std::string& note : refusal.notes) output.error_line(note);
  return fail(refusal.code, std::move(refusal.message));
}

// The answer of the wanted kind; the controller's refusal and a lost connection become an Error. Notes that come with
// the answer go to stderr.
template <class Reply>
Result<Reply> ask(ControllerClient& controller, ClientRequest request, const Output& output) {
  TRY_ASSIGN(ClientReply reply, controller.call(std::move(request)));
  if (auto* refusal = std::get_if<ErrorReply>(&reply)) return refused_by_controller(*refusal, output);
  if (auto* answer = std::get_if<Reply>(&reply)) {
    if constexpr (requires { answer->notes; })
      for (const std::string& note : answer->notes) output.error_line(note);
    return std::move(*answer);
  }
  return fail(Errc::unexpected_message);
}

// Of a list of jobs that is taken part by part.
inline Status ask_for_jobs(ControllerClient& controller, ClientRequest request, JobsTaker& taker,
                           const Output& output) {
  TRY_ASSIGN(ClientReply reply, controller.call_for_jobs(std::move(request), taker));
  if (auto* refusal = std::get_if<ErrorReply>(&reply)) return refused_by_controller(*refusal, output);
  return std::holds_alternative<JobsReply>(reply) ? Status() : Status(fail(Errc::unexpected_message));
}

}  // namespace slurmxx
