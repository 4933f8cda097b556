// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The log on disk: recovery, group commit, bounded segments, snapshots. Logic on the Folder port; formats are
// state/journal_format's. Order is the point: nothing is acknowledged before its segment is synced, no segment goes
// before a snapshot that covers it is synced and named, and a failed write ends the process (the log decides anew).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ports/folder.h"
#include "state/journal_format.h"

namespace slurmxx {

struct Recovered {
  LogUuid log{};
  State state;
  RequestLog requests;
  std::vector<std::string> remarks;  // for the daemon's log: what was replayed, what was cut off
};

struct LogStoreOptions {
  std::size_t segment_bytes = 16u << 20;  // a new segment begins beyond this
  // A snapshot is due when the journal behind the last one has grown beyond either: what a restart would replay.
  std::size_t snapshot_bytes = 64u << 20;
  std::size_t snapshot_records = 200'000;
};

class LogStore {
 public:
  LogStore(Folder& folder, LogStoreOptions options) : folder_(folder), options_(options) {}

  // Reads the newest snapshot and the records behind it; an empty folder begins the log `fresh`. Errors name file,
  // place and cure, and change nothing on disk.
  Result<Recovered> open(const LogUuid& fresh);

  // Appends and syncs: on return every record is durable. Records must follow one another. An error means that it is
  // unknown what is on disk: the caller ends the process.
  Status commit(const std::vector<Record>& records);
  LogPosition durable() const { return durable_; }

  // Writes a snapshot of a durable state and removes what it makes superfluous (the snapshot before it stays).
  Status snapshot(const State& state, const RequestLog& requests);

  // The same in two halves, so that commits go on meanwhile: the first, slow one may run in another thread, on a Folder
  // object of its own for the same folder; the second belongs to the thread that commits.
  bool snapshot_due() const;
  Status write_draft(Folder& folder, const State& state, const RequestLog& requests) const;
  Status adopt_draft(LogPosition position);
  void put_snapshot_off();  // the draft failed: due again after as much growth again

 private:
  Status replay(const std::vector<std::string>& segments, Recovered& into);
  Status begin_segment(LogPosition first);
  Status remove_superfluous();

  Folder& folder_;
  LogStoreOptions options_;
  LogUuid log_{};
  LogPosition durable_;
  std::string segment_;  // name of the one that grows; empty: none yet
  std::size_t segment_size_ = 0;
  std::size_t grown_bytes_ = 0;  // since the last snapshot
  std::size_t grown_records_ = 0;
};

}  // namespace slurmxx
