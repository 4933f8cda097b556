// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a user asked for: the immutable part of a job, written once at submission and replaced whole by an update.
// Meaning of the fields: sbatch(1). An empty string or an absent optional means "not asked for".
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "core/model/gres.h"
#include "core/model/index_set.h"
#include "core/model/placement_request.h"

namespace slurmxx {

struct JobOwner {
  Uid uid;
  Gid gid;
  std::string user_name;
  std::string group_name;
  std::vector<Gid> groups;  // supplementary, resolved by the controller at submission

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "uid", self.uid);
    v(2, "gid", self.gid);
    v(3, "user_name", self.user_name);
    v(4, "group_name", self.group_name);
    v(5, "groups", self.groups);
  }
  bool operator==(const JobOwner&) const = default;
};

struct JobLabels {
  std::string name;
  std::string comment;
  std::string admin_comment;
  std::string extra;
  std::string account;
  std::string qos;
  std::string wckey;
  std::string reservation;
  std::string licenses;
  std::string dependency;
  std::string mail_user;
  std::vector<std::string> mail_types;
  std::string submit_line;
  std::string submit_host;
  std::uint32_t submit_sid = 0;
  std::string mcs_label;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "comment", self.comment);
    v(3, "admin_comment", self.admin_comment);
    v(4, "extra", self.extra);
    v(5, "account", self.account);
    v(6, "qos", self.qos);
    v(7, "wckey", self.wckey);
    v(8, "reservation", self.reservation);
    v(9, "licenses", self.licenses);
    v(10, "dependency", self.dependency);
    v(11, "mail_user", self.mail_user);
    v(12, "mail_types", self.mail_types);
    v(13, "submit_line", self.submit_line);
    v(14, "submit_host", self.submit_host);
    v(15, "submit_sid", self.submit_sid);
    v(145, "mcs_label", self.mcs_label);
  }
  bool operator==(const JobLabels&) const = default;
};

struct ResourceRequest {
  std::uint32_t nodes_min = 1;
  std::optional<std::uint32_t> nodes_max;
  std::uint32_t tasks = 1;
  bool tasks_set = false;  // -n was given
  bool nodes_set = false;  // -N was given
  std::uint32_t cpus_per_task = 1;
  std::optional<std::uint32_t> tasks_per_node;
  std::optional<std::uint32_t> tasks_per_socket;
  std::optional<std::uint32_t> tasks_per_core;
  std::optional<std::uint32_t> cpus_per_node_min;  // --mincpus
  std::optional<std::uint32_t> sockets_per_node;
  std::optional<std::uint32_t> cores_per_socket;
  std::optional<std::uint32_t> threads_per_core;
  std::optional<MebiBytes> memory_per_node;  // 0: all of the node
  std::optional<MebiBytes> memory_per_cpu;
  MebiBytes tmp_disk_per_node;
  bool overcommit = false;
  bool cpus_per_task_set = false;
  GresOptions gres;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "nodes_min", self.nodes_min);
    v(2, "nodes_max", self.nodes_max);
    v(3, "tasks", self.tasks);
    v(4, "tasks_set", self.tasks_set);
    v(5, "nodes_set", self.nodes_set);
    v(6, "cpus_per_task", self.cpus_per_task);
    v(7, "tasks_per_node", self.tasks_per_node);
    v(8, "tasks_per_socket", self.tasks_per_socket);
    v(9, "tasks_per_core", self.tasks_per_core);
    v(10, "cpus_per_node_min", self.cpus_per_node_min);
    v(11, "sockets_per_node", self.sockets_per_node);
    v(12, "cores_per_socket", self.cores_per_socket);
    v(13, "threads_per_core", self.threads_per_core);
    v(14, "memory_per_node", self.memory_per_node);
    v(15, "memory_per_cpu", self.memory_per_cpu);
    v(16, "tmp_disk_per_node", self.tmp_disk_per_node);  // 17 was a text that nothing came of
    v(18, "overcommit", self.overcommit);
    v(19, "cpus_per_task_set", self.cpus_per_task_set);
    v(20, "gres", self.gres);
  }
  bool operator==(const ResourceRequest&) const = default;
};

// Tasks of a job on so many nodes.
inline std::uint64_t tasks_on(const ResourceRequest& asked, std::uint64_t nodes) {
  if (asked.tasks_set) return asked.tasks;
  return std::max<std::uint64_t>(asked.tasks, nodes * asked.tasks_per_node.value_or(1));
}

struct SignalPlan {          // --signal
  std::uint32_t signal = 0;  // 0: none
  Seconds before_end;
  bool batch_shell_only = false;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "signal", self.signal);
    v(2, "before_end", self.before_end);
    v(3, "batch_shell_only", self.batch_shell_only);
  }
  bool operator==(const SignalPlan&) const = default;
};

struct TimeRequest {
  std::optional<TimeLimit> limit;  // absent: the partition's default
  std::optional<TimeLimit> limit_min;
  std::optional<Instant> begin;
  std::optional<Instant> deadline;
  SignalPlan signal;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "limit", self.limit);
    v(2, "limit_min", self.limit_min);
    v(3, "begin", self.begin);
    v(4, "deadline", self.deadline);
    v(5, "signal", self.signal);
  }
  bool operator==(const TimeRequest&) const = default;
};

struct ResourceLimit {  // one of setrlimit(2); absent value: unlimited
  std::uint32_t resource = 0;
  std::optional<std::uint64_t> soft;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "resource", self.resource);
    v(2, "soft", self.soft);
  }
  bool operator==(const ResourceLimit&) const = default;
};

