// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacct/completion.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/ruled_table.h"
#include "commands/sacct/completion_object.h"
#include "commands/sacct/completion_record.h"
#include "commands/sacct/jobs_data.h"
#include "commands/sacct/query.h"
#include "core/text/safe_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// Fields that show the line as it is written; the others are made from what it tells.
struct CompletionField {
  const char* name;
  const char* key;
};
constexpr CompletionField fields[] = {{"JobID", "JobId"},
                                      {"JobName", "Name"},
                                      {"Partition", "Partition"},
                                      {"NNodes", "NodeCnt"},
                                      {"NodeList", "NodeList"},
                                      {"NCPUS", "ProcCnt"},
                                      {"State", "JobState"},
                                      {"Start", "StartTime"},
                                      {"End", "EndTime"},
                                      {"Submit", "SubmitTime"},
                                      {"Eligible", "EligibleTime"},
                                      {"Timelimit", "TimeLimit"},
                                      {"Account", "Account"},
                                      {"QOS", "QOS"},
                                      {"WCKey", "WcKey"},
                                      {"Cluster", "Cluster"},
                                      {"AllocTRES", "Tres"},
                                      {"WorkDir", "WorkDir"},
                                      {"Reservation", "ReservationName"},
                                      {"DerivedExitCode", "DerivedExitCode"},
                                      {"ExitCode", "ExitCode"}};

constexpr const char* usual_format = "JobID,UID,JobName,Partition,NNodes,NodeList,State,End";
constexpr const char* long_format = "JobID,UID,JobName,Partition,NNodes,NodeList,State,Start,End,Timelimit";
constexpr const char* brief_format = "JobID,UID,State";

const char* own_format(const SacctOutput& output) {
  return output.long_format ? long_format : output.brief ? brief_format : usual_format;
}

std::string text_of_field(const SacctField& field, const CompletionValues& values, const SacctRow& row) {
  for (const CompletionField& one : fields)
    if (std::string_view(one.name) == field.name) return completion_value(values, one.key);
  return field.text(row);
}

struct Completion {
  CompletionValues values;
  std::unique_ptr<FoundJob> job;
};

// There is no window unless one is asked for, and users are known by the names of their time.
class Wanted {
 public:
  static Result<Wanted> from(const SacctOptions& options, const Output& output) {
    SacctOptions without_users = options;
    without_users.filter.users.clear();
    Wanted wanted(options.filter);
    TRY_ASSIGN(wanted.question_, sacct_question(without_users, output));
    return wanted;
  }
  const JobSieve& sieve() const { return question_.sieve; }

  bool holds(const FoundJob& job) const {
    const JobSpec& spec = *job.record.view.job.spec;
    const JobsQuery& query = question_.query;
    const auto fits = [](const std::vector<std::string>& list, const std::string& text) {
      return list.empty() || contains(list, text);
    };
    return is_in_window(job) && is_user(spec.owner) && fits(query.accounts, spec.labels.account) &&
           fits(query.partitions, job.record.view.partition) && fits(query.qos, spec.labels.qos) &&
           fits(query.wckeys, spec.labels.wckey) && fits(query.names, spec.labels.name) &&
           (query.states.empty() || std::ranges::count(query.states, job.record.state_number()) > 0) &&
           question_.sieve.passes(job);
  }

 private:
  explicit Wanted(const SacctFilter& filter) : filter_(filter) {}

  bool is_in_window(const FoundJob& job) const {
    const JobTimes& times = job.record.view.job.times;
    const std::optional<Instant> from = times.started ? times.started : times.ended;
    if (!filter_.start.empty() && times.ended && *times.ended < question_.query.start) return false;
    return filter_.end.empty() || !from || *from <= question_.query.end;
  }
  bool is_user(const JobOwner& owner) const {
    const std::vector<std::string_view> users = split_commas(filter_.users);
    return users.empty() || std::ranges::any_of(users, [&](std::string_view user) {
             return user == owner.user_name || user == std::to_string(owner.uid.value);
           });
  }

  SacctFilter filter_;
  SacctQuestion question_;
};

void print_table(const std::vector<Completion>& found, const std::vector<SacctColumn>& columns,
                 const SacctOptions& options, const Output& output) {
  using Style = TableForm::Style;
  TableForm form;
  form.delimiter = options.output.delimiter;
  if (options.output.parsable) form.style = Style::bars_and_end;
  if (options.output.parsable2) form.style = Style::bars;
  std::vector<TableColumn> headings;
  for (const SacctColumn& column : columns) headings.push_back({column.field->name, column.width});
  const RuledTable table(std::move(headings), form);
  if (options.output.header) output.print(table.heading());
  const SacctContext context = sacct_context(options, output);
  for (const Completion& one : found) {
    std::vector<std::string> texts;
    for (const SacctColumn& column : columns)
      texts.push_back(printable(text_of_field(*column.field, one.values, {one.job.get(), nullptr, &context})));
    output.print(table.row(texts));
  }
}

int refuse(const Error& error, const Output& output) {
  const std::string text = text_of(error);
  output.error_line(text.starts_with("sacct: ") || text.starts_with("Invalid time") ? text : "sacct: error: " + text);
  return 1;
}

}  // namespace

int print_completions(std::string_view lines, const SacctOptions& options, const Output& output) {
  const auto wanted = Wanted::from(options, output);
  if (!wanted) return refuse(wanted.error(), output);
  const std::string& format = options.output.format;
  const auto columns = parse_sacct_format(format.empty() ? own_format(options.output) : format);
  if (!columns) return refuse(columns.error(), output);
  std::vector<Completion> found;
  const TimeContext here{output.now, *output.zone, PastTimes::keep};
  for (const std::string_view line : split(lines, '\n')) {
    if (line.empty()) continue;
    Completion one{line.front() == '{' ? completion_object(line, here) : completion_values(line), nullptr};
    if (!parse_natural(completion_value(one.values, "JobId"), {1, UINT32_MAX})) continue;  // no line of a job
    one.job = completed_job(one.values, here);
    if (wanted->holds(*one.job)) found.push_back(std::move(one));
  }
  if (!options.output.json && !options.output.yaml) return print_table(found, *columns, options, output), 0;
  FoundJobs jobs;
  for (Completion& one : found) jobs.push_back(std::move(one.job));
  const DataFormat data = options.output.yaml ? DataFormat::yaml : DataFormat::json;
  write_accounted_jobs(jobs, wanted->sieve(), sacct_context(options, output), {data, output, {}});
  return 0;
}

}  // namespace slurmxx
