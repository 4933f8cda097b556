// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/reservations.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/accounts.h"
#include "control/reservation_access.h"
#include "control/reservation_programs.h"
#include "control/reserved_cores.h"
#include "control/scheduling.h"
#include "core/licenses/check_licenses.h"
#include "core/model/reservation_hold.h"
#include "core/text/safe_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Flag = ReservationFlag;

bool takes_more(const Reservation& before, const Reservation& after) {
  return before.times.start != after.times.start || before.times.end != after.times.end || before.nodes != after.nodes;
}

// --reservation=a,b names two.
Status check_name(const std::string& name) {
  constexpr std::size_t most = 255;
  const auto forbidden = [](char c) { return c >= 0 && (c <= ' ' || c == 127 || c == ',' || c == '"' || c == '\''); };
  if (name.size() > most)
    return fail(Errc::error, fmt::format("ReservationName= has {} bytes: {} are the most", name.size(), most));
  if (std::ranges::none_of(name, forbidden)) return {};
  return fail(Errc::error,
              fmt::format("ReservationName=\"{}\": a comma, a blank, a quote or a control character cannot "
                          "be part of a name: jobs could not ask for it",
                          printable(name)));
}

}  // namespace

std::vector<const Reservation*> ReservationKeeper::list(const State& state) {
  std::vector<const Reservation*> all;
  for (const auto& reservation : state.reservations()) all.push_back(reservation.get());
  return all;
}

Result<ClientReply> ReservationKeeper::serve(const UpdateRequest& request, const Caller& caller) {
  if (request.verb == UpdateVerb::remove) {
    TRY(remove(request.name, caller));
  } else {
    if (!c_.is_operator(caller)) return fail(Errc::access_denied);
    TRY(request.verb == UpdateVerb::create ? create(request, caller) : change(request));
  }
  return answer_again(request);
}

ClientReply ReservationKeeper::answer_again(const UpdateRequest& request) const {
  if (request.verb == UpdateVerb::create) return newest();
  if (request.verb == UpdateVerb::change) return ReservationsReply{};
  return DoneReply{};
}

ReservationsReply ReservationKeeper::newest() const {
  ReservationsReply reply;
  const Reservation* last = nullptr;
  for (const auto& one : c_.state_.reservations())
    if (!last || one->number > last->number) last = one.get();
  if (last) reply.reservations.push_back({*last});
  return reply;
}

Status ReservationKeeper::create(const UpdateRequest& request, const Caller& caller) {
  ReservationDraft draft;
  for (const KeyValue& change : request.changes) TRY(change_reservation(draft, change));
  Reservation& made = draft.reservation;
  TRY(check_new_reservation(draft));
  TRY(check_names(made.access));
  TRY(check_reserved_licenses(made));
  std::uint32_t& number = c_.timers_.reservations_asked;
  number = std::max(number, c_.state_.last_reservation()) + 1;
  made.number = number;
  made.name = request.name.empty() ? new_name(made) : request.name;
  TRY(check_name(made.name));
  if (c_.state_.find_reservation(made.name)) return fail(Errc::reservation_name_dup);
  TRY(set_times(draft, true));
  TRY(check_licenses_left(made));
  const bool of_partition = !made.partition.empty() && made.licenses.empty() && made.burst_buffer.empty();
  if (!draft.has_size() && of_partition) {  // all of its nodes
    draft.nodes = "ALL";
    made.flags.set(Flag::part_nodes);
  }
  if (draft.has_size()) TRY(set_nodes(draft, true));
  made.creator = caller.uid;
  c_.emit(ReservationChanged{std::move(made)});
  return {};
}

std::string ReservationKeeper::new_name(const Reservation& draft) const {
  for (const NameRule* rule : {&draft.access.accounts, &draft.access.users, &draft.access.groups, &draft.access.qos})
    if (!rule->empty()) return fmt::format("{}_{}", rule->names.front(), draft.number);
  return fmt::format("resv_{}", draft.number);
}

Status ReservationKeeper::change(const UpdateRequest& request) {
  const Reservation* known = c_.state_.find_reservation(request.name);
  if (!known) return fail(Errc::reservation_invalid);
  ReservationDraft draft{*known};
  for (const KeyValue& change : request.changes) TRY(change_reservation(draft, change));
  TRY(check_change(*known, draft));
  if (draft.skip) {
    const auto next = is_periodic(*known) ? occurrence(*known, c_.now_.wall, c_.now_.wall) : std::nullopt;
    if (!next) return fail(Errc::error, "Reservation given is not skipable, try deleting instead");
    skip(draft, *next);
  }
  if (!draft.reservation.access.users.empty() && !draft.reservation.access.groups.empty())
    return fail(Errc::error, "Reservations can't have users and groups specified, only one or the other");
  if (!is_for_somebody(draft.reservation.access))
    return fail(Errc::error, fmt::format("reservation {} would be for nobody: name users, groups, accounts, QOS or "
                                         "partitions",
                                         request.name));
  if (draft.reservation.access != known->access) TRY(check_names(draft.reservation.access));
  if (!draft.reservation.partition.empty() && !c_.state_.find_partition(draft.reservation.partition))
    return fail(Errc::invalid_partition);
  TRY(check_reserved_licenses(draft.reservation));
  const bool begins_later = draft.started_given && !draft.end && !draft.duration;  // and lasts as long as before
  if (begins_later) draft.duration = known->times.end - known->times.start;
  TRY(set_times(draft, false));
  TRY(check_licenses_left(draft.reservation));
  if (draft.has_size()) TRY(set_nodes(draft, false));
  if (takes_more(*known, draft.reservation) && overlaps(draft.reservation)) return fail(Errc::reservation_overlap);
  c_.emit(ReservationChanged{std::move(draft.reservation)});
  return {};
}

