// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A node as the controller knows it: what slurm.conf declares, what slurmd registered, what was ordered, what is in
// use. IDLE, ALLOCATED, MIXED and COMPLETING follow from use; they are not kept. States: sinfo(1), "NODE STATE CODES".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "core/model/gres.h"

namespace slurmxx {

// Hardware: declared or found.
struct NodeShape {
  std::uint32_t cpus = 1;
  std::uint32_t boards = 1;
  std::uint32_t sockets = 1;  // in all
  std::uint32_t cores_per_socket = 1;
  std::uint32_t threads_per_core = 1;
  MebiBytes memory{1};
  MebiBytes tmp_disk;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cpus", self.cpus);
    v(2, "boards", self.boards);
    v(3, "sockets", self.sockets);
    v(4, "cores_per_socket", self.cores_per_socket);
    v(5, "threads_per_core", self.threads_per_core);
    v(6, "memory", self.memory);
    v(7, "tmp_disk", self.tmp_disk);
  }
  bool operator==(const NodeShape&) const = default;
};

// What slurmd tells when it registers.
struct NodeRegistration {
  NodeShape shape;
  std::string version;
  std::string architecture;
  std::string os;
  Instant booted;
  Instant slurmd_started;
  std::string boot_id;  // differs after a reboot; empty: not known
  std::vector<GresFound> gres;
  std::optional<std::string> features = {};       // of helpers.conf: those that are set; absent: it has none there
  std::optional<Instant> features_set = {};       // when some were set without a boot
  std::optional<std::string> extra = {};          // slurmd --extra
  std::optional<std::string> instance_id = {};    // --instance-id
  std::optional<std::string> instance_type = {};  // --instance-type

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "shape", self.shape);
    v(2, "version", self.version);
    v(3, "architecture", self.architecture);
    v(4, "os", self.os);
    v(5, "booted", self.booted);
    v(6, "slurmd_started", self.slurmd_started);
    v(7, "boot_id", self.boot_id);
    v(8, "gres", self.gres);
    v(9, "extra", self.extra);
    v(10, "features", self.features);
    v(11, "features_set", self.features_set);
    v(280, "instance_id", self.instance_id);
    v(281, "instance_type", self.instance_type);
  }
  bool operator==(const NodeRegistration&) const = default;
};

enum class NodeBase : std::uint8_t { unknown = 0, up = 1, down = 2, future = 3 };

struct NodeReason {  // why it is drained or down; shown by sinfo -R
  std::string text;
  Uid uid;
  Instant at;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "text", self.text);
    v(2, "uid", self.uid);
    v(3, "at", self.at);
  }
  bool operator==(const NodeReason&) const = default;
};

// What was decided about a node: by an administrator, by a missed heartbeat, by a registration that does not fit.
struct NodeCondition {
  NodeBase base = NodeBase::unknown;
  bool drain = false;
  bool fail = false;
  bool invalid_registration = false;
  bool not_responding = false;
  bool down_by_admin = false;  // only RESUME brings it back, whatever ReturnToService says
  std::optional<NodeReason> reason;
  bool clearing =
      false;  // it may still end lives of jobs that were given up: not used before it says that none is left
  bool reserved = false;  // by a reservation that is active; of a node that is shown, never in state
  bool maint = false;     // by one with the flag MAINT; as above

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "base", self.base);
    v(2, "drain", self.drain);
    v(3, "fail", self.fail);
    v(4, "invalid_registration", self.invalid_registration);
    v(5, "not_responding", self.not_responding);
    v(6, "down_by_admin", self.down_by_admin);
    v(7, "reason", self.reason);
    v(8, "clearing", self.clearing);
    v(9, "reserved", self.reserved);
    v(10, "maint", self.maint);
  }
  bool operator==(const NodeCondition&) const = default;
};

enum class PowerPhase : std::uint8_t { on = 0, powering_up = 1, down = 2, powering_down = 3 };

struct NodePower {  // of nodes that are switched on and off (SuspendProgram, ResumeProgram)
  PowerPhase phase = PowerPhase::on;
  bool cloud = false;                   // State=CLOUD
  bool down_asked = false;              // POWER_DOWN: when its jobs have ended
  std::optional<Instant> since;         // of the phase
  std::optional<Instant> resume_after;  // scontrol update ResumeAfter: then it is used again

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "phase", self.phase);
    v(2, "cloud", self.cloud);
    v(3, "down_asked", self.down_asked);
    v(4, "since", self.since);
    v(5, "resume_after", self.resume_after);
  }
  bool operator==(const NodePower&) const = default;
};

