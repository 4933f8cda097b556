// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Draws a situation of the planner as text and writes its plan as text. One thing a line, "key=value" words:
//   node n[1-2] cpus=8 cores=4 mem=16000 tmp=0 weight=1 features=a,b gres=gpu:a100:2,nic:1 near (to the
//     sockets, which come before it) down|drain
//        spec=6,7 (CPUs that the system keeps) spec_mem=200
//   partition batch lln nodes=n[1-2] tier=1 max_time=60 max_nodes=2 state=down exclusive default
//        cpus_per_node=4 cpus_per_socket=2 (MaxCPUsPerNode, MaxCPUsPerSocket) whole_sockets (CR_Socket)
//        force=2 share=2 (OverSubscribe=FORCE:2, YES:2; a job that asks to: share) one_user topo_exclusive
//   policy unit=cpu one_task_per_core bind_gres several_shared task_by_device linear (nodes are given out whole)
//   mem_per_cpu=500 mem_per_node=100 no_memory job 3 partition=batch prio=5 N=2-3 n=4 c=2 tasks_per_node=1 mem=100
//   mem_per_cpu=5 t=10 w=n1 x=n2 C=a&b prefer=c batch=a
//         core_spec=1 thread_spec=2 label=a label_exclusive (--exclusive=mcs) topo_exclusive
//         exclusive user_exclusive user=7 held|admin_held begin=100 dependent overcommit tmp=5 het=3 (its leader)
//         gres=gpu:1,nic:1 (of each node) gpus=4 (of all) gpus_per_task=1 gres_per_task=shard:1 gpus_per_socket=1
//         enforce_binding array=0-9 may_start=2 (tasks that --array=...%N leaves) contiguous spread min_nodes
//         (--use-min-nodes) switches=1 wait=60 (seconds) segment=2 runs=n1:4,n2:4:500 left=10 (it has these CPUs, and
//         ten minutes of its limit) licenses=a:2 time_min=5 qos=high, preempting (room is made for it), leaving (it
//         only clears its nodes), suspended, aside (suspended for another), ran=5 (minutes)
//   policy preempt=partition_prio mode=requeue exempt=5 (minutes) reorder_count=0 youngest_first reclaim_licenses;
//   partition ... mode=suspend; qos high prio=10 preempts=low,normal mode=cancel within exempt=5 policy topo_optional
//   switch_wait=300 (seconds); topology tree s1=n[1-2] s2=n[3-4] s0=s[1-2] (a switch's nodes or switches) | topology
//   block sizes=2,4 b1=n[1-2] b2=n[3-4] policy backfill window=1440 (minutes) reserve=1 (jobs of a partition that get
//   room set aside) max_test=5 max_user=1 policy magnetic_slot soft_time_min (bf_allow_magnetic_slot,
//   time_min_as_soft_limit); a node's extra={"a":1}, a job's extra=a>0 policy bf_licenses, one_resv, max_assoc=1,
//   pack_serial (SchedulerParameters); licenses a:4,b:1 (of the cluster) reservation r nodes=n[1-2] from=60 to=120
//   (minutes) maint flex hourly max_delay=5 (minutes) cores=0-3 (CPUs of each) gpus=0 (of those); a job's
//   reservation=r expect start 3
//   batch n1:4      (CPUs a node)   |   expect wait 3 Resources at 10min n[1-2] (room set aside) expect preempt 3
//   cancel:1 requeue:2
//   boot n[1-2] a,b [exclusive] (features that these nodes can be booted with, one of them at most): the plan says
//   "boots" behind such a start; a job's delay_boot=5 (minutes), reboot
// "now" is instant 0. Used by tests and by whoever wants to reproduce a decision; a policy is spelled out once here.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/schedule/plan.h"

namespace slurmxx {

class Scenario {
 public:
  static Result<Scenario> parse(std::string_view text);

  ClusterView view() const;
  const Policies& policies() const { return policies_; }
  const std::vector<std::string>& expected() const { return expected_; }
  std::vector<std::string> planned() const;  // one line a decision, in the words of "expect"
  Status apply_starts();                     // the planned jobs run: their shares are in the nodes' use
  const std::vector<std::shared_ptr<Job>>& jobs() const { return jobs_; }
  const std::vector<std::shared_ptr<Node>>& nodes() const { return nodes_; }

 private:
  using Words = std::vector<std::string>;
  Status read_line(const Words& words);
  Status read_node(const Words& words);
  Status read_partition(const Words& words);
  Status read_policy(const Words& words);
  Status read_topology(const Words& words);
  Status read_boot(const Words& words);
  Status read_reservation(const Words& words);
  Status read_qos(const Words& words);
  Status read_job(const Words& words);
  Result<std::vector<NodeIndex>> nodes_of(const Words& words) const;
  static std::vector<std::uint32_t> indices_of(std::string_view text);
  Result<Allocation> occupy(std::string_view text, const JobSpec& spec);
  void release_cpus(Allocation& allocation);
  void clear_nodes(Job& job);
  std::uint32_t followers_of(std::size_t place) const;
  PendingJob pending(std::size_t place) const;

  std::vector<std::shared_ptr<Node>> nodes_;
  std::vector<SystemShare> system_;  // beside nodes_
  std::vector<PlanPartition> partitions_;
  std::vector<std::shared_ptr<Reservation>> reservations_;
  std::vector<std::shared_ptr<Job>> jobs_;
  std::vector<DependencyState> dependencies_;  // beside jobs_
  std::vector<std::optional<std::uint32_t>> may_start_;
  std::vector<bool> preempting_;
  LicenseCounts licenses_;
  std::shared_ptr<PreemptRules> preemption_;  // null: none
  std::shared_ptr<BootRules> boots_;          // null: none
  Policies policies_;
  std::vector<std::string> expected_;
};

std::string decision_text(const ClusterView& view, const Decision& decision);

}  // namespace slurmxx
