// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "control/accounting_recorder.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "control/accounting_audit.h"
#include "control/accounting_fold.h"

namespace slurmxx {
namespace {

bool must_be_single(const std::vector<Record>& records) {
  return std::any_of(records.begin(), records.end(), [](const Record& record) {
    return std::holds_alternative<JobRequeued>(record.event) || std::holds_alternative<JobPurged>(record.event);
  });
}

using RowName = std::tuple<std::size_t, JobKey, std::int32_t, std::string>;

RowName name_of(const AccountingRecord& record) {
  if (const auto* job = std::get_if<JobRecord>(&record)) return {record.index(), job->key(), 0, ""};
  if (const auto* step = std::get_if<StepRecord>(&record)) return {record.index(), step->job, step->step.id.value, ""};
  if (const auto* node = std::get_if<NodeEventRecord>(&record)) return {record.index(), {}, 0, node->node};
  if (const auto* audit = std::get_if<AuditRecord>(&record))  // each is kept
    return {record.index(), {}, 0, audit->action + ' ' + audit->target + ' ' + audit->before + ' ' + audit->after};
  return {record.index(), {}, 0, ""};
}

void append(std::vector<AccountingRecord>& all, std::vector<AccountingRecord> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

std::vector<AccountingRecord> last_of_each(std::vector<AccountingRecord> records) {
  std::map<RowName, std::size_t> last;
  for (std::size_t i = 0; i < records.size(); ++i) last[name_of(records[i])] = i;
  std::vector<AccountingRecord> kept;
  for (std::size_t i = 0; i < records.size(); ++i)
    if (last[name_of(records[i])] == i) kept.push_back(std::move(records[i]));
  return kept;
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
  if (all.empty()) return {};
  return spool_.append({records.back().position, last_of_each(std::move(all))});
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
