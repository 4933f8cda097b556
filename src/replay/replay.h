// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a cluster would have done with a workload: its slurm.conf, the very planner (core/schedule) and the very state,
// under a clock that jumps from event to event. At one instant jobs end, then are submitted, then the planner makes a
// pass over the whole queue. Programs do not run: a job takes as long as the record says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <tuple>
#include <vector>

#include "core/config/cluster_config.h"
#include "core/schedule/view.h"
#include "replay/workload.h"
#include "state/state.h"

namespace slurmxx {

struct Lanes {  // CPUs of a node that follow one another
  NodeIndex node;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

struct Played {  // a job of the workload
  enum class Fate : std::uint8_t { waiting, refused, ran };
  Fate fate = Fate::waiting;
  Instant started;
  std::vector<Lanes> lanes;  // if Replay was to keep them
};

struct ReplayCounts {
  std::uint64_t passes = 0;
  std::uint64_t looks = 0;  // at pending jobs, over all passes
  std::size_t longest_queue = 0;
};

class Replay {
 public:
  // Both live as long as this. Jobs go to the default partition, as -n PROCESSORS -t ASKED.
  Replay(const ClusterConfig& config, const Workload& workload, bool keep_lanes = false);

  Status begin();       // an error: the configuration has no default partition, or no node
  Result<bool> step();  // to the next instant; false: nothing is left to happen
  std::size_t ended() const { return ended_; }
  const std::vector<Played>& played() const { return played_; }  // beside workload.jobs
  const ReplayCounts& counts() const { return counts_; }
  std::uint32_t cpus() const { return cpus_; }  // of the cluster

 private:
  struct End {
    Instant at;
    std::uint32_t job = 0;  // place in the workload
    bool operator>(const End& other) const { return std::tie(at, job) > std::tie(other.at, other.job); }
  };
  Status add(Event event);
  Status submit(std::uint32_t place);
  Status end(std::uint32_t place);
  Status pass();
  Status start(std::uint32_t place, Allocation allocation);
  struct Request {
    std::shared_ptr<const JobSpec> spec;
    bool fits = false;  // an empty cluster
  };
  const Request& request_of(const WorkloadJob& job);
  ClusterView view() const;
  static JobId id_of(std::uint32_t place) { return JobId(place + 1); }
  static std::uint32_t place_of(JobId id) { return id.value - 1; }

  const ClusterConfig& config_;
  const Workload& workload_;
  const bool keep_lanes_;
  Policies policies_;
  State state_;
  std::vector<PlanPartition> partitions_;
  std::string partition_;
  Instant now_;
  std::uint32_t next_ = 0;  // to be submitted
  std::vector<std::uint32_t> queue_;
  std::vector<std::uint32_t> running_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::map<std::tuple<std::uint32_t, Seconds, Uid, Gid>, Request> requests_;  // alike: one
  std::vector<Played> played_;
  std::size_t ended_ = 0;
  std::uint32_t cpus_ = 0;
  std::uint32_t cpus_taken_ = 0;
  bool shares_cores_ = false;
  ReplayCounts counts_;
};

}  // namespace slurmxx
