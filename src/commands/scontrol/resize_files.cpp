// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurm_job_ID_resize.sh and .csh: what a script reads whose job has given nodes back, so that its srun asks for what
// is left. scontrol(1), NumNodes and NodeList.
#include <fmt/format.h>

#include <algorithm>

#include "commands/scontrol/files.h"
#include "commands/scontrol/run.h"
#include "core/launch/batch_environment.h"

namespace slurmxx {
namespace {

constexpr mode_t resize_mode = 0755;

struct Variable {
  const char* name;
  std::string value;
  bool quoted = true;
};

std::string cpus_of(const JobView& view) {
  std::vector<std::uint32_t> cpus;
  for (const NodeShare& share : view.job.allocation->shares) cpus.push_back(share.cpus);
  return fold_counts(cpus);
}

std::string shell_text(const JobView& view, bool c_shell) {
  const std::string count = fmt::to_string(view.node_count);
  const Variable variables[] = {{"SLURM_NODELIST", view.nodes},
                                {"SLURM_JOB_NODELIST", view.nodes},
                                {"SLURM_NNODES", count, false},
                                {"SLURM_JOB_NUM_NODES", count, false},
                                {"SLURM_JOB_CPUS_PER_NODE", cpus_of(view)}};
  std::string text;
  for (const Variable& one : variables) {
    const std::string value = one.quoted ? '"' + one.value + '"' : one.value;
    text += c_shell ? fmt::format("setenv {} {}\n", one.name, value) : fmt::format("export {}={}\n", one.name, value);
  }
  for (const char* name : {"SLURM_NPROCS", "SLURM_NTASKS", "SLURM_TASKS_PER_NODE"})
    text += fmt::format("{} {}\n", c_shell ? "unsetenv" : "unset", name);
  return text;
}

bool is_own_job(const ScontrolCall& call, std::string_view name) {
  const auto around = call.output.variable ? call.output.variable("SLURM_JOB_ID") : std::nullopt;
  return around && *around == name;
}

}  // namespace

Status write_resize_files(const ScontrolCall& call, const UpdateRequest& request) {
  const bool resizes = std::ranges::any_of(request.changes, [](const KeyValue& one) {
    return equal_ignoring_case(one.key, "NumNodes") || equal_ignoring_case(one.key, "ReqNodes") ||
           equal_ignoring_case(one.key, "NodeList");
  });
  const auto id = parse_natural(request.name, {1, UINT32_MAX - 1});
  if (!resizes || !id || !is_own_job(call, request.name)) return {};
  TRY_ASSIGN(JobsReply reply,
             ask<JobsReply>(call.controller, JobsRequest{{JobId(static_cast<std::uint32_t>(*id))}}, call.output));
  if (reply.jobs.empty() || !reply.jobs.front().job.allocation || !reply.jobs.front().job.runs()) return {};
  const std::string path = fmt::format("slurm_job_{}_resize", *id);
  for (const bool c_shell : {false, true})
    TRY(put_file(call, path + (c_shell ? ".csh" : ".sh"), shell_text(reply.jobs.front(), c_shell), resize_mode));
  call.output.line("To reset Slurm environment variables, execute");
  call.output.line(fmt::format("  For bash or sh shells:  . ./{}.sh", path));
  call.output.line(fmt::format("  For csh shells:         source ./{}.csh", path));
  return {};
}

}  // namespace slurmxx
