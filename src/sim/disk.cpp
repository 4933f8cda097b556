// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/disk.h"

#include <algorithm>

namespace slurmxx::sim {

// Each writing call may fail, or be the last thing the process does.
Status SimFolder::writing(const char* what, const std::string& name) {
  if (faults_.die_at && (*faults_.die_at)-- == 0) {
    faults_.die_at.reset();
    kernel_.note("disk {}: process ends before {} {}", name_, what, name);
    throw ProcessDied{};
  }
  if (faults_.errors_per_mille == 0 || kernel_.rng.next() % 1000 >= faults_.errors_per_mille) return {};
  ++kernel_.counts().disk_errors;
  kernel_.note("disk {}: {} {} fails", name_, what, name);
  return fail(fmt::format("cannot {} {}: no space left", what, name));
}

SimFolder::File* SimFolder::find(const std::string& name) {
  auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second.get();
}

Result<std::vector<std::string>> SimFolder::list() {
  std::vector<std::string> all;
  for (const auto& [name, file] : names_) all.push_back(name);
  return all;
}

Result<std::string> SimFolder::read(const std::string& name) {
  File* file = find(name);
  if (!file) return fail(fmt::format("cannot open {}: no such file", name));
  return file->bytes;
}

Status SimFolder::append(const std::string& name, std::string_view bytes) {
  const Status good = writing("append to", name);
  File* file = find(name);
  if (!file) {
    FilePtr made = std::make_shared<File>();
    names_[name] = made;
    changes_.push_back({"", name, made});
    file = made.get();
  }
  file->dirty = true;
  if (!good) bytes = bytes.substr(0, kernel_.rng.next() % (bytes.size() + 1));
  file->bytes.append(bytes);
  return good;
}

Status SimFolder::sync(const std::string& name) {
  TRY(writing("sync", name));
  File* file = find(name);
  if (!file) return fail(fmt::format("cannot sync {}: no such file", name));
  if (lies_) return {};
  file->durable = file->bytes;
  file->kept = file->durable.size();
  file->dirty = false;
  return {};
}

Status SimFolder::truncate(const std::string& name, std::size_t size) {
  TRY(writing("truncate", name));
  File* file = find(name);
  if (!file) return fail(fmt::format("cannot truncate {}: no such file", name));
  file->bytes.resize(size);
  file->kept = std::min(file->kept, size);
  file->dirty = true;
  return {};
}

Status SimFolder::rename(const std::string& from, const std::string& to) {
  TRY(writing("rename", from));
  auto found = names_.find(from);
  if (found == names_.end()) return fail(fmt::format("cannot rename {}: no such file", from));
  FilePtr file = found->second;
  names_.erase(found);
  names_[to] = file;
  changes_.push_back({from, to, file});
  return {};
}

Status SimFolder::remove(const std::string& name) {
  TRY(writing("remove", name));
  if (names_.erase(name) == 0) return fail(fmt::format("cannot remove {}: no such file", name));
  changes_.push_back({name, "", nullptr});
  return {};
}

Status SimFolder::sync_folder() {
  TRY(writing("sync folder", name_));
  if (lies_) return {};
  durable_names_ = names_;
  changes_.clear();
  return {};
}

void SimFolder::settle_names() {
  for (NameChange& change : changes_) {
    if (kernel_.rng.percent(50)) continue;
    if (!change.from.empty()) durable_names_.erase(change.from);
    if (change.file) durable_names_[change.to] = change.file;
  }
  changes_.clear();
  names_ = durable_names_;
}

void SimFolder::tear(File& file) {
  if (!file.dirty) return;
  ++kernel_.counts().torn;
  Rng& rng = kernel_.rng;
  const std::size_t kept = std::min(file.kept, file.bytes.size());
  std::string after = file.durable;  // all of it lost
  switch (rng.next() % 4) {
    case 0:
      break;
    case 1:
      after = file.bytes;
      break;
    case 2:  // cut short
      after = file.bytes.substr(0, kept + rng.next() % (file.bytes.size() - kept + 1));
      break;
    default: {  // the blocks were written in any order
      after = file.bytes;
      const std::size_t block = std::size_t{1} << rng.between(4, 9);
      for (std::size_t at = kept; at < after.size(); at += block)
        if (rng.percent(50))
          std::fill_n(after.begin() + static_cast<std::ptrdiff_t>(at), std::min(block, after.size() - at), '\0');
    }
  }
  file.bytes = file.durable = after;
  file.kept = after.size();
  file.dirty = false;
}

void SimFolder::power_cut() {
  settle_names();
  for (auto& [name, file] : names_) tear(*file);
}

}  // namespace slurmxx::sim
