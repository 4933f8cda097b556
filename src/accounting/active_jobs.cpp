// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/active_jobs.h"

#include <set>
#include <tuple>

#include <fmt/format.h>

#include "accounting/rows.h"
#include "accounting/schema.h"

namespace slurmxx {
namespace {

using Charged = std::tuple<std::string, std::string, std::string>;  // cluster, account, user

std::set<Charged> users_of(const AccountBook& book) {
  std::set<Charged> users;
  for (const Association& row : book.associations)
    if (row.is_user()) users.emplace(row.cluster, row.account, row.user);
  return users;
}

}  // namespace

Result<std::string> active_jobs(Database& database, const AccountBook& before, const AccountBook& after) {
  std::set<Charged> gone = users_of(before);
  for (const Charged& stays : users_of(after)) gone.erase(stays);
  std::set<std::string> clusters;
  for (const Charged& one : gone) clusters.insert(std::get<0>(one));
  std::string lines;
  for (const std::string& cluster : clusters) {
    TRY_ASSIGN(
        const auto rows,
        database.query("SELECT job_id, account, user_name FROM jobs WHERE cluster_id IN (SELECT id FROM clusters "
                       "WHERE name = ?) AND ended = ? ORDER BY job_id",
                       {cluster, open_end}));
    for (const SqlRow& row : rows) {
      const std::string account(row.text(1)), user(row.text(2));
      if (gone.contains({cluster, account, user}))
        lines +=
            fmt::format("  JobID = {:<10} C = {:<10} A = {:<10} U = {:<9}\n", row.integer(0), cluster, account, user);
    }
  }
  if (lines.empty()) return lines;
  return " Error with request: Job(s) active, cancel job(s) before remove\n" + lines;
}

Result<std::string> jobs_of_gone_qos(Database& database, const AccountBook& before, const AccountBook& after) {
  std::vector<std::string> gone;
  for (const Qos& row : before.qos)
    if (!after.find_qos(row.name)) gone.push_back(row.name);
  if (gone.empty()) return std::string();
  std::string condition;
  SqlValues bound{open_end, open_end};
  add_any_of(condition, bound, "jobs.qos", gone);
  TRY_ASSIGN(const auto rows,
             database.query("SELECT clusters.name, jobs.qos, COUNT(*), SUM(CASE WHEN jobs.started = ? THEN 1 ELSE 0 "
                            "END) FROM jobs JOIN clusters ON clusters.id = jobs.cluster_id WHERE jobs.ended = ?" +
                                condition + " GROUP BY clusters.name, jobs.qos ORDER BY jobs.qos, clusters.name",
                            bound));
  std::string lines;
  for (const SqlRow& row : rows)
    lines += fmt::format("  QOS = {:<10} C = {:<10} Running = {:<6} Pending = {}\n", row.text(1), row.text(0),
                         row.integer(2) - row.integer(3), row.integer(3));
  if (lines.empty()) return lines;
  return " Job(s) active with QOS that are removed: those that wait will not start (InvalidQOS) until they get "
         "another\n" +
         lines;
}

}  // namespace slurmxx
