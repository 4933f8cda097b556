// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What commands and controllers ask slurmdbd, and its answers. One request, one answer. The place of an alternative is
// its number on the wire: append only. Who serves which: accounting/handlers.cpp.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/errc.h"
#include "base/ids.h"
#include "base/units.h"
#include "core/accounting/book.h"
#include "core/accounting/load.h"
#include "core/accounting/order.h"
#include "core/accounting/tres_use.h"
#include "wire/accounting_lists.h"
#include "wire/dbd_state_messages.h"

namespace slurmxx {

// Is the daemon there, and does its database answer?
struct DbdPing {
  std::string from;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "from", self.from);
  }
};

// What sacctmgr is told to do. Without `commit` nothing is done: the answer is what would be.
struct DbdBookOrder {
  BookOrder order;
  bool commit = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "order", self.order);
    v(2, "commit", self.commit);
  }
};

// A file of `sacctmgr load`: answered with one outcome, and kept whole or not at all.
struct DbdLoadOrder {
  LoadOrder load;
  bool commit = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "load", self.load);
    v(2, "commit", self.commit);
  }
};

// The rows that the caller may see.
struct DbdBookRequest {
  std::string cluster;  // only what concerns it; empty: all
  bool with_transactions = false;
  bool with_deleted = false;
  bool for_problems = false;  // for operators and coordinators alone
  bool for_wckeys = false;    // for operators alone; others see their own where they ask for something else
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
    v(2, "with_transactions", self.with_transactions);
    v(3, "with_deleted", self.with_deleted);
    v(4, "for_problems", self.for_problems);
    v(5, "for_wckeys", self.for_wckeys);
  }
};

// A controller makes its cluster known (DbdCall::cluster). What it asks from then on is answered with DbdNews too.
struct DbdRegister {
  std::string host;
  std::uint32_t port = 0;
  std::uint32_t rpc_version = 0;
  std::vector<std::string> tres;
  std::uint32_t node_count = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "host", self.host);
    v(2, "port", self.port);
    v(3, "rpc_version", self.rpc_version);
    v(4, "tres", self.tres);
    v(14, "node_count", self.node_count);
  }
};

// The session of a controller that had made its cluster known is lost: slurmdbd tells itself (TrackSlurmctldDown).
struct DbdControllerGone {
  template <class Self, class V>
  static void describe(Self&, V&) {}
};

// A controller's records: what of the log is in the database already is passed over. Answered when the rest is, too.
struct TakeRecords {
  std::string log;      // the sixteen bytes that name the controller's log
  std::string entries;  // frames of control/accounting_spool.h
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "log", self.log);
    v(2, "entries", self.entries);
  }
};

// Which jobs sacct wants. A list that is empty asks for all; every list that is not narrows. The answer comes in pages
// in the order of the ids: `after` is where the page before ended.
struct JobsQuery {
  std::vector<std::string> clusters;
  bool all_clusters = false;
  std::vector<Uid> users;
  std::vector<Gid> groups;
  std::vector<std::string> accounts;
  std::vector<std::string> partitions;
  std::vector<std::string> qos;
  std::vector<std::string> wckeys;
  std::vector<std::string> names;
  std::vector<JobId> ids;            // of jobs, arrays or leaders
  std::vector<std::uint8_t> states;  // of sacct, by StateWanted
  Instant start;
  Instant end;
  bool not_eligible_too = false;
  bool with_steps = true;
  std::string after;
  bool with_texts = false;  // scripts and environments, as far as they are kept
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "clusters", self.clusters);
    v(2, "all_clusters", self.all_clusters);
    v(3, "users", self.users);
    v(4, "groups", self.groups);
    v(5, "accounts", self.accounts);
    v(6, "partitions", self.partitions);
    v(7, "qos", self.qos);
    v(8, "wckeys", self.wckeys);
    v(9, "names", self.names);
    v(10, "ids", self.ids);
    v(11, "states", self.states);
    v(12, "start", self.start);
    v(13, "end", self.end);
    v(14, "not_eligible_too", self.not_eligible_too);
    v(15, "with_steps", self.with_steps);
    v(16, "after", self.after);
    v(56, "with_texts", self.with_texts);
  }
};

// What sreport adds up: TRES times seconds of jobs between two instants, by account and user. A list that is empty asks
// for all.
struct UsageQuery {
  std::vector<std::string> clusters;
  bool all_clusters = false;
  Instant start;
  Instant end;
  std::vector<std::string> tres;  // "cpu", "gres/gpu"
  std::vector<std::string> users;
  std::vector<std::string> partitions;
  std::vector<Gid> groups;
  bool by_size = false;            // by account and CPUs of the job instead
  bool with_clusters = false;      // and what became of all that the cluster has
  bool by_qos = false;             // by account and QOS instead of users
  bool by_wckey = false;           // by wckey instead of account; with by_size beside it
  std::vector<std::string> jobs;   // as people name them: "12", "12_5"
  std::vector<std::string> nodes;  // names; of jobs those that had one of them
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "clusters", self.clusters);
    v(2, "all_clusters", self.all_clusters);
    v(3, "start", self.start);
    v(4, "end", self.end);
    v(5, "tres", self.tres);
    v(6, "users", self.users);
    v(7, "partitions", self.partitions);
    v(8, "groups", self.groups);
    v(9, "by_size", self.by_size);
    v(10, "with_clusters", self.with_clusters);
    v(51, "by_qos", self.by_qos);
    v(52, "by_wckey", self.by_wckey);
    v(353, "jobs", self.jobs);
    v(360, "nodes", self.nodes);
  }
};

