// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sprio --why: the terms of two jobs side by side. Of all terms only the age grows by itself, at the same pace for both
// until PriorityMaxAge: so the lower one can only catch up after the higher one's age counts in full.
#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "commands/sprio/run.h"
#include "core/text/time_text.h"

namespace slurmxx {
namespace {

// The best of the job's partitions.
const PriorityRow* best_of(const PrioritiesReply& reply, JobId job) {
  const PriorityRow* best = nullptr;
  for (const PriorityRow& row : reply.rows)
    if (row.job == job && (!best || row.terms.priority > best->terms.priority)) best = &row;
  return best;
}

std::string line(const std::string& name, std::int64_t above, std::int64_t below, const std::string& remark = "") {
  std::string text = fmt::format("  {:<12} {:>12} {:>12} {:>+12}", name, above, below, above - below);
  if (!remark.empty()) text += "  " + remark;
  return text + "\n";
}

std::string factor_remark(const PrioritiesReply& reply, std::size_t place, const PriorityRow& a, const PriorityRow& b) {
  const auto share = [&](const PriorityRow& row) {
    return static_cast<double>(row.terms.factors[place].factor_billionths) / static_cast<double>(billion);
  };
  return fmt::format("{:.4f} and {:.4f}, weight {}", share(a), share(b),
                     place < reply.weights.size() ? reply.weights[place] : 0);
}

std::int64_t tres_of(const PriorityRow& row, const std::string& name) {
  for (const TresTerm& one : row.terms.tres)
    if (one.name == name) return one.term.weighted;
  return 0;
}

// The lower one's age at the instant at which both are level; nothing: it never comes to that.
std::optional<Seconds> crossing(const PrioritiesReply& reply, const PriorityRow& above, const PriorityRow& below) {
  const auto place = static_cast<std::size_t>(PriorityFactor::age);
  const double weight = place < reply.weights.size() ? reply.weights[place] : 0;
  if (weight <= 0 || reply.max_age.value <= 0 || !below.waited) return std::nullopt;
  const auto age = [&](const PriorityRow& row) { return static_cast<double>(row.terms.factors[place].weighted); };
  const double without = static_cast<double>(below.terms.priority) - age(below);
  const double highest = static_cast<double>(above.terms.priority) - age(above) + (above.waited ? weight : 0);
  const double needed = (highest - without) / weight;  // of the age factor
  if (needed >= 1 || needed < 0) return std::nullopt;
  const auto at_age = static_cast<std::int64_t>(needed * static_cast<double>(reply.max_age.value)) + 1;
  return Seconds(std::max<std::int64_t>(0, at_age - below.waited->value));
}

std::string crossing_text(const PrioritiesReply& reply, const PriorityRow& above, const PriorityRow& below) {
  if (above.terms.priority == below.terms.priority) return "They are level: the one with the lower id comes first.\n";
  if (const auto in = crossing(reply, above, below))
    return fmt::format("As both wait, {} passes {} in {}, when its age still grows and the other's no longer does.\n",
                       below.job.value, above.job.value, duration_long(*in));
  return fmt::format(
      "Waiting does not change that: age grows alike for both. {} has to gain {} by fairshare, QOS, nice or "
      "what it asks for.\n",
      below.job.value, above.terms.priority - below.terms.priority + 1);
}

}  // namespace

Result<std::string> explain_priorities(const PrioritiesReply& reply, JobId one, JobId other) {
  const PriorityRow* a = best_of(reply, one);
  const PriorityRow* b = best_of(reply, other);
  if (!a || !b)
    return fail(fmt::format("job {} has no priority: it does not wait, or it is held", (a ? other : one).value));
  const PriorityRow& above = a->terms.priority >= b->terms.priority ? *a : *b;
  const PriorityRow& below = &above == a ? *b : *a;
  std::string text = fmt::format("  {:<12} {:>12} {:>12} {:>12}\n", "", above.job.value, below.job.value, "difference");
  const bool by_hand = above.terms.factors.empty() || below.terms.factors.empty();
  if (!by_hand) {
    std::size_t place = 0;
    for (const PriorityFactorRow& row : priority_factors()) {
      text += line(row.heading, above.terms.factors[place].weighted, below.terms.factors[place].weighted,
                   factor_remark(reply, place, above, below));
      ++place;
    }
    for (const TresTerm& one_tres : above.terms.tres)
      text += line(one_tres.name, one_tres.term.weighted, tres_of(below, one_tres.name));
    text += line("SITE", above.terms.site, below.terms.site);
    text += line("NICE", -above.terms.nice, -below.terms.nice);
  }
  text += line("PRIORITY", above.terms.priority, below.terms.priority);
  for (const PriorityRow* row : {&above, &below})
    if (row->terms.factors.empty()) text += fmt::format("The priority of {} was set by hand.\n", row->job.value);
  if (by_hand) return text;
  return text + crossing_text(reply, above, below);
}

}  // namespace slurmxx
