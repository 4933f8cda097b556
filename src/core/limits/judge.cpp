// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Two walks over the limits in their order, first those of jobs and times, then those of TRES; the table says what each
// is compared with. Which of several is named is as slurm-wlm 22.05 was seen to do it.
#include "core/limits/judge.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace slurmxx {
namespace {

// What a limit is compared with.
enum class Against : std::uint8_t {
  nothing,
  running,
  submitted,
  held,
  run_minutes,
  used_minutes,
  used_wall,
  job,
  node,
  job_minutes,
  wall,
  least,
  accruing
};
// Whose jobs count.
enum class Counts : std::uint8_t { holder, user, account };

struct Rule {
  LimitKind kind;
  Against against;
  Counts counts = Counts::holder;
};

using enum LimitKind;
constexpr Rule rules[] = {
    {grp_submit, Against::submitted},
    {max_submit, Against::submitted},
    {max_submit_per_user, Against::submitted, Counts::user},
    {max_submit_per_account, Against::submitted, Counts::account},
    {grp_jobs, Against::running},
    {grp_wall, Against::used_wall},
    {max_jobs, Against::running},
    {max_jobs_per_account, Against::running, Counts::account},
    {max_jobs_per_user, Against::running, Counts::user},
    {max_wall_per_job, Against::wall},
    {grp_tres_mins, Against::used_minutes},
    {grp_tres, Against::held},
    {grp_tres_run_mins, Against::run_minutes},
    {max_tres_mins_per_job, Against::job_minutes},
    {max_tres_per_job, Against::job},
    {max_tres_per_node, Against::node},
    {min_tres_per_job, Against::least},
    {max_tres_per_account, Against::held, Counts::account},
    {max_tres_per_user, Against::held, Counts::user},
    {max_tres_run_mins_per_account, Against::run_minutes, Counts::account},
    {max_tres_run_mins_per_user, Against::run_minutes, Counts::user},
    {grp_jobs_accrue, Against::accruing},
    {max_jobs_accrue, Against::accruing},
    {max_jobs_accrue_per_user, Against::accruing, Counts::user},
    {max_jobs_accrue_per_account, Against::accruing, Counts::account},
};

bool is_grp(LimitKind kind) { return std::string_view(limit_row(kind).heading).starts_with("Grp"); }

class NoUsage : public LimitLookup {
 public:
  Tally of(const Holder&) const override { return {}; }
};

enum class Scope : std::uint8_t { start, submit, alone, over, accrue, node, all_node };  // all_node: whatever is asked

class Walk {
 public:
  Walk(const LimitRequest& request, const LimitLookup& usage, Instant now) : r_(request), usage_(usage), now_(now) {}

  std::optional<LimitFound> run(Scope scope) {
    scope_ = scope;
    const Qos* first = r_.partition_qos;
    const Qos* second = r_.qos == r_.partition_qos ? nullptr : r_.qos;
    if (first && second && second->has_flag("OverPartQOS")) std::swap(first, second);
    for (const bool of_tres : {false, true}) {
      of_tres_ = of_tres;
      for (const Qos* qos : {first, second})
        if (qos)
          if (auto found = judge_qos(*qos)) return found;
      for (const Association* one : r_.chain)
        if (auto found = judge_association(*one)) return found;
    }
    return std::nullopt;
  }

  std::vector<LimitFound> run_all(Scope scope) {
    std::vector<LimitFound> found;
    all_ = &found;
    run(scope);
    all_ = nullptr;
    return found;
  }

  bool wanted(const Rule& rule) const {
    if ((limit_row(rule.kind).unit == LimitUnit::tres) != of_tres_) return false;
    const bool submits = rule.against == Against::submitted;
    if (rule.against == Against::accruing || scope_ == Scope::accrue)
      return rule.against == Against::accruing && scope_ == Scope::accrue;
    if (scope_ == Scope::node || scope_ == Scope::all_node) return rule.against == Against::node;
    if (scope_ == Scope::over) return rule.against == Against::used_minutes || rule.against == Against::used_wall;
    return scope_ == Scope::submit ? submits : !submits;
  }

