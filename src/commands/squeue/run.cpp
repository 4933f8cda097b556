// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/squeue/run.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/job_data.h"
#include "cli/job_fields.h"
#include "cli/task_text.h"
#include "commands/squeue/job_filter.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

constexpr const char* short_jobs = "%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R";
constexpr const char* long_jobs = "%.18i %.9P %.8j %.8u %.8T %.10M %.9l %.6D %R";
constexpr const char* start_jobs = "%.18i %.9P %.8j %.8u %.2t %.19S %.6D %20Y %R";
constexpr std::string_view in_brief_rows = "aeijlpqrtuACDFGKLMNPQRSTUVY";  // what they have (JobsRequest::brief)
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

// Rows are written as they come, and brought into their order at the end.
template <class Row>
class Listing {
 public:
  Listing(const Table<Row>& table, const SqueueOutput& wanted, const Output& output)
      : table_(table), wanted_(wanted), output_(output), names_(field_names(table.fields)) {
    const std::string letters = wanted.format.empty() ? table.format : wanted.format;
    parsed_ =
        by_name() ? parse_names(names_, wanted.format_names, table.kind) : parse_letters(names_, letters, table.kind);
    parsed_.format.colour = output.colour;
    keys_ = wanted.sort.empty() ? parse_sort(names_, table.sort)
                                : parse_sort(names_, wanted.sort, ConfiguredOrder::refused);
  }

  void clear() { text_.clear(), values_.clear(), lines_.clear(); }

  // Whether these letters are all that is shown and sorted by.
  bool does_with(std::string_view letters) const {
    const auto is_one = [&](std::size_t field) {
      return field == Column::no_field ||
             (table_.fields[field].letter && letters.find(table_.fields[field].letter) != letters.npos);
    };
    return keys_ && std::ranges::all_of(*keys_, is_one, &SortKey::field) &&
           std::ranges::all_of(parsed_.format.columns, is_one, &Column::field);
  }

  // Rows that have the same values: those of the latest job come first, and the rows of a job as they came.
  void add(std::uint32_t job, const Row& row) {
    if (!keys_) return;
    lines_.push_back({job, text_.size()});
    append_row<Row>(parsed_.format, table_.fields, row, text_);
    for (const SortKey& key : *keys_) values_.push_back(value_of<Row>(key, table_.fields, row));
  }

  int print() const {
    for (const std::string& complaint : parsed_.complaints)
      output_.error_line(by_name() ? "squeue: error: " + complaint : complaint);
    if (!keys_) {
      error_lines(output_, text_of(keys_.error()));
      return 1;
    }
    std::string text;
    if ((wanted_.long_format && wanted_.header) || wanted_.iterate)
      text += ctime_text(output_.now, *output_.zone) + "\n";
    if (wanted_.header) text += heading_line(parsed_.format, names_);
    text.reserve(text.size() + text_.size());
    const auto first = [&](std::uint32_t a, std::uint32_t b) {
      return lines_[a].job != lines_[b].job ? lines_[a].job > lines_[b].job : a < b;
    };
    for (const std::uint32_t place : sorted_places(*keys_, values_, lines_.size(), first)) {
      const std::size_t end = place + 1 < lines_.size() ? lines_[place + 1].begin : text_.size();
      text.append(text_, lines_[place].begin, end - lines_[place].begin);
    }
    output_.print(text);
    return 0;
  }

 private:
  bool by_name() const { return !wanted_.format_names.empty(); }

  struct Line {
    std::uint32_t job;  // place among all
    std::size_t begin;  // in the text
  };
  Table<Row> table_;
  const SqueueOutput& wanted_;
  const Output& output_;
  std::vector<FieldName> names_;
  FormatParse parsed_;
  Result<std::vector<SortKey>> keys_ = fail(Errc::error);
  std::string text_;
  std::vector<SortValue> values_;  // of each line, one for each key
  std::vector<Line> lines_;
};

// What an answer holds that passes the filter.
class Listed : public JobsTaker {
 public:
  Listed(const SqueueOptions& options, const JobFilter& filter, const Output& output)
      : options_(options), filter_(filter), output_(output) {}

  void begin() override {
    received = shown = 0;
    restart();
  }
  void take(JobsReply part) override {
    const RowContext context{part.now, output_.zone, options_.output.noconvert, output_.meta.cluster,
                             task_text_room(output_)};
    for (JobView& view : part.jobs) {
      ++received;
      if (!filter_.matches(view, part.now)) continue;
      narrow_to(filter_.jobs, view.job);
      add(++shown, view, context);
    }
  }
  virtual int print() const = 0;
  virtual bool does_with_brief_rows() const { return false; }

