// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a cluster would have done with a workload: its slurm.conf, the very planner (core/schedule) and the very state,
// under a clock that jumps from event to event. At one instant jobs end, then are submitted, then the planner makes a
// pass over the whole queue. Programs do not run: a job takes as long as the record says. Who waits for the end of
// another is submitted when that has ended, and its think time is over.
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
  std::uint32_t partition = 0;  // in which it ran: a place in the names
  Instant submitted;
  Instant started;
  std::vector<Lanes> lanes;  // if Replay was to keep them
};

struct ReplayCounts {
  std::uint64_t passes = 0;
  std::uint64_t looks = 0;  // at pending jobs, over all passes
  std::size_t longest_queue = 0;
};

// Which partition of slurm.conf a number of the workload is.
struct PartitionChoice {
  enum class By : std::uint8_t { queue, partition };
  By by = By::queue;
  std::map<std::uint32_t, std::string> names = {};  // before those that the workload itself tells
};

struct ReplayOptions {
  bool keep_lanes = false;
  PartitionChoice partitions = {};
};

std::vector<Lanes> lanes_of(const Allocation& allocation);

class Replay {
 public:
  // Both live as long as this. Jobs run as -n PROCESSORS -t ASKED, in the partition that has the name of their queue,
  // else in the default one.
  Replay(const ClusterConfig& config, const Workload& workload, ReplayOptions options = {});

  Status begin();       // an error: the configuration has no default partition, or no node
  Result<bool> step();  // to the next instant; false: nothing is left to happen
  std::size_t ended() const { return ended_; }
  const std::vector<Played>& played() const { return played_; }  // beside workload.jobs
  std::vector<std::string> partition_names() const;
  const ReplayCounts& counts() const { return counts_; }
  std::uint32_t cpus() const { return cpus_; }  // of the cluster

 private:
  struct End {
    Instant at;
    std::uint32_t job = 0;  // place in the workload
    bool operator>(const End& other) const { return std::tie(at, job) > std::tie(other.at, other.job); }
  };
  struct Arrival {  // of a job that waited for others
    Instant at;
    std::uint32_t job = 0;
    bool operator>(const Arrival& other) const { return std::tie(at, job) > std::tie(other.at, other.job); }
  };
  Status add(Event event);
  Status choose_partitions();
  std::uint32_t partition_of(const WorkloadJob& job) const;
  void skip_who_waits();
  void release(std::uint32_t place, Instant over);
  Status submit(std::uint32_t place);
  Status end(std::uint32_t place);
  Status pass();
  Status start(std::uint32_t place, Allocation allocation);
  struct Request {
    std::shared_ptr<const JobSpec> spec;
    bool fits = false;  // an empty cluster
  };
  JobSpec plain_spec(const WorkloadJob& job) const;
  JobSpec recorded_spec(const WorkloadJob& job) const;
  const Request& request_of(const WorkloadJob& job);
  ClusterView view() const;
  static JobId id_of(std::uint32_t place) { return JobId(place + 1); }
  static std::uint32_t place_of(JobId id) { return id.value - 1; }

  const ClusterConfig& config_;
  const Workload& workload_;
  const ReplayOptions options_;
  Policies policies_;
  State state_;
  std::vector<PlanPartition> partitions_;
  struct Chosen {
    std::uint32_t by_default = 0;                   // a place in partitions_
    std::map<std::uint32_t, std::uint32_t> others;  // by the number of the workload
  };
  Chosen chosen_;
  Instant now_;
  std::uint32_t next_ = 0;  // to be submitted
  std::vector<std::uint32_t> queue_;
  std::vector<std::uint32_t> running_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  struct Chains {
    std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> arrivals;
    std::map<std::uint32_t, std::vector<std::uint32_t>> waits_for;  // who waits for this one
    std::map<std::uint32_t, std::pair<std::size_t, Instant>> open;  // of who waits: for how many, and who ended last
  };
  Chains chains_;
  using Alike = std::tuple<const JobSpec*, std::uint32_t, Seconds, Uid, Gid, std::uint32_t>;
  std::map<Alike, Request> requests_;  // alike: one
  std::vector<Played> played_;
  std::size_t ended_ = 0;
  std::uint32_t cpus_ = 0;
  std::uint32_t cpus_taken_ = 0;
  bool shares_cores_ = false;
  ReplayCounts counts_;
};

}  // namespace slurmxx
