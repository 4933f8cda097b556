// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol's verbs for daemons and nodes: setdebug, setdebugflags, reboot, cancel_reboot, schedloglevel.
#include <fmt/format.h>

#include "commands/scontrol/run.h"

namespace slurmxx {
namespace {

int send(const ScontrolCall& call, const UpdateRequest& request, std::string_view kind) {
  auto done = ask<DoneReply>(call.controller, request, call.output);
  if (done) return 0;
  return call.refused(done.error().code == Errc::error && !done.error().message.empty() ? "" : kind, done.error());
}

}  // namespace

int set_debug(const ScontrolCall& call) {
  if (call.arguments.size() > 1) return call.refused("setdebug: ", fail(Errc::not_supported));  // of slurmds
  return send(call, {"slurmctld", "", {{"SlurmctldDebug", call.arguments[0]}}}, "slurm_set_debug_level error: ");
}

int set_debug_flags(const ScontrolCall& call) {
  UpdateRequest request{"slurmctld", "", {}};
  for (const std::string& word : call.arguments) {
    if (starts_with_ignoring_case(word, "nodes=")) return call.refused("setdebugflags: ", fail(Errc::not_supported));
    request.changes.push_back({"DebugFlags", word});
  }
  return send(call, request, "slurm_set_debug_flags error: ");
}

// There is no such log here, and the original refuses it too unless it was built for it.
int set_schedule_log_level(const ScontrolCall& call) {
  return call.refused("slurm_set_schedlog_level error:", fail(Errc::disabled));
}

// reboot [ASAP] [nextstate=RESUME|DOWN] [reason=TEXT] NODES|ALL
int reboot(const ScontrolCall& call) {
  UpdateRequest request{"reboot", "", {}};
  for (const std::string& word : call.arguments) {
    const auto pair = split_once(word, '=');
    if (pair)
      request.changes.push_back({std::string(pair->first), std::string(pair->second)});
    else if (equal_ignoring_case(word, "ASAP"))
      request.changes.push_back({"ASAP", "yes"});
    else
      request.name = word;
  }
  if (request.name.empty()) return call.refused("", fail("Missing node list. Specify ALL|<NODELIST>"));
  return send(call, request, "scontrol_reboot_nodes error: ");
}

int cancel_reboot(const ScontrolCall& call) {
  return send(call, {"reboot", call.arguments[0], {}, UpdateVerb::remove}, "scontrol_cancel_reboot error: ");
}

int notify(const ScontrolCall& call) {
  std::vector<std::string> words(call.arguments.begin() + 1, call.arguments.end());
  const auto name = parse_natural(call.arguments[0], {1, UINT32_MAX - 1});
  if (!name) return call.refused("slurm_notify_job error: ", fail(Errc::invalid_job_id));
  JobVerbRequest request{JobVerb::notify, JobId(static_cast<std::uint32_t>(*name)), {}, 0, false};
  request.message = join(words, " ");
  auto done = ask<DoneReply>(call.controller, request, call.output);
  return done ? 0 : call.refused("slurm_notify_job error: ", done.error());
}

}  // namespace slurmxx
