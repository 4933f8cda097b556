// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/node_features.h"

#include <algorithm>
#include <set>

#include "adapters/process/read_program.h"
#include "core/text/word_list.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

Result<std::string> run(const FeaturePrograms& programs, std::vector<std::string> arguments) {
  return read_program_within(programs.helpers.exec_time, arguments);
}

}  // namespace

std::optional<std::string> features_set(const FeaturePrograms& programs) {
  std::optional<std::string> set;
  std::set<std::string> asked;
  for (const FeatureHelper& helper : programs.helpers.helpers) {
    if (!helper.is_for(programs.node)) continue;
    if (!set) set.emplace();
    if (!asked.insert(helper.program).second) continue;
    const auto output = run(programs, {helper.program});
    if (!output) programs.log("error: helpers.conf: " + output.error().message);
    if (!output) continue;
    const std::vector<std::string> known = programs.helpers.features_of(programs.node);
    for (const std::string_view line : split(*output, '\n'))
      for (const std::string_view word : split_commas(line))
        if (has_word(known, word)) set = commas_with(*set, word);
  }
  return set;
}

FeaturesGiven give_features(const FeaturePrograms& programs, const std::string& features) {
  FeaturesGiven how = FeaturesGiven::at_once;
  for (const std::string_view feature : split_commas(features)) {
    const auto& all = programs.helpers.helpers;
    const auto helper = std::find_if(all.begin(), all.end(), [&](const FeatureHelper& one) {
      return one.is_for(programs.node) && has_word(one.features, feature);
    });
    if (helper == all.end()) {
      programs.log("error: helpers.conf: no line for this node has Feature=" + std::string(feature));
      return FeaturesGiven::failed;
    }
    if (const auto done = run(programs, {helper->program, std::string(feature)}); !done) {
      programs.log("error: helpers.conf: " + done.error().message);
      return FeaturesGiven::failed;
    }
    if (!helper->rebootless) how = FeaturesGiven::by_boot;
  }
  return how;
}

}  // namespace slurmxx
