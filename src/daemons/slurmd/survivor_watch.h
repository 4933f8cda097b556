// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Processes that were left behind alive, because nothing could kill them: until they have gone, which is told in the
// log, so that the node can be resumed.
#pragma once

#include <poll.h>

#include <functional>
#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "wire/stepd_messages.h"

namespace slurmxx {

class SurvivorWatch {
 public:
  SurvivorWatch(std::string node, std::function<void(const std::string&)> log)
      : node_(std::move(node)), log_(std::move(log)) {}

  void add(const std::string& step, const std::vector<Survivor>& survivors);
  std::vector<pid_t> pids() const;
  void collect(std::vector<pollfd>& fds) const;
  void serve();

 private:
  struct Watched {
    std::string step;
    Survivor survivor;
    FileDescriptor pidfd;
  };

  std::string node_;
  std::function<void(const std::string&)> log_;
  std::vector<Watched> watched_;
};

}  // namespace slurmxx
