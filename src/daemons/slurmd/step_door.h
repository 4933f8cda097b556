// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmd's TCP port: sruns knock here, each naming its step in one clear frame (AttachStep), and are passed on to the
// step's slurmstepd as soon as it runs. Nobody is trusted here: srun proves the step's secret to slurmstepd. A visitor
// that says something else, or waits too long, is refused in one line and closed; when there are too many, the oldest
// of those that have said nothing go first.
#pragma once

#include <poll.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/acceptor.h"
#include "wire/frame.h"
#include "wire/step_messages.h"

namespace slurmxx {

enum class DoorAnswer { pass, wait, refuse };

class StepDoor {
 public:
  struct Judge {
    std::function<DoorAnswer(const AttachStep&)> answer;  // what becomes of a visitor to this step now
    std::function<std::string(const StepKey&)> fault;     // why it was refused, if the node is to blame; else empty
  };
  // Takes the connection over.
  using Pass = std::function<void(FileDescriptor, const AttachStep&)>;

  static Result<StepDoor> open(std::uint16_t port);

  void collect(std::vector<pollfd>& fds) const;
  void serve(MonoTime now, const Judge& judge, const Pass& pass);
  std::optional<MonoTime> wake_at() const;

 private:
  struct Visitor {
    FileDescriptor fd;
    FrameReader reader{4096};
    std::optional<AttachStep> attach;
    MonoTime until;
  };

  explicit StepDoor(FileDescriptor listener);
  void accept_all(MonoTime now);
  bool drop_oldest();
  bool read(Visitor& visitor);  // false: it is to be closed
  static void refuse(Visitor& visitor, const std::string& reason);

  FileDescriptor listener_;
  Acceptor acceptor_;
  std::size_t visitors_max_;
  std::vector<Visitor> visitors_;
};

}  // namespace slurmxx
