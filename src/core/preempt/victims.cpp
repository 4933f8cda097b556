// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// More going never leaves less room. So the shortest beginning of the list that suffices is found by halving, and then
// each of it, the most precious first, stays if it need not go. What remains is least in the sense that none of it
// could stay; another order of the list may need less, so the largest first are tried as well, or unit after unit for a
// job that wants units of the network to itself.
#include "core/preempt/victims.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace slurmxx {
namespace {

class RoomSearch {
 public:
  explicit RoomSearch(const RoomQuestion& question)
      : q_(question), gone_(question.jobs.size()), rooms_(question.rooms) {
    for (const NodeRoom& room : rooms_) offered_.push_back(&room);
    closed_.available = false;
    in_room_.resize(rooms_.size());
    for (std::size_t i = 0; i < q_.jobs.size(); ++i)
      for (const MayGo::Share& share : q_.jobs[i].shares)
        if (Places& there = in_room_[share.room]; there.empty() || there.back() != i) there.push_back(i);
    stale_.assign(rooms_.size(), false);
    for (std::size_t room = 0; room < rooms_.size(); ++room) count(room);
  }

  using Places = std::vector<std::size_t>;

  std::optional<RoomMade> try_order(const Places& order) {
    std::size_t few = 0, enough = order.size();
    send_first(order, enough);
    if (!fits()) return {};
    while (few < enough) {
      const std::size_t half = (few + enough) / 2;
      send_first(order, half);
      if (fits())
        enough = half;
      else
        few = half + 1;
    }
    send_first(order, enough);
    fits();
    keep_who_may_stay(order, enough);
    RoomMade made;
    for (std::size_t i = 0; i < gone_.size(); ++i)
      if (gone_[i]) made.going.push_back(i);
    for (const std::size_t room : stale_rooms_) count(room);
    stale_rooms_.clear();
    made.rooms = rooms_;
    made.nodes = chosen_;
    return made;
  }

 private:
  void keep_who_may_stay(const Places& order, std::size_t count) {
    for (std::size_t i = count; i-- > 0;) {
      const std::vector<Chosen> before = chosen_;
      const bool needed = is_where_it_is_wanted(order[i]);
      send(order[i], false);
      if (!needed || fits()) continue;
      send(order[i], true);
      chosen_ = before;
    }
  }

  bool is_where_it_is_wanted(std::size_t job) const {
    const auto& shares = q_.jobs[job].shares;
    const auto place = [&](std::size_t room) { return q_.unit_of.empty() ? room : q_.unit_of[room]; };
    return std::any_of(chosen_.begin(), chosen_.end(), [&](const Chosen& node) {
      return std::any_of(shares.begin(), shares.end(),
                         [&](const MayGo::Share& one) { return place(one.room) == place(node.place); });
    });
  }

  bool fits() {
    for (const std::size_t room : stale_rooms_) count(room);
    stale_rooms_.clear();
    close_units();
    auto chosen = choose(*q_.demand, {offered_, q_.required, nullptr, q_.topology, q_.marks});
    auto* list = std::get_if<std::vector<Chosen>>(&chosen);
    if (!list) return false;
    chosen_ = std::move(*list);
    return true;
  }

  // Where somebody is left.
  void close_units() {
    if (q_.unit_of.empty()) return;
    const std::vector<bool> taken = taken_units(q_.unit_of, [&](std::size_t room) { return &rooms_[room].free; });
    for (std::size_t room = 0; room < rooms_.size(); ++room)
      offered_[room] = taken[q_.unit_of[room]] ? &closed_ : &rooms_[room];
  }

  void send_first(const Places& order, std::size_t count) {
    for (std::size_t i = 0; i < order.size(); ++i) send(order[i], i < count);
  }

  void send(std::size_t job, bool gone) {
    if (gone_[job] == gone) return;
    gone_[job] = gone;
    for (const MayGo::Share& share : q_.jobs[job].shares) {
      if (!stale_[share.room]) stale_rooms_.push_back(share.room);
      stale_[share.room] = true;
    }
  }

