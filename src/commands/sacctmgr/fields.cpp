// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacctmgr/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/field_format.h"
#include "core/accounting/execution.h"
#include "core/text/instant_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

std::string sorted_text(std::vector<std::string> names) {
  std::ranges::sort(names);
  return join(names, ",");
}

std::string limit_of(const ShowRow& row, LimitKind kind) {
  if (row.qos) return row.qos->limits.text(kind);
  return row.association ? row.inherited.ancestry->limit_text(*row.association, kind, !row.inherited.own_only) : "";
}

template <LimitKind kind>
std::string limit(const ShowRow& row) {
  return limit_of(row, kind);
}

// One resource of a limit, for the columns from before resources had names.
std::string part_of(const ShowRow& row, LimitKind kind, std::string_view name) {
  const auto counts = parse_tres(limit_of(row, kind));
  const auto count = counts ? counts->find(name) : std::nullopt;
  return count ? tres_count_text(name, *count) : "";
}

std::string account_name(const ShowRow& row) {
  if (row.association)
    return std::string(row.depth > 0 ? static_cast<std::size_t>(row.depth) : 0, ' ') + row.association->account;
  if (row.transaction) return row.touched.accounts;
  return row.account ? row.account->name : "";
}

std::string cluster_name(const ShowRow& row) {
  if (row.resource.share) return row.resource.share->cluster;
  if (row.reservation) return row.reservation->cluster;
  if (row.event) return row.event->cluster;
  if (row.association) return row.association->cluster;
  if (row.wckey) return row.wckey->cluster;
  if (row.transaction) return row.transaction->cluster;
  return row.cluster ? row.cluster->name : "";
}

std::string user_name(const ShowRow& row) {
  if (row.event) return row.event.user;
  if (row.transaction) return row.touched.users;
  if (row.user) return row.user->name;
  if (row.association) return row.association->user;
  return row.wckey ? row.wckey->user : "";
}

std::string any_name(const ShowRow& row) {
  if (row.qos) return row.qos->name;
  if (row.tres) return row.tres->name;
  if (row.resource) return row.resource->name;
  if (row.reservation) return row.reservation->name;
  if (row.cluster && !row.association) return row.cluster->name;
  if (row.wckey) return row.wckey->name;
  return row.account ? row.account->name : user_name(row);
}

std::string any_id(const ShowRow& row) {
  if (row.association) return std::to_string(row.association->id);
  if (row.qos) return std::to_string(row.qos->id);
  if (row.wckey) return std::to_string(row.wckey->id);
  if (row.transaction) return std::to_string(row.transaction->id);
  if (row.reservation) return std::to_string(row.reservation->id);
  if (row.resource) return std::to_string(row.resource->id);
  return row.tres ? std::to_string(row.tres->id) : "";
}

std::string description(const ShowRow& row) {
  if (row.qos) return row.qos->description;
  if (row.resource) return row.resource->description;
  return row.account ? row.account->description : "";
}

std::string flags(const ShowRow& row) {
  if (row.reservation) return row.reservation->flags;
  std::vector<std::string> words = row.qos        ? row.qos->flags
                                   : row.resource ? row.resource->flags
                                                  : std::vector<std::string>();
  if (row.is_deleted) words.emplace_back("Deleted");
  return join(words, ",");
}

std::string priority(const ShowRow& row) {
  if (row.qos) return std::to_string(row.qos->priority);
  return row.association && row.association->priority ? std::to_string(*row.association->priority) : "";
}

std::string share(const ShowRow& row) {
  if (!row.association) return "";
  return row.association->shares_of_parent ? "parent" : std::to_string(row.association->shares);
}

std::string parent_name(const ShowRow& row) { return row.association ? row.association->parent : ""; }

// Who coordinates an account coordinates those below it.
std::string coordinators(const ShowRow& row) { return join(coordinated(row), ","); }

std::string federation_name(const ShowRow& row) {
  if (row.federation) return row.depth > 0 ? "" : row.federation->name;
  return row.cluster ? row.cluster->federation : "";
}

bool is_federated(const ShowRow& row) { return row.cluster && !row.cluster->federation.empty(); }

std::string federation_state(const ShowRow& row) {
  if (!is_federated(row)) return "";
  return row.cluster->federation_state.empty() ? "ACTIVE" : row.cluster->federation_state;
}

// Numbered as their words stand here.
std::string federation_state_number(const ShowRow& row) {
  constexpr std::string_view states[] = {"", "ACTIVE", "INACTIVE", "DRAIN", "DRAIN+REMOVE"};
  const auto found = std::ranges::find(states, federation_state(row));
  return found == std::begin(states) ? "" : std::to_string(found - std::begin(states));
}

