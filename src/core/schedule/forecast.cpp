// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A question is a sweep over moments. Nodes come in by the earliest moment at which they could take part; when those
// that are there do not suffice, the moment goes on to the next at which something changes, and nodes whose window has
// closed by then leave. Everything that was taken from the heap goes back with the better bound that was found.
#include "core/schedule/forecast.h"

#include <algorithm>
#include <functional>

namespace slurmxx {
namespace {
constexpr std::size_t answers_max = 8, failures_max = 64;  // kept of a front; of a pool

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

std::string need_key(const Demand& d, std::uint32_t least, bool by_user) {
  NeedKey key;
  for (const std::uint32_t number :
       {least, d.cpus_per_task, d.cpus_per_node_min, d.threads_used_per_core, d.tasks_per_core_max})
    key.add(number);
  key.add(d.memory_per_cpu);
  key.add(d.memory_per_node);
  key.add((d.consume_memory ? 1 : 0) | (d.whole_nodes ? 2 : 0) | (d.only_user ? 4 : 0) | (d.overcommit ? 8 : 0));
  key.add(d.gres.key());
  key.add(by_user || d.only_user ? std::int64_t{d.user.value} : -1);
  return key.take();
}

// Tasks that a node must hold at least: what the largest others could not.
std::uint32_t least_tasks(const std::vector<NodeRoom>& kinds, const Demand& demand) {
  if (demand.even_tasks) return demand.tasks_per_node_max;
  std::uint64_t most = 0;
  for (const NodeRoom& kind : kinds) most = std::max<std::uint64_t>(most, tasks_that_fit(demand, kind));
  const std::uint64_t others = most * (demand.nodes_max - 1);
  return demand.tasks > others ? static_cast<std::uint32_t>(demand.tasks - others) : 1;
}

}  // namespace

class Forecast::Sweep {
 public:
  struct Scope {
    const Bounds& bounds;
    const Need& need;
    Front& front;
  };
  Sweep(const Calendar& calendar, const Scope& scope, const Question& question)
      : calendar_(calendar),
        bounds_(scope.bounds),
        need_(scope.need),
        front_(scope.front),
        q_(question),
        demand_(*question.demand) {
    varies_ = (!demand_.even_tasks && demand_.tasks_per_node_max > need_.least) || !demand_.gres.empty();
    all_count_ = q_.pool->topology || !demand_.arrangement.is_plain();
  }

  std::optional<Slot> run(Moment from) {
    std::optional<Slot> slot;
    for (Moment t = from; t <= q_.horizon && !slot; t = next_after(t)) {
      leave(t);
      slot = come_in(t);
      if (t == forever) break;
    }
    give_back();
    return slot;
  }

 private:
  struct Member {
    Entry entry;  // as it goes back
    Window window;
    std::uint32_t fit = 0;
  };
  struct Later {
    bool operator()(const Member& a, const Member& b) const {
      return std::tie(a.window.first, a.entry.rank) > std::tie(b.window.first, b.entry.rank);
    }
  };
  NodeIndex node(const Member& member) const { return q_.pool->rooms[member.entry.rank]->node; }

  // Those whose window has closed, or whose room changes, are looked at anew.
  void leave(Moment t) {
    if (t < closes_) return;
    closes_ = forever;
    std::vector<Member> staying;
    for (Member& member : here_) {
      if (member.window.last >= t) {
        closes_ = std::min(closes_, next(member.window.last));
        staying.push_back(member);
        continue;
      }
      fit_ -= member.fit;
      required_ -= member.entry.rank < q_.pool->required ? 1 : 0;
      wait_for(member, t);
    }
    here_ = std::move(staying);
  }

  std::optional<Window> window_of(const Member& member, Moment from) const {
    const auto& take = need_.takes[bounds_.kind[member.entry.rank]];
    if (!take) return {};
    return calendar_.window({node(member), *take, q_.length, from}, q_.pool->open_times(member.entry.rank));
  }

  // Into the ones to come, by its first window from t on.
  void wait_for(Member member, Moment t) {
    const auto window = window_of(member, t);
    if (!window) return gone_.push_back(member.entry);
    member.window = *window;
    later_.push_back(member);
    std::push_heap(later_.begin(), later_.end(), Later{});
  }

  void enter(Member member, Moment t) {
    member.fit = need_.least;
    if (varies_) {
      member.fit = tasks_that_fit(demand_, calendar_.room(node(member), t, q_.length));
      member.window.last = std::min(member.window.last, change_of(node(member), t) - 1);
    }
    closes_ = std::min(closes_, next(member.window.last));
    fit_ += member.fit;
    required_ += member.entry.rank < q_.pool->required ? 1 : 0;
    here_.push_back(member);
  }

  // The first start after t at which other spans count.
  Moment change_of(NodeIndex index, Moment t) const {
    const Moment begin = calendar_.next_change(index, t);
    const Moment end = calendar_.next_change(index, t + q_.length - 1);
    return std::max(t + 1, std::min(begin, end == forever ? forever : end - q_.length + 1));
  }

