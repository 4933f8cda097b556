// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol show assoc_mgr [flags=users,assoc,qos] [users=...] [accounts=...] [qos=...]: each limit with what is used of
// it, N where there is none.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "commands/scontrol/run.h"
#include "core/accounting/ancestry.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Use = AssociationsReply::Use;

struct Asked {
  bool users = true;
  bool associations = true;
  bool qos = true;
  std::vector<std::string> user_names;  // each list: empty, all
  std::vector<std::string> accounts;
  std::vector<std::string> qos_names;
};

std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view one : split_commas(text)) names.emplace_back(one);
  return names;
}

bool is_in(const std::vector<std::string>& list, const std::string& name) {
  return list.empty() || contains(list, name);
}

Result<Asked> parse_asked(std::span<const std::string> words) {
  Asked asked;
  for (const std::string& word : words) {
    const auto pair = split_once(word, '=');
    if (!pair)
      return fail(fmt::format("invalid option: {}: KEY=VALUE is wanted, with flags, users, accounts or qos", word));
    if (starts_with_ignoring_case("flags", pair->first)) {
      asked.users = asked.associations = asked.qos = false;
      for (const std::string_view flag : split_commas(pair->second)) {
        bool* const which = starts_with_ignoring_case("users", flag)          ? &asked.users
                            : starts_with_ignoring_case("associations", flag) ? &asked.associations
                            : starts_with_ignoring_case("qos", flag)          ? &asked.qos
                                                                              : nullptr;
        if (!which) return fail(fmt::format("invalid flag: {}: there are users, assoc and qos", flag));
        *which = true;
      }
    } else if (starts_with_ignoring_case("users", pair->first)) {
      asked.user_names = listed(pair->second);
    } else if (starts_with_ignoring_case("accounts", pair->first)) {
      asked.accounts = listed(pair->second);
    } else if (starts_with_ignoring_case("qos", pair->first)) {
      asked.qos_names = listed(pair->second);
    } else {
      return fail(fmt::format("invalid option: {}: there are flags, users, accounts and qos", pair->first));
    }
  }
  return asked;
}

// The limits of one row, beside what is used.
class Limits {
 public:
  Limits(const LimitSet& limits, const Use& use, const AssociationsReply& reply)
      : limits_(limits), use_(use), reply_(reply) {}

  std::string count(LimitKind kind, std::uint64_t used) const { return fmt::format("{}({})", number(kind), used); }
  std::string wall() const { return fmt::format("{}({:.2f})", number(LimitKind::grp_wall), use_.used.wall / 60); }
  std::string held(LimitKind kind) const {
    return each(kind, [&](const std::string& name) { return use_.tally.tres[name]; });
  }
  std::string minutes() const {
    return each(LimitKind::grp_tres_mins,
                [&](const std::string& name) { return static_cast<std::uint64_t>(use_.used.of(name) / 60); });
  }
  std::string run_minutes() const {
    return each(LimitKind::grp_tres_run_mins,
                [&](const std::string& name) { return use_.tally.run_minutes(name, reply_.now); });
  }
  std::string text(LimitKind kind) const { return limits_.text(kind); }
  // In minutes, as a plain number.
  std::string plain(LimitKind kind) const {
    const auto value = limits_.number(kind);
    return value ? fmt::to_string(*value) : "";
  }
  const Use& use() const { return use_; }

 private:
  std::string number(LimitKind kind) const {
    const auto value = limits_.number(kind);
    return value ? fmt::to_string(*value) : "N";
  }
  template <class Used>
  std::string each(LimitKind kind, Used used) const {
    std::vector<std::string> parts;
    for (const std::string& name : reply_.tres) {
      const auto limit = limits_.tres(kind, name);
      parts.push_back(fmt::format("{}={}({})", name, limit ? fmt::to_string(*limit) : "N", used(name)));
    }
    return join(parts, ",");
  }

  const LimitSet& limits_;
  const Use& use_;
  const AssociationsReply& reply_;
};

const Use& use_of(const AssociationsReply& reply, const Holder& holder) {
  static const Use nothing;
  const auto found = std::ranges::lower_bound(reply.uses, holder, {}, &Use::holder);  // slurmctld's order
  return found == reply.uses.end() || found->holder != holder ? nothing : *found;
}

std::string with_id(const std::string& name, const Output& output) {
  const auto uid = output.user_id ? output.user_id(name) : std::nullopt;
  return fmt::format("{}({})", name, uid ? fmt::to_string(uid->value) : "4294967294");
}