std::string type_name(const ShowRow& row) {
  if (row.tres) return row.tres->type;
  return row.resource ? row.resource->type : "";
}

// As sinfo names a node's state in one word.
std::string event_state(const ShowRow& row) {
  if (!row.event) return "";
  const std::vector<std::string_view> words = split(row.event->state, '+');
  const bool drains = std::find(words.begin(), words.end(), "DRAIN") != words.end();
  return drains ? "DRAIN" : std::string(words.front());
}

std::string tres_of(const ShowRow& row) {
  if (row.reservation) return row.reservation->tres;
  if (row.cluster.facts) return row.cluster.facts->tres;
  return row.event ? row.event->tres : "";
}

std::string nodes_of(const ShowRow& row) {
  if (row.reservation) return row.reservation->nodes;
  if (row.cluster.facts) return row.cluster.facts->nodes;
  return row.event ? row.event->node : "";
}

std::string cpu_count(const ShowRow& row) {
  const auto counts = parse_tres(tres_of(row));
  return counts ? std::to_string((*counts)["cpu"]) : "";
}

std::string duration(const ShowRow& row) {
  return row.event ? duration_long(row.event->ended.value_or(row.now) - row.event->started) : "";
}

std::string start_text(const ShowRow& row) {
  if (row.reservation) return instant_text(std::optional(row.reservation->start), *row.zone, "Unknown");
  return row.event ? instant_text(std::optional(row.event->started), *row.zone, "Unknown") : "";
}

std::string end_text(const ShowRow& row) {
  if (row.reservation) return instant_text(std::optional(row.reservation->end), *row.zone, "Unknown");
  return row.event ? instant_text(row.event->ended, *row.zone, "Unknown") : "";
}

using R = const ShowRow&;
// Of a cluster how many, else which ones.
std::string nodes_or_count(const ShowRow& row) {
  if (row.reservation) return row.reservation->nodes;
  if (row.event) return row.event->node;
  return row.cluster ? std::to_string(row.cluster->node_count) : std::string();
}