  // At once the first nodes that suffice will do; later all that are free by then are looked at, to leave alone those
  // that others may use before.
  std::optional<Slot> come_in(Moment t) {
    while (true) {
      const bool spare = here_.size() >= 64 + 2 * std::size_t{demand_.nodes_min};  // more than are needed
      if (!all_count_ && (t == 0 || spare || demand_.nodes_max == 1))
        if (auto slot = enough(t)) return slot;
      const bool waits = !later_.empty() && later_.front().window.first <= t;
      const bool fresh = !front_.heap.empty() && front_.heap.front().key <= t;
      if (!waits && !fresh) return t == 0 && !all_count_ ? std::nullopt : enough(t);
      if (fresh && (!waits || front_.heap.front() < bound_of(later_.front()))) {
        std::pop_heap(front_.heap.begin(), front_.heap.end(), std::greater<>());
        Member member{front_.heap.back(), {}, 0};
        front_.heap.pop_back();
        admit(member, t);
      } else {
        std::pop_heap(later_.begin(), later_.end(), Later{});
        const Member member = later_.back();
        later_.pop_back();
        enter(member, t);
      }
    }
  }
  static Entry bound_of(const Member& member) { return {member.window.first, member.entry.rank}; }

  // Required nodes first; then, for a start now, by preference, and for a later one those that are free the latest.
  void sort_here(Moment t) {
    const auto order = [&](const Member& member) {
      const bool required = member.entry.rank < q_.pool->required;
      return std::tuple(!required, t == 0 ? 0 : -member.window.first, member.entry.rank);
    };
    std::sort(here_.begin(), here_.end(), [&](auto& a, auto& b) { return order(a) < order(b); });
  }

  // Taken from the heap: its own first window is the bound with which it goes back.
  void admit(Member member, Moment t) {
    const auto window = window_of(member, member.entry.key);
    if (!window) return;  // never: it need not come back
    member.entry.key = window->first;
    member.window = *window;
    if (window->last < t) return wait_for(member, t);
    if (window->first <= t) return enter(member, t);
    later_.push_back(member);
    std::push_heap(later_.begin(), later_.end(), Later{});
  }

  Moment next_after(Moment t) const {
    Moment best = later_.empty() ? forever : later_.front().window.first;
    if (!front_.heap.empty()) best = std::min(best, front_.heap.front().key);
    if (varies_) best = std::min(best, closes_);
    return best >= forever ? forever + 1 : std::max(best, next(t));
  }
  static Moment next(Moment t) { return t >= forever ? forever : t + 1; }

  std::optional<Slot> enough(Moment t) {
    if (here_.size() < demand_.nodes_min || fit_ < demand_.tasks || required_ < q_.pool->required) return {};
    if (here_.size() > demand_.nodes_max && fit_of_best() < demand_.tasks) return {};
    sort_here(t);
    std::vector<NodeRoom> rooms;
    std::vector<const NodeRoom*> offered;
    std::vector<std::uint64_t> marks;
    rooms.reserve(here_.size());
    for (const Member& member : here_) {
      offered.push_back(&rooms.emplace_back(calendar_.room(node(member), t, q_.length)));
      if (!q_.pool->marks.empty()) marks.push_back(q_.pool->marks[member.entry.rank]);
    }
    const auto chosen = choose(demand_, {offered, q_.pool->required, nullptr, q_.pool->topology, marks});
    const auto* list = std::get_if<std::vector<Chosen>>(&chosen);
    if (!list) return {};
    Slot slot{t, {}};
    for (const Chosen& one : *list) {
      const NodeRoom& room = rooms[one.place];
      slot.bookings.push_back({room.node, t, std::min(forever, t + q_.length), take_of(demand_, room, one)});
    }
    return slot;
  }

  std::uint64_t fit_of_best() const {
    std::vector<std::uint32_t> fits;
    std::uint64_t sum = 0;
    for (const Member& member : here_)
      member.entry.rank < q_.pool->required ? void(sum += member.fit) : fits.push_back(member.fit);
    std::sort(fits.begin(), fits.end(), std::greater<>());
    fits.resize(std::min<std::size_t>(fits.size(), demand_.nodes_max - std::min(demand_.nodes_max, required_)));
    for (const std::uint32_t fit : fits) sum += fit;
    return sum;
  }

  void give_back() {
    for (const Member& member : here_) gone_.push_back(member.entry);
    for (const Member& member : later_) gone_.push_back(member.entry);
    for (const Entry& entry : gone_) {
      front_.heap.push_back(entry);
      std::push_heap(front_.heap.begin(), front_.heap.end(), std::greater<>());
    }
  }

