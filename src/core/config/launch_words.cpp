// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/launch_words.h"

#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

template <class Flags>
using Word = std::pair<std::string_view, bool Flags::*>;

constexpr std::array prolog_words{Word<PrologFlags>{"Alloc", &PrologFlags::alloc},
                                  Word<PrologFlags>{"Contain", &PrologFlags::contain},
                                  Word<PrologFlags>{"DeferBatch", &PrologFlags::defer_batch},
                                  Word<PrologFlags>{"ForceRequeueOnFail", &PrologFlags::force_requeue},
                                  Word<PrologFlags>{"NoHold", &PrologFlags::no_hold},
                                  Word<PrologFlags>{"RunInJob", &PrologFlags::run_in_job},
                                  Word<PrologFlags>{"Serial", &PrologFlags::serial}};

constexpr std::array health_words{Word<HealthCheckStates>{"ANY", &HealthCheckStates::any},
                                  Word<HealthCheckStates>{"ALLOC", &HealthCheckStates::alloc},
                                  Word<HealthCheckStates>{"IDLE", &HealthCheckStates::idle},
                                  Word<HealthCheckStates>{"MIXED", &HealthCheckStates::mixed},
                                  Word<HealthCheckStates>{"NONDRAINED_IDLE", &HealthCheckStates::nondrained_idle},
                                  Word<HealthCheckStates>{"CYCLE", &HealthCheckStates::cycle},
                                  Word<HealthCheckStates>{"START_ONLY", &HealthCheckStates::start_only}};

template <class Flags, std::size_t count>
Status set_words(std::string_view words, const std::array<Word<Flags>, count>& known, Flags& flags) {
  for (const std::string_view word : split_commas(words)) {
    bool Flags::*member = nullptr;
    for (const auto& [name, place] : known)
      if (equal_ignoring_case(word, name)) member = place;
    if (member != nullptr) {
      flags.*member = true;
      continue;
    }
    std::vector<std::string> names;
    for (const auto& entry : known) names.emplace_back(entry.first);
    return fail(fmt::format("{} is none of {}", word, join(names, ", ")));
  }
  return {};
}

}  // namespace

Result<PrologFlags> parse_prolog_flags(std::string_view words) {
  PrologFlags flags;
  for (const std::string_view word : split_commas(words))
    if (equal_ignoring_case(word, "X11")) return fail("X11 forwarding is not supported: leave X11 out");
  TRY(set_words(words, prolog_words, flags));
  flags.contain = flags.contain || flags.run_in_job;
  flags.alloc = flags.alloc || flags.contain || flags.defer_batch || flags.force_requeue || flags.no_hold;
  if (flags.no_hold && flags.contain) return fail("NoHold does not go together with Contain or RunInJob");
  return flags;
}

std::string prolog_flags_text(const PrologFlags& flags) {
  std::vector<std::string> names;
  for (const auto& [name, member] : prolog_words)
    if (flags.*member) names.emplace_back(name);
  return join(names, ",");
}

Result<HealthCheckStates> parse_health_check_states(std::string_view words) {
  HealthCheckStates states;
  states.any = false;
  TRY(set_words(words, health_words, states));
  if (!states.alloc && !states.idle && !states.mixed && !states.nondrained_idle) states.any = true;
  return states;
}

}  // namespace slurmxx
