// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/squeue/run.h"

#include <fmt/format.h>

#include "cli/job_data.h"
#include "cli/job_fields.h"
#include "commands/squeue/job_filter.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

constexpr const char* short_jobs = "%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R";
constexpr const char* long_jobs = "%.18i %.9P %.8j %.8u %.8T %.10M %.9l %.6D %R";
constexpr const char* start_jobs = "%.18i %.9P %.8j %.8u %.2t %.19S %.6D %20Y %R";
constexpr const char* short_steps = "%.15i %.8j %.9P %.8u %.9M %N";
constexpr const char* long_steps = "%.15i %.8j %.9P %.8u %.9l %.9M %N";

void error_lines(const Output& output, std::string_view text) {
  for (std::string_view line : split(text, '\n'))
    output.error_line(line.empty() ? "" : fmt::format("squeue: error: {}", line));
}

// One kind of table: its fields, the formats it has by default, and its order.
template <class Row>
struct Table {
  std::span<const Field<Row>> fields;
  const char* kind;
  const char* format;
  const char* sort;
};

template <class Row>
int print_table(const Table<Row>& table, const SqueueOutput& wanted, std::vector<Row>& rows, const Output& output) {
  const std::vector<FieldName> names = field_names(table.fields);
  const bool by_name = !wanted.format_names.empty();
  const std::string letters = wanted.format.empty() ? table.format : wanted.format;
  FormatParse parsed =
      by_name ? parse_names(names, wanted.format_names, table.kind) : parse_letters(names, letters, table.kind);
  parsed.format.colour = output.colour;
  for (const std::string& complaint : parsed.complaints)
    output.error_line(by_name ? "squeue: error: " + complaint : complaint);
  auto keys = parse_sort(names, wanted.sort.empty() ? table.sort : wanted.sort);
  if (!keys) {
    error_lines(output, text_of(keys.error()));
    return 1;
  }
  sort_rows<Row>(*keys, table.fields, rows);

  std::string text;
  if ((wanted.long_format && wanted.header) || wanted.iterate) text += ctime_text(output.now, *output.zone) + "\n";
  if (wanted.header) text += heading_line(parsed.format, names);
  for (const Row& row : rows) append_row<Row>(parsed.format, table.fields, row, text);
  output.print(text);
  return 0;
}

// What one answer holds that passed the filter.
struct Shown {
  const SqueueOptions& options;
  const std::vector<const JobView*>& views;
  const JobFilter& filter;
  const RowContext& context;
};

// One row a job, with --array one for each task that waits; with --priority one for each partition that a waiting job
// asks for.
void add_job(const JobView& view, const Shown& shown, std::vector<JobRow>& rows) {
  if ((shown.options.output.array || shown.options.output.array_unique) && view.job.waits_as_array()) {
    view.job.array->tasks.for_each([&](std::uint32_t task) {
      if (shown.filter.matches_task(view.job, task)) rows.push_back({&view, &shown.context, view.partition, task});
      return true;
    });
    return;
  }
  if (!shown.options.output.priority || view.job.state != JobState::pending) {
    rows.push_back({&view, &shown.context, view.partition});
    return;
  }
  for (std::string_view partition : split(view.partition, ','))
    if (shown.filter.matches_partition(partition)) rows.push_back({&view, &shown.context, std::string(partition)});
}

int print_jobs(const Shown& shown, const Output& output) {
  std::vector<JobRow> rows;
  rows.reserve(shown.views.size());
  for (const JobView* view : shown.views) add_job(*view, shown, rows);
  const SqueueOutput& wanted = shown.options.output;
  const Table<JobRow> table{job_fields(), "job",
                            wanted.start         ? start_jobs
                            : wanted.long_format ? long_jobs
                                                 : short_jobs,
                            wanted.start ? "S" : "P,t,-p"};
  return print_table(table, wanted, rows, output);
}

int print_steps(const Shown& shown, const Output& output) {
  std::vector<std::vector<Step>> steps;
  steps.reserve(shown.views.size());
  std::vector<StepRow> rows;
  for (const JobView* view : shown.views) {
    steps.push_back(live_steps(*view));
    for (const Step& step : steps.back())
      if (shown.filter.matches_step(view->job, step)) rows.push_back({view, &step, &shown.context});
  }
  const Table<StepRow> table{step_fields(), "job step", shown.options.output.long_format ? long_steps : short_steps,
                             "P,i"};
  return print_table(table, shown.options.output, rows, output);
}

int lost(const Error& error, const Output& output) {
  output.error_line("slurm_load_jobs error: " + text_of(error));
  return 1;
}

// A single job can be asked for by its number; more are found in the whole queue, unknown ones in silence.
JobsRequest request_for(const JobFilter& filter, bool with_steps) {
  JobsRequest request{.ids = {}, .with_steps = with_steps};
  if (filter.jobs.size() == 1) request.ids = {filter.jobs.front().job};
  if (filter.users) request.users.assign(filter.users->begin(), filter.users->end());
  request.live = std::none_of(filter.states.states.begin(), filter.states.states.end(), is_ended);
  return request;
}

}  // namespace

int run_squeue(const SqueueOptions& options, ControllerClient& controller, const Output& output) {
  if (const Status here = only_own_cluster(options.clusters, output); !here) {
    error_lines(output, text_of(here.error()));
    return 1;
  }
  auto filter = make_job_filter(options, {output.caller, output.user_id, output.config});
  if (!filter) {
    error_lines(output, text_of(filter.error()));
    return 1;
  }
  for (const std::string& complaint : filter->complaints) error_lines(output, complaint);
  const bool steps = options.filter.steps_given;
  auto reply = ask<JobsReply>(controller, request_for(*filter, steps), output);
  if (!reply) return lost(reply.error(), output);

  std::vector<const JobView*> views;
  for (auto view = reply->jobs.rbegin(); view != reply->jobs.rend(); ++view)
    if (filter->matches(*view, reply->now)) {
      narrow_to(filter->jobs, view->job);
      views.push_back(&*view);
    }
  if (options.verbose > 0)
    output.error_line(fmt::format("squeue: {} jobs received, {} of them asked for", reply->jobs.size(), views.size()));
  const RowContext context{reply->now, output.zone, options.output.noconvert, output.meta.cluster};
  if (options.output.json || options.output.yaml) {
    write_jobs(views, context, options.output.yaml ? DataFormat::yaml : DataFormat::json, output);
    return 0;
  }
  if (!options.clusters.empty() && options.output.header) output.line("CLUSTER: " + output.meta.cluster);
  const Shown shown{options, views, *filter, context};
  return steps ? print_steps(shown, output) : print_jobs(shown, output);
}

}  // namespace slurmxx