Status ReservationKeeper::check_names(const ReservationAccess& access) const {
  const auto& own = c_.index_.accounts;
  return check_known_names(access, own.directory.get(), own.enforced.associations);
}

// The next occurrence does not come.
void ReservationKeeper::skip(ReservationDraft& draft, const Occurrence& next) const {
  const auto after = occurrence(draft.reservation, next.end, c_.now_.wall);
  draft.reservation.times.start = after->start;
  draft.reservation.times.end = after->end;
}

Status ReservationKeeper::check_change(const Reservation& known, const ReservationDraft& draft) const {
  const ReservationFlags &before = known.flags, &after = draft.reservation.flags;
  if (before.has(Flag::time_float) != after.has(Flag::time_float))
    return fail(Errc::invalid_time_value,
                fmt::format("TIME_FLOAT of reservation {} cannot be changed: it says what its StartTime means; delete "
                            "the reservation and create it anew",
                            known.name));
  TRY(check_flags(draft.reservation));
  const bool replaces = after.has(Flag::replace) || after.has(Flag::replace_down);
  if (replaces && known.flags.has(Flag::spec_nodes) && !draft.nodes) return fail(Errc::not_supported);
  const auto when = occurrence(known, c_.now_.wall, c_.now_.wall);
  if (draft.started_given && !before.has(Flag::time_float) && when && when->covers(c_.now_.wall))
    return fail(Errc::error, "slurm_update error: Reservation already started");
  return {};
}

Status ReservationKeeper::check_reserved_licenses(const Reservation& reservation) const {
  return check_licenses(reservation.licenses, c_.config().scheduling.licenses, false);
}

// At no moment more of a licence is reserved than there is: of reservations that meet, one is the last to begin.
Status ReservationKeeper::check_licenses_left(const Reservation& draft) const {
  TRY_ASSIGN(const LicenseRequest wanted, parse_license_request(draft.licenses));
  TRY_ASSIGN(const LicenseCounts totals, parse_license_totals(c_.config().scheduling.licenses));
  const Instant now = c_.now_.wall;
  const auto own = occurrence(draft, now, now);
  if (wanted.counts.empty() || !own) return {};
  std::vector<const Reservation*> all{&draft};
  for (const auto& one : c_.state_.reservations())
    if (one->name != draft.name && !one->licenses.empty() && overlap_in_time(draft, *one, now))
      all.push_back(one.get());
  const auto is_there = [&](const Reservation& one, Instant at) {
    const auto when = occurrence(one, at, now);
    return when && when->covers(at);
  };
  for (const Reservation* last : all) {
    const Instant at = std::max(own->start, occurrence(*last, own->start, now).value_or(*own).start);
    if (!is_there(draft, at)) continue;
    LicenseTable table(totals);
    for (const Reservation* one : all)
      if (const auto kept = parse_license_request(one->licenses); kept && is_there(*one, at)) table.take(kept->counts);
    for (const LicenseTable::Row& row : table.rows())
      if (row.used > row.total && std::ranges::count(wanted.counts, row.name, &LicenseCount::name) > 0)
        return fail(Errc::invalid_licenses);
  }
  return {};
}

Status ReservationKeeper::set_times(ReservationDraft& draft, bool creates) const {
  constexpr Seconds on_its_way(60);  // StartTime=now is a little while ago
  ReservationTimes& times = draft.reservation.times;
  const bool floats = draft.reservation.flags.has(Flag::time_float);
  const Instant now = floats && !creates ? Instant(0) : c_.now_.wall;
  if (floats && !creates) {  // kept as distances from now
    if (draft.started_given) times.start = Instant((times.start - c_.now_.wall).value);
    if (draft.end) draft.end = Instant((*draft.end - c_.now_.wall).value);
  }
  if (draft.end)
    times.end = *draft.end;
  else if (draft.duration)
    times.end = times.start + *draft.duration;
  if (draft.end && draft.duration && draft.started_given == false) times.start = times.end - *draft.duration;
  if (draft.started_given && times.start + on_its_way < now) return fail(Errc::invalid_time_value);
  if (times.end <= times.start || (creates && times.end <= now)) return fail(Errc::invalid_time_value);
  if (creates && floats) {
    times.start = Instant((times.start - now).value);
    times.end = Instant((times.end - now).value);
  }
  return {};
}

