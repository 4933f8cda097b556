// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/print_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/config/keys.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

std::string line_of(std::string_view name, std::string_view value) { return fmt::format("{:<23} = {}", name, value); }

struct Derived {  // rows whose text follows from more than their own value
  std::string_view name;
  std::string (*text)(const ClusterConfig& config, const ConfigFacts& facts, const std::string& value);
};

std::string database_messages(const ClusterConfig& config) {
  constexpr std::uint64_t least = 10000;
  return std::to_string(std::max<std::uint64_t>(least, 2ull * config.jobs.max_job_count + 4 * config.nodes.size()));
}

bool several_on_a_host(const ClusterConfig& config) {
  std::set<std::string_view> hosts;
  for (const NodeConfig& node : config.nodes) {
    if (!hosts.insert(node.hostname).second) return true;
  }
  return false;
}

using Config = const ClusterConfig&;
using Facts = const ConfigFacts&;
using Value = const std::string&;

constexpr Derived derived[] = {
    {"AccountingStorageTRES", [](Config config, Facts, Value) { return join(accounted_tres(config), ","); }},
    {"BOOT_TIME", [](Config, Facts facts, Value) { return facts.boot_time; }},
    {"HASH_VAL", [](Config, Facts facts, Value) { return facts.hash_value; }},
    {"MaxDBDMsgs", [](Config config, Facts, Value value) { return value.empty() ? database_messages(config) : value; }},
    {"MaxNodeCount",
     [](Config config, Facts, Value value) { return value.empty() ? std::to_string(config.nodes.size()) : value; }},
    {"MULTIPLE_SLURMD",
     [](Config config, Facts, Value) { return std::string(several_on_a_host(config) ? "yes" : "no"); }},
    {"NEXT_JOB_ID", [](Config, Facts facts, Value) { return facts.next_job_id; }},
    {"SLURM_CONF", [](Config, Facts facts, Value) { return facts.slurm_conf; }},
    {"SLURM_VERSION", [](Config, Facts facts, Value) { return facts.version; }},
    {"SlurmUser",
     [](Config, Facts facts, Value value) { return fmt::format("{}({})", value, facts.slurm_user.value); }},
    {"SlurmdUser",
     [](Config, Facts facts, Value value) { return fmt::format("{}({})", value, facts.slurmd_user.value); }},
};

std::string shown(const ConfigKey& key, const std::string& value, const ClusterConfig& config,
                  const ConfigFacts& facts) {
  auto row = std::ranges::find(derived, key.name, &Derived::name);
  return row != std::end(derived) ? row->text(config, facts, value) : key.kind->show(value);
}

// The memory keys come in pairs of which one is set; when neither is, the per-node one says so.
bool stands_for_none(const ConfigKey& key, const MemoryPolicy& memory) {
  if (key.name == "DefMemPerNode") return !memory.default_per_cpu;
  return key.name == "MaxMemPerNode" && !memory.max_per_cpu;
}

}  // namespace

std::vector<std::string> accounted_tres(const ClusterConfig& config) {
  std::vector<std::string> all = {"cpu", "mem", "energy", "node", "billing", "fs/disk", "vmem", "pages"};
  const std::vector<std::string>& added = config.plugins.accounting_storage_tres;
  auto add = [&](const std::string& name) {
    if (std::ranges::find(all, name) == all.end()) all.push_back(name);
  };
  for (const std::string& name : added) {
    if (name.starts_with("gres/")) add(name);
  }
  if (std::ranges::find(added, "gres/gpu") != added.end()) {
    add("gres/gpumem");
    add("gres/gpuutil");
  }
  for (const std::string& name : added) add(name);
  return all;
}

std::vector<std::string> print_config(const ClusterConfig& config, const ConfigFacts& facts) {
  std::vector<std::string> lines = {"Configuration data as of " + facts.now};
  for (const ConfigKey& key : config_keys()) {
    std::size_t occurrences = 0;
    std::string value;
    for (const GlobalValue& global : config.globals) {
      if (global.name != key.name) continue;
      value = global.value;
      if (key.role == KeyRole::repeated)
        lines.push_back(line_of(fmt::format("{}[{}]", key.name, occurrences++), value));
    }
    if (key.role == KeyRole::repeated || key.role == KeyRole::hidden) continue;
    if (key.role == KeyRole::when_set && value.empty()) {
      if (!stands_for_none(key, config.scheduling.memory)) continue;
      value = "UNLIMITED";
    }
    lines.push_back(line_of(key.name, shown(key, value, config, facts)));
  }
  return lines;
}

}  // namespace slurmxx
