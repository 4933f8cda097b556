// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Accounting in slurmctld: the spool behind the log, and the thread that empties it. Nothing of it exists when
// AccountingStorageType is not accounting_storage/slurmdbd.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "control/accounting_recorder.h"
#include "control/log_store.h"
#include "daemons/slurmctld/accounting_sender.h"

namespace slurmxx {

struct AccountingSite {
  std::shared_ptr<const ClusterConfig> config;
  std::string conf_path;
  std::function<void(const std::string&)> log_line;
  AccountingRecorder::ReadText read_text = {};
};

class Accounting {
 public:
  // Brings the spool up to the state that was recovered. nullptr: nothing is to be accounted.
  static Result<std::unique_ptr<Accounting>> open(AccountingSite site, Folder& log, const Recovered& recovered);

  void start() { sender_.emplace(sender_ports()); }
  void stop() { sender_.reset(); }

  // The thread that writes the journal: what was committed, and before a snapshot makes journal files superfluous.
  Status take(const std::vector<Record>& records, std::shared_ptr<const Published> after);
  Status settle() { return recorder_->settle(); }
  bool full() const { return recorder_->full(); }             // any thread
  std::uint64_t waiting() const { return spool_.waiting(); }  // likewise: entries that slurmdbd does not have yet

 private:
  Accounting(AccountingSite site, DiskFolder folder, std::string path)
      : site_(std::move(site)), path_(std::move(path)), folder_(std::move(folder)), spool_(folder_) {}
  SenderPorts sender_ports();
  Status catch_up(Folder& log, const Recovered& recovered);

  AccountingSite site_;
  std::string path_;
  DiskFolder folder_;
  AccountingSpool spool_;
  std::optional<AccountingRecorder> recorder_;
  std::optional<AccountingSender> sender_;
};

}  // namespace slurmxx
