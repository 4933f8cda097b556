// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/spool/job_spool.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "adapters/step/step_folder.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view step_prefix = "step_";

Status make_folder(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return fail(fmt::format("{}: cannot make the folder: {}", path, strerror(errno)));
}

std::optional<StepId> step_id_of(std::string_view name) {
  if (!name.starts_with(step_prefix)) return std::nullopt;
  name.remove_prefix(step_prefix.size());
  StepId id;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id.value);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return id;
}

Status write_script(const std::string& path, const std::string& script, const JobOwner& owner) {
  TRY(write_whole(path, script, false));
  const bool root = geteuid() == 0;
  if ((root && chown(path.c_str(), owner.uid.value, owner.gid.value) != 0) || chmod(path.c_str(), 0700) != 0)
    return fail(fmt::format("{}: cannot give it to uid {}: {}", path, owner.uid.value, strerror(errno)));
  return {};
}

SpooledStep read_step(StepId id, const std::string& folder) {
  SpooledStep step{id, folder, {}, {}, false};
  if (auto socket = connect_in(folder)) step.socket = std::move(*socket);
  step.started = access((folder + "/started").c_str(), F_OK) == 0;
  if (step.socket) return step;
  const auto bytes = read_whole(folder + "/end");
  if (!bytes) return step;
  if (auto end = decode<StepEnd>(*bytes)) step.end = std::move(*end);
  return step;
}

}  // namespace

Result<JobSpool> JobSpool::open(const std::string& path) {
  TRY(make_folder(path, 0755));
  if (access(path.c_str(), W_OK | X_OK) != 0) return fail(fmt::format("{}: cannot write: {}", path, strerror(errno)));
  return JobSpool(path);
}

std::string JobSpool::job_folder(JobId job) const { return fmt::format("{}/job{:05}", path_, job.value); }

std::string JobSpool::step_folder(const StepKey& step) const {
  return fmt::format("{}/{}{}", job_folder(step.job), step_prefix, step.step.value);
}

Status JobSpool::keep_obeyed(const ObeyedController& controller) {
  return write_whole(obeyed_path(), encode(controller), true);
}

ObeyedController JobSpool::obeyed(std::vector<std::string>& remarks) const {
  const std::string file = obeyed_path();
  if (access(file.c_str(), F_OK) != 0) return {};
  const auto bytes = read_whole(file);
  auto known = bytes ? decode<ObeyedController>(*bytes) : Result<ObeyedController>(bytes.error());
  if (known) return std::move(*known);
  remarks.push_back(fmt::format("{}: {}: whichever controller answers first is obeyed", file, text_of(known.error())));
  return {};
}

Status JobSpool::keep_job(const NodeJob& job) {
  const std::string folder = job_folder(job.order.job.job);
  TRY(make_folder(folder, 0755));
  return write_whole(folder + "/job", encode(job), false);
}

Status JobSpool::keep_script(JobId job, const FoundProcess& process) {
  return write_whole(job_folder(job) + "/script", fmt::format("{} {}\n", process.pid, process.start_time), false);
}

std::optional<FoundProcess> JobSpool::script(JobId job) const {
  const auto text = read_whole(job_folder(job) + "/script");
  FoundProcess process;
  if (!text || std::sscanf(text->c_str(), "%d %lu", &process.pid, &process.start_time) != 2 || process.pid <= 1)
    return std::nullopt;
  return process;
}

Status JobSpool::keep_launch(const StepKey& step, const StepdLaunch& launch, const std::string& script) {
  const std::string folder = step_folder(step);
  TRY(make_folder(folder, 0700));
  if (const auto* batch = std::get_if<LaunchBatch>(&launch.order))
    TRY(write_script(launch.script_path, script, batch->spec.owner));
  return write_whole(folder + "/launch", encode(launch), false);
}

void JobSpool::remove_step(const StepKey& step) {
  std::error_code ignored;
  fs::remove_all(step_folder(step), ignored);
}

// The order goes first: killed in the middle, what is left must not look like a job whose script never ran.
void JobSpool::remove_job(JobId job) {
  std::error_code ignored;
  fs::remove(job_folder(job) + "/job", ignored);
  fs::remove_all(job_folder(job), ignored);
}

// Whether the machine is still in the boot in which this spool was written last.
bool JobSpool::same_boot() {
  const auto now = read_whole("/proc/sys/kernel/random/boot_id");
  const std::string file = path_ + "/boot_id";
  const auto before = read_whole(file);
  const bool same = now && before && *now == *before;
  if (now && !same) {
    if (const Status written = write_whole(file, *now, false); !written) return before.ok();
  }
  return same || !before;
}

Result<SpooledJob> JobSpool::read_job(const std::string& folder) {
  SpooledJob found;
  TRY_ASSIGN(const std::string bytes, read_whole(folder + "/job"));
  TRY_ASSIGN(found.job, decode<NodeJob>(bytes));
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (const auto id = step_id_of(entry.path().filename().string()))
      found.steps.push_back(read_step(*id, entry.path().string()));
  return found;
}

std::vector<SpooledJob> JobSpool::scan(std::vector<std::string>& remarks) {
  const bool same = same_boot();
  std::vector<std::string> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error))
    if (entry.path().filename().string().starts_with("job")) folders.push_back(entry.path().string());
  std::sort(folders.begin(), folders.end());
  std::vector<SpooledJob> jobs;
  for (const std::string& folder : folders) {
    auto found = read_job(folder);
    std::error_code ignored;
    if (!found) {
      const bool was_removed = !fs::exists(folder + "/job", ignored);  // or was never written
      if (!was_removed) remarks.push_back(fmt::format("{}; the folder is removed", text_of(found.error())));
      fs::remove_all(folder, ignored);
      continue;
    }
    const bool script_ended = std::any_of(found->steps.begin(), found->steps.end(), [](const SpooledStep& step) {
      return step.id == StepId::batch() && step.end.has_value();
    });
    if (same || script_ended) {
      jobs.push_back(std::move(*found));
      continue;
    }
    remarks.push_back(fmt::format("{}: of an earlier boot of this machine, and removed", folder));
    fs::remove_all(folder, ignored);
  }
  return jobs;
}

}  // namespace slurmxx
