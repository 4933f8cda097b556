// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/accounts.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/configure.h"
#include "control/fairness.h"
#include "control/job_tres.h"
#include "control/limit_request.h"
#include "control/partition_lists.h"
#include "control/private_data.h"
#include "control/scheduling.h"
#include "control/used_over_time.h"
#include "core/tres/share_tres.h"

namespace slurmxx {
namespace {

const std::string& main_partition(const Job& job) {
  static const std::string none;
  if (job.allocation && job.state != JobState::pending) return job.allocation->partition;
  return job.spec->placement.partitions.empty() ? none : job.spec->placement.partitions.front();
}

// Falls below UsageThreshold: the fairshare that the QOS asks for at least.
bool below_threshold(const Qos* qos, const Standings* standings, const LimitRequest& request) {
  if (!qos || !qos->usage_threshold || !qos->has_flag("EnforceUsageThreshold") || !standings || request.chain.empty())
    return false;
  return standings->fair_share(request.chain.front()->id) * 1e6 < static_cast<double>(*qos->usage_threshold);
}

// One pass: the tallies of the index, and beside them what this pass has let start.
class PassJudge : public LimitJudge, private LimitLookup {
 public:
  struct Facts {
    const Directory& directory;
    const State& state;
    const LimitUsage& usage;
    const ClusterConfig& config;
    bool associations;
    bool limits;
    bool qos;
    bool safe;
    Instant now;
    const Standings* standings;  // may be null
    const Rules& rules;
    const std::set<JobId>& running;
  };
  explicit PassJudge(Facts facts) : f_(facts) {}

  std::optional<Reason> obstacle(const Job& job, const PlanPartition& partition) override {
    LimitRequest request = standing(f_.directory, f_.config, *job.spec, partition.name);
    if (auto reason = forbidden(request, partition, job.spec->labels.qos)) return reason;
    if (f_.limits) ask_for(request, {*job.spec, partition, f_.rules});
    const auto found = f_.limits ? start_obstacle(request, *this, f_.now) : std::nullopt;
    return found ? std::optional(reason_of(*found)) : std::nullopt;
  }

  std::vector<Reason> obstacles(const Job& job, const PlanPartition& partition) override {
    LimitRequest request = standing(f_.directory, f_.config, *job.spec, partition.name);
    if (auto reason = forbidden(request, partition, job.spec->labels.qos)) return {*reason};
    std::vector<Reason> reasons;
    if (f_.limits) ask_for(request, {*job.spec, partition, f_.rules});
    for (const LimitFound& found : f_.limits ? start_obstacles(request, *this, f_.now) : std::vector<LimitFound>())
      reasons.push_back(reason_of(found));
    return reasons;
  }

  std::optional<Reason> obstacle_of(const Job& job, const PlanPartition& partition,
                                    const Allocation& allocation) override {
    if (!f_.limits) return {};
    LimitRequest request = standing(f_.directory, f_.config, *job.spec, partition.name);
    for (const NodeShare& share : allocation.shares) {
      const TresCounts on_node = share_tres({&share, 1});
      for (const TresCount& here : on_node.entries())
        if (here.count > request.per_node[here.name]) request.per_node.set(here.name, here.count);
    }
    auto found = limits_nodes(request) ? node_obstacle(request) : std::nullopt;
    if (!found) found = excess(std::move(request), job, partition, allocation);
    return found ? std::optional(reason_of(*found)) : std::nullopt;
  }

  TresCounts node_most(const Job& job, const PlanPartition& partition) override {
    return node_limits(standing(f_.directory, f_.config, *job.spec, partition.name));
  }

  void take(const Job& job, const Allocation& allocation, const TimeLimit& limit) override {
    if (!f_.limits) return;
    CountedJob counted;
    const LimitRequest request = standing(f_.directory, f_.config, *job.spec, allocation.partition);
    counted.holders = holders_of(request);
    counted.factor = safe_factor(request.qos);
    counted.runs = true;
    Job started = job;
    started.allocation = allocation;
    counted.tres = allocated_tres(started);
    if (!limit.unlimited) counted.limit_at = f_.now + to_seconds(limit.value);
    for (const Holder& holder : counted.holders) add_to(started_[holder], counted);
  }

  void mark() override { marked_ = started_; }
  void undo() override { started_ = std::move(marked_); }

