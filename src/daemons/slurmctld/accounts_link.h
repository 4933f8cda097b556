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

#include "adapters/dbd/dbd_session.h"
#include "core/trigger/trigger_event.h"

namespace slurmxx {

inline bool has_slurmdbd(const ClusterConfig& config) {
  return config.plugins.accounting_storage_type == "accounting_storage/slurmdbd";
}

struct AccountsLinkPorts {
  std::function<void(std::shared_ptr<const AccountBook>)> tell;
  std::function<void(const std::string&)> log_line;
  std::function<void(TriggerEvent)> happened;
};

class AccountsLink {
 public:
  AccountsLink(std::shared_ptr<const ClusterConfig> config, std::string conf_path, AccountsLinkPorts ports);
  ~AccountsLink();  // ends the session

 private:
  static constexpr int pause_ms = 2'000;  // between two tries

  void work();
  Status serve();  // one session, until it is lost or it is time to stop
  Status tell_of_cluster();
  Status fetch();
  void tell_recovery();
  bool stopped(int patience_ms) const;

  std::shared_ptr<const ClusterConfig> config_;
  AccountsLinkPorts ports_;
  std::string trouble_;       // as it was told last
  bool of_database_ = false;  // slurmdbd answers, and its database does not
  FileDescriptor stop_;       // readable: it is time
  DbdSession session_;
  std::thread thread_;
};

}  // namespace slurmxx