 private:
  std::optional<LimitFound> judge_qos(const Qos& qos) {
    at_ = {nullptr, &qos};
    for (const Rule& rule : rules) {
      if (!wanted(rule) || !may_hold(limit_row(rule.kind), LimitHolder::qos)) continue;
      Holder holder{HolderKind::qos, qos.id, ""};
      if (rule.counts == Counts::user) holder = {HolderKind::user_in_qos, qos.id, r_.user};
      if (rule.counts == Counts::account) holder = {HolderKind::account_in_qos, qos.id, r_.account};
      if (auto found = judge(qos.limits, rule, LimitHolder::qos, holder)) return found;
    }
    return std::nullopt;
  }

  // Max limits of an account are those of each user in it: they are looked for with the user's own.
  std::optional<LimitFound> judge_association(const Association& row) {
    for (const Rule& rule : rules) {
      if (!wanted(rule) || !may_hold(limit_row(rule.kind), LimitHolder::association)) continue;
      if (is_grp(rule.kind)) {
        if (auto found = judge_row(row, rule, row.id)) return found;
      } else if (&row == r_.chain.front()) {
        for (const Association* one : r_.chain)
          if (auto found = judge_row(*one, rule, row.id)) return found;
      }
    }
    return std::nullopt;
  }

  std::optional<LimitFound> judge_row(const Association& row, const Rule& rule, std::uint32_t counted) {
    const bool over_time = rule.against == Against::used_minutes || rule.against == Against::used_wall;
    if (over_time && row.is_top()) return std::nullopt;  // shown there, and not enforced: sacctmgr(1), GrpTRESMins
    at_ = {&row, nullptr};
    return judge(row.limits, rule, LimitHolder::association, {HolderKind::association, counted, ""});
  }

  std::optional<LimitFound> judge(const LimitSet& limits, const Rule& rule, LimitHolder who, const Holder& holder) {
    if (limit_row(rule.kind).unit == LimitUnit::tres) {
      for (TresCount limit : limits.tres(rule.kind).entries()) {
        if (who == LimitHolder::association) stretch(rule, limit);
        if (auto found = compare(rule, who, holder, limit)) return found;
      }
      return std::nullopt;
    }
    const auto limit = limits.number(rule.kind);
    return limit ? compare(rule, who, holder, {"", *limit}) : std::nullopt;
  }

  // LimitFactor of the job's QOS: more or less of the TRES that associations allow.
  void stretch(const Rule& rule, TresCount& limit) const {
    constexpr LimitKind stretched[] = {grp_tres, max_tres_per_job, max_tres_per_node};
    if (!r_.qos || !r_.qos->limit_factor || std::ranges::find(stretched, rule.kind) == std::end(stretched)) return;
    limit.count = static_cast<std::uint64_t>(static_cast<double>(limit.count) * as_factor(*r_.qos->limit_factor));
  }
  static double as_factor(std::uint64_t millionths) { return static_cast<double>(millionths) / 1e6; }

  // A job without a time limit may go on for ever; without `safe` it is let start, and ended when it comes to that.
  std::uint64_t asked_minutes(std::uint64_t count) const {
    return !r_.minutes && !r_.safe ? 0 : longest_minutes(count);
  }

  // As much as it may come to.
  std::uint64_t longest_minutes(std::uint64_t count) const {
    constexpr std::uint64_t endless = UINT64_MAX / 4;
    if (count == 0) return 0;
    if (!r_.minutes || *r_.minutes > endless / count) return endless;
    return count * *r_.minutes;
  }

  // What it is to use itself: UsageFactorSafe counts as much as will be charged.
  std::uint64_t own_minutes(std::uint64_t asked) const {
    const std::uint64_t minutes = asked_minutes(asked);
    if (!r_.minutes) return minutes;
    return static_cast<std::uint64_t>(static_cast<double>(minutes) * as_factor(safe_factor(r_.qos)));
  }

