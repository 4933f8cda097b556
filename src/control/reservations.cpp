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
#include "core/hostlist/hostlist.h"
#include "core/licenses/check_licenses.h"
#include "core/model/node_state.h"
#include "core/model/reservation_hold.h"
#include "core/schedule/candidates.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Flag = ReservationFlag;

bool takes_more(const Reservation& before, const Reservation& after) {
  return before.times.start != after.times.start || before.times.end != after.times.end || before.nodes != after.nodes;
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
  TRY(check_known_names(made.access, c_.index_.accounts.directory.get()));
  TRY(check_reserved_licenses(made));
  std::uint32_t& number = c_.timers_.reservations_asked;
  for (const auto& known : c_.state_.reservations()) number = std::max(number, known->number);
  made.number = ++number;
  made.name = request.name.empty() ? new_name(made) : request.name;
  if (c_.state_.find_reservation(made.name)) return fail(Errc::reservation_name_dup);
  TRY(set_times(draft, true));
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
  if (draft.skip) {
    const auto next = is_periodic(*known) ? occurrence(*known, c_.now_.wall, c_.now_.wall) : std::nullopt;
    if (!next) return fail(Errc::error, "Reservation given is not skipable, try deleting instead");
    const auto after = occurrence(*known, next->end, c_.now_.wall);
    draft.reservation.times.start = after->start;
    draft.reservation.times.end = after->end;
  }
  if (!draft.reservation.access.users.empty() && !draft.reservation.access.groups.empty())
    return fail(Errc::error, "Reservations can't have users and groups specified, only one or the other");
  if (!is_for_somebody(draft.reservation.access))
    return fail(Errc::error, fmt::format("reservation {} would be for nobody: name users, groups, accounts, QOS or "
                                         "partitions",
                                         request.name));
  if (draft.reservation.access != known->access)
    TRY(check_known_names(draft.reservation.access, c_.index_.accounts.directory.get()));
  TRY(check_reserved_licenses(draft.reservation));
  const bool begins_later = draft.started_given && !draft.end && !draft.duration;  // and lasts as long as before
  if (begins_later) draft.duration = known->times.end - known->times.start;
  TRY(set_times(draft, false));
  if (draft.has_size()) TRY(set_nodes(draft, false));
  if (takes_more(*known, draft.reservation) && overlaps(draft.reservation)) return fail(Errc::reservation_overlap);
  c_.emit(ReservationChanged{std::move(draft.reservation)});
  return {};
}

Status ReservationKeeper::check_reserved_licenses(const Reservation& reservation) const {
  return check_licenses(reservation.licenses, c_.config().scheduling.licenses, false);
}

Status ReservationKeeper::set_times(ReservationDraft& draft, bool creates) const {
  ReservationTimes& times = draft.reservation.times;
  if (draft.end)
    times.end = *draft.end;
  else if (draft.duration)
    times.end = times.start + *draft.duration;
  if (draft.end && draft.duration && draft.started_given == false) times.start = times.end - *draft.duration;
  if (times.end <= times.start || (creates && times.end <= c_.now_.wall)) return fail(Errc::invalid_time_value);
  if (creates && draft.reservation.flags.has(Flag::time_float)) {
    times.start = Instant((times.start - c_.now_.wall).value);
    times.end = Instant((times.end - c_.now_.wall).value);
  }
  return {};
}

Status ReservationKeeper::set_nodes(ReservationDraft& draft, bool creates) const {
  Reservation& made = draft.reservation;
  if (!made.partition.empty() && !c_.state_.find_partition(made.partition)) return fail(Errc::invalid_partition);
  if (made.flags.has(Flag::part_nodes)) {
    const Partition* partition = c_.state_.find_partition(made.partition);
    if (!partition) return fail(Errc::invalid_partition);
    made.nodes = partition->nodes;
    return check_free(made, made.nodes);
  }
  if (draft.nodes) {
    const std::vector<NodeIndex> before = creates ? std::vector<NodeIndex>() : made.nodes;
    TRY(name_nodes(draft));
    std::vector<NodeIndex> added;
    if (!draft.core_counts.empty()) return reserve_cores(draft);
    std::set_difference(made.nodes.begin(), made.nodes.end(), before.begin(), before.end(), std::back_inserter(added));
    return check_free(made, added);
  }
  return choose_nodes(draft);
}

