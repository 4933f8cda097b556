// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "state/usage.h"

#include <algorithm>

#include "core/fairshare/decay.h"
#include "core/tres/share_tres.h"

namespace slurmxx {
namespace {

const Qos* qos_of(const State& state, std::uint32_t id) {
  if (!state.accounts() || id == 0) return nullptr;
  for (const Qos& one : state.accounts()->qos)
    if (one.id == id) return &one;
  return nullptr;
}

// Of what this one has used; a QOS may keep it for ever.
Seconds half_life_of(const State& state, const UsageKey& key) {
  if (key.first == UsageHolder::qos)
    if (const Qos* qos = qos_of(state, key.second); qos && qos->has_flag("NoDecay")) return Seconds(0);
  return state.usage_rules().half_life;
}

// The job's own QOS counts, else that of its partition.
double factor_of(const State& state, const Charge& charge) {
  const Qos* qos = qos_of(state, charge.qos != 0 ? charge.qos : charge.partition_qos);
  return qos ? static_cast<double>(qos->usage_factor) / 1e6 : 1;
}

std::vector<UsageKey> holders_of(const Charge& charge) {
  std::vector<UsageKey> keys;
  if (charge.association != 0) keys.emplace_back(UsageHolder::association, charge.association);
  if (charge.qos != 0) keys.emplace_back(UsageHolder::qos, charge.qos);
  if (charge.partition_qos != 0 && charge.partition_qos != charge.qos)
    keys.emplace_back(UsageHolder::qos, charge.partition_qos);
  return keys;
}

bool is_charged(const Job& job) {
  return job.state == JobState::running && job.allocation && job.allocation->charge && job.times.started;
}

// What a job that runs adds until `at` to those that it is charged to: add(key, amount).
template <class Add>
void unsettled(const State& state, const Job& job, Instant at, Add add) {
  if (!is_charged(job)) return;
  const Charge& charge = *job.allocation->charge;
  const Instant began = job.times.suspended.value_or(*job.times.started);
  const Instant since = std::max({began, job.times.resized.value_or(began), state.usage_rules().settled});
  if (since >= at) return;
  const double factor = factor_of(state, charge);
  UsageAmount rate;
  rate.wall = factor;
  const TresCounts held = share_tres(job.allocation->shares);
  for (const TresCount& one : held.entries()) rate.add(one.name, static_cast<double>(one.count) * factor);
  rate.add("billing", charge.billing * factor);
  for (const UsageKey& key : holders_of(charge)) {
    UsageAmount amount = rate;
    amount.scale(decayed_span(at - since, half_life_of(state, key)));
    add(key, amount);
  }
}

UsageAmount decayed(const State& state, const UsageRow& row, Instant at) {
  UsageAmount amount = row.amount;
  amount.scale(decayed_usage(1, at - row.at, half_life_of(state, {row.holder, row.id})));
  return amount;
}

// Those whose RawUsage was set to nothing: more often now than before.
template <class Row>
std::vector<std::uint32_t> resets(const std::vector<Row>& before, const std::vector<Row>& changed) {
  std::vector<std::uint32_t> ids;
  for (const Row& row : changed)
    for (const Row& old : before)
      if (old.id == row.id && old.usage_resets != row.usage_resets) ids.push_back(row.id);
  return ids;
}

// Associations that go, or have been gone meanwhile and came back.
std::set<std::uint32_t> leavers(const AccountBook& before, const BookChange& change) {
  std::set<std::uint32_t> ids(change.gone_associations.begin(), change.gone_associations.end());
  for (const Association& row : change.rows.associations)
    if (const Association* old = before.association(row.id); old && old->returns != row.returns) ids.insert(row.id);
  return ids;
}

const Association* staying_above(const AccountBook& book, std::uint32_t id, const std::set<std::uint32_t>& leaving) {
  const Association* at = book.association(id);
  while (at && leaving.contains(at->id)) at = book.above(*at);
  return at;
}

bool counts_otherwise(const AccountBook& before, const std::vector<Qos>& changed) {
  return std::any_of(changed.begin(), changed.end(), [&](const Qos& row) {
    return std::any_of(before.qos.begin(), before.qos.end(), [&](const Qos& old) {
      return old.id == row.id &&
             (old.usage_factor != row.usage_factor || old.has_flag("NoDecay") != row.has_flag("NoDecay"));
    });
  });
}

}  // namespace

UsageTable usage_as_of(const State& state, Instant at, const std::set<JobId>* running) {
  UsageTable table;
  state.usage().for_each([&](std::uint64_t, const UsageRow& row) {
    table[{row.holder, row.id}] = decayed(state, row, at);
  });
  const auto add = [&](const UsageKey& key, const UsageAmount& amount) { table[key].add(amount); };
  if (!running) state.jobs().for_each([&](std::uint64_t, const Job& job) { unsettled(state, job, at, add); });
  if (running)
    for (const JobId id : *running) unsettled(state, *state.find(id), at, add);
  return table;
}

void add_settled(const State& state, const UsageKey& key, Instant at, UsageAmount& sum) {
  const UsageRow* row = state.usage().find(usage_number(key.first, key.second));
  if (row) sum.add(row->amount, decayed_usage(1, at - row->at, half_life_of(state, key)));
}

UsageTable usage_of_running(const State& state, Instant at, const std::set<JobId>& running) {
  UsageTable table;
  for (const JobId id : running)
    unsettled(state, *state.find(id), at,
              [&](const UsageKey& key, const UsageAmount& amount) { table[key].add(amount); });
  return table;
}

UsageRow& UsageKeeper::row_of(const UsageKey& key) {
  const std::uint64_t number = usage_number(key.first, key.second);
  if (!state_.usage_.find(number)) return state_.usage_.insert(number, {key.first, key.second, at_, {}});
  UsageRow& row = state_.usage_.change(number);
  row.amount = decayed(state_, row, at_);
  row.at = at_;
  return row;
}

void UsageKeeper::drop(const UsageKey& key) {
  const std::uint64_t number = usage_number(key.first, key.second);
  if (state_.usage_.find(number)) state_.usage_.erase(number);
}

void UsageKeeper::charge(const Job& job) {
  unsettled(state_, job, at_, [&](const UsageKey& key, const UsageAmount& amount) { row_of(key).amount.add(amount); });
}

void UsageKeeper::settle() {
  state_.jobs_.for_each([&](std::uint64_t, const Job& job) { charge(job); });
  std::vector<UsageKey> keys;
  state_.usage_.for_each([&](std::uint64_t, const UsageRow& row) { keys.emplace_back(row.holder, row.id); });
  for (const UsageKey& key : keys) row_of(key);
  state_.usage_rules_.settled = at_;
}

void UsageKeeper::set_rules(Seconds half_life) {
  settle();
  state_.usage_rules_.half_life = half_life;
  if (state_.usage_rules_.reset == Instant()) state_.usage_rules_.reset = at_;  // its period begins
}

void UsageKeeper::reset_all() {
  settle();
  std::vector<UsageKey> keys;
  state_.usage_.for_each([&](std::uint64_t, const UsageRow& row) {
    const Qos* qos = row.holder == UsageHolder::qos ? qos_of(state_, row.id) : nullptr;
    if (!qos || !qos->has_flag("NoDecay")) keys.emplace_back(row.holder, row.id);
  });
  for (const UsageKey& key : keys) drop(key);
  state_.usage_rules_.reset = at_;
}

// The account above that stays, if the row and all between go.
void UsageKeeper::leave_usage_above(const BookChange& change) {
  const std::shared_ptr<const AccountBook> before = state_.accounts_;
  const std::set<std::uint32_t> leaving = leavers(*before, change);
  if (leaving.empty()) return;
  settle();
  for (const std::uint32_t id : leaving) {
    const UsageRow* row = state_.usage_.find(usage_number(UsageHolder::association, id));
    const Association* above = row ? staying_above(*before, id, leaving) : nullptr;
    if (!above) continue;
    const UsageAmount left = row->amount;
    row_of({UsageHolder::association, above->id}).amount.add(left);
  }
  for (const std::uint32_t id : leaving) drop({UsageHolder::association, id});
}

void UsageKeeper::accounts_change(const AccountsChanged& event) {
  if (!state_.accounts_) return;
  const BookChange& change = event.change;
  if (event.keeps_usage) leave_usage_above(change);
  const AccountBook& before = *state_.accounts_;
  const std::vector<std::uint32_t> associations = resets(before.associations, change.rows.associations);
  const std::vector<std::uint32_t> qos = resets(before.qos, change.rows.qos);
  if (!associations.empty() || !qos.empty() || counts_otherwise(before, change.rows.qos)) settle();
  for (const std::uint32_t id : associations) drop({UsageHolder::association, id});
  for (const std::uint32_t id : qos) drop({UsageHolder::qos, id});
  for (const std::uint32_t id : change.gone_associations) drop({UsageHolder::association, id});
  for (const std::uint32_t id : change.gone_qos) drop({UsageHolder::qos, id});
}

}  // namespace slurmxx
