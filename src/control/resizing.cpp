// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/resizing.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/fairness.h"
#include "control/node_life.h"
#include "control/scheduling.h"
#include "control/steps.h"
#include "core/hostlist/hostlist.h"

namespace slurmxx {
namespace {

bool is_among(const std::vector<NodeIndex>& nodes, NodeIndex node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

}  // namespace

Result<std::vector<NodeIndex>> Resizing::kept(const Job& job, const JobDraft& draft) const {
  std::vector<NodeIndex> own, kept;
  for (const NodeShare& share : job.allocation->shares) own.push_back(share.node);
  if (draft.nodes_kept) {
    if (*draft.nodes_kept > own.size()) return fail(Errc::not_supported);
    own.resize(*draft.nodes_kept);
    return own;
  }
  TRY_ASSIGN(const HostNames names, expand_hostlist(*draft.node_names_kept));
  for (const std::string& name : names) {
    NodeIndex index;
    if (!c_.state_.find_node(name, &index) || !is_among(own, index)) return fail(Errc::invalid_node_name);
    kept.push_back(index);
  }
  if (kept.empty()) return fail(Errc::invalid_node_name);
  return kept;
}

Result<std::optional<Allocation>> Resizing::smaller(const Job& job, const JobDraft& draft) const {
  if (c_.planning_.rules->parameters.submission.disable_job_shrink) return fail(Errc::not_supported);
  if (job.state != JobState::running || job.preparing || c_.waiting_.unprepared.contains(job.id))
    return fail(Errc::transition_state_no_update);
  TRY_ASSIGN(const std::vector<NodeIndex> nodes, kept(job, draft));
  Allocation left = *job.allocation;
  std::erase_if(left.shares, [&](const NodeShare& share) { return !is_among(nodes, share.node); });
  if (left.shares.size() == job.allocation->shares.size()) return std::optional<Allocation>();
  const NodeIndex first = job.allocation->batch_node();
  if (!is_among(nodes, first)) {
    if (job.spec->policy.batch)
      return fail(Errc::error, fmt::format("The script of job {} runs on {}, which it has to keep", job.id.value,
                                           c_.state_.find(first)->name));
    left.batch_host.reset();
  }
  left.charge = Fairness(c_).charge_of(job, left);
  return std::optional(std::move(left));
}

void Resizing::carry_out(JobChanged change) {
  const Job job = *c_.state_.find(change.job);
  std::vector<NodeIndex> given_back;
  for (const NodeShare& share : job.allocation->shares) {
    const auto is_it = [&](const NodeShare& kept) { return kept.node == share.node; };
    const auto& left = change.shrunk_to->shares;
    if (is_among(job.unfinished, share.node) && std::none_of(left.begin(), left.end(), is_it))
      given_back.push_back(share.node);
  }
  for (const NodeIndex node : given_back) {
    NodeLife(c_).hold_for(node, {job.id, job.restarts});
    Steps(c_).lost(node, job.id);
    Scheduling(c_).order_end(job, node, "CANCELLED DUE TO JOB RESIZE");
  }
  c_.emit(std::move(change));
}

}  // namespace slurmxx
