// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The part of the controller that follows slurm.conf: a new one, and what is put over it.
#include <algorithm>

#include "control/config_changes.h"
#include "control/configure.h"
#include "control/controller.h"
#include "control/fairness.h"
#include "control/node_life.h"
#include "control/scheduling.h"
#include "control/triggers.h"

namespace slurmxx {

void Controller::renew_config() {
  options_.config = config_in_force(options_.file, state_);
  planning_.rules = rules_of(config());
}

void Controller::renew_topologies() {
  std::vector<std::string> names;
  const auto keeps = [](const NodeConfig& node) { return !(node.specialization == NodeSpecialization{}); };
  if (!config().topology.layouts.empty() || std::any_of(config().nodes.begin(), config().nodes.end(), keeps))
    state_.nodes().for_each([&](std::uint64_t, const Node& node) { names.push_back(node.name); });
  planning_.topologies = Topologies(config(), names);
  planning_.system = system_shares(config(), names);
}

Status Controller::configure(std::shared_ptr<const ClusterConfig> config) {
  TRY(check_fits(*config, state_));
  ClusterConfigured event = configured_event(*config, state_);
  options_.file = std::move(config);
  std::vector<std::string> names;
  state_.nodes().for_each([&](std::uint64_t, const Node& node) { names.push_back(node.name); });
  emit(std::move(event));
  Fairness(*this).configured();
  Scheduling(*this).refresh_priorities();
  NodeLife(*this).renumber(names);
  for (const auto& [node, session] : session_of_node_) order(node, ReadConfiguration{});
  Triggers(*this).happened(TriggerEvent::reconfig);
  return {};
}

void Controller::tell_reconfigured(const Status& outcome) {
  if (asked_ == DaemonVerb::reconfigure) asked_.reset();
  for (const auto& [session, call] : std::exchange(waiting_.reconfigure, {}))
    answer(session, call, outcome ? ClientReply(DoneReply{}) : ClientReply(error_reply(outcome.error())));
}

}  // namespace slurmxx
