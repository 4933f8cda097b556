// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol update: the entity is the first key that names one; the other pairs go to the controller, which knows the
// keys.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "commands/scontrol/files.h"
#include "commands/scontrol/run.h"
#include "commands/scontrol/update_value.h"
#include "core/model/job_name.h"
#include "core/text/instant_text.h"
#include "core/text/time_text.h"

namespace slurmxx {
namespace {

struct EntityKey {
  std::string_view key;
  const char* entity;
};

constexpr EntityKey entity_keys[] = {{"JobId", "job"},
                                     {"StepId", "step"},
                                     {"Step", "step"},
                                     {"SlurmctldDebug", "slurmctld"},
                                     {"SuspendExcNodes", "slurmctld"},
                                     {"SuspendExcParts", "slurmctld"},
                                     {"SuspendExcStates", "slurmctld"},
                                     {"Job", "job"},
                                     {"NodeName", "node"},
                                     {"PartitionName", "partition"},
                                     {"ReservationName", "reservation"},
                                     {"Reservation", "reservation"}};

constexpr const char* no_entity =
    "No valid entity in update command\n"
    "Input line must include \"NodeName\", \"PartitionName\", \"Reservation\", \"JobId\", or \"SlurmctldDebug\"";

// "SuspendExcNodes+": of "SuspendExcNodes+=n1".
std::string_view without_sign(std::string_view key) {
  if (key.ends_with('+') || key.ends_with('-')) key.remove_suffix(1);
  return key;
}

const EntityKey* entity_of(std::string_view key) {
  for (const EntityKey& one : entity_keys)
    if (is_entity_key(without_sign(key), one.key)) return &one;
  return nullptr;
}

// Keys of slurmctld itself are what changes, and name no record.
void begin_entity(UpdateRequest& request, const EntityKey& entity, std::string_view key, std::string_view value) {
  request.entity = entity.entity;
  if (request.entity != "slurmctld") {
    request.name = value;
    return;
  }
  const std::string_view sign = key.substr(without_sign(key).size());
  request.changes.push_back({fmt::format("{}{}", entity.key, sign), std::string(value)});
}

// "job 12 timelimit=5": the name of a record may stand behind a blank.
std::vector<std::string> joined_words(std::span<const std::string> arguments) {
  std::vector<std::string> words(arguments.begin(), arguments.end());
  if (words.size() < 2 || words[0].find('=') != std::string::npos || !entity_of(words[0])) return words;
  words[1] = words[0] + "=" + words[1];
  words.erase(words.begin());
  return words;
}

int refused_update(const ScontrolCall& call, const UpdateRequest& request, const Error& error) {
  if (error.code == Errc::error) {
    call.output.error_line(error.message);
    return 1;
  }
  if (request.entity != "job") return call.refused("slurm_update error: ", error);
  call.output.error_line(fmt::format("{} for job {}", text_of(error), request.name));
  return 1;
}

bool is_name_key(std::string_view key) {
  return equal_ignoring_case(key, "JobName") || equal_ignoring_case(key, "Name");
}

// JobName= and UserID= choose jobs where no JobId does: the keys leave the request, the jobs are the answer.
Result<std::vector<std::string>> jobs_by_name(const ScontrolCall& call, UpdateRequest& request) {
  const auto named = std::ranges::find_if(request.changes, [](const KeyValue& one) { return is_name_key(one.key); });
  if (named == request.changes.end()) return fail(Errc::error, no_entity);
  const std::string name = named->value;
  std::string user;
  std::erase_if(request.changes, [&](const KeyValue& one) {
    if (equal_ignoring_case(one.key, "UserID")) user = one.value;
    return is_name_key(one.key) || equal_ignoring_case(one.key, "UserID");
  });
  TRY_ASSIGN(JobsReply reply, ask<JobsReply>(call.controller, JobsRequest{}, call.output));
  std::vector<std::string> ids;
  for (const JobView& view : reply.jobs) {
    const JobOwner& owner = view.job.spec->owner;
    const bool theirs = user.empty() || user == owner.user_name || user == to_string(owner.uid);
    if (view.job.spec->labels.name == name && theirs && !is_ended(view.job.state))
      ids.push_back(job_name_text(view.job, SIZE_MAX));
  }
  if (ids.empty()) return fail(Errc::error, fmt::format("scontrol: error: No jobs with name '{}'", name));
  return ids;
}

// One request a job: a refused one does not stop the rest.
int update_jobs(const ScontrolCall& call, UpdateRequest& request, const std::vector<std::string>& ids) {
  int exit_code = 0;
  for (const std::string& id : ids) {
    request.name = id;
    auto done = ask<DoneReply>(call.controller, request, call.output);
    if (!done) exit_code = refused_update(call, request, done.error());
    if (const Status written = done ? write_resize_files(call, request) : Status(); !written)
      exit_code = call.refused("scontrol: error: ", written.error());
  }
  return exit_code;
}

std::vector<std::string> listed_jobs(const std::string& text) {
  std::vector<std::string> ids;
  for (std::string_view id : split_job_names(text)) ids.emplace_back(id);
  return ids.empty() ? std::vector<std::string>{text} : ids;
}

// Keys of jobs that may come without a value, and what they mean then.
std::optional<std::string_view> value_of_lone(std::string_view word) {
  if (equal_ignoring_case(word, "ResetAccrueTime")) return "";
  if (equal_ignoring_case(word, "Nice")) return "100";
  return std::nullopt;
}

}  // namespace

Result<std::string> update_value(std::string_view key, std::string_view value, const Output& output) {
  constexpr std::string_view instants[] = {"StartTime", "EligibleTime", "EndTime", "Deadline"};
  constexpr std::size_t least = 4;  // letters; "stat" is State
  const bool is_instant = std::any_of(std::begin(instants), std::end(instants), [&](std::string_view one) {
    return equal_ignoring_case(one, key) || equal_ignoring_case(key, "end") ||
           (key.size() >= least && starts_with_ignoring_case(one, key));
  });
  if (equal_ignoring_case(key, "TimeLimit")) {
    const bool relative = value.starts_with('+') || value.starts_with('-');
    if (value != "-1" && !parse_time_limit(relative ? value.substr(1) : value))
      return fail(Errc::error, fmt::format("scontrol: error: Invalid TimeLimit value \"{}\"", value));
  }
  if (!is_instant) return std::string(value);
  TRY_ASSIGN(const Instant when, parse_instant(value, {.now = output.now, .zone = *output.zone}));
  return std::to_string(when.seconds);
}

namespace {
int update_reservation(const ScontrolCall& call, const UpdateRequest& request) {
  if (const Status known = check_users(request, call.output); !known)
    return call.refused("slurm_update error: ", known.error());
  auto done = ask<ReservationsReply>(call.controller, request, call.output);
  if (!done) return refused_update(call, request, done.error());
  call.output.line("Reservation updated.");
  return 0;
}

// --uid: nobody acts as another here, and slurm-wlm was seen to refuse root as well.
bool is_own_uid(const ScontrolCall& call) {
  const std::string& asked = call.options.uid;
  const Uid own(::getuid());
  return asked.empty() || asked == to_string(own) || (call.output.user_name && asked == call.output.user_name(own));
}

}  // namespace

int update(const ScontrolCall& call) {
  if (!is_own_uid(call)) return call.refused("slurm_update error: ", fail(Errc::user_id_missing));
  UpdateRequest request;
  for (const std::string& argument : joined_words(call.arguments)) {
    auto pair = split_once(argument, '=');
    const bool skips = request.entity == "reservation" && equal_ignoring_case(argument, "skip");
    const auto lone = skips ? std::optional<std::string_view>("") : value_of_lone(argument);
    if (!pair && lone) pair = std::pair(std::string_view(argument), *lone);
    if (!pair)
      return refused_update(call, request, fail(Errc::error, "Invalid input: " + argument + "\nRequest aborted"));
    const bool more = request.entity == "slurmctld";
    const EntityKey* entity = request.entity.empty() || more ? entity_of(pair->first) : nullptr;
    if (entity) {
      begin_entity(request, *entity, pair->first, pair->second);
    } else {
      auto value = update_value(pair->first, pair->second, call.output);
      if (!value) return refused_update(call, request, fail(Errc::error, value.error().message));
      request.changes.push_back({std::string(pair->first), std::move(*value)});
    }
  }
  std::vector<std::string> jobs;
  if (request.entity == "job") jobs = listed_jobs(request.name);
  if (request.entity.empty()) {
    auto found = jobs_by_name(call, request);
    if (!found) return refused_update(call, request, found.error());
    request.entity = "job";
    jobs = std::move(*found);
  }
  if (request.changes.empty()) return refused_update(call, request, fail(Errc::error, "No changes specified"));
  if (request.entity == "job") return update_jobs(call, request, jobs);
  if (request.entity == "reservation") return update_reservation(call, request);
  auto done = ask<DoneReply>(call.controller, request, call.output);
  return done ? 0 : refused_update(call, request, done.error());
}

}  // namespace slurmxx
