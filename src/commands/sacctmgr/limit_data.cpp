// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --json of associations and QOS. A limit that is not set is infinite.
#include "commands/sacctmgr/show_data.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using R = const ShowRow&;
using V = DataValue;
using Writes = std::function<void(DataWriter&)>;
using enum LimitKind;

std::int64_t tres_id(const AccountBook& book, std::string_view name) {
  for (const TresRow& row : book.tres)
    if (row.full_name() == name) return row.id;
  return 0;
}

std::string limit_text_of(R row, LimitKind kind) {
  return row.qos ? row.qos->limits.text(kind)
                 : row.inherited.ancestry->limit_text(*row.association, kind, !row.inherited.own_only);
}

template <LimitKind kind>
V count(R row) {
  const std::string text = limit_text_of(row, kind);
  if (text.empty()) return DataNumber{{}, true};
  if (limit_row(kind).unit == LimitUnit::minutes) {
    const auto time = parse_time_limit(text);
    return DataNumber{time && !time->unlimited ? std::optional(time->value.value) : std::nullopt, false};
  }
  const auto number = parse_natural(text);
  return DataNumber{number ? std::optional(static_cast<std::int64_t>(*number)) : std::nullopt, false};
}

template <LimitKind kind>
V tres(R row) {
  return counts_list(*row.book, counts_in(limit_text_of(row, kind)));
}

V none(R) {
  return Writes([](DataWriter& w) {
    w.begin_array();
    w.end_array();
  });
}
V deleted_flag(R r) { return r.is_deleted ? DataWords{"DELETED"} : DataWords{}; }

// {"set", "infinite", "number"} of what is no whole number.
V real_number(std::optional<std::uint64_t> millionths) {
  return Writes([millionths](DataWriter& w) {
    w.begin_object();
    w.member("set", millionths.has_value());
    w.member("infinite", false);
    w.member("number", static_cast<double>(millionths.value_or(0)) / 1e6);
    w.end_object();
  });
}

constexpr DataField<ShowRow> association_fields[] = {
    {"accounting", none},
    {"account", [](R r) -> V { return r.association->account; }},
    {"cluster", [](R r) -> V { return r.association->cluster; }},
    {"comment", [](R r) -> V { return r.association->comment; }},
    {"default.qos", [](R r) -> V { return r.inherited.ancestry->default_qos_of(*r.association); }},
    {"flags", deleted_flag},
    {"max.jobs.per.count", count<grp_jobs>},
    {"max.jobs.per.accruing", count<grp_jobs_accrue>},
    {"max.jobs.per.submitted", count<grp_submit>},
    {"max.jobs.per.wall_clock", count<max_wall_per_job>},
    {"max.jobs.active", count<max_jobs>},
    {"max.jobs.accruing", count<max_jobs_accrue>},
    {"max.jobs.total", count<max_submit>},
    {"max.tres.total", tres<grp_tres>},
    {"max.tres.group.minutes", tres<grp_tres_mins>},
    {"max.tres.group.active", tres<grp_tres_run_mins>},
    {"max.tres.minutes.total", none},
    {"max.tres.minutes.per.job", tres<max_tres_mins_per_job>},
    {"max.tres.per.job", tres<max_tres_per_job>},
    {"max.tres.per.node", tres<max_tres_per_node>},
    {"max.per.account.wall_clock", count<grp_wall>},
    {"id", [](R r) -> V { return std::int64_t{r.association->id}; }},
    {"is_default",
     [](R r) -> V {
       const UserRow* user = r.association->is_user() ? r.book->user(r.association->user) : nullptr;
       return user && user->default_in(r.association->cluster) == r.association->account;
     }},
    {"lineage", [](R r) -> V { return r.inherited.ancestry->lineage(*r.association); }},
    {"min.priority_threshold", count<min_prio_threshold>},
    {"parent_account", [](R r) -> V { return r.association->parent; }},
    {"partition", [](R r) -> V { return r.association->partition; }},
    {"priority",
     [](R r) -> V {
       return r.association->priority ? number_of(*r.association->priority) : DataNumber{{}, true};
     }},
    {"qos", [](R r) -> V { return r.inherited.ancestry->qos_of(*r.association); }},
    {"shares_raw", [](R r) -> V { return std::int64_t{r.association->shares}; }},
    {"user", [](R r) -> V { return r.association->user; }},
};

