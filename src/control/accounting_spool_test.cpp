// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "control/accounting_spool.h"

#include <doctest/doctest.h>

#include <map>

#include "state/codec.h"

namespace slurmxx {
namespace {

class PlainFolder final : public Folder {
 public:
  std::map<std::string, std::string> files;

  Result<std::vector<std::string>> list() override {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : files) names.push_back(name);
    return names;
  }
  Result<std::string> read(const std::string& name) override { return files.at(name); }
  Status append(const std::string& name, std::string_view bytes) override { return files[name] += bytes, Status(); }
  Status sync(const std::string&) override { return {}; }
  Status truncate(const std::string& name, std::size_t size) override { return files.at(name).resize(size), Status(); }
  Status rename(const std::string& from, const std::string& to) override {
    files[to] = files.at(from);
    files.erase(from);
    return {};
  }
  Status remove(const std::string& name) override { return files.erase(name), Status(); }
  Status sync_folder() override { return {}; }
};

AccountingEntry entry(std::uint64_t position) {
  NodeEventRecord record;
  record.node = "n" + std::to_string(position);
  return {LogPosition(position), {record}};
}

std::vector<std::uint64_t> positions(const SpoolChunk& chunk) {
  std::vector<std::uint64_t> found;
  std::size_t at = 0;
  while (const auto frame = entry_at(chunk.entries, at)) {
    found.push_back(decode<AccountingEntry>(frame->body)->position.value);
    at = frame->end;
  }
  return found;
}

constexpr LogUuid log_a{1};
constexpr LogUuid log_b{2};

TEST_CASE("what was sent is not sent again, and a torn end is cut off") {
  PlainFolder folder;
  AccountingSpool spool(folder);
  REQUIRE(spool.open(log_a));
  CHECK(spool.position() == LogPosition());
  for (const std::uint64_t position : {3, 4}) REQUIRE(spool.append(entry(position)));
  CHECK(spool.waiting() == 2);
  SpoolReader reader(folder);
  REQUIRE(reader.open());
  const auto chunk = reader.next();
  REQUIRE(chunk->has_value());
  CHECK(positions(**chunk) == std::vector<std::uint64_t>{3, 4});
  REQUIRE(reader.sent(**chunk));
  CHECK((*chunk)->count == 2);
  spool.sent((*chunk)->count, 0);
  CHECK(spool.waiting() == 0);
  CHECK(!reader.next()->has_value());
  REQUIRE(spool.append(entry(7)));

  folder.files.begin()->second += "torn";
  AccountingSpool after_crash(folder);
  REQUIRE(after_crash.open(log_a));
  CHECK(after_crash.position() == LogPosition(7));
  CHECK(after_crash.waiting() == 1);
  REQUIRE(after_crash.append(entry(9)));
  SpoolReader again(folder);
  REQUIRE(again.open());
  const auto rest = again.next();
  CHECK(positions(**rest) == std::vector<std::uint64_t>{7, 9});  // behind a torn end a new file begins
  REQUIRE(again.sent(**rest));
  CHECK(!again.next()->has_value());
}

TEST_CASE("what is sent at once is of many files and has its bound") {
  PlainFolder folder;
  AccountingSpool spool(folder);
  REQUIRE(spool.open(log_a));
  constexpr std::size_t text_bytes = 1u << 20;
  constexpr std::uint64_t last = 20;
  for (std::uint64_t position = 1; position <= last; ++position) {
    const std::size_t bytes = position == last ? 2 * SpoolReader::chunk_bytes_max : text_bytes;
    REQUIRE(spool.append({LogPosition(position), {TextRecord{"hash", std::string(bytes, 'x')}}}));
  }
  SpoolReader reader(folder);
  REQUIRE(reader.open());
  std::vector<std::size_t> counts;
  while (const auto chunk = *reader.next()) {
    counts.push_back(positions(*chunk).size());
    CHECK((counts.size() == 3 || chunk->entries.size() <= SpoolReader::chunk_bytes_max));
    REQUIRE(reader.sent(*chunk));
  }
  CHECK(counts == std::vector<std::size_t>{11, 8, 1});
}

TEST_CASE("another log begins a file of its own behind what is still to be sent") {
  PlainFolder folder;
  AccountingSpool first(folder);
  REQUIRE(first.open(log_a));
  REQUIRE(first.append(entry(5)));
  AccountingSpool second(folder);
  REQUIRE(second.open(log_b));
  CHECK(second.position() == LogPosition());
  REQUIRE(second.append(entry(1)));
  SpoolReader reader(folder);
  REQUIRE(reader.open());
  auto chunk = reader.next();
  CHECK((*chunk)->log == log_a);
  REQUIRE(reader.sent(**chunk));
  chunk = reader.next();
  CHECK((*chunk)->log == log_b);
  CHECK(positions(**chunk) == std::vector<std::uint64_t>{1});
  REQUIRE(reader.sent(**chunk));
  CHECK(folder.files.size() == 2);  // the newest segment and the place
}

}  // namespace
}  // namespace slurmxx
