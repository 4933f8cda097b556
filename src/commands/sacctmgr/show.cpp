// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr show ENTITY: which rows, in which columns.
#include <fmt/format.h>

#include <algorithm>

#include "commands/sacctmgr/list.h"
#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// They stand in no tree any more.
Rows deleted_associations(const List& list) {
  Rows rows;
  for (const Association& one : list.book().associations) {
    if (!is_chosen(list, one)) continue;
    ShowRow row = list.row();
    row.association = &one;
    rows.push_back(row);
  }
  return rows;
}

Rows association_rows(const List& list) {
  if (list.of_deleted) return deleted_associations(list);
  Rows rows;
  for (const ClusterRow& cluster : list.book().clusters)
    for (const auto& placed : list.lookups.trees.at(cluster.name)) {
      if (!is_chosen(list, *placed.association)) continue;
      ShowRow row = list.row();
      row.association = placed.association;
      if (list.order.has("tree")) row.depth = placed.depth;
      rows.push_back(row);
    }
  return rows;
}

// The records of one name with the associations they have, or alone.
using ByName = std::multimap<std::string, const Association*>;
Rows with_associations(const List& list, ShowRow row, const ByName& all, const std::string& name) {
  Rows rows;
  const auto [first, last] = all.equal_range(name);
  for (auto one = first; one != last && list.with_associations() && !list.of_deleted; ++one) {
    if (!is_chosen(list, *one->second)) continue;
    row.association = one->second;
    rows.push_back(row);
  }
  if (rows.empty()) rows.push_back(row);
  return rows;
}

Rows account_rows(const List& list) {
  Rows rows;
  for (const AccountRow& account : list.book().accounts) {
    if (!is_chosen(list, account)) continue;
    ShowRow row = list.row();
    row.account = &account;
    for (ShowRow& one : with_associations(list, row, list.lookups.of_account, account.name))
      rows.push_back(std::move(one));
  }
  return rows;
}

Rows user_rows(const List& list) {
  Rows rows;
  for (const UserRow& user : list.book().users) {
    if (!is_chosen(list, user)) continue;
    ShowRow row = list.row();
    row.user = &user;
    for (ShowRow& one : with_associations(list, row, list.lookups.of_user, user.name)) rows.push_back(std::move(one));
  }
  return rows;
}

Rows cluster_rows(const List& list) {
  Rows rows;
  for (const ClusterRow& cluster : list.book().clusters) {
    if (!is_chosen(list, cluster)) continue;
    ShowRow row = list.row();
    row.cluster = &cluster;
    const auto facts = std::ranges::find(list.answer.clusters, cluster.name, &ClusterFacts::name);
    if (facts != list.answer.clusters.end()) row.cluster.facts = &*facts;
    row.association = list.book().find(cluster.name, "root");
    rows.push_back(row);
  }
  return rows;
}

template <auto table, auto pointer>
Rows plain_rows(const List& list) {
  Rows rows;
  for (const auto& one : list.book().*table) {
    if (!is_chosen(list, one)) continue;
    ShowRow row = list.row();
    row.*pointer = &one;
    rows.push_back(row);
  }
  return rows;
}

// They are of the whole book: those of one cluster are those of all.
bool is_problem_of(const List& list, const std::string& account, const std::string& user) {
  return list.wants("accounts", account) && list.wants("users", user);
}

Rows problem_rows(const List& list) {
  Rows rows;
  for (const UserRow& user : list.book().users) {
    const auto& user_id = list.call.output().user_id;
    if (!user_id || user_id(user.name) || !is_problem_of(list, "", user.name)) continue;
    ShowRow row = list.row();
    row.user = &user;
    row.problem = "User does not have a uid";
    rows.push_back(row);
  }
  for (const AccountRow& account : list.book().accounts) {
    const bool used = std::any_of(list.book().associations.begin(), list.book().associations.end(),
                                  [&](const Association& row) { return row.account == account.name && row.is_user(); });
    if (used || account.name == "root" || !is_problem_of(list, account.name, "")) continue;
    const bool above = std::any_of(list.book().associations.begin(), list.book().associations.end(),
                                   [&](const Association& row) { return row.parent == account.name; });
    if (above) continue;
    ShowRow row = list.row();
    row.account = &account;
    row.problem = "Account has no users";
    rows.push_back(row);
  }
  return rows;
}

