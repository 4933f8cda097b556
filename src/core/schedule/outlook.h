// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// When the same state could get another plan because time passes, and for no other reason: whoever plans looks again
// then, and else only after a change. Pure; what is told holds for the plan it was asked about.
#pragma once

#include <optional>
#include <vector>

#include "core/schedule/plan.h"

namespace slurmxx {

struct Outlook {
  std::optional<Instant> next;  // the first moment that is known; absent: none is
  bool drifts = false;          // a little at any moment: to be looked at in intervals

  // Of two looks at the same state, each at a part of the queue.
  void join(const Outlook& other);
};

// `decisions` is what plan() made of the view.
Outlook outlook_of(const ClusterView& view, const Policies& policies, const std::vector<Decision>& decisions,
                   Instant now);

}  // namespace slurmxx
