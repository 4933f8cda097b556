// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// SchedulerParameters of slurm.conf as typed settings. Every documented word is a row of one table
// (scheduler_parameters.cpp): its form, its bounds, the field it sets, and what becomes of it. A word
// that is wrong or unknown changes nothing and is warned of: the default holds. Ruled by slurm.conf(5).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace slurmxx {

struct BackfillTimes {
  Seconds interval{30};  // -1 second: no backfill
  Minutes window{1440};
  Seconds window_linear{0};
  Seconds resolution{60};
  Seconds max_time{30};  // `interval` where it is not given
  std::int64_t yield_interval_us = 2'000'000;
  std::int64_t yield_sleep_us = 500'000;
};

// How far down the queue backfill looks. 0: no limit, where max_job_test is the bound.
struct BackfillDepths {
  std::uint32_t max_job_test = 5000;  // documented: 500
  std::uint32_t max_job_start = 0;
  std::uint32_t max_job_user = 0;
  std::uint32_t max_job_part = 0;
  std::uint32_t max_job_user_part = 0;
  std::uint32_t max_job_assoc = 0;
  std::uint32_t max_job_array_resv = 20;
  std::uint32_t node_space_size = 0;  // 0: as max_job_test
};

enum class HetJobPriority : std::uint8_t { own = 0, min = 1, avg = 2, max = 3 };

// For which waiting jobs backfill keeps room, and how it chooses it.
struct BackfillReserves {
  std::uint32_t job_part_count_reserve = 0;
  Seconds min_age_reserve{0};
  std::uint64_t min_prio_reserve = 0;
  bool one_resv_per_job = false;
  bool busy_nodes = false;
  bool running_job_reserve = false;
  bool licenses = false;
  bool allow_magnetic_slot = false;
  bool hetjob_immediate = false;
  HetJobPriority hetjob_prio = HetJobPriority::own;
  bool topopt_enable = false;
  std::uint32_t topopt_iterations = 0;
};

struct BackfillParameters {
  BackfillTimes times;
  BackfillDepths depths;
  BackfillReserves reserves;
  bool continues = false;  // bf_continue
};

// The main loop: at events over the head of the queue, and now and then over all of it.
struct MainLoopParameters {
  std::uint32_t default_queue_depth = 100;
  std::uint32_t partition_job_depth = 0;  // 0: no limit
  Seconds sched_interval{60};             // -1 second: never
  std::int64_t sched_min_interval_us = 2;
  std::uint32_t sched_max_job_start = 0;  // 0: no limit
  Seconds max_sched_time{2};
  bool defer = false;
  bool defer_batch = false;
  Seconds batch_sched_delay{3};
  std::uint32_t max_rpc_cnt = 0;  // 0: not looked at
  std::int64_t build_queue_timeout_us = 2'000'000;
  bool assoc_limit_stop = false;
  bool slowdown_order = false;  // our own: the queue goes by expected slowdowns
};

// What is taken at submission, and what users may do.
struct SubmissionParameters {
  bool allow_zero_lic = false;
  std::uint32_t max_array_tasks = 0;  // 0: MaxArraySize
  std::uint64_t max_script_size = 4 * 1024 * 1024;
  std::uint64_t max_submit_line_size = 1024 * 1024;
  std::uint32_t max_depend_depth = 10;
  bool kill_invalid_depend = false;
  std::uint32_t correspond_after_task_cnt = 10;
  bool extra_constraints = false;
  bool ignore_constraint_validation = false;
  bool ignore_prefer_validation = false;
  bool enable_user_top = false;
  bool disable_job_shrink = false;
  bool hetjob_steps = true;
  bool whole_hetjob = false;
  std::uint32_t bb_array_stage_cnt = 10;
};

// Which nodes a job gets, what it waits for there, and whom it drives out.
struct PlacementParameters {
  Seconds max_switch_wait{300};
  Minutes delay_boot{0};
  bool pack_serial_at_end = false;
  bool spec_cores_first = false;
  bool ignore_numa = false;
  bool reduce_completing_frag = false;
  bool time_min_as_soft_limit = false;
  std::uint32_t preempt_reorder_count = 1;
  bool preempt_strict_order = false;
  bool preempt_youngest_first = false;
};

struct StartParameters {
  bool nohold_on_prolog_fail = false;
  bool no_env_cache = false;
  bool requeue_setup_env_fail = false;
  Seconds requeue_delay{0};
  bool salloc_wait_nodes = false;
  bool sbatch_wait_nodes = false;
  std::uint32_t step_retry_count = 8;
  Seconds step_retry_time{60};
  bool no_backup_scheduling = false;
};

struct SchedulerParameters {
  BackfillParameters backfill;
  MainLoopParameters main;
  SubmissionParameters submission;
  PlacementParameters placement;
  StartParameters start;
};

// `words` as written: "bf_interval=30", "defer". What is wrong with them is added to `problems`, a clause each.
SchedulerParameters parse_scheduler_parameters(std::span<const std::string> words,
                                               std::vector<std::string>* problems = nullptr);

// What becomes of a word. `settled`: what it asks for is always so, or has nothing to act on here.
enum class WordUse : std::uint8_t { obeyed, settled };

// The words of the table: docs/guide/scheduling.md says of each what it does.
struct SchedulerWord {
  std::string_view name;
  WordUse use = WordUse::settled;
};
std::vector<SchedulerWord> scheduler_words();

}  // namespace slurmxx
