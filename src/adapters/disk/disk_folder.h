// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The Folder port on a real directory: write(2), fdatasync(2), fsync(2) of the directory. Files stay open between
// appends. Errors name path, action and errno's text.
#pragma once

#include <map>
#include <string>

#include "adapters/net/file_descriptor.h"
#include "ports/folder.h"

namespace slurmxx {

class DiskFolder final : public Folder {
 public:
  // Makes the folder (mode 0700) if it is not there; its parent must be.
  static Result<DiskFolder> open(const std::string& path);
  DiskFolder(DiskFolder&& other) noexcept;
  DiskFolder& operator=(DiskFolder&&) = delete;
  ~DiskFolder() override;

  Result<std::vector<std::string>> list() override;
  Result<std::string> read(const std::string& name) override;
  Status append(const std::string& name, std::string_view bytes) override;
  Status sync(const std::string& name) override;
  Status truncate(const std::string& name, std::size_t size) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& name) override;
  Status sync_folder() override;

 private:
  DiskFolder(std::string path, int folder) : path_(std::move(path)), folder_(folder) {}
  Error error(const char* action, const std::string& name) const;
  Result<int> appending(const std::string& name);
  void close_file(const std::string& name);

  std::string path_;
  int folder_ = -1;
  std::map<std::string, int> appending_;
};

// An exclusive lock on a file that is made if need be, held as long as the descriptor. Waits up to `patience_s`
// seconds: a predecessor that was killed in the middle of a write holds it until the kernel is done.
Result<FileDescriptor> lock_file(const std::string& path, unsigned patience_s);

}  // namespace slurmxx
