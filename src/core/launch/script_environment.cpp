// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/script_environment.h"

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/launch/batch_environment.h"
#include "core/launch/file_pattern.h"
#include "core/launch/gpu_binding.h"

namespace slurmxx {
namespace {

class Variables {
 public:
  void set(const char* name, const std::string& value) {
    if (!value.empty()) entries_.push_back(fmt::format("{}={}", name, value));
  }
  std::vector<std::string> take() { return std::move(entries_); }

 private:
  std::vector<std::string> entries_;
};

// As wait(2) gives it.
std::string wait_status(const ExitCode& exit) {
  constexpr std::uint32_t status_place = 256;
  return std::to_string(exit.status * status_place + exit.signal);
}

void add_owner(Variables& v, const Job& job) {
  const JobSpec& spec = *job.spec;
  v.set("SLURM_JOB_ID", to_string(job.id));
  v.set("SLURM_JOBID", to_string(job.id));
  if (const auto task = job.array_task()) {
    v.set("SLURM_ARRAY_JOB_ID", to_string(task->array));
    v.set("SLURM_ARRAY_TASK_ID", std::to_string(task->index));
  }
  v.set("SLURM_JOB_NAME", spec.labels.name);
  v.set("SLURM_JOB_UID", to_string(spec.owner.uid));
  v.set("SLURM_UID", to_string(spec.owner.uid));
  v.set("SLURM_JOB_GID", to_string(spec.owner.gid));
  v.set("SLURM_JOB_USER", spec.owner.user_name);
  v.set("SLURM_JOB_GROUP", spec.owner.group_name);
  v.set("SLURM_JOB_ACCOUNT", spec.labels.account);
  v.set("SLURM_JOB_QOS", spec.labels.qos);
  v.set("SLURM_WCKEY", spec.labels.wckey);
  v.set("SLURM_JOB_RESERVATION", reservation_of(job));
  v.set("SLURM_JOB_LICENSES", spec.labels.licenses);
  v.set("SLURM_JOB_COMMENT", spec.labels.comment);
  v.set("SLURM_JOB_EXTRA", spec.labels.extra);
  v.set("SLURM_JOB_CONSTRAINTS", spec.placement.features);
  v.set("SLURM_JOB_OVERSUBSCRIBE", spec.placement.sharing == Sharing::oversubscribe ? "YES" : "NO");
  v.set("SLURM_JOB_RESTART_COUNT", std::to_string(job.restarts));
  v.set("SLURM_JOB_WORK_DIR", spec.launch.work_dir);
  v.set("SLURM_SUBMIT_DIR", spec.launch.work_dir);
  v.set("SLURM_SUBMIT_HOST", spec.labels.submit_host);
}

void add_files(Variables& v, const Job& job, const std::string& batch_host) {
  if (!job.spec->policy.batch) return;
  FileNameFacts facts;
  facts.job = job.id;
  facts.array = job.array_task();
  facts.node_name = batch_host;
  facts.user_name = job.spec->owner.user_name;
  facts.job_name = job.spec->labels.name;
  const FileNames files = batch_file_names(job.spec->launch, facts);
  v.set("SLURM_JOB_STDOUT", files.output);
  v.set("SLURM_JOB_STDERR", files.error);
  v.set("SLURM_JOB_STDIN", files.input);
}

void add_allocation(Variables& v, const Job& job, const SiteScriptFacts& facts) {
  v.set("SLURM_JOB_NODELIST", fold_hosts(facts.node_names));
  v.set("SLURM_NODELIST", fold_hosts(facts.node_names));
  v.set("SLURM_JOB_NUM_NODES", std::to_string(facts.node_names.size()));
  v.set("SLURM_NNODES", std::to_string(facts.node_names.size()));
  if (!job.allocation) return;
  v.set("SLURM_JOB_PARTITION", job.allocation->partition);
  v.set("SLURM_JOB_NTASKS", std::to_string(job.spec->resources.tasks));
  std::vector<std::uint32_t> cpus;
  for (const NodeShare& share : job.allocation->shares) cpus.push_back(share.usable_cpus());
  v.set("SLURM_JOB_CPUS_PER_NODE", fold_counts(cpus));
  for (std::size_t i = 0; i < facts.node_names.size() && i < cpus.size(); ++i) {
    if (facts.node_names[i] != facts.node_name) continue;
    v.set("SLURM_CPUS_ON_NODE", std::to_string(cpus[i]));
    v.set("SLURM_NODEID", std::to_string(i));
    const GpuGrant grant = gpu_grant(job.allocation->shares[i].gres);
    v.set("SLURM_JOB_GPUS", fmt::format("{}", fmt::join(grant.gpus, ",")));
    if (grant.shards > 0) v.set("SLURM_SHARDS_ON_NODE", std::to_string(grant.shards));
  }
}

}  // namespace

std::vector<std::string> site_script_environment(const Job& job, const SiteScriptFacts& facts) {
  Variables v;
  v.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  v.set("SLURM_CONF", facts.conf_path);
  v.set("SLURM_CLUSTER_NAME", facts.cluster_name);
  v.set("SLURM_SCRIPT_CONTEXT", facts.context);
  v.set("SLURMD_NODENAME", facts.node_name);
  add_owner(v, job);
  add_allocation(v, job, facts);
  add_files(v, job,
            facts.node_names.empty() || !job.allocation ? "" : facts.node_names.at(batch_place(*job.allocation)));
  if (job.times.started) v.set("SLURM_JOB_START_TIME", std::to_string(job.times.started->seconds));
  const auto end = job.times.ended ? job.times.ended : job.times.limit_at;
  if (end) v.set("SLURM_JOB_END_TIME", std::to_string(end->seconds));
  if (facts.is_epilog) {
    v.set("SLURM_JOB_EXIT_CODE", wait_status(job.exit));
    v.set("SLURM_JOB_EXIT_CODE2", fmt::format("{}:{}", job.exit.status, job.exit.signal));
    v.set("SLURM_JOB_DERIVED_EC", wait_status(job.exit_of_steps));
  }
  return v.take();
}

}  // namespace slurmxx
