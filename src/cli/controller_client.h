// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The seam between a command and slurmctld: commands ask through it and know nothing of sockets, retries or keys, so
// that their tests answer by hand. An answer that is an ErrorReply is returned as it is: what to print is the
// command's to say. The Error of call() means that no answer came.
#pragma once

#include "base/result.h"
#include "wire/client_messages.h"

namespace slurmxx {

// Takes a long list of jobs part by part, so that not all of it is kept.
class JobsTaker {
 public:
  virtual ~JobsTaker() = default;
  virtual void begin() = 0;  // what was taken before does not count: the list comes anew
  virtual void take(JobsReply part) = 0;
};

class ControllerClient {
 public:
  virtual ~ControllerClient() = default;
  virtual Result<ClientReply> call(ClientRequest request) = 0;
  // An answer that is a list of jobs goes to the taker, and an empty list is returned for it.
  virtual Result<ClientReply> call_for_jobs(ClientRequest request, JobsTaker& taker) {
    TRY_ASSIGN(ClientReply reply, call(std::move(request)));
    auto* jobs = std::get_if<JobsReply>(&reply);
    if (!jobs) return reply;
    taker.begin();
    taker.take(std::move(*jobs));
    return ClientReply(JobsReply());
  }
  // Before it asks again. False: the person has had enough. Who answers by hand lets nobody wait.
  virtual bool pause(int /*milliseconds*/) { return true; }
};

// MaxJobCount: others end, so a submission is tried again, after longer and longer pauses. `submit` gives a Result;
// `tell` prints a line, once.
template <class Submit, class Tell>
auto retry_while_queue_is_full(ControllerClient& controller, Submit submit, Tell tell) {
  constexpr int tries_max = 15;
  for (int tries = 1;; ++tries) {
    auto reply = submit();
    if (reply || reply.error().code != Errc::queue_full || tries > tries_max) return reply;
    if (tries == 1) tell("Slurm job queue full, sleeping and retrying");
    if (!controller.pause(tries * 1000)) return reply;
  }
}

}  // namespace slurmxx
