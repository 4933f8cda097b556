// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The files of a broadcast on one node, written by a process of the job's user (slurmstepd --receive-files), so that
// the kernel judges what may be written. A file has no name, or a hidden one in its folder, until all of the
// broadcast is there and sbcast lets the files take their names: nobody sees half a file, and what is given up leaves
// nothing behind. Messages: wire/file_messages.h. sbcast(1).
#pragma once

#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "base/result.h"
#include "wire/file_messages.h"

namespace slurmxx {

class ReceivedFiles {
 public:
  ReceivedFiles() = default;
  ReceivedFiles(const ReceivedFiles&) = delete;
  ~ReceivedFiles();  // what was not committed goes

  // Error: the line for the person who called sbcast.
  Status take(const FileMessage& message);
  bool checked() const { return checked_; }
  bool committed() const { return committed_; }

 private:
  struct File {
    FileBegin begin;
    FileDescriptor fd;
    std::string hidden;  // its name until then; empty: none
    std::uint64_t size = 0;
    bool ended = false;
  };

  Status begin(const FileBegin& message);
  Status write_block(const FileBlock& message);
  Status end(const FileEnd& message);
  Status check();
  Status commit();
  static Status open_nameless(File& file, const std::string& folder);
  static Status take_name(File& file);

  std::vector<File> files_;
  std::string plain_;  // of a compressed block
  bool checked_ = false;
  bool committed_ = false;
};

// Until the files are committed, the input ends, or a signal asks for the end. The exit status; what went wrong is on
// standard error.
int receive_files(int input, int output);

}  // namespace slurmxx
