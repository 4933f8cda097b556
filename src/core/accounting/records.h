// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may use what: the rows that sacctmgr keeps, slurmdbd stores and slurmctld obeys. Plain data; an absent optional
// or an empty text means "not set here", and is inherited or unlimited. Meaning of the fields: sacctmgr(1).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "core/accounting/limits.h"

namespace slurmxx {

enum class AdminLevel : std::uint8_t { none = 0, operates = 1, administrates = 2 };

struct ClusterRow {
  std::string name;
  std::string control_host;  // empty: it is not connected
  std::uint32_t control_port = 0;
  std::uint32_t rpc_version = 0;
  std::string classification;
  std::uint32_t node_count = 0;
  std::string federation;              // empty: of none
  std::uint32_t federation_index = 0;  // within it, from 1
  std::string federation_state;        // "DRAIN", "DRAIN+REMOVE", "INACTIVE"; empty: ACTIVE
  std::vector<std::string> features;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "control_host", self.control_host);
    v(3, "control_port", self.control_port);
    v(4, "rpc_version", self.rpc_version);
    v(5, "classification", self.classification);
    v(15, "node_count", self.node_count);
    v(16, "federation", self.federation);
    v(17, "federation_index", self.federation_index);
    v(18, "federation_state", self.federation_state);
    v(19, "features", self.features);
  }
  bool operator==(const ClusterRow&) const = default;
};

// Clusters that belong together; which ones, their rows say.
struct FederationRow {
  std::string name;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
  }
  bool operator==(const FederationRow&) const = default;
};

struct AccountRow {
  std::string name;
  std::string description;
  std::string organization;
  std::vector<std::string> coordinators;  // users, in order of the alphabet
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "description", self.description);
    v(3, "organization", self.organization);
    v(4, "coordinators", self.coordinators);
  }
  bool operator==(const AccountRow&) const = default;
};

struct ClusterDefault {
  std::string cluster;
  std::string account;  // empty: none
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
    v(2, "account", self.account);
  }
  bool operator==(const ClusterDefault&) const = default;
};

struct UserRow {
  std::string name;
  AdminLevel admin = AdminLevel::none;
  std::string default_account;  // where `defaults` does not name the cluster: root's, and of rows of former versions
  std::string default_wckey;
  std::vector<ClusterDefault> defaults = {};  // by cluster

  const std::string& default_in(std::string_view cluster) const {
    const auto own = std::ranges::find(defaults, cluster, &ClusterDefault::cluster);
    return own == defaults.end() ? default_account : own->account;
  }
  void set_default_in(std::string_view cluster, const std::string& account) {
    std::erase_if(defaults, [&](const ClusterDefault& one) { return one.cluster == cluster; });
    if (account == default_account) return;
    const auto place = std::ranges::lower_bound(defaults, cluster, {}, &ClusterDefault::cluster);
    defaults.insert(place, {std::string(cluster), account});
  }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "admin", self.admin);
    v(3, "default_account", self.default_account);
    v(4, "default_wckey", self.default_wckey);
    v(410, "defaults", self.defaults);
  }
  bool operator==(const UserRow&) const = default;
};

// Of an account (user empty) or of a user in one. The account root is the cluster's own: the top of its tree.
struct Association {
  std::uint32_t id = 0;
  std::string cluster;
  std::string account;
  std::string user;
  std::string partition;
  std::string parent;             // the account above; empty: of a user, or of root
  std::uint32_t shares = 1;       // Fairshare
  bool shares_of_parent = false;  // Fairshare=parent
  std::optional<std::uint32_t> priority;
  LimitSet limits;
  std::string default_qos;               // empty: inherited
  std::vector<std::string> qos;          // empty: inherited
  std::vector<std::string> qos_changes;  // "+high", "-low" against what is inherited; none beside a list of its own
  bool is_default = false;               // the user's default account on the cluster
  std::string comment;
  std::uint32_t usage_resets = 0;  // how often sacctmgr has set RawUsage=0
  std::uint32_t returns = 0;       // how often it was added again after it was deleted: it begins with no usage then
  bool is_user() const { return !user.empty(); }
  bool is_top() const { return user.empty() && parent.empty(); }  // of its cluster: the account root
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "cluster", self.cluster);
    v(3, "account", self.account);
    v(4, "user", self.user);
    v(5, "partition", self.partition);
    v(6, "parent", self.parent);
    v(7, "shares", self.shares);
    v(8, "shares_of_parent", self.shares_of_parent);
    v(9, "priority", self.priority);
    v(10, "limits", self.limits);
    v(11, "default_qos", self.default_qos);
    v(12, "qos", self.qos);
    v(13, "qos_changes", self.qos_changes);
    v(14, "is_default", self.is_default);
    v(15, "comment", self.comment);
    v(16, "usage_resets", self.usage_resets);
    v(400, "returns", self.returns);
  }
  bool operator==(const Association&) const = default;
};

