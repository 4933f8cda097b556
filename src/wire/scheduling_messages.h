// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sprio, sshare, sdiag and `scontrol show licenses` and `assoc_mgr` ask slurmctld, and its answers.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "core/accounting/book.h"
#include "core/fairshare/ledger.h"
#include "core/limits/usage.h"
#include "core/model/job.h"
#include "core/priority/priority.h"
#include "core/schedule/statistics.h"

namespace slurmxx {

// Jobs of one user, and those that are charged to these accounts: what PrivateData leaves him.
struct JobsOf {
  Uid user;
  std::vector<std::string> accounts;
  bool include(const JobSpec& spec) const {
    return spec.owner.uid == user || std::ranges::find(accounts, spec.labels.account) != accounts.end();
  }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "user", self.user);
    v(2, "accounts", self.accounts);
  }
};

struct PrioritiesRequest {
  std::vector<JobId> jobs;          // empty: all
  std::vector<Uid> users;           // empty: everybody's
  std::optional<JobsOf> seen = {};  // absent: all that there are
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "jobs", self.jobs);
    v(2, "users", self.users);
    v(361, "seen", self.seen);
  }
};

struct LicensesRequest {
  bool reserved = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reserved", self.reserved);
  }
};

// With `reset` the counters begin anew, and nothing else is answered: operators only.
struct StatisticsRequest {
  bool reset = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reset", self.reset);
  }
};

// A job that waits, in one of its partitions.
struct PriorityRow {
  JobId job;
  std::string partition;
  std::string user_name;
  Uid user;
  PriorityTerms terms;
  std::string account;
  std::string qos;
  std::optional<Seconds> waited;  // what its age comes of
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "partition", self.partition);
    v(3, "user_name", self.user_name);
    v(4, "user", self.user);
    v(5, "terms", self.terms);
    v(6, "account", self.account);
    v(7, "qos", self.qos);
    v(8, "waited", self.waited);
  }
};

struct PrioritiesReply {
  std::vector<PriorityRow> rows;
  std::string type;                    // PriorityType
  std::vector<std::uint32_t> weights;  // by PriorityFactor
  std::string tres_weights;            // as slurm.conf has them
  Seconds max_age;
  Instant at;  // that ages count up to
  std::string cluster;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "rows", self.rows);
    v(2, "type", self.type);
    v(3, "weights", self.weights);
    v(4, "tres_weights", self.tres_weights);
    v(5, "max_age", self.max_age);
    v(6, "at", self.at);
    v(7, "cluster", self.cluster);
  }
};

struct SharesRequest {
  bool reserved = false;
  std::string user;  // his rows alone, and those of accounts that he coordinates; empty: all
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reserved", self.reserved);
    v(11, "user", self.user);
  }
};

// Of an association: usage as of now, and what the last calculation (PriorityCalcPeriod) made of it.
struct ShareLine {
  std::uint32_t id = 0;
  std::uint32_t parent = 0;  // by id; 0: the root
  std::uint32_t depth = 0;
  std::string account;
  std::string user;
  std::string partition;
  std::optional<std::uint32_t> shares;  // absent: as its parent
  double normal_shares = 0;
  double usage = 0;  // with all below it, in billed seconds
  double normal_usage = 0;
  double effective_usage = 0;
  double level = 0;
  double fair_share = 0;
  double rate = 0;  // what is billed a second now
  std::string grp_tres_mins;
  TresCounts run_minutes;  // that running jobs may still use
  TresCounts used_minutes;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "parent", self.parent);
    v(3, "depth", self.depth);
    v(4, "account", self.account);
    v(5, "user", self.user);
    v(6, "partition", self.partition);
    v(7, "shares", self.shares);
    v(8, "normal_shares", self.normal_shares);
    v(9, "usage", self.usage);
    v(10, "normal_usage", self.normal_usage);
    v(11, "effective_usage", self.effective_usage);
    v(12, "level", self.level);
    v(13, "fair_share", self.fair_share);
    v(14, "rate", self.rate);
    v(15, "grp_tres_mins", self.grp_tres_mins);
    v(16, "run_minutes", self.run_minutes);
    v(17, "used_minutes", self.used_minutes);
  }
};

