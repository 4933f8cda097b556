// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/seff/run.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "commands/sacct/query.h"
#include "commands/sacct/row_text.h"
#include "core/text/time_text.h"

namespace slurmxx {
namespace {

constexpr std::uint64_t mebi = 1 << 20;

struct Efficiency {
  std::uint32_t cpus = 0;
  std::uint32_t nodes = 0;
  std::uint32_t tasks = 0;
  std::uint64_t cpu_us = 0;
  std::uint64_t memory = 0;        // bytes: of the step that used most
  std::uint64_t memory_given = 0;  // bytes, on all nodes
  Seconds wall;
  std::int64_t core_seconds() const { return wall.value * cpus; }
};

std::string size_text(double bytes) {
  constexpr const char* units[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
  constexpr double step = 1024;
  if (bytes < step) return "0.00 MB";
  std::size_t unit = 0;
  double size = bytes / step;
  for (; size >= step && unit + 1 < std::size(units); ++unit) size /= step;
  return fmt::format("{:.2f} {}", size, units[unit]);
}

double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

std::uint64_t memory_in(const std::string& tres) {
  const std::string text = one_tres(tres, "mem");
  constexpr std::string_view suffixes = "MGTP";
  char* end = nullptr;
  double size = std::strtod(text.c_str(), &end) * static_cast<double>(mebi);
  for (std::size_t i = *end == 0 ? 0 : suffixes.find(*end); i != 0 && i != std::string_view::npos; --i) size *= 1024;
  return static_cast<std::uint64_t>(size);
}

Efficiency efficiency_of(const FoundJob& job, const SacctContext& context) {
  const SacctRow row{&job, nullptr, &context};
  Efficiency found;
  found.cpus = cpus_of(row);
  found.nodes = row.view().node_count;
  found.wall = elapsed(row);
  found.memory_given = memory_in(row.view().allocated_tres);  // where memory is not counted: what was asked for
  if (found.memory_given == 0) found.memory_given = memory_in(row.view().requested_tres);
  const CpuTimes times = cpu_times(row);
  found.cpu_us = times.user_us + times.system_us;
  for (const StepRecord& step : job.steps) {
    found.tasks = std::max(found.tasks, step.step.tasks);
    if (step.usage) found.memory = std::max(found.memory, step.usage->of(UsageKind::memory).total);
  }
  return found;
}

void print_head(const FoundJob& job, const Efficiency& found, const Output& output) {
  const Job& the_job = job.record.view.job;
  const JobOwner& owner = the_job.spec->owner;
  output.line(fmt::format("Job ID: {}", the_job.id.value));
  if (const auto task = the_job.array_task())
    output.line(fmt::format("Array Job ID: {}_{}", task->array.value, task->index));
  output.line("Cluster: " + job.cluster);
  output.line(fmt::format("User/Group: {}/{}", owner.user_name, owner.group_name));
  const std::string state(state_name(the_job.state));
  if (is_ended(the_job.state))
    output.line(fmt::format("State: {} (exit code {})", state, the_job.exit.status));
  else
    output.line("State: " + state);
  if (found.cpus <= 1) return output.line(fmt::format("Cores: {}", found.cpus));
  output.line(fmt::format("Nodes: {}", found.nodes));
  output.line(fmt::format("Cores per node: {}", found.nodes > 0 ? found.cpus / found.nodes : found.cpus));
}

void print_raw(const FoundJob& job, const Efficiency& found, const Output& output) {
  const Job& the_job = job.record.view.job;
  output.line(
      "Slurm data: JobID ArrayJobID User Group State Clustername Ncpus Nnodes Ntasks Reqmem PerNode Cput Walltime Mem "
      "ExitStatus");
  output.line(fmt::format("Slurm data: {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", the_job.id.value,
                          the_job.array ? fmt::to_string(the_job.array->array.value) : "",
                          the_job.spec->owner.user_name, the_job.spec->owner.group_name, state_name(the_job.state),
                          job.cluster, found.cpus, found.nodes, found.tasks, found.memory_given / 1024, 1,
                          found.cpu_us / 1'000'000, found.wall.value, found.memory / 1024, the_job.exit.status));
  output.line("");
}

void print_efficiency(const Efficiency& found, const Output& output) {
  const auto cpu_seconds = static_cast<std::int64_t>(found.cpu_us / 1'000'000);
  output.line("CPU Utilized: " + duration_long(Seconds(cpu_seconds)));
  output.line(fmt::format("CPU Efficiency: {:.2f}% of {} core-walltime",
                          percent(static_cast<double>(found.cpu_us) / 1e6, static_cast<double>(found.core_seconds())),
                          duration_long(Seconds(found.core_seconds()))));
  output.line("Job Wall-clock time: " + duration_long(found.wall));
  output.line("Memory Utilized: " + size_text(static_cast<double>(found.memory)));
  const auto given = static_cast<double>(found.memory_given);
  output.line(fmt::format("Memory Efficiency: {:.2f}% of {} ({}/node)",
                          percent(static_cast<double>(found.memory), given), size_text(given),
                          size_text(found.nodes > 0 ? given / found.nodes : given)));
}

}  // namespace

int run_seff(const SeffOptions& options, DbdClient& slurmdbd, const Output& output) {
  SacctOptions asked;
  asked.filter.jobs = options.job;
  auto question = sacct_question(asked, output);
  if (!question) return output.error_line("seff: error: " + text_of(question.error())), 1;
  const auto jobs = fetch_jobs(*question, slurmdbd);
  if (!jobs) return output.error_line("seff: error: " + text_of(jobs.error())), 1;
  if (jobs->empty()) return output.error_line("Job not found."), 2;
  const FoundJob& job = *jobs->back();  // of one that gave nodes back what it has now
  SacctContext context;
  context.now = output.now;
  const Efficiency found = efficiency_of(job, context);
  if (options.raw) print_raw(job, found, output);
  print_head(job, found, output);
  const JobState state = job.record.view.job.state;
  if (!job.record.view.job.times.started) {
    output.line(fmt::format("Efficiency not available for jobs in the {} state.", state_name(state)));
    return 0;
  }
  print_efficiency(found, output);
  if (!is_ended(state))
    output.line(fmt::format("WARNING: Efficiency statistics can be misleading for {} jobs.", state_name(state)));
  return 0;
}

}  // namespace slurmxx
