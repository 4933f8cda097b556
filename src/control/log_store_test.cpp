// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/log_store.h"

#include <doctest/doctest.h>

#include <map>

using namespace slurmxx;

namespace {

// Keeps what is certain apart from what is only written; crash() loses a random part of the difference.
class FragileFolder final : public Folder {
 public:
  struct File {
    std::string content;
    std::size_t synced = 0;
    bool named_for_sure = false;
  };
  std::map<std::string, File> files;
  std::uint64_t random = 1;

  Result<std::vector<std::string>> list() override {
    std::vector<std::string> names;
    for (const auto& [name, file] : files) names.push_back(name);
    return names;
  }
  Result<std::string> read(const std::string& name) override { return files.at(name).content; }
  Status append(const std::string& name, std::string_view bytes) override {
    files[name].content += bytes;
    return {};
  }
  Status sync(const std::string& name) override {
    files[name].synced = files[name].content.size();
    return {};
  }
  Status truncate(const std::string& name, std::size_t size) override {
    files[name].content.resize(size);
    return {};
  }
  Status rename(const std::string& from, const std::string& to) override {
    files[to] = files.at(from);
    files.erase(from);
    return {};
  }
  Status remove(const std::string& name) override {
    files.erase(name);
    return {};
  }
  Status sync_folder() override {
    for (auto& [name, file] : files) file.named_for_sure = true;
    return {};
  }

  std::uint64_t next() { return random = random * 6364136223846793005u + 1442695040888963407u, random >> 33; }

  void crash() {
    std::erase_if(files, [&](const auto& entry) { return !entry.second.named_for_sure && next() % 2 == 0; });
    for (auto& [name, file] : files) {
      const std::size_t loose = file.content.size() - file.synced;
      file.content.resize(file.synced + (loose ? next() % (loose + 1) : 0));
      if (file.content.size() > file.synced && next() % 2 == 0)
        file.content[file.synced + next() % (file.content.size() - file.synced)] ^= 0x20;
      file.synced = file.content.size();
      file.named_for_sure = true;
    }
  }
};

const LogUuid fresh{9};

Record job_record(std::uint64_t position) {
  return Record{LogPosition(position), Instant(1000), RequestId(position),
                JobSubmitted{JobId(static_cast<std::uint32_t>(position)), std::make_shared<const JobSpec>()}};
}

Recovered opened(LogStore& store) {
  auto recovered = store.open(fresh);
  REQUIRE_MESSAGE(recovered.ok(), (recovered.ok() ? "" : recovered.error().message));
  return std::move(*recovered);
}

}  // namespace

TEST_CASE("what was committed is there after a restart, with and without a snapshot") {
  FragileFolder folder;
  {
    LogStore store(folder, {.segment_bytes = 200});
    opened(store);
    for (std::uint64_t position = 1; position <= 10; ++position) REQUIRE(store.commit({job_record(position)}).ok());
  }
  for (int round = 0; round < 3; ++round) {
    LogStore store(folder, {.segment_bytes = 200});
    Recovered recovered = opened(store);
    CHECK(recovered.state.jobs().size() == 10 + std::size_t(round));
    CHECK(recovered.log == fresh);
    REQUIRE(store.snapshot(recovered.state, recovered.requests).ok());
    REQUIRE(store.commit({job_record(11 + std::uint64_t(round))}).ok());
  }
  CHECK(folder.files.size() < 8);  // superfluous segments and snapshots went
}

