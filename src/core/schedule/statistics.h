// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sdiag shows of scheduling: plain counters since the last reset. Whoever runs a cycle notes it here. Times are in
// microseconds and for reading only: nothing is decided by them. Ruled by sdiag(1).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/units.h"

namespace slurmxx {

// One kind of cycle: how many, how long, how far down the queue.
struct CycleStatistics {
  std::uint64_t count = 0;
  std::uint64_t last_us = 0;
  std::uint64_t max_us = 0;
  std::uint64_t sum_us = 0;
  std::uint64_t last_depth = 0;  // jobs looked at
  std::uint64_t sum_depth = 0;
  std::uint64_t last_queue = 0;  // jobs that waited
  std::uint64_t sum_queue = 0;
  Instant last_at;

  void note(std::uint64_t took_us, std::uint64_t depth, std::uint64_t queue, Instant at) {
    ++count;
    last_us = took_us;
    max_us = std::max(max_us, took_us);
    sum_us += took_us;
    last_depth = depth;
    sum_depth += depth;
    last_queue = queue;
    sum_queue += queue;
    last_at = at;
  }

  bool operator==(const CycleStatistics&) const = default;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "count", self.count);
    v(2, "last_us", self.last_us);
    v(3, "max_us", self.max_us);
    v(4, "sum_us", self.sum_us);
    v(5, "last_depth", self.last_depth);
    v(6, "sum_depth", self.sum_depth);
    v(7, "last_queue", self.last_queue);
    v(8, "sum_queue", self.sum_queue);
    v(9, "last_at", self.last_at);
  }
};

struct JobStatistics {
  std::uint64_t submitted = 0;
  std::uint64_t started = 0;
  std::uint64_t completed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t failed = 0;

  bool operator==(const JobStatistics&) const = default;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "submitted", self.submitted);
    v(2, "started", self.started);
    v(3, "completed", self.completed);
    v(4, "cancelled", self.cancelled);
    v(5, "failed", self.failed);
  }
};

// Why cycles of the main loop ended.
struct MainExits {
  std::uint64_t end_of_queue = 0;
  std::uint64_t queue_depth = 0;
  std::uint64_t job_starts = 0;
  std::uint64_t licenses = 0;
  std::uint64_t rpc_count = 0;
  std::uint64_t timeout = 0;

  bool operator==(const MainExits&) const = default;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "end_of_queue", self.end_of_queue);
    v(2, "queue_depth", self.queue_depth);
    v(3, "job_starts", self.job_starts);
    v(4, "licenses", self.licenses);
    v(5, "rpc_count", self.rpc_count);
    v(6, "timeout", self.timeout);
  }
};

struct BackfillStatistics {
  CycleStatistics cycles;
  std::uint64_t jobs = 0;  // started by backfill
  std::uint64_t jobs_since_boot = 0;
  std::uint64_t het_components = 0;
  std::uint64_t last_depth_tried = 0;  // of those looked at, the ones that could run at all
  std::uint64_t sum_depth_tried = 0;
  std::uint64_t last_table_size = 0;
  std::uint64_t sum_table_size = 0;
  std::uint64_t end_of_queue = 0;  // why its cycles ended
  std::uint64_t max_job_start = 0;
  std::uint64_t max_job_test = 0;
  std::uint64_t state_changed = 0;
  std::uint64_t table_limit = 0;
  std::uint64_t timeout = 0;

  bool operator==(const BackfillStatistics&) const = default;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cycles", self.cycles);
    v(2, "jobs", self.jobs);
    v(3, "jobs_since_boot", self.jobs_since_boot);
    v(4, "het_components", self.het_components);
    v(5, "last_depth_tried", self.last_depth_tried);
    v(6, "sum_depth_tried", self.sum_depth_tried);
    v(7, "last_table_size", self.last_table_size);
    v(8, "sum_table_size", self.sum_table_size);
    v(9, "end_of_queue", self.end_of_queue);
    v(10, "max_job_start", self.max_job_start);
    v(11, "max_job_test", self.max_job_test);
    v(12, "state_changed", self.state_changed);
    v(13, "table_limit", self.table_limit);
    v(14, "timeout", self.timeout);
  }
};

struct SchedulingStatistics {
  Instant since;
  JobStatistics jobs;
  CycleStatistics main;
  MainExits exits;
  BackfillStatistics backfill;

  bool operator==(const SchedulingStatistics&) const = default;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "since", self.since);
    v(2, "jobs", self.jobs);
    v(3, "main", self.main);
    v(4, "exits", self.exits);
    v(5, "backfill", self.backfill);
  }

  void reset(Instant at) {
    const std::uint64_t since_boot = backfill.jobs_since_boot;
    *this = SchedulingStatistics{};
    since = at;
    backfill.jobs_since_boot = since_boot;
  }
};

}  // namespace slurmxx
