// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The lines of a drawn situation: each begins with the kind of thing that it tells of.
#include "core/schedule/scenario.h"
#include "core/text/words.h"

namespace slurmxx {

Status Scenario::read_line(const Words& words) {
  if (words.size() < 2) return fail("scenario: a line needs at least two words");
  if (words[0] == "node") return read_node(words);
  if (words[0] == "partition") return read_partition(words);
  if (words[0] == "policy") return read_policy(words);
  if (words[0] == "topology") return read_topology(words);
  if (words[0] == "boot") return read_boot(words);
  if (words[0] == "job") return read_job(words);
  if (words[0] == "reservation") return read_reservation(words);
  if (words[0] == "qos") return read_qos(words);
  if (words[0] == "licenses") {
    TRY_ASSIGN(licenses_, parse_license_totals(words[1]));
    return {};
  }
  if (words[0] != "expect")
    return fail(
        "scenario: a line begins with node, partition, topology, boot, policy, reservation, qos, licenses, job or "
        "expect");
  expected_.push_back(join(std::span<const std::string>(words).subspan(1), " "));
  return {};
}

Result<Scenario> Scenario::parse(std::string_view text) {
  Scenario scenario;
  for (std::string_view line : split(text, '\n')) {
    line = trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    TRY_ASSIGN(const Words words, split_words(line));
    TRY(scenario.read_line(words));
  }
  return scenario;
}

}  // namespace slurmxx
