// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/execute.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/accounting/conditions.h"
#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

// Names of accounts and users are kept in lower case.
void lower_names(Terms& terms, Entity entity) {
  constexpr std::string_view keys[] = {"accounts", "parent", "defaultaccount", "users", "newname"};
  const bool own = entity == Entity::account || entity == Entity::user || entity == Entity::coordinator;
  for (Term& term : terms)
    if (std::ranges::find(keys, term.key) != std::end(keys) || (own && term.key == "names"))
      term.value = lower(term.value);
}

// Lists and files of sacctmgr dump have a line for each.
const Term* with_control(const std::vector<Term>& terms) {
  const auto has_any = [](const Term& term) {
    return std::ranges::any_of(term.value, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
  };
  const auto found = std::ranges::find_if(terms, has_any);
  return found == terms.end() ? nullptr : &*found;
}

// The first that the database has no room for; by bytes.
constexpr std::size_t name_size_max = 255;
std::optional<std::string> too_long_name(const Terms& terms) {
  constexpr std::string_view keys[] = {"names", "users", "accounts", "clusters", "wckeys", "newname", "server"};
  for (const Term& term : terms)
    if (std::ranges::find(keys, term.key) != std::end(keys))
      for (std::string& name : values_of({term}, term.key))
        if (name.size() > name_size_max) return std::move(name);
  return std::nullopt;
}

Outcome refusal(AccountBook&& book, std::string why) {
  Outcome refused;
  refused.err = std::move(why);
  refused.exit_code = 1;
  refused.book = std::move(book);
  return refused;
}

}  // namespace

Outcome execute(const AccountBook& book, const Actor& actor, const BookOrder& order, Instant now) {
  return carry_out(AccountBook(book), actor, order, now);
}

Outcome carry_out(AccountBook&& book, const Actor& actor, const BookOrder& order, Instant now) {
  if (const std::string key = unobeyed_key(order.verb, order.entity, order.where); !key.empty())
    return refusal(std::move(book),
                   fmt::format(" error: modify and delete do not choose by {}= here: name what is meant\n", key));
  if (const Term* term = with_control(order.set))
    return refusal(std::move(book), fmt::format(" error: {} has a line break or another control character: "
                                                "write it as one line of text\n",
                                                term->key));
  if (const auto name = too_long_name(order.set))
    return refusal(std::move(book), fmt::format(" error: the name {}... is {} bytes long: take one of at most {}\n",
                                                name->substr(0, 16), name->size(), name_size_max));
  BookOrder meant = order;
  lower_names(meant.where, order.entity);
  lower_names(meant.set, order.entity);
  return Execution(std::move(book), actor, meant, now).run();
}

Outcome Execution::run() {
  struct Row {
    BookVerb verb;
    Entity entity;
    void (Execution::*act)();
  };
  constexpr Row rows[] = {
      {BookVerb::add, Entity::account, &Execution::add_accounts},
      {BookVerb::add, Entity::user, &Execution::add_users},
      {BookVerb::add, Entity::qos, &Execution::add_qos},
      {BookVerb::add, Entity::cluster, &Execution::add_clusters},
      {BookVerb::add, Entity::coordinator, &Execution::add_coordinators},
      {BookVerb::add, Entity::resource, &Execution::add_resources},
      {BookVerb::add, Entity::wckey, &Execution::add_wckeys},
      {BookVerb::add, Entity::federation, &Execution::add_federations},
      {BookVerb::modify, Entity::federation, &Execution::modify_federations},
      {BookVerb::remove, Entity::federation, &Execution::remove_federations},
      {BookVerb::modify, Entity::account, &Execution::modify_accounts},
      {BookVerb::modify, Entity::user, &Execution::modify_users},
      {BookVerb::modify, Entity::cluster, &Execution::modify_clusters},
      {BookVerb::modify, Entity::qos, &Execution::modify_qos},
      {BookVerb::modify, Entity::resource, &Execution::modify_resources},
      {BookVerb::remove, Entity::account, &Execution::remove_accounts},
      {BookVerb::remove, Entity::user, &Execution::remove_users},
      {BookVerb::remove, Entity::cluster, &Execution::remove_clusters},
      {BookVerb::remove, Entity::coordinator, &Execution::remove_coordinators},
      {BookVerb::remove, Entity::qos, &Execution::remove_qos},
      {BookVerb::remove, Entity::resource, &Execution::remove_resources},
  };
  const auto is_meant = [&](const Row& row) { return row.verb == order_.verb && row.entity == order_.entity; };
  const auto found = std::ranges::find_if(rows, is_meant);
  if (found != std::end(rows))
    (this->*found->act)();
  else
    fail_with(" error: this can not be done with such records");
  outcome_.changes = !failed_;
  if (failed_) outcome_.transactions.clear();
  outcome_.book = std::move(book_);
  return std::move(outcome_);
}

