// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A folder of files with durability made explicit, because that is what a log is about: bytes that were appended and
// not synced may be lost or torn by a crash; a name that was made, renamed or removed is certain only after
// sync_folder(). The simulator's folder loses and reorders exactly what this allows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

class Folder {
 public:
  virtual ~Folder() = default;

  virtual Result<std::vector<std::string>> list() = 0;  // sorted
  virtual Result<std::string> read(const std::string& name) = 0;
  virtual Status append(const std::string& name, std::string_view bytes) = 0;  // makes the file
  virtual Status sync(const std::string& name) = 0;
  virtual Status truncate(const std::string& name, std::size_t size) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status remove(const std::string& name) = 0;
  virtual Status sync_folder() = 0;
};

}  // namespace slurmxx
