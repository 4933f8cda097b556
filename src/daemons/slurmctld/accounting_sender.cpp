// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/accounting_sender.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <fmt/format.h>

namespace slurmxx {
namespace {

std::string text_of_log(const LogUuid& log) { return std::string(log.begin(), log.end()); }

}  // namespace

AccountingSender::AccountingSender(SenderPorts ports)
    : ports_(std::move(ports)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      session_({*ports_.config, ports_.conf_path, false, stop_.get()}),
      thread_([this] { run(); }) {}

AccountingSender::~AccountingSender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    come_.notify_one();
  }
  const std::uint64_t one = 1;
  static_cast<void>(::write(stop_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
}

void AccountingSender::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  come_.notify_one();
}

bool AccountingSender::pause(Millis longest) {
  std::unique_lock lock(mutex_);
  come_.wait_for(lock, std::chrono::milliseconds(longest.value), [this] { return stopping_ || woken_; });
  woken_ = false;
  return !stopping_;
}

void AccountingSender::run() {
  Millis retry = retry_first;
  while (pause(idle_most)) {
    const Status done = send_all();
    say(done);
    if (done) {
      retry = retry_first;
      continue;
    }
    session_.close();
    std::unique_lock lock(mutex_);
    come_.wait_for(lock, std::chrono::milliseconds(retry.value), [this] { return stopping_; });
    woken_ = true;
    retry = std::min(retry_most, Millis(retry.value * 2));
  }
}

Status AccountingSender::send_chunk(const SpoolChunk& chunk) {
  const Status taken = session_.tell(TakeRecords{text_of_log(chunk.log), chunk.entries});
  const PluginSettings& plugins = ports_.config->plugins;
  if (!taken)
    return fail(taken.error().code, fmt::format("slurmdbd at {}:{}: {}", plugins.accounting_storage_host,
                                                plugins.accounting_storage_port, text_of(taken.error())));
  TRY(reader_->sent(chunk));
  tell_sent(chunk.count);
  return {};
}

void AccountingSender::tell_sent(std::uint64_t entries) {
  std::uint64_t bytes = 0;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(ports_.folder, ignored)) bytes += file.file_size(ignored);
  ports_.sent(entries, bytes);
}

Status AccountingSender::send_all() {
  if (!reader_) {
    TRY_ASSIGN(DiskFolder folder, DiskFolder::open(ports_.folder));
    folder_.emplace(std::move(folder));
    reader_.emplace(*folder_);
    TRY(reader_->open());
  }
  while (true) {
    TRY_ASSIGN(const std::optional<SpoolChunk> chunk, reader_->next());
    if (!chunk) return {};
    TRY(send_chunk(*chunk));
  }
}

void AccountingSender::say(const Status& state) {
  if (!state && state.error().code == Errc::interrupted) return;
  const std::string trouble = state ? "" : text_of(state.error());
  if (trouble == trouble_) return;
  if (state) ports_.log_line("slurmdbd takes the records of jobs again");
  if (!state && trouble_.empty())
    ports_.log_line(
        fmt::format("error: {}: records of jobs are kept in {} until it takes them", trouble, ports_.folder));
  trouble_ = trouble;
}

}  // namespace slurmxx
