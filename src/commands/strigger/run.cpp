// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/strigger/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace slurmxx {
namespace {

int refused(const Output& output, std::string_view line) {
  output.error_line(line);
  return 1;
}

Result<std::vector<SetTriggerRequest>> requests_of(const StriggerOptions& options) {
  if (options.events.empty()) return fail("You must specify a trigger");
  if (options.program.empty()) return fail("You must specify a program to execute: --program=PATH");
  if (!options.program.starts_with('/')) return fail("The program must be a full path: --program=/...");
  const std::string file = options.program.substr(0, options.program.find_first_of(" \t"));
  if (std::error_code ignored; !std::filesystem::is_regular_file(file, ignored))
    return fail("Invalid --program value, file not found: " + file);
  std::vector<SetTriggerRequest> requests;
  for (const TriggerEvent event : options.events) {
    const auto row = std::ranges::find(trigger_events(), event, &TriggerEventRow::event);
    Trigger trigger;
    trigger.event = static_cast<std::uint32_t>(event);
    trigger.subject = row->subject;
    if (row->subject == TriggerSubject::job && !options.job) return fail("You must specify a job: --jobid=ID");
    if (row->subject == TriggerSubject::job) trigger.subject_name = *options.job;
    if (row->subject == TriggerSubject::node) trigger.subject_name = options.node.value_or("");
    if (row->subject == TriggerSubject::node && trigger.subject_name.empty()) trigger.subject_name = "*";
    trigger.offset = Seconds(options.offset);
    trigger.program = options.program;
    trigger.permanent = equal_ignoring_case(options.flags, "PERM");
    requests.push_back({std::move(trigger)});
  }
  return requests;
}

int set(const StriggerOptions& options, ControllerClient& controller, const Output& output) {
  const auto requests = requests_of(options);
  if (!requests) return refused(output, "strigger: error: " + requests.error().message);
  for (const SetTriggerRequest& request : *requests)
    if (auto done = ask<DoneReply>(controller, request, output); !done && !options.quiet)
      return refused(output, "slurm_set_trigger: " + text_of(done.error()));
    else if (!done)
      return 1;
  return 0;
}

std::optional<Uid> user_of(const StriggerOptions& options, const Output& output) {
  if (!options.user || !output.user_id) return std::nullopt;
  return output.user_id(*options.user);
}

int clear(const StriggerOptions& options, ControllerClient& controller, const Output& output) {
  ClearTriggersRequest request;
  if (options.id) request.id = static_cast<std::uint32_t>(*options.id);
  request.user = user_of(options, output);
  if (options.user && !request.user) return refused(output, "strigger: error: Invalid user id: " + *options.user);
  if (const auto job = options.job ? parse_natural(*options.job, {1, UINT32_MAX - 1}) : Result<std::uint64_t>(fail("")))
    request.job = JobId(static_cast<std::uint32_t>(*job));
  if (!request.id && !request.user && !request.job)
    return refused(output, "strigger: error: You must specify a --id, --jobid, or --user with --clear");
  auto done = ask<DoneReply>(controller, request, output);
  if (done) return 0;
  return options.quiet ? 1 : refused(output, "slurm_clear_trigger: " + text_of(done.error()));
}

bool is_wanted(const Trigger& trigger, const StriggerOptions& options, std::optional<Uid> user) {
  if (options.id && trigger.id != *options.id) return false;
  if (user && trigger.user != *user) return false;
  if (options.job && (trigger.subject != TriggerSubject::job || trigger.subject_name != *options.job)) return false;
  if (options.node && trigger.subject != TriggerSubject::node) return false;
  return options.events.empty() || std::ranges::any_of(options.events, [&](TriggerEvent event) {
           return static_cast<std::uint32_t>(event) == trigger.event;
         });
}

// As slurm-wlm has them: reconfig is of a node, what is of one thing alone has "*".
std::string resource_type(const Trigger& trigger) {
  const auto event = static_cast<TriggerEvent>(trigger.event);
  if (event == TriggerEvent::reconfig) return "node";
  const bool of_database =
      event == TriggerEvent::primary_database_failure || event == TriggerEvent::primary_database_resumed_operation;
  return of_database ? "database" : trigger_subject_name(trigger.subject);
}

std::string resource_id(const Trigger& trigger) {
  if (!trigger.subject_name.empty()) return trigger.subject_name;
  return trigger.subject == TriggerSubject::other ? "(null)" : "*";
}

int get(const StriggerOptions& options, ControllerClient& controller, const Output& output) {
  auto reply = ask<TriggersReply>(controller, TriggersRequest{}, output);
  if (!reply) return refused(output, "slurm_get_triggers: " + text_of(reply.error()));
  const std::optional<Uid> user = user_of(options, output);
  bool headed = !options.header;
  for (const Trigger& trigger : reply->triggers) {
    if (!is_wanted(trigger, options, user)) continue;
    if (!headed)
      output.line(fmt::format("{:>7} {:<8} {:>8} {:<35} {:>6} {:<8} {:<5} {}", "TRIG_ID", "RES_TYPE", "RES_ID", "TYPE",
                              "OFFSET", "USER", "FLAGS", "PROGRAM"));
    headed = true;
    output.line(fmt::format("{:>7} {:<8} {:>8} {:<35} {:>6} {:<8} {:<5} {}", trigger.id, resource_type(trigger),
                            resource_id(trigger), trigger_event_name(trigger.event), trigger.offset.value,
                            trigger.user_name, trigger.permanent ? "PERM" : "", trigger.program));
  }
  return 0;
}

}  // namespace

int run_strigger(const StriggerOptions& options, ControllerClient& controller, const Output& output) {
  if (const Status here = only_own_cluster(options.clusters, output); !here)
    return refused(output, "strigger: error: " + text_of(here.error()));
  if (options.set + options.get + options.clear != 1)
    return refused(output, "strigger: error: You must specify one of --set, --get, --clear");
  if (options.set) return set(options, controller, output);
  return options.get ? get(options, controller, output) : clear(options, controller, output);
}

}  // namespace slurmxx
