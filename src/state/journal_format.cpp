// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Little-endian fixed-width fields, XXH3 checksums. All offsets are checked before they are read.
#include "state/journal_format.h"

#include <charconv>

#include <fmt/format.h>
#include <xxhash.h>

#include "state/codec.h"

namespace slurmxx {
namespace {

constexpr std::string_view segment_magic = "SXXJRNL1";
constexpr std::size_t segment_header_bytes = 8 + 16 + 8 + 4 + 8;
constexpr std::size_t frame_head_bytes = 4 + 8 + 8;  // length, durable position, checksum
constexpr std::size_t record_bytes_max = 64u << 20;

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t get(std::string_view bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value |= std::uint64_t(static_cast<std::uint8_t>(bytes[at + i])) << (8 * i);
  return value;
}

std::uint64_t checksum(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

// Covers the body and the fields before it, so that no field can change unseen.
std::uint64_t frame_checksum(std::string_view head12, std::string_view body) {
  return XXH3_64bits_withSeed(body.data(), body.size(), checksum(head12));
}

struct Frame {
  std::string_view body;
  LogPosition durable;
  std::size_t bytes = 0;  // 0: no whole and sound frame here
};

Frame frame_at(std::string_view bytes, std::size_t at) {
  if (bytes.size() - at < frame_head_bytes) return {};
  const std::size_t length = get(bytes, at, 4);
  if (length == 0 || length > record_bytes_max || length > bytes.size() - at - frame_head_bytes) return {};
  const std::string_view body = bytes.substr(at + frame_head_bytes, length);
  if (get(bytes, at + 12, 8) != frame_checksum(bytes.substr(at, 12), body)) return {};
  return {body, LogPosition(get(bytes, at + 4, 8)), frame_head_bytes + length};
}

// Is there, behind a broken place, a sound record that says the broken one had been durable?
bool was_acknowledged(std::string_view bytes, std::size_t broken_at, LogPosition broken) {
  for (std::size_t at = broken_at + 1; at + frame_head_bytes < bytes.size(); ++at)
    if (Frame frame = frame_at(bytes, at); frame.bytes != 0 && frame.durable >= broken) return true;
  return false;
}

std::string numbered(std::string_view stem, LogPosition position) {
  return fmt::format("{}.{:020}", stem, position.value);
}

}  // namespace

std::string segment_name(LogPosition first) { return numbered("journal", first); }
std::string snapshot_name(LogPosition position) { return numbered("snapshot", position); }

Result<LogPosition> position_of(std::string_view file_name) {
  const std::size_t dot = file_name.rfind('.');
  std::uint64_t value = 0;
  const char* end = file_name.data() + file_name.size();
  if (dot == std::string_view::npos || file_name.size() - dot != 21 ||
      std::from_chars(file_name.data() + dot + 1, end, value).ptr != end)
    return fail(fmt::format("{}: the name ends in no log position of 20 digits", file_name));
  return LogPosition(value);
}

std::string encode_segment_header(const SegmentHeader& header) {
  std::string bytes(segment_magic);
  bytes.append(reinterpret_cast<const char*>(header.log.data()), header.log.size());
  put(bytes, header.first.value, 8);
  put(bytes, journal_schema, 4);
  put(bytes, checksum(bytes), 8);
  return bytes;
}

void append_record(std::string& bytes, const Record& record, LogPosition durable) {
  append_body(bytes, encode(record), durable);
}

void append_body(std::string& bytes, std::string_view body, LogPosition durable) {
  SLURMXX_CHECK(!body.empty() && body.size() <= record_bytes_max);
  std::string head;
  put(head, body.size(), 4);
  put(head, durable.value, 8);
  const std::uint64_t sum = frame_checksum(head, body);
  bytes += head;
  put(bytes, sum, 8);
  bytes += body;
}

static Result<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (bytes.size() < segment_header_bytes || bytes.substr(0, 8) != segment_magic)
    return fail("offset 0: no journal header; is this a journal of slurmxx?");
  if (get(bytes, segment_header_bytes - 8, 8) != checksum(bytes.substr(0, segment_header_bytes - 8)))
    return fail("offset 0: the header's checksum is wrong");
  if (const std::uint64_t schema = get(bytes, 32, 4); schema != journal_schema)
    return fail(Errc::protocol_version, fmt::format("written by schema {}, this version reads schema {}: start the "
                                                    "version that wrote it once to take a snapshot",
                                                    schema, journal_schema));
  SegmentHeader header;
  for (std::size_t i = 0; i < header.log.size(); ++i) header.log[i] = static_cast<std::uint8_t>(bytes[8 + i]);
  header.first = LogPosition(get(bytes, 24, 8));
  return header;
}

// A header is synced before the first record follows: one that is torn, or has holes, is all there is.
static bool never_begun(std::string_view bytes) {
  return bytes.size() < segment_header_bytes ||
         (bytes.size() == segment_header_bytes &&
          get(bytes, segment_header_bytes - 8, 8) != checksum(bytes.substr(0, segment_header_bytes - 8)));
}

Result<Segment> decode_segment(std::string_view bytes, bool is_last) {
  Segment segment;
  if (is_last && never_begun(bytes)) {
    segment.torn = true;
    return segment;
  }
  TRY_ASSIGN(segment.header, decode_segment_header(bytes));
  std::size_t at = segment_header_bytes;
  LogPosition expected = segment.header.first;
  while (at < bytes.size()) {
    const Frame frame = frame_at(bytes, at);
    if (frame.bytes == 0) {
      if (!is_last || was_acknowledged(bytes, at, expected))
        return fail(
            fmt::format("offset {}: record {} is broken, and it had been acknowledged: restore the folder from "
                        "a backup or a backup controller",
                        at, expected.value));
      segment.torn = true;
      break;
    }
    auto record = decode<Record>(frame.body);
    if (!record) return fail(fmt::format("offset {}: record {}: {}", at, expected.value, record.error().message));
    if (record->position != expected)
      return fail(fmt::format("offset {}: record {} where {} belongs", at, record->position.value, expected.value));
    segment.records.push_back(std::move(*record));
    expected = LogPosition(expected.value + 1);
    at += frame.bytes;
  }
  segment.good_bytes = at;
  return segment;
}

}  // namespace slurmxx
