// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A request that changes something keeps its id when it is repeated on a new connection.
#include "cli/dbd_client.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace slurmxx {

Status SocketDbdClient::connect() {
  Status opened = session_.open();
  if (opened || opened.error().code != Errc::communication) return opened;
  const PluginSettings& plugins = config_.plugins;
  return fail(
      Errc::communication,
      fmt::format("Unable to contact slurmdbd at {}:{}: check that it runs there, and AccountingStorageHost in {}",
                  plugins.accounting_storage_host, plugins.accounting_storage_port, conf_path_));
}

void SocketDbdClient::ask_ahead(DbdRequest request) {
  sent_ = 0;
  ahead_ = request;
  if (!session_.is_open()) return;
  if (const auto sent = session_.send(std::move(request))) sent_ = *sent;
}

Result<DbdReply> SocketDbdClient::answer() {
  if (sent_ != 0) {
    auto reply = session_.wait_for(std::exchange(sent_, 0));
    if (reply || reply.error().code != Errc::communication) return reply;
    session_.close();
  }
  return call(std::move(ahead_));
}

Result<DbdReply> SocketDbdClient::call(DbdRequest request) {
  const std::string& type = config_.plugins.accounting_storage_type;
  if (type != "accounting_storage/slurmdbd")
    return fail("Slurm accounting storage is disabled: AccountingStorageType is not accounting_storage/slurmdbd");
  std::uint64_t id = 0;
  const std::string bytes = random_.bytes(sizeof id);
  std::memcpy(&id, bytes.data(), sizeof id);
  const bool connected = session_.is_open();
  if (!connected) TRY(connect());
  auto reply = session_.ask(request, RequestId(id));
  if (reply || reply.error().code != Errc::communication) return reply;
  session_.close();
  if (!connected) return reply;
  TRY(connect());  // slurmdbd was restarted meanwhile
  return session_.ask(std::move(request), RequestId(id));
}

}  // namespace slurmxx
