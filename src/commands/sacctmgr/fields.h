// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The columns of sacctmgr show: one table of fields, each with its heading, its width and the text of a row. A row
// points at what it shows; what a list does not have is null.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "commands/sacctmgr/options.h"
#include "core/accounting/ancestry.h"
#include "core/accounting/book.h"
#include "core/text/time_zone.h"
#include "wire/accounting_messages.h"

namespace slurmxx {

struct ShowRow {
  const AccountBook* book = nullptr;
  struct ToldCluster {
    const ClusterRow* row = nullptr;
    const ClusterFacts* facts = nullptr;  // what it said of itself; null: nothing is known
    ToldCluster& operator=(const ClusterRow* other) { return row = other, *this; }
    const ClusterRow* operator->() const { return row; }
    explicit operator bool() const { return row; }
  } cluster = {};
  const AccountRow* account = nullptr;
  struct ToldUser {
    const UserRow* row = nullptr;
    std::string_view cluster = {};  // whose default account is told where the line is of none
    ToldUser& operator=(const UserRow* other) { return row = other, *this; }
    const UserRow* operator->() const { return row; }
    explicit operator bool() const { return row; }
  } user = {};
  const Association* association = nullptr;
  const Qos* qos = nullptr;
  const TresRow* tres = nullptr;
  const WcKeyRow* wckey = nullptr;
  struct SharedResource {
    const ResourceRow* row = nullptr;
    const ResourceShare* share = nullptr;  // of one cluster
    const ResourceRow* operator->() const { return row; }
    explicit operator bool() const { return row; }
  } resource = {};
  const FederationRow* federation = nullptr;
  const TransactionRow* transaction = nullptr;
  struct ToldEvent {
    const EventRow* row = nullptr;
    std::string user = {};
    const EventRow* operator->() const { return row; }
    explicit operator bool() const { return row; }
  } event = {};
  const ReservedRow* reservation = nullptr;
  bool is_deleted = false;
  const TimeZone* zone = nullptr;
  Instant now = {};
  std::string problem = {};
  struct Touched {
    std::string users;
    std::string accounts;
  } touched = {};  // by a transaction
  int depth = -1;  // in a tree; -1: flat
  struct Inherited {
    const Ancestry* ancestry = nullptr;  // of the book
    bool own_only = false;               // limits that are set here, without those from above
  } inherited = {};
};

struct ShowField {
  const char* names;  // by '|', the first lines of each are enough
  const char* heading;
  int width;  // negative: to the left
  std::string (*text)(const ShowRow&);
};

struct ShowColumn {
  const ShowField* field;
  int width;
};

// That of the user on the cluster of the line.
const std::string& default_account_of(const ShowRow& row);

// The accounts that a user coordinates, or the users that coordinate an account, through accounts above it, too.
std::vector<std::string> coordinated(const ShowRow& row);

// `names` are those of format=, "Name%20" or "Name%-20". The error is what sacctmgr prints.
Result<std::vector<ShowColumn>> show_columns(const std::vector<std::string>& names);
std::string show_table(const std::vector<ShowColumn>& columns, const std::vector<ShowRow>& rows,
                       const SacctmgrOptions& options);

}  // namespace slurmxx
