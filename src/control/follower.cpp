// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/follower.h"

#include "control/accounts.h"
#include "control/fairness.h"
#include "control/preemption.h"
#include "control/scheduling.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

MonoTime mono_of(Instant wall) { return MonoTime(wall.seconds * 1000); }

Result<std::shared_ptr<const ClusterConfig>> config_in(const std::string& text) {
  if (text.empty()) return std::make_shared<const ClusterConfig>();
  auto config = decode<ClusterConfig>(text);
  if (!config) return fail("the configuration in the log cannot be read: " + text_of(config.error()));
  return std::make_shared<const ClusterConfig>(std::move(*config));
}

}  // namespace

Result<Follower> Follower::begin(State before) {
  ControllerOptions options;
  TRY_ASSIGN(options.config, config_in(before.configuration()));
  const Now now{before.at(), mono_of(before.at())};
  Recovered recovered;
  recovered.state = std::move(before);
  return Follower(std::unique_ptr<Controller>(
      new Controller(std::move(options), std::move(recovered), now, Controller::FollowOnly())));
}

void Follower::set_time(Instant now) { controller_->now_ = {now, mono_of(now)}; }

// When the other one did it: every PriorityCalcPeriod.
void Follower::calculate_shares_until(Instant now) {
  Controller& c = *controller_;
  while (c.planning_.next_calculation && *c.planning_.next_calculation <= mono_of(now)) {
    set_time(std::max(c.state_.at(), Instant(c.planning_.next_calculation->millis / 1000)));
    Fairness(c).calculate();
  }
  set_time(now);
}

// What a controller does not write down is gone when the next one takes over.
void Follower::began_anew() {
  controller_->planning_.preempting.clear();
  controller_->planning_.priorities = nullptr;
  Scheduling(*controller_).refresh_priorities();
  Fairness(*controller_).calculate();
}

Status Follower::take(const Record& record) {
  Controller& c = *controller_;
  calculate_shares_until(record.at);
  TRY(apply(c.state_, record));
  c.requests_.apply(record);
  if (const auto* configured = std::get_if<ClusterConfigured>(&record.event)) {
    TRY_ASSIGN(c.options_.file, config_in(configured->text));
    c.renew_config();
  }
  c.observe(record.event);
  if (std::holds_alternative<EpochBegan>(record.event)) began_anew();
  if (std::holds_alternative<ClusterConfigured>(record.event) || std::holds_alternative<UsageReset>(record.event))
    Fairness(c).calculate();
  c.outgoing_.clear();
  SLURMXX_CHECK(c.commit_.empty());
  return {};
}

std::vector<Decision> Follower::decide(Instant now, Depth depth) {
  Controller& c = *controller_;
  calculate_shares_until(now);
  Scheduling(c).refresh_priorities();
  const ClusterView view = depth == Depth::whole ? Scheduling::cluster_view(c) : Scheduling::head_view(c);
  return plan(view, c.planning_.rules->policies, now);
}

std::vector<Preempted> Follower::note(const Preempt& decision) { return Preempting(*controller_).note(decision); }

}  // namespace slurmxx
