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

  // call() in two, for questions alone: slurmdbd looks for the answer while the caller does something else.
  virtual void ask_ahead(DbdRequest request) { ahead_ = std::move(request); }
  virtual Result<DbdReply> answer() { return call(std::move(ahead_)); }

 protected:
  DbdRequest ahead_;
};

class SocketDbdClient : public DbdClient {
 public:
  // Both outlive the client.
  SocketDbdClient(const ClusterConfig& config, std::string conf_path)
      : config_(config), conf_path_(conf_path), session_({config, std::move(conf_path), true}) {}
  Result<DbdReply> call(DbdRequest request) override;
  void ask_ahead(DbdRequest request) override;
  Result<DbdReply> answer() override;

 private:
  Status connect();

  const ClusterConfig& config_;
  std::string conf_path_;
  SystemRandom random_;
  DbdSession session_;
  std::uint64_t sent_ = 0;  // the call that was asked ahead; 0: none
};

// The answer of the wanted kind; a refusal and a lost connection become an Error.
template <class Reply>
Result<Reply> reply_as(Result<DbdReply> reply) {
  if (!reply) return reply.error();
  if (auto* refusal = std::get_if<DbdError>(&*reply)) return fail(refusal->code, std::move(refusal->message));
  if (auto* answer = std::get_if<Reply>(&*reply)) return std::move(*answer);
  return fail(Errc::unexpected_message);
}

template <class Reply>
Result<Reply> ask_dbd(DbdClient& client, DbdRequest request) {
  return reply_as<Reply>(client.call(std::move(request)));
}

}  // namespace slurmxx
