// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/blobs.h"

namespace slurmxx::sim {

Status SimBlobs::open() {
  TRY_ASSIGN(const std::vector<std::string> files, folder_.list());
  for (const std::string& file : files) {
    if (file.ends_with(".new"))
      TRY(folder_.remove(file));
    else
      known_.insert(file);
  }
  return folder_.sync_folder();  // an earlier process may have ended between a rename and its sync
}

Status SimBlobs::put(const std::string& hash, const std::string& bytes) {
  if (sweeping_) put_since_.insert(hash);
  if (known_.contains(hash)) return {};
  TRY(folder_.append(hash + ".new", bytes));
  known_.insert(hash);
  drafts_.push_back(hash);
  return {};
}

Status SimBlobs::sync() {
  if (drafts_.empty()) return {};
  for (const std::string& hash : drafts_) TRY(folder_.sync(hash + ".new"));
  for (const std::string& hash : drafts_) TRY(folder_.rename(hash + ".new", hash));
  drafts_.clear();
  return folder_.sync_folder();
}

void SimBlobs::begin_sweep() {
  sweeping_ = true;
  put_since_.clear();
}

Status SimBlobs::sweep(const std::set<std::string>& named) {
  for (const std::string& hash : std::set<std::string>(known_)) {
    if (named.contains(hash) || put_since_.contains(hash)) continue;
    TRY(folder_.remove(hash));
    known_.erase(hash);
  }
  sweeping_ = false;
  put_since_.clear();
  return {};
}

}  // namespace slurmxx::sim
