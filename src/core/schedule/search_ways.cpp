// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The ways in which a job may be given nodes, one of which it gets: each that its features leave open, inside of a
// MAGNETIC reservation or outside.
#include <algorithm>

#include "core/reserve/reserve.h"
#include "core/schedule/boot_features.h"
#include "core/schedule/search.h"

namespace slurmxx {

const FeatureNeeds& Search::needs_of(const JobSpec& spec) {
  const PlacementRequest& asked = spec.placement;
  if (asked.features.empty() && asked.prefer.empty() && asked.batch_features.empty()) return no_needs_;
  const auto [place, is_new] = needs_.try_emplace(asked.prefer + '\0' + asked.features + '\0' + asked.batch_features);
  if (is_new)
    if (auto needs = feature_needs(asked)) {
      if (view_.boots) add_ways_by_boot(*view_.boots, *needs);
      place->second = std::move(*needs);
    }
  return place->second;
}

// Those by a boot are the last.
std::size_t Search::ways_of(const Request& request) {
  const FeatureNeeds& needs = needs_of(*request.spec);
  if (request.may_boot) return needs.size();
  return static_cast<std::size_t>(std::ranges::count(needs, false, &FeatureNeed::by_boot));
}

std::vector<const Reservation*> Search::magnets_of(const JobSpec& spec) const {
  std::vector<const Reservation*> magnets;
  for (const Reservation* one : view_.reservations)
    if (!one->nodes.empty() && draws_in(*one, spec)) magnets.push_back(one);
  return magnets;
}

std::vector<Search::Request> Search::ways(const Request& request) {
  std::vector<Request> all;
  const std::size_t magnets = magnets_of(*request.spec).size();
  Request one = request;
  for (one.need = 0; one.need < std::max<std::size_t>(1, ways_of(request)); ++one.need)
    for (std::size_t i = 1; i <= magnets + 1; ++i) {
      one.magnet = i <= magnets ? i : 0;
      all.push_back(one);
    }
  return all;
}

}  // namespace slurmxx
