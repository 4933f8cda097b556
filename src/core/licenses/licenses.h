// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Licences: what Licenses= of slurm.conf offers, what -L asks for, and a table of counters from which a job takes at
// its start. Names are compared as they stand. Ruled by licenses, slurm.conf(5) and sbatch(1), --licenses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

struct LicenseCount {
  std::string name;  // with its server, where it has one: "ansys@flex"
  std::uint32_t count = 1;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "count", self.count);
  }
  bool operator==(const LicenseCount&) const = default;
};
using LicenseCounts = std::vector<LicenseCount>;  // every name once

// "matlab:10,ansys@flex:4,foo": 1 where no count is given; of a name that comes twice the first holds. By name.
// Error: a count that is none.
Result<LicenseCounts> parse_license_totals(std::string_view text);

// "matlab:2,ansys" asks for all of them, "matlab:2|ansys" for the first of them that is there.
struct LicenseRequest {
  LicenseCounts counts;  // in the order asked
  bool any_of = false;
};
// Error: invalid_licenses. A request for none of a licence asks for nothing.
Result<LicenseRequest> parse_license_request(std::string_view text);

std::string license_text(const LicenseCounts& counts);  // "matlab:2,ansys:1"

class LicenseTable {
 public:
  struct Row {
    std::string name;
    std::uint32_t total = 0;
    std::uint32_t used = 0;
    std::uint32_t away = 0;  // in use by others than jobs of this cluster

    std::uint32_t free() const { return total - std::min(total, used + away); }
    bool operator==(const Row&) const = default;
  };

  LicenseTable() = default;
  explicit LicenseTable(const LicenseCounts& totals);

  const std::vector<Row>& rows() const { return rows_; }  // by name

  // Whether the request could be met if nobody held any.
  bool could_serve(const LicenseRequest& request) const;
  bool knows(const LicenseRequest& request) const;  // each of them, however many

  // What a job that starts now would take; nothing: it has to wait.
  std::optional<LicenseCounts> offer(const LicenseRequest& request) const;

  // More may be used than there are: the configuration can shrink under a job that runs. Unknown names count nowhere.
  void take(const LicenseCounts& counts);
  void set_away(const LicenseCounts& counts);

 private:
  const Row* find(std::string_view name) const;
  bool has_free(const LicenseCount& count) const;

  std::vector<Row> rows_;
};

}  // namespace slurmxx
