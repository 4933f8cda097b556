// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which rows an event touches is one table of overloads; how a row looks is the same for every event.
#include "control/accounting_fold.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "control/blocked_before.h"
#include "control/reservation_views.h"
#include "core/config/print_config.h"
#include "core/hostlist/hostlist.h"
#include "core/licenses/licenses.h"
#include "core/reserve/flags.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"
#include "core/tres/share_tres.h"
#include "core/tres/tres.h"
#include "state/step_ends.h"

namespace slurmxx {
namespace {

using Records = std::vector<AccountingRecord>;

// What a listing needs of it, and AccountingStoreFlags has kept; the rest is for launching.
std::shared_ptr<const JobSpec> slim(const JobSpec& whole, const PluginSettings& plugins) {
  auto spec = std::make_shared<JobSpec>(whole);
  spec->launch.limits.clear();
  spec->owner.groups.clear();
  if (!plugins.stores("job_comment")) spec->labels.comment.clear();
  if (!plugins.stores("job_extra")) spec->labels.extra.clear();
  return spec;
}

// Up to `by`, or to its end.
Seconds suspended_time(const Job& job, Instant by) {
  if (!job.times.started) return Seconds(0);
  const Instant until = job.times.ended.value_or(by);
  return std::max(Seconds(0), until - *job.times.started - run_time(job.times, job.without_cpus(), until));
}

constexpr ExitCode ended_by_order{0, 15};

bool is_end_by_order(JobState state) {
  return state == JobState::cancelled || state == JobState::timeout || state == JobState::preempted ||
         state == JobState::deadline || state == JobState::node_fail;
}

// A job that gave nodes back is as if it had started then.
void begin_with_size(JobTimes& times) {
  if (!times.resized) return;
  times.started = times.eligible = times.resized;
  if (times.suspended && *times.suspended <= *times.resized) {
    times.suspended.reset();
    times.ran_before = Seconds(0);
  } else if (times.suspended) {
    times.ran_before = times.ran_before - times.ran_until_resized;
  }
}

JobRecord job_record(const Published& published, const Job& job, LifeEnd end) {
  Job without_steps = job;
  without_steps.steps.clear();
  without_steps.ended_steps.clear();
  begin_with_size(without_steps.times);
  JobRecord record{view_of(published, without_steps), end, published.state.at(),
                   suspended_time(without_steps, published.state.at())};
  tell_last_block(published, record.view);
  Job& kept = record.view.job;
  kept.spec = slim(*job.spec, published.config->plugins);
  kept.unfinished.clear();
  if (kept.allocation) kept.allocation->shares.clear();
  if (is_end_by_order(job.state) && job.exit == ended_by_order) kept.exit = {};  // the script's step has the signal
  record.view.reason_detail.clear();
  return record;
}

bool was_ended_with_its_job(const Step& step, const Job& job) {
  return step.ended && is_end_by_order(job.state) && job.times.ended && *step.ended >= *job.times.ended;
}

JobState state_of_step(const Step& step, const Job& job) {
  if (!step.ended) return JobState::running;
  if (step.exit == ExitCode{}) return JobState::completed;
  if (!is_end_by_order(job.state)) return step.exit.signal == 0 ? JobState::failed : JobState::cancelled;
  if (step.exit.signal == 0 && !was_ended_with_its_job(step, job)) return JobState::failed;
  return job.state == JobState::node_fail ? JobState::node_fail : JobState::cancelled;
}

// Those that its job still has.
std::vector<NodeShare> shares_left(const Job& job, const Step& step) {
  std::vector<NodeShare> left = step.shares;
  if (!job.times.resized || !job.allocation) return left;
  std::erase_if(left, [&](const NodeShare& share) {
    return std::ranges::find(job.allocation->shares, share.node, &NodeShare::node) == job.allocation->shares.end();
  });
  return left;
}

void fill_nodes(const Published& published, const std::vector<NodeShare>& shares, StepRecord& record) {
  HostFolder nodes;
  for (const NodeShare& share : shares) {
    nodes.add(published.state.find(share.node)->name);
    record.cpu_count += share.cpus;
  }
  record.nodes = nodes.take();
  record.node_count = static_cast<std::uint32_t>(shares.size());
  const std::string tracked = tracked_gres(published.config->plugins.accounting_storage_tres);
  record.allocated_tres = tres_text(only_tracked(share_tres(shares), tracked));
}

StepRecord step_record(const Published& published, const Job& job, const Step& step) {
  StepRecord record;
  record.job = {job.id, job.times.submitted, job.restarts, job.times.resized};
  record.step = step;
  if (job.times.resized) record.step.started = std::max(step.started, *job.times.resized);
  record.step.shares.clear();
  record.step.unfinished.clear();
  record.step.untold.clear();
  record.usage = std::exchange(record.step.usage, std::nullopt);
  record.submit_line = std::exchange(record.step.submit_line, {});
  if (record.usage) record.usage_nodes = names_in(published.state, *record.usage);
  fill_nodes(published, shares_left(job, step), record);
  // How it would have ended nobody knows: the job was over before its nodes told.
  if (was_ended_with_its_job(step, job) && step.exit == ExitCode{}) record.step.exit = ended_by_order;
  record.state = state_of_step(record.step, job);
  if (record.state == JobState::cancelled) record.cancelled_by = job.cancelled_by;
  return record;
}

class Folding {
 public:
  explicit Folding(const Published& published) : published_(published), state_(published.state) {}
  Records take() { return std::move(records_); }

