// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "commands/sacct/row_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/job_text.h"
#include "core/model/cpus_asked.h"
#include "core/model/job_name.h"
#include "core/text/instant_text.h"
#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

std::optional<Instant> cut(const SacctRow& row, std::optional<Instant> instant, bool is_end) {
  const auto& window = row.context->window;
  if (!window) return instant;
  if (!is_end) return instant ? std::max(*instant, window->first) : instant;
  return instant ? std::min(*instant, window->second) : window->second;
}

std::string size_text(const SacctContext& context, std::uint64_t bytes) {
  constexpr std::string_view units = "KMGTP";
  constexpr double step = 1024;
  if (context.unit != 0) {
    double size = static_cast<double>(bytes);
    for (std::size_t i = 0; i <= units.find(context.unit); ++i) size /= step;
    const bool even = size == static_cast<double>(static_cast<std::uint64_t>(size));
    return even && size > 0 ? fmt::format("{:.0f}{}", size, context.unit) : fmt::format("{:.2f}{}", size, context.unit);
  }
  if (context.noconvert || bytes == 0) return fmt::to_string(bytes);
  std::size_t unit = 0;
  while (bytes % 1024 == 0 && unit < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::to_string(bytes) : fmt::format("{}{}", bytes, units[unit - 1]);
}

struct KindRow {
  UsageKind kind;
  const char* tres;
  bool out;
};
constexpr KindRow usage_rows[] = {{UsageKind::cpu, "cpu", false},    {UsageKind::disk_read, "fs/disk", false},
                                  {UsageKind::memory, "mem", false}, {UsageKind::pages, "pages", false},
                                  {UsageKind::vmem, "vmem", false},  {UsageKind::disk_write, "fs/disk", true}};

// "500M" as --units and --noconvert want it.
std::string memory_in(const SacctContext& context, std::string_view text) {
  const auto memory = parse_memory(text);
  if (!memory || (context.unit == 0 && !context.noconvert)) return std::string(text);
  if (context.noconvert) return fmt::format("{}M", memory->value);
  constexpr std::uint64_t bytes_of_one = 1u << 20;
  return size_text(context, static_cast<std::uint64_t>(memory->value) * bytes_of_one);
}

std::string amount_text(const SacctRow& row, UsageKind kind, std::uint64_t value) {
  if (kind == UsageKind::cpu) return duration_long(Seconds(static_cast<std::int64_t>(value / 1000)));
  if (kind == UsageKind::pages) return fmt::to_string(value);
  return size_text(*row.context, value);
}

std::string node_of(const StepRecord& step, UsageKind kind, bool lowest) {
  const std::size_t at = static_cast<std::size_t>(kind) + (lowest ? step.usage->figures.size() : 0);
  return at < step.usage_nodes.size() ? step.usage_nodes[at] : "";
}

}  // namespace

std::optional<Instant> start_of(const SacctRow& row) {
  const auto start = row.step ? std::optional(row.step->step.started) : row.the_job().times.started;
  return cut(row, start, false);
}

std::optional<Instant> end_of(const SacctRow& row) {
  return cut(row, row.step ? row.step->step.ended : row.the_job().times.ended, true);
}

// Of a cut window, and of a step, only what lies within.
Seconds suspended_until(const SacctRow& row, Instant from, Instant until) {
  const Suspensions& known = row.job->suspensions;
  if (!known.empty()) return suspended_within(known, from, until);
  return row.step ? Seconds(0) : suspended_by(row, until);
}

// While it lasts, a suspension is longer than the record says.
Seconds suspended_by(const SacctRow& row, Instant until) {
  const JobRecord& record = row.job->record;
  if (row.the_job().state != JobState::suspended) return record.suspended;
  return std::max(record.suspended, until - *row.the_job().times.started - row.the_job().times.ran_before);
}

