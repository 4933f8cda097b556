// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Scripts and environments on disk, named by their hash: written once, durable when the next sync() returns, and kept
// in memory while they are likely to be launched. Any thread; put() and sync() belong to one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace slurmxx {

class BlobStore {
 public:
  static constexpr std::size_t cached_bytes_max = 64u << 20;

  static Result<std::unique_ptr<BlobStore>> open(const std::string& folder);

  Status put(const std::string& hash, const std::string& bytes);  // then sync() before it counts
  Status sync();                                                  // of all that was put since the last one
  Result<std::string> get(const std::string& hash);
  std::function<std::optional<std::string>(const std::string&)> reader() {  // for who lives less long
    return [this](const std::string& hash) -> std::optional<std::string> {
      auto bytes = get(hash);
      return bytes ? std::optional(std::move(*bytes)) : std::nullopt;
    };
  }

  // Clean-up while records are committed. What is put after begin_sweep() stays, whoever names it; sweep() then removes
  // what is not in `named`, the hashes that the state named when the sweep began. Returns how many went.
  void begin_sweep();
  std::size_t sweep(const std::set<std::string>& named);

 private:
  explicit BlobStore(std::string folder) : folder_(std::move(folder)) {}
  Status sync_drafts(const std::vector<std::string>& drafts, int folder) const;
  void cache(const std::string& hash, const std::string& bytes);
  void remove(const std::string& hash);

  std::string folder_;
  std::mutex mutex_;
  std::set<std::string> known_;
  std::set<std::string> put_since_;  // begin_sweep()
  bool sweeping_ = false;
  std::vector<std::string> drafts_;  // put, not yet synced and named
  std::map<std::string, std::string> cached_;
  std::size_t cached_bytes_ = 0;
};

}  // namespace slurmxx
