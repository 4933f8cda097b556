// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// An AccountBook's associations with the way up from each found at once: for whoever asks about many of them. The book
// outlives it, and does not change meanwhile.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/accounting/book.h"

namespace slurmxx {

class Ancestry {
 public:
  explicit Ancestry(const AccountBook& book);

  // As the book's own of these names.
  const Association* above(const Association& row) const;
  std::vector<std::string> qos_of(const Association& row) const;
  std::string default_qos_of(const Association& row) const;
  std::string limit_text(const Association& row, LimitKind kind, bool inherited = true) const;
  std::string lineage(const Association& row) const;  // "/a1/a2/0-games/": the way down to it
  bool is_below(const Association& row, std::string_view account) const;

 private:
  std::map<std::pair<std::string, std::string>, const Association*> accounts_;  // by cluster and name
};

}  // namespace slurmxx
