// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The extern step of a job on one node (PrologFlags=Contain): slurmstepd starts nothing and stays until the job ends.
// Whatever others put below it meanwhile is the job's, and ends with it.
#pragma once

#include "adapters/step/runner.h"

namespace slurmxx {

class ExternRunner final : public Runner {
 public:
  void signal(int signal, bool shell_only) override;
  void tell(const std::string&, StepTime) override {}
  void end(const EndWords& words, std::int64_t kill_wait_ms, StepTime now) override;
  void collect(std::vector<pollfd>&) const override {}
  std::optional<std::int64_t> wake_at_ms() const override;
  void serve(StepTime now) override;
  std::optional<ExitCode> result() const override { return result_; }
  bool killed() const override { return killed_; }
  void abandon(StepTime) override { result_ = ExitCode{}; }
  std::vector<TaskProcess> tasks() const override { return {{0, 0}}; }

 private:
  bool ending_ = false;
  bool killed_ = false;
  std::optional<std::int64_t> kill_at_ms_;
  std::optional<std::int64_t> look_at_ms_;
  std::optional<ExitCode> result_;
};

}  // namespace slurmxx
