// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --json and --yaml of sacctmgr show: tables of members, named as the published description of slurmdbd's objects has
// them (data_parser v0.0.44). A limit that is not set is infinite.
#include <algorithm>

#include "cli/data_answer.h"
#include "commands/sacctmgr/show_data.h"
#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using R = const ShowRow&;
using V = DataValue;
using Writes = std::function<void(DataWriter&)>;

V none(R) {
  return Writes([](DataWriter& w) {
    w.begin_array();
    w.end_array();
  });
}
V deleted_flag(R r) { return r.is_deleted ? DataWords{"DELETED"} : DataWords{}; }
V no_text(R) { return std::string(); }

void write_association(DataWriter& w, const Association& row) {
  w.begin_object();
  w.member("account", row.account);
  w.member("cluster", row.cluster);
  w.member("partition", row.partition);
  w.member("user", row.user);
  w.member("id", row.id);
  w.end_object();
}

template <class Belongs>
V associations_that(R row, Belongs belongs) {
  return Writes([book = row.book, belongs](DataWriter& w) {
    w.begin_array();
    for (const Association& one : book->associations)
      if (belongs(one)) write_association(w, one);
    w.end_array();
  });
}

Writes coordinator_list(std::vector<std::string> names, std::vector<std::string> direct) {
  return [names = std::move(names), direct = std::move(direct)](DataWriter& w) {
    w.begin_array();
    for (const std::string& name : names) {
      w.begin_object();
      w.member("name", name);
      w.member("direct", contains(direct, name));
      w.end_object();
    }
    w.end_array();
  };
}

V account_coordinators(R row) { return coordinator_list(coordinated(row), row.account->coordinators); }

V led_accounts(R row) {
  std::vector<std::string> accounts;
  for (const AccountRow& account : row.book->accounts)
    if (contains(account.coordinators, row.user->name)) accounts.push_back(account.name);
  return coordinator_list(coordinated(row), std::move(accounts));
}

constexpr DataField<ShowRow> account_fields[] = {
    {"associations",
     [](R r) -> V {
       return associations_that(r, [name = r.account->name](const Association& a) { return a.account == name; });
     }},
    {"coordinators", account_coordinators},
    {"description", [](R r) -> V { return r.account->description; }},
    {"name", [](R r) -> V { return r.account->name; }},
    {"organization", [](R r) -> V { return r.account->organization; }},
    {"flags", deleted_flag},
};

V wckeys_of_user(R row) {
  return Writes([book = row.book, name = row.user->name](DataWriter& w) {
    w.begin_array();
    for (const WcKeyRow& key : book->wckeys) {
      if (key.user != name) continue;
      w.begin_object();
      w.key("accounting");
      w.begin_array();
      w.end_array();
      w.member("cluster", key.cluster);
      w.member("id", key.id);
      w.member("name", key.name);
      w.member("user", key.user);
      w.member("flags", std::span<const std::string>());
      w.end_object();
    }
    w.end_array();
  });
}

constexpr DataField<ShowRow> user_fields[] = {
    {"administrator_level", [](R r) -> V { return DataWords{admin_level_text(r.user->admin)}; }},
    {"associations",
     [](R r) -> V {
       return associations_that(r, [name = r.user->name](const Association& a) { return a.user == name; });
     }},
    {"coordinators", led_accounts},
    {"default.qos", no_text},
    {"default.account", [](R r) -> V { return r.user->default_in(r.user.cluster); }},
    {"default.wckey", [](R r) -> V { return r.user->default_wckey; }},
    {"flags", deleted_flag},
    {"name", [](R r) -> V { return r.user->name; }},
    {"old_name", no_text},
    {"wckeys", wckeys_of_user},
};

constexpr DataField<ShowRow> cluster_fields[] = {
    {"controller.host", [](R r) -> V { return r.cluster->control_host; }},
    {"controller.port", [](R r) -> V { return std::int64_t{r.cluster->control_port}; }},
    {"flags", deleted_flag},
    {"name", [](R r) -> V { return r.cluster->name; }},
    {"nodes", [](R r) -> V { return r.cluster.facts ? r.cluster.facts->nodes : std::string(); }},
    {"select_plugin", no_text},
    {"associations.root",
     [](R r) -> V {
       return Writes([row = r.association](DataWriter& w) { write_association(w, row ? *row : Association()); });
     }},
    {"rpc_version", [](R r) -> V { return std::int64_t{r.cluster->rpc_version}; }},
    {"tres", [](R r) -> V { return counts_list(*r.book, counts_in(r.cluster.facts ? r.cluster.facts->tres : "")); }},
};

constexpr DataField<ShowRow> tres_fields[] = {
    {"type", [](R r) -> V { return r.tres->type; }},
    {"name", [](R r) -> V { return r.tres->name; }},
    {"id", [](R r) -> V { return std::int64_t{r.tres->id}; }},
    {"count", [](R) -> V { return std::int64_t{0}; }},
};

