// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/job_corrections.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t bits_a_byte = 8;

std::string derived_exit(const JobRecord& record) {
  const ExitCode& exit = record.view.job.exit_of_steps;
  return fmt::format("{}:{}", exit.status, exit.signal);
}

// "3" is what wait(2) gave, "1:0" an exit code and a signal.
Status set_derived_exit(JobRecord& record, JobSpec&, const std::string& value) {
  constexpr std::uint32_t signals = 0x7f;
  ExitCode& exit = record.view.job.exit_of_steps;
  if (const auto pair = split_once(value, ':')) {
    TRY_ASSIGN(const std::uint64_t status, parse_natural(pair->first, {0, UINT8_MAX}));
    TRY_ASSIGN(const std::uint64_t signal, parse_natural(pair->second, {0, signals}));
    return exit = {static_cast<std::uint32_t>(status), static_cast<std::uint32_t>(signal)}, Status();
  }
  TRY_ASSIGN(const std::uint64_t raw, parse_natural(value, {0, UINT16_MAX}));
  const auto number = static_cast<std::uint32_t>(raw);
  return exit = {number >> bits_a_byte, number & signals}, Status();
}

template <auto member>
std::string label(const JobRecord& record) {
  return record.view.job.spec->labels.*member;
}
template <auto member>
Status set_label(JobRecord&, JobSpec& spec, const std::string& value) {
  return spec.labels.*member = value, Status();
}

std::string system_comment(const JobRecord& record) { return record.system_comment; }
Status set_system_comment(JobRecord& record, JobSpec&, const std::string& value) {
  return record.system_comment = value, Status();
}

constexpr JobField fields[] = {
    {"comment", true, label<&JobLabels::comment>, set_label<&JobLabels::comment>},
    {"extra", true, label<&JobLabels::extra>, set_label<&JobLabels::extra>},
    {"derivedexitcode", true, derived_exit, set_derived_exit},
    {"admincomment", false, label<&JobLabels::admin_comment>, set_label<&JobLabels::admin_comment>},
    {"wckey", false, label<&JobLabels::wckey>, set_label<&JobLabels::wckey>},
    {"systemcomment", false, system_comment, set_system_comment},
};

// The corrections of one job that still hold; what slurmctld has changed since is taken out of the table.
Status correct(Database& database, const JobPlace& place, JobRecord& record, const JobCorrection& correction) {
  const auto& [cluster, key] = place;
  const JobField* field = find_job_field(correction.field);
  if (!field) return {};
  if (field->get(record) != correction.was) {
    const auto done = database.execute(
        "DELETE FROM job_corrections WHERE cluster_id = ? AND job_id = ? AND submitted = ? AND restarts = ? AND "
        "field = ?",
        {cluster, std::int64_t(key.job.value), key.submitted.seconds, key.life(), std::string(correction.field)});
    return done ? Status() : done.error();
  }
  auto spec = std::make_shared<JobSpec>(*record.view.job.spec);
  TRY(field->set(record, *spec, correction.value));
  record.view.job.spec = std::move(spec);
  return {};
}

}  // namespace

const JobField* find_job_field(std::string_view key) {
  if (key == "wckeys" || key == "newwckey") key = "wckey";
  const auto found = std::ranges::find(fields, key, &JobField::name);
  return found == std::end(fields) ? nullptr : found;
}

// Of a field that was corrected before, slurmctld's word is the one from before that.
Status keep_correction(Database& database, const JobPlace& place, const JobCorrection& correction) {
  const auto& [cluster, key] = place;
  SqlValues where{cluster, std::int64_t(key.job.value), key.submitted.seconds, key.life(),
                  std::string(correction.field)};
  TRY_ASSIGN(const auto there,
             database.query("SELECT was FROM job_corrections WHERE cluster_id = ? AND job_id = ? AND submitted = ? AND "
                            "restarts = ? AND field = ?",
                            where));
  where.emplace_back(there.empty() ? correction.was : there.front().text(0));
  where.emplace_back(correction.value);
  const auto done = database.execute(
      "REPLACE INTO job_corrections (cluster_id, job_id, submitted, restarts, field, was, said) VALUES (?,?,?,?,?,?,?)",
      where);
  return done ? Status() : done.error();
}

Status correct_jobs(Database& database, std::int64_t cluster, std::map<JobKey, JobRecord>& jobs) {
  if (jobs.empty()) return {};
  TRY_ASSIGN(const auto rows,
             database.query(
                 "SELECT job_id, submitted, restarts, field, was, said FROM job_corrections WHERE cluster_id "
                 "= ? AND job_id BETWEEN ? AND ?",
                 {cluster, std::int64_t(jobs.begin()->first.job.value), std::int64_t(jobs.rbegin()->first.job.value)}));
  for (const SqlRow& row : rows) {
    const JobKey key =
        JobKey::of_row(JobId(static_cast<std::uint32_t>(row.integer(0))), Instant(row.integer(1)), row.integer(2));
    const auto job = jobs.find(key);
    if (job == jobs.end()) continue;
    const std::string field = row.text(3);
    TRY(correct(database, {cluster, key}, job->second, {field, row.text(4), row.text(5)}));
  }
  return {};
}

Status drop_corrections(Database& database, std::int64_t cluster) {
  const auto done = database.execute(
      "DELETE FROM job_corrections WHERE cluster_id = ? AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.cluster_id = "
      "job_corrections.cluster_id AND j.job_id = job_corrections.job_id AND j.submitted = job_corrections.submitted "
      "AND j.restarts = job_corrections.restarts)",
      {cluster});
  return done ? Status() : done.error();
}

}  // namespace slurmxx
