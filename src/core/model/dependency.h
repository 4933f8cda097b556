// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a job waits for before it may start: sbatch(1), --dependency. What is met leaves the list; what can no longer be
// met stays and says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

enum class DependencyKind : std::uint8_t {
  after = 0,       // started or cancelled
  afterany = 1,    // ended
  afterburst = 2,  // ended, and its burst buffer staged out
  aftercorr = 3,   // the task of the same number has ended well
  afternotok = 4,  // ended badly
  afterok = 5,     // ended well
  singleton = 6,   // no earlier job of this name and user is left
};

struct Dependency {
  DependencyKind kind = DependencyKind::afterany;
  JobId job;                          // of an array: all its tasks; of singleton: none
  std::optional<std::uint32_t> task;  // only this one
  Minutes delay;                      // after that
  bool failed = false;                // it can no longer be met
  std::optional<JobId> leader = {};   // written "12+1": `job` is a component of this one
  std::optional<Instant> due = {};    // of a delay, once all have begun: their records may go before

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "kind", self.kind);
    v(2, "job", self.job);
    v(3, "task", self.task);
    v(4, "delay", self.delay);
    v(5, "failed", self.failed);
    v(10, "leader", self.leader);
    v(60, "due", self.due);
  }
  bool operator==(const Dependency&) const = default;
};

enum class DependencyState : std::uint8_t { met, waiting, never };

struct Dependencies {
  std::vector<Dependency> list;
  bool any = false;  // one is enough ('?' between them)

  DependencyState state() const;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "list", self.list);
    v(2, "any", self.any);
  }
  bool operator==(const Dependencies&) const = default;
};

// "afterok:3:4_1:5_[1-3],after:5+10,singleton". Errc::dependency.
Result<Dependencies> parse_dependencies(std::string_view text);

// "afterok:3(unfulfilled),afterok:4_1(failed)"; empty: nothing is waited for.
std::string dependencies_text(const Dependencies& dependencies);

}  // namespace slurmxx