using enum LimitKind;

std::string group_text(const Limits& limits) {
  return fmt::format("    GrpTRES={}\n    GrpTRESMins={}\n    GrpTRESRunMins={}\n", limits.held(grp_tres),
                     limits.minutes(), limits.run_minutes());
}

constexpr const char* admin_names[] = {"None", "Operator", "Administrator"};

std::string users_text(const AssociationsReply& reply, const Asked& asked, const Output& output) {
  std::string text = "\nUser Records\n\n";
  for (const UserRow& row : reply.book.users)
    if (is_in(asked.user_names, row.name))
      text += fmt::format("UserName={} DefAccount={} DefWckey={} AdminLevel={}\n", with_id(row.name, output),
                          row.default_account, row.default_wckey, admin_names[static_cast<std::size_t>(row.admin)]);
  return text;
}

// What is looked up for every association, worked out once.
struct Lookups {
  const AssociationsReply& reply;
  Ancestry ancestry;
  std::map<std::uint32_t, const ShareLine*> shares;
  Lookups(const AssociationsReply& associations, const SharesReply& told)
      : reply(associations), ancestry(associations.book) {
    for (const ShareLine& one : told.lines) shares[one.id] = &one;
  }
};

// Of its user.
bool is_default(const AccountBook& book, const Association& row) {
  const UserRow* user = row.is_user() ? book.user(row.user) : nullptr;
  return user && user->default_account == row.account;
}

std::string association_text(const Lookups& lookups, const Association& row, const Output& output) {
  const AssociationsReply& reply = lookups.reply;
  const auto share = lookups.shares.find(row.id);
  const ShareLine line = share == lookups.shares.end() ? ShareLine() : *share->second;
  const Limits limits(row.limits, use_of(reply, {HolderKind::association, row.id, ""}), reply);
  const Tally& tally = limits.use().tally;
  const double of_level = line.normal_shares > 0 ? line.shares.value_or(0) / line.normal_shares : 0;
  std::string text =
      fmt::format("ClusterName={} Account={} UserName={} Partition={} Priority={} ID={}\n", row.cluster, row.account,
                  row.is_user() ? with_id(row.user, output) : "", row.partition, row.priority.value_or(0), row.id);
  text += fmt::format("    SharesRaw/Norm/Level/Factor={}/{:.2f}/{:.0f}/{:.2f}\n",
                      row.shares_of_parent ? "parent" : fmt::to_string(row.shares), line.normal_shares, of_level,
                      line.fair_share);
  text += fmt::format("    UsageRaw/Norm/Efctv={:.2f}/{:.2f}/{:.2f}\n", line.usage, line.normal_usage,
                      line.effective_usage);
  const Association* up = lookups.ancestry.above(row);
  text +=
      fmt::format("    ParentAccount={} Lineage={} DefAssoc={}\n", up ? fmt::format("{}({})", up->account, up->id) : "",
                  lookups.ancestry.lineage(row), is_default(reply.book, row) ? "Yes" : "No");
  text += fmt::format("    GrpJobs={} GrpJobsAccrue={}\n    GrpSubmitJobs={} GrpWall={}\n",
                      limits.count(grp_jobs, tally.running), limits.count(grp_jobs_accrue, tally.accruing),
                      limits.count(grp_submit, tally.submitted), limits.wall());
  text += group_text(limits);
  text += fmt::format("    MaxJobs={} MaxJobsAccrue={} MaxSubmitJobs={} MaxWallPJ={}\n",
                      row.is_user() ? limits.count(max_jobs, tally.running) : limits.plain(max_jobs),
                      row.is_user() ? limits.count(max_jobs_accrue, tally.accruing) : limits.plain(max_jobs_accrue),
                      row.is_user() ? limits.count(max_submit, tally.submitted) : limits.plain(max_submit),
                      limits.plain(max_wall_per_job));
  text += fmt::format("    MaxTRESPJ={}\n    MaxTRESPN={}\n    MaxTRESMinsPJ={}\n    MinPrioThresh={}\n",
                      limits.text(max_tres_per_job), limits.text(max_tres_per_node), limits.text(max_tres_mins_per_job),
                      limits.plain(min_prio_threshold));
  return text;
}

// What users and accounts have of a QOS.
struct Each {
  const char* title;
  const char* nobody;
  const char* suffix;
  HolderKind kind;
  LimitKind jobs, accrue, submit, tres;
};
constexpr Each eaches[] = {
    {"Account Limits", "No Accounts", "PA", HolderKind::account_in_qos, max_jobs_per_account,
     max_jobs_accrue_per_account, max_submit_per_account, max_tres_per_account},
    {"User Limits", "No Users", "PU", HolderKind::user_in_qos, max_jobs_per_user, max_jobs_accrue_per_user,
     max_submit_per_user, max_tres_per_user},
};

