// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmdbd.conf as it is in force: every order is served whole by the one that it began with.
#pragma once

#include <memory>
#include <mutex>

#include "core/config/dbd_config.h"

namespace slurmxx {

class LiveConfig {
 public:
  explicit LiveConfig(DbdConfig config) : config_(std::make_shared<const DbdConfig>(std::move(config))) {}
  std::shared_ptr<const DbdConfig> get() const {
    const std::lock_guard lock(mutex_);
    return config_;
  }
  void set(DbdConfig config) {
    auto fresh = std::make_shared<const DbdConfig>(std::move(config));
    const std::lock_guard lock(mutex_);
    config_ = std::move(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const DbdConfig> config_;
};

}  // namespace slurmxx
