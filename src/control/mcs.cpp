// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// MCSParameters=[enforced|ondemand][,noselect|select|ondemandselect][,privatedata]:[groups, by |]. On demand (the
// default) a job has a label if it asks for one, or for nodes of its own label; enforced: every job has one.
// privatedata hides nothing, as watched; PrivateData does.
#include "control/mcs.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/config/key_value.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct McsSettings {
  std::string plugin;
  bool enforced = false;
  std::vector<std::string_view> groups;

  explicit McsSettings(const ClusterConfig& config)
      : plugin(value_of(config, "MCSPlugin")), text_(value_of(config, "MCSParameters")) {
    const auto sides = split_once(text_, ':').value_or(std::pair<std::string_view, std::string_view>{text_, ""});
    for (const std::string_view word : split_commas(sides.first))
      enforced = enforced || equal_ignoring_case(word, "enforced");
    for (const std::string_view group : split(sides.second, '|'))
      if (!group.empty()) groups.push_back(group);
  }
  McsSettings(const McsSettings&) = delete;
  McsSettings& operator=(const McsSettings&) = delete;

 private:
  std::string text_;
};

// What the plugin would call the job by itself; empty: it knows no label for it.
std::string own_label(const McsSettings& settings, const JobSpec& spec, const Caller& caller) {
  if (equal_ignoring_case(settings.plugin, "mcs/user")) return spec.owner.user_name;
  if (equal_ignoring_case(settings.plugin, "mcs/account")) return spec.labels.account;
  if (equal_ignoring_case(settings.plugin, "mcs/label")) return spec.labels.mcs_label;
  const auto& names = caller.group_names;
  for (const std::string_view group : settings.groups)
    if (group == spec.owner.group_name || std::find(names.begin(), names.end(), group) != names.end())
      return std::string(group);
  return "";
}

bool may_have(const McsSettings& settings, const std::string& label, const JobSpec& spec, const Caller& caller) {
  if (!equal_ignoring_case(settings.plugin, "mcs/group")) return label == own_label(settings, spec, caller);
  const auto& names = caller.group_names;
  return std::find(settings.groups.begin(), settings.groups.end(), label) != settings.groups.end() &&
         (label == spec.owner.group_name || std::find(names.begin(), names.end(), label) != names.end());
}

}  // namespace

LabelRule label_rule_of(const ClusterConfig& config) {
  const std::string text = value_of(config, "MCSParameters");
  constexpr std::pair<std::string_view, LabelRule> words[] = {
      {"noselect", LabelRule::never}, {"select", LabelRule::always}, {"ondemandselect", LabelRule::on_request}};
  for (const std::string_view word : split_commas(std::string_view(text).substr(0, text.find(':'))))
    for (const auto& [name, rule] : words)
      if (equal_ignoring_case(word, name)) return rule;
  return LabelRule::on_request;
}

bool gives_labels(const ClusterConfig& config) {
  constexpr std::string_view known[] = {"mcs/user", "mcs/group", "mcs/account", "mcs/label"};
  const std::string plugin = value_of(config, "MCSPlugin");
  return std::any_of(std::begin(known), std::end(known),
                     [&](std::string_view one) { return equal_ignoring_case(plugin, one); });
}

void label_nodes(const Published& published, std::vector<NodeView>& nodes) {
  if (!gives_labels(*published.config)) return;
  published.state.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (job.spec->labels.mcs_label.empty()) return;
    for (const NodeIndex node : job.unfinished)
      if (std::string& label = nodes.at(node.value).mcs_label; label.empty()) label = job.spec->labels.mcs_label;
  });
}

Result<std::string> mcs_label_of(const JobSpec& spec, const Caller& caller, const ClusterConfig& config) {
  const McsSettings settings(config);
  if (!gives_labels(config)) return std::string();
  const std::string& asked = spec.labels.mcs_label;
  if (!asked.empty() && may_have(settings, asked, spec, caller)) return asked;
  if (!asked.empty())
    return fail(Errc::error,
                fmt::format("Invalid mcs_label specified: --mcs-label={} is none of {}'s under MCSPlugin={}", asked,
                            spec.owner.user_name, settings.plugin));
  const bool wanted = settings.enforced || spec.placement.sharing == Sharing::exclusive_mcs;
  std::string label = wanted ? own_label(settings, spec, caller) : std::string();
  if (wanted && label.empty())
    return fail(Errc::error,
                fmt::format("Invalid mcs_label specified: MCSPlugin={} has no label for {}: see MCSParameters",
                            settings.plugin, spec.owner.user_name));
  return label;
}

}  // namespace slurmxx