// A line for each cluster of a federation; one for those without. As a tree, the federation has a line of its own.
Rows federation_rows(const List& list) {
  Rows rows;
  for (const FederationRow& federation : list.book().federations) {
    if (!list.wants("names", federation.name)) continue;
    ShowRow row = list.row();
    row.federation = &federation;
    std::vector<const ClusterRow*> members;
    for (const ClusterRow& cluster : list.book().clusters)
      if (cluster.federation == federation.name) members.push_back(&cluster);
    std::ranges::sort(members, {}, &ClusterRow::federation_index);
    if (list.order.has("tree") || members.empty()) rows.push_back(row);
    if (list.order.has("tree")) row.depth = 1;
    for (const ClusterRow* cluster : members) row.cluster = cluster, rows.push_back(row);
  }
  return rows;
}

// With wolimits.
struct ShortList {
  Entity entity;
  const char* format;
  const char* with_associations;
};
constexpr ShortList without_limits[] = {
    {Entity::association, "Cluster,Account,User,Partition", ""},
    {Entity::cluster, "Cluster,ControlHost,ControlPort,RPC", ""},
    {Entity::account, "Account,Description,Organization", "Cluster,ParentName,User"},
    {Entity::user, "User,DefaultAccount,AdminLevel", "Cluster,Account,Partition"},
};

constexpr const char* limits_of_old =
    "Cluster,Account,Partition,Share,Priority,MaxJobs,MaxNodes,MaxCPUs,MaxSubmit,MaxWall,MaxCPUMins,QOS,DefaultQOS";

struct EntityList {
  Entity entity;
  Rows (*rows)(const List&);
  const char* format;
  const char* with_associations;  // appended to it
};
constexpr EntityList lists[] = {
    {Entity::account, account_rows, "Account,Description,Organization",
     "Cluster,ParentName,User,Share,Priority,GrpJobs,GrpNodes,GrpCPUs,GrpMemory,GrpSubmit,GrpWall,GrpCPUMins,MaxJobs,"
     "MaxNodes,MaxCPUs,MaxSubmit,MaxWall,MaxCPUMins,QOS,DefaultQOS"},
    {Entity::user, user_rows, "User,DefaultAccount,AdminLevel", limits_of_old},
    {Entity::association, association_rows,
     "Cluster,Account,User,Partition,Share,Priority,GrpJobs,GrpTRES,GrpSubmit,GrpWall,GrpTRESMins,MaxJobs,MaxTRES,"
     "MaxTRESPerNode,MaxSubmit,MaxWall,MaxTRESMins,QOS,DefaultQOS,GrpTRESRunMins",
     ""},
    {Entity::cluster, cluster_rows,
     "Cluster,ControlHost,ControlPort,RPC,Share,GrpJobs,GrpTRES,GrpSubmit,MaxJobs,MaxTRES,MaxSubmit,MaxWall,QOS,"
     "DefaultQOS",
     ""},
    {Entity::qos, plain_rows<&AccountBook::qos, &ShowRow::qos>,
     "Name,Priority,GraceTime,Preempt,PreemptExemptTime,PreemptMode,Flags%40,UsageThreshold,UsageFactor,GrpTRES,"
     "GrpTRESMins,GrpTRESRunMins,GrpJobs,GrpSubmit,GrpWall,MaxTRES,MaxTRESPerNode,MaxTRESMins,MaxWall,MaxTRESPU,"
     "MaxJobsPU,MaxSubmitPU,MaxTRESPA,MaxTRESRunMinsPA,MaxTRESRunMinsPU,MaxJobsPA,MaxSubmitPA,MinTRES",
     ""},
    {Entity::tres, plain_rows<&AccountBook::tres, &ShowRow::tres>, "Type,Name%15,ID", ""},
    {Entity::wckey, plain_rows<&AccountBook::wckeys, &ShowRow::wckey>, "WCKey,Cluster,User", ""},
    {Entity::resource, resource_rows, "Name,Server,Type,Count,LastConsumed,Allocated,ServerType,Flags", ""},
    {Entity::federation, federation_rows, "Federation,Cluster,Index,Features,FedState", ""},
    {Entity::reservation, reservation_rows, "Cluster,Name%15,TRES%30,TimeStart,TimeEnd,UnusedWall", ""},
    {Entity::problem, problem_rows, "Cluster,Account,User,Problem", ""},
    {Entity::transaction, transaction_rows, "TimeStamp,Action,Actor,Where,Info", "User,Account,Cluster"},
    {Entity::event, event_rows, "Cluster,NodeNames,TimeStart,TimeEnd,States,Reason,User", ""},
};

