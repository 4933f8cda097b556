// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Limits of associations and QOS. One table (limits.cpp) says of each: who may have it, what it counts, how sacctmgr
// spells it (old spellings too), the column it is shown in, and the Reason of a job that it keeps waiting.
// Rules: sacctmgr(1), resource_limits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/tres/tres.h"

namespace slurmxx {

// The numbers are in the log and the database: append only.
enum class LimitKind : std::uint8_t {
  grp_jobs = 0,
  grp_jobs_accrue = 1,
  grp_submit = 2,
  grp_tres = 3,
  grp_tres_mins = 4,
  grp_tres_run_mins = 5,
  grp_wall = 6,
  max_jobs = 7,  // associations: of one user, in it
  max_jobs_accrue = 8,
  max_submit = 9,
  max_tres_per_job = 10,
  max_tres_per_node = 11,
  max_tres_mins_per_job = 12,
  max_wall_per_job = 13,
  max_jobs_per_user = 14,
  max_jobs_per_account = 15,
  max_jobs_accrue_per_user = 16,
  max_jobs_accrue_per_account = 17,
  max_submit_per_user = 18,
  max_submit_per_account = 19,
  max_tres_per_user = 20,
  max_tres_per_account = 21,
  max_tres_run_mins_per_user = 22,
  max_tres_run_mins_per_account = 23,
  min_tres_per_job = 24,
  min_prio_threshold = 25,
};

enum class LimitUnit : std::uint8_t { count, minutes, tres };
enum class LimitHolder : std::uint8_t { association = 1, qos = 2, both = 3 };

// Reasons by what runs out; `other` names the resource at {}.
struct TresReasons {
  const char* cpu = "";
  const char* memory = "";
  const char* node = "";
  const char* other = "";
};

struct LimitRow {
  LimitKind kind;
  LimitUnit unit;
  LimitHolder holder;
  const char* heading;    // of the column, and the name in what `sacctmgr add` tells
  int width;              // of the column
  const char* spellings;  // by '|'; a beginning of one will do
  TresReasons association;
  TresReasons qos;  // `cpu` alone where nothing but jobs or time is counted
};

std::span<const LimitRow> limit_rows();
const LimitRow& limit_row(LimitKind kind);
inline bool may_hold(const LimitRow& row, LimitHolder who) {
  return (static_cast<unsigned>(row.holder) & static_cast<unsigned>(who)) != 0;
}

// A word of the command line: "MaxTRESPerJob", or "MaxCPUs", which is cpu of the same.
struct LimitKey {
  const LimitRow* row = nullptr;
  std::string_view tres;  // empty: the value names its own
};
std::optional<LimitKey> find_limit(std::string_view word, LimitHolder holder);

// "AssocGrpCpuLimit", "QOSMaxGRESPerUser". `tres` is empty for what counts jobs or time.
std::string limit_reason(LimitKind kind, LimitHolder holder, std::string_view tres = {});

struct NumberLimit {
  LimitKind kind = LimitKind::grp_jobs;
  std::uint64_t value = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "kind", self.kind);
    v(2, "value", self.value);
  }
  bool operator==(const NumberLimit&) const = default;
};

struct TresLimit {
  LimitKind kind = LimitKind::grp_tres;
  TresCounts counts;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "kind", self.kind);
    v(2, "counts", self.counts);
  }
  bool operator==(const TresLimit&) const = default;
};

// The limits that are set, and no others.
class LimitSet {
 public:
  std::optional<std::uint64_t> number(LimitKind kind) const;
  const TresCounts& tres(LimitKind kind) const;  // empty: none
  std::optional<std::uint64_t> tres(LimitKind kind, std::string_view name) const { return tres(kind).find(name); }
  bool has(LimitKind kind) const;
  bool empty() const { return numbers_.empty() && tres_.empty(); }

  void set(LimitKind kind, std::optional<std::uint64_t> value);
  void set(LimitKind kind, TresCounts counts);

  // A value as sacctmgr takes it: "5", "1:00:00", "cpu=4,mem=2G"; -1 takes the limit away, alone or of one resource.
  Status assign(const LimitKey& key, std::string_view value);

  std::string text(LimitKind kind) const;  // as sacctmgr shows it; empty: none

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "numbers", self.numbers_);
    v(2, "tres", self.tres_);
  }
  bool operator==(const LimitSet&) const = default;

 private:
  std::vector<NumberLimit> numbers_;  // by kind
  std::vector<TresLimit> tres_;       // by kind, never empty counts
};

}  // namespace slurmxx
