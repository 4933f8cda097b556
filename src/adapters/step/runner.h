// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurmstepd runs, whichever kind it is: a batch script, the tasks of srun, or nothing but the job's container.
// Driven by a poll(2) loop: nothing here blocks, and the time is an argument.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/step/usage_sampler.h"
#include "base/units.h"
#include "core/model/job.h"
#include "core/text/time_zone.h"

namespace slurmxx {

struct StepTime {
  Instant wall;
  std::int64_t monotonic_ms = 0;
  std::uint32_t wall_millis = 0;  // of the second
};

// How lines about a step begin in its standard error: "[2026-11-23T10:00:00.123] error: ".
std::string error_head(StepTime now, const TimeZone& zone);

// The last line in a step's errors: "[...] error: *** JOB 7 ON n1 CANCELLED AT ... ***".
struct EndWords {
  std::string head;  // as error_head()
  std::string why;   // empty: no line
};

inline constexpr std::int64_t look_again_ms = 200;  // for what SIGKILL has not ended yet

class Runner {
 public:
  virtual ~Runner() = default;

  virtual void signal(int signal, bool shell_only) = 0;
  virtual void tell(const std::string& line, StepTime now) = 0;  // in its errors
  // SIGCONT and SIGTERM, after kill_wait_ms SIGKILL.
  virtual void end(const EndWords& words, std::int64_t kill_wait_ms, StepTime now) = 0;

  virtual void collect(std::vector<pollfd>& fds) const = 0;
  virtual std::optional<std::int64_t> wake_at_ms() const = 0;  // monotonic; nullopt: only for descriptors
  virtual bool hurried() const { return false; }               // more can be done at once
  virtual void serve(StepTime now) = 0;                        // after every poll
  virtual std::optional<ExitCode> result() const = 0;          // when nothing is left

  virtual bool killed() const = 0;                           // SIGKILL was sent: what is left must end soon
  virtual std::vector<pid_t> helpers() const { return {}; }  // processes of ours that are not the step's
  virtual void abandon(StepTime now) = 0;                    // ends without what cannot be killed

  // Every task that was started, whether it runs or not.
  virtual std::vector<TaskProcess> tasks() const = 0;
  void sample() { usage_.sample(tasks(), helpers()); }
  const UsageSampler& usage() const { return usage_; }

 protected:
  UsageSampler usage_;
};

}  // namespace slurmxx
