// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// From the newest snapshot that is not behind the place.
#include "control/log_tail.h"

#include <fmt/format.h>

namespace slurmxx {
namespace {

std::vector<std::string> named(const std::vector<std::string>& files, std::string_view stem) {
  std::vector<std::string> found;
  for (const std::string& file : files)
    if (file.starts_with(stem) && position_of(file)) found.push_back(file);
  return found;
}

Status take_snapshot(Folder& folder, const std::vector<std::string>& files, LogPosition place, State& state) {
  std::string newest;
  for (const std::string& name : named(files, "snapshot."))
    if (*position_of(name) <= place) newest = name;
  if (newest.empty()) return {};
  TRY_ASSIGN(const std::string bytes, folder.read(newest));
  TRY_ASSIGN(Snapshot snapshot, decode_snapshot(bytes));
  state = std::move(snapshot.state);
  return {};
}

}  // namespace

Result<std::optional<LogTail>> tail_from(Folder& folder, LogPosition place) {
  TRY_ASSIGN(const std::vector<std::string> files, folder.list());
  LogTail tail;
  TRY(take_snapshot(folder, files, place, tail.state));
  const std::vector<std::string> segments = named(files, "journal.");
  for (const std::string& name : segments) {
    TRY_ASSIGN(const std::string bytes, folder.read(name));
    TRY_ASSIGN(Segment segment, decode_segment(bytes, name == segments.back()));
    for (Record& record : segment.records) {
      if (record.position > place) {
        tail.records.push_back(std::move(record));
        continue;
      }
      if (record.position <= tail.state.position()) continue;
      if (record.position.value != tail.state.position().value + 1) return std::optional<LogTail>();
      TRY(apply(tail.state, record));
    }
  }
  if (tail.state.position() != place) return std::optional<LogTail>();
  return std::optional(std::move(tail));
}

}  // namespace slurmxx
