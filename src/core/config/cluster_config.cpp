// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/cluster_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/keys.h"
#include "core/config/nodes.h"
#include "core/config/partitions.h"
#include "core/config/plugin_words.h"
#include "core/config/scheduler_parameters.h"
#include "core/config/settings_reader.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// Statements by the record they begin: everything that is no record is a global one.
struct Sorted {
  std::vector<const Statement*> globals, nodes, sets, down, partitions;
};

Sorted sort_statements(const ConfigText& text) {
  Sorted sorted;
  const std::pair<std::string_view, std::vector<const Statement*>*> heads[] = {{"NodeName", &sorted.nodes},
                                                                               {"NodeSet", &sorted.sets},
                                                                               {"DownNodes", &sorted.down},
                                                                               {"PartitionName", &sorted.partitions}};
  for (const Statement& statement : text.statements) {
    std::vector<const Statement*>* target = &sorted.globals;
    for (const auto& [head, list] : heads) {
      if (equal_ignoring_case(statement.settings.front().key, head)) target = list;
    }
    target->push_back(&statement);
  }
  return sorted;
}

std::string unknown_key(const Statement& statement, std::string_view name) {
  std::vector<std::string_view> names = {"NodeName", "NodeSet", "DownNodes", "PartitionName", "Include"};
  for (const ConfigKey& key : config_keys()) {
    if (key.role != KeyRole::fact) names.push_back(key.name);
  }
  return fmt::format("{}: unknown key {}{}", place_of(statement), name, did_you_mean(name, names));
}

class GlobalReader {
 public:
  GlobalReader(ClusterConfig& config, Warnings& warnings) : config_(config), warnings_(warnings) {
    for (const ConfigKey& key : config_keys()) {
      if (key.role != KeyRole::fact && key.role != KeyRole::repeated) values_[lower(key.name)] = key.initial;
    }
  }

  Status add(const Statement& statement) {
    for (const Setting& setting : statement.settings) TRY(add_one(statement, setting));
    return {};
  }

  Status finish(const std::string& file) {
    TRY(read_settings(values_, file, config_));
    std::vector<std::string> problems;
    parse_scheduler_parameters(config_.scheduling.scheduler_parameters, &problems);
    const auto where = [&](std::string_view key) {
      const auto found = places_.find(lower(key));
      return found == places_.end() ? file : found->second;
    };
    for (const std::string& problem : problems)
      warnings_.push_back(where("SchedulerParameters") + ": SchedulerParameters: " + problem);
    for (const std::string& line : plugins_without_effect(values_))
      warnings_.push_back(where(std::string_view(line).substr(0, line.find('='))) + ": " + line);
    if (config_.identity.controllers.size() > 1)
      warnings_.push_back(fmt::format("{}: SlurmctldHost={} has no effect here: there is no backup of slurmctld",
                                      where("SlurmctldHost"), config_.identity.controllers[1].name));
    if (config_.identity.cluster_name.empty()) return fail(file + ": ClusterName is missing");
    if (config_.identity.controllers.empty()) return fail(file + ": SlurmctldHost is missing");
    for (const ConfigKey& key : config_keys()) {
      if (key.role == KeyRole::fact) continue;
      if (key.role != KeyRole::repeated) config_.globals.push_back({std::string(key.name), values_[lower(key.name)]});
      for (const GlobalValue& value : repeated_) {
        if (value.name == key.name) config_.globals.push_back(value);
      }
    }
    return {};
  }

 private:
  Status add_one(const Statement& statement, const Setting& setting) {
    const ConfigKey* key = find_config_key(setting.key);
    if (key == nullptr) return retired_or_unknown(statement, setting);
    places_[lower(key->name)] = place_of(statement);
    std::optional<std::string> value = key->kind->normalize(setting.value, *key);
    if (!value) {
      return fail(
          fmt::format("{}: {}={}: {} is wanted", place_of(statement), key->name, setting.value, wanted_of(*key)));
    }
    if (key->role != KeyRole::repeated) {
      values_[lower(key->name)] = *value;
      return {};
    }
    if (Status done = add_repeated(key->name, *value, config_); !done) {
      return fail(fmt::format("{}: {}", place_of(statement), done.error().message));
    }
    if (!value->empty()) repeated_.push_back({std::string(key->name), *value});
    return {};
  }

  Status retired_or_unknown(const Statement& statement, const Setting& setting) {
    for (const RetiredKey& retired : retired_config_keys()) {
      if (!equal_ignoring_case(retired.name, setting.key)) continue;
      warnings_.push_back(fmt::format("{}: {} is no longer used and is ignored{}{}", place_of(statement), retired.name,
                                      retired.advice.empty() ? "" : "; ", retired.advice));
      return {};
    }
    return fail(unknown_key(statement, setting.key));
  }

  ClusterConfig& config_;
  Warnings& warnings_;
  KeyValues values_;
  KeyValues places_;  // where each key was last said
  std::vector<GlobalValue> repeated_;
};

}  // namespace

Result<ClusterConfig> parse_cluster_config(std::string_view path, const FileReader& read, Warnings& warnings) {
  TRY_ASSIGN(ConfigText text, read_config_text(std::string(path), read));
  Sorted sorted = sort_statements(text);
  ClusterConfig config;
  config.files = text.files;
  GlobalReader globals(config, warnings);
  for (const Statement* statement : sorted.globals) TRY(globals.add(*statement));
  TRY(globals.finish(std::string(path)));
  NodeRecords nodes(config.identity.slurmd_port);
  for (const Statement* statement : sorted.nodes) TRY(nodes.add_nodes(*statement, warnings));
  for (const Statement* statement : sorted.sets) TRY(nodes.add_node_set(*statement, warnings));
  for (const Statement* statement : sorted.down) TRY(nodes.add_down_nodes(*statement, warnings));
  PartitionRecords partitions;
  for (const Statement* statement : sorted.partitions) TRY(partitions.add(*statement, nodes, warnings));
  std::move(nodes).store(config);
  config.partitions = std::move(partitions).take();
  return config;
}

std::optional<NodeIndex> find_node(const ClusterConfig& config, std::string_view name) {
  auto found = std::ranges::find(config.nodes, name, &NodeConfig::name);
  if (found == config.nodes.end()) return {};
  return NodeIndex(std::uint32_t(found - config.nodes.begin()));
}

const PartitionConfig* find_partition(const ClusterConfig& config, std::string_view name) {
  auto found = std::ranges::find(config.partitions, name, &PartitionConfig::name);
  return found == config.partitions.end() ? nullptr : &*found;
}

const PartitionConfig* default_partition(const ClusterConfig& config) {
  auto found = std::ranges::find(config.partitions, true, &PartitionConfig::is_default);
  return found == config.partitions.end() ? nullptr : &*found;
}

}  // namespace slurmxx
