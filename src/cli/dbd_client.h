// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A command's way to slurmdbd. As with slurmctld (session.h), the Error of call() means that no answer came; a refusal
// is a DbdError.
#pragma once

#include <string>

#include "adapters/dbd/dbd_session.h"

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
      : config_(config), conf_path_(conf_path), session_({config, std::move(conf_path), true}) {}
  Result<DbdReply> call(DbdRequest request) override;

 private:
  Status connect();

  const ClusterConfig& config_;
  std::string conf_path_;
  SystemRandom random_;
  DbdSession session_;
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
