// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/task_request.h"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "core/launch/bcast_parameters.h"

namespace slurmxx {
namespace {

bool is_program(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111) != 0;
}

// As a shell would find it with this environment's PATH; the name itself when it is nowhere.
std::string find_program(const std::string& name, const std::vector<std::string>& environment) {
  constexpr std::string_view variable = "PATH=";
  if (name.find('/') != std::string::npos) return name;
  for (const std::string& entry : environment) {
    if (!entry.starts_with(variable)) continue;
    for (std::size_t at = variable.size(); at <= entry.size();) {
      const std::size_t end = std::min(entry.find(':', at), entry.size());
      const std::string path = entry.substr(at, end - at) + "/" + name;
      if (end > at && is_program(path)) return path;
      at = end + 1;
    }
  }
  return name;
}

// srun --bcast: the copy that was sent here, and the libraries beside it.
void run_broadcast(const LaunchStep& order, LaunchRequest& request) {
  const StepCommand& command = order.command;
  std::string& program = request.arguments.front();
  program = command.executable;
  if (program.ends_with('/'))
    program += bcast_file_name(order.key.job.value, to_string(order.key.step), order.layout.nodes[order.node_rank]);
  if (!command.with_libraries) return;
  constexpr std::string_view variable = "LD_LIBRARY_PATH=";
  const std::string folder = program + "_libs";
  for (std::string& entry : request.environment) {
    if (!entry.starts_with(variable)) continue;
    entry.insert(variable.size(), entry.size() > variable.size() ? folder + ":" : folder);
    return;
  }
  request.environment.push_back(std::string(variable) + folder);
}

std::string absolute(const std::string& name, const std::string& folder) {
  return name.starts_with('/') ? name : folder + "/" + name;
}

}  // namespace

Result<LaunchRequest> task_request(const LaunchStep& order, const StepPlace& place, const TaskFacts& task) {
  const StepCommand& command = order.command;
  if (command.arguments.empty()) return fail("the step has no program to run");
  LaunchRequest request;
  request.uid = order.owner.uid;
  request.gid = order.owner.gid;
  request.groups = order.owner.groups;
  request.arguments = command.programs.empty() ? command.arguments : arguments_of_task(command.programs, task.id);
  if (request.arguments.empty()) return fail(fmt::format("task {} has no program to run", task.id));
  request.environment = task_environment(place, task.local, command.environment);
  request.arguments.front() = find_program(request.arguments.front(), request.environment);
  if (!command.executable.empty()) run_broadcast(order, request);
  // Itself, however it is called and whatever its folder permits; the user needs to read no more than the program.
  if (command.receives_files) request.arguments = {"/proc/self/exe", "--receive-files"};
  request.work_dir = command.work_dir;
  FileNameFacts facts;
  facts.job = order.told_job();
  facts.array = order.array;
  facts.step = order.key.step;
  facts.node_name = task.host_name;
  facts.node_place = place.node_rank;
  facts.task = task.id;
  facts.user_name = order.owner.user_name;
  const auto name = [&](const std::string& pattern) {
    return absolute(expand_file_pattern(pattern, facts), command.work_dir);
  };
  request.files = {name(command.output), name(command.error.empty() ? command.output : command.error),
                   name(command.input)};
  request.append = command.append;
  request.umask = command.umask;
  request.limits = command.limits;
  request.error_head = task.error_head;
  request.tell_exec_error = true;
  if (command.receives_files) return request;
  if (!task.site_prolog.empty()) request.prologs.push_back({"TaskProlog", task.site_prolog});
  if (!command.task_prolog.empty()) request.prologs.push_back({"--task-prolog", command.task_prolog});
  return request;
}

}  // namespace slurmxx
