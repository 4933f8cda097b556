// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// For tests: slurmdbd's handlers on a SQLite database of their own, and records to feed them with.
#pragma once

#include <stdlib.h>

#include <filesystem>

#include <doctest/doctest.h>

#include "accounting/handlers.h"
#include "accounting/schema.h"
#include "adapters/sql/sql_database.h"
#include "state/codec.h"
#include "wire/accounting_records.h"

namespace slurmxx {

struct JobFacts {
  std::uint32_t id = 1;
  std::string user = "alice";
  std::string account = "phys";
  std::string qos = "normal";
  std::string wckey;
  std::string reservation = {};
  std::uint32_t cpus = 1;
  JobTimes times;
  JobState state = JobState::pending;
  bool stands = false;  // is suspended, or was when it ended
};

inline JobRecord record_of(const JobFacts& facts) {
  auto spec = std::make_shared<JobSpec>();
  spec->labels.account = facts.account;
  spec->labels.qos = facts.qos;
  spec->labels.wckey = facts.wckey;
  spec->labels.name = "job";
  spec->labels.reservation = facts.reservation;
  spec->owner.user_name = facts.user;
  JobRecord record;
  record.view.job.id = JobId(facts.id);
  record.view.job.spec = spec;
  record.view.job.state = facts.state;
  record.view.job.times = facts.times;
  record.view.cpu_count = facts.cpus;
  record.view.node_count = 1 + facts.cpus / 4;
  record.view.partition = "main";
  record.view.allocated_tres = "cpu=" + std::to_string(facts.cpus) + ",mem=1.50G,node=1,billing=2,gres/gpu=1";
  if (facts.times.started) {
    record.view.job.allocation.emplace();
    record.view.job.allocation->without_cpus = facts.stands;
  }
  return record;
}

struct DbdFixture {
  std::string folder = [] {
    char name[] = "/tmp/slurmxx-dbd.XXXXXX";
    return std::string(::mkdtemp(name));
  }();
  std::unique_ptr<Database> database = std::move(*open_database(SqliteStorage{folder + "/acct.sqlite"}));
  DbdConfig config;
  DbdCaller caller{root_uid, Gid(0), "root", "c", true};
  Instant now{1'000'000};
  DbdPorts ports;
  std::uint64_t position = 0;

  DbdFixture() {
    REQUIRE(database->query("PRAGMA synchronous=OFF"));
    REQUIRE(migrate(*database));
  }
  ~DbdFixture() { std::filesystem::remove_all(folder); }

  DbdReply ask(const DbdRequest& request) {
    DbdContext context{*database, config, "head", caller, now, {}};
    context.ports = &ports;
    return serve_dbd(context, request);
  }
  void take(std::vector<AccountingRecord> records) {
    TakeRecords request{"log", ""};
    append_entry(request.entries, {LogPosition(++position), std::move(records)});
    const DbdReply reply = ask(request);
    if (const auto* error = std::get_if<DbdError>(&reply)) FAIL(error->message);
  }
  std::int64_t number(const std::string& sql) {
    const auto rows = database->query(sql);
    REQUIRE(rows);
    return rows->empty() ? 0 : rows->front().integer(0);
  }
};

}  // namespace slurmxx
