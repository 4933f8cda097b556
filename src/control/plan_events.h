// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which events are a reason to plan anew.
#pragma once

#include <type_traits>

#include "state/event.h"

namespace slurmxx {

// What frees and asks for nothing: steps live on what their job has, and what is purged holds nothing.
template <class OfEvent>
constexpr bool may_change_plan = !(std::is_same_v<OfEvent, StepStarted> || std::is_same_v<OfEvent, StepEnded> ||
                                   std::is_same_v<OfEvent, StepChanged> || std::is_same_v<OfEvent, StepLeftNode> ||
                                   std::is_same_v<OfEvent, StepToldLate> || std::is_same_v<OfEvent, JobPurged> ||
                                   std::is_same_v<OfEvent, TriggerSet> || std::is_same_v<OfEvent, TriggerRemoved> ||
                                   std::is_same_v<OfEvent, CrontabSet>);

}  // namespace slurmxx
