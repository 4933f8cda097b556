// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/priority/priority.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text/words.h"

namespace slurmxx {
namespace {

using P = const PriorityPolicy&;
using C = const PriorityScale&;
using S = const PrioritySubject&;

double share_of(double part, double whole) { return whole > 0 ? part / whole : 0; }
double at_most_one(double value) { return std::min(1.0, value); }

double age(P policy, C, S subject) {
  if (!subject.waited || subject.waited->value <= 0) return 0;
  return policy.max_age.value <= 0 ? 1
                                   : at_most_one(share_of(static_cast<double>(subject.waited->value),
                                                          static_cast<double>(policy.max_age.value)));
}

// Against the highest of its kind, or as it is.
double ranked(bool normal, std::uint32_t own, std::uint32_t highest) {
  return normal ? at_most_one(share_of(own, highest)) : own;
}

double association(P policy, C scale, S subject) {
  return ranked(policy.flags.normal_association, subject.association_priority, scale.association_priority_max);
}

double fair_share(P, C, S subject) { return subject.fair_share; }

// Half of it is the share of the cluster's nodes, half that of its CPUs; small jobs turn it round.
double job_size(P policy, C scale, S subject) {
  const double cpus = at_most_one(share_of(subject.cpus, scale.cpus));
  const auto turned = [&](double size) { return policy.favor_small ? 1 - size : size; };
  if (policy.flags.small_relative_to_time) {
    const auto minutes = subject.time_limit.unlimited ? INT64_MAX : subject.time_limit.value.value;
    return turned(cpus / static_cast<double>(std::max<std::int64_t>(1, minutes)));
  }
  return (turned(at_most_one(share_of(subject.nodes, scale.nodes))) + turned(cpus)) / 2;
}

double partition(P policy, C scale, S subject) {
  return ranked(policy.flags.normal_partition, subject.partition_factor, scale.partition_factor_max);
}

double qos(P policy, C scale, S subject) {
  return ranked(policy.flags.normal_qos, subject.qos_priority, scale.qos_priority_max);
}

constexpr PriorityFactorRow factors[] = {
    {PriorityFactor::age, "AGE", &PrioritySettings::weight_age, age},
    {PriorityFactor::association, "ASSOC", &PrioritySettings::weight_assoc, association},
    {PriorityFactor::fair_share, "FAIRSHARE", &PrioritySettings::weight_fair_share, fair_share},
    {PriorityFactor::job_size, "JOBSIZE", &PrioritySettings::weight_job_size, job_size},
    {PriorityFactor::partition, "PARTITION", &PrioritySettings::weight_partition, partition},
    {PriorityFactor::qos, "QOS", &PrioritySettings::weight_qos, qos},
};
static_assert(std::size(factors) == priority_factor_count);

struct FlagRow {
  std::string_view name;
  void (*set)(PriorityFlags&);
};

constexpr FlagRow flag_rows[] = {
    {"ACCRUE_ALWAYS", [](PriorityFlags& f) { f.accrue_always = true; }},
    {"CALCULATE_RUNNING", [](PriorityFlags& f) { f.calculate_running = true; }},
    {"DEPTH_OBLIVIOUS", [](PriorityFlags& f) { f.depth_oblivious = true, f.fair_tree = false; }},
    {"FAIR_TREE", [](PriorityFlags&) {}},  // the default, and once the way to ask for it
    {"INCR_ONLY", [](PriorityFlags& f) { f.increase_only = true; }},
    {"MAX_TRES", [](PriorityFlags& f) { f.max_tres = true; }},
    {"MAX_TRES_GRES", [](PriorityFlags& f) { f.max_tres_gres = true; }},
    {"NO_FAIR_TREE", [](PriorityFlags& f) { f.fair_tree = false; }},
    {"NO_NORMAL_ALL",
     [](PriorityFlags& f) { f.normal_association = f.normal_partition = f.normal_qos = f.normal_tres = false; }},
    {"NO_NORMAL_ASSOC", [](PriorityFlags& f) { f.normal_association = false; }},
    {"NO_NORMAL_PART", [](PriorityFlags& f) { f.normal_partition = false; }},
    {"NO_NORMAL_QOS", [](PriorityFlags& f) { f.normal_qos = false; }},
    {"NO_NORMAL_TRES", [](PriorityFlags& f) { f.normal_tres = false; }},
    {"SMALL_RELATIVE_TO_TIME", [](PriorityFlags& f) { f.small_relative_to_time = true; }},
};

std::string unknown_flag(std::string_view name) {
  std::vector<std::string_view> names;
  for (const FlagRow& row : flag_rows) names.push_back(row.name);
  return fmt::format("PriorityFlags: {} is not known{}", name, did_you_mean(name, names));
}

PriorityTerm term_of(double factor, double weight) {
  return {std::llround(factor * static_cast<double>(billion)), static_cast<std::int64_t>(factor * weight)};
}

PriorityTerm tres_term(P policy, S subject, const TresWeight& weight) {
  const double count = static_cast<double>((*subject.tres)[weight.name]);
  if (!policy.flags.normal_tres) return term_of(count, weight.weight);
  return term_of(at_most_one(share_of(count, static_cast<double>((*subject.tres_of_partition)[weight.name]))),
                 weight.weight);
}

bool counts_tres(S subject) { return subject.tres != nullptr && subject.tres_of_partition != nullptr; }

std::uint32_t in_range(std::int64_t sum) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(sum, 1, UINT32_MAX));
}