 private:
  // Where it gets more than it asks for (whole nodes, whole cores), that must be within its limits as well.
  std::optional<LimitFound> excess(LimitRequest request, const Job& job, const PlanPartition& partition,
                                   const Allocation& allocation) const {
    ask_for(request, {*job.spec, partition, f_.rules});
    Job started = job;
    started.allocation = allocation;
    TresCounts all = allocated_tres(started);
    all.set("billing", static_cast<std::uint64_t>(billing_rate(f_.rules, partition.name, all)));
    const TresCounts asked = request.tres;
    for (const TresCount& here : all.entries())
      if (here.count > request.tres[here.name]) request.tres.set(here.name, here.count);
    if (request.tres == asked) return {};
    request.safe = f_.safe;
    return start_obstacle(request, *this, f_.now);
  }

  // Whoever asks for how much. `request` learns how limits of used minutes are judged.
  std::optional<Reason> forbidden(LimitRequest& request, const PlanPartition& partition, const std::string& qos) const {
    if (f_.associations && request.chain.empty()) return Reason{ReasonCode::invalid_account, {}, {}, {}, {}};
    const bool may_use =
        request.qos && (request.chain.empty() || f_.directory.may_use(*request.chain.front(), request.qos->name));
    if (f_.qos && !may_use) return Reason{ReasonCode::invalid_qos, {}, {}, {}, {}};
    const PartitionAccess* const access = access_of(f_.config, partition.name);
    if (!account_allowed(f_.state, partition.name, access, request))
      return Reason{
          ReasonCode::account_not_allowed, {}, {}, fmt::format("account '{}' is not let in", request.account), {}};
    if (access && !qos_allowed(*access, request.qos ? request.qos->name : qos))
      return Reason{ReasonCode::qos_not_allowed, {}, {}, fmt::format("QOS '{}' is not let in", qos), {}};
    request.safe = f_.safe;
    const bool below = f_.limits && below_threshold(request.qos, f_.standings, request);
    return below ? std::optional(Reason{ReasonCode::limit, {}, {}, {}, "QOSUsageThreshold"}) : std::nullopt;
  }

  static Reason reason_of(const LimitFound& found) {
    const auto need = static_cast<std::int64_t>(found.need), have = static_cast<std::int64_t>(found.have);
    return {ReasonCode::limit, {}, Shortage{found.what, need, have}, found.detail, found.reason};
  }

  Tally of(const Holder& holder) const override {
    Tally tally = f_.usage.of(holder);
    const auto more = started_.find(holder);
    if (more == started_.end()) return tally;
    tally.add_running(more->second);
    return tally;
  }

  UsageAmount used(const Holder& holder) const override {
    if (!used_) used_.emplace(f_.directory, f_.state, f_.now, f_.running);
    return used_->used(holder);
  }

