// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmctld's session to slurmdbd for accounts, QOS and their limits: registers the cluster, fetches its rows, and
// fetches them again whenever slurmdbd says that they have changed. Without slurmdbd slurmctld goes on with the rows of
// its log; the link tries again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "adapters/net/file_descriptor.h"
#include "adapters/net/stream.h"
#include "adapters/system_random.h"
#include "core/config/cluster_config.h"
#include "wire/accounting_messages.h"

namespace slurmxx {

inline bool has_slurmdbd(const ClusterConfig& config) {
  return config.plugins.accounting_storage_type == "accounting_storage/slurmdbd";
}

struct AccountsLinkPorts {
  std::function<void(std::shared_ptr<const AccountBook>)> tell;
  std::function<void(const std::string&)> log_line;
};

class AccountsLink {
 public:
  AccountsLink(std::shared_ptr<const ClusterConfig> config, std::string conf_path, AccountsLinkPorts ports);
  ~AccountsLink();  // ends the session

 private:
  static constexpr int pause_ms = 2'000;  // between two tries

  void work();
  Status serve();  // one session, until it is lost
  Result<Stream> open();
  Result<DbdReply> ask(Stream& stream, DbdRequest request);
  Status fetch(Stream& stream);
  bool stopped(int patience_ms) const;

  std::shared_ptr<const ClusterConfig> config_;
  std::string conf_path_;
  AccountsLinkPorts ports_;
  SystemRandom random_;
  std::unique_ptr<Auth> auth_;
  std::uint64_t calls_ = 0;
  std::string trouble_;  // as it was told last
  FileDescriptor stop_;  // readable: it is time
  std::thread thread_;
};

}  // namespace slurmxx
