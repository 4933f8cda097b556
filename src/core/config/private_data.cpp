// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/private_data.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {

void read_private_data(RecordReader& reader, std::string_view key, std::vector<std::string>& out) {
  constexpr std::string_view known[] = {"accounts",   "cloud",        "events", "jobs", "nodes",
                                        "partitions", "reservations", "usage",  "users"};
  std::vector<std::string> words;
  reader.list(key, words);
  out.clear();
  for (const std::string& given : words) {
    std::string word = lower(given);
    if (word == "none") continue;
    if (std::ranges::find(known, word + "s") != std::end(known)) word += 's';
    if (std::ranges::find(known, word) == std::end(known))
      return reader.refuse(key, fmt::format("{} is not known: there are {} and none", given, join(known, ", ")));
    out.push_back(std::move(word));
  }
}

}  // namespace slurmxx