Seconds elapsed(const SacctRow& row) {
  const auto start = start_of(row);
  if (!start) return Seconds(0);
  const Instant until = end_of(row).value_or(row.context->now);
  return std::max(Seconds(0), until - *start - suspended_until(row, *start, until));
}

Seconds planned(const SacctRow& row) {
  const JobTimes& times = row.the_job().times;
  if (!times.eligible) return Seconds(0);
  const Instant until = times.started.value_or(times.ended.value_or(row.context->now));
  return std::max(Seconds(0), until - *times.eligible);
}

std::uint32_t cpus_of(const SacctRow& row) {
  if (row.step) return row.step->cpu_count;
  return row.view().cpu_count;
}

std::uint32_t cpus_asked(const SacctRow& row) {
  return row.step ? row.step->cpu_count : cpus_asked(row.spec().resources);
}

std::string job_id_text(const SacctRow& row) {
  std::string id = job_name_text(row.the_job(), row.context->task_text_max);
  return row.step ? id + "." + to_string(row.step->step.id) : id;
}

std::string raw_job_id_text(const SacctRow& row) {
  const std::string id = to_string(row.the_job().id);
  return row.step ? id + "." + to_string(row.step->step.id) : id;
}

std::string layout_text(const SacctRow& row) {
  const std::string& layout = row.step->step.layout;
  return layout.empty() ? "Unknown" : layout;
}

std::string state_text(const SacctRow& row) {
  constexpr std::string_view ends[] = {"", "REQUEUED", "NODE_FAIL", "PREEMPTED", "RESIZING"};
  if (row.step && row.step->resized) return "RESIZING";
  if (!row.step && row.job->record.life_end != LifeEnd::none)
    return std::string(ends[static_cast<std::size_t>(row.job->record.life_end)]);
  // No record tells of a step when its job is suspended, or goes on.
  const bool stands = row.the_job().state == JobState::suspended && row.step && !row.step->step.ended;
  const JobState state = row.step && !stands ? row.step->state : row.the_job().state;
  const std::string name(state_name(state));
  if (state != JobState::cancelled || row.step) return name;
  return fmt::format("{} by {}", name, row.the_job().cancelled_by.value);
}

std::string exit_text(const ExitCode& exit) { return fmt::format("{}:{}", exit.status, exit.signal); }

std::string instant_or(const SacctRow& row, const std::optional<Instant>& instant, const char* absent) {
  return instant ? instant_text(*instant, *row.context->zone) : absent;
}

std::string tres_by_name(const SacctContext& context, const std::string& text) {
  std::vector<std::string> parts;
  for (const std::string_view part : split_commas(text)) {
    const auto pair = split_once(part, '=');
    const bool memory = pair && pair->first == "mem";
    parts.push_back(memory ? "mem=" + memory_in(context, pair->second) : std::string(part));
  }
  std::sort(parts.begin(), parts.end());
  return join(parts, ",");
}

std::string one_tres(const std::string& text, std::string_view name) {
  for (const std::string_view part : split_commas(text))
    if (const auto pair = split_once(part, '='); pair && pair->first == name) return std::string(pair->second);
  return "";
}

std::string requested_memory(const SacctContext& context, const std::string& tres) {
  return memory_in(context, one_tres(tres, "mem"));
}

FileNames expanded_files_of(const SacctRow& row) {
  const JobSpec& spec = row.spec();
  FileNames names = file_names_of(row.view());
  if (!spec.policy.batch) names.output.clear();
  if (!spec.policy.batch || spec.launch.error.empty()) names.error.clear();
  return names;
}

FileNames files_of(const SacctRow& row) {
  if (row.context->expand_patterns) return expanded_files_of(row);
  const LaunchSpec& launch = row.spec().launch;
  const char* usual = row.spec().array ? "slurm-%A_%a.out" : "slurm-%j.out";
  std::string output = launch.output.empty() ? usual : launch.output;
  if (!output.starts_with('/')) output = launch.work_dir + "/" + output;
  if (!row.spec().policy.batch) output.clear();
  return {output, launch.error, launch.input.empty() ? "/dev/null" : launch.input};
}

