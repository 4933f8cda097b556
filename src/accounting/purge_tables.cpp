// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A step is as old as its job: it goes when the job has been over for long enough.
#include "accounting/purge_tables.h"

#include "accounting/schema.h"

namespace slurmxx {
namespace {

constexpr std::string_view cluster_columns =
    "start, tres, total, allocated, down, planned_down, planned, overcommitted";
constexpr std::string_view assoc_columns = "start, account, user_name, qos, tres, seconds";
constexpr std::string_view wckey_columns = "start, wckey, user_name, tres, seconds";

constexpr PurgeTable usage(std::string_view table, std::string_view columns, std::string_view remove) {
  return {RecordKind::usage, table, table, columns, "", table, "cluster_id", "start", "", remove, false};
}

constexpr PurgeTable tables[] = {
    {RecordKind::events, "event", "events", "node, started, ended, state, reason, uid, tres",
     "node, started, ended, state", "events", "cluster_id", "ended", "",
     "DELETE FROM events WHERE cluster_id = ? AND ended <= ?", true},
    {RecordKind::steps, "step", "steps", step_columns, "",
     "steps JOIN jobs j USING (cluster_id, job_id, submitted, restarts)", "steps.cluster_id", "j.ended", "",
     "DELETE FROM steps WHERE cluster_id = ? AND EXISTS (SELECT 1 FROM jobs j WHERE j.cluster_id = steps.cluster_id "
     "AND "
     "j.job_id = steps.job_id AND j.submitted = steps.submitted AND j.restarts = steps.restarts AND j.ended <= ?)",
     false},
    {RecordKind::suspends, "suspend", "suspensions", "job_id, submitted, restarts, suspensions", "", "jobs",
     "cluster_id", "ended", " AND suspensions <> ''",
     "UPDATE jobs SET suspensions = '' WHERE cluster_id = ? AND ended <= ? AND suspensions <> ''", true},
    {RecordKind::jobs, "job", "jobs", job_columns, "", "jobs", "cluster_id", "ended", "",
     "DELETE FROM jobs WHERE cluster_id = ? AND ended <= ?", true},
    {RecordKind::reservations, "resv", "reservations",
     "name, started, number, ended, nodes, tres, flags, series_start, series_end, associations, holders", "",
     "reservations", "cluster_id", "ended", "", "DELETE FROM reservations WHERE cluster_id = ? AND ended <= ?", false},
    {RecordKind::transactions, "txn", "acct_transactions", "done_at, action, actor, target, info, cluster",
     "done_at, action, actor, target, info", "acct_transactions", "0", "done_at", "",
     "DELETE FROM acct_transactions WHERE 0 = ? AND done_at <= ?", false},
    usage("cluster_usage_hour", cluster_columns, "DELETE FROM cluster_usage_hour WHERE cluster_id = ? AND start <= ?"),
    usage("cluster_usage_day", cluster_columns, "DELETE FROM cluster_usage_day WHERE cluster_id = ? AND start <= ?"),
    usage("cluster_usage_month", cluster_columns,
          "DELETE FROM cluster_usage_month WHERE cluster_id = ? AND start <= ?"),
    usage("assoc_usage_hour", assoc_columns, "DELETE FROM assoc_usage_hour WHERE cluster_id = ? AND start <= ?"),
    usage("assoc_usage_day", assoc_columns, "DELETE FROM assoc_usage_day WHERE cluster_id = ? AND start <= ?"),
    usage("assoc_usage_month", assoc_columns, "DELETE FROM assoc_usage_month WHERE cluster_id = ? AND start <= ?"),
    usage("wckey_usage_hour", wckey_columns, "DELETE FROM wckey_usage_hour WHERE cluster_id = ? AND start <= ?"),
    usage("wckey_usage_day", wckey_columns, "DELETE FROM wckey_usage_day WHERE cluster_id = ? AND start <= ?"),
    usage("wckey_usage_month", wckey_columns, "DELETE FROM wckey_usage_month WHERE cluster_id = ? AND start <= ?"),
    {RecordKind::jobs, "", "job_texts", "", "", "job_texts", "0", "used", "",
     "DELETE FROM job_texts WHERE 0 = ? AND used <= ?", false, PurgeSpecial::texts},
    {RecordKind::usage, "", "deleted_rows", "", "", "deleted_rows", "0", "deleted", "",
     "DELETE FROM deleted_rows WHERE 0 = ? AND deleted <= ?", false, PurgeSpecial::deleted},
};

}  // namespace

std::span<const PurgeTable> purge_tables() { return tables; }

}  // namespace slurmxx
