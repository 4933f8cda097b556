// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What strigger sets: a program to be run when something happens to a job, a node, a reservation or a daemon.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "base/units.h"

namespace slurmxx {

enum class TriggerSubject : std::uint8_t {
  job = 1,
  node = 2,
  controller = 3,
  database = 4,
  reservation = 5,
  other = 6
};

struct Trigger {
  std::uint32_t id = 0;
  TriggerSubject subject = TriggerSubject::node;
  std::string subject_name;  // job id, host list ("*": all nodes), reservation
  std::uint32_t event = 0;   // a bit of core/trigger/trigger_event.h
  Seconds offset;            // negative: before; of the event
  Uid user;
  std::string user_name;
  bool permanent = false;
  std::string program;  // with its arguments

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "subject", self.subject);
    v(3, "subject_name", self.subject_name);
    v(4, "event", self.event);
    v(5, "offset", self.offset);
    v(6, "user", self.user);
    v(7, "user_name", self.user_name);
    v(8, "permanent", self.permanent);
    v(9, "program", self.program);
  }
  bool operator==(const Trigger&) const = default;
};

}  // namespace slurmxx