struct NodeReboot {          // scontrol reboot, or for a job
  bool issued = false;       // slurmd was told to
  bool asap = false;         // and no job starts there before
  bool down_after = false;   // nextstate=down
  bool says_resume = false;  // nextstate=resume, which it would be anyway
  Instant since;
  std::string reason;
  std::optional<JobId> job;  // it waits for the boot
  std::string features;      // that the boot is to give it (helpers.conf)

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "issued", self.issued);
    v(2, "asap", self.asap);
    v(3, "down_after", self.down_after);
    v(4, "since", self.since);
    v(5, "reason", self.reason);
    v(60, "job", self.job);
    v(61, "features", self.features);
    v(356, "says_resume", self.says_resume);
  }
  bool operator==(const NodeReboot&) const = default;
};

// What scontrol has put over slurm.conf; absent: as there.
struct NodeOverrides {
  std::optional<std::string> address;
  std::optional<std::string> host_name;
  std::optional<std::uint32_t> port;
  std::optional<std::string> features;  // available
  std::optional<std::string> gres;
  std::optional<std::string> cpu_bind;
  std::optional<std::string> instance_id;
  std::optional<std::string> instance_type;
  std::optional<std::string> topology;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "address", self.address);
    v(2, "host_name", self.host_name);
    v(3, "port", self.port);
    v(4, "features", self.features);
    v(5, "gres", self.gres);
    v(6, "cpu_bind", self.cpu_bind);
    v(7, "instance_id", self.instance_id);
    v(8, "instance_type", self.instance_type);
    v(9, "topology", self.topology);
  }
  bool operator==(const NodeOverrides&) const = default;
};

struct NodeUse {  // derived from the jobs by apply(): sums over shares of jobs that hold the node
  std::uint32_t cpus = 0;
  MebiBytes memory;
  std::uint32_t jobs = 0;             // that run
  std::uint32_t completing_jobs = 0;  // that ended and whose epilog has not been reported
  std::optional<JobId> whole_node_job;
  std::vector<bool> cpu_taken;
  std::optional<Instant> last_busy;
  std::vector<GresShare> gres;             // one of each pool that anything is taken of
  std::uint32_t suspended_jobs = 0;        // hold memory alone
  std::vector<std::uint32_t> cpus_shared;  // once for each further job on a CPU in use
  std::vector<std::uint32_t> cpus_lent;    // whose jobs share them (OverSubscribe); rising

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cpus", self.cpus);
    v(2, "memory", self.memory);
    v(3, "jobs", self.jobs);
    v(4, "completing_jobs", self.completing_jobs);
    v(5, "whole_node_job", self.whole_node_job);
    v(6, "cpu_taken", self.cpu_taken);
    v(7, "last_busy", self.last_busy);
    v(8, "gres", self.gres);
    v(20, "suspended_jobs", self.suspended_jobs);
    v(21, "cpus_shared", self.cpus_shared);
    v(151, "cpus_lent", self.cpus_lent);
  }
  bool operator==(const NodeUse&) const = default;
};

struct Node {
  std::string name;
  NodeShape declared;
  NodeCondition condition;
  std::optional<NodeRegistration> registered;
  NodeUse use;
  std::string features_active;
  std::string comment;
  std::string extra;
  std::uint32_t weight = 1;
  std::string gres_declared;   // Gres= of slurm.conf
  std::vector<GresPool> gres;  // of it, with the devices that were registered; derived by apply()
  NodePower power;
  std::optional<NodeReboot> reboot;
  NodeOverrides overrides;
  std::string dynamic;          // its NodeConfig, encoded, where slurm.conf does not have it; empty: it has
  bool dynamic_future = false;  // State=FUTURE in slurm.conf, and taken by a slurmd -F

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "declared", self.declared);
    v(3, "condition", self.condition);
    v(4, "registered", self.registered);
    v(5, "use", self.use);
    v(6, "features_active", self.features_active);
    v(7, "comment", self.comment);
    v(8, "extra", self.extra);
    v(9, "weight", self.weight);
    v(10, "gres_declared", self.gres_declared);
    v(11, "gres", self.gres);
    v(20, "power", self.power);
    v(21, "reboot", self.reboot);
    v(22, "overrides", self.overrides);
    v(122, "dynamic", self.dynamic);
    v(123, "dynamic_future", self.dynamic_future);
  }
};

}  // namespace slurmxx
