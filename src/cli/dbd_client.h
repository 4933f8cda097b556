// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A command's way to slurmdbd: AccountingStorageHost and its port, then AccountingStorageBackupHost, with the
// authentication of slurm.conf. As with slurmctld (session.h), the Error of call() means that no answer came; a refusal
// is a DbdError.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/net/stream.h"
#include "adapters/system_random.h"
#include "core/config/cluster_config.h"
#include "wire/accounting_messages.h"

namespace slurmxx {

class DbdClient {
 public:
  virtual ~DbdClient() = default;
  virtual Result<DbdReply> call(DbdRequest request) = 0;
};

class SocketDbdClient : public DbdClient {
 public:
  // Both outlive the client.
  SocketDbdClient(const ClusterConfig& config, std::string conf_path)
      : config_(config), conf_path_(std::move(conf_path)) {}
  Result<DbdReply> call(DbdRequest request) override;

 private:
  Status connect();
  Result<DbdReply> ask_once(const DbdCall& call);

  const ClusterConfig& config_;
  std::string conf_path_;
  SystemRandom random_;
  std::unique_ptr<Auth> auth_;
  std::optional<Stream> stream_;
  std::uint64_t calls_ = 0;
};

// The answer of the wanted kind; a refusal and a lost connection become an Error.
template <class Reply>
Result<Reply> ask_dbd(DbdClient& client, DbdRequest request) {
  TRY_ASSIGN(DbdReply reply, client.call(std::move(request)));
  if (auto* refusal = std::get_if<DbdError>(&reply)) return fail(refusal->code, std::move(refusal->message));
  if (auto* answer = std::get_if<Reply>(&reply)) return std::move(*answer);
  return fail(Errc::unexpected_message);
}

}  // namespace slurmxx
