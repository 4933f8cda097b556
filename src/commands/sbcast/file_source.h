// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The files that a broadcast sends, opened here and cut into messages (wire/file_messages.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "base/result.h"
#include "core/launch/bcast_parameters.h"
#include "wire/file_messages.h"

namespace slurmxx {

// The absolute path of the copy on the node of this name.
using FilePlace = std::function<std::string(const std::string& node)>;

struct SourceFile {
  std::string source;
  FilePlace place;
  bool make_folder = false;
  FileDescriptor fd;
  std::uint64_t size = 0;
  FileBegin begin;  // but for its path
};

// Error: the line to print.
Result<SourceFile> open_source(const std::string& source, FilePlace place);

// The libraries that the program needs, for a folder PROGRAM_libs beside it; those below `excluded` folders stay.
Result<std::vector<SourceFile>> open_libraries(const std::string& program, const FilePlace& place,
                                               const std::vector<std::string>& excluded);

// The next block; empty at the file's end. `bytes_max` of the file's own. Error: it cannot be read.
Result<FileBlock> read_block(SourceFile& file, std::size_t bytes_max, bool compress);

}  // namespace slurmxx
