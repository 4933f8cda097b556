// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Scripts and environments on a simulated disk, with the order of calls that adapters/blobs has: written beside the
// name; sync() makes the bytes durable, then names them, then makes the names durable.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ports/folder.h"

namespace slurmxx::sim {

class SimBlobs {
 public:
  explicit SimBlobs(Folder& folder) : folder_(folder) {}

  Status open();
  Status put(const std::string& hash, const std::string& bytes);
  Status sync();
  Result<std::string> get(const std::string& hash) { return folder_.read(hash); }
  void begin_sweep();
  Status sweep(const std::set<std::string>& named);

 private:
  Folder& folder_;
  std::set<std::string> known_;
  std::set<std::string> put_since_;
  std::vector<std::string> drafts_;
  bool sweeping_ = false;
};

}  // namespace slurmxx::sim
