// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol's verbs for daemons and nodes: setdebug, setdebugflags, reboot, cancel_reboot, schedloglevel.
#include <algorithm>

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
  constexpr std::string_view key = "nodes=";
  if (call.arguments.size() > 1 && !starts_with_ignoring_case(call.arguments[1], key))
    return call.refused("", fail(fmt::format("setdebug: {}: nodes=NODES is wanted", call.arguments[1])));
  if (call.arguments.size() > 1)
    return send(call, {"slurmd", call.arguments[1].substr(key.size()), {{"SlurmdDebug", call.arguments[0]}}},
                "slurm_set_debug_level error: ");
  return send(call, {"slurmctld", "", {{"SlurmctldDebug", call.arguments[0]}}}, "slurm_set_debug_level error: ");
}

int set_debug_flags(const ScontrolCall& call) {
  UpdateRequest request{"slurmctld", "", {}};
  for (const std::string& word : call.arguments) {
    if (starts_with_ignoring_case(word, "nodes="))
      return call.refused("", fail("setdebugflags: slurmds log nothing by flags: scontrol setdebug LEVEL nodes=NODES"));
    request.changes.push_back({"DebugFlags", word});
  }
  return send(call, request, "slurm_set_debug_flags error: ");
}

// Their slurmds alone read slurm.conf again.
int reconfigure_nodes(const ScontrolCall& call) {
  return send(call, {"slurmd", call.arguments[0], {{"Reconfigure", ""}}}, "slurm_reconfigure error: ");
}

// There is no such log here, and the original refuses it too unless it was built for it.
int set_schedule_log_level(const ScontrolCall& call) {
  return call.refused("slurm_set_schedlog_level error:", fail(Errc::disabled));
}

int set_dampening(const ScontrolCall& call) {
  return send(call, {"slurmctld", "", {{"FairShareDampeningFactor", call.arguments[0]}}},
              "slurm_set_fs_dampeningfactor error: ");
}

// power {up | down [asap|force]} NODES|ALL [reason=TEXT]
int power(const ScontrolCall& call) {
  const std::string& way = call.arguments[0];
  std::string state = equal_ignoring_case(way, "up")     ? "POWER_UP"
                      : equal_ignoring_case(way, "down") ? "POWER_DOWN"
                                                         : "";
  if (state.empty())
    return call.refused("", fail(fmt::format("invalid option:{} for power: up or down is wanted", way)));
  UpdateRequest request{"node", "", {}};
  for (const std::string& word : call.arguments.subspan(1)) {
    if (state == "POWER_DOWN" && (equal_ignoring_case(word, "asap") || equal_ignoring_case(word, "force")))
      state += "_" + upper(word);
    else if (starts_with_ignoring_case(word, "reason="))
      request.changes.push_back({"Reason", word.substr(std::string_view("reason=").size())});
    else
      request.name = word;
  }
  if (request.name.empty()) return call.refused("", fail("Missing node list. Specify ALL|<NODELIST>"));
  request.changes.push_back({"State", state});
  return send(call, request, "slurm_update error: ");
}

// reboot [ASAP] [nextstate=RESUME|DOWN] [reason=TEXT] NODES|ALL. The nodes come last; a word that is none of the others
// is them, so that a reason with spaces or a key that is misspelt reboots nothing.
int reboot(const ScontrolCall& call) {
  constexpr std::string_view keys[] = {"NextState", "Reason"};
  UpdateRequest request{"reboot", "", {}};
  for (const std::string& word : call.arguments) {
    if (!request.name.empty()) return call.refused("", fail("too many arguments for keyword:reboot"));
    const auto pair = split_once(word, '=');
    const auto is_typed = [&](std::string_view key) { return pair && equal_ignoring_case(pair->first, key); };
    const auto* key = std::ranges::find_if(keys, is_typed);
    if (key != std::end(keys))
      request.changes.push_back({std::string(*key), std::string(pair->second)});
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
