// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/reserve/reserve.h"

#include <algorithm>

#include "core/text/words.h"

namespace slurmxx {
namespace {

using Flag = ReservationFlag;

constexpr Seconds hour(3600);
constexpr Seconds day(24 * 3600);
constexpr Seconds week(7 * 24 * 3600);

bool is_workday(Instant at) {
  constexpr std::int64_t seconds_a_day = 24 * 3600;
  constexpr std::int64_t first_weekday = 4;  // 1970-01-01 was a Thursday; 0 is Sunday
  std::int64_t days = at.seconds / seconds_a_day;
  if (at.seconds % seconds_a_day < 0) --days;
  const std::int64_t weekday = ((days + first_weekday) % 7 + 7) % 7;
  return weekday != 0 && weekday != 6;
}

std::optional<Seconds> period_of(const Reservation& r) {
  if (r.flags.has(Flag::hourly)) return hour;
  if (r.flags.has(Flag::weekly)) return week;
  if (r.flags.has(Flag::daily) || r.flags.has(Flag::weekday) || r.flags.has(Flag::weekend)) return day;
  return {};
}

bool happens(const Reservation& r, Instant start) {
  if (r.flags.has(Flag::weekday)) return is_workday(start);
  if (r.flags.has(Flag::weekend)) return !is_workday(start);
  return true;
}

bool listed(const NameRule& rule, std::string_view name) {
  return std::find(rule.names.begin(), rule.names.end(), name) != rule.names.end();
}

bool passes(const NameRule& rule, bool is_listed) { return rule.empty() || is_listed != rule.denies; }

bool holds(const Reservation& r, NodeIndex node) { return std::binary_search(r.nodes.begin(), r.nodes.end(), node); }

struct Question : NodeQuestion {
  bool asked_is_maint = false;  // such a job goes where MAINT ones are

  bool closes(const Reservation& r) const {
    if (r.kept_for != JobId()) return holds(r, node) && r.kept_for != spec.policy.expedited;
    if (!holds(r, node) || asks_for(spec, r.name)) return false;
    if (!spec.labels.reservation.empty()) return r.flags.has(Flag::maint) && !asked_is_maint;
    const bool draws = magnets == Magnets::draw || (magnets == Magnets::one && magnet == &r);
    return !draws || !(r.flags.has(Flag::magnetic) && lets_in(r, spec));
  }

  // The reservation that closes the node at `at`, or the next that will.
  std::pair<const Reservation*, Occurrence> next_closed(Instant at) const {
    std::pair<const Reservation*, Occurrence> first{nullptr, {}};
    for (const Reservation* r : reservations) {
      if (!closes(*r)) continue;
      const auto when = occurrence(*r, at, now);
      if (when && (!first.first || when->start < first.second.start)) first = {r, *when};
    }
    return first;
  }

