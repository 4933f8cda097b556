// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/script_order.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/launch/script_environment.h"
#include "node/unkillable.h"

namespace slurmxx {
namespace {

Job job_of(const LaunchBatch& order) {
  Job job;
  job.id = order.job.job;
  job.restarts = order.job.restarts;
  job.spec = std::make_shared<const JobSpec>(order.spec);
  if (!order.allocation.shares.empty()) job.allocation = order.allocation;
  if (order.array) job.array = ArrayPart{order.array->array, IndexSet(order.array->index), true};
  job.times.started = order.started;
  job.times.limit_at = order.limit_at;
  return job;
}

std::vector<std::string> environment_of(const Job& job, const LaunchBatch& order, const ScriptPlace& place,
                                        bool is_epilog) {
  SiteScriptFacts facts{is_epilog ? "epilog_slurmd" : "prolog_slurmd",
                        place.config.identity.cluster_name,
                        place.conf_path,
                        place.node_name,
                        order.node_names,
                        is_epilog};
  return site_script_environment(job, facts);
}

ScriptOrder side_order(const char* name, const std::string& program, const ScriptPlace& place) {
  ScriptOrder order;
  order.name = name;
  if (!program.empty()) order.patterns = {program};
  order.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                       "SLURM_CONF=" + place.conf_path, "SLURM_CLUSTER_NAME=" + place.config.identity.cluster_name,
                       "SLURMD_NODENAME=" + place.node_name};
  return order;
}

}  // namespace

ScriptOrder prolog_order(const LaunchBatch& job, const ScriptPlace& place) {
  ScriptOrder order;
  order.name = "Prolog";
  order.patterns = place.config.launch.prolog;
  order.timeout = place.config.timeouts.prolog_timeout;
  order.environment = environment_of(job_of(job), job, place, false);
  return order;
}

ScriptOrder epilog_order(const LaunchBatch& launch, const EndJob& end, const ScriptPlace& place) {
  ScriptOrder order;
  order.name = "Epilog";
  order.patterns = place.config.launch.epilog;
  order.timeout = place.config.timeouts.epilog_timeout;
  Job job = job_of(launch);
  job.exit = end.exit;
  job.exit_of_steps = end.exit_of_steps;
  order.environment = environment_of(job, launch, place, true);
  return order;
}

ScriptOrder unkillable_order(const StepKey& step, const StepEnd& end, const ScriptPlace& place) {
  ScriptOrder order = side_order("UnkillableStepProgram", place.config.paths.unkillable_step_program, place);
  order.environment.push_back("SLURM_SCRIPT_CONTEXT=unkillable_slurmd");
  order.environment.push_back("SLURM_JOB_ID=" + to_string(step.job));
  order.environment.push_back("SLURM_STEP_ID=" + std::to_string(step.step.value));
  order.environment.push_back("SLURMXX_UNKILLABLE=" + survivors_text(end.survivors));
  order.timeout = Limit<Seconds>::of(Seconds(300));  // slurmd keeps nothing for ever
  return order;
}

ScriptOrder reboot_order(const RebootNode& order, const ScriptPlace& place) {
  ScriptOrder script = side_order(reboot_program, place.config.paths.reboot_program, place);
  if (!order.features.empty()) script.environment.push_back("SLURM_NODE_FEATURES=" + order.features);
  script.leaves_processes = true;  // "sleep 5 && reboot &" is to come to it
  return script;
}

ScriptOrder health_check_order(const ScriptPlace& place) {
  ScriptOrder order = side_order("HealthCheckProgram", place.config.launch.health_check_program, place);
  order.timeout = Limit<Seconds>::of(place.config.timeouts.health_check_timeout);
  return order;
}

}  // namespace slurmxx
