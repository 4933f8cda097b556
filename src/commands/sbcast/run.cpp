// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sbcast/run.h"

#include <fmt/format.h>

#include "commands/srun/allocation.h"
#include "core/model/job_name.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Target {
  JobName job;
  std::optional<StepId> step;
};

Result<Target> target_of(const std::string& text) {
  if (text.empty())
    return fail("Need a job id to run this command.  Run from within a Slurm job or use the --jobid option.");
  const auto parts = split_once(text, '.');
  const std::string_view job_text = parts ? parts->first : std::string_view(text);
  if (job_text.find('_') != std::string_view::npos)
    return fail(fmt::format("--jobid={}: tasks of arrays are not supported; use their own job id", text));
  Target target;
  const auto job = parse_job_name(job_text);
  if (!job) return fail(fmt::format("--jobid={}: not a job id, nor JOB.STEP", text));
  target.job = *job;
  if (!parts) return target;
  target.step = parse_step_id(parts->second);
  const bool numbered = target.step && target.step->value >= 0;
  if (!numbered) return fail(fmt::format("--jobid={}: not a job id, nor JOB.STEP", text));
  return target;
}

Result<std::string> destination_of(const SbcastOptions& options, const SbcastSite& site) {
  const std::string& text = options.destination;
  if (text.empty() || text.ends_with('/')) return fail(fmt::format("Target filename cannot be a directory: {}", text));
  if (text.starts_with('/')) return text;
  const std::string& folder = site.parameters.dest_dir.empty() ? site.work_dir : site.parameters.dest_dir;
  return (folder == "/" ? "" : folder) + "/" + text;
}

Result<std::vector<SourceFile>> files_of(const SbcastOptions& options, const SbcastSite& site,
                                         const Messages& messages) {
  TRY_ASSIGN(const std::string destination, destination_of(options, site));
  const FilePlace place = [destination](const std::string&) { return destination; };
  std::vector<SourceFile> files;
  TRY_ASSIGN(SourceFile file, open_source(options.source, place));
  if (file.size == 0) messages.error("Warning: file `{}` is empty.", options.source);
  files.push_back(std::move(file));
  if (!options.send_libs.value_or(site.parameters.send_libs)) return files;
  const std::vector<std::string> excluded = excluded_folders(options.exclude.value_or(site.exclude));
  TRY_ASSIGN(std::vector<SourceFile> libraries, open_libraries(options.source, place, excluded));
  for (SourceFile& library : libraries) files.push_back(std::move(library));
  return files;
}

Result<BroadcastOptions> broadcast_options(const SbcastOptions& options, const SbcastSite& site) {
  BroadcastOptions out;
  out.replace = options.force;
  out.keep_times = options.preserve;
  TRY_ASSIGN(out.compress, compresses(options.compress, site.parameters));
  out.block_bytes = options.block_bytes.value_or(bcast_block_usual);
  out.tree_width = options.fanout > 0 ? static_cast<std::uint32_t>(options.fanout) : site.tree_width;
  out.timeout = options.timeout > 0 ? Seconds(options.timeout) : site.message_timeout;
  return out;
}

Status send_to(const BroadcastRequest& request, const SbcastOptions& options, ControllerClient& controller,
               const std::pair<const SbcastSite&, BroadcastPorts&>& world) {
  auto& [site, ports] = world;
  TRY_ASSIGN(const BroadcastOptions how, broadcast_options(options, site));
  TRY_ASSIGN(std::vector<SourceFile> files, files_of(options, site, ports.messages));
  const auto step = ask<StepReply>(controller, request, ports.messages);
  if (!step) return fail(fmt::format("Slurm job {} lookup error: {}", options.jobid, text_of(step.error())));
  std::uint64_t bytes = 0;
  for (const SourceFile& file : files) bytes += file.size;
  ports.messages.verbose("{} files, {} bytes, to {} nodes of job {}, {} blocks of {} bytes", files.size(), bytes,
                         step->layout.nodes.size(), options.jobid, how.compress ? "compressed" : "plain",
                         how.block_bytes);
  if (!Broadcast(*step, how, ports).run(std::move(files))) return fail("");
  return {};
}

// A heterogeneous job's nodes are those of all its components.
Status send(const SbcastOptions& options, ControllerClient& controller, const SbcastSite& site, BroadcastPorts& ports) {
  TRY_ASSIGN(const Target target, target_of(options.jobid));
  const auto jobs = jobs_of_name(controller, target.job, ports.messages);
  if (!jobs) return fail(fmt::format("Slurm job {} lookup error: {}", options.jobid, text_of(jobs.error())));
  for (const JobId job : *jobs)
    if (!target.step || job == target.job.job) TRY(send_to({job, target.step}, options, controller, {site, ports}));
  return {};
}

}  // namespace

int run_sbcast(const SbcastOptions& options, ControllerClient& controller, const SbcastSite& site,
               BroadcastPorts ports) {
  for (const std::string& warning : options.warnings) ports.messages.error("{}", warning);
  const Status sent = send(options, controller, site, ports);
  if (sent) return 0;
  if (!sent.error().message.empty()) ports.messages.error(sent.error());
  return 1;
}

}  // namespace slurmxx
