// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node does, this host's if none is named: scontrol listjobs, liststeps and show slurmd.
#include <fmt/format.h>

#include <algorithm>

#include <fstream>

#include "adapters/identity/host_names.h"
#include "commands/scontrol/run.h"
#include "commands/scontrol/show_data.h"
#include "core/hostlist/hostlist.h"
#include "core/text/instant_text.h"

namespace slurmxx {
namespace {

// The names of the nodes that are this host.
Result<std::vector<std::string>> nodes_meant(const ScontrolCall& call) {
  if (!call.arguments.empty()) return std::vector{call.arguments[0]};
  TRY_ASSIGN(const NodesReply reply, ask<NodesReply>(call.controller, NodesRequest{false}, call.output));
  std::vector<std::string> names;
  for (const NodeView& view : reply.nodes) {
    const std::string host = view.host_name.substr(0, view.host_name.find('.'));
    if (host == "localhost" || host == call.output.host_name) names.push_back(view.node.name);
  }
  return names;
}

template <class Print>
int print_running(const ScontrolCall& call, Print&& print) {
  auto nodes = nodes_meant(call);
  if (!nodes) return call.refused("slurm_load_node error: ", nodes.error());
  auto reply = ask<JobsReply>(call.controller, JobsRequest{{}, true}, call.output);
  if (!reply) return call.refused("slurm_load_jobs error: ", reply.error());
  for (const JobView& view : reply->jobs) {
    if (!view.job.runs()) continue;
    const auto names = expand_hostlist(view.nodes);
    const bool here = names && std::any_of(names->begin(), names->end(), [&](const std::string& name) {
                        return std::find(nodes->begin(), nodes->end(), name) != nodes->end();
                      });
    if (here) print(view);
  }
  return 0;
}

std::string steps_on(const std::string& node, const JobsReply& jobs) {
  std::string steps;
  for (const JobView& view : jobs.jobs) {
    const auto names = expand_hostlist(view.nodes);
    if (!view.job.runs() || !names || std::find(names->begin(), names->end(), node) == names->end()) continue;
    for (const Step& step : view.job.steps)
      if (!step.ended) steps += fmt::format("{}{}.{}", steps.empty() ? "" : ",", view.job.id.value, to_string(step.id));
  }
  return steps.empty() ? "NONE" : steps;
}

// A node that answers was heard of just now.
std::string slurmd_text(const NodeView& view, const JobsReply& jobs, const Output& output) {
  const NodeRegistration& known = *view.node.registered;
  const ClusterConfig* config = output.config;
  std::string pid;
  if (config) std::ifstream(path_for_node(config->paths.slurmd_pid_file, view.node.name)) >> pid;
  const std::string log = config ? path_for_node(config->paths.slurmd_log_file, view.node.name) : "";
  const std::pair<const char*, std::string> lines[] = {
      {"Active Steps", steps_on(view.node.name, jobs)},
      {"Actual CPUs", std::to_string(known.shape.cpus)},
      {"Actual Boards", std::to_string(known.shape.boards)},
      {"Actual sockets", std::to_string(known.shape.sockets)},
      {"Actual cores", std::to_string(known.shape.cores_per_socket)},
      {"Actual threads per core", std::to_string(known.shape.threads_per_core)},
      {"Actual real memory", fmt::format("{} MB", known.shape.memory.value)},
      {"Actual temp disk space", fmt::format("{} MB", known.shape.tmp_disk.value)},
      {"Boot time", instant_text(known.slurmd_started, *output.zone)},
      {"Hostname", view.node.name},
      {"Last slurmctld msg time", view.node.condition.not_responding ? "NONE" : instant_text(jobs.now, *output.zone)},
      {"Slurmd PID", pid.empty() ? "N/A" : pid},
      {"Slurmd Debug", config ? config->paths.slurmd_debug : "N/A"},
      {"Slurmd Logfile", log.empty() ? "(null)" : log},
      {"Version", known.version},
  };
  std::string text;
  for (const auto& [name, value] : lines) text += fmt::format("{:<24} = {}\n", name, value);
  return text;
}

}  // namespace

int show_slurmd(const ScontrolCall& call) {
  constexpr std::string_view kind = "slurm_load_slurmd_status: ";
  auto names = nodes_meant(call);
  if (!names) return call.refused(kind, names.error());
  auto nodes = ask<NodesReply>(call.controller, NodesRequest{}, call.output);
  if (!nodes) return call.refused(kind, nodes.error());
  auto jobs = ask<JobsReply>(call.controller, JobsRequest{{}, true}, call.output);
  if (!jobs) return call.refused(kind, jobs.error());
  bool any = false;
  for (const NodeView& view : nodes->nodes) {
    if (!view.node.registered || std::find(names->begin(), names->end(), view.node.name) == names->end()) continue;
    call.output.print((any ? "\n" : "") + slurmd_text(view, *jobs, call.output));
    any = true;
  }
  if (any) return 0;
  const std::string who = call.arguments.empty() ? "this host" : call.arguments[0];
  return call.refused(kind, fail(fmt::format("no slurmd of {} has registered", who)));
}

int list_jobs(const ScontrolCall& call) {
  std::vector<RunningStep> rows;
  if (!call.wants_data()) call.output.line("JOBID");
  const int exit_code = print_running(call, [&](const JobView& view) {
    if (call.wants_data()) return rows.push_back({view.job.id.value, {}, {}});
    call.output.line(to_string(view.job.id));
  });
  if (call.wants_data() && exit_code == 0) write_running("jobs", rows, {call.format(), call.output, {}});
  return exit_code;
}

int list_steps(const ScontrolCall& call) {
  std::vector<RunningStep> rows;
  if (!call.wants_data()) call.output.line(fmt::format("{:<8} {}", "JOBID", "STEPID"));
  const int exit_code = print_running(call, [&](const JobView& view) {
    for (const Step& step : view.job.steps) {
      if (step.ended) continue;
      if (call.wants_data())
        rows.push_back({view.job.id.value, to_string(step.id), {}});
      else
        call.output.line(fmt::format("{:<8} {}", view.job.id.value, to_string(step.id)));
    }
  });
  if (call.wants_data() && exit_code == 0) write_running("steps", rows, {call.format(), call.output, {}});
  return exit_code;
}

}  // namespace slurmxx
