// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The threads that ask the database: one that changes it, and some that only read, so that a long listing holds up no
// record. Each has its own connection. Orders of one kind are served in the order they came. The one that writes rolls
// usage up when nothing waits for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "accounting/handlers.h"
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
};

class Workers {
 public:
  static constexpr std::size_t orders_max = 4096;        // waiting, of each kind
  static constexpr std::size_t session_orders_max = 64;  // waiting, of one session
  static constexpr unsigned readers_count = 2;
  static constexpr Millis house_interval{30'000};

  Workers(const DbdConfig& config, std::string host, WorkerPorts ports);
  ~Workers();  // what was begun is finished

  bool push(DbdOrder order);  // false: too many wait already

 private:
  struct Lane {
    std::deque<DbdOrder> orders;
    std::condition_variable come;
  };
  void work(Lane& lane);
  void keep_house(Storage& storage, MonoTime& next);
  DbdReply serve(Storage& storage, const DbdOrder& order);
  void say_storage(const Status& state);

  const DbdConfig& config_;
  std::string host_;
  WorkerPorts ports_;
  std::mutex mutex_;  // guards all below
  Lane reads_;
  Lane writes_;
  std::map<SessionId, std::size_t> waiting_of_;
  bool stopping_ = false;
  std::string trouble_;  // with the database, as it was last said; empty: none
  std::vector<std::thread> threads_;
};

}  // namespace slurmxx
