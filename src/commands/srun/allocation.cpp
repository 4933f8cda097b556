// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/allocation.h"

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/launch/batch_environment.h"
#include "core/text/words.h"

namespace slurmxx {

Result<Granted> get_allocation(ControllerClient& controller, const SubmitRequest& request, const Messages& messages) {
  const bool immediate = request.spec.policy.immediate.has_value();
  const auto submit = [&] { return ask<SubmitReply>(controller, request, messages); };
  TRY_ASSIGN(SubmitReply submitted,
             retry_while_queue_is_full(controller, submit, [&](const char* line) { messages.error("{}", line); }));
  for (const std::string& note : submitted.notes) messages.info("{}", note);
  if (submitted.started) return Granted{std::move(*submitted.started), std::move(submitted.step)};
  TRY_ASSIGN(JobsReply first, ask<JobsReply>(controller, JobsRequest{{submitted.job}, false}, messages));
  if (first.jobs.size() == 1 && first.jobs.front().job.state == JobState::running)
    return Granted{std::move(first.jobs.front()), {}};
  const std::string reason = first.jobs.size() == 1 ? first.jobs.front().reason : "";
  if (!immediate && reason == "PartitionDown")
    messages.info("Partition in DOWN state");
  else if (!immediate && reason.starts_with("Partition"))
    messages.info("{}", text_of(Errc::partition_config_unavailable));
  const HeldBy holder = request.spec.policy.held_by;
  const bool is_salloc = holder == HeldBy::salloc || holder == HeldBy::salloc_until_start;
  if (!immediate && is_salloc) messages.info("Pending job allocation {}", submitted.job.value);
  if (!immediate) messages.info("job {} queued and waiting for resources", submitted.job.value);
  auto started = ask<WaitReply>(controller, WaitRequest{submitted.job, true}, messages);
  if (!started && started.error().code == Errc::interrupted) {
    TRY(release_allocation(controller, FinishRequest{submitted.job, {}}, messages));
    return fail(Errc::interrupted, fmt::format("Job allocation {} has been revoked", submitted.job.value));
  }
  if (!started) return started.error();
  if (started->job.job.state != JobState::running && immediate) return fail(Errc::not_top_priority);
  if (started->job.job.state != JobState::running)
    return fail(fmt::format("Job allocation {} has been revoked", submitted.job.value));
  if (!immediate) messages.info("job {} has been allocated resources", submitted.job.value);
  return Granted{std::move(started->job), {}};
}

Status wait_until_ready(ControllerClient& controller, JobView& job, const Messages& messages) {
  if (!job.preparing) return {};
  const JobId id = job.job.id;
  auto ready = ask<WaitReply>(controller, WaitRequest{id, true}, messages);
  if (!ready && ready.error().code == Errc::interrupted) {
    TRY(release_allocation(controller, FinishRequest{id, {}}, messages));
    return fail(Errc::interrupted, fmt::format("Job allocation {} has been revoked", id.value));
  }
  if (!ready) return ready.error();
  if (ready->job.job.state != JobState::running)
    return fail(fmt::format("Job allocation {} has been revoked", id.value));
  job = std::move(ready->job);
  return {};
}

Result<std::vector<JobView>> components_of(ControllerClient& controller, JobId job, const Messages& messages) {
  TRY_ASSIGN(JobsReply reply, ask<JobsReply>(controller, JobsRequest{{job}, false}, messages));
  if (reply.jobs.empty()) return fail(Errc::invalid_job_id);
  const auto& spec = reply.jobs.front().job.spec;
  if (spec && spec->het && spec->het->leader != job) return components_of(controller, spec->het->leader, messages);
  return std::move(reply.jobs);
}

std::string outcome_of_refusal(const Error& error, const Messages& messages) {
  if (error.code == Errc::error || error.message.empty()) return text_of(error);
  messages.error("{}", error.message);
  return text_of(error.code);
}

Status release_allocation(ControllerClient& controller, const FinishRequest& request, const Messages& messages) {
  const auto finished = ask<DoneReply>(controller, request, messages);
  if (finished || finished.error().code == Errc::already_done) return {};
  return fail(finished.error().code,
              fmt::format("Unable to give back job {}: {}", request.job.value, text_of(finished.error())));
}

std::vector<std::string> allocation_environment(const JobView& view, const AllocationFacts& facts,
                                                std::span<const std::string> brought) {
  return allocation_environment(std::span(&view, 1), facts, brought);
}

std::vector<std::string> allocation_environment(std::span<const JobView> components, const AllocationFacts& facts,
                                                std::span<const std::string> brought) {
  std::vector<std::string> own(brought.begin(), brought.end());
  ClusterFacts cluster;
  cluster.cluster_name = facts.cluster_name;
  cluster.conf_path = facts.conf_path;
  for (const JobView& view : components) {
    auto names = expand_hostlist(view.nodes);
    const bool known = view.job.allocation && view.job.spec && names && !names->empty() &&
                       names->size() == view.job.allocation->shares.size();
    if (!known) return own;
    cluster.components.push_back({view.job, std::move(*names)});
  }
  cluster.node_names = cluster.components.front().node_names;
  if (!components.front().job.spec->het) cluster.components.clear();
  return allocation_environment(components.front().job, cluster, own);
}

int status_of_error(const Error& error, const Environment& environment) {
  const bool busy = error.code == Errc::not_top_priority || error.code == Errc::nodes_busy;
  const std::string* text = environment.find(busy ? "SLURM_EXIT_IMMEDIATE" : "SLURM_EXIT_ERROR");
  const auto status = parse_integer(text ? *text : "", {0, 255});
  return status ? static_cast<int>(*status) : 1;
}

Result<std::vector<JobId>> jobs_of_name(ControllerClient& controller, const JobName& name, const Messages& messages) {
  TRY_ASSIGN(const std::vector<JobView> all, components_of(controller, name.leader.value_or(name.job), messages));
  std::vector<JobId> ids;
  for (const JobView& view : all)
    if (view.job.spec && name.means(view.job)) ids.push_back(view.job.id);
  if (ids.empty()) return fail(Errc::invalid_job_id);
  return ids;
}

ExitCode job_exit_of(int exit_status) {
  constexpr int signal_base = 128;
  const auto number = static_cast<std::uint32_t>(exit_status);
  return exit_status > signal_base ? ExitCode{0, number - signal_base} : ExitCode{number, 0};
}

}  // namespace slurmxx
