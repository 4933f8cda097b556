// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sprio, sshare, `scontrol show licenses` and sdiag are told, from one published picture; and why a job waits,
// from the state itself.
#include <algorithm>

#include <fmt/format.h>

#include "control/configure.h"
#include "control/fairness.h"
#include "control/private_data.h"
#include "control/published.h"
#include "control/scheduling.h"
#include "core/licenses/licenses.h"
#include "core/reserve/reserve.h"
#include "core/schedule/aside.h"
#include "core/text/words.h"
#include "core/tres/share_tres.h"

namespace slurmxx {
namespace {

bool is_asked_for(const PrioritiesRequest& request, const Job& job) {
  const auto& users = request.users;
  const auto& ids = request.jobs;
  const bool user = users.empty() || std::find(users.begin(), users.end(), job.spec->owner.uid) != users.end();
  if (request.seen && !request.seen->include(*job.spec)) return false;
  const auto named = [&](JobId id) { return id == job.id || (job.array && id == job.array->array); };
  return user && (ids.empty() || std::any_of(ids.begin(), ids.end(), named));
}

}  // namespace

PrioritiesReply answer_priorities(const Published& published, const PrioritiesRequest& request) {
  const Priorities& priorities = *published.priorities;
  PrioritiesReply reply;
  reply.type = published.config->priority.type;
  reply.weights.assign(priorities.policy().weights.begin(), priorities.policy().weights.end());
  reply.tres_weights = published.config->priority.weight_tres;
  reply.max_age = priorities.policy().max_age;
  reply.at = priorities.at();
  reply.cluster = published.config->identity.cluster_name;
  published.state.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (!priorities.shows(job) || !is_asked_for(request, job)) return;
    std::vector<std::string> partitions = job.spec->placement.partitions;
    if (job.runs() && job.allocation) partitions = {job.allocation->partition};
    const JobSpec& spec = *job.spec;
    for (std::string& partition : partitions) {
      PriorityTerms terms = priorities.terms(job, partition);
      reply.rows.push_back({job.id, std::move(partition), spec.owner.user_name, spec.owner.uid, std::move(terms),
                            spec.labels.account, spec.labels.qos, priorities.waited(job)});
    }
  });
  return reply;
}

namespace {

// What the jobs that run are charged for, summed up the tree: now a second, and what their limits leave them.
struct Running {
  std::map<std::uint32_t, double> rate;
  std::map<std::uint32_t, TresCounts> seconds_left;
};

Running running_of(const State& state, const Directory& directory, Instant now) {
  Running running;
  state.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (!job.runs() || !job.allocation->charge) return;
    const Charge& charge = *job.allocation->charge;
    const Association* own = directory.book().association(charge.association);
    if (!own) return;
    TresCounts tres = share_tres(job.allocation->shares);
    tres.set("billing", static_cast<std::uint64_t>(charge.billing));
    const std::int64_t left = job.times.limit_at ? (*job.times.limit_at - now).value : 0;
    for (const Association* one : directory.chain(*own)) {
      if (job.state == JobState::running) running.rate[one->id] += charge.billing;
      running.seconds_left[one->id].add(tres.times(static_cast<std::uint64_t>(std::max<std::int64_t>(0, left))));
    }
  });
  return running;
}

TresCounts minutes_of(const std::vector<std::string>& tracked, const TresCounts& seconds) {
  TresCounts minutes;
  for (const std::string& name : tracked) minutes.set(name, seconds[name] / 60);
  return minutes;
}

UsageTable with_accounts(const UsageTable& users, const Directory& directory) {
  UsageTable all;
  for (const auto& [key, amount] : users)
    if (key.first == UsageHolder::association)
      if (const Association* own = directory.book().association(key.second))
        for (const Association* one : directory.chain(*own)) all[{UsageHolder::association, one->id}].add(amount);
  return all;
}

// What of the tree is looked at for each line.
struct Looked {
  const Standings& standings;
  const PlacedShares placed;
  const std::vector<ShareResult> live;
  const UsageTable totals;
  Running running;
  const std::vector<std::string> tracked;
};

