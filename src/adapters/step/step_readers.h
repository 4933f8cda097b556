// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who reads a step's streams beside its srun: sattach. A reader proves a secret that slurmctld gave for it, gets what
// the tasks write from then on, and may type to them. It never delays the step: what it does not take in time is left
// out, and it is told how much; its end is not the end of the tasks' input. Driven by StepRunner's poll(2) loop.
#pragma once

#include <poll.h>

#include <deque>
#include <string>
#include <vector>

#include "adapters/step/step_stream.h"
#include "ports/random.h"
#include "wire/step_messages.h"

namespace slurmxx {

inline constexpr std::size_t step_readers_max = 16;
inline constexpr std::size_t step_reader_secrets_max = 64;  // the latest that were admitted

class StepReaders {
 public:
  void admit(const std::string& reader, const std::string& secret);

  // Takes the connection over; refused in one line when its secret is unknown, or there are too many.
  void attach(int fd, const AttachStep& attach, Random& random, Instant now);

  // Reads and writes what can be. `greeting`: what a reader gets first. What readers typed is in the result; more is
  // read only while `input_wanted`.
  std::vector<TaskInput> serve(const std::vector<StepOutput>& greeting, bool input_wanted, Instant now);
  void tell(const StepOutput& message, Instant now);  // to all

  void collect(std::vector<pollfd>& fds, bool input_wanted) const;
  bool hurried() const;  // typed bytes are here that no poll tells of
  bool pending() const;  // something is not written yet
  void hang_up();        // after the last message

 private:
  struct Reader {
    StepStream stream;
    bool proven = false;
    bool more = false;  // whole messages may be left in the stream's buffer
    std::uint64_t skipped = 0;
    bool gone = false;
  };
  struct Secret {
    std::string reader;
    std::string secret;
  };

  static void take(Reader& reader, std::vector<TaskInput>& typed, std::size_t& room, Instant now);
  static void send(Reader& reader, const StepOutput& message, Instant now);

  std::deque<Secret> secrets_;
  std::vector<Reader> readers_;
};

}  // namespace slurmxx
