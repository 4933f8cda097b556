// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/query_pool.h"

#include "adapters/identity/identity.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

// Jobs that were submitted alike share their specification in state: it is sent with the first of them.
void send_shared_once(JobsReply& reply) {
  std::shared_ptr<const JobSpec> last;
  for (JobView& view : reply.jobs) {
    if (view.job.spec == last)
      view.job.spec.reset();
    else
      last = view.job.spec;
  }
}

}  // namespace

QueryPool::QueryPool(Send send, CallStatistics& statistics, std::function<std::uint64_t()> records)
    : send_(std::move(send)), statistics_(statistics), records_(std::move(records)) {
  for (unsigned i = 0; i < threads_count; ++i) threads_.emplace_back([this] { work(); });
}

QueryPool::~QueryPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    come_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool QueryPool::push(Query query) {
  const std::lock_guard lock(mutex_);
  std::size_t& own = of_session_[query.session];
  if (waiting_.size() + parked_.size() >= waiting_max || own >= session_queries_max) {
    if (own == 0) of_session_.erase(query.session);
    return false;
  }
  ++own;
  waiting_.push_back(std::move(query));
  come_.notify_one();
  return true;
}

void QueryPool::drained(SessionId session) {
  const std::lock_guard lock(mutex_);
  auto [first, last] = parked_.equal_range(session);
  for (auto at = first; at != last; ++at) {
    waiting_.push_back(std::move(at->second));
    come_.notify_one();
  }
  parked_.erase(first, last);
}

void QueryPool::closed(SessionId session) {
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const Query& query) { return query.session == session; });
  parked_.erase(session);
  of_session_.erase(session);
}

void QueryPool::count_down(SessionId session) {
  const std::lock_guard lock(mutex_);
  auto own = of_session_.find(session);
  if (own != of_session_.end() && --own->second == 0) of_session_.erase(own);
}

void QueryPool::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    come_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
    if (stopping_) return;
    Query query = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const SessionId session = query.session;
    if (answer(query)) count_down(session);
  }
}

void QueryPool::add_figures(StatisticsReply& reply) {
  statistics_.fill(reply, user_name_of);
  if (records_) reply.records_waiting = records_();
  const std::lock_guard lock(mutex_);
  reply.threads = threads_count;
  reply.queries_waiting = static_cast<std::uint32_t>(waiting_.size());
}

bool QueryPool::answer(Query& query) {
  const std::uint64_t began = stopwatch_us();
  ClientAnswer answer{query.call, {}};
  bool more = false;
  if (const auto* jobs = std::get_if<JobsRequest>(&query.request)) {
    JobsPart part = answer_jobs(*query.picture, *jobs, query.now, query.next);
    query.next = part.next;
    more = part.reply.ok() && part.reply->more;
    if (part.reply) {
      send_shared_once(*part.reply);
      answer.body = std::move(*part.reply);
    } else {
      answer.body = ErrorReply{part.reply.error().code, part.reply.error().message, {}};
    }
  } else {
    answer.body = *answer_query(*query.picture, query.request, query.now);
    if (auto* figures = std::get_if<StatisticsReply>(&answer.body)) add_figures(*figures);
  }
  std::string bytes = encode(answer);
  statistics_.note(query.request, query.user, stopwatch_us() - began);
  const SessionId session = query.session;
  if (more) {  // before it is sent: it may be drained at once
    const std::lock_guard lock(mutex_);
    if (of_session_.contains(session)) parked_.emplace(session, std::move(query));
  }
  send_(session, std::move(bytes), more);
  return !more;
}

}  // namespace slurmxx