void add_judged(const Standings& standings, ShareLine& line) {
  const ShareResult* judged = standings.find(line.id);
  if (!judged) return;
  line.effective_usage = judged->effective_usage;
  line.level = judged->level;
  line.fair_share = judged->fair_share;
}

ShareLine share_line(Looked& looked, std::size_t place) {
  const Association& row = *looked.placed.rows[place].association;
  const ShareNode& node = looked.placed.tree[place];
  const ShareResult& live = looked.live[place];
  ShareLine line;
  line.id = row.id;
  if (place > 0) line.parent = looked.placed.rows[node.parent].association->id;
  line.depth = static_cast<std::uint32_t>(looked.placed.rows[place].depth);
  line.account = row.account;
  line.user = row.user;
  line.partition = row.partition;
  line.shares = node.shares;
  line.normal_shares = place > 0 ? live.normal_shares : 0;
  line.usage = live.usage;
  line.normal_usage = live.normal_usage;
  line.effective_usage = place > 0 ? 0 : 1;
  add_judged(looked.standings, line);
  line.rate = looked.running.rate[row.id];
  line.grp_tres_mins = row.limits.text(LimitKind::grp_tres_mins);
  line.run_minutes = minutes_of(looked.tracked, looked.running.seconds_left[row.id]);
  if (const auto used = looked.totals.find({UsageHolder::association, row.id}); used != looked.totals.end())
    for (const TresSeconds& one : used->second.tres)
      line.used_minutes.set(one.name, static_cast<std::uint64_t>(one.seconds / 60));
  return line;
}

}  // namespace

SharesReply answer_shares(const Published& published, const SharesRequest& request, Instant now) {
  SharesReply reply;
  const PrioritySettings& settings = published.config->priority;
  const ShareFormula formula = share_formula(settings);
  reply.fair_tree = formula == ShareFormula::fair_tree;
  reply.half_life = settings.decay_half_life;
  reply.calc_period = settings.calc_period;
  reply.now = now;
  reply.cluster = published.config->identity.cluster_name;
  const Standings* standings = published.priorities->standings().get();
  if (!standings) return reply;
  reply.judged = standings->at;
  const Directory& directory = *standings->directory;
  const UsageTable usage = usage_as_of(published.state, now);
  PlacedShares placed = placed_shares(directory.book(), usage);
  std::vector<ShareResult> live = fair_shares(placed.tree, formula, settings.fair_share_dampening_factor);
  Looked looked{*standings,
                std::move(placed),
                std::move(live),
                with_accounts(usage, directory),
                running_of(published.state, directory, now),
                tracked_tres(*published.config)};
  for (std::size_t i = 0; i < looked.placed.rows.size(); ++i) reply.lines.push_back(share_line(looked, i));
  if (!request.user.empty())
    std::erase_if(reply.lines, [&](const ShareLine& line) {
      return !is_shown_to(request.user, directory.book(), line.account, line.user);
    });
  return reply;
}

namespace {

// By reservations that are active, also what jobs of theirs have of it.
std::uint32_t reserved_now(const State& state, const std::string& license, Instant now) {
  std::uint32_t count = 0;
  for (const auto& one : state.reservations()) {
    const auto when = one->licenses.empty() ? std::nullopt : occurrence(*one, now, now);
    const auto kept = parse_license_request(one->licenses);
    if (!when || !when->covers(now) || !kept) continue;
    for (const LicenseCount& of : kept->counts) count += of.name == license ? of.count : 0;
  }
  return count;
}

// Where it is one of accounting.
void tell_resource(const Published& published, LicenseRow& told) {
  if (!published.state.accounts()) return;
  const std::string cluster = lower(published.config->identity.cluster_name);
  for (const ResourceRow& row : published.state.accounts()->resources) {
    const ResourceShare* share = row.share_of(cluster);
    if (!share || license_name(row) != told.name) continue;
    told.remote = true;
    told.last_consumed = row.last_consumed;
    told.last_deficit = row.deficit(*share);
    told.last_update = row.last_update;
  }
}

}  // namespace

