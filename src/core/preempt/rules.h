// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which jobs that run have to make room for one that waits, and how: the words of PreemptType, PreemptMode, GraceTime,
// PreemptExemptTime and PreemptParameters. Nothing here knows of nodes: who of those that may be preempted really is,
// is victims.h's matter. Rules: slurm.conf(5), sacctmgr(1) of QOS.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/job.h"

namespace slurmxx {

enum class PreemptType : std::uint8_t { none, partition_prio, qos };
enum class PreemptMode : std::uint8_t { off, cancel, requeue, suspend };
std::string_view preempt_mode_name(PreemptMode mode);  // "cancel"

struct PreemptModes {  // PreemptMode=SUSPEND,GANG
  PreemptMode mode = PreemptMode::off;
  bool gang = false;
  bool within = false;

  bool operator==(const PreemptModes&) const = default;
};
std::optional<PreemptModes> parse_preempt_modes(std::string_view text);  // in whatever case; none: says nothing

struct PreemptTuning {  // PreemptParameters
  std::uint32_t reorder_count = 1;
  bool youngest_first = false;
  bool send_user_signal = false;
  std::optional<std::uint32_t> min_exempt_priority;
  bool reclaim_licenses = false;
  std::optional<Seconds> suspend_grace = {};  // between SIGTSTP and SIGSTOP

  bool operator==(const PreemptTuning&) const = default;
};
PreemptTuning parse_preempt_parameters(std::string_view text);

// A job that makes room, and how.
struct Preempted {
  JobId job;
  PreemptMode mode = PreemptMode::cancel;

  bool operator==(const Preempted&) const = default;
};

struct PreemptRules {
  struct OfPartition {
    std::optional<PreemptModes> modes;
    Seconds grace{0};
  };
  struct OfQos {
    std::vector<std::string> preempts;
    std::uint32_t priority = 0;
    std::optional<PreemptModes> modes;
    Seconds grace{0};
    std::optional<Seconds> exempt;
  };
  PreemptType type = PreemptType::none;
  PreemptModes modes;  // of the cluster
  Seconds exempt{0};   // nobody is preempted who has run for less
  PreemptTuning tuning;
  bool job_requeue = true;  // JobRequeue, for jobs that do not say
  std::map<std::string, OfPartition, std::less<>> partitions;
  std::map<std::string, OfQos, std::less<>> qos;

  struct Side {  // a job in a partition
    const Job* job = nullptr;
    std::uint32_t tier = 1;  // PriorityTier
    std::uint32_t priority = 0;
  };
  struct Verdict {
    PreemptMode mode = PreemptMode::cancel;
    std::int64_t level = 0;  // of its tier or QOS: the lowest goes first
  };
  // None: it may not, or not yet.
  std::optional<Verdict> verdict(const Side& preemptor, const Side& running, Instant now) const;
  bool outranks(const Side& preemptor, const Side& running) const;
  Seconds grace_of(const Job& running) const;
  std::optional<Instant> exempt_until(const Job& running) const;  // none: it cannot be preempted at all
  PreemptMode mode_of(const Job& running) const;

 private:
  const OfQos* qos_of(const Job& job) const;
  const OfPartition* partition_of(const Job& running) const;
  PreemptModes modes_of(const Job& running) const;
};

}  // namespace slurmxx
