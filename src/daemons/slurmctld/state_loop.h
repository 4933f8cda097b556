// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The thread that owns the state, and the one that makes its commits durable. The first serves what the I/O thread put
// into the queue, a batch at a time; the second writes blobs and records with one sync a group. While it syncs, the
// next batch is decided already; what leaves waits for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/blobs/blob_store.h"
#include "control/inputs.h"
#include "control/log_store.h"
#include "daemons/slurmctld/accounting.h"
#include "daemons/slurmctld/call_statistics.h"
#include "daemons/slurmctld/snapshotter.h"

namespace slurmxx {

struct StateLoopPorts {
  LogStore& log;
  BlobStore& blobs;
  std::string log_folder;                                         // of `log`
  std::function<void(Outgoing)> send;                             // durable by now
  std::function<void(std::shared_ptr<const Published>)> publish;  // durable by now
  std::function<void(const std::string&)> log_line;
  std::function<Result<std::shared_ptr<const ClusterConfig>>()> reread;  // for reconfigure
  Accounting* accounting = nullptr;                                      // nullptr: none
};

class StateLoop {
 public:
  static constexpr std::size_t calls_max = 20'000;           // waiting to be served
  static constexpr std::size_t call_bytes_max = 256u << 20;  // together
  static constexpr std::size_t batches_max = 64;             // decided, not yet written

  StateLoop(Controller& controller, StateLoopPorts ports);

  void push(Input input);
  bool push_call(CallArrived call, std::size_t bytes);  // false: too many wait already
  void ask_reconfigure();                               // SIGHUP
  void stop();

  void run_state();    // until stop() or scontrol shutdown
  void run_journal();  // until the state thread has ended and all is written
  // For who else serves requests; begins anew with `sdiag --reset`.
  CallStatistics& statistics() { return statistics_; }
  bool shutdown_by_client() const { return shutdown_by_client_; }

 private:
  struct Batch {
    Commit commit;
    LogPosition position;
    std::shared_ptr<const Published> picture;
  };

  std::deque<Input> take_inputs(MonoTime until);
  void serve(std::deque<Input> inputs);
  void release_durable();
  void reconfigure();
  Status write_batches(const std::deque<Batch>& batches);
  void tell_completions(const std::deque<Batch>& batches);  // JobCompType
  void log_events(const std::deque<Batch>& batches);
  Status account(const std::deque<Batch>& batches);
  [[noreturn]] void give_up(const char* what, const Error& error);
  void tell_durable(const Batch& last);
  std::deque<Batch> take_batches();  // none: a snapshot is ready, or it is the end

  Controller& controller_;
  StateLoopPorts ports_;
  CallStatistics statistics_;
  std::shared_ptr<const Published> handed_on_;  // the state thread's: with the last batch

  std::mutex mutex_;
  std::condition_variable inputs_come_;
  struct Inputs {
    std::deque<Input> queue;
    std::size_t calls = 0;
    std::size_t call_bytes = 0;
  };
  Inputs inputs_;
  bool stopping_ = false;
  bool reconfigure_ = false;

  std::mutex batches_mutex_;
  std::condition_variable batches_come_;
  std::condition_variable batches_taken_;
  std::deque<Batch> batches_;
  bool no_more_batches_ = false;
  Snapshotter snapshotter_;
  std::shared_ptr<const Published> committed_;  // the three are the journal thread's
  RequestLog committed_requests_;
  struct Durable {
    LogPosition position;
    std::shared_ptr<const Published> picture;  // null: shown already
    bool moved = false;
  };
  Durable durable_;  // guarded by mutex_
  std::atomic<bool> shutdown_by_client_ = false;
};

}  // namespace slurmxx
