// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/helpers_conf.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/config/cluster_config.h"
#include "core/config/record_reader.h"
#include "core/hostlist/hostlist.h"
#include "core/text/word_list.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view keys[] = {"AllowUserBoot", "BootTime", "ExecTime",          "Feature",
                                     "Flags",         "Helper",   "MutuallyExclusive", "NodeName"};

Status read_helper(const std::string& place, RecordReader& reader, FeatureHelper& helper) {
  std::string nodes;
  std::vector<std::string> flags;
  reader.text("NodeName", nodes);
  reader.list("Feature", helper.features);
  reader.text("Helper", helper.program);
  reader.list("Flags", flags);
  TRY(reader.done());
  for (const std::string& flag : flags) {
    if (!equal_ignoring_case(flag, "rebootless"))
      return fail(fmt::format("{}: Flags={}: rebootless is the only flag", place, flag));
    helper.rebootless = true;
  }
  if (helper.features.empty()) return fail(place + ": Feature is missing");
  if (!helper.program.starts_with('/'))
    return fail(fmt::format("{}: Helper={}: an absolute path is wanted", place, helper.program));
  if (nodes.empty()) return {};
  auto names = expand_hostlist(nodes);
  if (!names) return fail(fmt::format("{}: NodeName={}: {}", place, nodes, text_of(names.error())));
  helper.nodes.assign(names->begin(), names->end());
  std::sort(helper.nodes.begin(), helper.nodes.end());
  return {};
}

Status add_statement(const Statement& statement, FeatureHelpers& helpers) {
  KeyValues values;
  std::vector<std::string> warnings;
  TRY(add_settings(statement, {"helpers", keys, {}}, values, warnings));
  const std::string place = place_of(statement);
  RecordReader reader(place, values);
  reader.list("AllowUserBoot", helpers.users);
  reader.seconds("BootTime", helpers.boot_time);
  reader.seconds("ExecTime", helpers.exec_time);
  std::string exclusive;
  reader.text("MutuallyExclusive", exclusive);
  if (!exclusive.empty()) helpers.exclusive.push_back(std::move(exclusive));
  if (!values.contains("feature") && !values.contains("helper")) return reader.done();
  return read_helper(place, reader, helpers.helpers.emplace_back());
}

}  // namespace

bool FeatureHelper::is_for(std::string_view node) const {
  return nodes.empty() || std::binary_search(nodes.begin(), nodes.end(), node);
}

bool FeatureHelpers::is_changeable(std::string_view feature) const {
  return std::any_of(helpers.begin(), helpers.end(),
                     [&](const FeatureHelper& helper) { return has_word(helper.features, feature); });
}

std::vector<std::string> FeatureHelpers::features_of(std::string_view node) const {
  std::vector<std::string> all;
  for (const FeatureHelper& helper : helpers)
    for (const std::string& feature : helper.features)
      if (helper.is_for(node) && !has_word(all, feature)) all.push_back(feature);
  return all;
}

Result<FeatureHelpers> parse_helpers_conf(const std::string& path, const FileReader& read) {
  TRY_ASSIGN(const ConfigText text, read_config_text(path, read));
  FeatureHelpers helpers;
  for (const Statement& statement : text.statements) TRY(add_statement(statement, helpers));
  for (const std::string& list : helpers.exclusive)
    for (const std::string_view feature : split_commas(list))
      if (!helpers.is_changeable(feature))
        return fail(fmt::format("{}: MutuallyExclusive={}: no line has Feature={}", path, list, feature));
  return helpers;
}

Status read_helpers(ClusterConfig& config, const std::string& slurm_conf, const FileReader& read) {
  const auto names_them = [](const std::string& plugin) {
    return equal_ignoring_case(plugin, "node_features/helpers") || equal_ignoring_case(plugin, "helpers");
  };
  const auto& plugins = config.plugins.node_features;
  if (std::none_of(plugins.begin(), plugins.end(), names_them)) return {};
  const std::string path = slurm_conf.substr(0, slurm_conf.rfind('/') + 1) + "helpers.conf";
  TRY_ASSIGN(config.helpers, parse_helpers_conf(path, read));
  for (NodeConfig& node : config.nodes)
    for (std::string& feature : config.helpers.features_of(node.name))
      if (!has_word(node.features, feature)) node.features.push_back(std::move(feature));
  return {};
}

}  // namespace slurmxx
