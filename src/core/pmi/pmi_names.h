// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PMI's name service: what the tasks of a step publish for one another. srun keeps it, which outlives every node of the
// step: a node whose tasks have all ended answers nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace slurmxx {

inline constexpr std::size_t pmi_value_bytes_max = 1024;  // of keys, values, names, ports; PMI's own limit
inline constexpr std::size_t pmi_names_max = 10'000;      // published names; node attributes

enum class PmiNameVerb : std::uint8_t { publish = 0, unpublish = 1, lookup = 2 };

struct PmiNameCall {
  PmiNameVerb verb = PmiNameVerb::publish;
  std::string name;
  std::string port;
  std::uint32_t local = 0;  // the task that asks, on its own node
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "verb", self.verb);
    v(2, "name", self.name);
    v(3, "port", self.port);
    v(4, "local", self.local);
  }
};

struct PmiNameAnswer {
  std::uint32_t local = 0;
  bool done = false;
  std::string port;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "local", self.local);
    v(2, "done", self.done);
    v(3, "port", self.port);
  }
};

class PmiNames {
 public:
  PmiNameAnswer serve(const PmiNameCall& call);

 private:
  std::map<std::string, std::string, std::less<>> ports_;
};

}  // namespace slurmxx
