// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --mpi=pmi2: each task gets one end of a socket pair as PMI_FD; what it says goes to a PmiServer (core/pmi), which
// decides everything.
#pragma once

#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "adapters/step/step_mpi.h"
#include "core/pmi/pmi_server.h"

namespace slurmxx {

class PmiSockets : public StepMpi {
 public:
  explicit PmiSockets(const LaunchStep& order);

  Status prepare(std::uint32_t local, LaunchRequest& request) override;
  void started(std::uint32_t local) override { connections_[local].theirs = FileDescriptor(); }
  void ended(std::uint32_t local, std::uint32_t exit_code) override { server_.ended(local, exit_code); }
  void exchanged(const StepExchanged& all) override;
  void relayed(const StepRelayed& message) override;
  void collect(std::vector<pollfd>& fds) const override;
  Status serve() override;

 private:
  struct Connection {
    FileDescriptor ours;
    FileDescriptor theirs;
    std::string unsent;
  };

  void read(std::uint32_t local);
  void flush(Connection& connection);
  void act(const PmiEffect& effect);

  PmiJob job_;
  PmiServer server_;
  std::vector<Connection> connections_;  // by local id
  std::uint64_t fences_ = 0;
  std::string failure_;
};

}  // namespace slurmxx
