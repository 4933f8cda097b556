// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol update, create and delete: what an administrator or an owner changes in a job, a node or a partition. One
// row a key; a key that is not there, and a value that is none, are refused before anything changes.
#pragma once

#include "control/controller.h"
#include "control/license_growth.h"
#include "control/update_keys.h"

namespace slurmxx {

class Updates {
 public:
  Updates(Controller& controller, const Caller& caller) : c_(controller), caller_(caller), growth_(controller) {}
  Result<ClientReply> serve(const UpdateRequest& request);

 private:
  Status update_job(const UpdateRequest& request);
  void carry_out(JobChanged change);
  Status update_tasks(const Job& array, const std::optional<IndexSet>& tasks, const UpdateRequest& request);
  Status check_job_licenses(const std::string& licenses) const;
  Status check_times(const Job& job, const JobDraft& draft) const;
  Status check_changes(const Job& job, JobDraft& draft);
  Status check_resources(const JobSpec& spec);
  Status admit_again(JobSpec& spec);
  Result<JobChanged> changed_job(const Job& job, const UpdateRequest& request);
  Status update_node(const UpdateRequest& request);
  NodeDraft node_draft(NodeIndex index) const;
  void change_node_record(NodeIndex index, const NodeDraft& draft);
  Status make_or_remove_nodes(const UpdateRequest& request);
  Status update_partition(const UpdateRequest& request);
  Status check_partition_names(const std::vector<KeyValue>& changes) const;
  Status remove_partition(const std::string& name);
  Status set_partition_nodes(Partition& draft, const std::vector<KeyValue>& changes) const;
  Status change_daemon(const UpdateRequest& request);
  Status change_slurmds(const UpdateRequest& request);
  Result<std::vector<NodeIndex>> nodes_named(const std::string& names) const;
  Status change_exceptions(const KeyValue& change, std::vector<GlobalValue>& settings) const;
  Status order_node_state(NodeIndex node, std::string_view state, const std::string& reason);
  Status resume(NodeIndex index, NodeCondition& next);
  Status set_node_state(NodeIndex node, std::string_view state, const std::string& reason);

  Controller& c_;
  const Caller& caller_;
  LicenseGrowth growth_;
};

}  // namespace slurmxx
