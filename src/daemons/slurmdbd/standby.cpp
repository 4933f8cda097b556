// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmdbd/standby.h"

#include <sys/timerfd.h>

#include <chrono>

#include "adapters/dbd/dbd_session.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// The first part of a name, up to its first dot.
std::string_view short_form(std::string_view name) { return name.substr(0, name.find('.')); }

void set_timer(int fd, std::int64_t seconds, long nanoseconds) {
  itimerspec when{};
  when.it_value = {seconds, nanoseconds};
  ::timerfd_settime(fd, 0, &when, nullptr);
}

}  // namespace

bool is_backup(const DbdIdentity& identity, const std::string& short_name) {
  const auto is_here = [&](const std::string& name) { return equal_ignoring_case(short_form(name), short_name); };
  return is_here(identity.backup_host) && !is_here(identity.dbd_host);
}

Standby::Standby(const DbdConfig& config, std::string conf_path, std::function<void(const Status&)> changed)
    : conf_path_(std::move(conf_path)),
      changed_(std::move(changed)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  way_.identity.auth_type = config.identity.auth_type;
  way_.identity.auth_info = config.identity.auth_info;
  way_.identity.slurm_user = config.identity.slurm_user;
  way_.plugins.accounting_storage_host = config.identity.dbd_address;
  way_.plugins.accounting_storage_port = config.identity.port;
  way_.timeouts.message_timeout = Seconds(probe_patience_s);
  thread_ = std::thread([this] { work(); });
}

Standby::~Standby() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    come_.notify_all();
  }
  set_timer(timer_.get(), 0, 1);
  thread_.join();
}

Status Standby::ask_other() {
  set_timer(timer_.get(), probe_patience_s, 0);
  DbdSession session({way_, conf_path_, false, timer_.get()});
  const auto reply = session.ask(DbdPing{"backup"});
  return reply ? Status() : Status(reply.error());
}

void Standby::work() {
  while (true) {
    const Status answered = ask_other();
    const bool gone = !answered;
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    const bool changes = serves_ != gone;
    serves_ = gone;
    ++rounds_;
    asked_ = false;
    come_.notify_all();
    if (changes) {
      lock.unlock();
      changed_(answered);
      lock.lock();
    }
    come_.wait_for(lock, std::chrono::milliseconds(probe_interval_ms), [this] { return stopping_ || asked_; });
    if (stopping_) return;
  }
}

bool Standby::serves() {
  std::unique_lock lock(mutex_);
  if (serves_ || stopping_) return serves_;
  asked_ = true;
  come_.notify_all();
  const std::uint64_t wanted = rounds_ + 1;
  come_.wait(lock, [&] { return stopping_ || rounds_ >= wanted; });
  return serves_;
}

}  // namespace slurmxx