std::vector<std::string> columns_wanted(const List& list, const EntityList& entity) {
  if (!list.order.formats.empty()) return list.order.formats;
  std::string format = entity.format;
  const char* of_associations = entity.with_associations;
  for (const ShortList& one : without_limits)
    if (one.entity == entity.entity && list.order.has("wolimits"))
      format = one.format, of_associations = one.with_associations;
  if (list.order.has("withclusters") && entity.entity == Entity::resource) format += ",Cluster,Allowed";
  if (list.order.has("withfederation") && entity.entity == Entity::cluster)
    format += ",Federation,Index%6,Features,FedState";
  if (list.order.has("withcoordinators")) format += ",Coordinators";
  if (list.with_associations() && *of_associations) format += std::string(",") + of_associations;
  std::vector<std::string> names;
  for (const std::string_view name : split(format, ',')) names.emplace_back(name);
  return names;
}

// A tree begins at the left.
void make_room_for_tree(std::vector<ShowColumn>& columns) {
  for (ShowColumn& column : columns)
    if (std::string_view(column.field->heading) == "Account" && column.width == column.field->width) column.width = -20;
}

int no_entity(const SacctmgrCall& call) {
  call.output().error_line(
      "No valid entity in list command\n"
      "Input line must include \"Account\", \"Association\", \"Cluster\", \"Configuration\",\n"
      "\"Event\", \"Federation\", \"Problem\", \"QOS\", \"Resource\", \"Reservation\",\n"
      "\"RunAwayJobs\", \"Stats\", \"Transaction\", \"TRES\", \"User\", or \"WCKey\"");
  return 1;
}

bool agrees_without_associations(const SacctmgrCall& call) {
  if (call.options.immediate) return true;
  call.output().print(
      "You requested options that are only valid when querying with the withassoc option.\n"
      "Are you sure you want to continue? (You have 30 seconds to decide)\n(N/y): ");
  return call.world.agrees();
}

// The rows as --json or as a table; the exit code.
int print_rows(const List& list, const EntityList& entity, const Rows& rows) {
  const SacctmgrOptions& options = list.call.options;
  if (options.json || options.yaml) return write_records(list, rows), 0;
  auto columns = show_columns(columns_wanted(list, entity));
  if (!columns) return list.call.output().error_line(text_of(columns.error())), 1;
  if (list.order.has("tree")) make_room_for_tree(*columns);
  list.call.output().print(show_table(*columns, rows, options));
  return 0;
}

// What the book does not hold.
Status ask_beside(List& list) {
  if (list.order.entity == Entity::event) {
    TRY_ASSIGN(list.events, ask_for_events(list.call, list.order));
  }
  if (list.order.entity == Entity::reservation) {
    TRY_ASSIGN(list.reservations, ask_for_reservations(list.call, list.order));
  }
  return {};
}

}  // namespace

List::Lookups::Lookups(const DbdBook& answer) : ancestry(answer.book) {
  for (const ClusterRow& cluster : answer.book.clusters)
    for (const AccountBook::Placed& placed : trees[cluster.name] = answer.book.tree(cluster.name)) {
      of_account.emplace(placed.association->account, placed.association);
      if (placed.association->is_user()) of_user.emplace(placed.association->user, placed.association);
    }
}

