// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sprio/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/words.h"

namespace slurmxx {
namespace {

using R = const SprioRow&;

template <PriorityFactor factor>
PriorityTerm term_of(R row) {
  const auto place = static_cast<std::size_t>(factor);
  const auto& factors = row.job->terms.factors;
  return place < factors.size() ? factors[place] : PriorityTerm{};
}

std::string factor_text(std::int64_t billionths) {
  return fmt::format("{:.7f}", static_cast<double>(billionths) / static_cast<double>(billion));
}

std::uint32_t weight_of(const PrioritiesReply& reply, PriorityFactor factor) {
  const auto place = static_cast<std::size_t>(factor);
  return place < reply.weights.size() ? reply.weights[place] : 0;
}

template <PriorityFactor factor>
std::string normal(R row) {
  return row.job ? factor_text(term_of<factor>(row).factor_billionths) : fmt::to_string(weight_of(*row.reply, factor));
}

template <PriorityFactor factor>
std::string weighted(R row) {
  return fmt::to_string(row.job ? term_of<factor>(row).weighted : weight_of(*row.reply, factor));
}

template <class Value>
std::string list(R row, Value&& value) {
  std::vector<std::string> parts;
  for (const TresTerm& tres : row.job->terms.tres) parts.push_back(tres.name + "=" + value(tres.term));
  return join(parts, ",");
}

std::string normal_tres(R row) {
  if (!row.job) return "";
  return list(row, [](const PriorityTerm& term) {
    return fmt::format("{:.2f}", static_cast<double>(term.factor_billionths) / static_cast<double>(billion));
  });
}

std::string weighted_tres(R row) {
  if (!row.job) return row.reply->tres_weights;
  return list(row, [](const PriorityTerm& term) { return fmt::to_string(term.weighted); });
}

template <auto value>
SortValue by(R row) {
  return sort_value(value(row));
}
template <PriorityFactor factor>
std::int64_t rank(R row) {
  return term_of<factor>(row).factor_billionths;
}
std::uint32_t job_number(R row) { return row.job->job.value; }
std::uint32_t priority(R row) { return row.job->terms.priority; }
std::int64_t site(R row) { return row.job->terms.site; }
std::int64_t nice(R row) { return row.job->terms.nice; }

template <auto number>
std::string of_job(R row) {
  return row.job ? fmt::to_string(number(row)) : "";
}

using enum PriorityFactor;

template <PriorityFactor factor>
constexpr Field<SprioRow> normal_field(char letter, const char* heading) {
  return {letter, "", heading, normal<factor>, by<rank<factor>>};
}
template <PriorityFactor factor>
constexpr Field<SprioRow> weighted_field(char letter, const char* heading) {
  return {letter, "", heading, weighted<factor>, by<rank<factor>>};
}

constexpr Field<SprioRow> fields[] = {
    normal_field<age>('a', "AGE"),
    weighted_field<age>('A', "AGE"),
    normal_field<association>('b', "ASSOC"),
    weighted_field<association>('B', "ASSOC"),
    {'c', "", "CLUSTER", [](R r) { return r.reply->cluster; }},
    normal_field<fair_share>('f', "FAIRSHARE"),
    weighted_field<fair_share>('F', "FAIRSHARE"),
    {'i', "", "JOBID", [](R r) { return r.job ? fmt::to_string(job_number(r)) : std::string("Weights"); },
     by<job_number>},
    normal_field<job_size>('j', "JOBSIZE"),
    weighted_field<job_size>('J', "JOBSIZE"),
    {'N', "", "NICE", of_job<nice>, by<nice>},
    {'n', "", "QOSNAME", [](R r) { return r.job ? r.job->qos : std::string(); }},
    {'o', "", "ACCOUNT", [](R r) { return r.job ? r.job->account : std::string(); }},
    normal_field<partition>('p', "PARTITION"),
    weighted_field<partition>('P', "PARTITION"),
    normal_field<qos>('q', "QOS"),
    weighted_field<qos>('Q', "QOS"),
    {'r', "", "PARTITION", [](R r) { return r.job ? r.job->partition : std::string(); }},
    {'S', "", "SITE", [](R r) { return r.job ? fmt::to_string(site(r)) : std::string("1"); }, by<site>},
    {'t', "", "TRES", normal_tres},
    {'T', "", "TRES", weighted_tres},
    {'u', "", "USER", [](R r) { return r.job ? r.job->user_name : std::string(); }},
    {'Y', "", "PRIORITY", of_job<priority>, by<priority>},
    {'y', "", "PRIORITY",
     [](R r) { return r.job ? fmt::format("{:.14f}", priority(r) / 4294967295.0) : std::string(); }, by<priority>},
};

// What the formats are made of; a column without a condition is always there.
struct Part {
  const char* weighted;
  const char* normal;
  bool (*has_weight)(const PrioritiesReply&);
  bool needs_long = false;
};

template <PriorityFactor factor>
bool weighs(const PrioritiesReply& reply) {
  return weight_of(reply, factor) > 0;
}

constexpr Part parts[] = {
    {"%.10Y", "%10y", nullptr},
    {"%.10S", "", nullptr},
    {"%.10A", "%10a", weighs<age>},
    {"%.10B", "%10b", weighs<association>},
    {"%.10F", "%10f", weighs<fair_share>},
    {"%.10J", "%10j", weighs<job_size>},
    {"%.10P", "%10p", weighs<partition>},
    {"%.10n", "", nullptr, true},
    {"%.10Q", "%10q", weighs<qos>},
    {"%.11N", "", nullptr, true},
    {"%.20T", "%20t", [](const PrioritiesReply& reply) { return !reply.tres_weights.empty(); }},
};

}  // namespace

std::span<const Field<SprioRow>> sprio_fields() { return fields; }

std::string default_format(const PrioritiesReply& reply, const SprioLook& look) {
  std::string format = "%.15i %9r";
  if (look.long_format || look.with_users) format += " %.8u";
  if (look.long_format && !look.normalized) format += " %.8o";
  for (const Part& part : parts) {
    const char* column = look.normalized ? part.normal : part.weighted;
    const bool wanted = look.long_format || (!part.needs_long && (!part.has_weight || part.has_weight(reply)));
    if (wanted && *column != '\0') format += fmt::format(" {}", column);
  }
  return format;
}

}  // namespace slurmxx
