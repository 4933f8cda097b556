// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/dbd/dbd_session.h"

#include <poll.h>

#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/identity/identity.h"
#include "state/codec.h"
#include "wire/message_types.h"

namespace slurmxx {

Status DbdSession::open() {
  const ClusterConfig& config = site_.config;
  OpenOptions options;
  options.timeout = Millis(config.timeouts.message_timeout.value * 1000);
  options.auth_kind = config.identity.auth_type;
  options.server_uids = {root_uid};
  if (const auto slurm_user = uid_of(config.identity.slurm_user)) options.server_uids.push_back(*slurm_user);
  if (!auth_) {
    TRY_ASSIGN(auth_, site_.of_command ? make_user_auth(config, site_.conf_path, random_)
                                       : make_auth(config.identity, site_.conf_path, random_));
  }
  const PluginSettings& plugins = config.plugins;
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
  return last;
}

// A query of the database takes what it takes; a dead peer ends the connection.
Status DbdSession::wait() {
  pollfd both[] = {{stream_->fd(), static_cast<short>(POLLIN | (stream_->wants_write() ? POLLOUT : 0)), 0},
                   {site_.stop_fd, POLLIN, 0}};
  ::poll(both, 2, -1);
  if (both[1].revents != 0) return fail(Errc::interrupted);
  return stream_->wants_write() ? stream_->flush() : Status();
}

// News, and the answer to this call if it is there.
Result<std::optional<DbdReply>> DbdSession::receive(std::uint64_t call) {
  TRY_ASSIGN(const std::vector<Message> messages, stream_->receive(wall_now()));
  std::optional<DbdReply> found;
  for (const Message& message : messages) {
    news_ = news_ || message.type == message_type::dbd_news;
    if (message.type != message_type::dbd_answer) continue;
    TRY_ASSIGN(DbdAnswer answer, decode<DbdAnswer>(message.body));
    if (answer.call == call) found = std::move(answer.body);
  }
  return found;
}

Result<DbdReply> DbdSession::ask(DbdRequest request, RequestId id) {
  TRY_ASSIGN(const std::uint64_t call, send(std::move(request), id));
  return wait_for(call);
}

Result<std::uint64_t> DbdSession::send(DbdRequest request, RequestId id) {
  if (!stream_) TRY(open());
  const DbdCall call{++calls_, id, site_.config.identity.cluster_name, std::move(request)};
  TRY(stream_->send({RequestId(), message_type::dbd_call, encode(call)}, wall_now()));
  return call.call;
}

Result<DbdReply> DbdSession::wait_for(std::uint64_t call) {
  while (true) {
    TRY(wait());
    TRY_ASSIGN(std::optional<DbdReply> reply, receive(call));
    if (reply) return std::move(*reply);
  }
}

Status DbdSession::tell(DbdRequest request) {
  TRY_ASSIGN(const DbdReply reply, ask(std::move(request)));
  if (const auto* refusal = std::get_if<DbdError>(&reply)) return fail(refusal->code, refusal->message);
  return {};
}

Status DbdSession::wait_for_news() {
  constexpr std::uint64_t no_call = 0;
  while (!news_) {
    TRY(wait());
    TRY_ASSIGN(const std::optional<DbdReply> late, receive(no_call));
  }
  return {};
}

}  // namespace slurmxx
