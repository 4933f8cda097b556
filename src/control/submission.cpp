// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The first check that fails answers; nothing is changed before all have passed.
#include "control/submission.h"

#include <fmt/format.h>

#include "control/configure.h"
#include "control/not_built.h"
#include "control/scheduling.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"
#include "wire/crypto.h"

namespace slurmxx {

std::string blob_hash(std::string_view bytes) {
  std::string hex;
  for (const char byte : crypto::blake2b_128(bytes)) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

std::string Submission::keep(const std::string& bytes) {
  std::string hash = blob_hash(bytes);
  c_.commit_.blobs.push_back({hash, bytes});
  return hash;
}

Status Submission::check_caller() const {
  if (c_.options_.root || caller_.uid == c_.options_.slurm_user) return {};
  // Errc::error: the command prints this line alone.
  return fail(Errc::error,
              fmt::format("the nodes run as {} and cannot start jobs of {}: submit as {}, or run slurmd as "
                          "root (SlurmdUser)",
                          c_.config().identity.slurmd_user, caller_.user_name, c_.config().identity.slurmd_user));
}

bool Submission::in_allowed_group(const Partition& partition) const {
  if (partition.allow_groups.empty() || caller_.uid == root_uid) return true;
  return std::any_of(partition.allow_groups.begin(), partition.allow_groups.end(), [this](const std::string& name) {
    const auto& more = caller_.group_names;
    return name == caller_.group_name || std::find(more.begin(), more.end(), name) != more.end();
  });
}

Status Submission::check_partitions(JobSpec& spec) const {
  if (spec.placement.partitions.empty()) {
    for (const auto& partition : c_.state_.partitions())
      if (partition->is_default) spec.placement.partitions.push_back(partition->name);
    if (spec.placement.partitions.empty()) return fail(Errc::default_partition_not_set);
  }
  for (const std::string& name : spec.placement.partitions) {
    const Partition* partition = c_.state_.find_partition(name);
    if (!partition) return fail(Errc::invalid_partition, fmt::format("invalid partition specified: {}", name));
    if (partition->state == PartitionState::inactive || partition->state == PartitionState::drain)
      return fail(Errc::partition_not_available);
    if (partition->root_only && caller_.uid != root_uid) return fail(Errc::access_denied);
    if (!in_allowed_group(*partition)) return fail(Errc::partition_group_denied);
  }
  for (const std::string* list : {&spec.placement.nodes_required, &spec.placement.nodes_excluded}) {
    if (list->empty()) continue;
    TRY_ASSIGN(const std::vector<std::string> names, expand_hostlist(*list));
    for (const std::string& name : names)
      if (!c_.state_.find_node(name)) return fail(Errc::invalid_node_name);
  }
  return {};
}

Status Submission::check_times(const JobSpec& spec) const {
  const auto& times = spec.times;
  if (times.limit_min && times.limit && !times.limit->unlimited &&
      (times.limit_min->unlimited || times.limit_min->value > times.limit->value))
    return fail(Errc::invalid_time_min);
  if (times.deadline && *times.deadline <= c_.now_.wall) return fail(Errc::invalid_time_value);
  return {};
}

Result<JobSpec> Submission::completed(const SubmitRequest& request) const {
  JobSpec spec = request.spec;
  spec.owner = {caller_.uid, caller_.gid, caller_.user_name, caller_.group_name, caller_.groups};
  if (spec.policy.batch && request.script.empty()) return fail(Errc::job_script_missing);
  if (spec.resources.nodes_set && (spec.resources.nodes_min == 0 || spec.resources.nodes_max == 0u))
    return fail(Errc::invalid_node_count);
  TRY(check_partitions(spec));
  TRY(check_times(spec));
  TRY(check_not_built(spec, c_.config()));
  const bool to_the_front = spec.policy.priority.value_or(0) > 0 || spec.policy.nice < 0;
  if (to_the_front && !c_.is_operator(caller_)) return fail(Errc::access_denied);
  if (spec.labels.name.empty()) spec.labels.name = "sbatch";
  return spec;
}

Result<ClientReply> Submission::test_only(const JobSpec& spec) const {
  Job job;
  job.id = c_.state_.next_job_id();
  job.spec = std::make_shared<const JobSpec>(spec);
  job.times.submitted = c_.now_.wall;
  ClusterView view = Scheduling::cluster_view(c_);
  view.pending.push_back({&job, Scheduling::priority_of(job), DependencyState::met});
  SubmitReply reply;
  reply.job = job.id;
  for (const Decision& decision : plan(view, policies_of(c_.config()), c_.now_.wall)) {
    const Start* start = std::get_if<Start>(&decision);
    if (!start || start->job != job.id) continue;
    std::vector<std::string> names;
    for (const NodeShare& share : start->allocation.shares) names.push_back(c_.state_.find(share.node)->name);
    reply.nodes = fold_hosts(names);
    reply.expected_start = c_.now_.wall;
  }
  return ClientReply(reply);
}

Result<ClientReply> Submission::submit(const SubmitRequest& request) {
  if (const auto known = c_.requests_.find(c_.request_); known && c_.request_ != RequestId())
    return ClientReply(SubmitReply{*known, "", {}, {}});
  TRY(check_caller());
  TRY_ASSIGN(JobSpec spec, completed(request));
  TRY(c_.judge(spec));
  if (request.test_only) return test_only(spec);
  if (c_.state_.jobs().size() >= c_.config().jobs.max_job_count)
    return fail(Errc::accounting_policy,
                fmt::format("the cluster holds {} jobs, as many as MaxJobCount allows: try again when some have ended",
                            c_.state_.jobs().size()));
  spec.launch.script_hash = request.script.empty() ? "" : keep(request.script);  // never as the client says
  spec.launch.environment_hash = keep(join(request.environment, std::string(1, '\0')));
  const JobId id = c_.state_.next_job_id();
  const Hold hold = spec.policy.hold ? Hold::user : Hold::none;
  c_.emit(JobSubmitted{id, std::make_shared<const JobSpec>(std::move(spec)), hold});
  return ClientReply(SubmitReply{id, "", {}, {}});
}

}  // namespace slurmxx
