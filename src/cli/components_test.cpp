// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/components.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

using Words = std::vector<std::string>;

// -x takes a value; the first word that is no option and what follows are operands.
Words operands_of(const Words& words) {
  std::size_t at = 0;
  while (at < words.size() && words[at].starts_with('-')) at += words[at] == "-x" ? 2 : 1;
  return {words.begin() + static_cast<std::ptrdiff_t>(std::min(at, words.size())), words.end()};
}

}  // namespace

TEST_CASE("components are parted by a colon among the options, not by one in a value or behind the program") {
  static constexpr std::string_view colon[] = {":"};
  CHECK(split_components({"-a", ":", "-b", "run", ":", "x"}, operands_of, colon) ==
        std::vector<Words>{{"-a"}, {"-b", "run", ":", "x"}});
  CHECK(split_components({"-x", ":", "run"}, operands_of, colon) == std::vector<Words>{{"-x", ":", "run"}});
  CHECK(split_components({}, operands_of, colon) == std::vector<Words>{{}});
}

TEST_CASE("the next component inherits who and how long, not where and how much") {
  JobOptions first;
  first.naming.account = "chem";
  first.naming.partition = "gpu";
  first.timing.time = TimeLimit::of(Minutes(5));
  first.size.ntasks = 4;
  first.place.nodelist = "n1";
  first.place.distribution = "cyclic";
  const JobOptions next = next_component(first);
  CHECK((next.naming.account == "chem" && next.timing.time == first.timing.time));
  CHECK(next.place.distribution == "cyclic");
  CHECK((next.naming.partition.empty() && !next.size.ntasks && next.place.nodelist.empty()));
}
