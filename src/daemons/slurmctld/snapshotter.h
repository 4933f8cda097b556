// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Snapshots while slurmctld runs. When enough journal has grown, a thread encodes and writes a picture that is durable
// already (docs/formats/journal.md) and removes the blobs that nobody names any more; commits go on meanwhile. Only the
// renaming is the journal thread's.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "adapters/blobs/blob_store.h"
#include "control/log_store.h"
#include "control/published.h"

namespace slurmxx {

struct SnapshotPorts {
  LogStore& log;
  BlobStore& blobs;
  std::string log_folder;
  std::function<void()> wake;  // the journal thread, so that it calls serve() soon
  std::function<void(const std::string&)> log_line;
};

// All but the constructor and the inside of the thread belongs to the journal thread.
class Snapshotter {
 public:
  explicit Snapshotter(SnapshotPorts ports) : ports_(std::move(ports)) {}
  ~Snapshotter() { finish(); }

  // After a commit: adopts a draft that is ready, begins one when it is due. `durable` must be the state of the last
  // record that was committed, `requests` the fold of the same records.
  void serve(const std::shared_ptr<const Published>& durable, const RequestLog& requests);
  bool ready() const { return ready_; }  // a draft waits for serve()
  void finish();                         // waits for the draft under construction and adopts it

 private:
  void begin(std::shared_ptr<const Published> picture, RequestLog requests);
  void adopt();
  Status write(const State& state, const RequestLog& requests);
  void sweep_blobs(const State& state);

  SnapshotPorts ports_;
  std::thread thread_;
  LogPosition position_;
  Status written_;  // of the thread; read after `ready_`
  std::atomic<bool> ready_ = false;
};

// The hashes that the state's jobs name.
std::set<std::string> named_blobs(const State& state);

}  // namespace slurmxx
