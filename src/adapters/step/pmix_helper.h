// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --mpi=pmix: starts slurmxx-pmix as the step's user, waits until it serves, gives each task what it says, and carries
// its messages to and from srun. slurmxx-pmix runs with the user's rights, so what it says is as much to be doubted as
// what a task says. docs/decisions/0009-pmix-in-a-program-of-its-own.md.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/net/file_descriptor.h"
#include "adapters/step/step_mpi.h"
#include "wire/frame.h"
#include "wire/pmix_messages.h"

namespace slurmxx {

class PmixHelper : public StepMpi {
 public:
  static Result<std::unique_ptr<StepMpi>> start(const LaunchStep& order);
  ~PmixHelper() override;

  bool ready() const override { return ready_.has_value(); }
  Status prepare(std::uint32_t local, LaunchRequest& request) override;
  void started(std::uint32_t) override {}
  void ended(std::uint32_t local, std::uint32_t exit_code) override { send(PmixTaskEnded{local, exit_code}); }
  void exchanged(const StepExchanged& all) override { send(all); }
  void relayed(const StepRelayed& message) override { send(message); }
  void collect(std::vector<pollfd>& fds) const override;
  Status serve() override;
  void end() override;
  bool silent() const override { return !socket_; }
  bool over() const override { return ended_; }
  std::vector<pid_t> helpers() const override { return {process_.pid()}; }

 private:
  PmixHelper(LaunchedProcess process, FileDescriptor socket)
      : process_(std::move(process)), socket_(std::move(socket)) {}
  void send(const PmixInput& message);
  Status read();
  Status take(const PmixOutput& message);
  void flush();

  LaunchedProcess process_;
  FileDescriptor socket_;
  FrameReader reader_{step_exchange_bytes_max + (1u << 20)};
  std::string unsent_;
  std::optional<PmixReady> ready_;
  bool ending_ = false;  // it hears that there is nothing more, and says its last words
  bool ended_ = false;   // and reaped
};

}  // namespace slurmxx