constexpr ShowField fields[] = {
    {"Account", "Account", 10, account_name},
    {"ACoordinators|Coordinators|CoordAccounts", "Coord Accounts", 20, coordinators},
    {"Cluster", "Cluster", 10, cluster_name},
    {"User", "User", 10, user_name},
    {"Partition", "Partition", 10, [](R r) { return r.association ? r.association->partition : std::string(); }},
    {"Description", "Descr", 20, description},
    {"Organization", "Org", 20, [](R r) { return r.account ? r.account->organization : std::string(); }},
    {"AdminLevel", "Admin", 9, [](R r) { return std::string(r.user ? admin_level_text(r.user->admin) : ""); }},
    {"DefaultAccount", "Def Acct", 10, [](R r) { return r.user ? default_account_of(r) : std::string(); }},
    {"DefaultWCKey", "Def WCKey", 10, [](R r) { return r.user ? r.user->default_wckey : std::string(); }},
    {"DefaultQOS", "Def QOS", 9,
     [](R r) { return r.association ? r.inherited.ancestry->default_qos_of(*r.association) : std::string(); }},
    {"Share|FairShare|RawShares", "Share", 9, share},
    {"QOSRAWLevel|QOSRaw", "QOS_RAW", 10,
     [](R r) { return r.association ? join(r.association->qos_changes, ",") : std::string(); }},
    {"QOSLevel", "QOS", 20,
     [](R r) { return r.association ? sorted_text(r.inherited.ancestry->qos_of(*r.association)) : std::string(); }},
    {"ID", "ID", 6, any_id},
    {"Lineage", "Lineage", -20,
     [](R r) { return r.association ? r.inherited.ancestry->lineage(*r.association) : std::string(); }},
    {"ParentName", "Par Name", 10, parent_name},
    {"Name", "Name", 10, any_name},
    {"WCKey", "WCKey", 10, [](R r) { return r.wckey ? r.wckey->name : std::string(); }},
    {"ControlHost", "ControlHost", 15, [](R r) { return r.cluster ? r.cluster->control_host : std::string(); }},
    {"ControlPort", "ControlPort", 12,
     [](R r) { return r.cluster ? std::to_string(r.cluster->control_port) : std::string(); }},
    {"RPC", "RPC", 5, [](R r) { return r.cluster ? std::to_string(r.cluster->rpc_version) : std::string(); }},
    {"Classification", "Class", 9, [](R r) { return r.cluster ? r.cluster->classification : std::string(); }},
    {"Priority", "Priority", 10, priority},
    {"GraceTime", "GraceTime", 10, [](R r) { return r.qos ? duration_long(r.qos->grace_time) : std::string(); }},
    {"PreemptMode", "PreemptMode", 11,
     [](R r) { return !r.qos                        ? std::string()
                      : r.qos->preempt_mode.empty() ? "cluster"
                                                    : r.qos->preempt_mode; }},
    {"PreemptExemptTime", "PreemptExemptTime", 19,
     [](R r) {
       return r.qos && r.qos->preempt_exempt_time ? duration_long(*r.qos->preempt_exempt_time) : std::string();
     }},
    {"Preempt", "Preempt", 10, [](R r) { return r.qos ? join(r.qos->preempt, ",") : std::string(); }},
    {"Flags", "Flags", 20, flags},
    {"UsageFactor", "UsageFactor", 11,
     [](R r) { return r.qos ? millionths_text(r.qos->usage_factor) : std::string(); }},
    {"UsageThreshold", "UsageThres", 10,
     [](R r) { return r.qos && r.qos->usage_threshold ? millionths_text(*r.qos->usage_threshold) : std::string(); }},
    {"LimitFactor", "LimitFactor", 11,
     [](R r) { return r.qos && r.qos->limit_factor ? millionths_text(*r.qos->limit_factor) : std::string(); }},
    {"GrpNodes", "GrpNodes", 8, [](R r) { return part_of(r, LimitKind::grp_tres, "node"); }},
    {"GrpCPUMins", "GrpCPUMins", 11, [](R r) { return part_of(r, LimitKind::grp_tres_mins, "cpu"); }},
    {"GrpCPURunMins", "GrpCPURunMins", 13, [](R r) { return part_of(r, LimitKind::grp_tres_run_mins, "cpu"); }},
    {"GrpCPUs", "GrpCPUs", 8, [](R r) { return part_of(r, LimitKind::grp_tres, "cpu"); }},
    {"GrpMemory", "GrpMem", 7, [](R r) { return part_of(r, LimitKind::grp_tres, "mem"); }},
    {"MaxCPUMinsPerJob", "MaxCPUMins", 11, [](R r) { return part_of(r, LimitKind::max_tres_mins_per_job, "cpu"); }},
    {"MaxCPUsPU|MaxCPUsPerUser", "MaxCPUsPU", 9, [](R r) { return part_of(r, LimitKind::max_tres_per_user, "cpu"); }},
    {"MaxCPUsPerJob", "MaxCPUs", 8, [](R r) { return part_of(r, LimitKind::max_tres_per_job, "cpu"); }},
    {"MaxNodesPU|MaxNodesPerUser", "MaxNodesPU", 10,
     [](R r) { return part_of(r, LimitKind::max_tres_per_user, "node"); }},
    {"MaxNodesPerJob", "MaxNodes", 8, [](R r) { return part_of(r, LimitKind::max_tres_per_job, "node"); }},
    {"GrpJobsAccrue", "GrpJobsAccrue", 13, limit<LimitKind::grp_jobs_accrue>},
    {"GrpJobs", "GrpJobs", 7, limit<LimitKind::grp_jobs>},
    {"GrpSubmitJobs", "GrpSubmit", 9, limit<LimitKind::grp_submit>},
    {"GrpTRESMins", "GrpTRESMins", 13, limit<LimitKind::grp_tres_mins>},
    {"GrpTRESRunMins", "GrpTRESRunMins", 13, limit<LimitKind::grp_tres_run_mins>},
    {"GrpTRES", "GrpTRES", 13, limit<LimitKind::grp_tres>},
    {"GrpWall", "GrpWall", 11, limit<LimitKind::grp_wall>},
    {"MaxJobsAccruePU|MaxJobsAccruePerUser", "MaxJobsAccruePU", 15, limit<LimitKind::max_jobs_accrue_per_user>},
    {"MaxJobsAccruePA|MaxJobsAccruePerAccount", "MaxJobsAccruePA", 15, limit<LimitKind::max_jobs_accrue_per_account>},
    {"MaxJobsAccrue", "MaxJobsAccrue", 13, limit<LimitKind::max_jobs_accrue>},
    {"MaxJobsPU|MaxJobsPerUser", "MaxJobsPU", 9, limit<LimitKind::max_jobs_per_user>},
    {"MaxJobsPA|MaxJobsPerAccount", "MaxJobsPA", 9, limit<LimitKind::max_jobs_per_account>},
    {"MaxJobs", "MaxJobs", 7, limit<LimitKind::max_jobs>},
    {"MaxSubmitJobsPU|MaxSubmitPU|MaxSubmitJobsPerUser", "MaxSubmitPU", 11, limit<LimitKind::max_submit_per_user>},
    {"MaxSubmitJobsPA|MaxSubmitPA|MaxSubmitJobsPerAccount", "MaxSubmitPA", 11,
     limit<LimitKind::max_submit_per_account>},
    {"MaxSubmitJobs", "MaxSubmit", 9, limit<LimitKind::max_submit>},
    {"MaxTRESMinsPerJob", "MaxTRESMins", 13, limit<LimitKind::max_tres_mins_per_job>},
    {"MaxTRESRunMinsPU|MaxTRESRunMinsPerUser", "MaxTRESRunMinsPU", 16, limit<LimitKind::max_tres_run_mins_per_user>},
    {"MaxTRESRunMinsPA|MaxTRESRunMinsPerAccount", "MaxTRESRunMinsPA", 16,
     limit<LimitKind::max_tres_run_mins_per_account>},
    {"MaxTRESPerNode|MaxTRESPN", "MaxTRESPerNode", 14, limit<LimitKind::max_tres_per_node>},
    {"MaxTRESPU|MaxTRESPerUser", "MaxTRESPU", 13, limit<LimitKind::max_tres_per_user>},
    {"MaxTRESPA|MaxTRESPerAccount", "MaxTRESPA", 13, limit<LimitKind::max_tres_per_account>},
    {"MaxTRES|MaxTRESPerJob", "MaxTRES", 13, limit<LimitKind::max_tres_per_job>},
    {"MaxWallDurationPerJob", "MaxWall", 11, limit<LimitKind::max_wall_per_job>},
    {"MinTRESPerJob", "MinTRES", 13, limit<LimitKind::min_tres_per_job>},
    {"MinPrioThreshold", "MinPrioThres", 12, limit<LimitKind::min_prio_threshold>},
    {"Comment", "Comment", 20, [](R r) { return r.association ? r.association->comment : std::string(); }},
    {"Type", "Type", 8, type_name},
    {"Server", "Server", 10, [](R r) { return r.resource ? r.resource->server : std::string(); }},
    {"ServerType", "ServerType", 10, [](R r) { return r.resource ? r.resource->server_type : std::string(); }},
    {"Count", "Count", 6, [](R r) { return r.resource ? std::to_string(r.resource->count) : std::string(); }},
    {"LastConsumed", "LastConsumed", 12,
     [](R r) { return r.resource ? std::to_string(r.resource->last_consumed) : std::string(); }},
    {"LastUpdate", "LastUpdate", 19,
     [](R r) { return r.resource ? instant_text(r.resource->last_update, *r.zone) : std::string(); }},
    {"Allocated|CountAllowed", "Allocated", 9,
     [](R r) { return r.resource ? std::to_string(r.resource->allocated()) : ""; }},
    {"Allowed|PercentAllowed", "Allowed", 10,
     [](R r) { return r.resource.share ? std::to_string(r.resource.share->allowed) : ""; }},
    {"TimeStamp", "Time", 19, [](R r) { return r.transaction ? instant_text(r.transaction->at, *r.zone) : ""; }},
    {"Action", "Action", 20, [](R r) { return r.transaction ? r.transaction->action : ""; }},
    {"Actor", "Actor", 10, [](R r) { return r.transaction ? r.transaction->actor : ""; }},
    {"Where", "Where", 20, [](R r) { return r.transaction ? r.transaction->where : ""; }},
    {"Info", "Info", 20, [](R r) { return r.transaction ? r.transaction->info : ""; }},
    {"Problem", "Problem", 40, [](R r) { return r.problem; }},
    {"NodeNames", "NodeName", -15, nodes_of},
    {"ClusterNodes|NodeList", "Cluster Nodes", 20, [](R r) { return r.event ? r.event->nodes : nodes_of(r); }},
    {"CPUCount", "CPU Cnt", 7, cpu_count},
    {"TRES", "TRES", 20, tres_of},
    {"Duration", "Duration", 13, duration},
    {"EventRaw", "EventRaw", 8, [](R r) { return std::string(!r.event                ? ""
                                                             : r.event->node.empty() ? "1"
                                                                                     : "2"); }},
    {"Event", "Event", 7, [](R r) { return std::string(!r.event                ? ""
                                                       : r.event->node.empty() ? "Cluster"
                                                                               : "Node"); }},
    {"UnusedWall", "UnusedWall", 10,
     [](R r) { return r.reservation ? fmt::format("{}", r.reservation->unused_seconds) : std::string(); }},
    {"Associations|Assocs", "Assoc", 20,
     [](R r) { return r.reservation ? r.reservation->associations : std::string(); }},
    {"Federation", "Federation", 10, federation_name},
    {"Features", "Features", 20, [](R r) { return r.cluster ? join(r.cluster->features, ",") : std::string(); }},
    {"FedState", "FedState", 12, federation_state},
    {"FedStateRaw", "FedStateRaw", 11, federation_state_number},
    {"Index", "ID", 2, [](R r) { return is_federated(r) ? std::to_string(r.cluster->federation_index) : ""; }},
    {"Nodes", "Nodes", 10, nodes_or_count},
    {"NodeCount", "Nodes", 10, [](R r) { return r.cluster ? std::to_string(r.cluster->node_count) : std::string(); }},
    {"TimeStart|Start", "TimeStart", 19, start_text},
    {"TimeEnd|End", "TimeEnd", 19, end_text},
    {"States", "State", 6, event_state},
    {"Reason", "Reason", 30, [](R r) { return r.event ? r.event->reason : ""; }},
};

