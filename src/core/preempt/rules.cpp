// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/preempt/rules.h"

#include <algorithm>
#include <array>

#include "core/text/words.h"

namespace slurmxx {
namespace {

struct ModeWord {
  std::string_view word;
  void (*set)(PreemptModes&);
};
constexpr std::array mode_words{
    ModeWord{"off", [](PreemptModes& m) { m.mode = PreemptMode::off; }},
    ModeWord{"cancel", [](PreemptModes& m) { m.mode = PreemptMode::cancel; }},
    ModeWord{"requeue", [](PreemptModes& m) { m.mode = PreemptMode::requeue; }},
    ModeWord{"suspend", [](PreemptModes& m) { m.mode = PreemptMode::suspend; }},
    ModeWord{"gang", [](PreemptModes& m) { m.gang = true; }},
    ModeWord{"within", [](PreemptModes& m) { m.within = true; }},
};

std::uint32_t number(std::string_view text) {
  const auto parsed = parse_natural(text, {0, UINT32_MAX});
  return parsed ? static_cast<std::uint32_t>(*parsed) : 0;
}

}  // namespace

std::string_view preempt_mode_name(PreemptMode mode) {
  constexpr std::array<std::string_view, 4> names{"off", "cancel", "requeue", "suspend"};
  return names.at(static_cast<std::size_t>(mode));
}

std::optional<PreemptModes> parse_preempt_modes(std::string_view text) {
  std::optional<PreemptModes> modes;
  for (const std::string_view word : split_commas(text))
    for (const ModeWord& known : mode_words)
      if (equal_ignoring_case(word, known.word)) {
        if (!modes) modes.emplace();
        known.set(*modes);
      }
  return modes;
}

PreemptTuning parse_preempt_parameters(std::string_view text) {
  PreemptTuning tuning;
  bool strict = false;  // nobody goes for whom one of less priority could go: no other order is tried
  for (const std::string_view word : split_commas(text)) {
    const auto pair = split_once(word, '=').value_or(std::pair<std::string_view, std::string_view>{word, ""});
    if (equal_ignoring_case(pair.first, "reorder_count")) tuning.reorder_count = number(pair.second);
    if (equal_ignoring_case(pair.first, "min_exempt_priority")) tuning.min_exempt_priority = number(pair.second);
    if (equal_ignoring_case(pair.first, "youngest_first")) tuning.youngest_first = true;
    if (equal_ignoring_case(pair.first, "send_user_signal")) tuning.send_user_signal = true;
    if (equal_ignoring_case(pair.first, "reclaim_licenses")) tuning.reclaim_licenses = true;
    if (equal_ignoring_case(pair.first, "suspend_grace_time")) tuning.suspend_grace = Seconds(number(pair.second));
    if (equal_ignoring_case(pair.first, "strict_order")) strict = true;
  }
  if (strict) tuning.reorder_count = 0;
  return tuning;
}

const PreemptRules::OfQos* PreemptRules::qos_of(const Job& job) const {
  const auto found = qos.find(job.spec->labels.qos);
  return found == qos.end() ? nullptr : &found->second;
}

const PreemptRules::OfPartition* PreemptRules::partition_of(const Job& running) const {
  const auto found = running.allocation ? partitions.find(running.allocation->partition) : partitions.end();
  return found == partitions.end() ? nullptr : &found->second;
}

// What a QOS says by "off" or not at all is the cluster's word; a partition may really say OFF.
PreemptModes PreemptRules::modes_of(const Job& running) const {
  if (type == PreemptType::partition_prio) {
    const OfPartition* partition = partition_of(running);
    return partition && partition->modes ? *partition->modes : modes;
  }
  const OfQos* own = qos_of(running);
  if (!own || !own->modes) return modes;
  PreemptModes found = *own->modes;
  if (found.mode == PreemptMode::off) found.mode = modes.mode;
  found.within = found.within || modes.within;
  return found;
}

// Who cannot go back to the queue is cancelled.
PreemptMode PreemptRules::mode_of(const Job& running) const {
  const PreemptMode mode = modes_of(running).mode;
  const bool may_return = running.spec->policy.batch && running.spec->policy.requeue.value_or(job_requeue);
  return mode == PreemptMode::requeue && !may_return ? PreemptMode::cancel : mode;
}

bool PreemptRules::outranks(const Side& preemptor, const Side& running) const {
  if (type == PreemptType::partition_prio) return preemptor.tier > running.tier;
  const OfQos* own = type == PreemptType::qos ? qos_of(*preemptor.job) : nullptr;
  if (!own) return false;
  const std::string& other = running.job->spec->labels.qos;
  if (std::find(own->preempts.begin(), own->preempts.end(), other) != own->preempts.end()) return true;
  return preemptor.job->spec->labels.qos == other && modes_of(*running.job).within &&
         preemptor.priority > running.priority;
}

Seconds PreemptRules::grace_of(const Job& running) const {
  if (mode_of(running) == PreemptMode::suspend) return Seconds(0);
  if (type == PreemptType::partition_prio) return partition_of(running) ? partition_of(running)->grace : Seconds(0);
  return qos_of(running) ? qos_of(running)->grace : Seconds(0);
}

std::optional<Instant> PreemptRules::exempt_until(const Job& running) const {
  const PreemptMode mode = type == PreemptType::none ? PreemptMode::off : mode_of(running);
  if (mode == PreemptMode::off || !running.times.started) return {};
  if (mode == PreemptMode::suspend) return *running.times.started;
  const OfQos* own = qos_of(running);
  return *running.times.started + (own && own->exempt ? *own->exempt : exempt);
}

std::optional<PreemptRules::Verdict> PreemptRules::verdict(const Side& preemptor, const Side& running,
                                                           Instant now) const {
  const Job& job = *running.job;
  const auto exempt_by = exempt_until(job);
  if (!job.runs() || job.preparing || !exempt_by || *exempt_by > now || !outranks(preemptor, running)) return {};
  if (tuning.min_exempt_priority && running.priority > *tuning.min_exempt_priority) return {};
  const PreemptMode mode = mode_of(job);
  const bool has_cpus = job.state != JobState::suspended || (job.allocation && job.allocation->time_sliced);
  if (mode == PreemptMode::suspend && !has_cpus) return {};
  const OfQos* own = qos_of(job);
  const bool by_qos = type == PreemptType::qos;
  return Verdict{mode, by_qos ? std::int64_t{own ? own->priority : 0} : std::int64_t{running.tier}};
}

}  // namespace slurmxx
