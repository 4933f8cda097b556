// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A partition stands alone in scontrol's answer and within each group of sinfo's: one table for both.
#include <algorithm>

#include "cli/data_answer.h"
#include "cli/node_data.h"
#include "cli/node_tres.h"
#include "core/model/node_state.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {

namespace {

using R = const PartitionDataRow&;
using G = const NodeRow&;
using V = DataValue;

const Partition& part(R row) { return row.view->partition; }
std::string setting(R row, std::string_view key) {
  for (const KeyValue& one : row.view->settings)
    if (equal_ignoring_case(one.key, key)) return one.value;
  return {};
}
// ALL is what an empty list says.
std::string names(R row, std::string_view key) {
  const std::string text = setting(row, key);
  return text == "ALL" || text == "N/A" ? "" : text;
}
DataNumber count(R row, std::string_view key) {
  const std::string text = setting(row, key);
  if (text == "UNLIMITED") return {{}, true};
  const auto number = parse_natural(text);
  return number ? DataNumber{static_cast<std::int64_t>(*number), false} : DataNumber{};
}
std::int64_t integer(R row, std::string_view key) { return count(row, key).value.value_or(0); }

struct Totals {
  TresCounts tres;
  std::int64_t cpus = 0;
};
Totals totals(R row) {
  Totals sum;
  for (const NodeView& node : *row.nodes) {
    if (!std::ranges::binary_search(part(row).nodes, node.index)) continue;
    sum.cpus += node.node.declared.cpus;
    sum.tres.add(configured_tres(node));
    sum.tres.add("node", 1);
  }
  return sum;
}

DataWords flags(R row) {
  DataWords words;
  if (part(row).is_default) words.emplace_back("DEFAULT");
  if (part(row).hidden) words.emplace_back("HIDDEN");
  if (part(row).root_only) words.emplace_back("ROOT_ONLY");
  if (setting(row, "ReqResv") == "YES") words.emplace_back("REQ_RESV");
  if (setting(row, "LLN") == "YES") words.emplace_back("LLN");
  if (setting(row, "DisableRootJobs") == "YES") words.emplace_back("NO_ROOT");
  if (words.empty()) words.emplace_back("NONE");
  return words;
}

DataWords state(R row) {
  constexpr const char* states[] = {"UP", "DOWN", "DRAIN", "INACTIVE"};
  return {states[static_cast<std::size_t>(part(row).state)]};
}
DataWords mode(const std::string& text, const char* absent) { return {text.empty() ? absent : text}; }

V text_none(R) { return std::string(); }
V unset(R) { return DataNumber{}; }

// Members that the description has for a partition alone.
std::int64_t most_jobs(R row) {
  const std::string text = setting(row, "OverSubscribe");
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return text == "EXCLUSIVE" ? 0 : 1;
  const auto jobs = parse_natural(text.substr(colon + 1));
  return jobs ? static_cast<std::int64_t>(*jobs) : 1;
}
bool forced(R row) { return setting(row, "OverSubscribe").starts_with("FORCE"); }
V raw_memory(R row, std::string_view per_cpu, std::string_view per_node) {
  if (row.in_group) return {};
  const DataNumber cpu = count(row, per_cpu);
  return cpu.value ? *cpu.value : integer(row, per_node);
}

constexpr DataField<PartitionDataRow> partition_fields[] = {
    {"nodes.allowed_allocation", [](R r) -> V { return names(r, "AllocNodes"); }},
    {"nodes.configured", [](R r) -> V { return r.view->nodes; }},
    {"nodes.total", [](R r) -> V { return static_cast<std::int64_t>(part(r).nodes.size()); }},
    {"accounts.allowed", [](R r) -> V { return join(part(r).allow_accounts, ","); }},
    {"accounts.deny", [](R r) -> V { return names(r, "DenyAccounts"); }},
    {"groups.allowed", [](R r) -> V { return join(part(r).allow_groups, ","); }},
    {"qos.allowed", [](R r) -> V { return names(r, "AllowQos"); }},
    {"qos.deny", [](R r) -> V { return names(r, "DenyQos"); }},
    {"qos.assigned", [](R r) -> V { return names(r, "QoS"); }},
    {"alternate", [](R r) -> V { return setting(r, "Alternate"); }},
    {"tres.billing_weights", [](R r) -> V { return setting(r, "TRESBillingWeights"); }},
    {"tres.configured", [](R r) -> V { return tres_text(totals(r).tres); }},
    {"cluster", [](R r) -> V { return r.cluster; }},
    {"select_type", [](R r) -> V { return mode(setting(r, "SelectTypeParameters"), "NONE"); }},
    {"cpus.task_binding", [](R r) -> V { return r.in_group ? V(DataWords{}) : V(std::int64_t{0}); }},
    {"cpus.total", [](R r) -> V { return totals(r).cpus; }},
    {"defaults.memory_per_cpu", [](R r) -> V { return raw_memory(r, "DefMemPerCPU", "DefMemPerNode"); }},
    {"defaults.partition_memory_per_cpu", [](R r) -> V { return count(r, "DefMemPerCPU"); }},
    {"defaults.partition_memory_per_node", [](R r) -> V { return count(r, "DefMemPerNode"); }},
    {"defaults.time", [](R r) -> V { return part(r).time_default ? number_of(*part(r).time_default) : DataNumber{}; }},
    {"defaults.job", [](R r) -> V { return setting(r, "JobDefaults"); }},
    {"grace_time", [](R r) -> V { return integer(r, "GraceTime"); }},
    {"maximums.cpus_per_node", [](R r) -> V { return count(r, "MaxCPUsPerNode"); }},
    {"maximums.cpus_per_socket", [](R r) -> V { return count(r, "MaxCPUsPerSocket"); }},
    {"maximums.memory_per_cpu", [](R r) -> V { return raw_memory(r, "MaxMemPerCPU", "MaxMemPerNode"); }},
    {"maximums.partition_memory_per_cpu", [](R r) -> V { return count(r, "MaxMemPerCPU"); }},
    {"maximums.partition_memory_per_node", [](R r) -> V { return count(r, "MaxMemPerNode"); }},
    {"maximums.nodes", [](R r) -> V { return number_of(part(r).nodes_max); }},
    {"maximums.shares", [](R r) -> V { return r.in_group ? V() : V(most_jobs(r)); }},
    {"maximums.oversubscribe.jobs", [](R r) -> V { return r.in_group ? V() : V(most_jobs(r)); }},
    {"maximums.oversubscribe.flags",
     [](R r) -> V { return r.in_group ? V() : V(forced(r) ? DataWords{"force"} : DataWords{}); }},
    {"maximums.time", [](R r) -> V { return number_of(part(r).time_max); }},
    {"maximums.over_time_limit", unset},
    {"minimums.nodes", [](R r) -> V { return std::int64_t{part(r).nodes_min}; }},
    {"name", [](R r) -> V { return part(r).name; }},
    {"node_sets", text_none},
    {"flags", [](R r) -> V { return flags(r); }},
    {"preempt_mode", [](R r) -> V { return mode(setting(r, "PreemptMode"), "OFF"); }},
    {"priority.job_factor", [](R r) -> V { return std::int64_t{part(r).priority_job_factor}; }},
    {"priority.tier", [](R r) -> V { return std::int64_t{part(r).priority_tier}; }},
    {"timeouts.resume", unset},
    {"timeouts.suspend", unset},
    {"topology", text_none},
    {"partition.state", [](R r) -> V { return state(r); }},
    {"partition.exclusive", [](R r) -> V { return std::string(part(r).exclusive ? "NODE" : "NO"); }},
    {"partition.oversubscribe", [](R r) -> V { return mode(setting(r, "OverSubscribe"), "NO").front(); }},
    {"suspend_time", unset},
};

std::int64_t cpus(const NodeView& n) { return n.node.declared.cpus; }
std::int64_t cores(const NodeView& n) { return n.node.declared.cores_per_socket; }
std::int64_t sockets(const NodeView& n) { return n.node.declared.sockets; }
std::int64_t threads(const NodeView& n) { return n.node.declared.threads_per_core; }
std::int64_t disk(const NodeView& n) { return n.node.declared.tmp_disk.value; }
std::int64_t memory(const NodeView& n) { return n.node.declared.memory.value; }
std::int64_t weight(const NodeView& n) { return n.node.weight; }
std::int64_t load(const NodeView& n) { return n.load_hundredths; }
std::int64_t free_memory(const NodeView& n) { return n.free_memory.value_or(MebiBytes(0)).value; }
std::int64_t used_cpus(const NodeView& n) { return std::min(n.node.use.cpus, n.node.declared.cpus); }
std::int64_t used_memory(const NodeView& n) { return n.node.use.memory.value; }

template <auto value>
std::int64_t least(G g) {
  std::int64_t found = g.nodes.empty() ? 0 : value(*g.nodes.front());
  for (const NodeView* node : g.nodes) found = std::min(found, value(*node));
  return found;
}
template <auto value>
std::int64_t most(G g) {
  std::int64_t found = 0;
  for (const NodeView* node : g.nodes) found = std::max(found, value(*node));
  return found;
}
template <auto value>
std::int64_t sum(G g, bool (*which)(const Node&)) {
  std::int64_t found = 0;
  for (const NodeView* node : g.nodes) found += which(node->node) ? value(*node) : 0;
  return found;
}
bool any(const Node&) { return true; }
bool usable(const Node& node) { return is_available(node); }
bool unusable(const Node& node) { return !is_available(node); }
bool busy(const Node& node) { return has_jobs(node); }
bool idle(const Node& node) { return !has_jobs(node) && is_available(node); }
bool other(const Node& node) { return !has_jobs(node) && !is_available(node); }
std::int64_t one(const NodeView&) { return 1; }
std::int64_t free_cpus(const NodeView& n) { return cpus(n) - used_cpus(n); }

template <class Text>
std::string of_first(G g, Text&& text) {
  return g.nodes.empty() ? std::string() : std::string(text(*g.nodes.front()));
}
const NodeReason* reason(G g) {
  return g.nodes.empty() || !g.nodes.front()->node.condition.reason ? nullptr
                                                                    : &*g.nodes.front()->node.condition.reason;
}
DataWords node_names(G g) {
  DataWords words;
  for (const NodeView* node : g.nodes) words.push_back(node->node.name);
  return words;
}

V no_text(G) { return std::string(); }
V empty_words(G) { return DataWords{}; }

constexpr DataField<NodeRow> group_fields[] = {
    {"port", [](G g) -> V { return g.nodes.empty() ? std::int64_t{0} : std::int64_t{g.nodes.front()->port}; }},
    {"node.state", [](G g) -> V { return g.nodes.empty() ? DataWords{} : node_state_words(g.nodes.front()->node); }},
    {"nodes.allocated", [](G g) -> V { return sum<one>(g, busy); }},
    {"nodes.idle", [](G g) -> V { return sum<one>(g, idle); }},
    {"nodes.other", [](G g) -> V { return sum<one>(g, other); }},
    {"nodes.total", [](G g) -> V { return sum<one>(g, any); }},
    {"nodes.hostnames", empty_words},
    {"nodes.addresses", empty_words},
    {"nodes.nodes", [](G g) -> V { return node_names(g); }},
    {"cpus.allocated", [](G g) -> V { return sum<used_cpus>(g, any); }},
    {"cpus.idle", [](G g) -> V { return sum<free_cpus>(g, usable); }},
    {"cpus.other", [](G g) -> V { return sum<free_cpus>(g, unusable); }},
    {"cpus.total", [](G g) -> V { return sum<cpus>(g, any); }},
    {"cpus.minimum", [](G g) -> V { return least<cpus>(g); }},
    {"cpus.maximum", [](G g) -> V { return most<cpus>(g); }},
    {"cpus.load.minimum", [](G g) -> V { return least<load>(g); }},
    {"cpus.load.maximum", [](G g) -> V { return most<load>(g); }},
    {"cpus.per_node.max",
     [](G g) -> V {
       return count({g.partition, nullptr, ""}, "MaxCPUsPerNode");
     }},
    {"sockets.minimum", [](G g) -> V { return least<sockets>(g); }},
    {"sockets.maximum", [](G g) -> V { return most<sockets>(g); }},
    {"cores.minimum", [](G g) -> V { return least<cores>(g); }},
    {"cores.maximum", [](G g) -> V { return most<cores>(g); }},
    {"threads.minimum", [](G g) -> V { return least<threads>(g); }},
    {"threads.maximum", [](G g) -> V { return most<threads>(g); }},
    {"disk.minimum", [](G g) -> V { return least<disk>(g); }},
    {"disk.maximum", [](G g) -> V { return most<disk>(g); }},
    {"memory.minimum", [](G g) -> V { return least<memory>(g); }},
    {"memory.maximum", [](G g) -> V { return most<memory>(g); }},
    {"memory.free.minimum",
     [](G g) -> V {
       return DataNumber{least<free_memory>(g), false};
     }},
    {"memory.free.maximum",
     [](G g) -> V {
       return DataNumber{most<free_memory>(g), false};
     }},
    {"memory.allocated", [](G g) -> V { return sum<used_memory>(g, any); }},
    {"weight.minimum", [](G g) -> V { return least<weight>(g); }},
    {"weight.maximum", [](G g) -> V { return most<weight>(g); }},
    {"features.total", [](G g) -> V { return of_first(g, [](const NodeView& n) { return n.features; }); }},
    {"features.active", [](G g) -> V { return of_first(g, [](const NodeView& n) { return n.node.features_active; }); }},
    {"gres.total", [](G g) -> V { return of_first(g, [](const NodeView& n) { return n.gres; }); }},
    {"gres.used", [](G g) -> V { return of_first(g, [](const NodeView& n) { return gres_used_text(n.node); }); }},
    {"cluster", [](G g) -> V { return g.context->cluster; }},
    {"comment", [](G g) -> V { return of_first(g, [](const NodeView& n) { return n.node.comment; }); }},
    {"extra", [](G g) -> V { return of_first(g, [](const NodeView& n) { return n.node.extra; }); }},
    {"reason.description", [](G g) -> V { return reason(g) ? reason(g)->text : std::string(); }},
    {"reason.time", [](G g) -> V { return reason(g) ? reason(g)->at.seconds : std::int64_t{0}; }},
    {"reason_set_by_user",
     [](G g) -> V { return reason(g) && g.context->user_name ? g.context->user_name(reason(g)->uid) : std::string(); }},
    {"reservation", no_text},
    {"resource_spec.cpus", no_text},
    {"resource_spec.memory", [](G) -> V { return std::int64_t{0}; }},
};

}  // namespace

void write_partitions(const std::vector<PartitionDataRow>& rows, Instant now, DataFormat format, const Output& output) {
  write_answer("partitions", {format, output, now}, [&](DataWriter& w) {
    write_array<PartitionDataRow>(w, partition_fields, rows, [](const PartitionDataRow& row) { return row; });
  });
}

void write_groups(const std::vector<NodeRow>& rows, const std::vector<NodeView>& all, DataFormat format,
                  const Output& output) {
  write_answer("sinfo", {format, output, {}}, [&](DataWriter& w) {
    w.begin_array();
    for (const NodeRow& row : rows) {
      DataObject object(w);
      for (const auto& field : group_fields) object.write(field.path, field.value(row));
      const PartitionDataRow partition{row.partition, &all, row.context->cluster, true};
      object.write("partition", std::function<void(DataWriter&)>([&](DataWriter& inner) {
                     write_fields<PartitionDataRow>(inner, partition_fields, partition);
                   }));
      object.finish();
    }
    w.end_array();
  });
}

}  // namespace slurmxx
