// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A segment is named and synced with its header before the first record goes in, and its name is synced too: a record
// that is durable is in a file that a crash cannot unname.
#include "control/log_store.h"

#include <algorithm>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr const char* snapshot_draft = "snapshot.new";

std::vector<std::string> named(const std::vector<std::string>& files, std::string_view stem) {
  std::vector<std::string> found;
  for (const std::string& file : files)
    if (file.rfind(stem, 0) == 0 && file != snapshot_draft) found.push_back(file);
  return found;
}

Error in_file(const std::string& file, const Error& error) {
  return fail(error.code, fmt::format("{}: {}", file, text_of(error)));
}

}  // namespace

Result<Recovered> LogStore::open(const LogUuid& fresh) {
  TRY_ASSIGN(const std::vector<std::string> files, folder_.list());
  const std::vector<std::string> snapshots = named(files, "snapshot.");
  const std::vector<std::string> segments = named(files, "journal.");
  Recovered recovered;
  recovered.log = fresh;
  if (!snapshots.empty()) {
    TRY_ASSIGN(const std::string bytes, folder_.read(snapshots.back()));
    auto snapshot = decode_snapshot(bytes);
    if (!snapshot) return in_file(snapshots.back(), snapshot.error());
    recovered = Recovered{snapshot->log, std::move(snapshot->state), std::move(snapshot->requests), {}};
    recovered.remarks.push_back(fmt::format("{}: {} jobs at log position {}", snapshots.back(),
                                            recovered.state.jobs().size(), recovered.state.position().value));
  }
  TRY(replay(segments, recovered));
  // The process before may have ended between a write and its sync: what was read need not be durable.
  if (!segment_.empty()) TRY(folder_.sync(segment_));
  if (!files.empty()) TRY(folder_.sync_folder());
  log_ = recovered.log;
  durable_ = recovered.state.position();
  return recovered;
}

Status LogStore::replay(const std::vector<std::string>& segments, Recovered& into) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string& name = segments[i];
    const bool is_last = i + 1 == segments.size();
    if (!is_last) {  // wholly before the snapshot: not even read
      auto next = position_of(segments[i + 1]);
      if (next && next->value <= into.state.position().value + 1 && into.state.position() != LogPosition()) continue;
    }
    TRY_ASSIGN(const std::string bytes, folder_.read(name));
    auto segment = decode_segment(bytes, is_last);
    if (!segment) return in_file(name, segment.error());
    if (segment->good_bytes == 0) {  // the crash came while it was begun
      TRY(folder_.remove(name));
      into.remarks.push_back(fmt::format("{}: was never begun, removed", name));
      continue;
    }
    if (into.state.position() == LogPosition()) into.log = segment->header.log;
    if (segment->header.log != into.log) return in_file(name, fail("belongs to another log: was the folder mixed up?"));
    for (const Record& record : segment->records) {
      if (record.position <= into.state.position()) continue;
      if (Status applied = apply(into.state, record); !applied) return in_file(name, applied.error());
      into.requests.apply(record);
      ++grown_records_;
    }
    grown_bytes_ += segment->good_bytes;
    if (segment->torn) {
      TRY(folder_.truncate(name, segment->good_bytes));
      TRY(folder_.sync(name));
      into.remarks.push_back(fmt::format("{}: cut off {} bytes of a torn end, none of it was acknowledged", name,
                                         bytes.size() - segment->good_bytes));
    }
    segment_ = name;
    segment_size_ = segment->good_bytes;
  }
  return {};
}

Status LogStore::begin_segment(LogPosition first) {
  segment_ = segment_name(first);
  const std::string header = encode_segment_header({log_, first});
  TRY(folder_.append(segment_, header));
  TRY(folder_.sync(segment_));
  segment_size_ = header.size();
  return folder_.sync_folder();
}

Status LogStore::commit(const std::vector<Record>& records) {
  if (records.empty()) return {};
  SLURMXX_CHECK(records.front().position.value == durable_.value + 1);
  if (segment_.empty() || segment_size_ > options_.segment_bytes) TRY(begin_segment(records.front().position));
  std::string bytes;
  for (const Record& record : records) append_record(bytes, record, durable_);
  TRY(folder_.append(segment_, bytes));
  TRY(folder_.sync(segment_));
  segment_size_ += bytes.size();
  grown_bytes_ += bytes.size();
  grown_records_ += records.size();
  durable_ = records.back().position;
  return {};
}

bool LogStore::snapshot_due() const {
  return grown_bytes_ > options_.snapshot_bytes || grown_records_ > options_.snapshot_records;
}

void LogStore::put_snapshot_off() {
  grown_bytes_ = 0;
  grown_records_ = 0;
}

Status LogStore::write_draft(Folder& folder, const State& state, const RequestLog& requests) const {
  TRY_ASSIGN(const std::vector<std::string> files, folder.list());
  if (std::find(files.begin(), files.end(), snapshot_draft) != files.end()) TRY(folder.remove(snapshot_draft));
  TRY(folder.append(snapshot_draft, encode_snapshot(log_, state, requests)));
  return folder.sync(snapshot_draft);
}

Status LogStore::adopt_draft(LogPosition position) {
  SLURMXX_CHECK(position <= durable_);
  TRY(folder_.rename(snapshot_draft, snapshot_name(position)));
  TRY(folder_.sync_folder());
  segment_.clear();  // the next record begins a new segment, so that the old ones can go
  put_snapshot_off();
  return remove_superfluous();
}

Status LogStore::snapshot(const State& state, const RequestLog& requests) {
  TRY(write_draft(folder_, state, requests));
  return adopt_draft(state.position());
}

Status LogStore::remove_superfluous() {
  TRY_ASSIGN(const std::vector<std::string> files, folder_.list());
  const std::vector<std::string> snapshots = named(files, "snapshot.");
  if (snapshots.size() < 2) return {};
  TRY_ASSIGN(const LogPosition kept, position_of(snapshots[snapshots.size() - 2]));
  for (std::size_t i = 0; i + 2 < snapshots.size(); ++i) TRY(folder_.remove(snapshots[i]));
  const std::vector<std::string> segments = named(files, "journal.");
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    TRY_ASSIGN(const LogPosition next, position_of(segments[i + 1]));
    if (next.value <= kept.value + 1) TRY(folder_.remove(segments[i]));
  }
  return {};
}

}  // namespace slurmxx