  void operator()(const EpochBegan&) { cluster(); }
  void operator()(const ClusterConfigured&) { cluster(); }
  void operator()(const NodeAdded&) { cluster(); }
  void operator()(const NodeRemoved&) { cluster(); }
  void operator()(const JobSubmitted& event) { job(event.job); }
  void operator()(const HetJobSubmitted& event) {
    for (const JobSubmitted& one : event.components) job(one.job);
  }
  void operator()(const JobChanged& event) {
    job(event.job);
    const Job* known = event.shrunk_to ? state_.find(event.job) : nullptr;
    if (!known) return;
    script(*known);
    every_step(*known);
  }
  void operator()(const JobStarted& event) {
    job(event.job);
    if (const Job* known = state_.find(event.job)) script(*known);
  }
  void operator()(const JobEnded& event) {
    job(event.job);
    if (const Job* job = state_.find(event.job)) steps_at_end(*job, event.exit);
  }
  void operator()(const JobRequeued& event) { job(event.job); }
  void operator()(const JobSuspended& event) { job(event.job); }
  void operator()(const JobResumed& event) { job(event.job); }
  void operator()(const StepStarted& event) { step(event.job, event.step.id); }
  void operator()(const StepEnded& event) { step(event.job, event.step); }
  void operator()(const StepLeftNode& event) { step(event.job, event.step); }
  void operator()(const StepToldLate& event) {
    const Job* job = state_.find(event.job);
    if (event.former) return former_step(job, event);
    if (event.step != StepId::batch()) return step(event.job, event.step);
    if (job && job->allocation && job->times.started)
      records_.emplace_back(step_record(published_, *job, batch_step(*job, job->times.ended, event.exit)));
  }
  void operator()(const ArraySplit& event) {
    job(event.job);
    if (event.part != event.job) job(event.part);
  }
  void operator()(const NodeConditionSet& event) { node(event.node); }
  void operator()(const ReservationChanged& event) { reservation(event.reservation.name); }
  void operator()(const ReservationRemoved& event) {
    ReservationRecord record;
    record.name = event.name;
    record.is_over = true;
    record.at = state_.at();
    records_.emplace_back(std::move(record));
  }
  template <class Other>
  void operator()(const Other&) {}

