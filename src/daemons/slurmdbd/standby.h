// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The slurmdbd on DbdBackupHost: while the one on DbdHost answers it serves nobody, and looks again and again. Both
// may serve at once for a moment: whatever they write is one transaction, and the records of a controller's log go in
// once.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/net/file_descriptor.h"
#include "core/config/cluster_config.h"
#include "core/config/dbd_config.h"

namespace slurmxx {

// Whether the host with these names is DbdBackupHost, and not DbdHost.
bool is_backup(const DbdIdentity& identity, const std::string& short_name);

class Standby {
 public:
  static constexpr int probe_interval_ms = 2'000;
  static constexpr std::int64_t probe_patience_s = 5;

  // `changed`: is told why when the other is gone, and when it is back. From a thread of its own.
  Standby(const DbdConfig& config, std::string conf_path, std::function<void(const Status& answered)> changed);
  ~Standby();

  // Looks once more before it says no. May block for the patience.
  bool serves();

 private:
  void work();
  Status ask_other();

  ClusterConfig way_;  // to the other
  std::string conf_path_;
  std::function<void(const Status&)> changed_;
  FileDescriptor timer_;  // readable: the patience is over, or it is time to end
  std::mutex mutex_;      // guards the four below
  std::condition_variable come_;
  bool serves_ = false;
  bool stopping_ = false;
  bool asked_ = false;
  std::uint64_t rounds_ = 0;
  std::thread thread_;
};

}  // namespace slurmxx
