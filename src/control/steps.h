// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Steps of srun: made in an allocation that runs, launched on its nodes, over when the last node says so. A step whose
// CPUs are in use by others of its job waits, unless it overlaps.
#pragma once

#include <span>

#include "control/controller.h"
#include "core/launch/task_binding.h"

namespace slurmxx {

struct StepNode {  // of the job
  std::string name;
  NodeTopology topology;
  const Node* node = nullptr;
};

class Steps {
 public:
  explicit Steps(Controller& controller) : c_(controller) {}

  // Nothing: the step waits and is answered later.
  Result<std::optional<ClientReply>> create(const Caller& caller, const StepRequest& request);
  // A step of one number in each of the components.
  Result<std::optional<ClientReply>> create(const Caller& caller, const HetStepRequest& request);
  // In the allocation that was asked for together with it.
  Result<std::optional<ClientReply>> create_first(const Caller& caller, StepRequest request, const Job& job);
  void signal_running(const Job& job, std::uint32_t signal);
  // A receiver of files on the nodes of a job or a step. Nothing of it is kept: it is over when sbcast is.
  Result<ClientReply> broadcast(const Caller& caller, const BroadcastRequest& request);
  // A secret to read a step's streams with.
  Result<ClientReply> attach(const Caller& caller, const AttachRequest& request);
  Status finish(const Caller& caller, const FinishRequest& request);
  void left(NodeIndex node, const StepLeft& report);
  // The script of the life that a requeue ended.
  void former_script_left(NodeIndex node, const BatchEnded& report);
  void strike_time_limits();
  Status update(const Caller& caller, const UpdateRequest& request);  // scontrol update StepId=
  // Steps that a node, which says what it has, does not know: they are over there.
  void lost(NodeIndex node, JobId job);  // the node is DOWN, and the job goes on without it
  void settle(NodeIndex node, const std::vector<StepKey>& known);
  // Somebody waits on the node for a step that never came there: it is told if none will come.
  void awaited(NodeIndex node, const StepKey& key);
  // If the job has an extern step that is not over there: its order, once more.
  void launch_extern(const Job& job, NodeIndex node);

 private:
  void former_left(NodeIndex node, const Job& job, const StepLeft& report);
  struct Part;  // of a step: what it has in one job
  Result<const Job*> job_of(const Caller& caller, JobId id) const;
  Status check_components(const Caller& caller, const std::vector<StepRequest>& requests) const;
  Result<std::optional<Part>> plan_part(const Caller& caller, const StepRequest& request) const;
  Result<std::optional<ClientReply>> create_over(const Caller& caller, std::span<const StepRequest> requests);
  StepReply begin(const std::vector<Part>& parts);
  void launch(const Part& part, StepId id, const StepReply& reply, std::uint32_t rank);
  std::vector<StepNode> nodes_of(const Job& job) const;
  Result<std::vector<NodeIndex>> hearing_nodes(const std::vector<NodeShare>& shares) const;
  NodeAddress address_of(NodeIndex node) const;
  void end_on_node(NodeIndex node, const StepKey& key, const std::string& why = {});
  Controller& c_;
};

struct StepPlan {
  StepLayout layout;
  std::vector<NodeShare> shares;  // in the layout's order
  std::vector<NodeTopology> topologies;
  std::vector<std::vector<IndexSet>> gpu_cores;  // of each node: near each gpu of its share
  std::uint32_t cpus_per_task = 1;
};

// Pure; `nodes` are those of the job's shares, in their order. Errors: what the request lacks. nullopt: it fits, but
// not while the job's other steps run.
Result<std::optional<StepPlan>> plan_step(const Job& job, const StepRequest& request,
                                          const std::vector<StepNode>& nodes, const GresPolicies& policies = {});

}  // namespace slurmxx
