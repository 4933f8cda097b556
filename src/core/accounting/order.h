// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a person wants done to the accounting rows: `sacctmgr modify user alice where account=a set qos+=high` as data.
// sacctmgr reads the words, slurmdbd carries the order out (execute.h); both know the same keys from one table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

// On the wire: append only.
enum class Entity : std::uint8_t {
  account = 0,
  association = 1,
  cluster = 2,
  configuration = 3,
  coordinator = 4,
  event = 5,
  federation = 6,
  job = 7,
  problem = 8,
  qos = 9,
  reservation = 10,
  resource = 11,
  runaway_jobs = 12,
  stats = 13,
  transaction = 14,
  tres = 15,
  user = 16,
  wckey = 17,
};

enum class BookVerb : std::uint8_t { add = 0, modify = 1, remove = 2 };

enum class TermSign : std::uint8_t { equals = 0, plus = 1, minus = 2 };

struct Term {
  std::string key;  // as the table spells it; a limit as it was given
  TermSign sign = TermSign::equals;
  std::string value;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "sign", self.sign);
    v(3, "value", self.value);
  }
  bool operator==(const Term&) const = default;
};

using Terms = std::vector<Term>;

struct BookOrder {
  BookVerb verb = BookVerb::add;
  Entity entity = Entity::account;
  Terms where;
  Terms set;  // of add: all
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "verb", self.verb);
    v(2, "entity", self.entity);
    v(3, "where", self.where);
    v(4, "set", self.set);
  }
};

// The entity a word names, by its beginning: "acc", "accounts"; nothing: none.
std::optional<Entity> find_entity(std::string_view word);

// The words behind verb and entity. The error is what sacctmgr prints.
Result<BookOrder> parse_order(BookVerb verb, Entity entity, std::span<const std::string> words);

// Conditions of a list, and what it is told beside them.
struct ListOrder {
  Entity entity = Entity::account;
  Terms where;
  std::vector<std::string> formats;  // format=
  std::vector<std::string> flags;    // "withassoc", "tree", "wopl" ... in lower case, as the table has them
  bool has(std::string_view flag) const;
};
Result<ListOrder> parse_list(Entity entity, std::span<const std::string> words);

// Values of a key, split at commas, of all its terms; empty: it was not given.
std::vector<std::string> values_of(const Terms& terms, std::string_view key);
const Term* find_term(const Terms& terms, std::string_view key);  // the last

}  // namespace slurmxx
