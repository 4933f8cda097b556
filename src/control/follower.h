// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A controller that follows a log which another one wrote: it takes records, keeps the same indexes, and can say what
// the planner decides at any place. It emits nothing. The configuration is the one that the log carries.
#pragma once

#include "control/controller.h"

namespace slurmxx {

class Follower {
 public:
  // Of what is in front of the first record; an empty state: of nothing. An error: its configuration cannot be read.
  static Result<Follower> begin(State before);

  Status take(const Record& record);  // an error: it does not follow
  const State& state() const { return controller_->state_; }
  std::shared_ptr<const ClusterConfig> config() const { return controller_->options_.config; }

  // What a pass at that moment decides; a controller with a long queue looks at the head of it between whole passes.
  enum class Depth : std::uint8_t { whole, head };
  std::vector<Decision> decide(Instant now, Depth depth);
  // Room is being made for a job: it comes first from now on, as it did for who decided it. Who leaves for it.
  std::vector<Preempted> note(const Preempt& decision);

 private:
  explicit Follower(std::unique_ptr<Controller> controller) : controller_(std::move(controller)) {}
  void set_time(Instant now);
  void calculate_shares_until(Instant now);
  void began_anew();

  std::unique_ptr<Controller> controller_;
};

}  // namespace slurmxx