  void count(std::size_t room) {
    stale_[room] = false;
    rooms_[room].free = q_.rooms[room].free;
    for (const std::size_t job : in_room_[room])
      for (const MayGo::Share& share : q_.jobs[job].shares)
        if (share.room == room && (!gone_[job] || share.after))
          rooms_[room].free.take(gone_[job] ? *share.after : share.now);
  }

  const RoomQuestion& q_;
  std::vector<bool> gone_;
  std::vector<NodeRoom> rooms_;
  std::vector<bool> stale_;  // to be counted anew
  Places stale_rooms_;
  std::vector<const NodeRoom*> offered_;
  NodeRoom closed_;              // stands for rooms that are not offered
  std::vector<Places> in_room_;  // the jobs there
  std::vector<Chosen> chosen_;   // of the last fits() that was true
};

std::uint64_t size_of(const MayGo& one) {
  std::uint64_t units = 0;
  for (const MayGo::Share& share : one.shares) units += share.now.units;
  return units;
}

// How much is lost when these go: less is better.
auto loss(const RoomQuestion& question, const std::vector<std::size_t>& going) {
  std::int64_t level = INT64_MIN;
  std::uint64_t priorities = 0;
  for (const std::size_t place : going) {
    level = std::max(level, question.jobs[place].level);
    priorities += question.jobs[place].priority;
  }
  return std::tuple(level, going.size(), priorities);
}

// The jobs of one unit behind each other, the unit first where least is lost; a job of several comes with its first.
std::vector<std::size_t> order_by_units(const RoomQuestion& question) {
  std::vector<std::vector<std::size_t>> units;
  for (std::size_t job = 0; job < question.jobs.size(); ++job)
    for (const MayGo::Share& share : question.jobs[job].shares) {
      const std::size_t unit = question.unit_of[share.room];
      if (units.size() <= unit) units.resize(unit + 1);
      if (units[unit].empty() || units[unit].back() != job) units[unit].push_back(job);
    }
  std::stable_sort(units.begin(), units.end(),
                   [&](const auto& a, const auto& b) { return loss(question, a) < loss(question, b); });
  std::vector<std::size_t> order;
  std::vector<bool> known(question.jobs.size());
  for (const auto& unit : units)
    for (const std::size_t job : unit) {
      if (!known[job]) order.push_back(job);
      known[job] = true;
    }
  return order;
}

// The largest first, of a level.
std::vector<std::size_t> order_by_size(const RoomQuestion& question, std::vector<std::size_t> order) {
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const MayGo &one = question.jobs[a], &other = question.jobs[b];
    return std::tuple(one.level, size_of(other)) < std::tuple(other.level, size_of(one));
  });
  return order;
}

}  // namespace

std::vector<bool> taken_units(const std::vector<std::size_t>& unit_of,
                              const std::function<const FreeRoom*(std::size_t)>& free) {
  std::vector<bool> taken;
  for (std::size_t place = 0; place < unit_of.size(); ++place) {
    if (taken.size() <= unit_of[place]) taken.resize(unit_of[place] + 1);
    if (!is_unused(*free(place))) taken[unit_of[place]] = true;
  }
  return taken;
}

bool goes_before(const MayGo& a, const MayGo& b, const PreemptTuning& tuning) {
  const auto worth = [&](const MayGo& one) {
    const std::int64_t age = one.job->times.started ? -one.job->times.started->seconds : 0;
    const std::int64_t priority = one.priority;
    return std::tuple(one.level, tuning.youngest_first ? age : priority, tuning.youngest_first ? priority : age,
                      -std::int64_t{one.job->id.value});
  };
  return worth(a) < worth(b);
}

std::optional<RoomMade> make_room(const RoomQuestion& question) {
  std::vector<std::size_t> order(question.jobs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return goes_before(question.jobs[a], question.jobs[b], question.tuning);
  });
  RoomSearch search(question);
  auto best = search.try_order(order);
  if (!best || best->going.size() < 2 || question.tuning.reorder_count == 0) return best;
  const bool by_units = !question.unit_of.empty();
  auto other = search.try_order(by_units ? order_by_units(question) : order_by_size(question, std::move(order)));
  return other && loss(question, other->going) < loss(question, best->going) ? other : best;
}

}  // namespace slurmxx
