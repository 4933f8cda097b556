// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sbcast and srun --bcast send to the receivers of a broadcast, as the standard input of their tasks: frames
// (wire/frame.h) of FileMessage. Each file is a FileBegin, its blocks and a FileEnd. After all of them FilesCheck: a
// receiver that has written everything answers with one line on its standard output. Only when all have, FilesCommit
// lets the files take their names: so either every node has them or, but for what fails that late, none. The place of
// an alternative is its number: append only.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace slurmxx {

inline constexpr std::size_t file_block_max = 32u << 20;  // of a file's own bytes, in one FileBlock
inline constexpr char files_written[] = "written\n";      // a receiver's answer to FilesCheck

struct FileInstant {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "seconds", self.seconds);
    v(2, "nanoseconds", self.nanoseconds);
  }
};

struct FileBegin {
  std::string path;  // absolute
  std::uint32_t mode = 0;
  bool replace = false;      // what is there under this name
  bool make_folder = false;  // the last one of the path
  bool keep_times = false;
  FileInstant accessed;
  FileInstant modified;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "path", self.path);
    v(2, "mode", self.mode);
    v(3, "replace", self.replace);
    v(4, "make_folder", self.make_folder);
    v(5, "keep_times", self.keep_times);
    v(6, "accessed", self.accessed);
    v(7, "modified", self.modified);
  }
};

struct FileBlock {
  std::string bytes;
  std::uint32_t plain_bytes = 0;  // not 0: the bytes are one LZ4 block, and become so many
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "bytes", self.bytes);
    v(2, "plain_bytes", self.plain_bytes);
  }
};

struct FileEnd {
  std::uint64_t size = 0;  // of all blocks
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "size", self.size);
  }
};

struct FilesCheck {
  template <class Self, class V>
  static void describe(Self&, V&) {}
};

struct FilesCommit {
  template <class Self, class V>
  static void describe(Self&, V&) {}
};

using FileMessage = std::variant<FileBegin, FileBlock, FileEnd, FilesCheck, FilesCommit>;

}  // namespace slurmxx
