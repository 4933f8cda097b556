// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// An answer is waited for in short turns, so that slurmctld can end meanwhile.
#include "daemons/slurmctld/accounting_sender.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <fmt/format.h>

#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/identity/identity.h"
#include "core/config/print_config.h"
#include "state/codec.h"
#include "wire/message_types.h"

namespace slurmxx {
namespace {

constexpr int turn_ms = 200;

std::string text_of_log(const LogUuid& log) { return std::string(log.begin(), log.end()); }

}  // namespace

AccountingSender::AccountingSender(SenderPorts ports) : ports_(std::move(ports)), thread_([this] { run(); }) {}

AccountingSender::~AccountingSender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    come_.notify_one();
  }
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
  while (pause(retry_most)) {
    const Status done = send_all();
    say(done);
    if (done) {
      retry = retry_first;
      continue;
    }
    stream_.reset();
    std::unique_lock lock(mutex_);
    come_.wait_for(lock, std::chrono::milliseconds(retry.value), [this] { return stopping_; });
    woken_ = true;
    retry = std::min(retry_most, Millis(retry.value * 2));
  }
}

Status AccountingSender::connect() {
  const PluginSettings& plugins = ports_.config->plugins;
  OpenOptions options;
  options.timeout = Millis(ports_.config->timeouts.message_timeout.value * 1000);
  options.auth_kind = ports_.config->identity.auth_type;
  options.server_uids = {root_uid};
  if (const auto slurm_user = uid_of(ports_.config->identity.slurm_user)) options.server_uids.push_back(*slurm_user);
  if (!auth_) {
    TRY_ASSIGN(auth_, make_auth(ports_.config->identity, ports_.conf_path, random_));
  }
  Status last = fail(Errc::communication);
  for (const std::string& host : {plugins.accounting_storage_host, plugins.accounting_storage_backup_host}) {
    if (host.empty()) continue;
    auto stream = open_stream({"", host, plugins.accounting_storage_port}, options, {*auth_, random_});
    if (stream) {
      stream_.emplace(std::move(*stream));
      return {};
    }
    last = stream.error();
  }
  return fail(last.error().code, fmt::format("slurmdbd at {}:{}: {}", plugins.accounting_storage_host,
                                             plugins.accounting_storage_port, text_of(last.error())));
}

Result<DbdReply> AccountingSender::ask(DbdRequest request) {
  if (!stream_) TRY(connect());
  const DbdCall call{++calls_, RequestId(), ports_.config->identity.cluster_name, std::move(request)};
  TRY(stream_->send({RequestId(), message_type::dbd_call, encode(call)}, wall_now()));
  while (true) {
    if (stream_->wants_write()) TRY(stream_->flush());
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return fail(Errc::interrupted);
    }
    pollfd one{stream_->fd(), static_cast<short>(POLLIN | (stream_->wants_write() ? POLLOUT : 0)), 0};
    if (::poll(&one, 1, turn_ms) == 0) continue;
    TRY_ASSIGN(const std::vector<Message> messages, stream_->receive(wall_now()));
    for (const Message& message : messages) {
      if (message.type != message_type::dbd_answer) continue;
      TRY_ASSIGN(DbdAnswer answer, decode<DbdAnswer>(message.body));
      if (answer.call == call.call) return std::move(answer.body);
    }
  }
}

Status AccountingSender::register_cluster() {
  constexpr std::uint32_t rpc_version = 11776;  // what Slurm's level of protocol is called
  const IdentitySettings& identity = ports_.config->identity;
  TRY_ASSIGN(const DbdReply reply, ask(DbdRegister{identity.controllers.front().address, identity.slurmctld_port,
                                                   rpc_version, accounted_tres(*ports_.config)}));
  if (const auto* refusal = std::get_if<DbdError>(&reply))
    return fail(refusal->code, "slurmdbd: " + text_of(Error{refusal->code, refusal->message}));
  return {};
}

Status AccountingSender::send_chunk(const SpoolChunk& chunk) {
  TRY_ASSIGN(const DbdReply reply, ask(TakeRecords{text_of_log(chunk.log), chunk.entries}));
  if (const auto* refusal = std::get_if<DbdError>(&reply))
    return fail(refusal->code, "slurmdbd: " + text_of(Error{refusal->code, refusal->message}));
  if (!std::holds_alternative<DbdDone>(reply)) return fail(Errc::unexpected_message);
  TRY(reader_->sent(chunk));
  tell_size();
  return {};
}

void AccountingSender::tell_size() {
  std::uint64_t bytes = 0;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(ports_.folder, ignored)) bytes += file.file_size(ignored);
  ports_.spooled(bytes);
}

Status AccountingSender::send_all() {
  if (!reader_) {
    TRY_ASSIGN(DiskFolder folder, DiskFolder::open(ports_.folder));
    folder_.emplace(std::move(folder));
    reader_.emplace(*folder_);
    TRY(reader_->open());
  }
  if (!stream_) TRY(register_cluster());
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
