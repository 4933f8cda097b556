// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What is kept of jobs, steps and nodes: the records that slurmctld folds out of its log, spools, and sends to
// slurmdbd, and that sacct gets back. A record is the whole row as it is after an event, so that the last one of a row
// is all that counts. The place of an alternative is its number on disk and on the wire: append only.
// docs/formats/accounting.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/model/usage.h"
#include "wire/views.h"

namespace slurmxx {

// One life of a job, or one size of it: a job that goes back to the queue, or gives nodes back, ends one row and begins
// the next.
struct JobKey {
  JobId job;
  Instant submitted;  // or sent back to the queue; ids come again when they are used up
  std::uint32_t restarts = 0;
  std::optional<Instant> since = {};  // when it got this size; absent: at its start

  // Both of them in one column of the database.
  static constexpr int life_bits = 24;
  std::int64_t life() const { return (since ? since->seconds << life_bits : 0) + restarts; }
  static JobKey of_row(JobId job, Instant submitted, std::int64_t life) {
    const std::int64_t seconds = life >> life_bits;
    const auto restarts = static_cast<std::uint32_t>(life - (seconds << life_bits));
    return {job, submitted, restarts, seconds > 0 ? std::optional(Instant(seconds)) : std::nullopt};
  }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "submitted", self.submitted);
    v(3, "restarts", self.restarts);
    v(247, "since", self.since);
  }
  auto operator<=>(const JobKey&) const = default;
};

enum class LifeEnd : std::uint8_t {
  none = 0,
  requeued = 1,
  node_fail = 2,
  preempted = 3,
  resized = 4
};  // of a life, or a size, before the last

// A life's state as the database and sacct number it: those of JobState, and behind them the ends of a life before the
// last.
inline constexpr std::uint8_t life_end_base = 100;

struct JobRecord {
  // Without steps, shares of nodes, limits of processes and supplementary groups: `nodes` and the counts say it.
  JobView view;
  LifeEnd life_end = LifeEnd::none;
  Instant at;  // of the event
  Seconds suspended;
  std::string system_comment;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "view", self.view);
    v(2, "life_end", self.life_end);
    v(3, "at", self.at);
    v(4, "suspended", self.suspended);
    v(44, "system_comment", self.system_comment);
  }
  std::uint8_t state_number() const {
    return life_end == LifeEnd::none ? static_cast<std::uint8_t>(view.job.state)
                                     : static_cast<std::uint8_t>(life_end_base + static_cast<std::uint8_t>(life_end));
  }
  JobKey key() const { return {view.job.id, view.job.times.submitted, view.job.restarts, view.job.times.resized}; }
};

struct StepRecord {
  JobKey job;
  Step step;  // without shares of nodes
  std::string nodes;
  std::uint32_t node_count = 0;
  std::uint32_t cpu_count = 0;
  std::string allocated_tres;
  std::optional<StepUsage> usage;
  std::vector<std::string> usage_nodes;  // names of the nodes in `usage`, each figure's highest, then its lowest
  JobState state = JobState::running;
  Uid cancelled_by;
  std::string submit_line;
  bool resized = false;  // it ran when its job gave nodes back
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "step", self.step);
    v(3, "nodes", self.nodes);
    v(4, "node_count", self.node_count);
    v(5, "cpu_count", self.cpu_count);
    v(6, "allocated_tres", self.allocated_tres);
    v(7, "usage", self.usage);
    v(8, "usage_nodes", self.usage_nodes);
    v(9, "state", self.state);
    v(10, "cancelled_by", self.cancelled_by);
    v(11, "submit_line", self.submit_line);
    v(248, "resized", self.resized);
  }
};

// A node is no longer, or again, of use: sacctmgr show event.
struct NodeEventRecord {
  std::string node;
  bool is_over = false;  // what was before is over, and nothing follows it
  std::string state;     // "DOWN", "DRAIN" ...
  std::string reason;
  Uid uid;
  std::string tres;
  Instant at;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "is_over", self.is_over);
    v(3, "state", self.state);
    v(4, "reason", self.reason);
    v(5, "uid", self.uid);
    v(6, "tres", self.tres);
    v(7, "at", self.at);
  }
};

// What the cluster has, at its start and whenever the configuration changes.
struct ClusterRecord {
  std::string control_host;
  std::uint32_t control_port = 0;
  std::string tres;
  std::string nodes;
  std::vector<std::string> tres_names;  // that are accounted, in the order of their numbers
  Instant at;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "control_host", self.control_host);
    v(2, "control_port", self.control_port);
    v(3, "tres", self.tres);
    v(4, "nodes", self.nodes);
    v(5, "tres_names", self.tres_names);
    v(6, "at", self.at);
  }
};

// An order that somebody gave slurmctld about what is not his own, or about a node: for the audit trail.
struct AuditRecord {
  std::string action;        // "cancel job"
  std::string target;        // "job 12", "node n1"
  std::optional<Uid> actor;  // absent: the log does not say
  std::string before;        // "State=RUNNING"
  std::string after;
  Instant at;
  std::string host = {};      // from where; empty: the log does not say
  LogPosition position = {};  // of the event: after a crash it may come again beside later ones
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "action", self.action);
    v(2, "target", self.target);
    v(3, "actor", self.actor);
    v(4, "before", self.before);
    v(5, "after", self.after);
    v(6, "at", self.at);
    v(26, "host", self.host);
    v(27, "position", self.position);
  }
};

// A reservation as it is from now on, or that it is over.
struct ReservationRecord {
  std::string name;
  std::uint32_t number = 0;
  bool is_over = false;
  Instant start;
  Instant end;
  std::string nodes;
  std::string tres;
  std::string flags;
  Instant at;
  std::string associations = {};  // numbers of those that it is given to: "3,4"
  std::string holders = {};       // the same by name: "phys|alice,chem|"
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "number", self.number);
    v(3, "is_over", self.is_over);
    v(4, "start", self.start);
    v(5, "end", self.end);
    v(6, "nodes", self.nodes);
    v(7, "tres", self.tres);
    v(8, "flags", self.flags);
    v(9, "at", self.at);
    v(49, "associations", self.associations);
    v(50, "holders", self.holders);
  }
};

// A batch script or an environment, as AccountingStoreFlags has them kept: found by the hash that jobs name.
struct TextRecord {
  std::string hash;
  std::string text;  // an environment: NAME=value, each ended by a zero byte
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "hash", self.hash);
    v(2, "text", self.text);
  }
};

using AccountingRecord =
    std::variant<ClusterRecord, JobRecord, StepRecord, NodeEventRecord, AuditRecord, ReservationRecord, TextRecord>;

// All that one event of the log gives.
struct AccountingEntry {
  LogPosition position;
  std::vector<AccountingRecord> records;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "position", self.position);
    v(2, "records", self.records);
  }
};

// A frame is a length (u32), a hash (u64, XXH3) and a body; numbers are little endian. Here the body is an encoded
// AccountingEntry, in archives what accounting/archive_format.h says.
void append_checked(std::string& bytes, std::string_view body);
void append_entry(std::string& bytes, const AccountingEntry& entry);
struct EntryBytes {
  std::string_view body;
  std::size_t end = 0;  // of the frame, from the start of the bytes
};
// The frame at `from`; nothing: it is not whole, or damaged.
std::optional<EntryBytes> entry_at(std::string_view bytes, std::size_t from);

}  // namespace slurmxx