// A whole name or heading comes before the beginning of another.
const ShowField* find_field(std::string_view name) {
  for (const ShowField& field : fields)
    if (equal_ignoring_case(field.heading, name)) return &field;
  for (const bool whole : {true, false})
    for (const ShowField& field : fields)
      for (const std::string_view known : split(field.names, '|'))
        if (whole ? equal_ignoring_case(known, name) : starts_with_ignoring_case(known, name)) return &field;
  return nullptr;
}

// Cut with a + at its end where it does not fit; a heading is cut without.
std::string cell(const std::string& text, int width, bool heading) {
  const auto size = static_cast<std::size_t>(std::abs(width));
  const bool cut = !heading && columns_of(text) > size;
  return cut ? fit(text, size - 1, false) + "+" : fit(text, size, width > 0);
}

}  // namespace

const std::string& default_account_of(const ShowRow& row) {
  return row.user->default_in(row.association ? row.association->cluster : row.user.cluster);
}

std::vector<std::string> coordinated(const ShowRow& row) {
  std::vector<std::string> names;
  for (const AccountRow& account : row.book->accounts) {
    if (row.user && coordinates(*row.book, row.user->name, account.name)) names.push_back(account.name);
    if (row.account)
      for (const std::string& user : account.coordinators)
        if (coordinates(*row.book, user, row.account->name) && !contains(names, user)) names.push_back(user);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<ShowColumn>> show_columns(const std::vector<std::string>& names) {
  std::vector<ShowColumn> columns;
  for (const std::string& word : names) {
    const auto sized = split_once(word, '%');
    const std::string_view name = sized ? sized->first : std::string_view(word);
    const ShowField* field = name.empty() ? nullptr : find_field(name);
    if (!field) return fail(fmt::format(" Unknown field '{}'", name));
    ShowColumn column{field, field->width};
    if (sized) {
      const auto width = parse_integer(sized->second, {-1000, 1000});
      if (width && *width != 0) column.width = static_cast<int>(*width);
    }
    columns.push_back(column);
  }
  return columns;
}

std::string show_table(const std::vector<ShowColumn>& columns, const std::vector<ShowRow>& rows,
                       const SacctmgrOptions& options) {
  std::string out;
  const auto line = [&](auto text_of_column, bool heading) {
    std::vector<std::string> texts;
    for (const ShowColumn& column : columns) texts.push_back(text_of_column(column));
    if (options.style != TableStyle::aligned) {
      out += join(texts, "|") + (options.style == TableStyle::bars_and_end ? "|\n" : "\n");
      return;
    }
    for (std::size_t i = 0; i < columns.size(); ++i) out += cell(texts[i], columns[i].width, heading) + " ";
    out += "\n";
  };
  if (options.header) {
    line([](const ShowColumn& column) { return std::string(column.field->heading); }, true);
    if (options.style == TableStyle::aligned)
      line([](const ShowColumn& column) { return std::string(static_cast<std::size_t>(std::abs(column.width)), '-'); },
           true);
  }
  for (const ShowRow& row : rows) line([&](const ShowColumn& column) { return column.field->text(row); }, false);
  return out;
}

}  // namespace slurmxx