  std::uint32_t received = 0, shown = 0;

 protected:
  virtual void restart() = 0;
  virtual void add(std::uint32_t place, const JobView& view, const RowContext& context) = 0;

  const SqueueOptions& options_;
  const JobFilter& filter_;
  const Output& output_;
};

class ListedJobs : public Listed {
 public:
  ListedJobs(const SqueueOptions& options, const JobFilter& filter, const Output& output)
      : Listed(options, filter, output), listing_(table_for(options.output), options.output, output) {}
  int print() const override { return listing_.print(); }
  bool does_with_brief_rows() const override { return listing_.does_with(in_brief_rows); }

 private:
  static Table<JobRow> table_for(const SqueueOutput& wanted) {
    const char* format = wanted.start ? start_jobs : wanted.long_format ? long_jobs : short_jobs;
    return {job_fields(), "job", format, wanted.start ? "S" : "P,t,-p"};
  }
  void restart() override { listing_.clear(); }

  // One row a job, with --array one for each task that waits; with --priority one for each partition that a waiting job
  // asks for.
  void add(std::uint32_t place, const JobView& view, const RowContext& context) override {
    if ((options_.output.array || options_.output.array_unique) && view.job.waits_as_array()) {
      view.job.array->tasks.for_each([&](std::uint32_t task) {
        if (filter_.matches_task(view.job, task)) listing_.add(place, {&view, &context, view.partition, task});
        return true;
      });
      return;
    }
    if (!options_.output.priority || view.job.state != JobState::pending)
      return listing_.add(place, {&view, &context, view.partition});
    for (std::string_view partition : split(view.partition, ','))
      if (filter_.matches_partition(partition)) listing_.add(place, {&view, &context, std::string(partition)});
  }

  Listing<JobRow> listing_;
};

class ListedSteps : public Listed {
 public:
  ListedSteps(const SqueueOptions& options, const JobFilter& filter, const Output& output)
      : Listed(options, filter, output),
        listing_({step_fields(), "job step", options.output.long_format ? long_steps : short_steps, "P,i"},
                 options.output, output) {}
  int print() const override { return listing_.print(); }

 private:
  void restart() override { listing_.clear(); }
  void add(std::uint32_t place, const JobView& view, const RowContext& context) override {
    for (const Step& step : live_steps(view))
      if (filter_.matches_step(view.job, step)) listing_.add(place, {&view, &step, &context});
  }

  Listing<StepRow> listing_;
};

// --json and --yaml, of whole jobs.
class ListedData : public Listed {
 public:
  using Listed::Listed;
  int print() const override {
    std::vector<const JobView*> views;
    for (auto view = views_.rbegin(); view != views_.rend(); ++view) views.push_back(&*view);
    const RowContext context{now_, output_.zone, options_.output.noconvert, output_.meta.cluster,
                             task_text_room(output_)};
    write_jobs(views, context, options_.output.yaml ? DataFormat::yaml : DataFormat::json, output_);
    return 0;
  }

 private:
  void restart() override { views_.clear(); }
  void add(std::uint32_t, const JobView& view, const RowContext& context) override {
    now_ = context.now;
    views_.push_back(view);
  }

  Instant now_;
  std::vector<JobView> views_;
};

std::unique_ptr<Listed> listed(const SqueueOptions& options, const JobFilter& filter, const Output& output) {
  if (options.output.json || options.output.yaml) return std::make_unique<ListedData>(options, filter, output);
  if (options.filter.steps_given) return std::make_unique<ListedSteps>(options, filter, output);
  return std::make_unique<ListedJobs>(options, filter, output);
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
  const auto found = listed(options, *filter, output);
  JobsRequest request = request_for(*filter, options.filter.steps_given);
  request.brief = found->does_with_brief_rows();
  if (const Status asked = ask_for_jobs(controller, request, *found, output); !asked)
    return lost(asked.error(), output);
  if (options.verbose > 0)
    output.error_line(fmt::format("squeue: {} jobs received, {} of them asked for", found->received, found->shown));
  const bool is_data = options.output.json || options.output.yaml;
  if (!is_data && !options.clusters.empty() && options.output.header) output.line("CLUSTER: " + output.meta.cluster);
  return found->print();
}

}  // namespace slurmxx
