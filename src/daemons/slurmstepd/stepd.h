// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One step from launch to end: a poll(2) loop over the runner (adapters/step) and the connections of slurmd. It lives
// on when slurmd goes, and writes its end before it leaves (adapters/step/step_folder.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/log/daemon_log.h"
#include "adapters/step/batch_runner.h"
#include "adapters/step/step_folder.h"
#include "adapters/step/step_runner.h"
#include "adapters/system_random.h"
#include "adapters/time_zone.h"

namespace slurmxx {

class Stepd {
 public:
  Stepd(std::string folder, StepdLaunch launch, DaemonLog& log)
      : folder_(std::move(folder)), launch_(std::move(launch)), log_(log) {}

  // Until the step is over. Error: its end could not be written.
  Status run();

 private:
  Status get_ready();
  StepEnd start();  // the end if nothing could be started
  Result<std::unique_ptr<Runner>> make_runner();
  Result<std::unique_ptr<Runner>> make_batch();
  std::int64_t task_epilog_ms() const { return launch_.task_epilog_max.value * 1000; }
  void give_up_if_due();
  void sample_if_due();
  void note_usage(StepEnd& end);
  void wait();
  void serve();
  void accept_slurmd();
  void obey(ReceivedCommand received);
  void finish(const StepdFinish& order);

  std::string folder_;
  StepdLaunch launch_;
  DaemonLog& log_;
  SystemRandom random_;
  LocalTimeZone zone_;
  std::unique_ptr<Runner> runner_;
  StepRunner* step_ = nullptr;  // runner_, if srun may attach to it
  std::optional<std::int64_t> give_up_ms_;
  std::vector<Survivor> survivors_;
  std::int64_t sample_at_ms_ = 0;
  std::int64_t sample_gap_ms_ = 0;
  std::vector<FileDescriptor> slurmds_;  // usually one
};

}  // namespace slurmxx
