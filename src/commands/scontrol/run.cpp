// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>

#include "base/version.h"
#include "commands/scontrol/show_data.h"
#include "core/hostlist/hostlist.h"
#include "core/text/instant_text.h"

namespace slurmxx {

namespace {

int version(const ScontrolCall& call) {
  call.output.line(fmt::format("slurm {}", version_text));
  return 0;
}

// Numbers below 1000 are the system's own.
int error_number(const ScontrolCall& call) {
  auto number = parse_natural(call.arguments[0], {0, std::numeric_limits<std::uint16_t>::max() - 1});
  if (!number) {
    call.output.error_line(fmt::format("Invalid error number: {}", call.arguments[0]));
    return 1;
  }
  call.output.line(*number > 0 && *number < 1000 ? std::strerror(static_cast<int>(*number))
                                                 : text_of(static_cast<Errc>(*number)));
  return 0;
}

int command_daemon(const ScontrolCall& call) {
  if (call.verb == "reconfigure" && !call.arguments.empty()) return reconfigure_nodes(call);
  const DaemonVerb verb = call.verb == "reconfigure" ? DaemonVerb::reconfigure
                          : call.verb == "abort"     ? DaemonVerb::abort
                                                     : DaemonVerb::shutdown;
  const bool known = call.arguments.empty() || equal_ignoring_case(call.arguments[0], "slurmctld") ||
                     equal_ignoring_case(call.arguments[0], "controller");
  if (!known)
    return call.refused(
        "", fail(fmt::format("invalid option:{} for shutdown: slurmctld or controller is wanted", call.arguments[0])));
  const bool nodes_too = verb == DaemonVerb::shutdown && call.arguments.empty();
  auto done = ask<DoneReply>(call.controller, DaemonRequest{verb, nodes_too}, call.output);
  return done ? 0 : call.refused(fmt::format("slurm_{} error:", call.verb), done.error());
}

int addresses(const ScontrolCall& call) {
  auto names = expand_hostlist(call.arguments[0]);
  auto reply = ask<NodesReply>(call.controller, NodesRequest{false}, call.output);
  if (!names || !reply) return call.refused("slurm_load_node error: ", names ? reply.error() : names.error());
  int exit_code = 0;
  for (const std::string& name : *names) {
    const auto view = std::ranges::find_if(reply->nodes, [&](const NodeView& v) { return v.node.name == name; });
    if (view == reply->nodes.end()) {
      exit_code = call.refused("", fail(fmt::format("Node {} not found", name)));
    } else {
      call.output.line(fmt::format("{}: {}:{}", name, view->address, view->port));
    }
  }
  return exit_code;
}

// Jobs that have ended on some of their nodes only.
int completing(const ScontrolCall& call) {
  auto reply = ask<JobsReply>(call.controller, JobsRequest{}, call.output);
  if (!reply) return call.refused("slurm_load_jobs error: ", reply.error());
  for (const JobView& view : reply->jobs) {
    if (!view.job.completing()) continue;
    const Instant ended = view.job.times.ended.value_or(reply->now);
    call.output.line(fmt::format("JobId={} EndTime={} CompletingTime={} Nodes(COMPLETING)={}", view.job.id.value,
                                 instant_text(ended, *call.output.zone),
                                 std::max<std::int64_t>(0, (reply->now - ended).value), view.nodes));
  }
  return 0;
}

int wait_job(const ScontrolCall& call) {
  auto id = parse_natural(call.arguments[0], {1, std::numeric_limits<std::uint32_t>::max()});
  if (!id) return call.refused("", fail(Errc::invalid_job_id));
  auto reply = ask<WaitReply>(call.controller, WaitRequest{JobId(static_cast<std::uint32_t>(*id)), true}, call.output);
  const bool runs = reply && reply->job.job.state == JobState::running;
  if (!runs) {
    call.output.error_line(fmt::format("scontrol: Problem running job {}", *id));
    return 1;
  }
  call.output.line(fmt::format("Job {} is ready for use", *id));
  return 0;
}

int help(const ScontrolCall& call) {
  ScontrolOptions scratch;
  call.output.print(scontrol_option_set(scratch).help());
  return 0;
}

// There is one cluster: its own name, or none, is where we are already.
int cluster(const ScontrolCall& call) {
  if (call.arguments.empty()) return 0;
  const Status here = only_own_cluster(call.arguments[0], call.output);
  return here ? 0 : call.refused("scontrol: error: ", here.error());
}

int take_over(const ScontrolCall& call) {
  const ClusterConfig* config = call.output.config;
  const bool names_more = config && config->identity.controllers.size() > 1;
  return call.refused("slurm_takeover error: ",
                      fail(names_more ? fmt::format("SlurmctldHost={} is no backup: high availability is not in this "
                                                    "version, and one slurmctld runs",
                                                    config->identity.controllers[1].name)
                                      : "no backup is configured: SlurmctldHost names one host alone"));
}

int token(const ScontrolCall& call) {
  return call.refused("scontrol: error: ", fail("tokens need AuthAltTypes=auth/jwt, which is not in this version"));
}

// What each verb does. A wrong number of arguments is told in the words of `show`; update, create and delete have
// their own.
constexpr const char* usual_words = "too few arguments for keyword:{}";

struct VerbRow {
  std::string_view name;
  std::size_t arguments_min;
  std::size_t arguments_max;
  int (*function)(const ScontrolCall&);
  const char* too_few = usual_words;
  bool text_only = false;  // no --json
};

constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
constexpr const char* keyword_last = "too few arguments for {} keyword";

constexpr VerbRow verbs[] = {
    {"show", 1, any, show},
    {"update", 1, any, update, keyword_last},
    {"hold", 1, any, change_jobs},
    {"uhold", 1, any, change_jobs},
    {"release", 1, any, change_jobs},
    {"requeue", 1, any, change_jobs},
    {"requeuehold", 1, any, change_jobs},
    {"explain", 1, 2, explain},
    {"ping", 0, 0, ping},
    {"version", 0, 0, version, usual_words, true},
    {"errnumstr", 1, 1, error_number},
    {"reconfigure", 0, 1, command_daemon},
    {"shutdown", 0, 1, command_daemon},
    {"getaddrs", 1, 1, addresses, usual_words, true},
    {"completing", 0, 0, completing, usual_words, true},
    {"wait_job", 1, 1, wait_job},
    {"create", 1, any, create, keyword_last},
    {"delete", 1, any, remove_entity, keyword_last},
    {"suspend", 1, any, change_jobs},
    {"resume", 1, any, change_jobs},
    {"top", 1, any, top},
    {"setdebug", 1, 2, set_debug},
    {"setdebugflags", 1, any, set_debug_flags},
    {"takeover", 0, 1, take_over},
    {"token", 0, any, token},
    {"reboot", 0, any, slurmxx::reboot},
    {"cancel_reboot", 1, 1, cancel_reboot},
    {"notify", 2, any, notify},
    {"write", 1, 3, slurmxx::write},
    {"help", 0, 0, help},
    {"cluster", 0, 1, cluster},
    {"abort", 0, 0, command_daemon},
    {"fsdampeningfactor", 1, 1, set_dampening},
    {"listpids", 0, 2, list_pids},
    {"listjobs", 0, 1, list_jobs},
    {"liststeps", 0, 1, list_steps},
    {"pidinfo", 1, 1, pid_info},
    {"power", 2, any, power},
    {"schedloglevel", 1, 1, set_schedule_log_level},
    {"getent", 0, 1, user_entries},
    {"gethost", 0, 2, host_entries},
};

// Words that several verbs begin with, and which of them is meant, as recorded.
const VerbRow* verb_of(std::string_view word) {
  if (const VerbRow* row = find_word(std::span(verbs), word)) return row;
  for (const std::string_view verb : {"update", "listpids", "setdebug"})
    if (starts_with_ignoring_case(verb, word) && word != "s") return find_word(std::span(verbs), verb);
  return nullptr;
}

}  // namespace

int ScontrolCall::refused(std::string_view kind, const Error& error) const {
  output.error_line(fmt::format("{}{}", kind, text_of(error)));
  return 1;
}

int ping(const ScontrolCall& call) {
  const auto asked = std::chrono::steady_clock::now();
  auto pong = ask<PongReply>(call.controller, PingRequest{call.output.caller_name}, call.output);
  const auto latency = std::chrono::steady_clock::now() - asked;
  const std::string& host = pong ? pong->host : call.output.controller_host;
  if (call.wants_data())
    write_ping(host, bool(pong), latency / std::chrono::microseconds(1), {call.format(), call.output, {}});
  else
    call.output.line(fmt::format("Slurmctld(primary) at {} is {}", host, pong ? "UP" : "DOWN"));
  return pong ? 0 : 1;
}

int run(const ScontrolOptions& options, const std::vector<std::string>& words, ControllerClient& controller,
        Output& output) {
  if (words.empty()) return 0;
  if (const Status here = only_own_cluster(options.clusters, output); !here) {
    output.error_line("scontrol: error: " + text_of(here.error()));
    return 1;
  }
  const VerbRow* row = verb_of(words[0]);
  if (!row) {
    output.error_line(fmt::format("invalid keyword: {}", words[0]));
    return 1;
  }
  const std::span<const std::string> arguments = std::span(words).subspan(1);
  if (arguments.size() < row->arguments_min) {
    output.error_line(fmt::format(fmt::runtime(row->too_few), row->name));
    return 1;
  }
  if (arguments.size() > row->arguments_max) {
    output.error_line(fmt::format("too many arguments for keyword:{}", row->name));
    return 1;
  }
  if (row->text_only && (options.json || options.yaml)) {
    output.error_line(fmt::format("scontrol: error: {} has no --json or --yaml", row->name));
    return 1;
  }
  return row->function({options, arguments, controller, output, row->name});
}

}  // namespace slurmxx