// First come, first served: each job stands one below the one before it.
std::uint32_t basic_priority(P policy, JobId job) {
  constexpr std::int64_t highest = 4'294'901'760;
  return in_range(highest - (std::int64_t{job.value} - policy.first_job.value));
}

}  // namespace

std::span<const PriorityFactorRow> priority_factors() { return factors; }

PriorityPolicy priority_policy(const PrioritySettings& settings, JobId first_job, std::vector<std::string>* problems) {
  const auto complain = [&](std::string text) {
    if (problems) problems->push_back(std::move(text));
  };
  PriorityPolicy policy;
  policy.multifactor = settings.type != "priority/basic";
  policy.first_job = first_job;
  policy.favor_small = settings.favor_small;
  policy.max_age = settings.max_age;
  for (const PriorityFactorRow& row : factors)
    policy.weights[static_cast<std::size_t>(row.factor)] = settings.*row.weight;
  for (const std::string& flag : settings.flags) {
    const auto row =
        std::ranges::find_if(flag_rows, [&](const FlagRow& r) { return equal_ignoring_case(r.name, flag); });
    row == std::end(flag_rows) ? complain(unknown_flag(flag)) : row->set(policy.flags);
  }
  if (auto weights = parse_tres_weights(settings.weight_tres))
    policy.tres_weights = std::move(*weights);
  else
    complain("PriorityWeightTRES: " + text_of(weights.error()));
  return policy;
}

PriorityTerms priority_terms(P policy, C scale, S subject) {
  PriorityTerms terms;
  if (!policy.multifactor) {
    terms.priority = basic_priority(policy, subject.job);
    return terms;
  }
  terms.site = subject.site;
  terms.nice = subject.nice;
  std::int64_t sum = subject.site - subject.nice;
  for (const PriorityFactorRow& row : factors) {
    const double weight = policy.weights[static_cast<std::size_t>(row.factor)];
    terms.factors.push_back(term_of(row.value(policy, scale, subject), weight));
    sum += terms.factors.back().weighted;
  }
  for (const TresWeight& weight : policy.tres_weights) {
    if (!counts_tres(subject)) break;
    terms.tres.push_back({weight.name, tres_term(policy, subject, weight)});
    sum += terms.tres.back().term.weighted;
  }
  terms.priority = in_range(sum);
  return terms;
}

std::uint32_t priority_value(P policy, C scale, S subject) {
  if (!policy.multifactor) return basic_priority(policy, subject.job);
  std::int64_t sum = subject.site - subject.nice;
  for (const PriorityFactorRow& row : factors) {
    const std::uint32_t weight = policy.weights[static_cast<std::size_t>(row.factor)];
    if (weight > 0) sum += term_of(row.value(policy, scale, subject), weight).weighted;
  }
  for (const TresWeight& weight : policy.tres_weights)
    if (counts_tres(subject)) sum += tres_term(policy, subject, weight).weighted;
  return in_range(sum);
}

}  // namespace slurmxx