  void cluster();
  void job(JobId id, LifeEnd end = LifeEnd::none) {
    if (const Job* job = state_.find(id)) records_.emplace_back(job_record(published_, *job, end));
  }
  void step(JobId id, StepId step_id) {
    if (step_id.is_broadcast()) return;
    const Job* job = state_.find(id);
    if (!job) return;
    const Step* over = job->ended_steps.find(step_id);
    if (over) records_.emplace_back(step_record(published_, *job, *over));
    for (const Step& step : job->steps)
      if (step.id == step_id) records_.emplace_back(step_record(published_, *job, step));
  }
  void former_step(const Job* job, const StepToldLate& event) {
    if (!job || !job->former || !job->allocation) return;
    Job before = job_of_former_life(*job, event);
    if (event.step == StepId::batch()) before.steps.push_back(batch_step(before, before.times.ended, event.exit));
    for (const Step& step : before.steps)
      if (step.id == event.step) records_.emplace_back(step_record(published_, before, step));
  }
  void script(const Job& job) {
    if (job.spec->policy.batch && job.allocation && job.times.started)
      records_.emplace_back(step_record(published_, job, batch_step(job, job.times.ended, job.exit)));
  }
  // Those of the job's present size.
  void every_step(const Job& job) {
    const auto add = [&](const Step& step) {
      const bool before = job.times.resized && step.ended && *step.ended < *job.times.resized;
      if (!step.id.is_broadcast() && !before) records_.emplace_back(step_record(published_, job, step));
    };
    job.ended_steps.for_each(add);
    std::ranges::for_each(job.steps, add);
  }
  void steps_at_end(const Job& job, ExitCode batch_exit);
  void node(NodeIndex index);
  void reservation(const std::string& name);
  void name_holders(ReservationRecord& record, const ReservationAccess& access) const;