constexpr DataField<ShowRow> wckey_fields[] = {
    {"accounting", none},
    {"cluster", [](R r) -> V { return r.wckey->cluster; }},
    {"id", [](R r) -> V { return std::int64_t{r.wckey->id}; }},
    {"name", [](R r) -> V { return r.wckey->name; }},
    {"user", [](R r) -> V { return r.wckey->user; }},
    {"flags", deleted_flag},
};

constexpr DataField<ShowRow> resource_fields[] = {
    {"id", [](R r) -> V { return std::int64_t{r.resource->id}; }},
    {"name", [](R r) -> V { return r.resource->name; }},
    {"server", [](R r) -> V { return r.resource->server; }},
    {"server_type", [](R r) -> V { return r.resource->server_type; }},
    {"type", [](R r) -> V { return r.resource->type; }},
    {"description", [](R r) -> V { return r.resource->description; }},
    {"count", [](R r) -> V { return std::int64_t{r.resource->count}; }},
    {"last_consumed", [](R r) -> V { return std::int64_t{r.resource->last_consumed}; }},
    {"last_update", [](R r) -> V { return r.resource->last_update.seconds; }},
    {"allocated", [](R r) -> V { return static_cast<std::int64_t>(r.resource->allocated()); }},
    {"flags", [](R r) -> V { return r.resource->flags; }},
    {"clusters",
     [](R r) -> V {
       return Writes([row = r.resource.row](DataWriter& w) {
         w.begin_array();
         for (const ResourceShare& share : row->shares) {
           w.begin_object();
           w.member("cluster", share.cluster);
           w.member("allowed", share.allowed);
           w.end_object();
         }
         w.end_array();
       });
     }},
};

constexpr DataField<ShowRow> transaction_fields[] = {
    {"id", [](R r) -> V { return static_cast<std::int64_t>(r.transaction->id); }},
    {"timestamp", [](R r) -> V { return r.transaction->at.seconds; }},
    {"action", [](R r) -> V { return r.transaction->action; }},
    {"actor", [](R r) -> V { return r.transaction->actor; }},
    {"cluster", [](R r) -> V { return r.transaction->cluster; }},
    {"where", [](R r) -> V { return r.transaction->where; }},
    {"info", [](R r) -> V { return r.transaction->info; }},
};

constexpr DataField<ShowRow> event_fields[] = {
    {"cluster", [](R r) -> V { return r.event->cluster; }},
    {"node", [](R r) -> V { return r.event->node; }},
    {"cluster_nodes", [](R r) -> V { return r.event->nodes; }},
    {"time.start", [](R r) -> V { return r.event->started.seconds; }},
    {"time.end", [](R r) -> V { return number_of(r.event->ended); }},
    {"state", [](R r) -> V { return r.event->state; }},
    {"reason", [](R r) -> V { return r.event->reason; }},
    {"user", [](R r) -> V { return r.event.user; }},
    {"tres", [](R r) -> V { return counts_list(*r.book, counts_in(r.event->tres)); }},
};

constexpr DataField<ShowRow> reservation_fields[] = {
    {"cluster", [](R r) -> V { return r.reservation->cluster; }},
    {"id", [](R r) -> V { return std::int64_t{r.reservation->id}; }},
    {"name", [](R r) -> V { return r.reservation->name; }},
    {"nodes", [](R r) -> V { return r.reservation->nodes; }},
    {"flags", [](R r) -> V { return r.reservation->flags; }},
    {"time.start", [](R r) -> V { return r.reservation->start.seconds; }},
    {"time.end", [](R r) -> V { return r.reservation->end.seconds; }},
    {"tres", [](R r) -> V { return counts_list(*r.book, counts_in(r.reservation->tres)); }},
    {"unused_wall", [](R r) -> V { return static_cast<std::int64_t>(r.reservation->unused_seconds); }},
};

constexpr DataField<ShowRow> problem_fields[] = {
    {"account", [](R r) -> V { return r.account ? r.account->name : std::string(); }},
    {"user", [](R r) -> V { return r.user ? r.user->name : std::string(); }},
    {"problem", [](R r) -> V { return r.problem; }},
};

void write_member(DataWriter& w, const ClusterRow& cluster) {
  w.begin_object();
  w.member("name", cluster.name);
  w.member("index", cluster.federation_index);
  w.member("state", cluster.federation_state.empty() ? std::string("ACTIVE") : cluster.federation_state);
  w.member("features", std::span<const std::string>(cluster.features));
  w.end_object();
}

constexpr DataField<ShowRow> federation_fields[] = {
    {"name", [](R r) -> V { return r.federation->name; }},
    {"clusters",
     [](R r) -> V {
       return Writes([book = r.book, name = r.federation->name](DataWriter& w) {
         w.begin_array();
         for (const ClusterRow& cluster : book->clusters)
           if (cluster.federation == name) write_member(w, cluster);
         w.end_array();
       });
     }},
};