Status ReservationKeeper::name_nodes(ReservationDraft& draft) const {
  Reservation& made = draft.reservation;
  std::vector<NodeIndex> named;
  const bool all = equal_ignoring_case(*draft.nodes, "ALL");
  if (all) {
    c_.state_.nodes().for_each(
        [&](std::uint64_t number, const Node&) { named.push_back(NodeIndex(static_cast<std::uint32_t>(number))); });
  } else {
    TRY_ASSIGN(const HostNames names, expand_hostlist(*draft.nodes));
    for (const std::string& name : names) {
      NodeIndex index;
      if (!c_.state_.find_node(name, &index)) return fail(Errc::invalid_node_name);
      named.push_back(index);
    }
  }
  if (draft.nodes_operator == '-')
    std::erase_if(made.nodes, [&](NodeIndex one) { return std::find(named.begin(), named.end(), one) != named.end(); });
  if (draft.nodes_operator == '=') made.nodes.clear();
  if (draft.nodes_operator != '-') made.nodes.insert(made.nodes.end(), named.begin(), named.end());
  std::sort(made.nodes.begin(), made.nodes.end());
  made.nodes.erase(std::unique(made.nodes.begin(), made.nodes.end()), made.nodes.end());
  if (made.nodes.empty()) return fail(Errc::invalid_node_name);
  made.cores.clear();
  made.flags.set(Flag::spec_nodes);
  made.flags.set(Flag::all_nodes, all);
  return {};
}

// Of the partition, the default one if none is given: available, free of jobs and of other reservations; light first.
Status ReservationKeeper::choose_nodes(ReservationDraft& draft) const {
  Reservation& made = draft.reservation;
  const Partition* partition = c_.state_.find_partition(made.partition);
  for (const auto& one : c_.state_.partitions())
    if (made.partition.empty() && one->is_default) partition = one.get();
  if (!partition) return fail(Errc::default_partition_not_set);
  made.partition = partition->name;
  std::vector<NodeIndex> order = partition->nodes;
  const auto& nodes = c_.state_.nodes();
  const auto kept = [&](NodeIndex one) {
    return std::binary_search(made.nodes.begin(), made.nodes.end(), one);  // of an update: what is there stays
  };
  std::stable_sort(order.begin(), order.end(), [&](NodeIndex a, NodeIndex b) {
    return std::pair(!kept(a), nodes.find(a.value)->weight) < std::pair(!kept(b), nodes.find(b.value)->weight);
  });
  TRY_ASSIGN(Chosen chosen, take_nodes(draft, order));
  std::sort(chosen.nodes.begin(), chosen.nodes.end());
  made.nodes = std::move(chosen.nodes);
  made.cores = std::move(chosen.cores);
  made.flags.set(Flag::spec_nodes, false);
  return {};
}

Result<ReservationKeeper::Chosen> ReservationKeeper::take_nodes(const ReservationDraft& draft,
                                                                const std::vector<NodeIndex>& order) const {
  const Reservation& made = draft.reservation;
  const std::uint32_t nodes_wanted = draft.node_count.value_or(0);
  const bool whole = gives_whole_nodes(made);
  CoreWish wish(draft, nodes_wanted);
  Chosen chosen;
  for (const NodeIndex index : order) {
    if (chosen.nodes.size() >= nodes_wanted && wish.is_met()) break;
    const Node& node = *c_.state_.find(index);
    TRY_ASSIGN(const bool wanted, has_features(made.features, node.features_active));
    if (!wanted || !is_available(node)) continue;
    const std::uint32_t cores = whole ? 0 : wish.of_node(node.declared, chosen.nodes.size());
    auto some = cores > 0 ? some_cores(made, index, cores, wish.takes_some()) : std::vector<std::uint32_t>();
    const bool kept = std::binary_search(made.nodes.begin(), made.nodes.end(), index);
    if (!some || (cores == 0 && !kept && (is_taken(made, index) || is_busy(made, index)))) continue;
    if (some->size() == node.declared.cpus) some->clear();  // the node is free for it as a whole
    wish.take(node.declared, *some);
    if (!some->empty()) chosen.cores.push_back({index, std::move(*some)});
    chosen.nodes.push_back(index);
  }
  if (chosen.nodes.size() < nodes_wanted || !wish.is_met()) return fail(Errc::nodes_busy);
  return chosen;
}

