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
#include "control/start_states.h"
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
  for (std::uint32_t i = 0; i < options_.file->nodes.size(); ++i) {
    const NodeIndex node(i);
    const StartState said = start_state_of(*options_.file, node);
    std::optional<NodeCondition> next = with_start_state(said.state, state_.find(node)->condition);
    if (!next) continue;
    const bool is_known = said.reason.empty() || (next->reason && next->reason->text == said.reason);
    if (!is_known) next->reason = NodeReason{said.reason, options_.slurm_user, now_.wall};
    NodeLife(*this).set(node, *next);
  }
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