// What sacctmgr asks of slurmdbd itself and of its records: archive, runawayjobs, stats, config ... The answer is a
// DbdBookOutcome. Without `commit` nothing is done: the answer is what would be.
struct DbdHouseOrder {
  std::vector<std::string> words;
  bool commit = false;
  bool header = true;
  std::string cluster;  // empty: all
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "words", self.words);
    v(2, "commit", self.commit);
    v(3, "header", self.header);
    v(4, "cluster", self.cluster);
  }
};

using DbdRequest = std::variant<DbdPing, DbdBookOrder, DbdBookRequest, DbdRegister, TakeRecords, JobsQuery, UsageQuery,
                                EventsQuery, DbdHouseOrder, ReservationsQuery, DbdControllerGone, DbdLoadOrder>;

struct DbdError {
  Errc code = Errc::error;
  std::string message;  // empty: the code's text
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "code", self.code);
    v(2, "message", self.message);
  }
};

struct DbdDone {
  std::vector<std::string> notes;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "notes", self.notes);
  }
};

struct DbdPong {
  std::string host;
  std::string version;
  std::string storage;       // StorageType
  std::uint64_t schema = 0;  // of the database
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "host", self.host);
    v(2, "version", self.version);
    v(3, "storage", self.storage);
    v(4, "schema", self.schema);
  }
};

struct DbdBookOutcome {
  std::string out;  // whole lines for sacctmgr to print
  std::string err;
  std::int32_t exit_code = 0;
  bool changes = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "out", self.out);
    v(2, "err", self.err);
    v(3, "exit_code", self.exit_code);
    v(4, "changes", self.changes);
  }
};

// What a cluster said of itself last.
struct ClusterFacts {
  std::string name;
  std::string tres;   // "cpu=8,mem=62.50G"
  std::string nodes;  // hostlist
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "tres", self.tres);
    v(3, "nodes", self.nodes);
  }
};

struct DbdBook {
  AccountBook book;
  std::vector<TransactionRow> transactions;
  AccountBook deleted;                 // rows that were there once, as they were last; of those that came back, none
  std::vector<ClusterFacts> clusters;  // when it is the whole book that is asked for
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "book", self.book);
    v(2, "transactions", self.transactions);
    v(3, "deleted", self.deleted);
    v(354, "clusters", self.clusters);
  }
};

// Encoded records of wire/accounting_records.h, as they are in the database.
struct AccountedJob {
  std::string cluster;
  std::string job;                 // a JobRecord
  std::vector<std::string> steps;  // StepRecords, the script first
  std::string script;              // empty: not kept, or not for the caller to see
  std::string environment;
  std::string suspensions;  // core/accounting/suspensions.h
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
    v(2, "job", self.job);
    v(3, "steps", self.steps);
    v(43, "script", self.script);
    v(44, "environment", self.environment);
    v(54, "suspensions", self.suspensions);
  }
};

struct JobsPage {
  std::vector<AccountedJob> jobs;
  std::string next;  // empty: this was the last page
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "jobs", self.jobs);
    v(2, "next", self.next);
  }
};

struct UsedRow {
  std::string cluster;
  std::string account;
  std::string user;                    // empty when by_size
  std::uint32_t cpus = 0;              // of each job, when by_size
  std::uint64_t jobs = 0;              // when by_size
  std::vector<std::uint64_t> seconds;  // in the order of UsageQuery::tres
  std::string qos;                     // when by_qos
  std::string wckey;                   // when by_wckey
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
    v(2, "account", self.account);
    v(3, "user", self.user);
    v(4, "cpus", self.cpus);
    v(5, "jobs", self.jobs);
    v(6, "seconds", self.seconds);
    v(47, "qos", self.qos);
    v(48, "wckey", self.wckey);
  }
};

struct ClusterUsage {
  std::string cluster;
  std::string tres;
  TresUse use;
  std::uint64_t count = 0;  // that it had last in the window
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
    v(2, "tres", self.tres);
    v(3, "use", self.use);
    v(355, "count", self.count);
  }
};

struct UsageSummary {
  std::vector<UsedRow> rows;
  std::vector<ClusterUsage> clusters;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "rows", self.rows);
    v(2, "clusters", self.clusters);
  }
};

using DbdReply = std::variant<DbdError, DbdDone, DbdPong, DbdBookOutcome, DbdBook, JobsPage, UsageSummary, EventList,
                              DbdStatistics, DbdSettings, ReservedList>;

// What a frame to and from slurmdbd holds.
struct DbdCall {
  std::uint64_t call = 0;  // answers carry it back
  RequestId request;       // of a request that changes something; kept by a retry
  std::string cluster;     // ClusterName of who asks
  DbdRequest body;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "call", self.call);
    v(2, "request", self.request);
    v(3, "cluster", self.cluster);
    v(4, "body", self.body);
  }
};

struct DbdAnswer {
  std::uint64_t call = 0;
  DbdReply body;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "call", self.call);
    v(2, "body", self.body);
  }
};

// To the sessions of controllers, unasked: the associations, QOS or TRES of this cluster have changed: ask for them.
struct DbdNews {
  std::string cluster;  // empty: every one
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
  }
};

}  // namespace slurmxx