void Execution::fail_with(std::string line) {
  outcome_.err = line.empty() ? "" : std::move(line) + "\n";
  outcome_.out.clear();
  outcome_.exit_code = 1;
  failed_ = true;
}

void Execution::nothing(std::string line) {
  if (failed_) return;
  outcome_.out += line + "\n";
  outcome_.exit_code = 1;
  failed_ = true;
}

// Of a row as it is to be; what it had before it keeps.
bool Execution::may_give_qos(const Association& row) const {
  if (is_operator() || !(find_term(order_.set, "qos") || find_term(order_.set, "defaultqos"))) return true;
  const Association* above = book_.find(row.cluster, row.is_user() ? row.account : row.parent);
  std::vector<std::string> own = above ? book_.qos_of(*above) : std::vector<std::string>();
  if (const Association* before = book_.association(row.id))
    for (const std::string& name : book_.qos_of(*before)) own.push_back(name);
  return std::ranges::all_of(book_.qos_of(row), [&](const std::string& name) { return contains(own, name); });
}

void Execution::deny() { fail_with(" Error with request: Access/permission denied"); }

bool Execution::check_operator() {
  if (!is_operator()) deny();
  return is_operator();
}

bool Execution::check_administrator() {
  if (actor_.level != AdminLevel::administrates) deny();
  return actor_.level == AdminLevel::administrates;
}

bool Execution::may_change(const Association& row) const {
  return is_operator() || coordinates(book_, actor_.name, row.is_user() ? row.account : row.parent);
}

bool Execution::chooses_own_default(const Association& row) const {
  const auto is_other = [](const Term& term) { return sets_association(term) && term.key != "defaultqos"; };
  return row.user == actor_.name && std::ranges::none_of(order_.set, is_other);
}

void Execution::record(std::string action, std::string where, std::string info, std::string cluster) {
  outcome_.transactions.push_back(
      {now_, std::move(action), actor_.name, std::move(where), std::move(info), std::move(cluster)});
}

std::string Execution::set_text() const {
  std::string text;
  for (const Term& term : order_.set) {
    const char* sign = term.sign == TermSign::plus ? "+" : term.sign == TermSign::minus ? "-" : "";
    text += fmt::format("{}{}{}='{}'", text.empty() ? "" : ", ", term.key, sign, term.value);
  }
  return text;
}

Association& Execution::add_association(Association row) {
  row.id = book_.next_association++;
  record("Add Associations", fmt::format("id_assoc={}", row.id), association_line(row).substr(2), row.cluster);
  outcome_.transactions.back().info = set_text();
  book_.associations.push_back(std::move(row));
  return book_.associations.back();
}

bool Execution::add_cluster(const std::string& name) {
  if (book_.cluster(name)) return false;
  ClusterRow cluster;
  cluster.name = name;
  put(book_.clusters, cluster);
  record("Add Clusters", name, {}, name);
  Association top;
  top.cluster = name;
  top.account = "root";
  top.qos = {"normal"};
  add_association(top);
  Association root;
  root.cluster = name;
  root.account = root.user = "root";
  root.is_default = true;
  add_association(root);
  return true;
}

std::vector<std::string> Execution::clusters_meant() {
  const Terms& terms = order_.verb == BookVerb::add ? order_.set : order_.where;
  std::vector<std::string> names = values_of(terms, "clusters");
  for (const std::string& name : names)
    if (!book_.cluster(name))
      fail_with(
          fmt::format(" This cluster '{}' doesn't exist.\n        Contact your admin to add it to accounting.", name));
  if (names.empty())
    for (const ClusterRow& cluster : book_.clusters) names.push_back(cluster.name);
  if (names.empty() && !failed_)
    fail_with("  Can't add without a cluster.  Please create one first: sacctmgr add cluster NAME");
  return names;
}

