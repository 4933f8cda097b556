// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Clusters, and federations of them: rows alone, jobs go to no sibling.
#include <fmt/format.h>

#include <algorithm>

#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view own_keys[] = {"classification", "federation", "fedstate", "features", "flags"};

constexpr std::string_view classifications = "None Capability Capacity Capapacity";
constexpr std::string_view federation_states = "ACTIVE INACTIVE DRAIN DRAIN+REMOVE";

bool sets_cluster(const Term& term) { return std::ranges::find(own_keys, term.key) != std::end(own_keys); }

std::string known_spelling(std::string_view given, std::string_view known) {
  for (const std::string_view word : split(known, ' '))
    if (equal_ignoring_case(word, given)) return std::string(word);
  return {};
}

void leave_federation(ClusterRow& row) {
  row.federation.clear();
  row.federation_state.clear();
  row.federation_index = 0;
}

std::optional<std::string> unknown_cluster(const AccountBook& book, const std::vector<std::string>& names) {
  const auto found = std::ranges::find_if(names, [&](const std::string& name) { return !book.cluster(name); });
  if (found == names.end()) return std::nullopt;
  return fmt::format(" The cluster {} doesn't exist. Please add first.", *found);
}

// "  Features      += a"
std::string setting_line(const char* name, const Term& term, std::string_view value) {
  const char* sign = term.sign == TermSign::plus ? "+=" : term.sign == TermSign::minus ? "-=" : "=";
  return fmt::format("  {:<14}{:>2} {}\n", name, sign, value);
}

std::string told_value(const Term& term) {
  if (term.key == "classification") return known_spelling(term.value, classifications);
  return term.key == "fedstate" ? known_spelling(term.value, federation_states) : term.value;
}

void change_features(ClusterRow& row, const Term& term) {
  if (term.sign == TermSign::equals) row.features.clear();
  for (const std::string& feature : values_of({term}, term.key)) {
    std::erase(row.features, feature);
    if (term.sign != TermSign::minus) row.features.push_back(feature);
  }
}

}  // namespace

// The lowest number that no cluster of the federation has.
Status Execution::put_in_federation(const std::string& cluster, const std::string& federation) {
  ClusterRow row = *book_.cluster(cluster);
  if (row.federation == federation) return {};
  if (!federation.empty() && !book_.federation(federation))
    return fail(fmt::format(" The federation {} doesn't exist. Please add it first: sacctmgr add federation {}",
                            federation, federation));
  if (!row.federation.empty() && !federation.empty())
    outcome_.out += fmt::format(" The cluster {} is assigned to federation {}\n", cluster, row.federation);
  leave_federation(row);
  row.federation = federation;
  const auto taken = [&](std::uint32_t index) {
    return std::ranges::any_of(book_.clusters, [&](const ClusterRow& one) {
      return one.name != cluster && one.federation == federation && one.federation_index == index;
    });
  };
  if (!federation.empty())
    for (row.federation_index = 1; taken(row.federation_index);) ++row.federation_index;
  put(book_.clusters, std::move(row));
  return {};
}

bool Execution::modify_cluster(ClusterRow& row) {
  for (const Term& term : order_.set) {
    if (term.key == "classification") {
      row.classification = known_spelling(term.value, classifications);
      if (row.classification.empty())
        return fail_with(fmt::format(" Bad classification '{}': Capability, Capacity, Capapacity or None is wanted",
                                     term.value)),
               false;
      if (row.classification == "None") row.classification.clear();
    } else if (term.key == "fedstate") {
      row.federation_state = known_spelling(term.value, federation_states);
      if (row.federation_state.empty())
        return fail_with(
                   fmt::format(" Invalid FedState {}: ACTIVE, INACTIVE, DRAIN or DRAIN+REMOVE is wanted", term.value)),
               false;
      if (row.federation.empty())
        return fail_with(fmt::format(" The cluster {} is in no federation: set federation=NAME first", row.name)),
               false;
      if (row.federation_state == "ACTIVE") row.federation_state.clear();
    } else if (term.key == "features") {
      change_features(row, term);
    } else if (term.key == "flags") {
      return fail_with(fmt::format(" error: flags of a cluster are its own to tell, and not set ({})", term.value)),
             false;
    }
  }
  return true;
}

void Execution::modify_clusters() {
  if (!check_operator()) return;
  if (order_.set.empty()) return fail_with(" You didn't give me anything to set");
  std::vector<std::string> names = values_of(order_.where, "names");
  for (const std::string& name : values_of(order_.where, "clusters")) names.push_back(name);
  std::vector<std::uint32_t> tops;
  std::string lines;
  const Term* federation = find_term(order_.set, "federation");
  for (const ClusterRow& cluster : std::vector<ClusterRow>(book_.clusters)) {
    if (!names.empty() && !contains(names, cluster.name)) continue;
    tops.push_back(book_.find(cluster.name, "root")->id);
    if (std::ranges::none_of(order_.set, sets_cluster)) continue;
    if (federation)
      if (const Status set = put_in_federation(cluster.name, lower(federation->value)); !set)
        return fail_with(text_of(set.error()));
    ClusterRow row = *book_.cluster(cluster.name);
    if (!modify_cluster(row)) return;
    lines += "  " + row.name + "\n";
    record("Modify Clusters", fmt::format("name='{}'", row.name), set_text(), row.name);
    put(book_.clusters, std::move(row));
  }
  if (!lines.empty()) {
    constexpr std::pair<std::string_view, const char*> titles[] = {{"classification", "Classification"},
                                                                   {"federation", "Federation"},
                                                                   {"fedstate", "FedState"},
                                                                   {"features", "Feature"}};
    outcome_.out += " Setting\n";
    for (const Term& term : order_.set)
      for (const auto& [key, title] : titles)
        if (term.key == key) outcome_.out += setting_line(title, term, told_value(term));
    outcome_.out += " Modified cluster...\n" + lines;
  }
  if (lines.empty() || any_association_term(order_.set)) modify_associations("cluster", tops);
}

