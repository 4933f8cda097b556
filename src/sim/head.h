// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The machine that slurmctld runs on, and the process: batches, group commit, snapshots and blobs in the order of
// daemons/slurmctld, on a simulated disk. The process may be killed, also in the middle of a write; the machine may
// lose its power; a failed write ends the process as it does there.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "control/inputs.h"
#include "control/log_store.h"
#include "sim/blobs.h"
#include "sim/disk.h"
#include "sim/link.h"
#include "sim/oracle.h"

namespace slurmxx::sim {

using Configs = std::vector<std::shared_ptr<const ClusterConfig>>;
using ToPeer = std::function<void(const decltype(Outgoing::what)&)>;

class Head {
 public:
  Head(Kernel& kernel, Oracle& oracle, Configs configs);

  void boot();
  bool up() const { return process_ != nullptr; }
  void kill();                              // -9
  void kill_in_write(std::uint64_t calls);  // the process ends in the middle of its next writing
  void power_cut();
  void stop();                                  // SIGTERM
  void hang(Millis how_long);                   // SIGSTOP, then SIGCONT
  void next_config();                           // of the file; read at the next start or reconfigure
  std::string reason_of(const Job& job) const;  // as squeue shows it
  void last_config() { config_ = 0; }
  DiskFaults& disk_faults() { return faults_; }

  std::shared_ptr<Link> connect(ToPeer to_peer);  // null: refused
  void call(SessionId from, const Caller& caller, ClientCall call);
  void report(SessionId from, NodeReport report);
  const std::map<SessionId, std::pair<std::shared_ptr<Link>, ToPeer>>& links() const { return links_; }

 private:
  struct Batch {
    Commit commit;
    LogPosition position;
    std::shared_ptr<const Published> picture;
  };
  struct Process {
    std::optional<LogStore> log;
    std::optional<SimBlobs> blobs;
    std::unique_ptr<Controller> controller;
    std::deque<Input> inputs;
    std::deque<Batch> batches;
    std::shared_ptr<const Published> committed;
    RequestLog committed_requests;
    bool stopping = false;
    bool serving = false;   // planned
    bool writing = false;   // the journal thread is busy
    bool drafting = false;  // a snapshot is under construction
    std::optional<Status> draft;
    LogPosition draft_position;
    std::uint64_t wake = 0;  // the latest planned one counts
  };
  enum class Death { process, machine };

  // Runs `what` unless this process has ended by then.
  void later(Millis delay, std::function<void()> what);
  void start();
  void die(Death how);
  void push(Input input);
  void plan_serving();
  void plan_wake();
  void serve();
  void reconfigure();
  void write();
  Status write_batches(const std::deque<Batch>& batches);
  void written(const Batch& last);
  void begin_draft();
  void write_draft(const std::shared_ptr<const Published>& picture, const RequestLog& requests);
  void adopt_draft();
  void end_cleanly();
  void send(LogPosition durable);
  void send(Outgoing letter);
  void run(const SiteScript& script);
  void check_blobs(const State& state);

  Kernel& kernel_;
  Oracle& oracle_;
  Configs configs_;
  std::size_t config_ = 0;
  DiskFaults faults_;
  SimFolder log_folder_;
  SimFolder blob_folder_;
  std::unique_ptr<Process> process_;
  std::uint64_t generation_ = 0;
  MonoTime hung_until_;
  std::uint64_t sessions_ = 0;
  std::map<SessionId, std::pair<std::shared_ptr<Link>, ToPeer>> links_;
};

}  // namespace slurmxx::sim
