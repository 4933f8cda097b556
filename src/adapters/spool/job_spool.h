// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// SlurmdSpoolDir: what slurmd must still know after its own restart. A folder for each job (job00005) with its record
// and its script, a folder in it for each step (adapters/step/step_folder.h). Of jobs nothing is synced: a crash of
// the machine ends all that runs, and jobs of an earlier boot are kept only if their script had ended.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "adapters/process/orphans.h"
#include "base/result.h"
#include "wire/stepd_messages.h"

namespace slurmxx {

struct SpooledStep {
  StepId id;
  std::string folder;
  std::optional<StepEnd> end;
  FileDescriptor socket;  // to its slurmstepd; absent: that is gone
  bool started = false;   // something of it may have run
};

struct SpooledJob {
  NodeJob job;
  std::vector<SpooledStep> steps;
};

class JobSpool {
 public:
  // Makes the folder (0755: owners execute their scripts in it) if its parent is there.
  static Result<JobSpool> open(const std::string& path);

  std::string job_folder(JobId job) const;
  std::string step_folder(const StepKey& step) const;
  std::string script_path(JobId job) const { return job_folder(job) + "/slurm_script"; }

  Status keep_obeyed(const ObeyedController& controller);  // synced
  std::string obeyed_path() const { return path_ + "/obeyed"; }
  ObeyedController obeyed(std::vector<std::string>& remarks) const;
  Status keep_job(const NodeJob& job);
  // The program of Prolog or Epilog that runs, for the next slurmd.
  Status keep_script(JobId job, const FoundProcess& process);
  std::optional<FoundProcess> script(JobId job) const;
  // The step's folder with its launch file; of a batch step the script too, owned by the job's owner.
  Status keep_launch(const StepKey& step, const StepdLaunch& launch, const std::string& script);
  void remove_step(const StepKey& step);
  void remove_job(JobId job);

  // What an earlier slurmd left. A folder that cannot be read is a remark, and removed.
  std::vector<SpooledJob> scan(std::vector<std::string>& remarks);

 private:
  explicit JobSpool(std::string path) : path_(std::move(path)) {}
  bool same_boot();
  Result<SpooledJob> read_job(const std::string& folder);

  std::string path_;
};

}  // namespace slurmxx