  const Calendar& calendar_;
  const Bounds& bounds_;
  const Need& need_;
  Front& front_;
  const Question& q_;
  const Demand& demand_;
  bool varies_ = false;
  bool all_count_ = false;     // which of them lie together
  std::vector<Member> here_;   // could run at the moment looked at
  std::vector<Member> later_;  // heap: could run from a later moment on
  std::vector<Entry> gone_;    // could have run earlier, and never again
  Moment closes_ = forever;    // no member of here_ is to be looked at anew before
  std::uint64_t fit_ = 0;      // tasks that here_ could run
  std::uint32_t required_ = 0;
};

Forecast::Bounds& Forecast::bounds_of(const NodePool& pool) {
  const auto [place, is_new] = pools_.try_emplace(&pool);
  Bounds& bounds = place->second;
  if (!is_new) return bounds;
  for (std::uint32_t rank = 0; rank < pool.rooms.size(); ++rank) {
    const NodeRoom& room = *pool.rooms[rank];
    auto kind = std::find_if(bounds.kinds.begin(), bounds.kinds.end(), [&](auto& k) { return k.same_size(room); });
    if (kind == bounds.kinds.end()) {
      if (bounds.kinds.size() > UINT8_MAX) kind = std::prev(bounds.kinds.end());  // as large as that one, if not larger
      bounds.kinds.push_back(room);
      bounds.kinds.back().empty();
      kind = std::prev(bounds.kinds.end());
    }
    bounds.kind.push_back(static_cast<std::uint8_t>(kind - bounds.kinds.begin()));
    if (const Moment opening = calendar_.first_opening(room.node); room.available && opening < forever)
      bounds.openings.push_back({opening, rank});
  }
  std::sort(bounds.openings.begin(), bounds.openings.end());
  return bounds;
}

Forecast::Need& Forecast::need_of(Bounds& bounds, const Demand& demand) {
  const bool by_user = calendar_.has_exclusive_users();
  const auto [place, is_new] = bounds.need_of.try_emplace({&demand, by_user});
  if (!is_new) return *place->second;
  const std::uint32_t least = least_tasks(bounds.kinds, demand);
  Need& need = bounds.needs[need_key(demand, least, by_user)];
  place->second = &need;
  if (!need.takes.empty()) return need;
  need.least = least;
  need.gres = demand.gres.key();
  for (const NodeRoom& kind : bounds.kinds) {
    need.takes.emplace_back();
    if (tasks_that_fit(demand, kind) >= least) need.takes.back() = node_need(demand, kind, least);
  }
  return need;
}

// Where `more` has room, `less` has.
bool Forecast::is_less(const Need& less, const Need& more) const {
  if (!less.gres.empty() && less.gres != more.gres) return false;
  for (std::size_t i = 0; i < less.takes.size(); ++i) {
    if (!more.takes[i]) continue;
    if (!less.takes[i]) return false;
    if (!asks_no_more(less.takes[i]->gres, more.takes[i]->gres)) return false;
    const RoomTake &a = less.takes[i]->take, &b = more.takes[i]->take;
    if (a.units > b.units || a.memory > b.memory || (a.whole && !b.whole)) return false;
    if (a.only_user && !(b.only_user && a.user == b.user)) return false;
    if (calendar_.has_exclusive_users() && a.user != b.user) return false;
  }
  return true;
}

// A node free for so long is free for a shorter time as well, and has room for less: the bounds for those hold here.
Forecast::Front& Forecast::front_of(Bounds& bounds, Need& need, Moment length) {
  const auto [place, is_new] = need.fronts.try_emplace(length);
  if (!is_new) return place->second;
  const std::vector<Entry>* best = &bounds.openings;
  for (const auto& [key, other] : bounds.needs) {
    if (&other != &need && !is_less(other, need)) continue;
    for (const auto& [shorter, front] : other.fronts) {
      if (shorter > length) break;
      if (&front == &place->second || front.heap.empty() || best->empty()) continue;
      if (front.heap.front().key > best->front().key) best = &front.heap;
    }
  }
  place->second.heap = *best;
  return place->second;
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
Moment Forecast::bound_of(const Need& need, const Demand& demand, Moment length) {
  Moment bound = 0;
  for (const auto& [shorter, front] : need.fronts) {
    if (shorter > length) break;
    for (const Answer& a : front.answers)
      if (a.bounds(demand)) bound = std::max(bound, a.start);
  }
  return bound;
}

void Forecast::remember(Bounds& bounds, Need& need, const Question& question, const Answer& answer) {
  std::vector<Answer>& answers = need.fronts[question.length].answers;
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

std::optional<Slot> Forecast::search(const Question& question) {
  const Demand& demand = *question.demand;
  Bounds& bounds = bounds_of(*question.pool);
  Need& need = need_of(bounds, demand);
  horizon_ = std::max(horizon_, question.horizon);
  if (is_hopeless(bounds, need, question)) return {};
  const Moment from = std::max(question.from, bound_of(need, demand, question.length));
  if (from > question.horizon) return {};
  Front& front = front_of(bounds, need, question.length);
  auto slot = Sweep(calendar_, {bounds, need, front}, question).run(from);
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
  Question several = question;
  if (one) several.horizon = one->start - 1;
  if (several.horizon < several.from) return one;
  auto slot = search(several);
  return slot ? slot : one;
}

}  // namespace slurmxx
