// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which rows of which tables are purged as what: one row a table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/accounting/retention.h"

namespace slurmxx {

// What goes in the wake of other rows, and into no archive.
enum class PurgeSpecial : std::uint8_t {
  none,
  texts,    // scripts and environments: a day after the last job that named them
  deleted,  // rows of accounts, users, associations, QOS: once neither jobs nor usage of their time are kept
};

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
  PurgeSpecial special = PurgeSpecial::none;
};

std::span<const PurgeTable> purge_tables();

}  // namespace slurmxx
