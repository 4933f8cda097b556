// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A session to slurmdbd, for commands and for slurmctld: AccountingStorageHost and its port, then
// AccountingStorageBackupHost, with the authentication of slurm.conf. Blocking; a refusal is a DbdError, an Error means
// that no answer came.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "adapters/net/stream.h"
#include "adapters/system_random.h"
#include "core/config/cluster_config.h"
#include "wire/accounting_messages.h"

namespace slurmxx {

struct DbdSite {
  const ClusterConfig& config;  // outlives the session
  std::string conf_path;
  bool of_command = false;  // its user may have no key: make_user_auth
  int stop_fd = -1;         // readable: whatever is waited for is given up, with Errc::interrupted
};

class DbdSession {
 public:
  explicit DbdSession(DbdSite site) : site_(std::move(site)) {}

  bool is_open() const { return stream_.has_value(); }
  Status open();  // the Error is that of the last host
  void close() { stream_.reset(); }

  // Opens the session if it is not. Who repeats a request that changes something repeats its id.
  Result<DbdReply> ask(DbdRequest request, RequestId id = RequestId());
  // ask() in two: between them slurmdbd works while the caller does.
  Result<std::uint64_t> send(DbdRequest request, RequestId id = RequestId());  // the call
  Result<DbdReply> wait_for(std::uint64_t call);
  // As ask(), and a refusal is an Error as well.
  Status tell(DbdRequest request);

  // Whether slurmdbd has said since the last call that its rows have changed.
  bool take_news() { return std::exchange(news_, false); }
  Status wait_for_news();

 private:
  Result<std::optional<DbdReply>> receive(std::uint64_t call);
  Status wait();

  DbdSite site_;
  SystemRandom random_;
  std::unique_ptr<Auth> auth_;
  std::optional<Stream> stream_;
  std::uint64_t calls_ = 0;
  bool news_ = false;
};

}  // namespace slurmxx
