// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Threads that answer queries from a published picture, so that a large one holds up neither the thread that moves
// bytes nor the one that owns the state. A list of jobs goes out in parts: the next is made when the session has taken
// the one before, so a reader that is slow, or hostile, costs no more memory than one part a query.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "control/published.h"
#include "daemons/slurmctld/call_statistics.h"
#include "wire/client_messages.h"
#include "wire/message_types.h"

namespace slurmxx {

struct Query {
  SessionId session;
  std::uint64_t call = 0;
  ClientRequest request;
  std::shared_ptr<const Published> picture;
  Instant now;
  JobId next;  // where the next part begins
  Uid user = {};
};

class QueryPool {
 public:
  static constexpr std::size_t waiting_max = 4096;        // of all sessions
  static constexpr std::size_t session_queries_max = 16;  // of one
  static constexpr unsigned threads_count = 2;

  // An encoded ClientAnswer; `more`: drained() must be called when the session has taken it.
  using Send = std::function<void(SessionId to, std::string answer, bool more)>;
  // `statistics` outlives the pool, and is told of every query. `records`: how many wait for slurmdbd; any thread.
  QueryPool(Send send, CallStatistics& statistics, std::function<std::uint64_t()> records = {});
  ~QueryPool();

  // Any thread. False: too many wait already; nothing was taken.
  bool push(Query query);
  void drained(SessionId session);
  void closed(SessionId session);

 private:
  void work();
  bool answer(Query& query);  // false: there is more, and the query is parked
  void add_figures(StatisticsReply& reply);
  void count_down(SessionId session);

  Send send_;
  CallStatistics& statistics_;
  std::function<std::uint64_t()> records_;
  std::mutex mutex_;
  std::condition_variable come_;
  std::deque<Query> waiting_;
  std::multimap<SessionId, Query> parked_;       // until their session is drained
  std::map<SessionId, std::size_t> of_session_;  // waiting, parked or being answered
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace slurmxx
