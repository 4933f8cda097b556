// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmdbd/workers.h"

#include "adapters/clock/clock.h"
#include "daemons/slurmdbd/dbd_fixture.h"
#include "daemons/slurmdbd/standby.h"

namespace slurmxx {
namespace {

// Workers on a database of their own, and what they answered when.
struct Served {
  DbdFixture fixture;
  LiveConfig live;
  std::mutex mutex;
  std::condition_variable come;
  std::map<std::uint64_t, std::pair<MonoTime, DbdReply>> answers;
  bool serving = true;
  std::unique_ptr<Workers> workers;
  std::uint64_t calls = 0;

  explicit Served(std::int64_t commit_delay = 0) : live(config(commit_delay)) {
    WorkerPorts ports{[this](SessionId, DbdAnswer answer) {
                        const std::lock_guard lock(mutex);
                        answers[answer.call] = {mono_now(), std::move(answer.body)};
                        come.notify_all();
                      },
                      [](const DbdNews&) {},
                      [](const std::string&) {},
                      [](const std::string&) {},
                      [this] { return serving; },
                      {}};
    workers = std::make_unique<Workers>(live, "head", std::move(ports));
  }
  DbdConfig config(std::int64_t commit_delay) const {
    DbdConfig config;
    config.storage.type = "accounting_storage/sqlite";
    config.storage.location = fixture.folder + "/served.sqlite";
    config.behaviour.commit_delay = Seconds(commit_delay);
    return config;
  }
  std::uint64_t push(DbdRequest request, std::uint64_t session = 1) {
    const std::uint64_t call = ++calls;
    REQUIRE(workers->push(
        {SessionId(session), {root_uid, Gid(0), "root", "c", true}, {call, {}, "c", std::move(request)}}));
    return call;
  }
  std::pair<MonoTime, DbdReply> answer(std::uint64_t call) {
    std::unique_lock lock(mutex);
    REQUIRE(come.wait_for(lock, std::chrono::seconds(20), [&] { return answers.contains(call); }));
    return answers.at(call);
  }
};

TakeRecords record(std::uint64_t position, std::size_t bytes = 0) {
  NodeEventRecord event{
      "n1", false, "DOWN", std::string(bytes, 'x'), root_uid, "cpu=4", Instant(100 + std::int64_t(position))};
  TakeRecords request{"log", ""};
  append_entry(request.entries, {LogPosition(position), {event}});
  return request;
}

TEST_CASE("CommitDelay: small records of one session are committed that far apart, all others at once") {
  Served served(1);
  const MonoTime first = served.answer(served.push(record(1))).first;
  const std::uint64_t small = served.push(record(2));
  const MonoTime other = served.answer(served.push(record(2), 2)).first;
  const MonoTime asked = served.answer(served.push(DbdPing{})).first;
  const auto [at, reply] = served.answer(small);
  CHECK(std::holds_alternative<DbdDone>(reply));
  CHECK((at - first).value >= 990);
  CHECK((other - first).value < 990);
  CHECK((asked - first).value < 990);
  const MonoTime large = served.answer(served.push(record(3, Workers::delayed_bytes_max + 1))).first;
  CHECK((large - at).value < 990);
}

TEST_CASE("what was served is counted, until it is forgotten") {
  Served served;
  served.answer(served.push(record(1)));
  served.answer(served.push(DbdPing{}));
  const auto counted =
      std::get<DbdStatistics>(served.answer(served.push(DbdHouseOrder{{"stats"}, false, true, ""})).second);
  const auto count = [&](const std::string& name) {
    for (const DbdCount& one : counted.by_type)
      if (one.name == name) return one.count;
    return std::uint64_t(0);
  };
  CHECK(count("DBD_TAKE_RECORDS") == 1);
  CHECK(count("DBD_PING") == 1);
  REQUIRE(counted.by_user.size() == 1);
  CHECK(counted.by_user.front().name == "root");
  CHECK(counted.by_user.front().count == 2);
  served.answer(served.push(DbdHouseOrder{{"clear", "stats"}, true, true, ""}));
  const auto cleared =
      std::get<DbdStatistics>(served.answer(served.push(DbdHouseOrder{{"stats"}, false, true, ""})).second);
  CHECK(cleared.by_type.size() <= 1);
}

TEST_CASE("a slurmdbd that stands by refuses whatever it is asked") {
  Served served;
  served.serving = false;
  const auto reply = served.answer(served.push(record(1))).second;
  REQUIRE(std::holds_alternative<DbdError>(reply));
  CHECK(std::get<DbdError>(reply).code == Errc::in_standby_mode);
}

TEST_CASE("another configuration is in force from the next order on") {
  Served served;
  served.answer(served.push(DbdPing{}));
  DbdConfig config = served.config(0);
  config.storage.location = served.fixture.folder + "/other.sqlite";
  config.shown = {{"StorageLoc", config.storage.location}};
  served.live.set(config);
  const auto settings =
      std::get<DbdSettings>(served.answer(served.push(DbdHouseOrder{{"config"}, false, true, ""})).second);
  CHECK(settings.settings.front().value == config.storage.location);
  CHECK(std::filesystem::exists(config.storage.location));
}

TEST_CASE("which host is the backup") {
  DbdIdentity identity;
  identity.dbd_host = "db1";
  identity.backup_host = "db2.example.org";
  CHECK(is_backup(identity, "db2"));
  CHECK_FALSE(is_backup(identity, "db1"));
  identity.backup_host = "db1";
  CHECK_FALSE(is_backup(identity, "db1"));
  identity.backup_host.clear();
  CHECK_FALSE(is_backup(identity, "db3"));
}

}  // namespace
}  // namespace slurmxx