struct Shape {
  Entity entity;
  const char* name;
  std::span<const DataField<ShowRow>> fields;
};
const Shape shapes[] = {
    {Entity::account, "accounts", account_fields},
    {Entity::user, "users", user_fields},
    {Entity::association, "associations", association_data_fields()},
    {Entity::qos, "qos", qos_data_fields()},
    {Entity::cluster, "clusters", cluster_fields},
    {Entity::tres, "TRES", tres_fields},
    {Entity::wckey, "wckeys", wckey_fields},
    {Entity::resource, "resources", resource_fields},
    {Entity::transaction, "transactions", transaction_fields},
    {Entity::event, "events", event_fields},
    {Entity::reservation, "reservations", reservation_fields},
    {Entity::problem, "problems", problem_fields},
    {Entity::federation, "federations", federation_fields},
};

// A table may have several lines of one record: with its associations, or its clusters.
bool says_the_same(const ShowRow& a, const ShowRow& b) {
  const bool account = a.account && a.account == b.account && !a.user;
  const bool federation = a.federation && a.federation == b.federation;
  return account || federation || (a.user && a.user.row == b.user.row) ||
         (a.resource && a.resource.row == b.resource.row);
}

}  // namespace

void write_records(const List& list, const Rows& rows) {
  const auto shape = std::find_if(std::begin(shapes), std::end(shapes),
                                  [&](const Shape& one) { return one.entity == list.order.entity; });
  const DataFormat format = list.call.options.yaml ? DataFormat::yaml : DataFormat::json;
  write_answer(shape->name, {format, list.call.output(), {}}, [&](DataWriter& w) {
    w.begin_array();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool told = i > 0 && list.order.entity != Entity::problem && says_the_same(rows[i - 1], rows[i]);
      if (!told) write_fields<ShowRow>(w, shape->fields, rows[i]);
    }
    w.end_array();
  });
}

namespace {

struct CountNames {
  const char* name;
  bool numbered;  // of users: their number beside their name
};

void write_counts(DataWriter& w, std::span<const DbdCount> counts, const CountNames& names) {
  w.begin_array();
  for (const DbdCount& one : counts) {
    w.begin_object();
    w.member(names.name, one.name);
    if (names.numbered) w.member("id", one.number);
    w.member("count", one.count);
    w.key("time");
    w.begin_object();
    w.member("average", one.count == 0 ? 0 : one.total_us / one.count);
    w.member("total", one.total_us);
    w.end_object();
    w.end_object();
  }
  w.end_array();
}

// Each roll-up brings hours, days and months up to date in one go: they have run as often, and as long.
void write_rollups(DataWriter& w, const DbdStatistics& all) {
  w.begin_object();
  for (const char* period : {"hourly", "daily", "monthly"}) {
    w.key(period);
    w.begin_object();
    w.member("count", all.rollups.count);
    w.member("last_run", all.rolled_at ? all.rolled_at->seconds : 0);
    w.key("duration");
    w.begin_object();
    w.member("last", all.rollup_last_us);
    w.member("max", all.rollup_most_us);
    w.member("time", all.rollups.total_us);
    w.end_object();
    w.end_object();
  }
  w.end_object();
}

}  // namespace

void write_statistics(const SacctmgrCall& call, const DbdStatistics& all) {
  const DataFormat format = call.options.yaml ? DataFormat::yaml : DataFormat::json;
  write_answer("statistics", {format, call.output(), {}}, [&](DataWriter& w) {
    w.begin_object();
    w.member("time_start", all.since.seconds);
    w.key("rollups");
    write_rollups(w, all);
    w.key("RPCs");
    write_counts(w, all.by_type, {"rpc", false});
    w.key("users");
    write_counts(w, all.by_user, {"user", true});
    w.end_object();
  });
}

namespace {

void write_settings(DataWriter& w, const char* name, const DbdSettingList& settings) {
  w.key(name);
  w.begin_object();
  for (const DbdSetting& one : settings) w.member(one.key, one.value);
  w.end_object();
}

using J = const RunawayRow&;
constexpr DataField<RunawayRow> runaway_fields[] = {
    {"job_id", [](J j) -> V { return static_cast<std::int64_t>(j.id); }},
    {"name", [](J j) -> V { return j.name; }},
    {"partition", [](J j) -> V { return j.partition; }},
    {"cluster", [](J j) -> V { return j.cluster; }},
    {"state.current", [](J j) -> V { return DataWords{j.state}; }},
    {"time.start", [](J j) -> V { return number_of(j.started); }},
    {"time.end", [](J j) -> V { return number_of(j.ended); }},
};

}  // namespace

void write_configuration(const SacctmgrCall& call, const DbdSettingList& own, const DbdSettingList& of_slurmdbd) {
  const DataFormat format = call.options.yaml ? DataFormat::yaml : DataFormat::json;
  write_answer("config", {format, call.output(), {}}, [&](DataWriter& w) {
    w.begin_object();
    write_settings(w, "slurm", own);
    write_settings(w, "slurmdbd", of_slurmdbd);
    w.end_object();
  });
}

void write_runaway_jobs(const SacctmgrCall& call, const std::vector<RunawayRow>& jobs) {
  const DataFormat format = call.options.yaml ? DataFormat::yaml : DataFormat::json;
  write_answer("jobs", {format, call.output(), {}}, [&](DataWriter& w) {
    write_array<RunawayRow>(w, runaway_fields, jobs, [](const RunawayRow& job) -> const RunawayRow& { return job; });
  });
}

}  // namespace slurmxx
