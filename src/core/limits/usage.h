// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How much of the limits the jobs of a cluster use, counted as they come, start and end: by association, by QOS, by
// user and by account in a QOS. At all times the sum over the jobs that count (usage_test.cpp).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "core/tres/tres.h"

namespace slurmxx {

enum class HolderKind : std::uint8_t { association, qos, user_in_qos, account_in_qos };

struct Holder {
  HolderKind kind = HolderKind::association;
  std::uint32_t id = 0;  // of the association or the QOS
  std::string name;      // of the user or account
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "kind", self.kind);
    v(2, "id", self.id);
    v(3, "name", self.name);
  }
  auto operator<=>(const Holder&) const = default;
};

// Of running jobs whose use is charged by another factor than 1, and must be able to be (QOS UsageFactorSafe).
struct FactoredTally {
  std::uint64_t factor = 0;  // millionths
  TresCounts until;
  TresCounts limited;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "factor", self.factor);
    v(2, "until", self.until);
    v(3, "limited", self.limited);
  }
  bool operator==(const FactoredTally&) const = default;
};

struct Tally {
  std::uint64_t running = 0;    // jobs
  std::uint64_t submitted = 0;  // running or pending
  TresCounts tres;              // of those that run
  TresCounts until;             // each count times the second in which its job's limit strikes
  TresCounts limited;           // the counts that `until` is of
  std::uint64_t accruing = 0;   // jobs that wait and grow older: GrpJobsAccrue and its like
  std::vector<FactoredTally> factored;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "running", self.running);
    v(2, "submitted", self.submitted);
    v(3, "tres", self.tres);
    v(4, "until", self.until);
    v(5, "limited", self.limited);
    v(45, "accruing", self.accruing);
    v(46, "factored", self.factored);
  }
  bool operator==(const Tally&) const = default;

  // What the running jobs may still use, in minutes; of "wall" the time that they have left.
  std::uint64_t run_minutes(std::string_view tres_name, Instant now) const;
  std::uint64_t charged_minutes(std::string_view tres_name, Instant now) const;  // as much as they will be charged
  void add_running(const Tally& more);
};

// A job, as far as limits see it.
struct CountedJob {
  std::vector<Holder> holders;
  std::uint64_t tasks = 1;  // of an array that waits
  bool runs = false;
  TresCounts tres;  // when it runs
  std::optional<Instant> limit_at;
  bool accrues = false;              // waits, and its age counts
  std::uint64_t factor = 1'000'000;  // of FactoredTally
  bool operator==(const CountedJob&) const = default;
};

class LimitUsage {
 public:
  void note(JobId job, CountedJob counted);  // in place of what was noted of it before
  void forget(JobId job);
  void clear();

  const Tally& of(const Holder& holder) const;
  Tally without(JobId job, const Holder& holder) const;  // what the other jobs use
  const std::map<Holder, Tally>& all() const { return tallies_; }
  const std::map<JobId, CountedJob>& jobs() const { return jobs_; }

 private:
  void add(const CountedJob& job);
  void subtract(const CountedJob& job);

  std::map<JobId, CountedJob> jobs_;
  std::map<Holder, Tally> tallies_;  // none is empty
};

void add_to(Tally& tally, const CountedJob& job);
void subtract_from(Tally& tally, const CountedJob& job);  // that was added to it

}  // namespace slurmxx