std::string each_text(const AssociationsReply& reply, const Qos& row, const Each& each, const Output& output) {
  std::string text = fmt::format("    {}\n", each.title), holders;
  for (const Use& use : reply.uses) {
    if (use.holder.kind != each.kind || use.holder.id != row.id) continue;
    const Limits limits(row.limits, use, reply);
    const bool user = each.kind == HolderKind::user_in_qos;
    holders += fmt::format(
        "      {}\n        MaxJobs{}={} MaxJobsAccrue{}={} MaxSubmitJobs{}={}\n        MaxTRES{}={}\n",
        user ? with_id(use.holder.name, output) : use.holder.name, each.suffix,
        limits.count(each.jobs, use.tally.running), each.suffix, limits.count(each.accrue, use.tally.accruing),
        each.suffix, limits.count(each.submit, use.tally.submitted), each.suffix, limits.held(each.tres));
  }
  return text + (holders.empty() ? fmt::format("        {}\n", each.nobody) : holders);
}

std::string qos_text(const AssociationsReply& reply, const Qos& row, const Output& output) {
  const Limits limits(row.limits, use_of(reply, {HolderKind::qos, row.id, ""}), reply);
  const Tally& tally = limits.use().tally;
  std::string text = fmt::format("QOS={}({})\n    UsageRaw={:.6f}\n", row.name, row.id, limits.use().used.billing());
  text += fmt::format("    GrpJobs={} GrpJobsAccrue={} GrpSubmitJobs={} GrpWall={}\n",
                      limits.count(grp_jobs, tally.running), limits.count(grp_jobs_accrue, tally.accruing),
                      limits.count(grp_submit, tally.submitted), limits.wall());
  text += group_text(limits);
  text += fmt::format("    MaxWallPJ={}\n    MaxTRESPJ={}\n    MaxTRESPN={}\n    MaxTRESMinsPJ={}\n",
                      limits.plain(max_wall_per_job), limits.text(max_tres_per_job), limits.text(max_tres_per_node),
                      limits.text(max_tres_mins_per_job));
  text += fmt::format("    MinPrioThresh={} \n    MinTRESPJ={}\n    PreemptMode={}\n    Priority={}\n",
                      limits.plain(min_prio_threshold), limits.text(min_tres_per_job),
                      row.preempt_mode.empty() ? "OFF" : upper(row.preempt_mode), row.priority);
  for (const Each& each : eaches) text += each_text(reply, row, each, output);
  return text;
}

// As a tree; of what PrivateData leaves, which has no root, as it comes.
std::vector<const Association*> in_order(const AssociationsReply& reply) {
  std::vector<const Association*> rows;
  for (const auto& placed : reply.book.tree(reply.cluster)) rows.push_back(placed.association);
  if (rows.empty())
    for (const Association& row : reply.book.associations) rows.push_back(&row);
  return rows;
}

}  // namespace

int show_associations(const ScontrolCall& call) {
  const auto asked = parse_asked(call.arguments);
  if (!asked) return call.refused("show assoc_mgr: ", asked.error());
  const auto reply = ask<AssociationsReply>(call.controller, AssociationsRequest{}, call.output);
  if (!reply) return call.refused("slurm_load_assoc_mgr_info error: ", reply.error());
  std::string text = "Current Association Manager state\n";
  if (asked->users) text += users_text(*reply, *asked, call.output);
  if (asked->associations) {
    const auto shares = ask<SharesReply>(call.controller, SharesRequest{}, call.output);
    if (!shares) return call.refused("slurm_load_assoc_mgr_info error: ", shares.error());
    const Lookups lookups(*reply, *shares);
    text += "\nAssociation Records\n\n";
    for (const Association* placed : in_order(*reply)) {
      const Association& row = *placed;
      if (is_in(asked->accounts, row.account) && (!row.is_user() || is_in(asked->user_names, row.user)))
        text += association_text(lookups, row, call.output);
    }
  }
  if (asked->qos) {
    text += "\nQOS Records\n\n";
    for (const Qos& row : reply->book.qos)
      if (is_in(asked->qos_names, row.name)) text += qos_text(*reply, row, call.output);
  }
  call.output.print(text);
  return 0;
}

}  // namespace slurmxx
