// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A database that is away makes every order fail with Errc::communication: who asked decides whether to come again.
#include "daemons/slurmdbd/workers.h"

#include <algorithm>
#include <chrono>

#include "accounting/rollup.h"
#include "adapters/clock/clock.h"
#include "adapters/identity/identity.h"

namespace slurmxx {

Workers::Workers(const DbdConfig& config, std::string host, WorkerPorts ports)
    : config_(config), host_(std::move(host)), ports_(std::move(ports)) {
  threads_.emplace_back([this] { work(writes_); });
  for (unsigned i = 0; i < readers_count; ++i) threads_.emplace_back([this] { work(reads_); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    reads_.come.notify_all();
    writes_.come.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool Workers::push(DbdOrder order) {
  const std::lock_guard lock(mutex_);
  Lane& lane = handler_of(order.call.body).writes ? writes_ : reads_;
  std::size_t& waiting = waiting_of_[order.from];
  if (lane.orders.size() >= orders_max || waiting >= session_orders_max) return false;
  ++waiting;
  lane.orders.push_back(std::move(order));
  lane.come.notify_one();
  return true;
}

void Workers::work(Lane& lane) {
  Storage storage(config_.storage);
  MonoTime house_at = mono_now();
  while (true) {
    std::unique_lock lock(mutex_);
    const auto is_called = [&] { return stopping_ || !lane.orders.empty(); };
    if (&lane != &writes_)
      lane.come.wait(lock, is_called);
    else
      lane.come.wait_for(lock, std::chrono::milliseconds(std::max<std::int64_t>(0, (house_at - mono_now()).value)),
                         is_called);
    if (stopping_) return;
    if (lane.orders.empty()) {
      lock.unlock();
      keep_house(storage, house_at);
      continue;
    }
    const DbdOrder order = std::move(lane.orders.front());
    lane.orders.pop_front();
    if (const auto waiting = waiting_of_.find(order.from); --waiting->second == 0) waiting_of_.erase(waiting);
    lock.unlock();
    ports_.answer(order.from, {order.call.call, serve(storage, order)});
  }
}

// One piece of work; `next` is when it is worth to look again.
void Workers::keep_house(Storage& storage, MonoTime& next) {
  next = mono_now() + house_interval;
  if (config_.behaviour.disable_rollups) return;
  const auto database = storage.ready();
  say_storage(database ? Status() : Status(database.error()));
  if (!database) return;
  const auto rolled = roll_up_next(**database, wall_now());
  if (rolled && *rolled) next = mono_now();
  if (rolled) return;
  ports_.log_line("error: usage is not rolled up: " + text_of(rolled.error()));
  if (rolled.error().code == Errc::communication) storage.lost();
}

DbdReply Workers::serve(Storage& storage, const DbdOrder& order) {
  const auto database = storage.ready();
  say_storage(database ? Status() : Status(database.error()));
  if (!database) return DbdError{Errc::communication, "slurmdbd has no database: " + text_of(database.error())};
  DbdContext context{**database, config_, host_, order.caller, wall_now(), {}, {}, user_name_of};
  DbdReply reply = serve_dbd(context, order.call.body);
  if (const auto* error = std::get_if<DbdError>(&reply); error && error->code == Errc::communication) {
    storage.lost();
    say_storage(fail(error->message));
  }
  for (const DbdNews& news : context.news) ports_.tell(news);
  for (const std::string& line : context.audited) ports_.audit_line(line);
  return reply;
}

void Workers::say_storage(const Status& state) {
  const std::string trouble = state ? "" : text_of(state.error());
  {
    const std::lock_guard lock(mutex_);
    if (trouble == trouble_) return;
    trouble_ = trouble;
  }
  ports_.log_line(state ? "the database answers again" : "error: no database: " + trouble);
}

}  // namespace slurmxx
