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

#include "adapters/disk/disk_folder.h"
#include "adapters/net/stream.h"
#include "adapters/system_random.h"
#include "control/accounting_spool.h"
#include "core/config/cluster_config.h"
#include "wire/accounting_messages.h"

namespace slurmxx {

struct SenderPorts {
  std::shared_ptr<const ClusterConfig> config;
  std::string conf_path;
  std::string folder;  // of the spool
  std::function<void(const std::string&)> log_line;
  std::function<void(std::uint64_t)> spooled;  // bytes that the spool has, after some were removed
};

class AccountingSender {
 public:
  static constexpr Millis retry_first{100};
  static constexpr Millis retry_most{5'000};

  explicit AccountingSender(SenderPorts ports);
  ~AccountingSender();  // what is under way is not waited for

  void wake();  // the spool has grown

 private:
  void run();
  bool pause(Millis longest);  // until woken; false: it is the end
  Status send_all();
  Status connect();
  Status register_cluster();
  Status send_chunk(const SpoolChunk& chunk);
  Result<DbdReply> ask(DbdRequest request);
  void say(const Status& state);
  void tell_size();

  SenderPorts ports_;
  SystemRandom random_;
  std::unique_ptr<Auth> auth_;
  std::optional<DiskFolder> folder_;
  std::optional<SpoolReader> reader_;
  std::optional<Stream> stream_;
  std::uint64_t calls_ = 0;
  std::string trouble_;  // as it was last said; empty: none
  std::mutex mutex_;     // guards the two below
  bool woken_ = true;
  bool stopping_ = false;
  std::condition_variable come_;
  std::thread thread_;  // the last to be made
};

}  // namespace slurmxx
