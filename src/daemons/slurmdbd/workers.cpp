// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A database that is away makes every order fail with Errc::communication: who asked decides whether to come again.
#include "daemons/slurmdbd/workers.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "accounting/rollup.h"
#include "adapters/clock/clock.h"
#include "adapters/identity/identity.h"

namespace slurmxx {

namespace {

std::uint64_t us_since(std::chrono::steady_clock::time_point start) {
  const auto took = std::chrono::steady_clock::now() - start;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

}  // namespace

Workers::Workers(const LiveConfig& config, std::string host, WorkerPorts ports)
    : config_(config), host_(std::move(host)), ports_(std::move(ports)), booted_(wall_now()), counts_(booted_) {
  ports_.of_handlers.statistics = [this] { return counts_.all(); };
  ports_.of_handlers.clear_statistics = [this] { counts_.clear(wall_now()); };
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

// Nothing: at once.
std::optional<MonoTime> Workers::delayed_until(const DbdOrder& order) const {
  const auto* records = std::get_if<TakeRecords>(&order.call.body);
  const Seconds delay = config_.get()->behaviour.commit_delay;
  if (!records || delay.value == 0 || records->entries.size() > delayed_bytes_max) return std::nullopt;
  const auto last = committed_at_.find(order.from);
  if (last == committed_at_.end()) return std::nullopt;
  const MonoTime until = last->second + Millis(delay.value * 1000);
  return until > mono_now() ? std::optional(until) : std::nullopt;
}

bool Workers::push(DbdOrder order) {
  const std::lock_guard lock(mutex_);
  Lane& lane = writes(order.call.body) ? writes_ : reads_;
  std::size_t& waiting = waiting_of_[order.from];
  if (lane.orders.size() >= orders_max || waiting >= session_orders_max) return false;
  ++waiting;
  if (const auto until = delayed_until(order))
    delayed_.emplace(*until, std::move(order));
  else
    lane.orders.push_back(std::move(order));
  lane.come.notify_one();
  return true;
}

// Lets those go whose delay is over; when to wake for the next.
MonoTime Workers::take_due(MonoTime wake_at) {
  const MonoTime now = mono_now();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    writes_.orders.push_back(std::move(delayed_.begin()->second));
    delayed_.erase(delayed_.begin());
  }
  return delayed_.empty() ? wake_at : std::min(wake_at, delayed_.begin()->first);
}

// Waits for it. Nothing: it is time to keep house, or to end.
std::optional<DbdOrder> Workers::next_order(Lane& lane, MonoTime house_at) {
  std::unique_lock lock(mutex_);
  const bool is_writer = &lane == &writes_;
  while (!stopping_) {
    const MonoTime wake_at = is_writer ? take_due(house_at) : house_at;
    if (!lane.orders.empty()) break;
    if (!is_writer) {
      lane.come.wait(lock);
      continue;
    }
    const std::int64_t left = (wake_at - mono_now()).value;
    if (left > 0) lane.come.wait_for(lock, std::chrono::milliseconds(left));
    if (mono_now() >= house_at && lane.orders.empty()) return std::nullopt;
  }
  if (stopping_) return std::nullopt;
  DbdOrder order = std::move(lane.orders.front());
  lane.orders.pop_front();
  if (const auto waiting = waiting_of_.find(order.from); --waiting->second == 0) waiting_of_.erase(waiting);
  return order;
}

void Workers::work(Lane& lane) {
  Storage storage;
  MonoTime house_at = mono_now();
  while (true) {
    const auto order = next_order(lane, house_at);
    if (!order) {
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
      }
      keep_house(storage, house_at);
      continue;
    }
    DbdReply reply = serve(storage, *order);
    if (std::holds_alternative<TakeRecords>(order->call.body)) {
      const std::lock_guard lock(mutex_);
      committed_at_[order->from] = mono_now();
    }
    ports_.answer(order->from, {order->call.call, std::move(reply)});
  }
}

void Workers::forget(SessionId session) {
  const std::lock_guard lock(mutex_);
  committed_at_.erase(session);
}

// Rolls up first: only what is rolled up may go. True: there may be more to do.
Result<bool> Workers::do_house_work(Database& database, const DbdConfig& config) {
  if (!config.behaviour.disable_rollups) {
    const auto start = std::chrono::steady_clock::now();
    const Instant now = wall_now();
    auto rolled = roll_up_next(database, now);
    if (!rolled) return fail(rolled.error().code, "usage is not rolled up: " + text_of(rolled.error()));
    if (*rolled) counts_.note_rollup(now, us_since(start));
    if (*rolled) return true;
  }
  const DbdCaller self{Uid(::geteuid()), Gid(::getegid()), "slurmdbd", "", true, "slurmdbd"};
  DbdContext context{database, config, host_, self, wall_now(), {}, {}, user_name_of, &ports_.of_handlers, booted_};
  const auto purged = purger_.next(context, config.retention);
  if (!purged) return fail(purged.error().code, "nothing is purged: " + text_of(purged.error()));
  for (const std::string& line : context.audited) ports_.audit_line(line);
  if (purged->rows > 0)
    ports_.log_line(fmt::format("{} rows purged{}", purged->rows, purged->file.empty() ? "" : " into " + purged->file));
  return purged->done;
}

// One piece of work; `next` is when it is worth to look again.
void Workers::keep_house(Storage& storage, MonoTime& next) {
  next = mono_now() + house_interval;
  if (ports_.serves && !ports_.serves()) return;
  const auto config = config_.get();
  const auto database = storage.ready(config->storage);
  say_storage(database ? Status() : Status(database.error()));
  if (!database) return;
  const auto more = do_house_work(**database, *config);
  say_house(more ? Status() : Status(more.error()));
  if (more && *more) next = mono_now();
  if (!more && more.error().code == Errc::communication) storage.lost();
}

DbdReply Workers::serve_from(Database& database, const DbdConfig& config, const DbdOrder& order) {
  DbdContext context{database, config, host_,        order.caller,        wall_now(),
                     {},       {},     user_name_of, &ports_.of_handlers, booted_};
  const auto start = std::chrono::steady_clock::now();
  DbdReply reply = serve_dbd(context, order.call.body);
  counts_.note(call_name(order.call.body), order.caller.uid, order.caller.user_name, us_since(start));
  for (const DbdNews& news : context.news) ports_.tell(news);
  for (const std::string& line : context.audited) ports_.audit_line(line);
  return reply;
}

DbdReply Workers::serve(Storage& storage, const DbdOrder& order) {
  const auto config = config_.get();
  if (ports_.serves && !ports_.serves())
    return DbdError{Errc::in_standby_mode,
                    fmt::format("this slurmdbd stands by for the one at {}, which serves", config->identity.dbd_host)};
  const auto database = storage.ready(config->storage);
  say_storage(database ? Status() : Status(database.error()));
  if (!database) return DbdError{Errc::communication, "slurmdbd has no database: " + text_of(database.error())};
  DbdReply reply = serve_from(**database, *config, order);
  if (const auto* error = std::get_if<DbdError>(&reply); error && error->code == Errc::communication) {
    storage.lost();
    say_storage(fail(error->message));
  }
  return reply;
}

void Workers::say_house(const Status& state) {
  const std::string trouble = state ? "" : text_of(state.error());
  if (trouble == house_trouble_) return;
  house_trouble_ = trouble;
  if (!trouble.empty()) ports_.log_line("error: " + trouble);
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
