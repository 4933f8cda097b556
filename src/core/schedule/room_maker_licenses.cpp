// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Licences won by preemption (PreemptParameters=reclaim_licenses).
#include <algorithm>

#include "core/schedule/room_maker.h"

namespace slurmxx {

namespace {

// What of it is no longer lacking when a job that holds these gives them back; whether that is anything.
bool give_back(const LicenseCounts& held, LicenseCounts& lacking) {
  bool any = false;
  for (const LicenseCount& one : held)
    for (LicenseCount& lack : lacking)
      if (lack.name == one.name && lack.count > 0) {
        lack.count -= std::min(lack.count, one.count);
        any = true;
      }
  return any;
}

bool is_enough(const LicenseCounts& lacking) {
  return std::ranges::all_of(lacking, [](const LicenseCount& one) { return one.count == 0; });
}

LicenseCounts held_by(const Job& job) {
  const auto held = parse_license_request(job.spec->labels.licenses);
  return held ? held->counts : LicenseCounts();
}

struct Holder {
  const MayGo* may_go;
  LicenseCounts held;  // by all of its components
};

LicenseCounts left_without(const std::vector<Holder>& going, std::size_t stays, LicenseCounts lacking) {
  for (std::size_t i = 0; i < going.size(); ++i)
    if (i != stays) give_back(going[i].held, lacking);
  return lacking;
}

}  // namespace

// Who is suspended keeps his licences. First those that are worth least, then whoever of them need not go stays.
std::optional<std::vector<Preempted>> RoomMaker::holders_to_go(const PendingJob& pending,
                                                               const PlanPartition& partition, LicenseCounts lacking) {
  for (LicenseCount& one : lacking)
    for (const LicenseCount& claimed : claimed_)
      if (one.count > 0 && claimed.name == one.name) one.count += claimed.count;
  for (const Job* job : view_.running)
    if (job->runs() && leaves(*job)) give_back(held_by(*job), lacking);
  std::vector<Holder> order, going;
  for (const MayGo& one : standing_for(pending, partition).jobs) {
    if (one.gone || one.mode == PreemptMode::suspend) continue;
    Holder holder{&one, held_by(*one.job)};
    for (const Job* job : one.others.empty() ? std::vector<const Job*>() : view_.running)
      if (std::ranges::find(one.others, job->id) != one.others.end())
        for (const LicenseCount& count : held_by(*job)) holder.held.push_back(count);
    if (!holder.held.empty()) order.push_back(std::move(holder));
  }
  std::ranges::sort(order, [&](const Holder& a, const Holder& b) {
    return goes_before(*a.may_go, *b.may_go, view_.preemption->tuning);
  });
  LicenseCounts left = lacking;
  for (Holder& one : order)
    if (!is_enough(left) && give_back(one.held, left)) going.push_back(std::move(one));
  if (!is_enough(left)) return {};
  for (std::size_t i = going.size(); i-- > 0;)
    if (is_enough(left_without(going, i, lacking))) going.erase(going.begin() + static_cast<std::ptrdiff_t>(i));
  std::vector<Preempted> victims;
  for (const Holder& one : going) {
    victims.push_back({one.may_go->job->id, one.may_go->mode});
    for (const JobId other : one.may_go->others) victims.push_back({other, one.may_go->mode});
  }
  return victims;
}

std::optional<RoomMaker::Made> RoomMaker::reclaim(const PendingJob& pending, const Search::Request& request,
                                                  LicenseCounts lacking) {
  auto victims = holders_to_go(pending, view_.partitions[request.partition], lacking);
  if (!victims) return {};
  const Mark before = mark();
  claimed_.insert(claimed_.end(), lacking.begin(), lacking.end());
  choose(*victims);
  std::optional<Made> made;
  if (auto slot = search_.earliest(request, 0, 0))
    made = Made{{}, std::move(*slot)};
  else
    made = make_room(pending, request);
  if (!made) {
    undo(before);
    return {};
  }
  made->victims.insert(made->victims.end(), victims->begin(), victims->end());
  std::sort(made->victims.begin(), made->victims.end(), [](const auto& a, const auto& b) { return a.job < b.job; });
  made->slot.start =
      std::max(made->slot.start, static_cast<Moment>(std::min<std::int64_t>(delay_of(*victims).value, forever)));
  return made;
}

}  // namespace slurmxx