std::vector<std::uint32_t> Execution::associations_meant(bool of_users) const {
  const Terms& where = order_.where;
  const auto meant = [](const std::vector<std::string>& names, const std::string& name) {
    return names.empty() || contains(names, name);
  };
  std::vector<std::string> names = values_of(where, "names");
  for (std::string& name : names)
    if (of_users) name = lower(name);
  for (const std::string& name : values_of(where, "users")) names.push_back(lower(name));
  const auto accounts = values_of(where, "accounts"), clusters = values_of(where, "clusters"),
             partitions = values_of(where, "partitions");
  const auto is_meant = [&](const Association& row) {
    return row.is_user() == of_users && meant(names, of_users ? row.user : row.account) &&
           meant(accounts, row.account) && meant(clusters, row.cluster) && meant(partitions, row.partition) &&
           meets(book_, row, where);
  };
  std::vector<std::uint32_t> ids;
  for (const Association& row : book_.associations)
    if (is_meant(row)) ids.push_back(row.id);
  if (ids.size() < 2) return ids;
  const std::set<std::uint32_t> all(ids.begin(), ids.end());
  ids.clear();
  for (const ClusterRow& cluster : book_.clusters)
    for (const auto& placed : book_.tree(cluster.name))  // in its order
      if (all.contains(placed.association->id)) ids.push_back(placed.association->id);
  return ids;
}

void Execution::drop_association(std::uint32_t id) {
  record("Remove Associations", fmt::format("(id_assoc={})", id));
  const Association gone = *book_.association(id);
  std::erase_if(book_.associations, [&](const Association& row) { return row.id == id; });
  if (!gone.is_user()) return;
  const UserRow* user = book_.user(gone.user);
  const bool left = std::any_of(book_.associations.begin(), book_.associations.end(), [&](const Association& row) {
    return row.user == gone.user && row.account == gone.account && row.cluster == gone.cluster;
  });
  if (!user || user->default_in(gone.cluster) != gone.account || left) return;
  UserRow changed = *user;
  changed.set_default_in(gone.cluster, "");
  put(book_.users, changed);
}

AdminLevel admin_level(const AccountBook& book, std::string_view user) {
  const UserRow* row = book.user(user);
  return row ? row->admin : AdminLevel::none;
}

bool coordinates(const AccountBook& book, std::string_view user, std::string_view account) {
  const std::string name(user);
  for (const AccountRow& row : book.accounts) {
    if (!contains(row.coordinators, name)) continue;
    if (row.name == account) return true;
    for (const Association& one : book.associations)
      if (!one.is_user() && one.account == account && book.is_below(one, row.name)) return true;
  }
  return false;
}

Outcome register_cluster(const AccountBook& book, const Registration& registration, Instant now) {
  const Actor actor{"root", AdminLevel::administrates};
  const BookOrder order;
  Execution execution(book, actor, order, now);
  AccountBook& rows = execution.book_;
  execution.add_cluster(registration.cluster);
  ClusterRow cluster = *rows.cluster(registration.cluster);
  const ClusterRow before = cluster;
  cluster.control_host = registration.host;
  cluster.control_port = registration.port;
  cluster.rpc_version = registration.rpc_version;
  const bool moved = !(cluster == before);
  cluster.node_count = registration.node_count;
  if (moved)
    execution.record("Modify Clusters", fmt::format("name='{}'", cluster.name),
                     fmt::format("control_host='{}', control_port={}", cluster.control_host, cluster.control_port),
                     cluster.name);
  put(rows.clusters, cluster);
  for (const std::string& full : registration.tres) {
    const auto known = [&](const TresRow& row) { return row.full_name() == full; };
    if (std::any_of(rows.tres.begin(), rows.tres.end(), known)) continue;
    constexpr std::uint32_t first_added = 1001;
    const auto pair = split_once(full, '/');
    TresRow row{std::max(first_added, rows.tres.back().id + 1), std::string(pair ? pair->first : full),
                std::string(pair ? pair->second : "")};
    execution.record("Add TRES", fmt::format("id={}", row.id));
    rows.tres.push_back(std::move(row));
  }
  Outcome outcome = std::move(execution.outcome_);
  outcome.changes = !(rows == book);
  outcome.book = std::move(rows);
  return outcome;
}

}  // namespace slurmxx
