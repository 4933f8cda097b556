// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// job SizesByAccount, SizesByWCKey and SizesByAccountAndWCKey: what jobs of which size have used, a column a group of
// sizes.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "commands/sreport/report.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct SizeGroup {
  std::uint32_t from = 0;
  std::uint32_t to = UINT32_MAX;
  std::string heading;
};

std::vector<SizeGroup> groups_of(const Report& report) {
  std::vector<SizeGroup> groups;
  if (report.terms().individual) {
    std::set<std::uint32_t> sizes;
    for (const UsedRow& row : report.summary().rows) sizes.insert(row.cpus);
    for (const std::uint32_t size : sizes) groups.push_back({size, size, fmt::format("{} CPUs", size)});
    return groups;
  }
  std::uint32_t from = 0;
  for (const std::uint32_t next : report.terms().grouping) {
    if (next > from) groups.push_back({from, next - 1, fmt::format("{}-{} CPUs", from, next - 1)});
    from = next;
  }
  groups.push_back({from, UINT32_MAX, fmt::format(">= {} CPUs", from)});
  return groups;
}

struct Line {
  std::vector<std::uint64_t> cells;
  std::uint64_t jobs = 0;
  std::uint64_t seconds = 0;
};

using Lines = std::map<std::pair<std::string, std::string>, Line>;  // by cluster and account

// AcctAsParent: the account right below one of those that are asked for, or below root.
std::vector<std::string> told_under_next(const Report& report, const UsedRow& row) {
  std::vector<std::string> parents = report.terms().accounts;
  if (parents.empty()) parents.emplace_back("root");
  std::vector<std::string> names;
  const AccountBook& book = report.book();
  for (const Association* at = book.find(row.cluster, row.account); at; at = book.above(*at))
    if (contains(parents, at->parent)) names.push_back(at->account);
  return names;
}

// The account that a job's is told under: its own, the topmost of those asked for that it is below, or root.
std::vector<std::string> told_under(const Report& report, const UsedRow& row) {
  const ReportTerms& terms = report.terms();
  if (terms.account_as_parent) return told_under_next(report, row);
  if (terms.flat_view) {
    if (!terms.accounts.empty() && !contains(terms.accounts, row.account)) return {};
    return {row.account};
  }
  if (terms.accounts.empty()) return {"root"};
  std::vector<std::string> names;
  if (contains(terms.accounts, row.account)) names = {row.account};
  const AccountBook& book = report.book();
  for (const Association* at = book.find(row.cluster, row.account); at; at = book.above(*at))
    if (contains(terms.accounts, at->account)) names = {at->account};
  return names;
}

enum class NamedBy : std::uint8_t { account, wckey, both };

std::vector<std::string> names_of(const Report& report, const UsedRow& row, NamedBy by) {
  if (by == NamedBy::wckey) return {row.wckey};
  std::vector<std::string> names = told_under(report, row);
  if (by == NamedBy::both)
    for (std::string& name : names) name += ":" + row.wckey;
  return names;
}

Lines lines_of(const Report& report, const std::vector<SizeGroup>& groups, NamedBy by) {
  Lines lines;
  for (const UsedRow& row : report.summary().rows)
    for (const std::string& name : names_of(report, row, by)) {
      Line& line = lines[{row.cluster, name}];
      line.cells.resize(groups.size());
      line.jobs += row.jobs;
      line.seconds += row.seconds.front();
      for (std::size_t i = 0; i < groups.size(); ++i)
        if (row.cpus >= groups[i].from && row.cpus <= groups[i].to)
          line.cells[i] += report.terms().print_job_count ? row.jobs : row.seconds.front();
    }
  return lines;
}

// "25.00%": of what the report tells of the cluster, in jobs where it counts them.
std::string share_of(const Lines& lines, const Lines::value_type& one, bool counts) {
  const auto part = [counts](const Line& line) { return counts ? line.jobs : line.seconds; };
  std::uint64_t all = 0;
  for (const auto& [name, line] : lines) all += name.first == one.first.first ? part(line) : 0;
  const double share = all == 0 ? 0.0 : 100.0 * static_cast<double>(part(one.second)) / static_cast<double>(all);
  return fmt::format("{:.2f}%", share);
}

struct SizeReport {
  NamedBy by;
  const char* title;
  const char* heading;
  int width;
};

Result<std::string> sizes_report(const Report& report, const SizeReport& kind) {
  constexpr int cell_width = 13;
  const bool counts = report.terms().print_job_count;
  const std::vector<SizeGroup> groups = groups_of(report);
  std::vector<TableColumn> columns{{"Cluster", 9}, {kind.heading, kind.width}};
  for (const SizeGroup& group : groups) columns.push_back({group.heading, cell_width, true});
  columns.push_back({"Total Count", 11, true});
  columns.push_back({"% of cluster", 12, true});
  const RuledTable table(std::move(columns), report.options().form);
  std::string units = report.units();
  const std::size_t cut = units.find("in CPU ");
  units = counts ? "Units are in number of jobs ran"
                 : "Time reported in " +
                       units.substr(cut == std::string::npos ? std::string_view("Usage reported in ").size() : cut + 7);
  std::string text = report.title(kind.title, units, true);
  if (report.options().header) text += table.heading();
  const Lines lines = lines_of(report, groups, kind.by);
  for (const auto& one : lines) {
    const Line& line = one.second;
    std::vector<std::string> texts{one.first.first, one.first.second};
    for (const std::uint64_t cell : line.cells)
      texts.push_back(counts ? fmt::to_string(cell) : report.amount_of(cell, line.seconds));
    texts.push_back(fmt::to_string(line.jobs));
    texts.push_back(share_of(lines, one, counts));
    text += table.row(texts);
  }
  return text;
}

}  // namespace

Result<std::string> sizes_by_account(const Report& report) {
  return sizes_report(report, {NamedBy::account, "Job Sizes", "Account", 9});
}
Result<std::string> sizes_by_wckey(const Report& report) {
  return sizes_report(report, {NamedBy::wckey, "Job Sizes by Wckey", "Wckey", 9});
}
Result<std::string> sizes_by_account_and_wckey(const Report& report) {
  return sizes_report(report, {NamedBy::both, "Job Sizes", "Account", -20});
}

}  // namespace slurmxx