  Facts f_;
  mutable std::optional<UsedOverTime> used_;  // asked for by few limits
  std::map<Holder, Tally> started_;
  std::map<Holder, Tally> marked_;
};

}  // namespace

LimitRequest Accounts::request_of(const Job& job) const {
  return standing(*c_.index_.accounts.directory, c_.config(), *job.spec, main_partition(job));
}

void Accounts::renew() {
  Controller::AccountsInUse& own = c_.index_.accounts;
  const auto book = with_relative_limits(c_.state_.accounts(), c_.state_, c_.config());
  own.directory = book ? std::make_shared<const Directory>(book) : nullptr;
  const std::vector<std::string>& words = c_.config().plugins.accounting_storage_enforce;
  const auto has = [&](const char* word) { return contains(words, word) || contains(words, "all"); };
  own.enforced.wckeys = has("wckeys");
  own.enforced.qos = has("qos");
  own.enforced.limits = has("limits") || has("safe");
  own.enforced.safe = has("safe");
  own.enforced.associations = has("associations") || own.enforced.limits || own.enforced.qos || own.enforced.wckeys;
  Fairness(c_).accounts_changed();
  own.limited_over_time.clear();
  if (own.directory && own.enforced.limits) own.limited_over_time = limited_over_time(own.directory->book());
  own.limits_accrual = own.directory && own.enforced.limits && limits_accrual_anywhere(own.directory->book());
  own.accrual_due = true;
  own.usage.clear();
  own.waiting.clear();
  c_.state_.jobs().for_each([&](std::uint64_t, const Job& job) { note(job); });
}

void Accounts::note(const Job& job) {
  Controller::AccountsInUse& own = c_.index_.accounts;
  if (!own.enforced.limits || !own.directory) return note_waiting(job, nullptr);
  own.accrual_due = own.accrual_due || own.limits_accrual;
  if (job.state != JobState::pending && !job.runs()) {
    own.waiting.forget(job.id);
    return own.usage.forget(job.id);
  }
  CountedJob counted;
  LimitRequest request = request_of(job);
  counted.holders = holders_of(request);
  counted.factor = safe_factor(request.qos);
  if (job.waits_as_array()) counted.tasks = job.array->tasks.size();
  counted.runs = job.runs();
  if (counted.runs) counted.tres = allocated_tres(job);
  if (counted.runs) counted.limit_at = job.times.limit_at;
  counted.accrues = own.limits_accrual && grows_older(job);
  request.tasks = counted.tasks;
  if (own.limits_accrual || job.times.accrual.held) note_waiting(job, &request);
  own.usage.note(job.id, std::move(counted));
}

// LastConsumed tells of all clusters and of others: what our own jobs have not is known at the moment that it is set.
AccountBook Accounts::with_others_licenses(AccountBook book) const {
  const std::vector<ResourceRow> before =
      c_.state_.accounts() ? c_.state_.accounts()->resources : std::vector<ResourceRow>();
  std::vector<const Job*> active;
  for (const JobId id : c_.active_) active.push_back(c_.state_.find(id));
  const LicenseTable table = Scheduling::licenses(c_.config(), active);
  for (ResourceRow& row : book.resources) {
    const auto same = [&](const ResourceRow& old) {
      return old.id == row.id && old.last_update == row.last_update && old.last_consumed == row.last_consumed;
    };
    const auto known = std::ranges::find_if(before, same);
    const auto own = std::ranges::find(table.rows(), license_name(row), &LicenseTable::Row::name);
    const std::uint32_t used = own == table.rows().end() ? 0 : std::min(own->used, row.last_consumed);
    row.used_by_others = known != before.end() ? known->used_by_others : row.last_consumed - used;
  }
  return book;
}

void Accounts::told(const AccountBook& book) {
  const std::shared_ptr<const AccountBook> before = c_.state_.accounts();
  BookChange change =
      difference(before ? *before : AccountBook(), book.resources.empty() ? book : with_others_licenses(book));
  if (before && change.empty()) return;
  const std::vector<std::uint32_t> gone = change.gone_associations;
  c_.emit(AccountsChanged{std::move(change), !before, true});
  if (!c_.index_.accounts.enforced.associations) return;
  for (const std::uint32_t id : gone) end_jobs_of(*before->association(id));
}

// As the documentation says: when an association is deleted, its jobs are cancelled.
void Accounts::end_jobs_of(const Association& gone) {
  if (!gone.is_user()) return;
  std::vector<JobId> jobs;
  c_.state_.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (is_ended(job.state) || job.spec->owner.user_name != gone.user || job.spec->labels.account != gone.account)
      return;
    const bool other = c_.index_.accounts.directory->find(gone.user, gone.account, main_partition(job));
    if (!other) jobs.push_back(job.id);
  });
  for (const JobId id : jobs) {
    const JobState state = c_.state_.find(id)->state;
    if (state == JobState::pending) Scheduling(c_).end_pending(id, JobState::cancelled, "InvalidAccount");
    if (c_.state_.find(id)->runs())
      Scheduling(c_).end_job(id, {JobState::cancelled, {}, "InvalidAccount", "CANCELLED: ITS ASSOCIATION IS GONE"});
  }
}

void Accounts::end_used_up() {
  const Controller::AccountsInUse& own = c_.index_.accounts;
  // With `safe` a job that has started may run to its end, also where a limit is lowered meanwhile.
  if (own.limited_over_time.empty() || own.enforced.safe) return;
  const auto is_limited = [&](const Holder& holder) { return own.limited_over_time.contains(holder); };
  std::vector<std::pair<JobId, std::string>> ending;
  std::optional<UsedOverTime> used;
  for (const JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    const auto counted = own.usage.jobs().find(id);
    if (!job.runs() || job.kill || counted == own.usage.jobs().end()) continue;
    if (std::ranges::none_of(counted->second.holders, is_limited)) continue;
    if (!used) used.emplace(*own.directory, c_.state_, c_.now_.wall, c_.active_);
    LimitRequest request = request_of(job);
    request.tres = allocated_tres(job);
    if (const auto found = used_up(request, *used)) ending.emplace_back(id, found->reason);
  }
  for (const auto& [id, reason] : ending)
    if (c_.state_.find(id)->runs())
      Scheduling(c_).end_job(id, {JobState::timeout, {}, reason, "CANCELLED DUE TO " + reason});
}

