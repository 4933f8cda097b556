// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Records on their way to slurmdbd, on disk until it has them: StateSaveLocation/accounting. Written by the thread that
// writes the journal, behind the journal: what is here is in the log, and what is missing here after a crash is folded
// out of the log again. Read and cleared by the thread that sends. Logic on the Folder port;
// docs/formats/accounting.md.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ports/folder.h"
#include "state/journal_format.h"
#include "wire/accounting_records.h"

namespace slurmxx {

inline constexpr std::uint64_t spool_bytes_max = 4ull
                                                 << 30;  // beyond it new jobs are refused, and those that run go on
inline constexpr std::size_t spool_segment_bytes = 2u << 20;

// Where the sender is: everything before is with slurmdbd.
struct SpoolPlace {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "segment", self.segment);
    v(2, "offset", self.offset);
  }
};

class AccountingSpool {
 public:
  explicit AccountingSpool(Folder& folder) : folder_(folder) {}

  // Finds the end of what is there, and cuts a torn end off.
  Status open(const LogUuid& log);
  LogPosition position() const { return position_; }  // of this log, the last that is here or was; 0: none
  Status append(const AccountingEntry& entry);
  Status sync();
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t waiting() const { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, waiting_)); }
  // The sender's thread: so many entries are with slurmdbd, and files were removed.
  void sent(std::uint64_t entries, std::uint64_t bytes_left) {
    waiting_ -= static_cast<std::int64_t>(entries);
    bytes_ = bytes_left;
  }

 private:
  Status begin_segment();
  Status read_segment(const std::string& name, bool is_last, const SpoolPlace& sent);

  Folder& folder_;
  LogUuid log_{};
  LogPosition position_;
  std::uint64_t number_ = 0;  // of the segment that grows
  std::string segment_;       // its name; empty: none yet
  std::size_t segment_size_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<std::int64_t> waiting_ = 0;  // entries; one may be sent before it is counted
};

struct SpoolChunk {
  LogUuid log{};
  std::string entries;  // whole frames, of one segment or of several
  std::uint64_t count = 0;
  SpoolPlace next;
};

class SpoolReader {
 public:
  // Of a backlog as much as slurmdbd takes in a message: what a row became in that time is written once.
  static constexpr std::size_t chunk_bytes_max = 12u << 20;

  explicit SpoolReader(Folder& folder) : folder_(folder) {}
  Status open();                                               // where the sender was
  Result<std::optional<SpoolChunk>> next();                    // nothing: all is sent
  Status sent(const SpoolChunk& chunk);                        // remembers it, and removes files that are done with
  void pass(const SpoolChunk& chunk) { place_ = chunk.next; }  // only reads on

 private:
  Folder& folder_;
  SpoolPlace place_;
};

}  // namespace slurmxx