struct SharesReply {
  std::vector<ShareLine> lines;  // depth first, users before accounts; the first is the root
  bool fair_tree = true;
  Seconds half_life;
  Instant now;
  Instant judged;  // the last calculation
  Seconds calc_period;
  std::string cluster;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "lines", self.lines);
    v(2, "fair_tree", self.fair_tree);
    v(3, "half_life", self.half_life);
    v(4, "now", self.now);
    v(5, "judged", self.judged);
    v(6, "calc_period", self.calc_period);
    v(7, "cluster", self.cluster);
  }
};

struct AssociationsRequest {
  bool reserved = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reserved", self.reserved);
  }
};

// `scontrol show assoc_mgr`: the book as slurmctld has it, and what is used of it.
struct AssociationsReply {
  struct Use {
    Holder holder;
    Tally tally;
    UsageAmount used;
    template <class Self, class V>
    static void describe(Self& self, V& v) {
      v(1, "holder", self.holder);
      v(2, "tally", self.tally);
      v(3, "used", self.used);
    }
  };
  AccountBook book;
  std::vector<Use> uses;
  Instant now;
  std::string cluster;
  std::vector<std::string> tres;  // that are tracked, in the order of print
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "book", self.book);
    v(2, "uses", self.uses);
    v(3, "now", self.now);
    v(4, "cluster", self.cluster);
    v(5, "tres", self.tres);
  }
};

struct LicenseRow {
  std::string name;
  std::uint32_t total = 0;
  std::uint32_t used = 0;
  std::uint32_t reserved = 0;
  bool remote = false;
  std::uint32_t last_consumed = 0;  // these three: of a remote one
  std::uint32_t last_deficit = 0;
  Instant last_update = {};
  std::uint32_t free() const { return total - std::min(total, used + last_deficit); }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "total", self.total);
    v(3, "used", self.used);
    v(4, "reserved", self.reserved);
    v(5, "remote", self.remote);
    v(300, "last_consumed", self.last_consumed);
    v(301, "last_deficit", self.last_deficit);
    v(302, "last_update", self.last_update);
  }
};

struct LicensesReply {
  std::vector<LicenseRow> licenses;  // by name
  Instant now;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "licenses", self.licenses);
    v(2, "now", self.now);
  }
};

struct CallCount {  // of one kind of request, or of one user
  std::string name;
  std::uint32_t number = 0;  // of the request, or the uid
  std::uint64_t count = 0;
  std::uint64_t sum_us = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "number", self.number);
    v(3, "count", self.count);
    v(4, "sum_us", self.sum_us);
  }
};

struct StatisticsReply {
  Instant now;
  SchedulingStatistics scheduling;
  std::uint32_t jobs_pending = 0;
  std::uint32_t jobs_running = 0;
  std::uint32_t threads = 0;
  std::uint32_t queries_waiting = 0;
  std::uint64_t clock_latency_us = 0;  // of 1000 looks at the clock
  std::vector<CallCount> calls;
  std::vector<CallCount> users;
  std::uint64_t records_waiting = 0;  // for slurmdbd
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "now", self.now);
    v(2, "scheduling", self.scheduling);
    v(3, "jobs_pending", self.jobs_pending);
    v(4, "jobs_running", self.jobs_running);
    v(5, "threads", self.threads);
    v(6, "queries_waiting", self.queries_waiting);
    v(7, "clock_latency_us", self.clock_latency_us);
    v(8, "calls", self.calls);
    v(9, "users", self.users);
    v(10, "records_waiting", self.records_waiting);
  }
};

}  // namespace slurmxx
