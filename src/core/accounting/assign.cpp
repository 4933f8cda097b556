// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What each key of the command line sets in an association or a QOS, and how settings are told.
#include <fmt/format.h>

#include <algorithm>

#include "core/accounting/execution.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view qos_flags[] = {
    "DenyOnLimit", "EnforceUsageThreshold", "NoDecay",           "NoReserve",
    "OverPartQOS", "PartitionMaxNodes",     "PartitionMinNodes", "PartitionTimeLimit",
    "Relative",    "RequiresReservation",   "UsageFactorSafe",
};

Result<std::uint32_t> parse_u32(const Term& term) {
  auto number = parse_natural(term.value, {0, UINT32_MAX});
  if (!number) return fail(fmt::format(" Bad value for {}: {}", term.key, term.value));
  return static_cast<std::uint32_t>(*number);
}

// "1.5" in millionths.
Result<std::uint64_t> parse_millionths(const Term& term) {
  const auto parts = split_once(term.value, '.');
  const std::string whole(parts ? parts->first : std::string_view(term.value));
  std::string fraction(parts ? parts->second : std::string_view());
  if (fraction.size() > 6) fraction.resize(6);
  fraction.resize(6, '0');
  const auto a = parse_natural(whole.empty() ? "0" : whole, {0, 1'000'000'000});
  const auto b = parse_natural(fraction);
  if (!a || !b) return fail(fmt::format(" Bad value for {}: {}", term.key, term.value));
  return *a * 1'000'000 + *b;
}

Result<std::vector<std::string>> known_qos(const AccountBook& book, const Term& term) {
  std::vector<std::string> names;
  for (const std::string_view name : split(term.value, ',')) {
    if (name.empty()) continue;
    const Qos* qos = book.find_qos(name);
    if (!qos) return fail(fmt::format(" error: Unknown QOS '{}': see sacctmgr show qos", name));
    if (!contains(names, qos->name)) names.push_back(qos->name);
  }
  return names;
}

// Adds to, takes from or replaces a list. "-1" empties it.
void change_list(std::vector<std::string>& list, TermSign sign, const std::vector<std::string>& names) {
  if (sign == TermSign::equals) list.clear();
  for (const std::string& name : names) {
    std::erase(list, name);
    if (sign != TermSign::minus) list.push_back(name);
  }
}

Status set_fairshare(Association& row, const AccountBook&, const Term& term) {
  row.shares_of_parent = equal_ignoring_case(term.value, "parent");
  if (row.shares_of_parent) return row.shares = 1, Status();
  if (term.value == "-1") return row.shares = 1, Status();
  TRY_ASSIGN(row.shares, parse_u32(term));
  return {};
}

Status set_default_qos(Association& row, const AccountBook& book, const Term& term) {
  if (term.value.empty() || term.value == "-1") return row.default_qos.clear(), Status();
  const Qos* qos = book.find_qos(term.value);
  if (!qos) return fail(fmt::format(" error: Unknown QOS '{}': see sacctmgr show qos", term.value));
  row.default_qos = qos->name;
  return {};
}

Status set_qos(Association& row, const AccountBook& book, const Term& term);

// "+high,-low", as sacctmgr dump writes it.
Status set_qos_changes(Association& row, const AccountBook& book, const Term& term) {
  for (const std::string_view word : split(term.value, ',')) {
    if (word.size() < 2) continue;
    const TermSign sign = word.front() == '-' ? TermSign::minus : TermSign::plus;
    TRY(set_qos(row, book, {"qos", sign, std::string(word.substr(1))}));
  }
  return {};
}

Status set_qos(Association& row, const AccountBook& book, const Term& term) {
  if (term.value.empty() || term.value == "-1") return row.qos.clear(), row.qos_changes.clear(), Status();
  if (term.value.front() == '+' || term.value.front() == '-') return set_qos_changes(row, book, term);
  TRY_ASSIGN(const std::vector<std::string> names, known_qos(book, term));
  if (term.sign == TermSign::equals || !row.qos.empty() || !book.above(row)) {
    if (term.sign == TermSign::equals) row.qos_changes.clear();
    return change_list(row.qos, term.sign, names), Status();
  }
  // What is granted stays when the list above shrinks, and what is taken stays away when it grows.
  for (const std::string& name : names) {
    std::erase(row.qos_changes, "+" + name);
    std::erase(row.qos_changes, "-" + name);
    row.qos_changes.push_back((term.sign == TermSign::plus ? "+" : "-") + name);
  }
  return {};
}

Status set_comment(Association& row, const AccountBook&, const Term& term) {
  row.comment = term.value;
  return {};
}

Status set_priority(Association& row, const AccountBook&, const Term& term) {
  if (term.value == "-1") return row.priority.reset(), Status();
  TRY_ASSIGN(row.priority, parse_u32(term));
  return {};
}

// What was used is forgotten; nothing else can be said of it.
template <class Row>
Status reset_usage(Row& row, const AccountBook&, const Term& term) {
  if (term.value != "0") return fail(fmt::format(" error: RawUsage can only be set to 0, not to {}", term.value));
  ++row.usage_resets;
  return {};
}

template <class Row>
struct Setter {
  std::string_view key;
  Status (*set)(Row&, const AccountBook&, const Term&);
  bool inherited = false;
};

constexpr Setter<Association> association_setters[] = {
    {"fairshare", set_fairshare}, {"defaultqos", set_default_qos, true}, {"qos", set_qos, true},
    {"comment", set_comment},     {"priority", set_priority, true},      {"rawusage", reset_usage<Association>},
};

// "nodecay", "+nodecay", "-nodecay"; one sign is for all of the list.
Status set_qos_flags(Qos& row, const AccountBook&, const Term& term) {
  std::vector<std::string> flags;
  TermSign sign = term.sign;
  if (term.value.starts_with('+')) sign = TermSign::plus;
  if (term.value.starts_with('-')) sign = TermSign::minus;
  if (term.value == "-1") sign = TermSign::equals;
  if (term.value != "-1")
    for (std::string_view word : split(term.value, ',')) {
      if (word.starts_with('+') || word.starts_with('-')) word.remove_prefix(1);
      if (word.empty()) continue;
      const auto found = std::find_if(std::begin(qos_flags), std::end(qos_flags), [&](std::string_view flag) {
        return starts_with_ignoring_case(flag, word) && word.size() >= 3;
      });
      if (found == std::end(qos_flags))
        return fail(fmt::format(" error: Unknown QOS flag '{}': there are {}", word, join(qos_flags, ", ")));
      flags.emplace_back(*found);
    }
  change_list(row.flags, sign, flags);
  std::sort(row.flags.begin(), row.flags.end());
  return {};
}

Status set_preempt(Qos& row, const AccountBook& book, const Term& term) {
  if (term.value.empty() || term.value == "-1") return row.preempt.clear(), Status();
  TRY_ASSIGN(const std::vector<std::string> names, known_qos(book, term));
  change_list(row.preempt, term.sign, names);
  return {};
}

Status set_preempt_mode(Qos& row, const AccountBook&, const Term& term) {
  constexpr std::string_view modes[] = {"off", "suspend", "requeue", "cancel", "gang", "within"};
  std::vector<std::string> chosen;
  for (const std::string_view word : split(term.value, ',')) {
    if (word.empty() || equal_ignoring_case(word, "cluster") || word == "-1") continue;
    if (std::none_of(std::begin(modes), std::end(modes), [&](auto mode) { return equal_ignoring_case(mode, word); }))
      return fail(fmt::format(" error: Unknown PreemptMode '{}': there are cluster, {}", word, join(modes, ", ")));
    chosen.push_back(lower(word));
  }
  row.preempt_mode = join(chosen, ",");
  return {};
}

Result<Seconds> parse_seconds(const Term& term) {
  TRY_ASSIGN(const SecondsLimit limit, parse_duration(term.value));
  if (limit.unlimited) return fail(fmt::format(" Bad value for {}: {}", term.key, term.value));
  return limit.value;
}

constexpr Setter<Qos> qos_setters[] = {
    {"names", [](Qos&, const AccountBook&, const Term&) -> Status { return {}; }},
    {"description",
     [](Qos& row, const AccountBook&, const Term& term) -> Status { return row.description = term.value, Status(); }},
    {"priority",
     [](Qos& row, const AccountBook&, const Term& term) -> Status {
       if (term.value == "-1") return row.priority = 0, Status();
       TRY_ASSIGN(row.priority, parse_u32(term));
       return {};
     }},
    {"flags", set_qos_flags},
    {"preempt", set_preempt},
    {"preemptmode", set_preempt_mode},
    {"gracetime",
     [](Qos& row, const AccountBook&, const Term& term) -> Status {
       if (term.value == "-1") return row.grace_time = Seconds(0), Status();
       TRY_ASSIGN(const std::uint32_t seconds, parse_u32(term));
       return row.grace_time = Seconds(seconds), Status();
     }},
    {"preemptexempttime",
     [](Qos& row, const AccountBook&, const Term& term) -> Status {
       if (term.value == "-1") return row.preempt_exempt_time.reset(), Status();
       TRY_ASSIGN(row.preempt_exempt_time, parse_seconds(term));
       return {};
     }},
    {"rawusage", reset_usage<Qos>},
    {"usagefactor",
     [](Qos& row, const AccountBook&, const Term& term) -> Status {
       if (term.value == "-1") return row.usage_factor = 1'000'000, Status();
       TRY_ASSIGN(row.usage_factor, parse_millionths(term));
       return {};
     }},
    {"usagethreshold",
     [](Qos& row, const AccountBook&, const Term& term) -> Status {
       if (term.value == "-1") return row.usage_threshold.reset(), Status();
       TRY_ASSIGN(row.usage_threshold, parse_millionths(term));
       return {};
     }},
    {"limitfactor",
     [](Qos& row, const AccountBook&, const Term& term) -> Status {
       if (term.value == "-1") return row.limit_factor.reset(), Status();
       TRY_ASSIGN(row.limit_factor, parse_millionths(term));
       return {};
     }},
};

template <class Row, std::size_t N>
const Setter<Row>* find_setter(const Setter<Row> (&setters)[N], std::string_view key) {
  for (const Setter<Row>& setter : setters)
    if (setter.key == key) return &setter;
  return nullptr;
}

// Only what is counted can be limited; GPUs also before the first cluster that counts them has registered.
Status check_tracked(const AccountBook& book, std::string_view value) {
  for (const std::string_view part : split(value, ',')) {
    const auto pair = split_once(part, '=');
    if (!pair || pair->first == "gres/gpu" || pair->first.starts_with("gres/gpu:")) continue;
    const auto same = [&](const TresRow& row) { return row.full_name() == pair->first; };
    if (std::none_of(book.tres.begin(), book.tres.end(), same))
      return fail(
          fmt::format(" error: no TRES known by type {}: see sacctmgr show tres; what is counted beside cpu, "
                      "mem, node and billing stands in AccountingStorageTRES of slurm.conf",
                      pair->first));
  }
  return {};
}

template <class Row>
Status assign_limit(Row& row, const AccountBook& book, const Term& term, LimitHolder holder) {
  const auto limit = find_limit(term.key, holder);
  if (!limit) return fail(fmt::format(" error: {} can not be set here", term.key));
  if (limit->row->unit == LimitUnit::tres && limit->tres.empty()) TRY(check_tracked(book, term.value));
  if (const Status set = row.limits.assign(*limit, term.value); !set)
    return fail(fmt::format(" Bad {} value: {}", limit->row->heading, text_of(set.error())));
  return {};
}

}  // namespace

Status assign_term(Association& row, const AccountBook& book, const Term& term) {
  if (const auto* setter = find_setter(association_setters, term.key)) return setter->set(row, book, term);
  return assign_limit(row, book, term, LimitHolder::association);
}

Status assign_term(Qos& row, const AccountBook& book, const Term& term) {
  if (const auto* setter = find_setter(qos_setters, term.key)) return setter->set(row, book, term);
  return assign_limit(row, book, term, LimitHolder::qos);
}

Status assign_term(ResourceRow& row, const Term& term) {
  const std::pair<std::string_view, std::string*> texts[] = {
      {"server", &row.server}, {"servertype", &row.server_type}, {"description", &row.description}};
  for (const auto& [key, text] : texts)
    if (term.key == key) return *text = term.value, Status();
  const std::pair<std::string_view, std::uint32_t*> numbers[] = {{"count", &row.count},
                                                                 {"lastconsumed", &row.last_consumed}};
  for (const auto& [key, number] : numbers) {
    if (term.key != key) continue;
    TRY_ASSIGN(*number, parse_u32(term));
    return {};
  }
  if (term.key == "type" && !equal_ignoring_case(term.value, "license"))
    return fail(fmt::format(" Unknown resource type: '{}'  Valid resources are: license", term.value));
  if (term.key != "flags") return {};
  for (const std::string& flag : values_of({term}, "flags"))
    if (!equal_ignoring_case(flag, "absolute"))
      return fail(fmt::format(" error: Unknown resource flag '{}': there is Absolute", flag));
  return change_list(row.flags, term.sign, {"Absolute"}), Status();
}

bool sets_association(const Term& term) {
  return find_setter(association_setters, term.key) || find_limit(term.key, LimitHolder::association);
}

bool any_association_term(const Terms& terms) {
  return std::any_of(terms.begin(), terms.end(), [](const Term& term) { return sets_association(term); });
}

bool is_inherited(const Term& term) {
  if (const auto* setter = find_setter(association_setters, term.key)) return setter->inherited;
  const auto limit = find_limit(term.key, LimitHolder::association);
  return limit && std::string_view(limit->row->heading).starts_with("Max");
}

std::string association_settings(const Terms& terms, const Association& row) {
  std::string text;
  const auto tell = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<13} = {}\n", name, value);
  };
  for (const Term& term : terms) {
    if (term.key == "fairshare") tell("Fairshare", row.shares_of_parent ? "parent" : std::to_string(row.shares));
    if (term.key == "defaultqos") tell("DefaultQOS", row.default_qos);
  }
  for (const LimitRow& limit : limit_rows())
    if (row.limits.has(limit.kind)) tell(limit.heading, row.limits.text(limit.kind));
  for (const Term& term : terms) {
    if (term.key == "priority") tell("Priority", term.value);
    if (term.key == "qos") tell("QOS", term.value);
    if (term.key == "parent") tell("Parent", row.parent);
  }
  return text;
}

