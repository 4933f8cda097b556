// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A program of the administrator that slurmd runs beside the jobs (HealthCheckProgram, UnkillableStepProgram): killed
// when its time is over; what it prints goes to the log, line by line.
#pragma once

#include <poll.h>

#include <functional>
#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "adapters/process/script_chain.h"

namespace slurmxx {

class SideProgram {
 public:
  SideProgram(ScriptOrder order, std::function<void(const std::string&)> log, MonoTime now);

  const std::string& name() const { return name_; }
  std::optional<pid_t> pid() const { return chain_->pid(); }
  void child_ended(int wait_status, MonoTime now) { chain_->child_ended(wait_status, now); }
  std::optional<MonoTime> wake_at() const { return chain_->wake_at(); }
  void collect(std::vector<pollfd>& fds) const;
  void serve(MonoTime now);
  bool over() const { return chain_->outcome().has_value(); }  // its output has been read by then

 private:
  void read_output();
  void log_lines(bool rest);

  std::string name_;
  std::function<void(const std::string&)> log_;
  FileDescriptor output_;
  std::string text_;
  std::size_t lines_ = 0;
  std::optional<ScriptChain> chain_;
  bool told_ = false;
};

}  // namespace slurmxx
