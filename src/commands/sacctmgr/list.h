// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One `sacctmgr show ENTITY` being answered: what was asked, what slurmdbd said, and the rows that come of it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "commands/sacctmgr/fields.h"
#include "commands/sacctmgr/run.h"

namespace slurmxx {

struct List {
  const SacctmgrCall& call;
  const ListOrder& order;
  const DbdBook& answer;
  std::vector<EventRow> events = {};
  std::vector<ReservedRow> reservations = {};
  // What is looked up for every row, worked out once.
  struct Lookups {
    Ancestry ancestry;
    std::map<std::string, std::vector<AccountBook::Placed>> trees;  // by cluster
    std::multimap<std::string, const Association*> of_user, of_account;
    explicit Lookups(const DbdBook& answer);
  };
  const Lookups& lookups;
  bool of_deleted = false;  // withdeleted: the rows that were there once, behind the others
  const AccountBook& book() const { return of_deleted ? answer.deleted : answer.book; }
  bool with_associations() const { return order.has("withassoc") || call.options.associations; }
  // Whether `name` is among those asked for by the key; nothing asked for: it is.
  bool wants(std::string_view key, const std::string& name) const;
  // Whose default accounts are told where a line is of no cluster: that of slurm.conf.
  std::string_view own_cluster() const;
  ShowRow row() const;
};

using Rows = std::vector<ShowRow>;

// Which rows the conditions choose (chosen.cpp).
bool is_chosen(const List& list, const Association& row);
bool is_chosen(const List& list, const AccountRow& row);
bool is_chosen(const List& list, const UserRow& row);
bool is_chosen(const List& list, const ClusterRow& row);
bool is_chosen(const List& list, const Qos& row);
bool is_chosen(const List& list, const TresRow& row);
bool is_chosen(const List& list, const WcKeyRow& row);
bool is_chosen(const List& list, const ResourceRow& row);
// A condition that names what there is not. The error is what sacctmgr prints.
Status check_conditions(const AccountBook& book, const ListOrder& order);
// Conditions about associations of a list of accounts or users that does not show them.
bool needs_associations(const ListOrder& order);

Rows event_rows(const List& list);
Rows transaction_rows(const List& list);
Rows reservation_rows(const List& list);
Rows resource_rows(const List& list);
// What is not in the book, asked of slurmdbd: from the beginning of yesterday on, unless Start= says otherwise.
Result<std::vector<EventRow>> ask_for_events(const SacctmgrCall& call, const ListOrder& order);
Result<std::vector<ReservedRow>> ask_for_reservations(const SacctmgrCall& call, const ListOrder& order);

void write_records(const List& list, const Rows& rows);  // --json, --yaml
void write_statistics(const SacctmgrCall& call, const DbdStatistics& all);
// Settings of slurm.conf, and of slurmdbd, by their keys.
using DbdSettingList = std::vector<DbdSetting>;
void write_configuration(const SacctmgrCall& call, const DbdSettingList& own, const DbdSettingList& of_slurmdbd);
// Jobs without an end that slurmctld does not know.
struct RunawayRow {
  std::uint64_t id = 0;
  std::string name, partition, cluster, state;
  std::optional<Instant> started, ended;
};
void write_runaway_jobs(const SacctmgrCall& call, const std::vector<RunawayRow>& jobs);

}  // namespace slurmxx