V qos_flags(R row) {
  constexpr std::pair<std::string_view, const char*> names[] = {{"DenyOnLimit", "DENY_LIMIT"},
                                                                {"EnforceUsageThreshold", "ENFORCE_USAGE_THRESHOLD"},
                                                                {"NoDecay", "NO_DECAY"},
                                                                {"NoReserve", "NO_RESERVE"},
                                                                {"OverPartQOS", "OVERRIDE_PARTITION_QOS"},
                                                                {"PartitionMaxNodes", "PARTITION_MAXIMUM_NODE"},
                                                                {"PartitionMinNodes", "PARTITION_MINIMUM_NODE"},
                                                                {"PartitionTimeLimit", "PARTITION_TIME_LIMIT"},
                                                                {"Relative", "RELATIVE"},
                                                                {"RequiresReservation", "REQUIRED_RESERVATION"},
                                                                {"UsageFactorSafe", "USAGE_FACTOR_SAFE"}};
  DataWords words;
  for (const auto& [flag, name] : names)
    if (row.qos->has_flag(flag)) words.emplace_back(name);
  if (row.is_deleted) words.emplace_back("DELETED");
  return words;
}

V preempt_mode(R row) {
  DataWords words;
  for (const std::string_view mode : split_commas(row.qos->preempt_mode)) words.push_back(upper(mode));
  if (words.empty()) words.emplace_back("DISABLED");
  return words;
}

constexpr DataField<ShowRow> qos_fields[] = {
    {"description", [](R r) -> V { return r.qos->description; }},
    {"flags", qos_flags},
    {"id", [](R r) -> V { return std::int64_t{r.qos->id}; }},
    {"limits.grace_time", [](R r) -> V { return r.qos->grace_time.value; }},
    {"limits.max.active_jobs.accruing", count<grp_jobs_accrue>},
    {"limits.max.active_jobs.count", count<grp_jobs>},
    {"limits.max.jobs.active_jobs.per.account", count<max_jobs_per_account>},
    {"limits.max.jobs.active_jobs.per.user", count<max_jobs_per_user>},
    {"limits.max.jobs.count", count<grp_submit>},
    {"limits.max.jobs.per.account", count<max_submit_per_account>},
    {"limits.max.jobs.per.user", count<max_submit_per_user>},
    {"limits.max.accruing.per.account", count<max_jobs_accrue_per_account>},
    {"limits.max.accruing.per.user", count<max_jobs_accrue_per_user>},
    {"limits.max.tres.total", tres<grp_tres>},
    {"limits.max.tres.minutes.total", tres<grp_tres_mins>},
    {"limits.max.tres.minutes.per.qos", tres<grp_tres_run_mins>},
    {"limits.max.tres.minutes.per.job", tres<max_tres_mins_per_job>},
    {"limits.max.tres.minutes.per.account", tres<max_tres_run_mins_per_account>},
    {"limits.max.tres.minutes.per.user", tres<max_tres_run_mins_per_user>},
    {"limits.max.tres.per.account", tres<max_tres_per_account>},
    {"limits.max.tres.per.job", tres<max_tres_per_job>},
    {"limits.max.tres.per.node", tres<max_tres_per_node>},
    {"limits.max.tres.per.user", tres<max_tres_per_user>},
    {"limits.max.wall_clock.per.qos", count<grp_wall>},
    {"limits.max.wall_clock.per.job", count<max_wall_per_job>},
    {"limits.factor", [](R r) -> V { return real_number(r.qos->limit_factor); }},
    {"limits.min.priority_threshold", count<min_prio_threshold>},
    {"limits.min.tres.per.job", tres<min_tres_per_job>},
    {"name", [](R r) -> V { return r.qos->name; }},
    {"preempt.list", [](R r) -> V { return r.qos->preempt; }},
    {"preempt.mode", preempt_mode},
    {"preempt.exempt_time",
     [](R r) -> V {
       const auto& time = r.qos->preempt_exempt_time;
       return DataNumber{time ? std::optional(time->value) : std::nullopt, false};
     }},
    {"priority", [](R r) -> V { return number_of(r.qos->priority); }},
    {"usage_factor", [](R r) -> V { return real_number(r.qos->usage_factor); }},
    {"usage_threshold", [](R r) -> V { return real_number(r.qos->usage_threshold); }},
};

}  // namespace

std::span<const DataField<ShowRow>> association_data_fields() { return association_fields; }
std::span<const DataField<ShowRow>> qos_data_fields() { return qos_fields; }

std::function<void(DataWriter&)> counts_list(const AccountBook& book, TresCounts counts) {
  return [&book, counts = std::move(counts)](DataWriter& w) {
    w.begin_array();
    for (const TresCount& entry : counts.entries()) {
      const auto kind = split_once(entry.name, '/');
      w.begin_object();
      w.member("type", kind ? kind->first : std::string_view(entry.name));
      w.member("name", kind ? kind->second : std::string_view());
      w.member("id", tres_id(book, entry.name));
      w.member("count", static_cast<std::int64_t>(entry.count));
      w.end_object();
    }
    w.end_array();
  };
}

TresCounts counts_in(std::string_view text) {
  auto counts = parse_tres(text);
  return counts ? std::move(*counts) : TresCounts();
}

}  // namespace slurmxx
