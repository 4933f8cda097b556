// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/accounting/limits.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct EntityRow {
  std::string_view name;
  std::size_t shortest;
  Entity entity;
};
constexpr EntityRow entities[] = {
    {"accounts", 3, Entity::account},
    {"accts", 4, Entity::account},
    {"associations", 2, Entity::association},
    {"clusters", 2, Entity::cluster},
    {"configuration", 2, Entity::configuration},
    {"coordinators", 4, Entity::coordinator},
    {"events", 1, Entity::event},
    {"federations", 1, Entity::federation},
    {"jobs", 1, Entity::job},
    {"problems", 1, Entity::problem},
    {"qos", 1, Entity::qos},
    {"reservations", 4, Entity::reservation},
    {"resources", 4, Entity::resource},
    {"runawayjobs", 2, Entity::runaway_jobs},
    {"orphanjobs", 2, Entity::runaway_jobs},
    {"lostjobs", 2, Entity::runaway_jobs},
    {"stats", 1, Entity::stats},
    {"transactions", 2, Entity::transaction},
    {"txn", 2, Entity::transaction},
    {"tres", 2, Entity::tres},
    {"users", 1, Entity::user},
    {"wckeys", 1, Entity::wckey},
};

constexpr unsigned bit(Entity entity) { return 1u << static_cast<unsigned>(entity); }
constexpr unsigned account = bit(Entity::account), association = bit(Entity::association),
                   cluster = bit(Entity::cluster), coordinator = bit(Entity::coordinator), event = bit(Entity::event),
                   qos = bit(Entity::qos), resource = bit(Entity::resource), transaction = bit(Entity::transaction),
                   tres = bit(Entity::tres), user = bit(Entity::user), wckey = bit(Entity::wckey),
                   reservation = bit(Entity::reservation), problem = bit(Entity::problem),
                   runaway = bit(Entity::runaway_jobs), job = bit(Entity::job), federation = bit(Entity::federation);
constexpr unsigned limited = account | association | cluster | user;

// A key of the command line: which entities it selects by (where) and which it is a setting of (set).
struct KeyRow {
  std::string_view name;
  const char* spellings;  // by '|'
  std::size_t shortest;
  unsigned where;
  unsigned set;
};
constexpr KeyRow keys[] = {
    {"names", "Names|Ids", 1,
     account | cluster | qos | user | resource | wckey | coordinator | reservation | tres | federation,
     account | cluster | qos | user | resource | coordinator | wckey | federation},
    {"names", "WCKeys", 1, wckey, wckey},
    {"accounts", "Accounts|Accts", 2, account | association | user | coordinator | transaction | problem,
     user | coordinator},
    {"clusters", "Clusters", 1,
     account | association | cluster | user | wckey | event | transaction | resource | reservation | problem | runaway |
         job,
     account | user | resource | wckey | federation},
    {"users", "Users", 1, association | user | coordinator | wckey | event | transaction | account | problem | job,
     coordinator | wckey},
    {"partitions", "Partitions", 3, association | user, user},
    {"description", "Description", 1, account | qos | resource, account | qos | resource},
    {"organization", "Organization", 1, account, account},
    {"parent", "Parent|ParentName", 2, account | association, account},
    {"fairshare", "Fairshare|RawShares|Shares", 3, 0, limited},
    {"fairshare", "FS", 2, 0, limited},
    {"defaultqos", "DefaultQOS", 8, account | association | user, limited},
    {"qos", "QOSLevel", 1, account | association | user, limited},
    {"adminlevel", "AdminLevel", 2, user, user},
    {"defaultaccount", "DefaultAccount", 8, user, user},
    {"defaultwckey", "DefaultWCKey", 8, user, user},
    {"wckeys", "WCKeys", 1, user, user | job},
    {"newname", "NewName", 4, 0, user},
    {"comment", "Comment", 3, 0, limited | job},
    {"priority", "Priority", 3, 0, qos | limited},
    {"flags", "Flags", 2, cluster | resource, cluster | qos | resource | account},
    {"federation", "Federation", 3, cluster, cluster},
    {"fedstate", "FedState", 4, 0, cluster},
    {"features", "Features", 2, 0, cluster},
    {"classification", "Classification", 3, cluster, cluster},
    {"rpc", "RPC", 1, cluster, 0},
    {"gracetime", "GraceTime", 3, 0, qos},
    {"preemptmode", "PreemptMode", 8, qos, qos},
    {"preemptexempttime", "PreemptExemptTime", 8, 0, qos},
    {"preempt", "Preempt", 3, 0, qos},
    {"usagefactor", "UsageFactor", 6, 0, qos},
    {"usagethreshold", "UsageThreshold", 6, 0, qos},
    {"limitfactor", "LimitFactor", 6, 0, qos},
    {"rawusage", "RawUsage", 7, 0, qos | account | user},
    {"ids", "Ids", 1, qos | association | tres | transaction | reservation | wckey | resource, 0},
    {"jobids", "JobIds", 4, job, 0},
    {"derivedexitcode", "DerivedExitCode|DerivedEC", 8, 0, job},
    {"derivedexitstring", "DerivedExitString|DerivedES", 9, 0, job},
    {"admincomment", "AdminComment", 6, 0, job},
    {"systemcomment", "SystemComment", 6, 0, job},
    {"extra", "Extra", 2, 0, job},
    {"newwckey", "NewWCKey", 4, 0, job},
    {"allowed", "Allowed|PercentAllowed", 2, resource, resource},
    {"server", "Server", 2, resource, resource},
    {"servertype", "ServerType", 7, resource, resource},
    {"count", "Count", 3, resource, resource},
    {"lastconsumed", "LastConsumed", 4, 0, resource},
    {"type", "Type", 1, resource | tres, resource},
    {"action", "Action", 4, transaction, 0},
    {"actors", "Actors", 4, transaction, 0},
    {"start", "Start|StartTime", 4, event | transaction | reservation | job, 0},
    {"end", "End|EndTime", 1, event | transaction | reservation | job, 0},
    {"mincpus", "MinCPUs", 4, event, 0},
    {"maxcpus", "MaxCPUs", 4, event, 0},
    {"condflags", "CondFlags", 4, event, 0},
    {"event", "Event", 2, event, 0},
    {"nodes", "Nodes", 1, event | reservation, 0},
    {"reason", "Reason", 1, event, 0},
    {"states", "States", 4, event, 0},
};

