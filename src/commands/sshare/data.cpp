// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sshare --json: {"shares": {"shares": [...], "total_shares": N}}.
#include <cmath>
#include <map>

#include "cli/data_answer.h"
#include "commands/sshare/run.h"

namespace slurmxx {
namespace {

void real_member(DataWriter& writer, std::string_view name, double value) {
  writer.key(name);
  writer.begin_object();
  writer.member("set", true);
  writer.member("infinite", std::isinf(value));
  writer.member("number", std::isinf(value) ? 0.0 : value);
  writer.end_object();
}

void write_counts(DataWriter& writer, std::string_view name, const TresCounts& counts, std::uint64_t factor) {
  writer.key(name);
  writer.begin_array();
  for (const TresCount& one : counts.entries()) {
    writer.begin_object();
    writer.member("name", one.name);
    number_member(writer, "value", static_cast<std::int64_t>(one.count * factor));
    writer.end_object();
  }
  writer.end_array();
}

void write_line(DataWriter& writer, const ShareLine& line, const std::string& parent, const std::string& cluster) {
  const bool is_user = !line.user.empty();
  writer.begin_object();
  writer.member("id", line.id);
  writer.member("cluster", cluster);
  writer.member("name", is_user ? line.user : line.account);
  writer.member("parent", parent);
  writer.member("partition", line.partition);
  real_member(writer, "shares_normalized", line.normal_shares);
  number_member(writer, "shares", line.shares ? std::optional<std::int64_t>(*line.shares) : std::nullopt);
  writer.key("tres");
  writer.begin_object();
  write_counts(writer, "run_seconds", line.run_minutes, 60);
  const auto limits = parse_tres(line.grp_tres_mins);
  write_counts(writer, "group_minutes", limits ? *limits : TresCounts(), 1);
  write_counts(writer, "usage", line.used_minutes, 60);
  writer.end_object();
  real_member(writer, "effective_usage", line.effective_usage);
  real_member(writer, "usage_normalized", line.normal_usage);
  writer.member("usage", static_cast<std::int64_t>(line.usage));
  writer.key("fairshare");
  writer.begin_object();
  real_member(writer, "factor", line.fair_share);
  real_member(writer, "level", line.level);
  writer.end_object();
  const std::string type = is_user ? "USER" : "ASSOCIATION";
  writer.member("type", std::span(&type, 1));
  writer.end_object();
}

}  // namespace

void write_shares(const SharesReply& reply, DataFormat format, const Output& output) {
  write_answer("shares", {format, output, {}}, [&](DataWriter& writer) {
    std::map<std::uint32_t, std::string> accounts{{0, ""}};  // by id
    writer.begin_object();
    writer.key("shares");
    writer.begin_array();
    for (const ShareLine& line : reply.lines) {
      accounts[line.id] = line.account;
      write_line(writer, line, accounts[line.parent], reply.cluster);
    }
    writer.end_array();
    std::int64_t total = 0;
    for (const ShareLine& line : reply.lines) total += line.shares.value_or(0);
    writer.member("total_shares", total);
    writer.end_object();
  });
}

}  // namespace slurmxx
