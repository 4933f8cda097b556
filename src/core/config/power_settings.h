// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace slurmxx {

// Nodes that are switched off and on; SuspendTime and the timeouts are in TimeoutSettings. Lists: as written.
struct PowerSettings {
  std::string suspend_program;
  std::string resume_program;
  std::string resume_fail_program;
  std::uint32_t suspend_rate = 60;  // nodes a minute; 0: no limit
  std::uint32_t resume_rate = 300;
  std::string suspend_exc_nodes;
  std::string suspend_exc_parts;
  std::string suspend_exc_states;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "suspend_program", self.suspend_program);
    v(2, "resume_program", self.resume_program);
    v(3, "resume_fail_program", self.resume_fail_program);
    v(4, "suspend_rate", self.suspend_rate);
    v(5, "resume_rate", self.resume_rate);
    v(6, "suspend_exc_nodes", self.suspend_exc_nodes);
    v(7, "suspend_exc_parts", self.suspend_exc_parts);
    v(8, "suspend_exc_states", self.suspend_exc_states);
  }
  bool operator==(const PowerSettings&) const = default;
};

}  // namespace slurmxx
