// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The fields of sacct -o, one row each, and what a row of the output is made from. sacct(1), Job Accounting Fields.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "core/accounting/book.h"
#include "core/accounting/suspensions.h"
#include "core/text/time_zone.h"
#include "wire/accounting_records.h"

namespace slurmxx {

struct FoundJob {
  std::string cluster;
  JobRecord record;
  std::vector<StepRecord> steps;
  std::string script = {};  // with -B, where it is kept
  std::string environment = {};
  Suspensions suspensions = {};
};

using FoundJobs = std::vector<std::unique_ptr<FoundJob>>;  // none is null; they are large, and stay where they are

// What every line of one output shares.
struct SacctContext {
  Instant now;
  const TimeZone* zone = &utc();
  std::function<std::string(Uid)> user_name;
  const AccountBook* book = nullptr;  // where ids of associations, QOS or wckeys are asked for
  char unit = 0;                      // --units; 0: as large as it comes out even
  bool noconvert = false;
  bool expand_patterns = false;                       // of file names
  std::optional<std::pair<Instant, Instant>> window;  // -T: times are cut at its ends
  std::size_t task_text_max = 64;
};

struct SacctRow {
  const FoundJob* job = nullptr;
  const StepRecord* step = nullptr;  // nullptr: the line of the job
  const SacctContext* context = nullptr;
  bool with_steps = true;  // else what only steps tell is zero

  const Job& the_job() const { return job->record.view.job; }
  const JobSpec& spec() const { return *job->record.view.job.spec; }
  const JobView& view() const { return job->record.view; }
};

struct SacctField {
  const char* name;
  int width;  // negative: to the left
  std::string (*text)(const SacctRow& row);
};

// Four names a line, as --helpformat shows them.
template <class Field, std::size_t count>
std::string field_names_text(const Field (&fields)[count]) {
  constexpr std::size_t columns = 4;
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += fmt::format("{:<19}", fields[i].name);
    text += i % columns == columns - 1 || i + 1 == count ? "\n" : " ";
  }
  return text;
}

std::span<const SacctField> sacct_fields();  // by name
std::string sacct_field_list();              // --helpformat
extern const char* const sacct_default_format;
extern const char* const sacct_brief_format;
extern const char* const sacct_long_format;

struct SacctColumn {
  const SacctField* field = nullptr;
  int width = 0;
};
// "jobid,jobname%30,state%-12": names in any case, a beginning that fits one name will do.
Result<std::vector<SacctColumn>> parse_sacct_format(const std::string& text);

}  // namespace slurmxx
