// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sshare/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cli/field_columns.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Row {
  const ShareLine& line;
  const SharesReply& reply;
  std::size_t indent = 0;

  bool is_root() const { return line.parent == 0; }
  bool is_user() const { return !line.user.empty(); }
};

std::string six(double value) { return std::isinf(value) ? "inf" : fmt::format("{:.6f}", value); }
std::string whole(double value) { return fmt::to_string(static_cast<std::uint64_t>(value)); }

std::string tres_counts(const TresCounts& counts) {
  std::vector<std::string> parts;
  for (const TresCount& one : counts.entries()) parts.push_back(fmt::format("{}={}", one.name, one.count));
  return join(parts, ",");
}

std::string shares(const Row& row) {
  if (row.is_root()) return "";
  return row.line.shares ? fmt::to_string(*row.line.shares) : "parent";
}

// Fair Tree ranks users alone, and measures usage by that of the account above.
std::string fair_share(const Row& row) { return row.reply.fair_tree && !row.is_user() ? "" : six(row.line.fair_share); }
std::string level(const Row& row) {
  return row.reply.fair_tree && !row.is_root() && row.line.shares ? six(row.line.level) : "";
}
std::string normal_usage(const Row& row) { return row.reply.fair_tree ? "" : six(row.line.normal_usage); }

struct Field {
  const char* name;
  int width;
  std::string (*text)(const Row&);
};
constexpr Field fields[] = {
    {"Account", -20, [](const Row& row) { return std::string(row.indent, ' ') + row.line.account; }},
    {"Cluster", 10, [](const Row& row) { return row.reply.cluster; }},
    {"EffectvUsage", 13, [](const Row& row) { return six(row.line.effective_usage); }},
    {"FairShare", 10, fair_share},
    {"GrpTRESMins", 30, [](const Row& row) { return row.line.grp_tres_mins; }},
    {"GrpTRESRaw", 30, [](const Row& row) { return tres_counts(row.line.used_minutes); }},
    {"ID", 6, [](const Row& row) { return fmt::to_string(row.line.id); }},
    {"LevelFS", 10, level},
    {"NormShares", 11, [](const Row& row) { return six(row.line.normal_shares); }},
    {"NormUsage", 11, normal_usage},
    {"Partition", 12, [](const Row& row) { return row.line.partition; }},
    {"RawShares", 10, shares},
    {"RawUsage", 11, [](const Row& row) { return whole(row.line.usage); }},
    {"TRESRunMins", 30, [](const Row& row) { return tres_counts(row.line.run_minutes); }},
    {"User", 10, [](const Row& row) { return row.line.user; }},
};

std::string usual_format(const SshareOptions& options, bool fair_tree) {
  std::string format = "Account,User,";
  if (options.partitions) format += "Partition,";
  if (!options.long_format) return format + "RawShares,NormShares,RawUsage,EffectvUsage,FairShare";
  format += "RawShares,NormShares,RawUsage,NormUsage,EffectvUsage,FairShare,";
  return format + (fair_tree ? "LevelFS,GrpTRESMins,TRESRunMins" : "GrpTRESMins,TRESRunMins");
}

using Columns = FieldColumns<Field>;

bool is_listed(const std::string& list, const std::string& name) {
  const auto names = split_commas(list);
  return std::ranges::any_of(names, [&](std::string_view one) { return one == name; });
}

bool is_wanted(const SshareOptions& options, const std::string& users, const ShareLine& line) {
  if (!options.accounts.empty() && !is_listed(options.accounts, line.account)) return false;
  if (line.user.empty()) return !options.users_only;
  return users.empty() || is_listed(users, line.user);
}

// Everybody's with -a; else those that are named, or the caller's own.
void keep_wanted(const SshareOptions& options, const Output& output, SharesReply& reply) {
  std::string users = options.users;
  if (users.empty() && !options.all) users = output.caller_name;
  std::erase_if(reply.lines, [&](const ShareLine& line) { return !is_wanted(options, users, line); });
}

std::string table_of(const SshareOptions& options, const Columns& columns, const SharesReply& reply) {
  const RuledTable table(columns.table, options.form);
  std::string text = options.header ? table.heading() : "";
  std::map<std::uint32_t, std::size_t> indents;  // of those that are shown
  for (const ShareLine& line : reply.lines) {
    const auto above = indents.find(line.parent);
    const Row row{line, reply, above == indents.end() ? 0 : above->second + 1};
    indents[line.id] = row.indent;
    std::vector<std::string> texts;
    for (const Field* field : columns.fields) texts.push_back(field->text(row));
    text += table.row(texts);
  }
  return text;
}

std::string field_names() {
  std::string text;
  std::size_t in_line = 0;
  for (const Field& field : fields) {
    text += fmt::format("{:<17}", field.name);
    const bool ends = ++in_line % 4 == 0;
    text += ends ? "\n" : " ";
  }
  if (in_line % 4 != 0) text.back() = '\n';
  return text;
}

int refuse(const Output& output, const std::string& text) {
  output.error_line("sshare: error: " + text);
  return 1;
}

}  // namespace

int run_sshare(const SshareOptions& options, ControllerClient& controller, const Output& output) {
  if (options.list_fields) return output.print(field_names()), 0;
  if (const Status here = only_own_cluster(options.clusters, output); !here)
    return refuse(output, text_of(here.error()));
  auto reply = ask<SharesReply>(controller, SharesRequest{}, output);
  if (!reply) return refuse(output, "Couldn't get shares from controller: " + text_of(reply.error()));
  if (options.explain) {
    const auto text = explain_shares(*reply, options.compared[0], options.compared[1]);
    if (!text) return refuse(output, text_of(text.error()));
    output.print(*text);
    return 0;
  }
  keep_wanted(options, output, *reply);
  if (options.verbose > 0) output.error_line(fmt::format("sshare: {} associations", reply->lines.size()));
  if (options.json || options.yaml) {
    write_shares(*reply, options.yaml ? DataFormat::yaml : DataFormat::json, output);
    return 0;
  }
  const std::string format = options.format.empty() ? usual_format(options, reply->fair_tree) : options.format;
  const auto columns = field_columns<Field>(fields, format);
  if (!columns) return refuse(output, text_of(columns.error()));
  if (!options.clusters.empty() && options.header) output.line("CLUSTER: " + output.meta.cluster);
  output.print(table_of(options, *columns, *reply));
  return 0;
}

}  // namespace slurmxx
