// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The picture that readers get. A second in which nothing happens makes none: to copy the tables of 10,000 nodes costs
// more than to see that they are the same.
#include "control/controller.h"

namespace slurmxx {

bool Controller::is_as_published() const {
  const Published& told = *shown_.last;
  return told.state.position() == state_.position() && told.config == options_.config &&
         told.rules == planning_.rules && told.reasons == planning_.reasons && told.facts == options_.facts &&
         told.unprepared == waiting_.unprepared_jobs && told.priorities == planning_.priorities &&
         told.preemption == planning_.preemption && told.statistics == planning_.statistics &&
         told.vitals.shares_all_with(shown_.vitals);
}

std::shared_ptr<const Published> Controller::publish() {
  if (shown_.last && is_as_published()) return shown_.last;
  shown_.last = std::make_shared<const Published>(
      Published{state_, options_.config, planning_.rules, planning_.reasons, shown_.vitals, options_.facts,
                waiting_.unprepared_jobs, planning_.priorities, planning_.preemption, planning_.statistics});
  return shown_.last;
}

}  // namespace slurmxx
