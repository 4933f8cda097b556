// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which rows, bounds and answers serve a question. The search itself is single_search.h for one node that is the same
// for all of the job, and forecast_sweep.h for the rest.
#include "core/schedule/forecast.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/schedule/forecast_sweep.h"
#include "core/schedule/single_search.h"

namespace slurmxx {
namespace {
constexpr std::size_t answers_max = 8, failures_max = 64;  // kept of a need and length; of a pool
constexpr std::size_t latest_max = 64, lesser_max = 6;     // needs compared with a new one; kept of those that are less
constexpr std::uint64_t anchored_from = 1000;              // questions: fewer are asked sooner than anchors are filled
constexpr std::size_t row_bytes = 96 << 20;                // of all rows; then those not asked for long are dropped

// The bytes of all numbers that decide whether a node can take part.
class NeedKey {
 public:
  void add(std::int64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void add(const std::string& text) { bytes_ += text + ";"; }
  void add(const std::optional<MebiBytes>& size) { add(size ? size->value : -1); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

std::string need_key(const Demand& d, std::uint32_t least, bool by_owner) {
  NeedKey key;
  for (const std::uint32_t number : {least, d.cpus_per_task, d.cpus_per_node_min, d.threads_used_per_core,
                                     d.tasks_per_core_max, d.choice.tasks_per_socket, d.share.most, d.share.cap})
    key.add(number);
  key.add(d.share.shares() ? d.share.group : 0);
  key.add(d.memory_per_cpu);
  key.add(d.memory_per_node);
  key.add((d.consume_memory ? 1 : 0) | (d.whole_nodes ? 2 : 0) | (d.owner.only_user ? 4 : 0) | (d.overcommit ? 8 : 0) |
          (d.owner.only_label ? 16 : 0) | (d.share.whole_sockets ? 32 : 0));
  key.add(d.gres.key());
  if (d.terms.special.asked())
    key.add((std::int64_t{d.terms.special.cores.value_or(d.terms.special.threads.value_or(0))} << 1) |
            (d.terms.special.cores ? 1 : 0));
  key.add(by_owner || d.owner.only_user ? std::int64_t{d.owner.user.value} : -1);
  if (by_owner || d.owner.only_label) key.add(static_cast<std::int64_t>(d.owner.label));
  return key.take();
}

// As a need that is less, or for less long, is fulfilled no later.
void raise(std::vector<Moment>& bounds, const std::vector<Moment>& lesser) {
  for (std::size_t i = 0; i < bounds.size(); ++i) bounds[i] = lesser[i] > bounds[i] ? lesser[i] : bounds[i];
}

std::vector<NodeIndex> as_numbered(const Calendar& calendar) {
  std::vector<NodeIndex> order;
  for (std::uint32_t i = 0; i < calendar.empty().size(); ++i) order.push_back(NodeIndex(i));
  return order;
}

}  // namespace

Forecast::Forecast(const Calendar& calendar, std::vector<NodeIndex> order)
    : calendar_(calendar),
      order_(order.empty() ? as_numbered(calendar) : std::move(order)),
      place_of_(calendar.empty().size()),
      anchors_(calendar, order_, place_of_) {
  const std::size_t count = calendar.empty().size();
  SLURMXX_CHECK(order_.size() == count);
  for (std::uint32_t place = 0; place < count; ++place) place_of_[order_[place].value] = place;
  openings_.assign((count + block_size - 1) / block_size * block_size, never);
  for (std::size_t place = 0; place < count; ++place)
    if (const Moment opening = calendar.first_opening(order_[place]); opening < forever) openings_[place] = opening;
  sort_kinds();
}

void Forecast::sort_kinds() {
  std::map<std::tuple<std::uint32_t, std::uint32_t, MebiBytes>, std::vector<std::uint32_t>> known;
  for (const NodeIndex node : order_) {
    NodeRoom room = calendar_.empty()[node.value];
    std::vector<std::uint32_t>& alike = known[{room.units_total, room.threads_per_unit, room.memory_total}];
    auto kind = std::find_if(alike.begin(), alike.end(), [&](auto k) { return kinds_[k].same_size(room); });
    if (kind == alike.end()) {
      kind = alike.insert(kind, static_cast<std::uint32_t>(kinds_.size()));
      room.available = true;
      room.empty();
      kinds_.push_back(room);
    }
    kind_.push_back(*kind);
  }
}

void Forecast::forget() {
  pools_.clear();
  needs_.clear();
  latest_.clear();
  anchors_.clear();
  rows_ = 0;
  ++changes_;
}

Forecast::Bounds& Forecast::bounds_of(const NodePool& pool) {
  const auto [place, is_new] = pools_.try_emplace(&pool);
  Bounds& bounds = place->second;
  if (!is_new) return bounds;
  bounds.rank_of.assign(openings_.size(), UINT32_MAX);
  std::vector<bool> seen(kinds_.size());
  for (const NodeRoom* room : pool.rooms) {
    const std::uint32_t kind = kind_[place_of_[room->node.value]];
    if (!seen[kind]) bounds.kinds.push_back(kind);
    seen[kind] = true;
  }
  for (std::uint32_t rank = 0; rank < pool.rooms.size(); ++rank)
    if (pool.rooms[rank]->available) bounds.rank_of[place_of_[pool.rooms[rank]->node.value]] = rank;
  for (std::uint32_t block = 0; block < openings_.size() / block_size; ++block) {
    PlaceBlock of_pool{block, 0};
    std::uint32_t first = UINT32_MAX;
    for (std::size_t i = 0; i < block_size; ++i) {
      const std::uint32_t rank = bounds.rank_of[block * block_size + i];
      if (rank < UINT32_MAX) of_pool.mask |= std::uint64_t{1} << i;
      first = std::min(first, rank);
    }
    if (of_pool.mask == 0) continue;
    bounds.blocks.push_back(of_pool);
    bounds.first_rank.push_back(first);
  }
  return bounds;
}

// Tasks that a node must hold at least: what the largest others could not.
std::uint32_t Forecast::least_tasks(const Bounds& bounds, const Demand& demand) const {
  if (demand.even_tasks) return demand.tasks_per_node_max;
  if (demand.nodes_max == 1) return std::max(1u, demand.tasks);
  std::uint64_t most = 0;
  for (const std::uint32_t kind : bounds.kinds)
    most = std::max<std::uint64_t>(most, tasks_that_fit(demand, kinds_[kind]));
  const std::uint64_t others = most * (demand.nodes_max - 1);
  return demand.tasks > others ? static_cast<std::uint32_t>(demand.tasks - others) : 1;
}

Forecast::Need& Forecast::need_of(Bounds& bounds, const Demand& demand) {
  const bool by_owner = calendar_.has_exclusive_owners();
  const auto [place, is_new] = bounds.need_of.try_emplace({&demand, by_owner});
  if (!is_new) return *place->second;
  const std::uint32_t least = least_tasks(bounds, demand);
  const bool can = least <= demand.tasks_per_node_max;
  Need& need = needs_[need_key(demand, least, by_owner) + (can ? "" : "-")];
  place->second = &need;
  if (!need.takes.empty()) return need;
  need.least = least;
  need.gres = demand.gres.key();
  for (const NodeRoom& kind : kinds_) {
    need.takes.emplace_back();
    if (can && tasks_that_fit(demand, kind) >= least) need.takes.back() = node_need(demand, kind, least);
  }
  need.possible = std::any_of(need.takes.begin(), need.takes.end(), [](const auto& take) { return take.has_value(); });
  need.least_take.units = UINT32_MAX;
  for (const auto& take : need.takes)
    if (take && take->take.units < need.least_take.units) need.least_take = {take->take.units, {}, take->take.whole};
  if (need.possible) compare(need);
  return need;
}

void Forecast::compare(Need& need) {
  for (Need* other : latest_) {
    if (is_less(*other, need))
      add_lesser(need, *other);
    else if (is_less(need, *other))
      add_lesser(*other, need);
  }
  if (latest_.size() == latest_max) latest_.erase(latest_.begin());
  latest_.push_back(&need);
}

// Of those that are less than one another the greatest counts.
void Forecast::add_lesser(Need& need, const Need& other) const {
  if (std::any_of(need.lesser.begin(), need.lesser.end(), [&](const Need* n) { return is_less(other, *n); })) return;
  std::erase_if(need.lesser, [&](const Need* n) { return is_less(*n, other); });
  if (need.lesser.size() < lesser_max) need.lesser.push_back(&other);
}

// Where `more` has room, `less` has.
bool Forecast::is_less(const Need& less, const Need& more) const {
  if (!less.gres.empty() && less.gres != more.gres) return false;
  for (std::size_t i = 0; i < less.takes.size(); ++i) {
    if (!more.takes[i]) continue;
    if (!less.takes[i]) return false;
    if (!asks_no_more(less.takes[i]->gres, more.takes[i]->gres)) return false;
    const RoomTake &a = less.takes[i]->take, &b = more.takes[i]->take;
    const RoomOwner &of_a = a.owner, &of_b = b.owner;
    if (a.units > b.units || a.memory > b.memory || (a.whole && !b.whole)) return false;
    if (b.share.shares() && a.share.group != b.share.group) return false;
    if (a.share.cap != 0 && a.share.cap != b.share.cap) return false;
    if (a.share.whole_sockets && !b.share.whole_sockets) return false;
    if (a.share.most < b.share.most || (of_a.only_user && !(of_b.only_user && of_a.user == of_b.user)) ||
        (of_a.only_label && !(of_b.only_label && of_a.label == of_b.label)))
      return false;
    if (calendar_.has_exclusive_owners() && (of_a.user != of_b.user || of_a.label != of_b.label)) return false;
  }
  return true;
}

// A node free for so long is free for a shorter time as well, and has room for less: the bounds for those hold here.
void Forecast::find_lesser(const Need& need, const std::pair<const NodePool*, Moment>& key, Row& row) const {
  row.lesser.clear();
  const auto add = [&](const Need& of, const NodePool* pool, Moment length) {
    auto after = of.rows.upper_bound({pool, length});
    if (after == of.rows.begin()) return;
    const auto& [known, lesser] = *std::prev(after);
    if (known.first == pool && &lesser != &row) row.lesser.push_back(&lesser.bounds);
  };
  add(need, key.first, key.second - 1);
  for (const Need* less : need.lesser) add(*less, key.first, key.second);
  anchors_.find(need.least_take, key.second, row.lesser);
  if (!key.first) return;
  add(need, nullptr, key.second);
}

Forecast::Row Forecast::make_row(const Need& need, const std::pair<const NodePool*, Moment>& key) {
  std::vector<Moment> bounds = openings_;
  for (std::size_t place = 0; place < kind_.size(); ++place)
    if (!need.takes[kind_[place]]) bounds[place] = never;
  Row row{BoundRow({}), {}, 0, 0};
  find_lesser(need, key, row);
  for (const BoundRow* lesser : row.lesser) raise(bounds, lesser->bounds());
  row.bounds = BoundRow(std::move(bounds));
  return row;
}

// The half that was not asked for the longest time.
void Forecast::drop_rows() {
  std::vector<std::uint64_t> used;
  for (const auto& [key, need] : needs_)
    for (const auto& [length, row] : need.rows) used.push_back(row.used);
  const auto middle = used.begin() + static_cast<std::ptrdiff_t>(used.size() / 2);
  std::nth_element(used.begin(), middle, used.end());
  for (auto& [key, need] : needs_) std::erase_if(need.rows, [&](const auto& one) { return one.second.used < *middle; });
  rows_ = 0;
  for (const auto& [key, need] : needs_) rows_ += need.rows.size();
  ++changes_;
}

Forecast::Row& Forecast::row_of(Need& need, const Question& question) {
  const std::pair key(question.pool->open.empty() ? nullptr : question.pool, question.length);
  auto known = need.rows.find(key);
  if (known == need.rows.end()) {
    if (rows_ >= std::max<std::size_t>(16, row_bytes / sizeof(Moment) / std::max<std::size_t>(1, openings_.size())))
      drop_rows();
    known = need.rows.emplace(key, make_row(need, key)).first;
    ++rows_;
    ++changes_;
  }
  Row& row = known->second;
  if (questions_ >= anchored_from && !std::exchange(row.anchored, true)) {
    anchors_.add(need.least_take, question.length);
    ++changes_;
  }
  anchors_.catch_up();
  row.used = ++questions_;
  if (row.changes != changes_) find_lesser(need, key, row);
  row.changes = changes_;
  return row;
}

// Whether less than that had no start.
bool Forecast::is_hopeless(const Bounds& bounds, const Need& need, const Question& question) const {
  return std::any_of(bounds.failures.begin(), bounds.failures.end(), [&](const Failure& f) {
    const bool same = f.need == &need;
    if (f.asked.start <= question.horizon) return false;  // nobody had looked so far
    if (f.length > question.length || f.asked.nodes_min > question.demand->nodes_min) return false;
    if (same && f.asked.bounds(*question.demand)) return true;
    // Of another need only the number of nodes can be compared.
    return f.asked.tasks <= std::uint64_t{f.asked.nodes_min} * f.need->least && (same || is_less(*f.need, need));
  });
}

// An answer to a question that asked for no more is a bound.
Moment Forecast::bound_of(const Bounds& bounds, const Need& need, const Question& question) {
  const auto known = bounds.answers.find(&need);
  if (known == bounds.answers.end()) return 0;
  Moment bound = 0;
  for (const auto& [shorter, answers] : known->second) {
    if (shorter > question.length) break;
    for (const Answer& a : answers)
      if (a.bounds(*question.demand)) bound = std::max(bound, a.start);
  }
  return bound;
}

void Forecast::remember(Bounds& bounds, const Need& need, const Question& question, const Answer& answer) {
  std::vector<Answer>& answers = bounds.answers[&need][question.length];
  const auto covered = [&](const Answer& a) {
    return a.nodes_min >= answer.nodes_min && a.tasks >= answer.tasks && a.nodes_max <= answer.nodes_max &&
           a.tasks_per_node_max <= answer.tasks_per_node_max && a.start <= answer.start;
  };
  std::erase_if(answers, covered);
  if (answers.size() == answers_max) answers.erase(answers.begin());
  answers.push_back(answer);
  if (answer.start > question.horizon && question.horizon == horizon_ && bounds.failures.size() < failures_max)
    bounds.failures.push_back({&need, question.length, answer});
}

// One node, and as much of it whichever it is.
bool Forecast::is_single(const Question& question) {
  const Demand& demand = *question.demand;
  return demand.nodes_min <= 1 && demand.nodes_max == 1 && question.from == 0 && question.pool->required == 0 &&
         !question.pool->topology && demand.arrangement.is_plain() && demand.gres.empty();
}

std::optional<Slot> Forecast::search_single(Bounds& bounds, Need& need, const Question& question) {
  Row& row = row_of(need, question);
  const auto look = [&](std::size_t place, Moment bound) {
    const auto* open = question.pool->open_times(bounds.rank_of[place]);
    const auto window = calendar_.window({order_[place], *need.takes[kind_[place]], question.length, bound}, open);
    return window ? window->first : never;
  };
  const SingleScope scope{row.bounds, bounds.blocks, bounds.first_rank, bounds.rank_of, row.lesser, question.horizon};
  const auto found = SingleSearch(scope, look).run();
  if (!found) return {};
  const NodeRoom room = calendar_.room(order_[found->place], found->start, question.length);
  const NodeRoom* const offered[] = {&room};
  const auto chosen = choose(*question.demand, {offered});
  const auto* list = std::get_if<std::vector<Chosen>>(&chosen);
  if (!list) return {};
  const Moment until = std::min(forever, found->start + question.length);
  return Slot{found->start, {{room.node, found->start, until, take_of(*question.demand, room, list->front())}}};
}

std::optional<Slot> Forecast::search(const Question& question) {
  const Demand& demand = *question.demand;
  Bounds& bounds = bounds_of(*question.pool);
  Need& need = need_of(bounds, demand);
  if (!need.possible) return {};
  horizon_ = std::max(horizon_, question.horizon);
  return is_single(question) ? search_single(bounds, need, question) : search_several(bounds, need, question);
}

std::optional<Slot> Forecast::search_several(Bounds& bounds, Need& need, const Question& question) {
  const Demand& demand = *question.demand;
  if (is_hopeless(bounds, need, question)) return {};
  const Moment from = std::max(question.from, bound_of(bounds, need, question));
  if (from > question.horizon) return {};
  Row& row = row_of(need, question);
  auto slot = Sweep({*this, bounds, need, row}, question).run(from);
  if (question.from > 0) return slot;  // no bound for questions from now on
  const Moment start = slot ? slot->start : question.horizon + 1;
  const Answer answer{demand.nodes_min, demand.nodes_max, demand.tasks, demand.tasks_per_node_max, start};
  remember(bounds, need, question, answer);
  return slot;
}

// One node that holds all is better than several, if it is not later.
std::optional<Slot> Forecast::earliest(const Question& question) {
  const Demand& demand = *question.demand;
  const bool divides = demand.tasks > 1 || !demand.gres.per_job.empty();
  const bool one_may_do = demand.nodes_min <= 1 && demand.nodes_max > 1 && divides && question.pool->required == 0;
  if (!one_may_do) return search(question);
  Demand& alone = alone_.try_emplace(&demand, demand).first->second;
  alone.nodes_max = 1;
  Question single = question;
  single.demand = &alone;
  auto one = search(single);
  if (question.pool->rooms.size() == 1) return one;
  Question several = question;
  if (one) several.horizon = one->start - 1;
  if (several.horizon < several.from) return one;
  auto slot = search(several);
  return slot ? slot : one;
}

}  // namespace slurmxx
