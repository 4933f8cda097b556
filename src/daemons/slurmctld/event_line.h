// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The lines of slurmctld's log about jobs and nodes: made from durable events, so what the log tells has happened.
#pragma once

#include <optional>
#include <string>

#include "state/event.h"
#include "state/state.h"

namespace slurmxx {

// nullopt: of no interest to an operator. `state`: after the event, for names.
std::optional<std::string> event_line(const Event& event, const State& state);

}  // namespace slurmxx
