// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What squeue tells of a job or step where it takes more than reading one member: times, counts, nodes, state. Pure
// functions of the view and of the instant at which the controller answered. squeue(1) rules.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/records.h"
#include "core/launch/file_pattern.h"
#include "core/model/job_name.h"
#include "core/text/time_zone.h"
#include "wire/views.h"

namespace slurmxx {

// What every row of one output shares.
struct RowContext {
  Instant now;  // of the answer
  const TimeZone* zone = &utc();
  bool noconvert = false;  // 2048M stays 2048M
  std::string cluster;
  std::size_t task_text_max = slurmxx::task_text_max;             // of a list of tasks (SLURM_BITSTR_LEN)
  std::function<const NodeHardware*(std::string_view)> shape_of;  // by name; may be empty, nullptr: not known
};

struct JobRow {
  const JobView* view = nullptr;
  const RowContext* context = nullptr;
  std::string partition;
  std::optional<std::uint32_t> task = {};  // squeue -r: of those that wait together, this one

  const Job& job() const { return view->job; }
  const JobSpec& spec() const { return *view->job.spec; }
};

struct StepRow {
  const JobView* view = nullptr;
  const Step* step = nullptr;
  const RowContext* context = nullptr;
};

std::string job_state_text(const Job& job);     // "RUNNING"; "COMPLETING" while nodes have not reported the end
std::string job_state_compact(const Job& job);  // "R", "CG"
Seconds time_used(const JobView& view, Instant now);
std::optional<Instant> accrue_of(const Job& job);      // since when its age counts; absent: limits hold it back
std::optional<Instant> eligible_of(const Job& job);    // a job that waits for its --begin: that
std::optional<Instant> start_of(const JobView& view);  // actual, expected, or the --begin that is waited for
std::optional<Instant> end_of(const JobView& view);    // actual or expected by the time limit
std::string end_text(const JobRow& row);
std::string time_left_text(const JobRow& row);

std::string node_text(const JobView& view);            // of a completing job: nodes that have not reported
std::string node_or_reason_text(const JobView& view);  // %R
std::string nodes_of_step(const JobView& view, const Step& step);
TimeLimit limit_of_step(const Step& step);      // its own; none: it has as long as its job
std::string het_ids_text(const HetPlace& het);  // "12-13"
std::string step_id_text(const StepRow& row);   // "3.0", "3.batch", "3_1.batch"
std::string job_name_text(const JobRow& row);   // "3", "3+1", "3_1", "3_[2-9]"
// Of tasks that wait together, those that the names mean.
void narrow_to(const std::vector<JobName>& names, Job& job);
// As file names have it: of tasks that wait together the only one, or the number that stands for none.
std::optional<ArrayTask> task_in_file_names(const Job& job);
FileNames file_names_of(const JobView& view);    // of its script, with their patterns filled in
std::string array_task_text(const JobRow& row);  // "1", "2-9%2", "N/A"
// By the array, then the task; those that wait together come last.
std::uint64_t job_name_order(const JobRow& row);

MebiBytes memory_asked(const JobView& view);  // per CPU or per node, as asked for
std::uint32_t cpus_per_node_least(const JobView& view);
std::uint32_t tasks_of(const JobView& view);
Sharing sharing_of(const JobView& view);  // as it asks, else as its partition has it
std::string size_text(MebiBytes memory, const RowContext& context);
std::string command_text(const JobSpec& spec);
std::string gres_text(const JobSpec& spec);         // "gres/gpu:a100:1", "N/A"
std::string gres_list_text(std::string_view list);  // of a list as ResourceRequest has it: "gres/gpu:2"; empty for none

// What is asked for beside --gres: the names that scontrol show job gives it, and the values. Empty ones are not asked.
struct GresLine {
  const char* name;
  std::string value;
};
std::vector<GresLine> gres_lines(const ResourceRequest& request);
std::string gres_line(const ResourceRequest& request, std::string_view name);  // one of them

// The steps that squeue -s lists: those that run, and the batch script while its job runs.
std::vector<Step> live_steps(const JobView& view);

}  // namespace slurmxx
