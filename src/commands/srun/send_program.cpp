// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/send_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "commands/srun/allocation.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

bool is_program(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111) != 0;
}

// Where a shell finds it; else, as srun(1) shows, in the working folder.
std::string found_program(const std::string& name, const Environment& environment) {
  if (name.find('/') != std::string::npos) return name;
  const std::string* path = environment.find("PATH");
  for (const std::string_view folder : split(path ? *path : "", ':'))
    if (const std::string one = std::string(folder) + "/" + name; !folder.empty() && is_program(one)) return one;
  return name;
}

std::string absolute(const std::string& path, const std::string& folder) {
  return path.starts_with('/') ? path : folder + "/" + path;
}

Result<std::vector<SourceFile>> files_of(const ProgramCopy& copy, const StepKey& step) {
  const FilePlace place = [executable = copy.executable, step](const std::string& node) {
    if (!executable.ends_with('/')) return executable;
    return executable + bcast_file_name(step.job.value, to_string(step.step), node);
  };
  std::vector<SourceFile> files;
  TRY_ASSIGN(SourceFile program, open_source(copy.source, place));
  files.push_back(std::move(program));
  if (!copy.with_libraries) return files;
  TRY_ASSIGN(std::vector<SourceFile> libraries, open_libraries(copy.source, place, copy.excluded));
  for (SourceFile& library : libraries) files.push_back(std::move(library));
  return files;
}

}  // namespace

bool can_execute(const std::string& program, const Environment& environment) {
  const std::string path = found_program(program, environment);
  return is_program(path) && access(path.c_str(), X_OK) == 0;
}

Result<ProgramCopy> program_copy(const SrunOptions& options, const BcastSite& site, const Environment& environment,
                                 const std::string& work_dir) {
  ProgramCopy copy;
  const SrunHelpers& helpers = options.helpers;
  copy.wanted = helpers.bcast.has_value();
  if (!copy.wanted) return copy;
  if (options.step.multi_prog)
    return fail("--bcast sends one program, and --multi-prog names several: use sbcast for each of them");
  std::string place = *helpers.bcast;
  if (place.empty()) place = (site.parameters.dest_dir.empty() ? work_dir : site.parameters.dest_dir) + "/";
  copy.executable = absolute(place, work_dir);
  copy.with_libraries = helpers.send_libs.value_or(site.parameters.send_libs);
  copy.excluded = excluded_folders(helpers.bcast_exclude.empty() ? site.exclude : helpers.bcast_exclude);
  copy.how.replace = true;
  copy.how.keep_times = true;
  copy.how.timeout = site.message_timeout;
  TRY_ASSIGN(copy.how.compress, compresses(helpers.compress, site.parameters));
  copy.source = found_program(options.command.front(), environment);
  if (!is_program(copy.source))
    return fail(fmt::format("--bcast: {} is no program here: give its path", options.command.front()));
  return copy;
}

bool send_program(ControllerClient& controller, const ProgramCopy& copy, const StepKey& step, BroadcastPorts ports) {
  if (!copy.wanted) return true;
  auto files = files_of(copy, step);
  const auto target = files ? ask<StepReply>(controller, BroadcastRequest{step.job, step.step}, ports.messages)
                            : Result<StepReply>(files.error());
  if (target && Broadcast(*target, copy.how, ports).run(std::move(*files))) return true;
  if (!target) ports.messages.error(target.error());
  ports.messages.error("Unable to send {} to the nodes of step {}.{}", copy.source, step.job.value,
                       to_string(step.step));
  return false;
}

}  // namespace slurmxx