std::string qos_settings(const Qos& row) {
  std::string text = fmt::format("  {:<14} = {}\n", "Description", row.description);
  const auto tell = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<24} = {}\n", name, value);
  };
  if (!row.flags.empty()) tell("Flags", join(row.flags, ","));
  if (row.grace_time.value != 0) tell("GraceTime", std::to_string(row.grace_time.value));
  for (const LimitRow& limit : limit_rows())
    if (row.limits.has(limit.kind)) tell(limit.heading, row.limits.text(limit.kind));
  if (row.limit_factor) tell("LimitFactor", millionths_text(*row.limit_factor));
  if (!row.preempt.empty()) tell("Preempt", join(row.preempt, ","));
  if (!row.preempt_mode.empty()) tell("PreemptMode", row.preempt_mode);
  if (row.preempt_exempt_time) tell("PreemptExemptTime", duration_long(*row.preempt_exempt_time));
  if (row.priority != 0) tell("Priority", std::to_string(row.priority));
  if (row.usage_factor != 1'000'000) tell("UsageFactor", millionths_text(row.usage_factor));
  if (row.usage_threshold) tell("UsageThreshold", millionths_text(*row.usage_threshold));
  return text;
}

std::string resource_settings(const ResourceRow& row) {
  std::string text;
  const auto tell = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<14} = {}\n", name, value);
  };
  tell("Name", row.name);
  tell("Server", row.server);
  tell("Description", row.description);
  if (!row.server_type.empty()) tell("ServerType", row.server_type);
  tell("Count", std::to_string(row.count));
  tell("Type", row.type);
  if (!row.flags.empty()) tell("Flags", join(row.flags, ","));
  return text;
}