TEST_CASE("a snapshot is due when the journal has grown, and keeps it short while records go on coming") {
  FragileFolder folder;
  const LogStoreOptions options{.segment_bytes = 300, .snapshot_bytes = 100'000, .snapshot_records = 20};
  LogStore store(folder, options);
  Recovered recovered = opened(store);
  std::size_t most_segments = 0;
  std::size_t snapshots = 0;
  for (std::uint64_t position = 1; position <= 500; ++position) {
    REQUIRE(apply(recovered.state, job_record(position)).ok());
    recovered.requests.apply(job_record(position));
    REQUIRE(store.commit({job_record(position)}).ok());
    most_segments = std::max(most_segments, folder.files.size());
    if (!store.snapshot_due()) continue;
    ++snapshots;
    const State then = recovered.state;
    REQUIRE(store.write_draft(folder, then, recovered.requests).ok());
    for (int more = 0; more < 5; ++more) {  // meanwhile
      REQUIRE(apply(recovered.state, job_record(++position)).ok());
      REQUIRE(store.commit({job_record(position)}).ok());
    }
    REQUIRE(store.adopt_draft(then.position()).ok());
    CHECK_FALSE(store.snapshot_due());
  }
  CHECK(snapshots >= 15);
  CHECK(most_segments < 20);
  LogStore again(folder, options);
  Recovered after = opened(again);
  CHECK(after.state.jobs().size() == recovered.state.jobs().size());
  CHECK(after.state.position() == store.durable());
}

TEST_CASE("what a restart replayed counts towards the next snapshot; one that failed is put off") {
  FragileFolder folder;
  const LogStoreOptions options{.segment_bytes = 300, .snapshot_bytes = 100'000, .snapshot_records = 5};
  {
    LogStore store(folder, options);
    opened(store);
    for (std::uint64_t position = 1; position <= 6; ++position) REQUIRE(store.commit({job_record(position)}).ok());
  }
  LogStore store(folder, options);
  opened(store);
  CHECK(store.snapshot_due());
  store.put_snapshot_off();
  CHECK_FALSE(store.snapshot_due());
}

TEST_CASE("no crash, at whatever write, loses a committed record") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    FragileFolder folder;
    folder.random = seed;
    std::uint64_t acknowledged = 0;
    for (int life = 0; life < 6; ++life) {
      LogStore store(folder, {.segment_bytes = 300});
      Recovered recovered = opened(store);
      REQUIRE(recovered.state.position().value >= acknowledged);
      std::uint64_t position = recovered.state.position().value;
      acknowledged = position;
      std::optional<LogPosition> draft;
      for (std::uint64_t step = folder.next() % 8; step > 0; --step) {
        std::vector<Record> group;
        for (std::uint64_t n = 1 + folder.next() % 3; n > 0; --n) {
          group.push_back(job_record(++position));
          REQUIRE(apply(recovered.state, group.back()).ok());
        }
        REQUIRE(store.commit(group).ok());
        acknowledged = position;
        if (folder.next() % 4 == 0) REQUIRE(store.snapshot(recovered.state, recovered.requests).ok());
        if (folder.next() % 4 == 0) {  // a draft whose adoption later commits overtake
          draft = recovered.state.position();
          REQUIRE(store.write_draft(folder, recovered.state, recovered.requests).ok());
        } else if (draft && folder.next() % 2 == 0 && folder.files.contains("snapshot.new")) {
          REQUIRE(store.adopt_draft(*draft).ok());
          draft.reset();
        }
      }
      // A write that the crash catches half way: never acknowledged, so it may come back or not.
      std::string torn;
      append_record(torn, job_record(position + 1), LogPosition(position));
      if (!folder.files.empty() && folder.files.rbegin()->first.rfind("journal.", 0) == 0)
        (void)folder.append(folder.files.rbegin()->first, torn);
      folder.crash();
    }
  }
}

TEST_CASE("two logs in one folder are refused") {
  FragileFolder folder;
  LogStore store(folder, {.segment_bytes = 200});
  opened(store);
  REQUIRE(store.commit({job_record(1)}).ok());
  folder.files[segment_name(LogPosition(2))].content = encode_segment_header({LogUuid{7}, LogPosition(2)});
  LogStore again(folder, {});
  auto refused = again.open(fresh);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("belongs to another log") != std::string::npos);
}

TEST_CASE("what an earlier process wrote and did not sync is durable once the log is open") {
  FragileFolder folder;
  {
    LogStore store(folder, {});
    REQUIRE(store.open(fresh).ok());
    REQUIRE(store.commit({job_record(1)}).ok());
  }
  // It was killed after it had written the second record, and before it had synced anything.
  std::string bytes;
  append_record(bytes, job_record(2), LogPosition(1));
  const std::string segment = segment_name(LogPosition(1));
  REQUIRE(folder.append(segment, bytes).ok());
  folder.files.at(segment).named_for_sure = false;
  LogStore store(folder, {});
  const auto opened = store.open(fresh);
  REQUIRE(opened.ok());
  CHECK(opened.value().state.position() == LogPosition(2));
  CHECK(folder.files.at(segment).synced == folder.files.at(segment).content.size());
  CHECK(folder.files.at(segment).named_for_sure);
}