  // From `at` until somebody closes the node; `until` is the latest end.
  NodeWindow open(Instant at, std::optional<Instant> until) const {
    constexpr int closed_max = 1000;  // one behind the other
    NodeWindow window;
    for (int i = 0; i < closed_max && (!until || at < *until); ++i) {
      const auto [closed, when] = next_closed(at);
      if (closed) window.closings.push_back({closed, when.start});
      if (closed && when.start <= at) {
        at = when.end;
        continue;
      }
      window.usable = true;
      window.from = at;
      window.until = closed && (!until || when.start < *until) ? std::optional(when.start) : until;
      break;
    }
    return window;
  }
};

bool may_go_elsewhere(ReservationList reservations, const JobSpec& spec) {
  return std::any_of(reservations.begin(), reservations.end(),
                     [&](const Reservation* r) { return asks_for(spec, r->name) && r->flags.has(Flag::flex); });
}

}  // namespace

bool is_periodic(const Reservation& reservation) { return period_of(reservation).has_value(); }

std::optional<Occurrence> occurrence(const Reservation& r, Instant after, Instant now) {
  if (r.flags.has(Flag::time_float)) {
    const Occurrence ahead{now + Seconds(r.times.start.seconds), now + Seconds(r.times.end.seconds)};
    return ahead.end > after ? std::optional(ahead) : std::nullopt;
  }
  Occurrence when{r.times.start, r.times.end};
  const auto period = period_of(r);
  if (!period) return when.end > after ? std::optional(when) : std::nullopt;
  if (when.end <= after) {
    const Seconds ahead(((after - when.end).value / period->value + 1) * period->value);
    when = {when.start + ahead, when.end + ahead};
  }
  constexpr int days_max = 7;
  for (int i = 0; i < days_max && !happens(r, when.start); ++i) when = {when.start + *period, when.end + *period};
  return when;
}

bool asks_for(const JobSpec& spec, std::string_view reservation) {
  if (spec.labels.reservation.empty()) return false;
  for (const std::string_view name : split_commas(spec.labels.reservation))
    if (name == reservation) return true;
  return false;
}

bool lets_in(const Reservation& reservation, const JobSpec& spec, bool in_group) {
  const ReservationAccess& access = reservation.access;
  const bool in_partition = std::any_of(spec.placement.partitions.begin(), spec.placement.partitions.end(),
                                        [&](const std::string& name) { return listed(access.partitions, name); });
  return passes(access.users, listed(access.users, spec.owner.user_name)) && passes(access.groups, in_group) &&
         passes(access.accounts, listed(access.accounts, spec.labels.account)) &&
         passes(access.qos, listed(access.qos, spec.labels.qos)) && passes(access.partitions, in_partition);
}

bool lets_in(const Reservation& reservation, const JobSpec& spec) {
  const NameRule& groups = reservation.access.groups;
  const bool judged = asks_for(spec, reservation.name);
  return lets_in(reservation, spec, judged ? !groups.denies : listed(groups, spec.owner.group_name));
}

NodeWindow node_window(const NodeQuestion& asked) {
  const auto& [reservations, spec, node, after, now, magnets, magnet] = asked;
  Question question{asked};
  if (spec.labels.reservation.empty()) return question.open(after, std::nullopt);
  for (const Reservation* r : reservations)
    if (asks_for(spec, r->name) && (r->flags.has(Flag::maint) || r->flags.has(Flag::overlap)))
      question.asked_is_maint = true;
  if (may_go_elsewhere(reservations, spec)) return question.open(after, std::nullopt);
  NodeWindow best;
  for (const Reservation* r : reservations) {
    if (!asks_for(spec, r->name) || !lets_in(*r, spec)) continue;
    const bool everywhere = r->nodes.empty() && !(r->licenses.empty() && r->burst_buffer.empty());
    if (!everywhere && !holds(*r, node)) continue;  // nodes that have left the cluster leave nothing behind
    const auto when = occurrence(*r, after, now);
    if (!when) continue;
    NodeWindow window = question.open(std::max(after, when->start), when->end);
    window.may_outlast = window.until == when->end;
    auto& closings = window.closings;
    if (closings.empty() || closings.front().since > after) closings.insert(closings.begin(), {r, after});
    if (window.usable && (!best.usable || window.from < best.from)) best = window;
  }
  return best;
}

NodeReserved reserved_at(ReservationList reservations, NodeIndex node, Instant at) {
  NodeReserved answer;
  for (const Reservation* r : reservations) {
    const auto has_some = [&](const ReservedCores& some) { return some.node == node; };
    if (!holds(*r, node) || std::ranges::any_of(r->cores, has_some)) continue;
    const auto when = occurrence(*r, at, at);
    if (!when || !when->covers(at)) continue;
    (r->flags.has(Flag::maint) ? answer.maint : answer.reserved) = true;
  }
  return answer;
}

namespace {

bool has_begun(const Reservation& r, Instant at) {
  const auto when = occurrence(r, at, at);
  return when && when->covers(at);
}

}  // namespace

bool draws_in(const Reservation& r, const JobSpec& spec) {
  return spec.labels.reservation.empty() && r.flags.has(Flag::magnetic) && lets_in(r, spec);
}

bool is_for(ReservationList reservations, const JobSpec& spec, NodeAt where) {
  return std::any_of(reservations.begin(), reservations.end(), [&](const Reservation* r) {
    const bool kept = r->kept_for != JobId() && r->kept_for == spec.policy.expedited;
    return holds(*r, where.node) && (kept || asks_for(spec, r->name) || draws_in(*r, spec)) && has_begun(*r, where.at);
  });
}

std::string drawn_into(ReservationList reservations, const JobSpec& spec, SharesAt where) {
  for (const Reservation* r : reservations) {
    const auto is_in = [&](const NodeShare& share) { return holds(*r, share.node); };
    if (!draws_in(*r, spec) || !has_begun(*r, where.at)) continue;
    const bool some = r->flags.has(Flag::flex) && std::ranges::any_of(where.shares, is_in);
    if (some || std::ranges::all_of(where.shares, is_in)) return r->name;
  }
  return "";
}

std::string reserve_key(ReservationList reservations, const JobSpec& spec) {
  if (reservations.empty()) return "";
  std::string own;
  for (const Reservation* r : reservations)
    if (r->kept_for != JobId() && r->kept_for == spec.policy.expedited) own = '\1' + std::to_string(r->kept_for.value);
  const bool magnetic = std::any_of(reservations.begin(), reservations.end(),
                                    [](const Reservation* r) { return r->flags.has(Flag::magnetic); });
  if (spec.labels.reservation.empty() && !magnetic) return own + "\1";
  const JobOwner& owner = spec.owner;
  std::string key = own + "\1" + spec.labels.reservation + '\1' + owner.user_name + '\1' + owner.group_name + '\1' +
                    spec.labels.account + '\1' + spec.labels.qos;
  for (const std::string& partition : spec.placement.partitions) key += '\1' + partition;
  return key;
}

}  // namespace slurmxx