bool List::wants(std::string_view key, const std::string& name) const {
  const std::vector<std::string> names = values_of(order.where, key);
  if (names.empty()) return true;
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& one) { return equal_ignoring_case(one, name); });
}

std::string_view List::own_cluster() const {
  if (const ClusterConfig* config = call.world.config) return config->identity.cluster_name;
  return book().clusters.empty() ? std::string_view() : book().clusters.front().name;
}

ShowRow List::row() const {
  ShowRow row;
  row.book = &answer.book;
  row.inherited.ancestry = &lookups.ancestry;
  row.zone = call.output().zone;
  row.now = call.output().now;
  row.is_deleted = of_deleted;
  row.user.cluster = own_cluster();
  row.inherited.own_only = order.has("woplimits") || order.has("wolimits");
  return row;
}

// With withclusters a line for each cluster that may use it.
Rows resource_rows(const List& list) {
  Rows rows;
  for (const ResourceRow& one : list.book().resources) {
    if (!is_chosen(list, one)) continue;
    ShowRow row = list.row();
    row.resource.row = &one;
    const Terms& where = list.order.where;
    if (!list.order.has("withclusters") && !find_term(where, "clusters") && !find_term(where, "allowed"))
      rows.push_back(row);
    else
      for (const ResourceShare& share : one.shares)
        if (list.wants("clusters", share.cluster) && list.wants("allowed", std::to_string(share.allowed)))
          row.resource.share = &share, rows.push_back(row);
  }
  return rows;
}

Rows rows_of(List& list, Rows (*of_entity)(const List&)) {
  Rows rows = of_entity(list);
  constexpr Entity deletable[] = {Entity::account, Entity::user,  Entity::association, Entity::cluster,
                                  Entity::qos,     Entity::wckey, Entity::resource};
  if (!list.order.has("withdeleted") || std::ranges::find(deletable, list.order.entity) == std::end(deletable))
    return rows;
  list.of_deleted = true;
  for (ShowRow& row : of_entity(list)) rows.push_back(std::move(row));
  list.of_deleted = false;
  return rows;
}

int show_records(const SacctmgrCall& call) {
  const auto entity = call.words.empty() ? std::nullopt : find_entity(call.words.front());
  const bool runaway = !call.words.empty() && means(call.words.front(), "RunAwayJobs", 2);
  if (runaway) return show_runaway_jobs(call);
  if (!entity) return no_entity(call);
  if (*entity == Entity::stats) return show_statistics(call);
  if (*entity == Entity::configuration) return show_configuration(call);
  const EntityList* found = nullptr;
  for (const EntityList& one : lists)
    if (one.entity == *entity) found = &one;
  if (!found)
    return call.refused(fail(Errc::not_supported, fmt::format("show {}: not supported yet", call.words.front())));
  const auto order = parse_list(*entity, std::span(call.words).subspan(1));
  if (!order) {
    call.output().error_line(text_of(order.error()));
    return 1;
  }
  const DbdBookRequest request{"", *entity == Entity::transaction, order->has("withdeleted"),
                               *entity == Entity::problem, *entity == Entity::wckey};
  const auto answer = ask_dbd<DbdBook>(call.world.dbd, request);
  if (!answer) return call.refused(answer.error());
  const List::Lookups lookups(*answer);
  List list{call, *order, *answer, {}, {}, lookups};
  if (const Status known = check_conditions(answer->book, *order); !known) {
    call.output().error_line(text_of(known.error()));
    return 1;
  }
  if (!list.with_associations() && needs_associations(*order) && !agrees_without_associations(call)) {
    call.output().line("\nAborted");
    return 0;
  }
  if (const Status asked = ask_beside(list); !asked) return call.refused(asked.error());
  return print_rows(list, *found, rows_of(list, found->rows));
}

}  // namespace slurmxx
