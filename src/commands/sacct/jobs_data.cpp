// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The order is that of sacct's fields. Members that no record of ours has are written as the description's "not there".
#include "commands/sacct/jobs_data.h"

#include <algorithm>

#include "cli/data_answer.h"
#include "cli/exit_data.h"
#include "commands/sacct/row_text.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"
#include "core/tres/tres.h"

namespace slurmxx {
namespace {

using R = const SacctRow&;
using V = DataValue;
using Writes = std::function<void(DataWriter&)>;

constexpr std::int64_t us_a_second = 1'000'000;

struct JobDataRow : SacctRow {
  std::vector<SacctRow> steps;
};
using J = const JobDataRow&;

V text_none(R) { return std::string(); }
V zero(R) { return std::int64_t{0}; }
V unset(R) { return DataNumber{}; }
std::int64_t seconds_of(const std::optional<Instant>& at) { return at ? at->seconds : 0; }

// As the accounting database numbers them; 0: it does not have it.
std::int64_t tres_id(const SacctContext& context, std::string_view type, std::string_view name) {
  if (!context.book) return 0;
  const auto& known = context.book->tres;
  const auto row =
      std::ranges::find_if(known, [&](const TresRow& one) { return one.type == type && one.name == name; });
  return row == known.end() ? 0 : std::int64_t{row->id};
}

// Opens the object of one resource, for members of its own; gres/gpu is of type gres with the name gpu.
void begin_tres(DataWriter& w, const SacctContext& context, const TresCount& tres) {
  const auto kind = split_once(tres.name, '/');
  const std::string_view type = kind ? kind->first : std::string_view(tres.name), name = kind ? kind->second : "";
  w.begin_object();
  w.member("type", type);
  w.member("name", name);
  w.member("id", tres_id(context, type, name));
  w.member("count", static_cast<std::int64_t>(tres.count));
}

Writes tres_list(R row, const std::string& text) {
  return [text, context = row.context](DataWriter& w) {
    w.begin_array();
    for (const std::string_view part : split_commas(text)) {
      const auto pair = split_once(part, '=');
      const auto counts = parse_tres(part);
      if (!pair || !counts) continue;
      begin_tres(w, *context, {std::string(pair->first), (*counts)[pair->first]});
      w.end_object();
    }
    w.end_array();
  };
}

struct UsageRow {
  const char* name;
  UsageKind kind;
};
constexpr UsageRow consumed[] = {{"cpu", UsageKind::cpu},
                                 {"mem", UsageKind::memory},
                                 {"vmem", UsageKind::vmem},
                                 {"pages", UsageKind::pages},
                                 {"fs/disk", UsageKind::disk_read}};
constexpr UsageRow written[] = {{"fs/disk", UsageKind::disk_write}};

// What tasks used: `requested` went in, `consumed` came out, as the description has it.
template <UsagePart part, bool out>
V usage(R row) {
  return Writes([step = row.step, context = row.context](DataWriter& w) {
    const auto one = [&](const UsageRow& what) {
      const UsageFigure& figure = step->usage->of(what.kind);
      const std::uint64_t tasks = std::max(1U, step->usage->tasks);
      const std::uint64_t count = part == UsagePart::total     ? figure.total
                                  : part == UsagePart::average ? figure.total / tasks
                                  : part == UsagePart::max     ? figure.max
                                                               : figure.min;
      begin_tres(w, *context, {what.name, count});
      if (part == UsagePart::max || part == UsagePart::min) {
        const auto place = static_cast<std::size_t>(what.kind) + (part == UsagePart::max ? 0 : usage_kinds);
        w.member("node", place < step->usage_nodes.size() ? step->usage_nodes[place] : std::string());
        w.member("task", part == UsagePart::max ? figure.max_task : figure.min_task);
      }
      w.end_object();
    };
    w.begin_array();
    if (step->usage && out) std::for_each(std::begin(written), std::end(written), one);
    if (step->usage && !out) std::for_each(std::begin(consumed), std::end(consumed), one);
    w.end_array();
  });
}

std::int64_t user_us(R row) { return static_cast<std::int64_t>(cpu_times(row).user_us); }
std::int64_t system_us(R row) { return static_cast<std::int64_t>(cpu_times(row).system_us); }

V flag_words(J row) {
  constexpr std::pair<std::string_view, const char*> names[] = {{"SchedSubmit", "STARTED_ON_SUBMIT"},
                                                                {"SchedMain", "STARTED_ON_SCHEDULE"},
                                                                {"SchedBackfill", "STARTED_ON_BACKFILL"},
                                                                {"StartReceived", "START_RECEIVED"}};
  DataWords words;
  const auto flags = job_flags(row.the_job());
  for (const auto& [flag, name] : names)
    if (std::ranges::find(flags, flag) != flags.end()) words.emplace_back(name);
  return words;
}

DataWords node_names(R row) {
  auto names = expand_hostlist(row.step->nodes);
  return names ? DataWords(names->begin(), names->end()) : DataWords{};
}

std::string state_word(R row) {  // without by whom
  const std::string text = state_text(row);
  return text.substr(0, text.find(' '));
}

bool has_ended(R row) { return end_of(row).has_value(); }
std::string killer(R row) {
  const bool cancelled = row.the_job().state == JobState::cancelled;
  return cancelled && row.context->user_name ? row.context->user_name(row.the_job().cancelled_by) : "";
}

constexpr DataField<SacctRow> step_fields[] = {
    {"time.elapsed", [](R r) -> V { return elapsed(r).value; }},
    {"time.end", [](R r) -> V { return number_of(end_of(r)); }},
    {"time.start", [](R r) -> V { return number_of(start_of(r)); }},
    {"time.suspended", zero},
    {"time.system.seconds", [](R r) -> V { return system_us(r) / us_a_second; }},
    {"time.system.microseconds", [](R r) -> V { return system_us(r) % us_a_second; }},
    {"time.limit", unset},
    {"time.total.seconds", [](R r) -> V { return (user_us(r) + system_us(r)) / us_a_second; }},
    {"time.total.microseconds", [](R r) -> V { return (user_us(r) + system_us(r)) % us_a_second; }},
    {"time.user.seconds", [](R r) -> V { return user_us(r) / us_a_second; }},
    {"time.user.microseconds", [](R r) -> V { return user_us(r) % us_a_second; }},
    {"exit_code.status", [](R r) -> V { return exit_words(r.step->step.exit, has_ended(r)); }},
    {"exit_code.return_code", [](R r) -> V { return number_of(r.step->step.exit.status); }},
    {"exit_code.signal.id", [](R r) -> V { return signal_number(r.step->step.exit); }},
    {"exit_code.signal.name", [](R r) -> V { return signal_name(r.step->step.exit); }},
    {"nodes.count", [](R r) -> V { return std::int64_t{r.step->node_count}; }},
    {"nodes.range", [](R r) -> V { return r.step->nodes; }},
    {"nodes.list", [](R r) -> V { return node_names(r); }},
    {"tasks.count", [](R r) -> V { return std::int64_t{r.step->step.tasks}; }},
    {"CPU.requested_frequency.min", unset},
    {"CPU.requested_frequency.max", unset},
    {"CPU.governor", [](R) -> V { return std::string("0"); }},
    {"kill_request_user", text_none},
    {"state", [](R r) -> V { return DataWords{state_word(r)}; }},
    {"statistics.CPU.actual_frequency", zero},
    {"statistics.energy.consumed", unset},
    {"step.id", [](R r) -> V { return raw_job_id_text(r); }},
    {"step.name", [](R r) -> V { return r.step->step.name; }},
    {"step.stderr", text_none},
    {"step.stdin", text_none},
    {"step.stdout", text_none},
    {"step.stderr_expanded", text_none},
    {"step.stdin_expanded", text_none},
    {"step.stdout_expanded", text_none},
    {"submit_line", [](R r) -> V { return r.step->submit_line; }},
    {"task.distribution", [](R r) -> V { return layout_text(r); }},
    {"tres.requested.max", usage<UsagePart::max, false>},
    {"tres.requested.min", usage<UsagePart::min, false>},
    {"tres.requested.average", usage<UsagePart::average, false>},
    {"tres.requested.total", usage<UsagePart::total, false>},
    {"tres.consumed.max", usage<UsagePart::max, true>},
    {"tres.consumed.min", usage<UsagePart::min, true>},
    {"tres.consumed.average", usage<UsagePart::average, true>},
    {"tres.consumed.total", usage<UsagePart::total, true>},
    {"tres.allocated", [](R r) -> V { return tres_list(r, r.step->allocated_tres); }},
};

// "*key", or "*" alone: the user named none.
bool is_default_wckey(J row) { return row.spec().labels.wckey.starts_with('*'); }

// The text that -o FIELD prints.
std::string field_text(J row, std::string_view name) {
  for (const SacctField& field : sacct_fields())
    if (field.name == name) return field.text(row);
  return "";
}

DataNumber task_number(J row) {
  const auto& array = row.the_job().array;
  const bool one = array && array->tasks.size() == 1;
  return one ? DataNumber{array->tasks.front(), false} : DataNumber{};
}

DataNumber memory_of(const std::optional<MebiBytes>& size) {
  return size ? DataNumber{size->value, false} : DataNumber{};
}

Writes association(J row) {
  return [&row](DataWriter& w) {
    w.begin_object();
    w.member("account", row.spec().labels.account);
    w.member("cluster", row.job->cluster);
    w.member("partition", "");
    w.member("user", row.spec().owner.user_name);
    w.member("id", std::int64_t{row.context->book ? association_of(*row.job, *row.context->book) : 0});
    w.end_object();
  };
}

Writes steps_of(J row) {
  return [&row](DataWriter& w) {
    write_array<SacctRow>(w, step_fields, row.steps, [](const SacctRow& step) { return step; });
  };
}

constexpr DataField<JobDataRow> job_fields[] = {
    {"account", [](J r) -> V { return r.spec().labels.account; }},
    {"comment.administrator", [](J r) -> V { return r.spec().labels.admin_comment; }},
    {"comment.job", [](J r) -> V { return r.spec().labels.comment; }},
    {"comment.system", [](J) -> V { return std::string(); }},
    {"allocation_nodes", [](J r) -> V { return std::int64_t{start_of(r) ? r.view().node_count : 0}; }},
    {"array.job_id", [](J r) -> V { return std::int64_t{r.the_job().array ? r.the_job().array->array.value : 0}; }},
    {"array.limits.max.running.tasks",
     [](J r) -> V { return std::int64_t{r.spec().array ? r.spec().array->throttle : 0}; }},
    {"array.task_id", [](J r) -> V { return task_number(r); }},
    {"array.task", [](J) -> V { return std::string(); }},
    {"association", [](J r) -> V { return association(r); }},
    {"block", [](J) -> V { return std::string(); }},
    {"cluster", [](J r) -> V { return r.job->cluster; }},
    {"constraints", [](J r) -> V { return r.spec().placement.features; }},
    {"container", [](J) -> V { return std::string(); }},
    {"derived_exit_code.status", [](J r) -> V { return exit_words(r.the_job().exit_of_steps, has_ended(r)); }},
    {"derived_exit_code.return_code", [](J r) -> V { return number_of(r.the_job().exit_of_steps.status); }},
    {"derived_exit_code.signal.id", [](J r) -> V { return signal_number(r.the_job().exit_of_steps); }},
    {"derived_exit_code.signal.name", [](J r) -> V { return signal_name(r.the_job().exit_of_steps); }},
    {"time.elapsed", [](J r) -> V { return elapsed(r).value; }},
    {"time.eligible", [](J r) -> V { return seconds_of(r.the_job().times.eligible); }},
    {"time.end", [](J r) -> V { return seconds_of(end_of(r)); }},
    {"time.planned",
     [](J r) -> V {
       return DataNumber{planned(r).value, false};
     }},
    {"time.start", [](J r) -> V { return seconds_of(start_of(r)); }},
    {"time.submission", [](J r) -> V { return r.the_job().times.submitted.seconds; }},
    {"time.suspended", [](J r) -> V { return r.job->record.suspended.value; }},
    {"time.system.seconds", [](J r) -> V { return system_us(r) / us_a_second; }},
    {"time.system.microseconds", [](J r) -> V { return system_us(r) % us_a_second; }},
    {"time.limit", [](J r) -> V { return number_of(r.view().time_limit); }},
    {"time.total.seconds", [](J r) -> V { return (user_us(r) + system_us(r)) / us_a_second; }},
    {"time.total.microseconds", [](J r) -> V { return (user_us(r) + system_us(r)) % us_a_second; }},
    {"time.user.seconds", [](J r) -> V { return user_us(r) / us_a_second; }},
    {"time.user.microseconds", [](J r) -> V { return user_us(r) % us_a_second; }},
    {"exclusive", [](J r) -> V { return field_text(r, "Exclusive"); }},
    {"exit_code.status", [](J r) -> V { return exit_words(r.the_job().exit, has_ended(r)); }},
    {"exit_code.return_code", [](J r) -> V { return number_of(r.the_job().exit.status); }},
    {"exit_code.signal.id", [](J r) -> V { return signal_number(r.the_job().exit); }},
    {"exit_code.signal.name", [](J r) -> V { return signal_name(r.the_job().exit); }},
    {"extra", [](J r) -> V { return r.spec().labels.extra; }},
    {"failed_node", [](J) -> V { return std::string(); }},
    {"flags", flag_words},
    {"group", [](J r) -> V { return r.spec().owner.group_name; }},
    {"het.job_id", [](J r) -> V { return std::int64_t{r.spec().het ? r.spec().het->leader.value : 0}; }},
    {"het.job_offset",
     [](J r) -> V {
       return r.spec().het ? DataNumber{r.spec().het->offset, false} : DataNumber{};
     }},
    {"hold", [](J r) -> V { return r.the_job().hold != Hold::none; }},
    {"job_id", [](J r) -> V { return std::int64_t{r.the_job().id.value}; }},
    {"kill_request_user", [](J r) -> V { return killer(r); }},
    {"licenses", [](J r) -> V { return r.spec().labels.licenses; }},
    {"mcs.label", [](J) -> V { return std::string(); }},
    {"name", [](J r) -> V { return r.spec().labels.name; }},
    {"nodes", [](J r) -> V { return field_text(r, "NodeList"); }},
    {"original_sluid", [](J) -> V { return std::string(); }},
    {"oversubscribe", [](J r) -> V { return field_text(r, "OverSubscribe"); }},
    {"partition", [](J r) -> V { return r.view().partition; }},
    {"priority",
     [](J r) -> V {
       return DataNumber{r.view().priority, false};
     }},
    {"qos", [](J r) -> V { return r.spec().labels.qos; }},
    {"qosreq", [](J r) -> V { return r.spec().labels.qos; }},
    {"required.CPUs", [](J r) -> V { return std::int64_t{cpus_asked(r)}; }},
    {"required.memory_per_cpu", [](J r) -> V { return memory_of(r.spec().resources.memory_per_cpu); }},
    {"required.memory_per_node", [](J r) -> V { return memory_of(r.spec().resources.memory_per_node); }},
    {"reservation.id",
     [](J r) -> V { return std::int64_t{r.the_job().allocation ? r.the_job().allocation->reservation_number : 0}; }},
    {"reservation.name", [](J r) -> V { return reservation_of(r.the_job()); }},
    {"reservation.requested", [](J r) -> V { return r.spec().labels.reservation; }},
    {"restart_cnt", [](J r) -> V { return std::int64_t{r.the_job().restarts}; }},
    {"script", [](J) -> V { return std::string(); }},
    {"segment_size", [](J) -> V { return std::int64_t{0}; }},
    {"sluid", [](J r) -> V { return field_text(r, "SLUID"); }},
    {"state.current", [](J r) -> V { return DataWords{state_word(r)}; }},
    {"state.reason", [](J r) -> V { return field_text(r, "Reason"); }},
    {"stderr", [](J r) -> V { return r.spec().launch.error; }},
    {"stderr_expanded", [](J r) -> V { return expanded_files_of(r).error; }},
    {"stdin", [](J r) -> V { return field_text(r, "StdIn"); }},
    {"stdin_expanded", [](J r) -> V { return expanded_files_of(r).input; }},
    {"stdout", [](J r) -> V { return field_text(r, "StdOut"); }},
    {"stdout_expanded", [](J r) -> V { return expanded_files_of(r).output; }},
    {"steps", [](J r) -> V { return steps_of(r); }},
    {"submit_line", [](J r) -> V { return r.spec().labels.submit_line; }},
    {"tres.allocated", [](J r) -> V { return tres_list(r, start_of(r) ? r.view().allocated_tres : ""); }},
    {"tres.requested", [](J r) -> V { return tres_list(r, r.view().requested_tres); }},
    {"used_gres", [](J) -> V { return std::string(); }},
    {"user", [](J r) -> V { return r.spec().owner.user_name; }},
    {"wckey.wckey", [](J r) -> V { return std::string(r.spec().labels.wckey, is_default_wckey(r) ? 1 : 0); }},
    {"wckey.flags", [](J r) -> V { return is_default_wckey(r) ? DataWords{"ASSIGNED_DEFAULT"} : DataWords{}; }},
    {"working_directory", [](J r) -> V { return r.spec().launch.work_dir; }},
};

}  // namespace

void write_accounted_jobs(const FoundJobs& jobs, const JobSieve& sieve, const SacctContext& context,
                          const DataTarget& to) {
  std::vector<JobDataRow> rows;
  for (const auto& found : jobs) {
    const FoundJob& job = *found;
    if (!sieve.wants_job_line(job)) continue;
    JobDataRow row;
    static_cast<SacctRow&>(row) = {&job, nullptr, &context};
    for (const StepRecord& step : job.steps)
      if (sieve.passes(job, step)) row.steps.push_back({&job, &step, &context});
    rows.push_back(std::move(row));
  }
  write_answer("jobs", to, [&](DataWriter& w) {
    w.begin_array();
    for (const JobDataRow& row : rows) write_fields<JobDataRow>(w, job_fields, row);
    w.end_array();
  });
}

}  // namespace slurmxx
