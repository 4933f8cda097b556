// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a journal segment and of a snapshot: docs/formats/journal.md. Pure: what to write and what was read;
// the files are control/log_store's. A record frame carries the position that was durable when it was written, which
// tells a torn tail (never acknowledged: cut off) from corruption of what was acknowledged (refused).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "state/request_log.h"
#include "state/state.h"

namespace slurmxx {

using LogUuid = std::array<std::uint8_t, 16>;

inline constexpr std::uint32_t journal_schema = 1;

struct SegmentHeader {
  LogUuid log{};
  LogPosition first;  // position of the first record that follows
  bool operator==(const SegmentHeader&) const = default;
};

std::string segment_name(LogPosition first);      // "journal.00000000000000000001"
std::string snapshot_name(LogPosition position);  // "snapshot.00000000000000000042"
Result<LogPosition> position_of(std::string_view file_name);

std::string encode_segment_header(const SegmentHeader& header);
void append_record(std::string& bytes, const Record& record, LogPosition durable);
void append_body(std::string& bytes, std::string_view body,
                 LogPosition durable);  // of a record that is encoded already

struct Segment {
  SegmentHeader header;
  std::vector<Record> records;
  std::size_t good_bytes = 0;  // everything behind is a torn tail, to be cut off
  bool torn = false;
};

// is_last: only the newest segment may have a torn tail. Error: the offset and what is wrong there.
Result<Segment> decode_segment(std::string_view bytes, bool is_last);

struct Snapshot {
  LogUuid log{};
  State state;
  RequestLog requests;
};

std::string encode_snapshot(const LogUuid& log, const State& state, const RequestLog& requests);
Result<Snapshot> decode_snapshot(std::string_view bytes);

}  // namespace slurmxx
