// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/script_order.h"

#include <unistd.h>

#include <cstring>

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"

namespace slurmxx {

ScriptOrder script_order(const LaunchBatch& job, bool is_epilog, const ScriptPlace& place) {
  const JobSpec& spec = job.spec;
  ScriptOrder order;
  order.name = is_epilog ? "Epilog" : "Prolog";
  order.patterns = is_epilog ? place.config.launch.epilog : place.config.launch.prolog;
  order.timeout = place.config.timeouts.prolog_epilog_timeout;
  const auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) order.environment.push_back(fmt::format("{}={}", name, value));
  };
  set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  set("SLURM_CONF", place.conf_path);
  set("SLURM_CLUSTER_NAME", place.config.identity.cluster_name);
  set("SLURM_SCRIPT_CONTEXT", is_epilog ? "epilog_slurmd" : "prolog_slurmd");
  set("SLURM_JOB_ID", to_string(job.job.job));
  set("SLURM_JOBID", to_string(job.job.job));
  set("SLURM_JOB_NAME", spec.labels.name);
  set("SLURM_JOB_UID", to_string(spec.owner.uid));
  set("SLURM_UID", to_string(spec.owner.uid));
  set("SLURM_JOB_GID", to_string(spec.owner.gid));
  set("SLURM_JOB_USER", spec.owner.user_name);
  set("SLURM_JOB_GROUP", spec.owner.group_name);
  set("SLURM_JOB_ACCOUNT", spec.labels.account);
  set("SLURM_JOB_PARTITION", job.allocation.partition);
  set("SLURM_JOB_NODELIST", fold_hosts(job.node_names));
  set("SLURM_JOB_WORK_DIR", spec.launch.work_dir);
  set("SLURM_JOB_COMMENT", spec.labels.comment);
  set("SLURM_JOB_RESTART_COUNT", std::to_string(job.job.restarts));
  set("SLURM_JOB_START_TIME", job.started ? std::to_string(job.started->seconds) : "");
  set("SLURM_JOB_END_TIME", job.limit_at ? std::to_string(job.limit_at->seconds) : "");
  set("SLURMD_NODENAME", place.node_name);
  // What started this daemon may know its children by a variable of its own.
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (std::strncmp(*entry, "SLURM", 5) != 0 && std::strncmp(*entry, "PATH=", 5) != 0)
      order.environment.emplace_back(*entry);
  return order;
}

}  // namespace slurmxx
