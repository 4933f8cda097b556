// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "state/journal_format.h"

#include <doctest/doctest.h>

#include "state/codec.h"

using namespace slurmxx;

namespace {

const LogUuid uuid{1, 2, 3, 4};

Record submitted(std::uint64_t position) {
  JobSpec spec;
  spec.labels.name = "job" + std::to_string(position);
  return Record{LogPosition(position), Instant(1000), RequestId(position * 7),
                JobSubmitted{JobId(static_cast<std::uint32_t>(position)), std::make_shared<const JobSpec>(spec)}};
}

// Three records; the third was written when the first two were durable.
std::string sample() {
  std::string bytes = encode_segment_header({uuid, LogPosition(1)});
  append_record(bytes, submitted(1), LogPosition(0));
  append_record(bytes, submitted(2), LogPosition(0));
  append_record(bytes, submitted(3), LogPosition(2));
  return bytes;
}

std::size_t end_of_record(int count) {
  std::string bytes = encode_segment_header({uuid, LogPosition(1)});
  for (int i = 1; i <= count; ++i) append_record(bytes, submitted(i), LogPosition(i == 3 ? 2 : 0));
  return bytes.size();
}

}  // namespace

TEST_CASE("a segment comes back record by record") {
  auto segment = decode_segment(sample(), false);
  REQUIRE(segment.ok());
  CHECK(segment->header == SegmentHeader{uuid, LogPosition(1)});
  REQUIRE(segment->records.size() == 3);
  CHECK(encode(segment->records[2]) == encode(submitted(3)));
  CHECK_FALSE(segment->torn);
}

TEST_CASE("wherever a crash cuts the last segment, the whole records before the cut stay") {
  const std::string bytes = sample();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    auto segment = decode_segment(std::string_view(bytes).substr(0, length), true);
    REQUIRE(segment.ok());
    const std::size_t whole = length >= end_of_record(2) ? 2 : length >= end_of_record(1) ? 1 : 0;
    CHECK(segment->records.size() == whole);
    const bool clean = length == end_of_record(0) || length == end_of_record(1) || length == end_of_record(2);
    CHECK(segment->torn == !clean);
  }
}

TEST_CASE("a broken record that was acknowledged refuses the start, one that never was is cut off") {
  std::string second_broken = sample();
  second_broken[end_of_record(1) + 25] ^= 1;
  auto refused = decode_segment(second_broken, true);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("record 2 is broken") != std::string::npos);

  std::string third_broken = sample();
  third_broken[end_of_record(2) + 25] ^= 1;
  auto cut = decode_segment(third_broken, true);
  REQUIRE(cut.ok());
  CHECK(cut->records.size() == 2);
  CHECK(cut->good_bytes == end_of_record(2));
  CHECK_FALSE(decode_segment(third_broken, false).ok());  // an older segment has no tail to tear
}

TEST_CASE("no flipped bit goes unseen") {
  const std::string bytes = sample();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string bad = bytes;
    bad[at] ^= 4;
    CHECK_FALSE(decode_segment(bad, false).ok());
  }
}

TEST_CASE("a snapshot comes back with its state and its requests") {
  State state;
  RequestLog requests;
  for (std::uint64_t position = 1; position <= 300; ++position) {
    REQUIRE(apply(state, submitted(position)).ok());
    requests.apply(submitted(position));
  }
  const std::string bytes = encode_snapshot(uuid, state, requests);
  auto snapshot = decode_snapshot(bytes);
  REQUIRE(snapshot.ok());
  CHECK(snapshot->log == uuid);
  CHECK(snapshot->state.position() == LogPosition(300));
  CHECK(snapshot->state.next_job_id() == JobId(301));
  CHECK(snapshot->requests.find(RequestId(70)) == JobId(10));
  CHECK(encode_snapshot(uuid, snapshot->state, snapshot->requests) == bytes);
  std::string bad = bytes;
  bad[bad.size() / 2] ^= 1;
  CHECK_FALSE(decode_snapshot(bad).ok());
}

TEST_CASE("file names carry the log position") {
  CHECK(segment_name(LogPosition(42)) == "journal.00000000000000000042");
  CHECK(*position_of(snapshot_name(LogPosition(7))) == LogPosition(7));
  CHECK_FALSE(position_of("journal.12").ok());
  CHECK_FALSE(position_of("journal.0000000000000000004x").ok());
}

TEST_CASE("a header with a hole and nothing behind it was never begun; with records behind it it is corruption") {
  std::string bytes = encode_segment_header({uuid, LogPosition(1)});
  for (std::size_t i = 0; i < 16; ++i) bytes[i] = 0;
  const auto segment = decode_segment(bytes, true);
  REQUIRE(segment.ok());
  CHECK(segment->torn);
  CHECK(segment->good_bytes == 0);
  CHECK(!decode_segment(bytes, false).ok());
  CHECK(!decode_segment(bytes + "more", true).ok());
}
