// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/show_node.h"

#include <algorithm>

#include "cli/node_tres.h"
#include "commands/scontrol/record_text.h"
#include "core/model/node_state.h"
#include "core/text/instant_text.h"
#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"
#include "core/tres/tres_weights.h"

namespace slurmxx {

namespace {

void hardware_lines(RecordText& record, const NodeView& view, bool details) {
  const Node& node = view.node;
  const auto& found = node.registered;
  record.line("NodeName={} {}CoresPerSocket={} ", node.name,
              found ? fmt::format("Arch={} ", found->architecture) : std::string(), node.declared.cores_per_socket);
  record.line("CPUAlloc={} CPUEfctv={} CPUTot={} CPULoad={}", node.use.cpus, view.cpus_effective(), node.declared.cpus,
              found ? fmt::format("{}.{:02}", view.load_hundredths / 100, view.load_hundredths % 100) : "N/A");
  record.line("AvailableFeatures={}", or_null(view.features));
  record.line("ActiveFeatures={}", or_null(node.features_active));
  record.line("Gres={}", or_null(view.gres));
  if (details) {
    record.line("GresDrain=N/A");
    record.line("GresUsed={}", or_null(gres_used_text(node)));
  }
  record.line("NodeAddr={} NodeHostName={} Port={}{}", view.address, view.host_name, view.port,
              found ? " Version=" + found->version : std::string());
  if (found) record.line("OS={} ", found->os);
  record.line("RealMemory={} AllocMem={} FreeMem={} Sockets={} Boards={}", node.declared.memory.value,
              node.use.memory.value, view.free_memory ? fmt::to_string(view.free_memory->value) : "N/A",
              node.declared.sockets, node.declared.boards);
  std::string special;
  if (view.cores_special > 0) special += fmt::format("CoreSpecCount={} ", view.cores_special);
  if (!view.cpus_special.empty()) special += fmt::format("CPUSpecList={} ", view.cpus_special);
  if (view.memory_special.value > 0) special += fmt::format("MemSpecLimit={}", view.memory_special.value);
  if (!special.empty()) record.line("{}", special);
}

// A node that had no job yet is idle since its slurmd came.
std::optional<Instant> idle_since(const Node& node) {
  if (node.use.last_busy || !node.registered) return node.use.last_busy;
  return node.registered->slurmd_started;
}

struct NodeTotals {
  TresCounts tres;
  std::uint64_t cpus = 0;
};

NodeTotals totals_of(const Partition& partition, std::span<const NodeView> nodes) {
  NodeTotals totals;
  for (const NodeView& view : nodes) {
    if (!std::ranges::binary_search(partition.nodes, view.index)) continue;
    totals.cpus += view.node.declared.cpus;
    totals.tres.add(configured_tres(view));
    totals.tres.add("node", 1);
  }
  return totals;
}

// A key that the configuration rules, as the controller tells it.
std::string setting(const PartitionView& view, std::string_view key, std::string_view otherwise) {
  for (const KeyValue& one : view.settings)
    if (equal_ignoring_case(one.key, key) && !one.value.empty()) return one.value;
  return std::string(otherwise);
}

constexpr const char* partition_state_names[] = {"UP", "DOWN", "DRAIN", "INACTIVE"};

std::string names_or_all(const std::vector<std::string>& names) { return names.empty() ? "ALL" : join(names, ","); }

std::string exclusive_of(const PartitionView& view) {
  if (view.partition.exclusive) return "NODE";
  return setting(view, "ExclusiveUser", "NO") == "YES" ? "USER" : "NO";
}

void access_lines(RecordText& record, const PartitionView& view) {
  const Partition& p = view.partition;
  auto of = [&view](std::string_view key, std::string_view otherwise) { return setting(view, key, otherwise); };
  record.line("PartitionName={}", p.name);
  const std::string denied_accounts = of("DenyAccounts", "");
  const std::string denied_qos = of("DenyQos", "");
  record.line("AllowGroups={} {} {}", names_or_all(p.allow_groups),
              p.allow_accounts.empty() && !denied_accounts.empty() ? "DenyAccounts=" + denied_accounts
                                                                   : "AllowAccounts=" + names_or_all(p.allow_accounts),
              denied_qos.empty() ? "AllowQos=" + of("AllowQos", "ALL") : "DenyQos=" + denied_qos);
  const std::string alternate = of("Alternate", "");
  record.line("AllocNodes={}{}{} Default={} QoS={}", of("AllocNodes", "ALL"),
              alternate.empty() ? "" : " Alternate=", alternate, yes_no(p.is_default), of("QoS", "N/A"));
  record.line("DefaultTime={} DisableRootJobs={} Exclusive={} GraceTime={} Hidden={}",
              p.time_default ? duration_long(*p.time_default) : "NONE", of("DisableRootJobs", "NO"), exclusive_of(view),
              of("GraceTime", "0"), yes_no(p.hidden));
  record.line("MaxNodes={} MaxTime={} MinNodes={} LLN={} MaxCPUsPerNode={} MaxCPUsPerSocket={}",
              p.nodes_max.unlimited ? "UNLIMITED" : fmt::to_string(p.nodes_max.value), duration_long(p.time_max),
              p.nodes_min, of("LLN", "NO"), of("MaxCPUsPerNode", "UNLIMITED"), of("MaxCPUsPerSocket", "UNLIMITED"));
}

void memory_line(RecordText& record, const PartitionView& view) {
  auto of = [&view](std::string_view key) { return setting(view, key, ""); };
  auto part = [&of](std::string_view kind) {
    const std::string per_cpu = of(fmt::format("{}MemPerCPU", kind));
    if (!per_cpu.empty() && per_cpu != "0" && per_cpu != "UNLIMITED")
      return fmt::format("{}MemPerCPU={}", kind, per_cpu);
    const std::string per_node = of(fmt::format("{}MemPerNode", kind));
    return fmt::format("{}MemPerNode={}", kind, per_node.empty() || per_node == "0" ? "UNLIMITED" : per_node);
  };
  record.line("{} {}", part("Def"), part("Max"));
}

}  // namespace

std::string show_node_text(const NodeView& view, const ShowStyle& style,
                           const std::function<std::string(Uid)>& user_name) {
  const Node& node = view.node;
  const auto& found = node.registered;
  auto when = [&style](std::optional<Instant> instant, std::string_view absent) {
    return instant_text(instant, *style.zone, absent);
  };
  RecordText record;
  hardware_lines(record, view, style.details);
  record.line("State={} ThreadsPerCore={} TmpDisk={} Weight={} Owner=N/A MCS_label={}", node_state_complete(node),
              node.declared.threads_per_core, node.declared.tmp_disk.value, node.weight,
              view.mcs_label.empty() ? "N/A" : view.mcs_label);
  if (const char* next = next_state_name(node)) record.line("NextState={}", next);
  if (!view.partitions.empty()) record.line("Partitions={} ", join(view.partitions, ","));
  record.line("BootTime={} SlurmdStartTime={}", when(found ? std::optional(found->booted) : std::nullopt, "None"),
              when(found ? std::optional(found->slurmd_started) : std::nullopt, "None"));
  record.line("LastBusyTime={} ResumeAfterTime={} SuspendTime=INFINITE", when(idle_since(node), "Unknown"),
              when(node.power.resume_after, "None"));
  record.line("CfgTRES={}", tres_text(configured_tres(view)));
  record.line("AllocTRES={}", allocated_tres(view));
  record.line("CurrentWatts=0 AveWatts=0");
  if (const auto& reason = node.condition.reason; reason && !reason->text.empty())
    record.line("Reason={} [{}@{}]", reason->text, user_name ? user_name(reason->uid) : to_string(reason->uid),
                instant_text(reason->at, *style.zone));
  if (node.overrides.cpu_bind && !node.overrides.cpu_bind->empty()) record.line("CpuBind={}", *node.overrides.cpu_bind);
  if (node.overrides.instance_id || node.overrides.instance_type)
    record.line("InstanceId={} InstanceType={}", node.overrides.instance_id.value_or(""),
                node.overrides.instance_type.value_or(""));
  record.line_unless_empty("Topology", view.topology);
  record.line_unless_empty("Comment", node.comment);
  record.line_unless_empty("Extra", node.extra);
  return record.text(style.one_line);
}

std::string show_partition_text(const PartitionView& view, std::span<const NodeView> nodes, const ShowStyle& style) {
  const Partition& p = view.partition;
  auto of = [&view](std::string_view key, std::string_view otherwise) { return setting(view, key, otherwise); };
  const NodeTotals totals = totals_of(p, nodes);
  RecordText record;
  access_lines(record, view);
  record.line("Nodes={}", or_null(view.nodes));
  record.line("PriorityJobFactor={} PriorityTier={} RootOnly={} ReqResv={} OverSubscribe={}", p.priority_job_factor,
              p.priority_tier, yes_no(p.root_only), of("ReqResv", "NO"), of("OverSubscribe", "NO"));
  record.line("OverTimeLimit={} PreemptMode={}", of("OverTimeLimit", "NONE"), of("PreemptMode", "OFF"));
  record.line("State={} TotalCPUs={} TotalNodes={} SelectTypeParameters={}",
              partition_state_names[static_cast<std::size_t>(p.state)], totals.cpus, p.nodes.size(),
              of("SelectTypeParameters", "NONE"));
  record.line("JobDefaults={}", of("JobDefaults", "(null)"));
  memory_line(record, view);
  const std::string weights = of("TRESBillingWeights", "");
  TresCounts tres = totals.tres;
  if (const auto billed = parse_tres_weights(weights); billed && !weights.empty())
    tres.set("billing", static_cast<std::uint64_t>(billing_of(tres, *billed)));
  record.line("TRES={}{}", or_null(tres_text(tres)), of("LicenseTRES", ""));
  record.line_unless_empty("TRESBillingWeights", weights);
  return record.text(style.one_line);
}

}  // namespace slurmxx