  std::optional<LimitFound> compare(const Rule& rule, LimitHolder who, const Holder& holder, const TresCount& limit) {
    const bool everywhere = is_grp(rule.kind) && who == LimitHolder::association;
    if (set_by_qos_.contains({rule.kind, limit.name})) return std::nullopt;
    if (!everywhere && !set_.insert({rule.kind, limit.name}).second) return std::nullopt;
    if (who == LimitHolder::qos) set_by_qos_.insert({rule.kind, limit.name});
    const std::uint64_t need = needed(rule, holder, limit.name);
    const bool fits = rule.against == Against::least ? need >= limit.count : need <= limit.count;
    if (fits) return std::nullopt;
    LimitFound found{limit_reason(rule.kind, who, limit.name), limit_row(rule.kind).heading, need, limit.count,
                     limit.name};
    if (!all_) return found;
    if (scope_ == Scope::start) found.detail = detail_of(rule, found);
    all_->push_back(std::move(found));
    return std::nullopt;
  }

  // "account physics has 8 of 10 cpu in use".
  std::string detail_of(const Rule& rule, const LimitFound& found) const {
    const std::string who = whose(rule);
    if (rule.against == Against::running)
      return fmt::format("{} has {} of {} {} running", who, found.need - 1, found.have, jobs_word(found.have));
    if (rule.against != Against::held) return who;
    return fmt::format("{} has {} of {} {} in use", who, found.need - r_.tres[found.tres], found.have, found.tres);
  }
  static const char* jobs_word(std::uint64_t count) { return count == 1 ? "job" : "jobs"; }

  // Whose use is counted, and where the limit stands.
  std::string whose(const Rule& rule) const {
    if (at_.qos && rule.counts == Counts::holder) return "QOS " + at_.qos->name;
    if (at_.qos && rule.counts == Counts::user) return fmt::format("user {} in QOS {}", r_.user, at_.qos->name);
    if (at_.qos) return fmt::format("account {} in QOS {}", r_.account, at_.qos->name);
    const bool counts_all = is_grp(rule.kind) || at_.row->is_user();
    if (counts_all) return name_of(*at_.row);
    return fmt::format("{} (the limit is that of {})", name_of(*r_.chain.front()), name_of(*at_.row));
  }
  static std::string name_of(const Association& row) {
    if (!row.is_user()) return "account " + row.account;
    return fmt::format("user {} in account {}", row.user, row.account) +
           (row.partition.empty() ? "" : " and partition " + row.partition);
  }

  std::uint64_t needed(const Rule& rule, const Holder& holder, const std::string& name) const {
    const std::uint64_t asked = r_.tres[name];
    // A limit that is reached is used up.
    const auto next = [](double seconds) { return static_cast<std::uint64_t>(seconds / 60) + 1; };
    switch (rule.against) {
      case Against::running:
        return usage_.of(holder).running + 1;
      case Against::submitted:
        return usage_.of(holder).submitted + r_.tasks;
      case Against::held:
        return usage_.of(holder).tres[name] + asked;
      case Against::run_minutes:
        return usage_.of(holder).run_minutes(name, now_) + asked_minutes(asked);
      case Against::used_minutes:
        if (asked == 0) return 0;
        if (!r_.safe || scope_ == Scope::over) return next(usage_.used(holder).of(name));
        return static_cast<std::uint64_t>(usage_.used(holder).of(name) / 60) +
               usage_.of(holder).charged_minutes(name, now_) + own_minutes(asked);
      case Against::used_wall:
        if (!r_.safe || scope_ == Scope::over) return next(usage_.used(holder).wall);
        return static_cast<std::uint64_t>(usage_.used(holder).wall / 60) + usage_.of(holder).run_minutes("wall", now_) +
               asked_minutes(1);
      case Against::job_minutes:
        return longest_minutes(asked);
      case Against::node:
        return scope_ == Scope::all_node ? UINT64_MAX : r_.per_node[name];
      case Against::wall:
        return r_.minutes.value_or(UINT64_MAX);
      case Against::accruing:
        return usage_.of(holder).accruing + r_.tasks;
      default:
        return asked;
    }
  }