LicensesReply answer_licenses(const Published& published, Instant now) {
  std::vector<const Job*> jobs;
  published.state.jobs().for_each([&](std::uint64_t, const Job& job) { jobs.push_back(&job); });
  LicensesReply reply;
  reply.now = now;
  const LicenseTable table = Scheduling::licenses(*published.config, jobs);
  for (const LicenseTable::Row& row : table.rows()) {
    LicenseRow told{row.name, row.total, row.used, reserved_now(published.state, row.name, now)};
    tell_resource(published, told);
    reply.licenses.push_back(std::move(told));
  }
  return reply;
}

StatisticsReply answer_statistics(const Published& published, Instant now) {
  StatisticsReply reply;
  reply.now = now;
  reply.scheduling = published.statistics;
  published.state.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (job.state == JobState::pending)
      reply.jobs_pending += job.waits_as_array() ? static_cast<std::uint32_t>(job.array->tasks.size()) : 1;
    if (job.state == JobState::running) ++reply.jobs_running;
  });
  return reply;
}

// The record that stands for the task that is meant.
const Job* Scheduling::job_meant(const ExplainRequest& request) const {
  const Job* job = c_.state_.find(request.job);
  if (!request.task || !job || !job->array) return request.task ? nullptr : job;
  for (const JobId part : c_.index_.arrays.parts(job->array->array))
    if (const Job* other = c_.state_.find(part); other && other->array->tasks.contains(*request.task)) return other;
  return nullptr;
}

// "job 5 stands aside: ... its CPUs are with job 7".
std::string Scheduling::why_aside(const Job& job, const std::function<bool(const Job&)>& shows) const {
  std::string holders;
  for (const JobId id : c_.active_) {
    const Job& other = *c_.state_.find(id);
    const auto meets = [&](const NodeShare& share) {
      return std::ranges::any_of(job.allocation->shares, [&](const NodeShare& own) {
        return own.node == share.node && std::ranges::find_first_of(own.cpu_ids, share.cpu_ids) != own.cpu_ids.end();
      });
    };
    if (id == job.id || !shows(other) || !other.allocation || other.without_cpus() ||
        !std::ranges::any_of(other.allocation->shares, meets))
      continue;
    holders += (holders.empty() ? "" : ", ") + to_string(id);
  }
  return fmt::format(
      "job {} does not wait: it was suspended for others, stands aside and goes on when all its CPUs are free{}",
      job.id.value, holders.empty() ? "" : "; in the way: job " + holders);
}

Result<Explanation> Scheduling::explain(const ExplainRequest& request, const Caller& caller) const {
  const bool own_alone = c_.is_private("jobs", caller);
  const auto shows = [&](const Job& one) { return !own_alone || c_.manages(caller, one); };
  const Job* job = job_meant(request);
  if (!job || !shows(*job)) return fail(Errc::invalid_job_id);
  const JobId id = job->id;
  if (is_aside(*job)) return fail(why_aside(*job, shows));
  if (job->state != JobState::pending)
    return fail(fmt::format("job {} does not wait: it is {}", id.value, state_name(job->state)));
  const ClusterView view = cluster_view(c_);
  const auto is_meant = [&](const PendingJob& pending) { return pending.job == job; };
  const auto found = std::find_if(view.pending.begin(), view.pending.end(), is_meant);
  if (found == view.pending.end()) return fail(fmt::format("job {} has not left its nodes yet", id.value));
  const std::shared_ptr<const Reasons>& reasons = c_.planning_.reasons;
  const LastPass last{[&](JobId one) { return reasons->find(one); }, c_.now_.wall, shows};
  const auto place = static_cast<std::size_t>(found - view.pending.begin());
  Explanation told = slurmxx::explain(view, c_.planning_.rules->policies, place, last);
  if (c_.is_private("nodes", caller)) {
    told.expected_nodes.clear();
    for (PartitionExplained& one : told.partitions) one.unavailable.clear();
  }
  return told;
}

}  // namespace slurmxx
