// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol listjobs and liststeps: what runs on a node, this host's if none is named.
#include <fmt/format.h>

#include <algorithm>

#include "commands/scontrol/run.h"
#include "core/hostlist/hostlist.h"

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

}  // namespace

int list_jobs(const ScontrolCall& call) {
  call.output.line("JOBID");
  return print_running(call, [&](const JobView& view) { call.output.line(to_string(view.job.id)); });
}

int list_steps(const ScontrolCall& call) {
  call.output.line(fmt::format("{:<8} {}", "JOBID", "STEPID"));
  return print_running(call, [&](const JobView& view) {
    for (const Step& step : view.job.steps)
      if (!step.ended) call.output.line(fmt::format("{:<8} {}", view.job.id.value, to_string(step.id)));
  });
}

}  // namespace slurmxx
