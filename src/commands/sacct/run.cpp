// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "commands/sacct/run.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "cli/task_text.h"
#include "commands/sacct/jobs_data.h"
#include "commands/sacct/query.h"
#include "commands/sacct/row_text.h"
#include "core/text/words.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

class Printer {
 public:
  Printer(const SacctOutput& options, std::vector<SacctColumn> columns, const Output& output)
      : options_(options), columns_(std::move(columns)), output_(output) {}

  void heading() const {
    if (!options_.header) return;
    print([this](const SacctColumn& column) {
      const auto size = static_cast<std::size_t>(std::abs(column.width));
      const std::string name = column.field->name;
      return options_.parsable || options_.parsable2 ? name : name.substr(0, size);
    });
    if (options_.parsable || options_.parsable2) return;
    std::string line;
    for (const SacctColumn& column : columns_)
      line += std::string(static_cast<std::size_t>(std::abs(column.width)), '-') + ' ';
    output_.line(line);
  }
  void row(const SacctRow& row) const {
    print([&](const SacctColumn& column) { return column.field->text(row); });
  }

 private:
  template <class Text>
  void print(Text text) const {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string value = text(columns_[i]);
      if (options_.parsable || options_.parsable2) {
        line += value;
        if (options_.parsable || i + 1 < columns_.size()) line += options_.delimiter;
        continue;
      }
      line += fitted(value, columns_[i].width) + ' ';
    }
    output_.line(line);
  }

  // What does not fit ends with a plus.
  static std::string fitted(const std::string& value, int width) {
    const auto size = static_cast<std::size_t>(std::abs(width));
    if (value.size() > size && size > 0) return value.substr(0, size - 1) + '+';
    const std::string blanks(value.size() < size ? size - value.size() : 0, ' ');
    return width < 0 ? value + blanks : blanks + value;
  }

  const SacctOutput& options_;
  std::vector<SacctColumn> columns_;
  const Output& output_;
};

SacctContext context_of(const SacctOptions& options, const SacctQuestion& question, const Output& output) {
  SacctContext context = sacct_context(options, output);
  if (!options.output.units.empty())
    context.unit = static_cast<char>(std::toupper(static_cast<unsigned char>(options.output.units.front())));
  if (options.scope.truncate) context.window = {question.query.start, question.query.end};
  context.task_text_max = task_text_room(output);
  return context;
}

void print_jobs(const FoundJobs& jobs, const JobSieve& sieve, const SacctContext& context, const Printer& printer) {
  for (const auto& job : jobs) {
    if (sieve.wants_job_line(*job)) printer.row({job.get(), nullptr, &context});
    for (const StepRecord& step : job->steps)
      if (sieve.passes(*job, step)) printer.row({job.get(), &step, &context});
  }
}

// NONE: AccountingStoreFlags has it not kept, or it is not for the caller to see.
int print_texts(const FoundJobs& jobs, bool scripts, const Output& output) {
  constexpr std::size_t rule = 80;
  for (const auto& job : jobs) {
    std::string text = scripts ? job->script : job->environment;
    if (!scripts) std::ranges::replace(text, '\0', '\n');
    if (text.empty()) text = "NONE";
    if (!text.ends_with('\n')) text += '\n';
    output.print(fmt::format("{} for {}\n{}\n{}", scripts ? "Batch Script" : "Environment used",
                             job->record.view.job.id.value, std::string(rule, '-'), text));
  }
  return 0;
}

// What is asked for has numbers that the accounts, not the jobs, have.
bool names_associations(const SacctOptions& options, const std::string& format) {
  const std::vector<std::string_view> fields = split_commas(format);
  return !options.filter.associations.empty() || options.output.json || options.output.yaml ||
         std::any_of(fields.begin(), fields.end(), [](std::string_view field) {
           constexpr std::string_view numbers[] = {"assoc", "qosraw", "wckeyid"};
           return equal_ignoring_case(field, "all") || std::ranges::any_of(numbers, [&](std::string_view name) {
                    return starts_with_ignoring_case(field, name);
                  });
         });
}

std::string format_of(const SacctOutput& output) {
  if (!output.format.empty()) return output.format;
  if (output.brief) return sacct_brief_format;
  return output.long_format ? sacct_long_format : sacct_default_format;
}

int refuse(const Error& error, const Output& output) {
  const std::string text = text_of(error);
  const bool whole = text.starts_with("sacct: ") || text.starts_with("Invalid time");
  output.error_line(whole ? text : "sacct: error: " + text);
  return 1;
}

}  // namespace

int run_sacct(const SacctOptions& options, DbdClient& slurmdbd, const Output& output) {
  if (options.output.list_fields) return output.print(sacct_field_list()), 0;
  auto question = sacct_question(options, output);
  if (!question) return refuse(question.error(), output);
  auto columns = parse_sacct_format(format_of(options.output));
  if (!columns) return refuse(columns.error(), output);
  const bool scripts = options.output.script || options.output.environment;
  if (scripts && options.filter.jobs.empty())
    return refuse(fail("This option requires a job list (-j) to be specified."), output);
  question->query.with_texts = scripts;
  auto jobs = fetch_jobs(*question, slurmdbd);
  if (!jobs) return refuse(jobs.error(), output);
  if (scripts) return print_texts(*jobs, options.output.script, output);
  SacctContext context = context_of(options, *question, output);
  DbdBook known;
  if (names_associations(options, format_of(options.output))) {
    auto answer = ask_dbd<DbdBook>(slurmdbd, DbdBookRequest{});
    if (!answer) return refuse(answer.error(), output);
    known = std::move(*answer);
    context.book = &known.book;
    std::erase_if(*jobs, [&](const auto& job) {
      return !question->sieve.associations.empty() &&
             !question->sieve.associations.contains(association_of(*job, known.book));
    });
  }
  if (options.output.json || options.output.yaml) {
    const DataFormat format = options.output.yaml ? DataFormat::yaml : DataFormat::json;
    return write_accounted_jobs(*jobs, question->sieve, context, {format, output, {}}), 0;
  }
  const Printer printer(options.output, std::move(*columns), output);
  printer.heading();
  print_jobs(*jobs, question->sieve, context, printer);
  return 0;
}

}  // namespace slurmxx
