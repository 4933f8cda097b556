// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/candidates.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/check.h"
#include "core/hostlist/hostlist.h"
#include "core/reserve/reserve.h"
#include "core/schedule/boot_features.h"
#include "core/schedule/extra_filter.h"
#include "core/schedule/node_parts.h"

namespace slurmxx {
namespace {

// Sorted names of a hostlist that must all exist.
Result<HostNames> known_hosts(const ClusterView& view, const std::string& hostlist) {
  if (hostlist.empty()) return HostNames();
  TRY_ASSIGN(HostNames names, expand_hostlist(hostlist));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const auto is_named = [&](const Node* node) { return std::binary_search(names.begin(), names.end(), node->name); };
  const auto known = std::count_if(view.nodes.begin(), view.nodes.end(), is_named);
  if (static_cast<std::size_t>(known) < names.size()) return fail(Errc::invalid_node_name);
  return names;
}

bool listed(const HostNames& sorted, const std::string& name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

// Whether nodes have the features that are needed, now or, if the need is for that, after a boot.
class FeatureGate {
 public:
  FeatureGate(const ClusterView& view, const FeatureNeed& need) : view_(view), need_(need), now_(need) {
    if (need.by_boot && view.boots) later_.emplace(*view.boots, need);
  }
  bool lets_in(NodeIndex node) {
    if (need_.empty()) return true;
    const std::string& active = view_.nodes[node.value]->features_active;
    if (!later_) return now_.of(active).may_serve;
    return later_->of(node, active) != BootJudge::Verdict::never;
  }
  bool needs_boot(NodeIndex node) {
    return later_ && later_->of(node, view_.nodes[node.value]->features_active) == BootJudge::Verdict::after_boot;
  }
  std::uint64_t marks(NodeIndex node) { return now_.of(view_.nodes[node.value]->features_active).marks; }

 private:
  const ClusterView& view_;
  const FeatureNeed& need_;
  FeatureJudge now_;
  std::optional<BootJudge> later_;
};

// A boot would end what is suspended there; and what is powered down or up has to come back first.
bool can_boot_now(const Node& node) { return node.power.phase == PowerPhase::on && node.use.suspended_jobs == 0; }

}  // namespace

bool layout_fits(const ResourceRequest& r, const NodeShape& shape) {
  return shape.sockets >= r.sockets_per_node.value_or(0) && shape.cores_per_socket >= r.cores_per_socket.value_or(0) &&
         shape.threads_per_core >= r.threads_per_core.value_or(0);
}

Result<Candidates> candidates(const ClusterView& view, const PlanPartition& partition, const JobSpec& spec,
                              const FeatureNeed& need) {
  TRY_ASSIGN(const HostNames required, known_hosts(view, spec.placement.nodes_required));
  TRY_ASSIGN(const HostNames excluded, known_hosts(view, spec.placement.nodes_excluded));
  Candidates result;
  FeatureGate features(view, need);
  std::size_t required_in_partition = 0;
  for (const NodeIndex index : partition.nodes) {
    SLURMXX_CHECK(index.value < view.nodes.size());
    const Node& node = *view.nodes[index.value];
    if (view.parts && !sees_part(*view.parts, spec, index)) continue;
    if (listed(required, node.name)) ++required_in_partition;
    if (listed(excluded, node.name) || node.declared.tmp_disk < spec.resources.tmp_disk_per_node) continue;
    if (!layout_fits(spec.resources, node.declared)) continue;
    if (!features.lets_in(index)) continue;
    result.nodes.push_back(index);
    const bool boots = spec.placement.boot.first || features.needs_boot(index);
    if (boots && !can_boot_now(node)) result.closed.push_back(index);
  }
  if (required_in_partition < required.size()) return fail(Errc::requested_nodes_not_in_partition);
  const auto is_required = [&](NodeIndex i) { return listed(required, view.nodes[i.value]->name); };
  std::sort(result.closed.begin(), result.closed.end());
  std::stable_sort(result.nodes.begin(), result.nodes.end(),
                   [&](NodeIndex a, NodeIndex b) { return view.nodes[a.value]->weight < view.nodes[b.value]->weight; });
  if (need.by_boot)
    std::stable_partition(result.nodes.begin(), result.nodes.end(),
                          [&](NodeIndex i) { return !features.needs_boot(i); });
  const auto rest = std::stable_partition(result.nodes.begin(), result.nodes.end(), is_required);
  result.required = static_cast<std::size_t>(rest - result.nodes.begin());
  if (result.required < required.size()) return fail(Errc::node_config_unavailable);
  if (result.required > required.size()) {  // any of the parts of the one node
    result.nodes.resize(result.required);
    result.required = 0;
  }
  if (!need.quotas.empty())
    for (const NodeIndex index : result.nodes) result.marks.push_back(features.marks(index));
  return result;
}

bool is_serial(const JobSpec& spec) {
  const ResourceRequest& asked = spec.resources;
  return asked.tasks <= 1 && asked.cpus_per_task <= 1 && asked.nodes_min <= 1;
}

void keep_by_extra(const ClusterView& view, const JobSpec& spec, Candidates& found) {
  if (!view.filters_by_extra || spec.labels.extra.empty()) return;
  const auto filter = ExtraFilter::parse(spec.labels.extra);
  std::map<std::string_view, bool> known;  // nodes' Extra are mostly alike
  const auto fits = [&](NodeIndex index) {
    const std::string& extra = view.nodes[index.value]->extra;
    const auto [place, is_new] = known.try_emplace(extra);
    if (is_new) place->second = filter && filter->is_met_by(parse_node_extra(extra));
    return place->second;
  };
  Candidates kept;
  for (std::size_t i = 0; i < found.nodes.size(); ++i) {
    if (!fits(found.nodes[i])) continue;
    kept.nodes.push_back(found.nodes[i]);
    if (!found.marks.empty()) kept.marks.push_back(found.marks[i]);
    if (i < found.required) ++kept.required;
  }
  if (kept.required < found.required) kept = Candidates();  // all of --nodelist, or none
  kept.closed = std::move(found.closed);
  found = std::move(kept);
}

std::string extra_key(const ClusterView& view, const JobSpec& spec) {
  return view.filters_by_extra && !spec.labels.extra.empty() ? '\7' + spec.labels.extra : std::string();
}

std::string extra_missing(const JobSpec& spec) { return "no node's Extra has " + spec.labels.extra; }

void own_reservations_first(const ClusterView& view, const JobSpec& spec, Instant now, Candidates& found) {
  if (!found.marks.empty()) return;
  const auto own = [&](NodeIndex node) { return is_for(view.reservations, spec, {node, now}); };
  std::stable_partition(found.nodes.begin() + static_cast<std::ptrdiff_t>(found.required), found.nodes.end(), own);
}

// Quotas of features are counted beside the nodes as they are.
void reverse_by_weight(const ClusterView& view, Candidates& found) {
  if (!found.marks.empty()) return;
  const auto rest = found.nodes.begin() + static_cast<std::ptrdiff_t>(found.required);
  std::reverse(rest, found.nodes.end());
  std::stable_sort(rest, found.nodes.end(),
                   [&](NodeIndex a, NodeIndex b) { return view.nodes[a.value]->weight < view.nodes[b.value]->weight; });
}

}  // namespace slurmxx