// Factors and thresholds are kept in millionths, as they are printed: 1.000000.
struct Qos {
  std::uint32_t id = 0;
  std::string name;
  std::string description;
  std::uint32_t priority = 0;
  std::vector<std::string> flags;    // as sacctmgr prints them: DenyOnLimit ...
  std::vector<std::string> preempt;  // names of QOS
  std::string preempt_mode;          // empty: the cluster's
  Seconds grace_time;
  std::optional<Seconds> preempt_exempt_time;
  std::uint64_t usage_factor = 1'000'000;
  std::optional<std::uint64_t> usage_threshold;
  std::optional<std::uint64_t> limit_factor;
  LimitSet limits;
  std::uint32_t usage_resets = 0;  // as Association's
  bool has_flag(std::string_view flag) const {
    for (const std::string& own : flags)
      if (own == flag) return true;
    return false;
  }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "name", self.name);
    v(3, "description", self.description);
    v(4, "priority", self.priority);
    v(5, "flags", self.flags);
    v(6, "preempt", self.preempt);
    v(7, "preempt_mode", self.preempt_mode);
    v(8, "grace_time", self.grace_time);
    v(9, "preempt_exempt_time", self.preempt_exempt_time);
    v(10, "usage_factor", self.usage_factor);
    v(11, "usage_threshold", self.usage_threshold);
    v(12, "limit_factor", self.limit_factor);
    v(13, "limits", self.limits);
    v(14, "usage_resets", self.usage_resets);
  }
  bool operator==(const Qos&) const = default;
};

struct TresRow {
  std::uint32_t id = 0;
  std::string type;  // "gres"
  std::string name;  // "gpu:a100"; empty for cpu and its like
  std::string full_name() const { return name.empty() ? type : type + "/" + name; }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "type", self.type);
    v(3, "name", self.name);
  }
  bool operator==(const TresRow&) const = default;
};

struct WcKeyRow {
  std::uint32_t id = 0;
  std::string name;
  std::string cluster;
  std::string user;
  bool is_default = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "name", self.name);
    v(3, "cluster", self.cluster);
    v(4, "user", self.user);
    v(5, "is_default", self.is_default);
  }
  bool operator==(const WcKeyRow&) const = default;
};

// What a cluster may use of a resource: percent, or a number where the resource has the flag Absolute.
struct ResourceShare {
  std::string cluster;
  std::uint32_t allowed = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
    v(2, "allowed", self.allowed);
  }
  bool operator==(const ResourceShare&) const = default;
};

struct ResourceRow {
  std::uint32_t id = 0;
  std::string name;
  std::string server;
  std::string server_type;
  std::string description;
  std::string type = "License";
  std::uint32_t count = 0;
  std::uint32_t last_consumed = 0;  // of the whole, as its server last told
  std::vector<std::string> flags;
  std::vector<ResourceShare> shares;  // in the order in which they were given
  Instant last_update;                // when last_consumed was set
  std::uint32_t used_by_others = 0;   // of last_consumed: what no job of the cluster had then; slurmctld works it out
  bool is_absolute() const {
    for (const std::string& flag : flags)
      if (flag == "Absolute") return true;
    return false;
  }
  std::uint64_t whole() const { return is_absolute() ? count : 100; }  // what the shares are parts of
  std::uint64_t allocated() const {
    std::uint64_t sum = 0;
    for (const ResourceShare& share : shares) sum += share.allowed;
    return sum;
  }
  const ResourceShare* share_of(std::string_view cluster) const {
    for (const ResourceShare& share : shares)
      if (share.cluster == cluster) return &share;
    return nullptr;
  }
  // In whole ones, rounded down.
  std::uint32_t given(const ResourceShare& share) const {
    const std::uint64_t part = is_absolute() ? share.allowed : std::uint64_t{count} * share.allowed / 100;
    return static_cast<std::uint32_t>(part);
  }
  // Of what the cluster was given: what others have beyond all that is not its own (LastDeficit).
  std::uint32_t deficit(const ResourceShare& share) const {
    const std::uint32_t own = given(share), free_to_others = count - std::min(count, own);
    return std::min(own, used_by_others - std::min(used_by_others, free_to_others));
  }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "name", self.name);
    v(3, "server", self.server);
    v(4, "server_type", self.server_type);
    v(5, "description", self.description);
    v(6, "type", self.type);
    v(7, "count", self.count);
    v(8, "last_consumed", self.last_consumed);
    v(9, "flags", self.flags);
    v(49, "shares", self.shares);
    v(300, "last_update", self.last_update);
    v(301, "used_by_others", self.used_by_others);
  }
  bool operator==(const ResourceRow&) const = default;
};

// What was done to the rows, for `sacctmgr show transactions`.
struct TransactionRow {
  Instant at;
  std::string action;  // "Add Users"
  std::string actor;
  std::string where;
  std::string info;
  std::string cluster;
  std::uint64_t id = 0;  // its number in the database
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "at", self.at);
    v(2, "action", self.action);
    v(3, "actor", self.actor);
    v(4, "where", self.where);
    v(5, "info", self.info);
    v(6, "cluster", self.cluster);
    v(46, "id", self.id);
  }
  bool operator==(const TransactionRow&) const = default;
};

}  // namespace slurmxx