void Execution::remove_clusters() {
  if (!check_administrator()) return;
  std::vector<std::string> names = values_of(order_.where, "names");
  for (const std::string& name : values_of(order_.where, "clusters")) names.push_back(name);
  std::string lines;
  for (const std::string& name : names) {
    if (!book_.cluster(name)) continue;
    std::erase_if(book_.clusters, [&](const ClusterRow& row) { return row.name == name; });
    std::erase_if(book_.associations, [&](const Association& row) { return row.cluster == name; });
    std::erase_if(book_.wckeys, [&](const WcKeyRow& row) { return row.cluster == name; });
    for (UserRow& row : book_.users)
      std::erase_if(row.defaults, [&](const ClusterDefault& one) { return one.cluster == name; });
    record("Remove Clusters", fmt::format("(name='{}')", name), {}, name);
    lines += "  " + name + "\n";
  }
  if (lines.empty()) return nothing(" Nothing deleted");
  outcome_.out = " Deleting clusters...\n" + lines;
}

void Execution::add_federations() {
  if (!check_administrator()) return;
  const std::vector<std::string> names = values_of(order_.set, "names");
  const std::vector<std::string> clusters = values_of(order_.set, "clusters");
  if (names.empty()) return fail_with(" Need name of federation to add.");
  if (const auto unknown = unknown_cluster(book_, clusters)) return fail_with(*unknown);
  std::string added;
  for (const std::string& given : names) {
    const std::string name = lower(given);
    if (book_.federation(name)) {
      outcome_.out += fmt::format(" This federation {} already exists.  Not adding.\n", name);
      continue;
    }
    put(book_.federations, FederationRow{name});
    record("Add Federations", name);
    added += "  " + name + "\n";
  }
  if (added.empty()) return nothing(" Nothing new added.");
  for (const std::string& cluster : clusters)
    if (const Status set = put_in_federation(cluster, lower(names.front())); !set)
      return fail_with(text_of(set.error()));
  outcome_.out += " Adding Federation(s)\n" + added;
  if (!clusters.empty()) outcome_.out += " Settings\n";
  for (const std::string& cluster : clusters) outcome_.out += fmt::format("  {:<13} = {}\n", "Cluster", cluster);
}

void Execution::modify_federations() {
  if (!check_administrator()) return;
  const Term* clusters = find_term(order_.set, "clusters");
  if (!clusters) return fail_with(" You didn't give me anything to set");
  const std::vector<std::string> names = values_of(order_.where, "names");
  const std::vector<std::string> meant = values_of({*clusters}, "clusters");
  if (const auto unknown = unknown_cluster(book_, meant)) return fail_with(*unknown);
  std::string lines;
  for (const std::string& given : names) {
    const std::string name = lower(given);
    if (!book_.federation(name)) return fail_with(fmt::format(" The federation {} doesn't exist.", name));
    for (const ClusterRow& row : std::vector<ClusterRow>(book_.clusters)) {
      const bool listed = contains(meant, row.name), in = row.federation == name;
      const bool leaves =
          in && (clusters->sign == TermSign::minus ? listed : clusters->sign == TermSign::equals && !listed);
      const bool joins = !in && listed && clusters->sign != TermSign::minus;
      if (!leaves && !joins) continue;
      if (const Status set = put_in_federation(row.name, joins ? name : std::string()); !set)
        return fail_with(text_of(set.error()));
    }
    record("Modify Federations", name, set_text());
    lines += "  " + name + "\n";
  }
  if (lines.empty()) return nothing(" Nothing modified");
  outcome_.out += " Setting\n";
  for (const std::string& cluster : meant) outcome_.out += setting_line("Cluster", *clusters, cluster);
  outcome_.out += " Modified federation...\n" + lines;
}

void Execution::remove_federations() {
  if (!check_administrator()) return;
  const std::vector<std::string> names = values_of(order_.where, "names");
  if (names.empty()) return fail_with(" No conditions given to remove, not executing.");
  std::string lines;
  for (const std::string& given : names) {
    const std::string name = lower(given);
    if (!book_.federation(name)) continue;
    std::erase_if(book_.federations, [&](const FederationRow& row) { return row.name == name; });
    for (ClusterRow& row : book_.clusters)
      if (row.federation == name) leave_federation(row);
    record("Remove Federations", fmt::format("(name='{}')", name));
    lines += "  " + name + "\n";
  }
  if (lines.empty()) return nothing(" Nothing deleted");
  outcome_.out = " Deleting federations...\n" + lines;
}

}  // namespace slurmxx