Status ReservationKeeper::remove(const std::string& name, const Caller& caller) {
  const Reservation* known = c_.state_.find_reservation(name);
  if (!known) return fail(Errc::reservation_invalid);
  JobSpec claim;
  claim.owner.user_name = caller.user_name;
  claim.owner.group_name = caller.group_name;
  const bool own = known->flags.has(Flag::user_delete) && known->access.accounts.empty() && lets_in(*known, claim);
  if (!c_.is_operator(caller) && !own) return fail(Errc::access_denied);
  if (is_used(*known) || is_wanted(*known)) return fail(Errc::reservation_busy);
  const Reservation gone = *known;
  c_.emit(ReservationRemoved{name});
  release_waiting(gone);
  return {};
}

bool ReservationKeeper::is_used(const Reservation& reservation) const {
  return std::any_of(c_.active_.begin(), c_.active_.end(), [&](JobId id) {
    const Job& job = *c_.state_.find(id);
    return job.runs() && (asks_for(*job.spec, reservation.name) || reservation_of(job) == reservation.name);
  });
}

bool ReservationKeeper::is_wanted(const Reservation& reservation) const {
  return std::any_of(c_.pending_.all().begin(), c_.pending_.all().end(),
                     [&](const auto& entry) { return asks_for(*c_.state_.find(entry.first)->spec, reservation.name); });
}

// They may not run elsewhere without being asked.
void ReservationKeeper::release_waiting(const Reservation& gone) {
  std::vector<JobId> waiting;
  for (const auto& [id, rank] : c_.pending_.all())
    if (asks_for(*c_.state_.find(id)->spec, gone.name)) waiting.push_back(id);
  for (const JobId id : waiting) {
    const Job& job = *c_.state_.find(id);
    auto spec = std::make_shared<JobSpec>(*job.spec);
    std::vector<std::string> left;
    for (const std::string_view name : split_commas(spec->labels.reservation))
      if (name != gone.name) left.emplace_back(name);
    spec->labels.reservation = join(left, ",");
    JobChanged change{id, spec, {}, {}, false};
    const bool holds = left.empty() && !gone.flags.has(Flag::no_hold_jobs_after);
    if (holds && job.hold == Hold::none) change.hold = Hold::admin;
    if (holds) change.held_for = reservation_gone_text(gone.name);
    c_.emit(std::move(change));
  }
}

Status ReservationKeeper::check(const JobSpec& spec, const Caller& caller) const {
  if (spec.labels.reservation.empty()) return {};
  Status outcome = fail(Errc::reservation_invalid);
  bool any = false;
  for (const std::string_view name : split_commas(spec.labels.reservation)) {
    const auto& all = c_.state_.reservations();
    const auto at = std::ranges::find(all, name, [](const auto& one) { return std::string_view(one->name); });
    const std::shared_ptr<const Reservation> known = at == all.end() ? nullptr : *at;
    if (!known || !occurrence(*known, c_.now_.wall, c_.now_.wall)) return fail(Errc::reservation_invalid);
    const auto in = [&](const std::string& group) {
      const auto& names = known->access.groups.names;
      return std::find(names.begin(), names.end(), group) != names.end();
    };
    const bool in_group = in(spec.owner.group_name) || in(caller.group_name) ||
                          std::any_of(caller.group_names.begin(), caller.group_names.end(), in);
    if (lets_in(*Accounts::with_sub_accounts(c_, known), spec, in_group))
      any = true;
    else
      outcome = fail(Errc::reservation_access);
  }
  return any ? Status() : outcome;
}

// Its last occurrence has ended, PURGE_COMP says that nobody wants it any more, or its nodes have left the cluster.
bool ReservationKeeper::is_over(const Reservation& reservation) {
  const Instant now = c_.now_.wall;
  const bool of_nodes = reservation.licenses.empty() && reservation.burst_buffer.empty();
  if (of_nodes && reservation.nodes.empty() && !reservation.flags.has(Flag::any_nodes)) return !is_used(reservation);
  const auto when = occurrence(reservation, now, now);
  if (!when) return !is_used(reservation);
  if (!reservation.times.purge_after || !when->covers(now)) return false;
  const bool wanted = is_used(reservation) || is_wanted(reservation);
  const std::optional<Instant> idle_since =
      wanted ? std::nullopt : std::optional(reservation.times.idle_since.value_or(now));
  if (idle_since && *idle_since + *reservation.times.purge_after <= now) return true;
  if (idle_since == reservation.times.idle_since) return false;
  Reservation noted = reservation;
  noted.times.idle_since = idle_since;
  c_.emit(ReservationChanged{std::move(noted)});
  return false;
}

void ReservationKeeper::tick() {
  for (const auto& reservation : std::vector(c_.state_.reservations())) {
    if (is_over(*reservation)) {
      ReservationPrograms(c_).ends(*c_.state_.find_reservation(reservation->name));
      c_.emit(ReservationRemoved{reservation->name});
      release_waiting(*reservation);
      continue;
    }
    const Reservation& known = *c_.state_.find_reservation(reservation->name);
    if (known.flags.has(Flag::part_nodes)) follow_partition(known);
    if (may_replace(known)) replace_nodes(known);
  }
}

}  // namespace slurmxx
