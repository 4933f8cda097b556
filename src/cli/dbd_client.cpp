// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Blocking. A request that changes something keeps its id when it is repeated on a new connection.
#include "cli/dbd_client.h"

#include <poll.h>

#include <cstring>

#include <fmt/format.h>

#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/identity/identity.h"
#include "state/codec.h"
#include "wire/message_types.h"

namespace slurmxx {

Status SocketDbdClient::connect() {
  const PluginSettings& plugins = config_.plugins;
  OpenOptions options;
  options.timeout = Millis(config_.timeouts.message_timeout.value * 1000);
  options.auth_kind = config_.identity.auth_type;
  options.server_uids = {root_uid};
  if (const auto slurm_user = uid_of(config_.identity.slurm_user)) options.server_uids.push_back(*slurm_user);
  if (!auth_) {
    TRY_ASSIGN(auth_, make_user_auth(config_, conf_path_, random_));
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
  if (last.error().code != Errc::communication) return last;
  return fail(
      Errc::communication,
      fmt::format("Unable to contact slurmdbd at {}:{}: check that it runs there, and AccountingStorageHost in {}",
                  plugins.accounting_storage_host, plugins.accounting_storage_port, conf_path_));
}

Result<DbdReply> SocketDbdClient::ask_once(const DbdCall& call) {
  if (!stream_) TRY(connect());
  TRY(stream_->send({RequestId(), message_type::dbd_call, encode(call)}, wall_now()));
  while (true) {
    if (stream_->wants_write()) TRY(stream_->flush());
    const short events = static_cast<short>(POLLIN | (stream_->wants_write() ? POLLOUT : 0));
    pollfd one{stream_->fd(), events, 0};
    ::poll(&one, 1, -1);  // a query of the database takes what it takes; a dead peer ends the connection
    TRY_ASSIGN(const std::vector<Message> messages, stream_->receive(wall_now()));
    for (const Message& message : messages) {
      if (message.type != message_type::dbd_answer) continue;
      TRY_ASSIGN(DbdAnswer answer, decode<DbdAnswer>(message.body));
      if (answer.call == call.call) return std::move(answer.body);
    }
  }
}

Result<DbdReply> SocketDbdClient::call(DbdRequest request) {
  const std::string& type = config_.plugins.accounting_storage_type;
  if (type != "accounting_storage/slurmdbd")
    return fail("Slurm accounting storage is disabled: AccountingStorageType is not accounting_storage/slurmdbd");
  std::uint64_t id = 0;
  const std::string bytes = random_.bytes(sizeof id);
  std::memcpy(&id, bytes.data(), sizeof id);
  const DbdCall call{++calls_, RequestId(id), config_.identity.cluster_name, std::move(request)};
  const bool connected = stream_.has_value();
  auto reply = ask_once(call);
  if (reply || reply.error().code != Errc::communication) return reply;
  stream_.reset();
  return connected ? ask_once(call) : reply;  // slurmdbd was restarted meanwhile
}

}  // namespace slurmxx