// How the batch script or command is run. Script and environment are blobs on disk, named by their hash.
struct LaunchSpec {
  std::string work_dir;
  std::string script_hash;  // empty: an allocation without a script
  std::string environment_hash;
  std::string command;  // absolute path of the script, empty for --wrap and standard input
  std::vector<std::string> arguments;
  std::string output;  // file name patterns as given
  std::string error;
  std::string input;
  bool append = false;
  bool load_login_environment = false;
  std::uint32_t umask = 022;
  std::vector<ResourceLimit> limits;
  std::optional<Seconds> sample_every;  // --acctg-freq: how often the tasks' usage is looked at
  std::string network;                  // --network: kept and shown
  std::string cpu_freq;                 // --cpu-freq: likewise

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "work_dir", self.work_dir);
    v(2, "script_hash", self.script_hash);
    v(3, "environment_hash", self.environment_hash);
    v(4, "command", self.command);
    v(5, "arguments", self.arguments);
    v(6, "output", self.output);
    v(7, "error", self.error);
    v(8, "input", self.input);
    v(9, "append", self.append);
    v(10, "load_login_environment", self.load_login_environment);
    v(11, "umask", self.umask);
    v(12, "limits", self.limits);
    v(243, "sample_every", self.sample_every);
    v(271, "network", self.network);
    v(370, "cpu_freq", self.cpu_freq);
  }
  bool operator==(const LaunchSpec&) const = default;
};

// Which command an allocation belongs to: it does not outlive its srun, and salloc's request for it not its salloc.
// That of a salloc that goes on answers for it (InactiveLimit); one with --no-shell only while it waits.
enum class HeldBy : std::uint8_t { nobody = 0, salloc = 1, srun = 2, salloc_until_start = 3 };

struct JobPolicy {
  bool batch = true;              // false: an allocation of srun or salloc
  std::optional<bool> requeue;    // absent: JobRequeue of slurm.conf
  bool kill_on_node_fail = true;  // false: --no-kill
  bool hold = false;
  std::int64_t nice = 0;
  std::optional<std::uint32_t> priority;  // --priority
  std::optional<Seconds> immediate;       // refuse unless started within
  HeldBy held_by = HeldBy::nobody;
  std::optional<bool> kill_on_invalid_dependency;  // absent: SchedulerParameters=kill_invalid_depend
  std::int64_t site_factor = 0;                    // counts for the priority, set by an administrator
  bool requeue_expedite = false;
  JobId expedited;  // itself, where it went back to the queue for that: its nodes are kept for it

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "batch", self.batch);
    v(2, "requeue", self.requeue);
    v(3, "kill_on_node_fail", self.kill_on_node_fail);
    v(4, "hold", self.hold);
    v(5, "nice", self.nice);
    v(6, "priority", self.priority);
    v(7, "immediate", self.immediate);
    v(8, "held_by", self.held_by);
    v(9, "kill_on_invalid_dependency", self.kill_on_invalid_dependency);
    v(14, "site_factor", self.site_factor);
    v(268, "requeue_expedite", self.requeue_expedite);
    v(269, "expedited", self.expedited);
  }
  bool operator==(const JobPolicy&) const = default;
};

// The place of a component of a heterogeneous job. Components are jobs of their own with consecutive ids.
struct HetPlace {
  JobId leader;  // id of component 0
  std::uint32_t offset = 0;
  std::uint32_t size = 1;  // components in all

  JobId component(std::uint32_t number) const { return JobId(leader.value + number); }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "leader", self.leader);
    v(2, "offset", self.offset);
    v(3, "size", self.size);
  }
  bool operator==(const HetPlace&) const = default;
};

struct ArrayRequest {
  IndexSet indices;            // of all tasks, never empty
  std::uint32_t throttle = 0;  // how many may run at once; 0: as many as there is room for

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "indices", self.indices);
    v(2, "throttle", self.throttle);
  }
  bool operator==(const ArrayRequest&) const = default;
};

// One task of a job array.
struct ArrayTask {
  JobId array;
  std::uint32_t index = 0;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "array", self.array);
    v(2, "index", self.index);
  }
  bool operator==(const ArrayTask&) const = default;
};

struct CronEntry {               // of a crontab: the job comes again and again
  std::string when;              // "0 8 * * 1-5", "@hourly"
  std::uint32_t first_line = 0;  // of the file, counted from 1
  std::uint32_t last_line = 0;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "when", self.when);
    v(2, "first_line", self.first_line);
    v(3, "last_line", self.last_line);
  }
  bool operator==(const CronEntry&) const = default;
};

struct JobSpec {
  JobOwner owner;
  JobLabels labels;
  ResourceRequest resources;
  PlacementRequest placement;
  TimeRequest times;
  LaunchSpec launch;
  JobPolicy policy;
  std::optional<HetPlace> het;  // given by slurmctld
  std::optional<ArrayRequest> array;
  std::optional<CronEntry> cron = {};

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "owner", self.owner);
    v(2, "labels", self.labels);
    v(3, "resources", self.resources);
    v(4, "placement", self.placement);
    v(5, "times", self.times);
    v(6, "launch", self.launch);
    v(7, "policy", self.policy);
    v(8, "het", self.het);
    v(9, "array", self.array);
    v(109, "cron", self.cron);
  }
  bool operator==(const JobSpec&) const = default;
};

}  // namespace slurmxx
