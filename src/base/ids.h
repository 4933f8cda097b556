// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Ids are types that never decay to integers: a JobId cannot be passed where a StepId is meant.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace slurmxx {

template <class Tag, class Rep>
struct StrongId {
  using rep = Rep;
  Rep value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep v) : value(v) {}
  constexpr auto operator<=>(const StrongId&) const = default;
};

template <class Tag, class Rep>
std::string to_string(StrongId<Tag, Rep> id) {
  return std::to_string(id.value);
}

using JobId = StrongId<struct JobIdTag, std::uint32_t>;
using Uid = StrongId<struct UidTag, std::uint32_t>;
using Gid = StrongId<struct GidTag, std::uint32_t>;
using NodeIndex = StrongId<struct NodeIndexTag, std::uint32_t>;      // place of a node in slurm.conf order
using LogPosition = StrongId<struct LogPositionTag, std::uint64_t>;  // 1 is the first record ever
using Epoch = StrongId<struct EpochTag, std::uint64_t>;              // rises each time a controller takes the log
using SessionId = StrongId<struct SessionIdTag, std::uint64_t>;      // of one connection, never reused in a process
using RequestId = StrongId<struct RequestIdTag, std::uint64_t>;      // made by the client; 0: not a mutating request

inline constexpr Uid root_uid{0};

// A step of a job: 0, 1, 2 ... for srun, or one of the named ones.
struct StepId {
  static constexpr std::int32_t batch_value = -5;
  static constexpr std::int32_t extern_value = -4;
  static constexpr std::int32_t interactive_value = -6;
  static constexpr std::int32_t broadcast_max = -1000;  // this and below: a file is on its way to the nodes
  std::int32_t value = 0;

  static constexpr StepId batch() { return StepId{batch_value}; }
  static constexpr StepId external() { return StepId{extern_value}; }
  static constexpr StepId interactive() { return StepId{interactive_value}; }
  constexpr bool is_broadcast() const { return value <= broadcast_max; }
  constexpr auto operator<=>(const StepId&) const = default;
};

std::string to_string(StepId id);  // "batch", "extern", "interactive", "bcast", or the number

}  // namespace slurmxx

template <class Tag, class Rep>
struct std::hash<slurmxx::StrongId<Tag, Rep>> {
  std::size_t operator()(slurmxx::StrongId<Tag, Rep> id) const { return std::hash<Rep>{}(id.value); }
};
