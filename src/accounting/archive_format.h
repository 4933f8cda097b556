// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A file of rows that were purged from one table of the accounting database: a magic word with the version, a frame
// with the head, a frame for each row, and nothing behind them. Every frame carries its hash and the head says how many
// rows there are, so that a file that was cut short or changed is refused whole. Columns go by name: a file that an
// older slurmdbd wrote can be loaded. docs/formats/accounting.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "ports/database.h"

namespace slurmxx {

struct ArchiveHead {
  std::string cluster;  // empty: rows of no cluster
  std::string table;
  std::vector<std::string> columns;
  Instant from, to;  // the earliest and the latest row
  Instant made;
  std::uint64_t rows = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
    v(2, "table", self.table);
    v(3, "columns", self.columns);
    v(4, "from", self.from);
    v(5, "to", self.to);
    v(6, "made", self.made);
    v(7, "rows", self.rows);
  }
};

struct Archive {
  ArchiveHead head;
  std::vector<SqlValues> rows;  // in the order of the head's columns
};

std::string archive_bytes(const Archive& archive);
Result<Archive> read_archive(std::string_view bytes);

}  // namespace slurmxx