constexpr std::string_view list_flags[] = {
    "tree",     "withassoc",    "withcoordinators", "withdeleted",     "withclusters",    "withfederation",
    "wopinfo",  "woplimits",    "wolimits",         "withsubaccounts", "withrawqoslevel", "onlydefaults",
    "all_time", "all_clusters", "withassocinfo",    "onlyissues",
};

// A longer spelling must be spelled far enough to be told from the others; of several rows the first wins.
const KeyRow* find_key(std::string_view word, Entity entity, bool setting) {
  for (const bool whole : {true, false})
    for (const KeyRow& row : keys) {
      if (((setting ? row.set : row.where) & bit(entity)) == 0) continue;
      for (const std::string_view name : split(row.spellings, '|'))
        if (whole ? equal_ignoring_case(name, word)
                  : word.size() >= row.shortest && starts_with_ignoring_case(name, word))
          return &row;
    }
  return nullptr;
}

bool limits_itself(Entity entity, bool setting) { return setting && ((limited | qos) & bit(entity)) != 0; }

// Without the quotes around it; within, files of sacctmgr dump quote with apostrophes.
std::string value_of(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
    value = value.substr(1, value.size() - 2);
  std::string text(value);
  std::ranges::replace(text, '\'', '`');
  return text;
}

Term split_term(const std::string& word) {
  const std::size_t at = word.find('=');
  if (at == std::string::npos) return {"names", TermSign::equals, value_of(word)};
  TermSign sign = TermSign::equals;
  std::size_t end = at;
  if (at > 0 && word[at - 1] == '+') sign = TermSign::plus, --end;
  if (at > 0 && word[at - 1] == '-') sign = TermSign::minus, --end;
  return {word.substr(0, end), sign, value_of(std::string_view(word).substr(at + 1))};
}

std::optional<Term> known_term(const std::string& word, Entity entity, bool setting) {
  Term term = split_term(word);
  if (word.find('=') == std::string::npos && setting && entity == Entity::coordinator) return term;
  if (limits_itself(entity, setting)) {
    const auto holder = entity == Entity::qos ? LimitHolder::qos : LimitHolder::association;
    const auto limit = find_limit(term.key, holder);
    if (limit && !find_key(term.key, entity, setting)) return term;
    if (limit && (equal_ignoring_case(term.key, limit->row->heading))) return term;
  }
  const KeyRow* row = find_key(term.key, entity, setting);
  if (!row) return std::nullopt;
  term.key = row->name;
  return term;
}

// "maxjobs=7" of a list of what has limits: by the heading of its column, and with the resource where the word names
// it.
Result<std::optional<Term>> limit_term(const std::string& word, Entity entity) {
  if (entity != Entity::association && entity != Entity::qos) return std::optional<Term>();
  Term term = split_term(word);
  const auto limit = find_limit(term.key, entity == Entity::qos ? LimitHolder::qos : LimitHolder::association);
  if (!limit || word.find('=') == std::string::npos) return std::optional<Term>();
  const bool of_tres = limit->row->unit == LimitUnit::tres;
  for (const std::string_view value : of_tres ? std::vector<std::string_view>{term.value} : split(term.value, ','))
    if (!LimitSet().assign(*limit, value)) return fail(fmt::format(" Bad value for {}: {}", term.key, value));
  term.key = limit->row->heading;
  if (!limit->tres.empty()) term.value = fmt::format("{}={}", limit->tres, term.value);
  return std::optional(std::move(term));
}

