// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "state/codec.h"

#include <doctest/doctest.h>

#include "core/model/job.h"
#include "core/model/node.h"

using namespace slurmxx;

namespace {

struct Small {
  std::uint32_t a = 0;
  std::string b;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "a", self.a);
    v(2, "b", self.b);
  }
  bool operator==(const Small&) const = default;
};

struct Wide {
  std::int64_t signed_number = 0;
  std::optional<std::uint32_t> zero_or_absent;
  std::vector<Small> list;
  std::variant<Small, JobId> choice;
  std::optional<TimeLimit> limit;
  Instant when;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "signed_number", self.signed_number);
    v(2, "zero_or_absent", self.zero_or_absent);
    v(3, "list", self.list);
    v(5, "limit", self.limit);
    v(6, "when", self.when);
    v(7, "choice", self.choice);
  }
  bool operator==(const Wide&) const = default;
};

Wide wide_sample() {
  return Wide{-7,
              0,
              {{1, "one"}, {0, ""}, {300, std::string(200, 'x')}},
              JobId(9),
              TimeLimit::of(Minutes(90)),
              Instant(1'800'000'000)};
}

}  // namespace

TEST_CASE("every kind of field comes back as it was written") {
  Wide sample = wide_sample();
  auto back = decode<Wide>(encode(sample));
  REQUIRE(back.ok());
  CHECK(*back == sample);
  sample.limit = TimeLimit::none();  // present and unlimited is not absent
  CHECK(decode<Wide>(encode(sample))->limit == TimeLimit::none());
  sample.limit.reset();
  CHECK_FALSE(decode<Wide>(encode(sample))->limit.has_value());
}

TEST_CASE("the bytes are protobuf's") { CHECK(encode(Small{150, "hi"}) == std::string("\x08\x96\x01\x12\x02hi", 7)); }

TEST_CASE("zero comes back where the default is something else") {
  GresDevice none;
  REQUIRE(none.count == 1);
  none.count = 0;
  CHECK(decode<GresDevice>(encode(none))->count == 0);
  CHECK(encode(GresDevice{}) == encode(GresDevice{0, 1, {}}));
}

TEST_CASE("a number that its field cannot hold is an error, not another number") {
  CHECK(decode<Small>(std::string("\x08\xff\xff\xff\xff\x0f", 6))->a == UINT32_MAX);
  CHECK_FALSE(decode<Small>(std::string("\x08\x85\x80\x80\x80\x10", 6)).ok());  // 2^32 + 5
}

TEST_CASE("fields in any order are read, unknown ones are skipped") {
  auto swapped = decode<Small>(std::string("\x12\x02hi\x08\x96\x01", 7));
  REQUIRE(swapped.ok());
  CHECK(*swapped == Small{150, "hi"});
  auto unknown = decode<Small>(std::string("\x78\x05\x08\x03\x7a\x01z\x12\x01q", 10));
  REQUIRE(unknown.ok());
  CHECK(*unknown == Small{3, "q"});
}

TEST_CASE("cut or wrong bytes give an error, never a crash") {
  const std::string bytes = encode(wide_sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    auto cut = decode<Wide>(std::string_view(bytes).substr(0, length));
    if (!cut) CHECK_FALSE(cut.error().message.empty());
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    (void)decode<Wide>(bad);
  }
  CHECK_FALSE(decode<Small>("\x0a\x05zz").ok());                       // a text where a number belongs
  CHECK_FALSE(decode<Small>(std::string("\x12\x7fzz", 4)).ok());       // a text longer than the bytes
  CHECK_FALSE(decode<Wide>(std::string("\x1a\x7f\x08\x01", 4)).ok());  // a nested message longer than its parent
  CHECK_FALSE(decode<Wide>(std::string("\x3a\x02\x48\x01", 4)).ok());  // an alternative nobody knows
}

TEST_CASE("a job with its specification comes back") {
  Job job;
  job.id = JobId(12);
  JobSpec spec;
  spec.labels.name = "train";
  spec.owner.uid = Uid(1000);
  spec.times.limit = TimeLimit::of(Minutes(30));
  job.spec = std::make_shared<const JobSpec>(spec);
  job.allocation = Allocation{"batch", {NodeShare{NodeIndex(2), 4, MebiBytes(500), {0, 1, 2, 3}}}, false};
  auto back = decode<Job>(encode(job));
  REQUIRE(back.ok());
  CHECK(*back->spec == spec);
  CHECK(back->allocation == job.allocation);
}
