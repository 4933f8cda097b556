// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "replay/log_reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace slurmxx {
namespace {

std::vector<std::string> named(const LogFiles& files, std::string_view stem) {
  std::vector<std::string> found;
  for (const std::string& name : files.names)
    if (name.starts_with(stem) && position_of(name)) found.push_back(name);
  std::sort(found.begin(), found.end());
  return found;
}

// From the very beginning if the segments reach back to it, else from the oldest snapshot.
Result<State> state_before(const LogFiles& files, const std::vector<std::string>& segments) {
  const std::vector<std::string> snapshots = named(files, "snapshot.");
  const bool whole = !segments.empty() && position_of(segments.front())->value == 1;
  if (whole || snapshots.empty()) return State();
  TRY_ASSIGN(const std::string bytes, files.read(snapshots.front()));
  auto snapshot = decode_snapshot(bytes);
  if (!snapshot) return fail(fmt::format("{}: {}", snapshots.front(), text_of(snapshot.error())));
  return std::move(snapshot->state);
}

}  // namespace

Status read_log(const LogFiles& files, const LogListener& listener) {
  const std::vector<std::string> segments = named(files, "journal.");
  if (segments.empty()) return fail("no journal is there: name the StateSaveLocation of a slurmctld");
  TRY_ASSIGN(State before, state_before(files, segments));
  LogPosition last = before.position();
  TRY(listener.begin(std::move(before)));
  constexpr std::size_t known_ahead = 4;
  std::vector<Record> window;
  const auto take_first = [&]() -> Status {
    TRY(listener.take(window.front(), std::span(window).subspan(1)));
    window.erase(window.begin());
    return {};
  };
  for (const std::string& name : segments) {
    TRY_ASSIGN(const std::string bytes, files.read(name));
    auto segment = decode_segment(bytes, name == segments.back());
    if (!segment) return fail(fmt::format("{}: {}", name, text_of(segment.error())));
    for (Record& record : segment->records) {
      if (record.position <= last) continue;
      last = record.position;
      window.push_back(std::move(record));
      if (window.size() > known_ahead) TRY(take_first());
    }
  }
  while (!window.empty()) TRY(take_first());
  return {};
}

}  // namespace slurmxx