 private:
  const Published& published_;
  const State& state_;
  Records records_;
};

void Folding::steps_at_end(const Job& job, ExitCode batch_exit) {
  if (!job.times.started || !job.allocation || job.allocation->shares.empty()) return;
  every_step(job);
  if (job.spec->policy.batch)
    records_.emplace_back(
        step_record(published_, job, batch_step(job, job.times.ended.value_or(state_.at()), batch_exit)));
}

void Folding::cluster() {
  const ClusterConfig& config = *published_.config;
  ClusterRecord record;
  record.control_host = config.identity.controllers.front().address;
  record.control_port = config.identity.slurmctld_port;
  record.at = state_.at();
  record.tres_names = accounted_tres(config);
  HostFolder nodes;
  TresCounts tres;
  state_.nodes().for_each([&](std::uint64_t, const Node& node) {
    nodes.add(node.name);
    tres.add("cpu", node.declared.cpus);
    tres.add("billing", node.declared.cpus);
    tres.add("mem", static_cast<std::uint64_t>(node.declared.memory.value));
    tres.add("node", 1);
    tres.add(gres_tres(std::span(node.gres)));
  });
  if (const auto licenses = parse_license_totals(config.scheduling.licenses))
    for (const LicenseCount& one : *licenses) tres.add("license/" + one.name, one.count);
  record.nodes = nodes.take();
  record.tres = tres_text(only_tracked(tres, tracked_gres(config.plugins.accounting_storage_tres)));
  records_.emplace_back(std::move(record));
}

// Down, drained or failing counts; what only happens to not respond is down in a moment, or well again.
void Folding::node(NodeIndex index) {
  const Node* node = state_.find(index);
  if (!node) return;
  const NodeCondition& condition = node->condition;
  const bool down = condition.base == NodeBase::down;
  NodeEventRecord record;
  record.node = node->name;
  record.is_over = !down && !condition.drain && !condition.fail;
  record.state = down ? "DOWN" : condition.drain ? "DRAIN" : condition.fail ? "FAIL" : "";
  if (down && condition.drain) record.state = "DOWN+DRAIN";
  if (condition.not_responding && !record.is_over) record.state += "*";
  if (condition.reason) record.reason = condition.reason->text, record.uid = condition.reason->uid;
  TresCounts tres{{"cpu", node->declared.cpus}, {"billing", node->declared.cpus}, {"node", 1}};
  tres.set("mem", static_cast<std::uint64_t>(node->declared.memory.value));
  record.tres = tres_text(tres);
  record.at = state_.at();
  records_.emplace_back(std::move(record));
}

// By name, users of accounts that are named too, accounts as a whole. Who is only shut out names nobody.
bool is_given_to(const ReservationAccess& access, const Association& row, const AccountBook& book) {
  const NameRule &users = access.users, &accounts = access.accounts;
  const bool by_user = !users.empty() && !users.denies, by_account = !accounts.empty() && !accounts.denies;
  const auto lists = [](const NameRule& rule, const std::string& name) { return contains(rule.names, name); };
  if (by_user != row.is_user()) return false;
  if (!by_user) return by_account && lists(accounts, row.account);
  const auto below = [&](const std::string& account) { return book.is_below(row, account); };
  return lists(users, row.user) && (!by_account || std::ranges::any_of(accounts.names, below));
}

void Folding::name_holders(ReservationRecord& record, const ReservationAccess& access) const {
  if (!state_.accounts()) return;
  const AccountBook& book = *state_.accounts();
  std::vector<const Association*> held;
  for (const Association& row : book.associations)
    if (is_given_to(access, row, book)) held.push_back(&row);
  std::ranges::sort(held, {}, &Association::id);
  for (const Association* row : held) {
    const char* comma = record.associations.empty() ? "" : ",";
    record.associations += fmt::format("{}{}", comma, row->id);
    record.holders += fmt::format("{}{}|{}", comma, row->account, row->user);
  }
}

void Folding::reservation(const std::string& name) {
  for (const auto& one : state_.reservations()) {
    if (one->name != name) continue;
    const ReservationView view = reservation_view(published_, *one, state_.at());
    const ReservationTimes& times = view.reservation.times;
    ReservationRecord record{name,      one->number,      false,      times.start, times.end, view.nodes,
                             view.tres, flags_text(*one), state_.at()};
    name_holders(record, one->access);
    records_.emplace_back(std::move(record));
  }
}

LifeEnd end_of_life(const Job& job, const JobRequeued& event) {
  if (job.kill && job.kill->end_state == JobState::preempted) return LifeEnd::preempted;
  return event.reason == "NodeDown" ? LifeEnd::node_fail : LifeEnd::requeued;
}

// The row of the size that ends now, and those of its steps.
Records end_of_size(const Published& published, const Job& job, Instant at) {
  Folding folding(published);
  folding.job(job.id, LifeEnd::resized);
  Job over = job;
  over.times.ended = at;
  for (Step& step : over.steps)
    if (!step.ended) step.ended = at;
  folding.steps_at_end(over, ExitCode{});
  Records records = folding.take();
  const auto runs = [&](StepId id) {
    const auto is_it = [&](const Step& step) { return step.id == id && !step.ended; };
    return id == StepId::batch() || std::ranges::any_of(job.steps, is_it);
  };
  for (AccountingRecord& record : records) {
    if (auto* of_job = std::get_if<JobRecord>(&record)) of_job->view.job.times.ended = at;
    auto* step = std::get_if<StepRecord>(&record);
    if (!step || !runs(step->step.id)) continue;
    step->resized = true;
    step->step.exit = {};
  }
  return records;
}

}  // namespace

std::vector<AccountingRecord> AccountingFold::before(const Published& published, const Record& record) {
  const auto* changed = std::get_if<JobChanged>(&record.event);
  const Job* smaller = changed && changed->shrunk_to ? published.state.find(changed->job) : nullptr;
  if (smaller) return end_of_size(published, *smaller, record.at);
  const auto* requeued = std::get_if<JobRequeued>(&record.event);
  const Job* job = requeued ? published.state.find(requeued->job) : nullptr;
  if (!job || is_ended(job->state)) return {};  // it ended before, and that was told
  Folding folding(published);
  folding.job(job->id, end_of_life(*job, *requeued));
  Job over = *job;
  over.state = JobState::cancelled;
  over.times.ended = record.at;
  for (Step& step : over.steps)
    if (!step.ended) step.ended = record.at;
  folding.steps_at_end(over, ExitCode{});
  Records records = folding.take();
  std::get<JobRecord>(records.front()).view.job.times.ended = record.at;
  return records;
}

std::vector<AccountingRecord> AccountingFold::after(const Published& published, const Record& record) {
  Folding folding(published);
  std::visit(folding, record.event);
  return folding.take();
}

std::vector<AccountingRecord> AccountingFold::everything(const Published& published) {
  Folding folding(published);
  folding.cluster();
  published.state.jobs().for_each([&](std::uint64_t, const Job& job) {
    folding.job(job.id);
    if (is_ended(job.state)) return folding.steps_at_end(job, job.exit);
    folding.every_step(job);
  });
  published.state.nodes().for_each([&](std::uint64_t index, const Node& node) {
    if (node.condition.base == NodeBase::down || node.condition.drain || node.condition.fail)
      folding.node(NodeIndex(static_cast<std::uint32_t>(index)));
  });
  for (const auto& one : published.state.reservations()) folding.reservation(one->name);
  return folding.take();
}

}  // namespace slurmxx