std::vector<std::string_view> job_flags(const Job& job) {
  constexpr std::string_view starters[] = {"", "SchedSubmit", "SchedMain", "SchedBackfill"};
  std::vector<std::string_view> flags;
  if (!job.times.started) return flags;
  if (job.started_by != StartedBy::unknown) flags.push_back(starters[static_cast<std::size_t>(job.started_by)]);
  flags.emplace_back("StartReceived");
  return flags;
}

CpuTimes cpu_times(const SacctRow& row) {
  CpuTimes sum;
  if (!row.with_steps) return sum;
  for (const StepRecord& step : row.job->steps) {
    if (!step.usage || (row.step && row.step != &step)) continue;
    sum.user_us += step.usage->user_us;
    sum.system_us += step.usage->system_us;
  }
  return sum;
}

std::string cpu_time_text(std::uint64_t us) {
  constexpr std::uint64_t second = 1'000'000;
  const std::uint64_t seconds = us / second;
  if (us == 0 || seconds >= 3600) return duration_long(Seconds(static_cast<std::int64_t>(seconds)));
  return fmt::format("{:02}:{:02}.{:03}", seconds / 60, seconds % 60, us % second / 1000);
}

std::string usage_text(const SacctRow& row, UsageKind kind, UsagePart part) {
  if (!row.step || !row.step->usage || row.step->usage->tasks == 0) return "";
  const StepUsage& usage = *row.step->usage;
  const UsageFigure& figure = usage.of(kind);
  switch (part) {
    case UsagePart::max:
      return amount_text(row, kind, figure.max);
    case UsagePart::min:
      return amount_text(row, kind, figure.min);
    case UsagePart::average:
      return amount_text(row, kind, figure.total / usage.tasks);
    case UsagePart::total:
      return amount_text(row, kind, figure.total);
    case UsagePart::max_node:
      return node_of(*row.step, kind, false);
    case UsagePart::min_node:
      return node_of(*row.step, kind, true);
    case UsagePart::max_task:
      return fmt::to_string(figure.max_task);
    case UsagePart::min_task:
      return fmt::to_string(figure.min_task);
  }
  return "";
}

std::string tres_usage_text(const SacctRow& row, bool out, UsagePart part) {
  std::string text;
  for (const KindRow& kind : usage_rows) {
    if (kind.out != out) continue;
    const std::string value = usage_text(row, kind.kind, part);
    if (!value.empty()) text += fmt::format("{}{}={}", text.empty() ? "" : ",", kind.tres, value);
  }
  return text;
}

std::uint32_t association_of(const FoundJob& job, const AccountBook& book) {
  const JobSpec& spec = *job.record.view.job.spec;
  const Association* found =
      book.find(job.cluster, spec.labels.account, spec.owner.user_name, job.record.view.partition);
  if (!found) found = book.find(job.cluster, spec.labels.account, spec.owner.user_name);
  return found ? found->id : 0;
}

std::string association_text(const SacctRow& row) {
  return row.context->book ? std::to_string(association_of(*row.job, *row.context->book)) : "";
}

std::string qos_number(const SacctRow& row) {
  const Qos* qos = row.context->book ? row.context->book->find_qos(row.spec().labels.qos) : nullptr;
  return qos ? std::to_string(qos->id) : "";
}

// One that he has by default has an asterisk before it.
std::string wckey_number(const SacctRow& row) {
  if (!row.context->book) return "";
  std::string_view name = row.spec().labels.wckey;
  if (name.starts_with('*')) name.remove_prefix(1);
  for (const WcKeyRow& one : row.context->book->wckeys)
    if (one.name == name && one.user == row.spec().owner.user_name && one.cluster == row.job->cluster)
      return std::to_string(one.id);
  return "0";
}

}  // namespace slurmxx
