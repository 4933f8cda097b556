// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/usage_inquiry.h"

#include <algorithm>

namespace slurmxx {

std::vector<Step> UsageInquiry::wanted_steps(const Job& job, const UsageRequest& request) const {
  std::vector<Step> steps;
  if (job.spec->policy.batch) {
    steps.push_back(batch_step(job, std::nullopt, {}));
    steps.back().unfinished = {job.allocation->batch_node()};
  }
  for (const Step& step : job.steps)
    if (!step.ended && !step.id.is_broadcast()) steps.push_back(step);
  if (request.step) {
    std::erase_if(steps, [&](const Step& step) { return step.id != *request.step; });
  } else if (!request.all_steps) {
    std::erase_if(steps, [](const Step& step) { return step.id.value < 0; });
    std::ranges::sort(steps, {}, &Step::id);
    if (steps.size() > 1) steps.resize(1);
  }
  for (Step& step : steps) step.shares.clear();
  return steps;
}

Result<std::optional<ClientReply>> UsageInquiry::ask(SessionId from, const Caller& caller, std::uint64_t call,
                                                     const UsageRequest& request) {
  const Job* job = c_.state_.find(request.job);
  if (!job) return fail(Errc::invalid_job_id);
  if (job->spec->owner.uid != caller.uid && !c_.is_operator(caller)) return fail(Errc::access_denied);
  if (!job->runs()) return fail(is_ended(job->state) ? Errc::already_done : Errc::job_pending);
  Controller::UsageAsked asked{from, call, {}, {}, c_.now_.mono + usage_wait_max};
  for (const Step& step : wanted_steps(*job, request)) {
    asked.open.insert(step.unfinished.begin(), step.unfinished.end());
    asked.reply.steps.push_back({job->id, job->array_task(), step, {}, {}});
  }
  if (c_.waiting_.usage.size() >= usage_questions_max)
    return fail(Errc::error, "slurmctld asks nodes for 1000 others already: ask again later");
  const std::uint64_t number = ++c_.waiting_.usage_number;
  std::erase_if(asked.open, [&](NodeIndex node) {
    if (c_.session_of_node_.contains(node)) return false;
    asked.reply.silent.push_back(c_.state_.find(node)->name);
    return true;
  });
  if (asked.open.empty()) return std::optional<ClientReply>(finished(std::move(asked.reply)));
  for (const NodeIndex node : asked.open) c_.order(node, AskUsage{number, {job->id, job->restarts}});
  c_.waiting_.usage.emplace(number, std::move(asked));
  return std::optional<ClientReply>();
}

void UsageInquiry::add(NodeIndex node, const RunningStep& told, UsageReply& reply) const {
  for (UsageReply::OfStep& of : reply.steps) {
    if (of.step.id != told.step) continue;
    StepUsage usage = told.usage;
    usage.set_node(node);
    if (!of.step.usage) of.step.usage.emplace();
    of.step.usage->merge(usage);
    of.pids.push_back({c_.state_.find(node)->name, told.pids});
  }
}

UsageReply UsageInquiry::finished(UsageReply reply) const {
  for (UsageReply::OfStep& of : reply.steps)
    if (of.step.usage) of.usage_nodes = names_in(c_.state_, *of.step.usage);
  return reply;
}

void UsageInquiry::told(NodeIndex node, const UsageTold& told) {
  const auto found = c_.waiting_.usage.find(told.call);
  if (found == c_.waiting_.usage.end() || found->second.open.erase(node) == 0) return;
  Controller::UsageAsked& asked = found->second;
  for (const RunningStep& step : told.steps) add(node, step, asked.reply);
  if (!asked.open.empty()) return;
  c_.answer(asked.session, asked.call, finished(std::move(asked.reply)));
  c_.waiting_.usage.erase(found);
}

void UsageInquiry::give_up_late() {
  std::erase_if(c_.waiting_.usage, [&](const auto& entry) {
    const Controller::UsageAsked& asked = entry.second;
    if (c_.now_.mono < asked.until) return false;
    UsageReply reply = finished(asked.reply);
    for (const NodeIndex node : asked.open)
      if (const Node* known = c_.state_.find(node)) reply.silent.push_back(known->name);
    c_.answer(asked.session, asked.call, std::move(reply));
    return true;
  });
}

void UsageInquiry::closed(SessionId session) {
  std::erase_if(c_.waiting_.usage, [&](const auto& entry) { return entry.second.session == session; });
}

}  // namespace slurmxx