Status Accounts::admit(JobSpec& spec) const {
  const Controller::AccountsInUse& own = c_.index_.accounts;
  if (!own.directory) return own.enforced.associations ? Status(fail(Errc::invalid_account)) : Status();
  const Directory& directory = *own.directory;
  JobLabels& labels = spec.labels;
  const UserRow* user = directory.user(spec.owner.user_name);
  if (labels.account.empty() && user) labels.account = user->default_account;
  const std::vector<std::string>& partitions = spec.placement.partitions;
  const Association* association = nullptr;
  for (const std::string& partition : partitions)
    if (!association) association = directory.find(spec.owner.user_name, labels.account, partition);
  if (!association && own.enforced.associations) return fail(Errc::invalid_account);
  if (association) labels.account = association->account;
  if (labels.qos.empty() && association) labels.qos = directory.default_qos(*association);
  const Qos* qos = directory.qos(labels.qos);
  if (!labels.qos.empty() && !qos) return fail(Errc::invalid_qos);
  if (qos) labels.qos = qos->name;
  if (own.enforced.qos && (!qos || !directory.may_use(*association, qos->name))) return fail(Errc::invalid_qos);
  if (qos) TRY(obey_flags(*qos, spec));
  if (own.enforced.limits && !spec.times.limit) fill_time_limit(spec);
  if (own.enforced.wckeys || c_.config().jobs.track_wckey) TRY(admit_wckey(spec));
  return {};
}

Status Accounts::admit_to(const std::string& partition, const JobSpec& spec) const {
  const Directory* directory = c_.index_.accounts.directory.get();
  if (!directory) return {};
  const PartitionAccess* access = access_of(c_.config(), partition);
  if (!account_allowed(c_.state_, partition, access, standing(*directory, c_.config(), spec, partition)))
    return fail(Errc::invalid_account);
  if (access && !qos_allowed(*access, spec.labels.qos)) return fail(Errc::invalid_qos);
  return {};
}

// Who does not say how long gets what MaxWall allows, unless the partition's own default is less.
void Accounts::fill_time_limit(JobSpec& spec) const {
  const std::string& name = spec.placement.partitions.front();
  const Partition* partition = c_.state_.find_partition(name);
  if (!partition) return;
  const LimitRequest request = standing(*c_.index_.accounts.directory, c_.config(), spec, name);
  const auto most = wall_limit(request);
  const TimeLimit usual = partition->time_default.value_or(partition->time_max);
  if (most && (usual.unlimited || usual.value.value > static_cast<std::int64_t>(*most)))
    spec.times.limit = TimeLimit::of(Minutes(static_cast<std::int64_t>(*most)));
}

Result<ClientReply> Accounts::show(const Caller& caller) const {
  const Controller::AccountsInUse& own = c_.index_.accounts;
  AssociationsReply reply;
  reply.now = c_.now_.wall;
  reply.cluster = c_.config().identity.cluster_name;
  reply.tres = tracked_tres(c_.config());
  if (!own.directory) return ClientReply(std::move(reply));
  reply.book = own.directory->book();
  std::map<Holder, AssociationsReply::Use> uses;
  for (const auto& [holder, tally] : own.usage.all()) uses[holder].tally = tally;
  for (const auto& [holder, used] : used_by_holder(*own.directory, usage_as_of(c_.state_, c_.now_.wall)))
    uses[holder].used = used;
  for (auto& [holder, use] : uses) reply.uses.push_back({holder, std::move(use.tally), std::move(use.used)});
  if (c_.is_private("usage", caller)) keep_own(reply, caller.user_name);
  return ClientReply(std::move(reply));
}

std::shared_ptr<LimitJudge> Accounts::judge(const Controller& c) {
  const Controller::AccountsInUse& own = c.index_.accounts;
  const Controller::AccountsInUse::Enforced& enforced = own.enforced;
  if (!own.directory) return nullptr;  // no slurmdbd
  if (!enforced.associations && !partitions_have_lists(c.state_, c.config())) return nullptr;
  return std::make_shared<PassJudge>(PassJudge::Facts{
      *own.directory, c.state_, own.usage, c.config(), enforced.associations, enforced.limits, enforced.qos,
      enforced.safe, c.now_.wall, c.planning_.standings.get(), *c.planning_.rules, c.active_});
}

}  // namespace slurmxx
