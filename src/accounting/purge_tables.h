// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which rows of which tables are purged as what: one row a table.
#pragma once

#include <span>
#include <string_view>

#include "core/accounting/retention.h"

namespace slurmxx {

struct PurgeTable {
  RecordKind kind;
  std::string_view object;       // in the name of an archive
  std::string_view name;         // in its head; of jobs' suspensions no table
  std::string_view columns;      // that are archived
  std::string_view keys;         // of them, what names a row where the table has no key of its own; empty: it has
  std::string_view from;         // of SELECT
  std::string_view cluster;      // what is compared with the cluster's number; "0": the rows are of no cluster
  std::string_view time;         // what is compared with the time
  std::string_view further;      // " AND ..."
  std::string_view remove;       // what removes the rows of a cluster up to a time
  bool counts_in_usage = false;  // it must be rolled up first
};

std::span<const PurgeTable> purge_tables();

}  // namespace slurmxx