bool ReservationKeeper::is_taken(const Reservation& draft, NodeIndex node) const {
  if (shares_nodes(draft)) return false;
  return std::any_of(c_.state_.reservations().begin(), c_.state_.reservations().end(), [&](const auto& other) {
    const bool there = std::binary_search(other->nodes.begin(), other->nodes.end(), node);
    return there && other->name != draft.name && !shares_nodes(*other) && overlap_in_time(draft, *other, c_.now_.wall);
  });
}

bool ReservationKeeper::keeps_busy(const Reservation& draft, const Job& job, NodeIndex node) const {
  if (draft.flags.has(Flag::ignore_jobs) || draft.flags.has(Flag::time_float)) return false;
  const bool there = std::find(job.unfinished.begin(), job.unfinished.end(), node) != job.unfinished.end();
  if (!there || asks_for(*job.spec, draft.name)) return false;
  const auto when = occurrence(draft, c_.now_.wall, c_.now_.wall);
  return !job.times.limit_at || !when || *job.times.limit_at > when->start;
}

bool ReservationKeeper::is_busy(const Reservation& draft, NodeIndex node) const {
  return std::any_of(c_.active_.begin(), c_.active_.end(),
                     [&](JobId id) { return keeps_busy(draft, *c_.state_.find(id), node); });
}

Status ReservationKeeper::check_free(const Reservation& draft, const std::vector<NodeIndex>& nodes) const {
  for (const NodeIndex node : nodes)
    if (is_taken(draft, node)) return fail(Errc::reservation_overlap);
  for (const NodeIndex node : nodes)
    if (is_busy(draft, node)) return fail(Errc::nodes_busy);
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

// Its last occurrence has ended, or PURGE_COMP says that nobody wants it any more.
bool ReservationKeeper::is_over(const Reservation& reservation) {
  const Instant now = c_.now_.wall;
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

bool ReservationKeeper::is_replaced(const Reservation& reservation, NodeIndex index) const {
  const Node& node = *c_.state_.find(index);
  if (!is_available(node)) return true;
  return reservation.flags.has(Flag::replace) && has_jobs(node);
}

// REPLACE and REPLACE_DOWN: as many nodes as before, if there are others.
void ReservationKeeper::replace_nodes(const Reservation& reservation) {
  const auto lost = [&](NodeIndex node) { return is_replaced(reservation, node); };
  if (std::none_of(reservation.nodes.begin(), reservation.nodes.end(), lost)) return;
  for (std::size_t tries = reservation.nodes.size(); tries > 0; --tries) {
    ReservationDraft draft{reservation};
    std::erase_if(draft.reservation.nodes, lost);
    draft.node_count = static_cast<std::uint32_t>(tries);
    if (tries <= draft.reservation.nodes.size()) return;  // nothing better is to be had
    if (!choose_nodes(draft)) continue;
    if (tries < reservation.nodes.size()) return;  // rather a node that may come back than none
    c_.emit(ReservationChanged{std::move(draft.reservation)});
    return;
  }
}

void ReservationKeeper::tick() {
  for (const auto& reservation : std::vector(c_.state_.reservations())) {
    if (is_over(*reservation)) {
      ReservationPrograms(c_).ends(*c_.state_.find_reservation(reservation->name));
      c_.emit(ReservationRemoved{reservation->name});
      release_waiting(*reservation);
      continue;
    }
    const bool replaces = reservation->flags.has(Flag::replace) || reservation->flags.has(Flag::replace_down);
    if (replaces && reservation->cores.empty() && !reservation->flags.has(Flag::spec_nodes))
      replace_nodes(*c_.state_.find_reservation(reservation->name));
  }
}

}  // namespace slurmxx
