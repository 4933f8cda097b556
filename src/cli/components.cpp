// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/components.h"

#include <algorithm>

namespace slurmxx {

JobOptions next_component(const JobOptions& before) {
  JobOptions next = before;
  next.size = JobSize();
  next.size.memory_per_node = before.size.memory_per_node;
  next.place = JobPlace();
  next.place.distribution = before.place.distribution;
  next.place.exclude = before.place.exclude;
  next.resources = JobGenericResources();
  for (std::string JobNaming::*own :
       {&JobNaming::partition, &JobNaming::constraint, &JobNaming::prefer, &JobNaming::licenses, &JobNaming::network})
    (next.naming.*own).clear();
  return next;
}

std::vector<std::vector<std::string>> split_components(std::vector<std::string> words, const OperandsOf& operands_of,
                                                       std::span<const std::string_view> separators) {
  std::vector<std::vector<std::string>> components;
  while (true) {
    const std::vector<std::string> operands = operands_of(words);
    const bool another =
        !operands.empty() && std::find(separators.begin(), separators.end(), operands.front()) != separators.end();
    if (!another) break;
    components.emplace_back(words.begin(), words.end() - static_cast<std::ptrdiff_t>(operands.size()));
    words.assign(operands.begin() + 1, operands.end());
  }
  components.push_back(std::move(words));
  return components;
}

}  // namespace slurmxx
