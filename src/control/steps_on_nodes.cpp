// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What nodes say of steps: that one is over there, which they hold, and for which somebody waits.
#include <algorithm>
#include <csignal>

#include "control/controller.h"
#include "control/steps.h"
#include "core/model/job_name.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {

void Steps::left(NodeIndex node, const StepLeft& report) {
  const Job* job = c_.state_.find(report.key.job);
  if (job && job->former && job->restarts == report.key.restarts + 1) former_left(node, *job, report);
  if (job && job->restarts == report.key.restarts)
    for (const Step& step : job->steps) {
      const std::vector<NodeIndex>& owed = step.ended ? step.untold : step.unfinished;
      if (step.id != report.key.step || std::find(owed.begin(), owed.end(), node) == owed.end()) continue;
      std::optional<StepUsage> usage = report.usage;
      if (usage) usage->set_node(node);
      if (!step.ended)
        c_.emit(StepLeftNode{report.key.job, step.id, node, report.exit, std::move(usage)});
      else if (!job->runs())
        c_.emit(StepToldLate{report.key.job, step.id, node, report.exit, std::move(usage)});
      break;
    }
  c_.order(node, ReportSeen{{report.key.job, report.key.restarts}, false, report.key.step});
}

// A requeue does not wait for it.
void Steps::former_left(NodeIndex node, const Job& job, const StepLeft& report) {
  const auto owes = [&](const Step& step) {
    return step.id == report.key.step && std::ranges::find(step.untold, node) != step.untold.end();
  };
  if (std::ranges::none_of(job.former->steps, owes)) return;
  StepToldLate late{job.id, report.key.step, node, report.exit, report.usage, true};
  if (late.usage) late.usage->set_node(node);
  c_.emit(std::move(late));
}

// The same of the script: what sent the job back to the queue, or came after that.
void Steps::former_script_left(NodeIndex node, const BatchEnded& report) {
  const Job* job = c_.state_.find(report.job.job);
  const bool waits = job && job->former && job->former->script_untold && job->restarts == report.job.restarts + 1;
  const bool knows_nodes = waits && job->allocation && !job->allocation->shares.empty();  // some may have been deleted
  if (!knows_nodes || !report.usage || job->allocation->batch_node() != node) return;
  StepToldLate late{report.job.job, StepId::batch(), node, report.exit, report.usage, true};
  late.usage->set_node(node);
  c_.emit(std::move(late));
}

void Steps::lost(NodeIndex node, JobId id) {
  const std::vector<Step> steps = c_.state_.find(id)->steps;
  for (const Step& step : steps)
    if (std::find(step.unfinished.begin(), step.unfinished.end(), node) != step.unfinished.end())
      c_.emit(StepLeftNode{id, step.id, node, ExitCode{0, 9}});
}

// A step whose order was lost is not ordered again: its srun would not know. Nobody waits at an extern step.
void Steps::settle(NodeIndex node, const std::vector<StepKey>& known) {
  for (const StepKey& key : known) c_.timers_.struck_steps.erase({key.job, key.step});
  std::vector<StepKey> lost;
  for (JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    for (const Step& step : job.steps) {
      const StepKey key{id, job.restarts, step.id};
      if (step.ended || std::find(known.begin(), known.end(), key) != known.end()) continue;
      if (std::find(step.unfinished.begin(), step.unfinished.end(), node) == step.unfinished.end()) continue;
      if (step.id == StepId::external())
        launch_extern(job, node);
      else
        lost.push_back(key);
    }
  }
  for (const StepKey& key : lost) {
    c_.emit(StepLeftNode{key.job, key.step, node, ExitCode{0, SIGKILL}});
    end_on_node(node, key);  // an srun may wait there
  }
}

void Steps::end_on_node(NodeIndex node, const StepKey& key, const std::string& why) {
  c_.order(node, SignalJob{{key.job, key.restarts}, SIGKILL, false, false, key.step, why});
}

// Each is told once, and again by settle() where a node comes back with it.
void Steps::strike_time_limits() {
  auto& struck = c_.timers_.struck_steps;
  std::erase_if(struck, [&](const auto& known) { return !c_.active_.contains(known.first); });
  for (const JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    for (const Step& step : job.steps) {
      const bool over =
          job.state == JobState::running && !step.ended && step.limit_at && *step.limit_at <= c_.now_.wall;
      if (!over || !struck.insert({id, step.id}).second) continue;
      for (const NodeIndex node : step.unfinished)
        end_on_node(node, {id, job.restarts, step.id}, "CANCELLED DUE TO TIME LIMIT");
    }
  }
}

namespace {

// From the step's begin; nothing: none of its own.
Result<std::optional<Instant>> new_limit(const Step& step, const std::string& value) {
  const bool relative = value.starts_with('+') || (value.starts_with('-') && value != "-1");
  const auto parsed = parse_time_limit(relative ? value.substr(1) : value);
  if (!parsed || (relative && (parsed->unlimited || !step.limit_at))) return fail(Errc::invalid_time_limit);
  if (parsed->unlimited) return std::optional<Instant>();
  const Seconds length = to_seconds(parsed->value);
  if (!relative) return std::optional(step.started + length);
  const Instant at = value.starts_with('+') ? *step.limit_at + length : *step.limit_at - length;
  if (at < step.started) return fail(Errc::invalid_time_limit);
  return std::optional(at);
}

}  // namespace

Status Steps::update(const Caller& caller, const UpdateRequest& request) {
  const std::size_t dot = std::min(request.name.find('.'), request.name.size());
  const auto name = parse_job_name(std::string_view(request.name).substr(0, dot));
  const auto id = parse_step_id(std::string_view(request.name).substr(std::min(dot + 1, request.name.size())));
  if (!name || !id) return fail(Errc::invalid_job_id);
  const auto means = [&](JobId one) { return name->tasks && name->means(*c_.state_.find(one)); };
  const auto task = std::ranges::find_if(c_.active_, means);
  TRY_ASSIGN(const Job* job, job_of(caller, task == c_.active_.end() ? name->job : *task));
  const auto step = std::ranges::find_if(job->steps, [&](const Step& one) { return one.id == *id && !one.ended; });
  if (step == job->steps.end()) return fail(Errc::invalid_job_id);
  StepChanged changed{job->id, *id, step->limit_at};
  for (const KeyValue& change : request.changes) {
    if (!equal_ignoring_case(change.key, "TimeLimit")) return fail(Errc::not_supported);
    TRY_ASSIGN(changed.limit_at, new_limit(*step, change.value));
  }
  if (changed.limit_at && job->times.limit_at && *changed.limit_at > *job->times.limit_at)
    return fail(Errc::invalid_time_limit);
  c_.emit(std::move(changed));
  return {};
}

void Steps::awaited(NodeIndex node, const StepKey& key) {
  const Job* job = c_.state_.find(key.job);
  const bool runs = job && job->restarts == key.restarts && job->runs();
  const auto comes = [&](const Step& step) {
    const auto& nodes = step.unfinished;
    return step.id == key.step && !step.ended && std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  };
  const bool broadcast = key.step.is_broadcast();  // nothing of it is kept here
  if (!runs || (!broadcast && std::none_of(job->steps.begin(), job->steps.end(), comes))) end_on_node(node, key);
}

}  // namespace slurmxx
