// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/node_fields.h"

#include <fmt/format.h>

#include <array>

#include "core/hostlist/host_key.h"
#include "core/hostlist/hostlist.h"
#include "core/model/node_state.h"
#include "core/text/instant_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {

namespace {

using R = const NodeRow&;
using G = Grouping;

std::string or_null(const std::string& text) { return text.empty() ? "(null)" : text; }
const Partition& partition_of(R row) { return row.partition->partition; }
const NodeView* first(R row) { return row.nodes.empty() ? nullptr : row.nodes.front(); }

std::string setting(R row, const char* key, const char* absent) {
  for (const KeyValue& one : row.partition->settings)
    if (one.key == key && !one.value.empty()) return one.value;
  return absent;
}

// A size of the nodes: "8", or "8+" where some have more.
template <auto value>
std::string least(R row) {
  if (row.nodes.empty()) return "0";
  std::int64_t low = value(*row.nodes.front()), high = low;
  for (const NodeView* node : row.nodes) {
    low = std::min<std::int64_t>(low, value(*node));
    high = std::max<std::int64_t>(high, value(*node));
  }
  return fmt::format("{}{}", low, low == high ? "" : "+");
}
template <auto value>
SortValue by_least(R row) {
  std::int64_t found = row.nodes.empty() ? 0 : value(*row.nodes.front());
  for (const NodeView* node : row.nodes) found = std::min<std::int64_t>(found, value(*node));
  return sort_value(found);
}
template <auto value>
std::string range(R row) {
  if (row.nodes.empty()) return "N/A";
  double low = value(*row.nodes.front()), high = low;
  for (const NodeView* node : row.nodes) {
    low = std::min<double>(low, value(*node));
    high = std::max<double>(high, value(*node));
  }
  return low == high ? fmt::format("{:.2f}", low) : fmt::format("{:.2f}-{:.2f}", low, high);
}

std::int64_t cpus(const NodeView& n) { return n.node.declared.cpus; }
std::int64_t memory(const NodeView& n) { return n.node.declared.memory.value; }
std::int64_t disk(const NodeView& n) { return n.node.declared.tmp_disk.value; }
std::int64_t weight(const NodeView& n) { return n.node.weight; }
std::int64_t sockets(const NodeView& n) { return n.node.declared.sockets; }
std::int64_t cores(const NodeView& n) { return n.node.declared.cores_per_socket; }
std::int64_t threads(const NodeView& n) { return n.node.declared.threads_per_core; }
std::int64_t used_memory(const NodeView& n) { return n.node.use.memory.value; }
double load(const NodeView& n) { return n.load_hundredths / 100.0; }

// "900", or "900-1000" where the nodes have different; those that have not told are left out.
std::string free_memory(R row) {
  std::optional<std::pair<std::int64_t, std::int64_t>> range;
  for (const NodeView* node : row.nodes) {
    if (!node->free_memory) continue;
    const std::int64_t value = node->free_memory->value;
    range = range ? std::pair(std::min(range->first, value), std::max(range->second, value)) : std::pair(value, value);
  }
  if (!range) return "N/A";
  return range->first == range->second ? fmt::to_string(range->first)
                                       : fmt::format("{}-{}", range->first, range->second);
}

struct Counts {
  std::uint64_t allocated = 0, idle = 0, other = 0, total = 0;
};

bool is_usable(const Node& node) {
  const NodeCondition& condition = node.condition;
  return condition.base == NodeBase::up && !condition.drain && !condition.fail;
}

Counts count_nodes(R row) {
  Counts sum;
  for (const NodeView* view : row.nodes) {
    ++sum.total;
    if (has_jobs(view->node))
      ++sum.allocated;
    else
      ++(is_usable(view->node) ? sum.idle : sum.other);
  }
  return sum;
}
Counts count_cpus(R row) {
  Counts sum;
  for (const NodeView* view : row.nodes) {
    const std::uint64_t all = view->node.declared.cpus;
    const std::uint64_t used = std::min<std::uint64_t>(view->node.use.cpus, all);
    sum.total += all;
    sum.allocated += used;
    (is_usable(view->node) ? sum.idle : sum.other) += all - used;
  }
  return sum;
}
std::string four(const Counts& c) { return fmt::format("{}/{}/{}/{}", c.allocated, c.idle, c.other, c.total); }

std::string starred_name(R row) { return partition_of(row).name + (partition_of(row).is_default ? "*" : ""); }
std::string available(R row) {
  constexpr std::array words{"up", "down", "drain", "inact"};
  return words[static_cast<std::size_t>(partition_of(row).state)];
}
std::string job_size(R row) {
  const Partition& p = partition_of(row);
  const std::uint32_t low = std::max<std::uint32_t>(p.nodes_min, 1);
  if (p.nodes_max.unlimited) return fmt::format("{}-infinite", low);
  return low == p.nodes_max.value ? fmt::to_string(low) : fmt::format("{}-{}", low, p.nodes_max.value);
}
std::string groups(R row) {
  return partition_of(row).allow_groups.empty() ? "all" : join(partition_of(row).allow_groups, ",");
}
std::string alloc_nodes(R row) {
  const std::string text = setting(row, "AllocNodes", "all");
  return text == "ALL" ? "all" : text;
}
std::string time_text(const TimeLimit& time) { return time.unlimited ? "infinite" : duration_short(time); }
std::string default_time(R row) {
  const auto& time = partition_of(row).time_default;
  return time ? time_text(*time) : "n/a";
}

std::string node_list(R row) {
  HostNames names;
  for (const NodeView* node : row.nodes) names.push_back(node->node.name);
  return fold_hosts_sorted(std::move(names));
}
std::string of_first(R row, std::string (*text)(const NodeView&), const char* absent) {
  return first(row) ? text(*first(row)) : absent;
}
std::string short_state(R row) {
  return of_first(
      row, [](const NodeView& n) { return node_state_compact_text(n.node); }, "n/a");
}
std::string long_state(R row) {
  return of_first(
      row, [](const NodeView& n) { return node_state_long_text(n.node); }, "n/a");
}
std::string full_state(R row) {
  return of_first(
      row, [](const NodeView& n) { return lower(node_state_complete(n.node)); }, "n/a");
}
std::string host_name(R row) {
  return of_first(
      row, [](const NodeView& n) { return n.host_name; }, "");
}
std::string address(R row) {
  return of_first(
      row, [](const NodeView& n) { return n.address; }, "");
}
std::string features(R row) {
  return of_first(
      row, [](const NodeView& n) { return or_null(n.features); }, "(null)");
}
std::string active_features(R row) {
  return of_first(
      row, [](const NodeView& n) { return or_null(n.node.features_active); }, "(null)");
}
std::string gres(R row) {
  return of_first(
      row, [](const NodeView& n) { return or_null(n.gres); }, "(null)");
}
std::string gres_used(R row) {
  return of_first(
      row, [](const NodeView& n) { return or_null(gres_used_text(n.node)); }, "(null)");
}
std::string comment(R row) {
  return of_first(
      row, [](const NodeView& n) { return or_null(n.node.comment); }, "(null)");
}
std::string extra(R row) {
  return of_first(
      row, [](const NodeView& n) { return or_null(n.node.extra); }, "(null)");
}
std::string version(R row) {
  return of_first(
      row, [](const NodeView& n) { return n.node.registered ? n.node.registered->version : ""; }, "");
}
std::string port(R row) {
  return of_first(
      row, [](const NodeView& n) { return fmt::to_string(n.port); }, "0");
}

const NodeReason* reason_of(R row) {
  const NodeView* node = first(row);
  return node && node->node.condition.reason ? &*node->node.condition.reason : nullptr;
}
std::string reason(R row) { return reason_of(row) ? reason_of(row)->text : "none"; }
std::string reason_time(R row) {
  return reason_of(row) ? instant_text(reason_of(row)->at, *row.context->zone) : "Unknown";
}
std::string reason_user(R row) {
  if (!reason_of(row)) return "Unknown";
  return row.context->user_name ? row.context->user_name(reason_of(row)->uid) : to_string(reason_of(row)->uid);
}
std::string reason_user_long(R row) {
  return reason_of(row) ? fmt::format("{}({})", reason_user(row), reason_of(row)->uid.value) : "Unknown";
}

SortValue by_partition_order(R row) { return sort_value(row.partition_rank); }
SortValue by_state(R row) { return sort_value(first(row) ? node_state_rank(first(row)->node) : 0); }
SortValue by_count(R row) { return sort_value(row.nodes.size()); }
SortValue by_time_limit(R row) {
  const TimeLimit& time = partition_of(row).time_max;
  return sort_value(time.unlimited ? INT64_MAX : time.value.value);
}
SortValue by_node(R row) { return {0, host_sort_key(first(row) ? first(row)->node.name : "")}; }
SortValue by_name(R row) { return {0, partition_of(row).name}; }

// Green is free, blue is at work, red is of no use, yellow is on its way out.
const char* state_paint(R row) {
  if (!first(row)) return "";
  switch (node_state(first(row)->node)) {
    case NodeState::idle:
      return "32";
    case NodeState::allocated:
    case NodeState::mixed:
    case NodeState::completing:
      return "34";
    case NodeState::draining:
    case NodeState::failing:
      return "33";
    default:
      return "31";
  }
}

constexpr Field<NodeRow> fields[] = {
    {'a', "Available", "AVAIL", available},
    {'b', "features_act", "ACTIVE_FEATURES", active_features},
    {'c', "CPUs", "CPUS", least<cpus>, by_least<cpus>},
    {'d', "Disk", "TMP_DISK", least<disk>, by_least<disk>},
    {'e', "FreeMem", "FREE_MEM", free_memory},
    {'f', "Features", "AVAIL_FEATURES", features},
    {'g', "Groups", "GROUPS", groups},
    {'h', "OverSubscribe", "OVERSUBSCRIBE", [](R r) { return setting(r, "OverSubscribe", "NO"); }},
    {'i', "Reservation", "RESERVATION", [](R) { return std::string(); }},
    {'k', "Comment", "COMMENT", comment},
    {'l', "Time", "TIMELIMIT", [](R r) { return time_text(partition_of(r).time_max); }, by_time_limit, nullptr, nullptr,
     true},
    {'m', "Memory", "MEMORY", least<memory>, by_least<memory>},
    {'n', "NodeHost", "HOSTNAMES", host_name},
    {'o', "NodeAddr", "NODE_ADDR", address},
    {'p', "PriorityTier", "PRIO_TIER", [](R r) { return fmt::to_string(partition_of(r).priority_tier); }},
    {'r', "Root", "ROOT", [](R r) { return std::string(partition_of(r).root_only ? "yes" : "no"); }},
    {'s', "Size", "JOB_SIZE", job_size},
    {'t', "StateCompact", "STATE", short_state, by_state, nullptr, state_paint},
    {'u', "User", "USER", reason_user},
    {'v', "Version", "VERSION", version},
    {'w', "Weight", "WEIGHT", least<weight>, by_least<weight>},
    {'z', "SocketCoreThread", "S:C:T",
     [](R r) { return fmt::format("{}:{}:{}", least<sockets>(r), least<cores>(r), least<threads>(r)); }},
    {'A', "NodeAI", "NODES(A/I)",
     [](R r) { return fmt::format("{}/{}", count_nodes(r).allocated, count_nodes(r).idle); }},
    {'B', "MaxCPUsPerNode", "MAX_CPUS_PER_NODE", [](R r) { return setting(r, "MaxCPUsPerNode", "UNLIMITED"); }},
    {'C', "CPUsState", "CPUS(A/I/O/T)", [](R r) { return four(count_cpus(r)); }},
    {'D', "Nodes", "NODES", [](R r) { return fmt::to_string(r.nodes.size()); }, by_count},
    {'E', "Reason", "REASON", reason},
    {'F', "NodeAIOT", "NODES(A/I/O/T)", [](R r) { return four(count_nodes(r)); }},
    {'G', "Gres", "GRES", gres},
    {'H', "Timestamp", "TIMESTAMP", reason_time},
    {'I', "PriorityJobFactor", "PRIO_JOB_FACTOR",
     [](R r) { return fmt::to_string(partition_of(r).priority_job_factor); }},
    {'L', "DefaultTime", "DEFAULTTIME", default_time},
    {'M', "PreemptMode", "PREEMPT_MODE", [](R r) { return setting(r, "PreemptMode", "OFF"); }},
    {'N', "NodeList", "NODELIST", node_list, by_node},
    {'O', "CPUsLoad", "CPU_LOAD", range<load>},
    {'P', "Partition", "PARTITION", starred_name, by_name, by_partition_order},
    {'R', "PartitionName", "PARTITION", [](R r) { return partition_of(r).name; }, by_name, by_partition_order},
    {'S', "AllocNodes", "ALLOCNODES", alloc_nodes},
    {'T', "StateLong", "STATE", long_state, by_state, nullptr, state_paint},
    {'U', "UserLong", "USER", reason_user_long},
    {'V', "Cluster", "CLUSTER", [](R r) { return r.context->cluster; }},
    {'X', "Sockets", "SOCKETS", least<sockets>, by_least<sockets>},
    {'Y', "Cores", "CORES", least<cores>, by_least<cores>},
    {'Z', "Threads", "THREADS", least<threads>, by_least<threads>},
    {0, "AllocMem", "ALLOCMEM", least<used_memory>, by_least<used_memory>},
    {0, "Extra", "EXTRA", extra},
    {0, "GresUsed", "GRES_USED", gres_used},
    {0, "Port", "PORT", port},
    {0, "Priority", "PRIORITY", [](R r) { return fmt::to_string(partition_of(r).priority_tier); }},
    {0, "StateComplete", "STATE_COMPLETE", full_state, by_state},
};

constexpr std::string_view partition_letters = "aghlprsBILMPRS";
constexpr std::string_view exact_letters = "cdemwzXYZ";
constexpr std::string_view joining_letters = "ACDFNOV";

}  // namespace

std::span<const Field<NodeRow>> node_fields() { return fields; }

Grouping grouping_of(std::size_t field) {
  const char letter = fields[field].letter;
  const std::string_view name = fields[field].name;
  if (letter == 0) return name == "Priority" ? G::partition : name == "AllocMem" ? G::node_if_exact : G::node;
  if (partition_letters.find(letter) != std::string_view::npos) return G::partition;
  if (exact_letters.find(letter) != std::string_view::npos) return G::node_if_exact;
  return joining_letters.find(letter) != std::string_view::npos ? G::joins : G::node;
}

}  // namespace slurmxx
