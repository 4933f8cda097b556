// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A new word is one row. A row turns to `obeyed` with the change that obeys it.
#include "core/config/scheduler_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/text/words.h"

namespace slurmxx {
namespace {

enum class Form : std::uint8_t { flag, number, word };
using Use = WordUse;

struct Row {
  std::string_view name;
  Form form;
  Bounds<std::int64_t> bounds;
  void (*set)(SchedulerParameters&, std::int64_t value);  // a flag's is 1, a word's its place in `words`
  Use use = Use::settled;
};

constexpr std::string_view hetjob_words[] = {"", "min", "avg", "max"};
constexpr Bounds<std::int64_t> any_count{0, std::numeric_limits<std::uint32_t>::max()};
constexpr Bounds<std::int64_t> any_size{0, std::numeric_limits<std::int64_t>::max()};

// Sets a field of whatever integral or unit type it has.
template <class Field>
constexpr void put(Field& field, std::int64_t value) {
  if constexpr (requires { field.value; })
    field.value = value;
  else
    field = static_cast<Field>(value);
}

#define SLURMXX_SETS(member) [](SchedulerParameters& p, std::int64_t value) { put(p.member, value); }

constexpr Row flag(std::string_view name, void (*set)(SchedulerParameters&, std::int64_t), Use use = Use::settled) {
  return {name, Form::flag, {}, set, use};
}
constexpr Row number(std::string_view name, Bounds<std::int64_t> bounds,
                     void (*set)(SchedulerParameters&, std::int64_t), Use use = Use::settled) {
  return {name, Form::number, bounds, set, use};
}

constexpr Row rows[] = {
    flag("allow_zero_lic", SLURMXX_SETS(submission.allow_zero_lic), Use::obeyed),
    flag("assoc_limit_stop", SLURMXX_SETS(main.assoc_limit_stop), Use::obeyed),
    number("batch_sched_delay", any_count, SLURMXX_SETS(main.batch_sched_delay), Use::obeyed),
    number("bb_array_stage_cnt", any_count, SLURMXX_SETS(submission.bb_array_stage_cnt)),
    flag("bf_allow_magnetic_slot", SLURMXX_SETS(backfill.reserves.allow_magnetic_slot), Use::obeyed),
    flag("bf_busy_nodes", SLURMXX_SETS(backfill.reserves.busy_nodes)),
    flag("bf_continue", SLURMXX_SETS(backfill.continues)),
    flag("bf_hetjob_immediate", SLURMXX_SETS(backfill.reserves.hetjob_immediate)),
    {"bf_hetjob_prio", Form::word, {}, SLURMXX_SETS(backfill.reserves.hetjob_prio), Use::obeyed},
    number("bf_interval", {-1, 10'800}, SLURMXX_SETS(backfill.times.interval), Use::obeyed),
    number("bf_job_part_count_reserve", {0, 100'000}, SLURMXX_SETS(backfill.reserves.job_part_count_reserve),
           Use::obeyed),
    flag("bf_licenses", SLURMXX_SETS(backfill.reserves.licenses), Use::obeyed),
    number("bf_max_job_array_resv", {0, 1'000}, SLURMXX_SETS(backfill.depths.max_job_array_resv), Use::obeyed),
    number("bf_max_job_assoc", any_count, SLURMXX_SETS(backfill.depths.max_job_assoc), Use::obeyed),
    number("bf_max_job_part", any_count, SLURMXX_SETS(backfill.depths.max_job_part), Use::obeyed),
    number("bf_max_job_start", {0, 10'000}, SLURMXX_SETS(backfill.depths.max_job_start), Use::obeyed),
    number("bf_max_job_test", {1, 1'000'000}, SLURMXX_SETS(backfill.depths.max_job_test), Use::obeyed),
    number("bf_max_job_user", any_count, SLURMXX_SETS(backfill.depths.max_job_user), Use::obeyed),
    number("bf_max_job_user_part", any_count, SLURMXX_SETS(backfill.depths.max_job_user_part), Use::obeyed),
    number("bf_max_time", {1, 3'600}, SLURMXX_SETS(backfill.times.max_time)),
    number("bf_min_age_reserve", {0, 2'592'000}, SLURMXX_SETS(backfill.reserves.min_age_reserve), Use::obeyed),
    number("bf_min_prio_reserve", any_size, SLURMXX_SETS(backfill.reserves.min_prio_reserve), Use::obeyed),
    number("bf_node_space_size", {2, 2'000'000}, SLURMXX_SETS(backfill.depths.node_space_size)),
    flag("bf_one_resv_per_job", SLURMXX_SETS(backfill.reserves.one_resv_per_job), Use::obeyed),
    number("bf_resolution", {1, 3'600}, SLURMXX_SETS(backfill.times.resolution)),
    flag("bf_running_job_reserve", SLURMXX_SETS(backfill.reserves.running_job_reserve)),
    flag("bf_topopt_enable", SLURMXX_SETS(backfill.reserves.topopt_enable)),
    number("bf_topopt_iterations", any_count, SLURMXX_SETS(backfill.reserves.topopt_iterations)),
    number("bf_window", {1, 43'200}, SLURMXX_SETS(backfill.times.window), Use::obeyed),
    number("bf_window_linear", any_count, SLURMXX_SETS(backfill.times.window_linear)),
    number("bf_yield_interval", {1, 10'000'000}, SLURMXX_SETS(backfill.times.yield_interval_us)),
    number("bf_yield_sleep", {1, 10'000'000}, SLURMXX_SETS(backfill.times.yield_sleep_us)),
    number("build_queue_timeout", any_size, SLURMXX_SETS(main.build_queue_timeout_us)),
    number("correspond_after_task_cnt", any_count, SLURMXX_SETS(submission.correspond_after_task_cnt)),
    number("default_queue_depth", any_count, SLURMXX_SETS(main.default_queue_depth)),
    flag("defer", SLURMXX_SETS(main.defer)),
    flag("defer_batch", SLURMXX_SETS(main.defer_batch)),
    number("delay_boot", any_count, SLURMXX_SETS(placement.delay_boot), Use::obeyed),
    flag(
        "disable_hetjob_steps", [](SchedulerParameters& p, std::int64_t) { p.submission.hetjob_steps = false; },
        Use::obeyed),
    flag("disable_job_shrink", SLURMXX_SETS(submission.disable_job_shrink), Use::obeyed),
    flag("enable_hetjob_steps", SLURMXX_SETS(submission.hetjob_steps)),
    flag("enable_user_top", SLURMXX_SETS(submission.enable_user_top), Use::obeyed),
    flag("extra_constraints", SLURMXX_SETS(submission.extra_constraints), Use::obeyed),
    flag("ignore_constraint_validation", SLURMXX_SETS(submission.ignore_constraint_validation), Use::obeyed),
    flag("Ignore_NUMA", SLURMXX_SETS(placement.ignore_numa)),
    flag("ignore_prefer_validation", SLURMXX_SETS(submission.ignore_prefer_validation), Use::obeyed),
    flag("kill_invalid_depend", SLURMXX_SETS(submission.kill_invalid_depend), Use::obeyed),
    number("max_array_tasks", any_count, SLURMXX_SETS(submission.max_array_tasks), Use::obeyed),
    number("max_depend_depth", any_count, SLURMXX_SETS(submission.max_depend_depth)),
    number("max_rpc_cnt", {0, 1'000}, SLURMXX_SETS(main.max_rpc_cnt)),
    number("max_sched_time", {1, 3'600}, SLURMXX_SETS(main.max_sched_time)),
    number("max_script_size", any_size, SLURMXX_SETS(submission.max_script_size), Use::obeyed),
    number("max_submit_line_size", any_size, SLURMXX_SETS(submission.max_submit_line_size), Use::obeyed),
    number("max_switch_wait", any_count, SLURMXX_SETS(placement.max_switch_wait), Use::obeyed),
    flag("no_backup_scheduling", SLURMXX_SETS(start.no_backup_scheduling)),
    flag("no_env_cache", SLURMXX_SETS(start.no_env_cache)),
    flag("nohold_on_prolog_fail", SLURMXX_SETS(start.nohold_on_prolog_fail), Use::obeyed),
    flag("pack_serial_at_end", SLURMXX_SETS(placement.pack_serial_at_end), Use::obeyed),
    number("partition_job_depth", any_count, SLURMXX_SETS(main.partition_job_depth), Use::obeyed),
    number("preempt_reorder_count", any_count, SLURMXX_SETS(placement.preempt_reorder_count), Use::obeyed),
    flag("preempt_strict_order", SLURMXX_SETS(placement.preempt_strict_order), Use::obeyed),
    flag("preempt_youngest_first", SLURMXX_SETS(placement.preempt_youngest_first), Use::obeyed),
    flag("reduce_completing_frag", SLURMXX_SETS(placement.reduce_completing_frag)),
    number("requeue_delay", any_count, SLURMXX_SETS(start.requeue_delay), Use::obeyed),
    flag("requeue_setup_env_fail", SLURMXX_SETS(start.requeue_setup_env_fail)),
    flag("salloc_wait_nodes", SLURMXX_SETS(start.salloc_wait_nodes)),
    flag("sbatch_wait_nodes", SLURMXX_SETS(start.sbatch_wait_nodes)),
    number("sched_interval", {-1, 1'000'000'000}, SLURMXX_SETS(main.sched_interval), Use::obeyed),
    number("sched_max_job_start", any_count, SLURMXX_SETS(main.sched_max_job_start), Use::obeyed),
    number("sched_min_interval", any_size, SLURMXX_SETS(main.sched_min_interval_us), Use::obeyed),
    flag("slowdown_order", SLURMXX_SETS(main.slowdown_order), Use::obeyed),
    flag("spec_cores_first", SLURMXX_SETS(placement.spec_cores_first), Use::obeyed),
    number("step_retry_count", any_count, SLURMXX_SETS(start.step_retry_count)),
    number("step_retry_time", any_count, SLURMXX_SETS(start.step_retry_time)),
    flag("time_min_as_soft_limit", SLURMXX_SETS(placement.time_min_as_soft_limit), Use::obeyed),
    flag("whole_hetjob", SLURMXX_SETS(submission.whole_hetjob), Use::obeyed),
    flag("whole_pack", SLURMXX_SETS(submission.whole_hetjob), Use::obeyed),  // its older name
};

#undef SLURMXX_SETS

std::string unknown(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Row& row : rows) names.push_back(row.name);
  return fmt::format("{} is not known{}", name, did_you_mean(name, names));
}

std::string wanted(const Row& row) {
  if (row.form == Form::word) return "min, avg or max is wanted";
  if (row.bounds.max == any_size.max || row.bounds.max == any_count.max) return "a whole number is wanted";
  return fmt::format("a whole number from {} to {} is wanted", row.bounds.min, row.bounds.max);
}

// Nothing: it is wrong.
std::optional<std::int64_t> value_of(const Row& row, std::string_view text) {
  if (row.form == Form::flag) return 1;
  if (row.form == Form::number) {
    const auto number = parse_integer(text, row.bounds);
    return number ? std::optional(*number) : std::nullopt;
  }
  const auto found = std::ranges::find(hetjob_words, lower(text));
  if (found == std::end(hetjob_words) || found->empty()) return std::nullopt;
  return found - std::begin(hetjob_words);
}

}  // namespace

SchedulerParameters parse_scheduler_parameters(std::span<const std::string> words, std::vector<std::string>* problems) {
  SchedulerParameters parameters;
  bool max_time_given = false;
  const auto complain = [&](std::string text) {
    if (problems) problems->push_back(std::move(text));
  };
  for (const std::string& word : words) {
    const auto pair = split_once(word, '=');
    const std::string_view name = trim(pair ? pair->first : std::string_view(word));
    if (name.empty()) continue;
    const auto row = std::ranges::find_if(rows, [&](const Row& r) { return equal_ignoring_case(r.name, name); });
    if (row == std::end(rows)) {
      complain(unknown(name));
      continue;
    }
    const auto value = value_of(*row, pair ? trim(pair->second) : std::string_view());
    if (!value) {
      complain(fmt::format("{}: {}, and the default holds", word, wanted(*row)));
      continue;
    }
    row->set(parameters, *value);
    max_time_given = max_time_given || row->name == "bf_max_time";
  }
  BackfillParameters& backfill = parameters.backfill;
  if (!max_time_given && backfill.times.interval > Seconds(0)) backfill.times.max_time = backfill.times.interval;
  if (backfill.reserves.licenses) backfill.reserves.running_job_reserve = true;
  if (backfill.reserves.hetjob_immediate && backfill.reserves.hetjob_prio == HetJobPriority::own)
    backfill.reserves.hetjob_prio = HetJobPriority::min;
  if (parameters.start.no_env_cache) parameters.start.requeue_setup_env_fail = true;
  return parameters;
}

std::vector<SchedulerWord> scheduler_words() {
  std::vector<SchedulerWord> words;
  for (const Row& row : rows) words.push_back({row.name, row.use});
  return words;
}

}  // namespace slurmxx