  const LimitRequest& r_;
  const LimitLookup& usage_;
  Instant now_;
  Scope scope_ = Scope::start;
  struct At {
    const Association* row = nullptr;
    const Qos* qos = nullptr;
  };
  At at_;                                                   // whose limits are walked over: one of both
  std::vector<LimitFound>* all_ = nullptr;                  // null: the first ends the walk
  bool of_tres_ = false;                                    // of which walk
  std::set<std::pair<LimitKind, std::string>> set_;         // a limit of the kind held already
  std::set<std::pair<LimitKind, std::string>> set_by_qos_;  // which puts aside those of associations
};

// Whether there is any limit of these for it.
bool is_limited(const LimitRequest& request, Against against) {
  const auto limits = [against](const LimitSet& set) {
    return std::ranges::any_of(rules, [&](const Rule& rule) { return rule.against == against && set.has(rule.kind); });
  };
  return std::ranges::any_of(request.chain, [&](const Association* one) { return limits(one->limits); }) ||
         (request.qos && limits(request.qos->limits)) ||
         (request.partition_qos && limits(request.partition_qos->limits));
}

}  // namespace

std::vector<Holder> holders_of(const LimitRequest& request) {
  std::vector<Holder> holders;
  for (const Association* one : request.chain) holders.push_back({HolderKind::association, one->id, ""});
  for (const Qos* qos : {request.qos, request.partition_qos == request.qos ? nullptr : request.partition_qos}) {
    if (!qos) continue;
    holders.push_back({HolderKind::qos, qos->id, ""});
    holders.push_back({HolderKind::user_in_qos, qos->id, request.user});
    holders.push_back({HolderKind::account_in_qos, qos->id, request.account});
  }
  return holders;
}

std::optional<std::uint64_t> wall_limit(const LimitRequest& request) {
  const Qos* first = request.partition_qos;
  const Qos* second = request.qos;
  if (first && second && second->has_flag("OverPartQOS")) std::swap(first, second);
  for (const Qos* qos : {first, second})
    if (qos)
      if (const auto limit = qos->limits.number(max_wall_per_job)) return limit;
  for (const Association* one : request.chain)
    if (const auto limit = one->limits.number(max_wall_per_job)) return limit;
  return std::nullopt;
}

std::optional<LimitFound> start_obstacle(const LimitRequest& request, const LimitLookup& usage, Instant now) {
  return Walk(request, usage, now).run(Scope::start);
}

bool may_accrue(const LimitRequest& request, const LimitLookup& usage) {
  return !Walk(request, usage, Instant()).run(Scope::accrue);
}

bool limits_accrual(const LimitRequest& request) { return is_limited(request, Against::accruing); }
bool limits_nodes(const LimitRequest& request) { return is_limited(request, Against::node); }

std::optional<LimitFound> node_obstacle(const LimitRequest& request) {
  return Walk(request, NoUsage(), Instant()).run(Scope::node);
}

TresCounts node_limits(const LimitRequest& request) {
  TresCounts most;
  for (const LimitFound& found : Walk(request, NoUsage(), Instant()).run_all(Scope::all_node))
    most.set(found.tres, found.have);
  return most;
}

std::uint64_t safe_factor(const Qos* qos) {
  constexpr std::uint64_t one = 1'000'000;
  return qos && qos->has_flag("UsageFactorSafe") ? qos->usage_factor : one;
}

std::uint64_t priority_threshold(const LimitRequest& request) {
  std::uint64_t highest = 0;
  const auto look = [&](const LimitSet& set) {
    highest = std::max(highest, set.number(min_prio_threshold).value_or(0));
  };
  for (const Association* one : request.chain) look(one->limits);
  if (request.qos) look(request.qos->limits);
  if (request.partition_qos) look(request.partition_qos->limits);
  return highest;
}

std::vector<LimitFound> start_obstacles(const LimitRequest& request, const LimitLookup& usage, Instant now) {
  return Walk(request, usage, now).run_all(Scope::start);
}

std::optional<LimitFound> used_up(const LimitRequest& request, const LimitLookup& usage) {
  return Walk(request, usage, Instant()).run(Scope::over);
}

std::optional<LimitFound> submit_obstacle(const LimitRequest& request, const LimitLookup& usage,
                                          const LimitLookup& alone) {
  if (auto found = Walk(request, usage, Instant()).run(Scope::submit)) return found;
  const bool deny = (request.qos && request.qos->has_flag("DenyOnLimit")) ||
                    (request.partition_qos && request.partition_qos->has_flag("DenyOnLimit"));
  if (!deny) return std::nullopt;
  return Walk(request, alone, Instant()).run(Scope::alone);
}

}  // namespace slurmxx