constexpr const char* name_stays = " Can't modify the name of an account";

// Keys that choose and that modify does not set. Names of other entities are told beside what is set, and pass.
struct FixedKey {
  std::string_view name;
  unsigned entities;
  const char* why;  // null: as an unknown key
};
constexpr FixedKey fixed_keys[] = {
    {"names", account, name_stays},
    {"accounts", account, name_stays},
    {"clusters", account, " Can't modify the cluster of an account"},
    {"clusters", resource, " Can't modify the cluster of an resource"},
    {"names", user, nullptr},
    {"accounts", user, nullptr},
    {"clusters", user, nullptr},
    {"partitions", user, nullptr},
    {"wckeys", user, nullptr},
    {"flags", account, nullptr},
};

std::string not_to_set(const std::string& word) {
  return fmt::format(" Unknown option: {}\n Use keyword 'where' to modify condition", word);
}

Status check_settable(const std::string& word, Entity entity) {
  if (entity == Entity::user && word.find('=') == std::string::npos)
    return fail(fmt::format(" Bad format on {}: End your option with an '=' sign", word));
  const std::string key = split_term(word).key;
  const KeyRow* row = find_key(key, entity, true);
  if (!row) row = find_key(key, entity, false);
  for (const FixedKey& fixed : fixed_keys)
    if (row && row->name == fixed.name && (fixed.entities & bit(entity)) != 0)
      return fail(fixed.why ? fixed.why : not_to_set(word));
  return {};
}

}  // namespace

std::optional<Entity> find_entity(std::string_view word) {
  for (const EntityRow& row : entities)
    if (word.size() >= row.shortest && starts_with_ignoring_case(row.name, word)) return row.entity;
  return std::nullopt;
}

Result<BookOrder> parse_order(BookVerb verb, Entity entity, std::span<const std::string> words) {
  BookOrder order{verb, entity, {}, {}};
  bool setting = verb == BookVerb::add;
  for (const std::string& word : words) {
    if (equal_ignoring_case(word, "set")) {
      setting = true;
      continue;
    }
    if (equal_ignoring_case(word, "where")) {
      setting = verb == BookVerb::add;
      continue;
    }
    if (setting && verb == BookVerb::modify) TRY(check_settable(word, entity));
    if (auto term = known_term(word, entity, setting)) {
      if (setting && verb == BookVerb::modify && term->key == "names") continue;
      (setting ? order.set : order.where).push_back(std::move(*term));
    } else if (verb == BookVerb::add) {
      return fail(" Unknown option: " + word);
    } else if (setting) {
      return fail(not_to_set(word));
    } else {
      return fail(fmt::format(" Unknown condition: {}\n Use keyword 'set' to modify value", word));
    }
  }
  return order;
}

Result<ListOrder> parse_list(Entity entity, std::span<const std::string> words) {
  ListOrder order;
  order.entity = entity;
  for (const std::string& word : words) {
    if (equal_ignoring_case(word, "where") || equal_ignoring_case(word, "set")) continue;
    if (starts_with_ignoring_case(word, "format=")) {
      for (const std::string_view field : split(std::string_view(word).substr(7), ','))
        if (!field.empty()) order.formats.emplace_back(field);
      continue;
    }
    const auto flag = std::find_if(std::begin(list_flags), std::end(list_flags), [&](std::string_view name) {
      return word.size() >= 4 && starts_with_ignoring_case(name, word);
    });
    const bool bare = word.find('=') == std::string::npos;
    if (bare && flag != std::end(list_flags)) {
      order.flags.emplace_back(*flag);
    } else if (auto term = known_term(word, entity, false)) {
      order.where.push_back(std::move(*term));
    } else {
      TRY_ASSIGN(auto of_limit, limit_term(word, entity));
      if (of_limit) {
        order.where.push_back(std::move(*of_limit));
        continue;
      }
      const bool hint = entity != Entity::association && entity != Entity::transaction;
      return fail(fmt::format(" Unknown condition: {}{}", word, hint ? "\n Use keyword 'set' to modify value" : ""));
    }
  }
  return order;
}

bool ListOrder::has(std::string_view flag) const { return std::find(flags.begin(), flags.end(), flag) != flags.end(); }

std::vector<std::string> values_of(const Terms& terms, std::string_view key) {
  std::vector<std::string> values;
  for (const Term& term : terms) {
    if (term.key != key) continue;
    for (const std::string_view value : split(term.value, ','))
      if (!value.empty()) values.emplace_back(value);
  }
  return values;
}

const Term* find_term(const Terms& terms, std::string_view key) {
  const auto found = std::find_if(terms.rbegin(), terms.rend(), [&](const Term& term) { return term.key == key; });
  return found == terms.rend() ? nullptr : &*found;
}

}  // namespace slurmxx
