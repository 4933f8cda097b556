// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The threads that ask the database: one that changes it, and some that only read, so that a long listing holds up no
// record. Each has its own connection. Orders of one kind are served in the order they came. The one that writes rolls
// usage up and purges what is old when nothing waits for it. CommitDelay: records of one session that come sooner after
// the last ones wait, and their sender with them, which keeps what happens meanwhile and sends it in one piece.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "accounting/handlers.h"
#include "accounting/purge.h"
#include "daemons/slurmdbd/call_counts.h"
#include "daemons/slurmdbd/live_config.h"
#include "daemons/slurmdbd/storage.h"

namespace slurmxx {

struct DbdOrder {
  SessionId from;
  DbdCaller caller;
  DbdCall call;
};

struct WorkerPorts {
  std::function<void(SessionId, DbdAnswer)> answer;
  std::function<void(const DbdNews&)> tell;  // to controllers
  std::function<void(const std::string&)> log_line;
  std::function<void(const std::string&)> audit_line;  // JSON
  std::function<bool()> serves;                        // false: this slurmdbd is a backup that stands by
  DbdPorts of_handlers;
};

class Workers {
 public:
  static constexpr std::size_t orders_max = 4096;        // waiting, of each kind
  static constexpr std::size_t session_orders_max = 64;  // waiting, of one session
  static constexpr unsigned readers_count = 2;
  static constexpr Millis house_interval{30'000};
  static constexpr std::size_t delayed_bytes_max = 256u << 10;  // of records: more is worth a commit of its own

  Workers(const LiveConfig& config, std::string host, WorkerPorts ports);
  ~Workers();  // what was begun is finished

  bool push(DbdOrder order);       // false: too many wait already
  void forget(SessionId session);  // it is closed

 private:
  struct Lane {
    std::deque<DbdOrder> orders;
    std::condition_variable come;
  };
  void work(Lane& lane);
  std::optional<DbdOrder> next_order(Lane& lane, MonoTime house_at);
  MonoTime take_due(MonoTime wake_at);
  std::optional<MonoTime> delayed_until(const DbdOrder& order) const;
  void keep_house(Storage& storage, MonoTime& next);
  Result<bool> do_house_work(Database& database, const DbdConfig& config);
  DbdReply serve(Storage& storage, const DbdOrder& order);
  DbdReply serve_from(Database& database, const DbdConfig& config, const DbdOrder& order);
  void say_storage(const Status& state);
  void say_house(const Status& state);

  const LiveConfig& config_;
  std::string host_;
  WorkerPorts ports_;
  Instant booted_;
  CallCounts counts_;
  Purger purger_;              // of the thread that writes
  std::string house_trouble_;  // likewise; as it was last said
  std::mutex mutex_;           // guards all below
  Lane reads_;
  Lane writes_;
  std::multimap<MonoTime, DbdOrder> delayed_;   // records that wait for CommitDelay
  std::map<SessionId, MonoTime> committed_at_;  // their records; of sessions that CommitDelay concerns
  std::map<SessionId, std::size_t> waiting_of_;
  bool stopping_ = false;
  std::string trouble_;  // with the database, as it was last said; empty: none
  std::vector<std::thread> threads_;
};

}  // namespace slurmxx
