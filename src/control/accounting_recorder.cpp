// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "control/accounting_recorder.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "control/accounting_audit.h"
#include "control/accounting_fold.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// What tells the audit trail what there was before.
bool is_order(const Record& record) {
  if (record.request == RequestId()) return false;
  const Event& event = record.event;
  return std::holds_alternative<JobKillOrdered>(event) || std::holds_alternative<JobChanged>(event) ||
         std::holds_alternative<NodeConditionSet>(event) || std::holds_alternative<NodeChanged>(event) ||
         std::holds_alternative<PartitionChanged>(event) || std::holds_alternative<ReservationChanged>(event);
}

bool is_shrunk(const Event& event) {
  const auto* changed = std::get_if<JobChanged>(&event);
  return changed && changed->shrunk_to;
}

// Where a life or a size of a job ends and its next begins, and where an order may be about what came just before it.
bool must_be_single(const std::vector<Record>& records) {
  return std::any_of(records.begin(), records.end(), [&](const Record& record) {
    return is_shrunk(record.event) || std::holds_alternative<JobRequeued>(record.event) ||
           std::holds_alternative<JobPurged>(record.event) || (records.size() > 1 && is_order(record));
  });
}

using RowName = std::tuple<std::size_t, JobKey, std::int32_t, std::string>;

// Records for the audit trail are all kept.
RowName name_of(const AccountingRecord& record, std::size_t place) {
  if (const auto* job = std::get_if<JobRecord>(&record)) return {record.index(), job->key(), 0, ""};
  if (const auto* step = std::get_if<StepRecord>(&record)) return {record.index(), step->job, step->step.id.value, ""};
  if (const auto* node = std::get_if<NodeEventRecord>(&record)) return {record.index(), {}, 0, node->node};
  if (const auto* reserved = std::get_if<ReservationRecord>(&record)) return {record.index(), {}, 0, reserved->name};
  if (std::holds_alternative<AuditRecord>(record)) return {record.index(), {}, static_cast<std::int32_t>(place), ""};
  return {record.index(), {}, 0, ""};
}

void append(std::vector<AccountingRecord>& all, std::vector<AccountingRecord> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

std::vector<AccountingRecord> last_of_each(std::vector<AccountingRecord> records) {
  std::map<RowName, std::size_t> last;
  for (std::size_t i = 0; i < records.size(); ++i) last[name_of(records[i], i)] = i;
  std::vector<AccountingRecord> kept;
  for (std::size_t i = 0; i < records.size(); ++i)
    if (last[name_of(records[i], i)] == i) kept.push_back(std::move(records[i]));
  return kept;
}

// AccountingStorageEnforce=nosteps and nojobs, which means both.
void drop_unwanted(const std::vector<std::string>& words, std::vector<AccountingRecord>& records) {
  const auto has = [&](const char* word) { return std::find(words.begin(), words.end(), word) != words.end(); };
  const bool no_jobs = has("nojobs"), no_steps = no_jobs || has("nosteps");
  std::erase_if(records, [&](const AccountingRecord& record) {
    return (no_jobs && std::holds_alternative<JobRecord>(record)) ||
           (no_steps && std::holds_alternative<StepRecord>(record));
  });
}

}  // namespace

std::vector<AccountingRecord> AccountingRecorder::one_by_one(const std::vector<Record>& records,
                                                             const Published& after) const {
  std::vector<AccountingRecord> all;
  Published now = after;
  now.state = known_->state;
  for (const Record& record : records) {
    append(all, AccountingFold::before(now, record));
    append(all, audit_of(now.state, record));
    if (!apply(now.state, record)) break;  // it was applied before: this cannot be
    append(all, AccountingFold::after(now, record));
  }
  return all;
}

Status AccountingRecorder::take(const std::vector<Record>& records, std::shared_ptr<const Published> after) {
  const auto known = std::exchange(known_, after);
  if (records.empty() || records.back().position <= spool_.position()) return {};
  std::vector<AccountingRecord> all;
  if (must_be_single(records)) {
    known_ = known;
    all = one_by_one(records, *after);
    known_ = after;
  } else {
    for (const Record& record : records) {
      append(all, audit_of(known->state, record));
      append(all, AccountingFold::after(*after, record));
    }
  }
  drop_unwanted(after->config->plugins.accounting_storage_enforce, all);
  if (all.empty()) return {};
  all = last_of_each(std::move(all));
  append(all, texts_of(all));
  return spool_.append({records.back().position, std::move(all)});
}

std::vector<AccountingRecord> AccountingRecorder::texts_of(const std::vector<AccountingRecord>& records) {
  constexpr std::size_t told_max = 10'000;
  constexpr Seconds told_again{3600};
  std::vector<AccountingRecord> texts;
  const PluginSettings& plugins = known_->config->plugins;
  const bool scripts = plugins.stores("job_script"), environments = plugins.stores("job_env");
  if (!read_text_ || !(scripts || environments)) return texts;
  const auto tell = [&](const std::string& hash, Instant at) {
    const auto told = told_.find(hash);
    if (hash.empty() || (told != told_.end() && at < told->second + told_again)) return;
    if (told_.size() >= told_max) told_.clear();
    told_[hash] = at;
    if (auto text = read_text_(hash)) texts.emplace_back(TextRecord{hash, std::move(*text)});
  };
  for (const AccountingRecord& record : records) {
    const auto* job = std::get_if<JobRecord>(&record);
    if (!job || is_ended(job->view.job.state) || !job->view.job.spec->policy.batch) continue;
    if (scripts) tell(job->view.job.spec->launch.script_hash, job->at);
    if (environments) tell(job->view.job.spec->launch.environment_hash, job->at);
  }
  return texts;
}

// A mark without records says how far the log is looked through.
Status AccountingRecorder::settle() {
  const LogPosition position = known_->state.position();
  if (position > spool_.position()) TRY(spool_.append({position, {}}));
  return spool_.sync();
}

Status AccountingRecorder::take_everything() {
  return spool_.append({known_->state.position(), AccountingFold::everything(*known_)});
}

}  // namespace slurmxx
