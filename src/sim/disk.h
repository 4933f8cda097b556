// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A folder on a simulated disk. Beside what the process sees stands what is durable; a power cut keeps of the rest
// exactly what ports/folder.h allows: each unsynced name made, moved or removed or not, unsynced bytes whole, not at
// all, cut short or with holes. The end of a process alone loses nothing, and makes nothing durable either.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/folder.h"
#include "sim/kernel.h"

namespace slurmxx::sim {

struct ProcessDied {};  // thrown out of a disk call: the process ended in the middle of its writing

struct DiskFaults {
  std::optional<std::uint64_t> die_at;  // the process ends before this many further calls have been done
  unsigned errors_per_mille = 0;        // of writing calls
};

class SimFolder final : public Folder {
 public:
  SimFolder(Kernel& kernel, DiskFaults& faults, std::string name)
      : kernel_(kernel), faults_(faults), name_(std::move(name)) {}

  Result<std::vector<std::string>> list() override;
  Result<std::string> read(const std::string& name) override;
  Status append(const std::string& name, std::string_view bytes) override;
  Status sync(const std::string& name) override;
  Status truncate(const std::string& name, std::size_t size) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& name) override;
  Status sync_folder() override;

  void power_cut();
  void lie_about_sync() { lies_ = true; }  // sabotage

 private:
  struct File {
    std::string durable;
    std::string bytes;
    std::size_t kept = 0;  // of `durable`, all that no truncation has touched
    bool dirty = false;
  };
  using FilePtr = std::shared_ptr<File>;
  struct NameChange {  // `to` empty: removed
    std::string from;
    std::string to;
    FilePtr file;
  };

  Status writing(const char* what, const std::string& name);
  File* find(const std::string& name);
  void tear(File& file);
  void settle_names();

  Kernel& kernel_;
  DiskFaults& faults_;
  std::string name_;
  bool lies_ = false;
  std::map<std::string, FilePtr> names_;
  std::map<std::string, FilePtr> durable_names_;
  std::vector<NameChange> changes_;
};

}  // namespace slurmxx::sim
