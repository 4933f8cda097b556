// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Sends the spool to slurmdbd, in a thread of its own: connects, asks nothing, sends what there is chunk by chunk, and
// forgets a chunk when slurmdbd says that it is in the database. When slurmdbd or its database is away it tries again;
// the spool keeps everything meanwhile.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "adapters/dbd/dbd_session.h"
#include "adapters/disk/disk_folder.h"
#include "control/accounting_spool.h"

namespace slurmxx {

struct SenderPorts {
  std::shared_ptr<const ClusterConfig> config;
  std::string conf_path;
  std::string folder;  // of the spool
  std::function<void(const std::string&)> log_line;
  // So many entries are with slurmdbd; bytes that the spool has after that.
  std::function<void(std::uint64_t entries, std::uint64_t bytes)> sent;
};

class AccountingSender {
 public:
  static constexpr Millis retry_first{100};
  static constexpr Millis retry_most{200};
  static constexpr Millis idle_most{5'000};  // between looks at a spool that nobody says has grown

  explicit AccountingSender(SenderPorts ports);
  ~AccountingSender();  // what is under way is not waited for

  void wake();  // the spool has grown

 private:
  void run();
  bool pause(Millis longest);  // until woken; false: it is the end
  Status send_all();
  Status send_chunk(const SpoolChunk& chunk);
  void say(const Status& state);
  void tell_sent(std::uint64_t entries);

  SenderPorts ports_;
  std::optional<DiskFolder> folder_;
  std::optional<SpoolReader> reader_;
  FileDescriptor stop_;  // readable: it is the end
  DbdSession session_;
  std::string trouble_;  // as it was last said; empty: none
  std::mutex mutex_;     // guards the two below
  bool woken_ = true;
  bool stopping_ = false;
  std::condition_variable come_;
  std::thread thread_;  // the last to be made
};

}  // namespace slurmxx