std::string millionths_text(std::uint64_t value) {
  return fmt::format("{}.{:06}", value / 1'000'000, value % 1'000'000);
}

std::string wckey_line(const WcKeyRow& row) {
  return fmt::format("  C = {:<10} W = {:<20} U = {:<9}\n", row.cluster, row.name, row.user);
}

std::string association_line(const Association& row) {
  std::string line = fmt::format("  C = {:<10} A = {:<20} ", row.cluster, row.account);
  if (row.is_user()) line += fmt::format("U = {:<9}", row.user);
  if (!row.partition.empty()) line += fmt::format(" P = {:<10}", row.partition);
  if (!row.is_user()) line.pop_back();
  return line + "\n";
}

const char* admin_level_text(AdminLevel level) {
  if (level == AdminLevel::administrates) return "Administrator";
  return level == AdminLevel::operates ? "Operator" : "None";
}

Result<AdminLevel> parse_admin_level(std::string_view text) {
  for (const AdminLevel level : {AdminLevel::none, AdminLevel::operates, AdminLevel::administrates})
    if (!text.empty() && starts_with_ignoring_case(admin_level_text(level), text)) return level;
  return fail(fmt::format(" Invalid admin level: {}: there are None, Operator and Administrator", text));
}

}  // namespace slurmxx
