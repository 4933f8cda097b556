// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/tres/tres_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/text/words.h"

namespace slurmxx {
namespace {

bool has_size(std::string_view name) { return name == "mem" || name.starts_with("bb/"); }

// How many base units (MiB) the letter stands for; 0: it is no unit.
double unit_of(std::string_view letter) {
  constexpr std::pair<char, double> units[] = {
      {'K', 1.0 / 1024}, {'M', 1}, {'G', 1024}, {'T', 1024.0 * 1024}, {'P', 1024.0 * 1024 * 1024}};
  if (letter.empty()) return 1;
  if (letter.size() > 2 || (letter.size() == 2 && upper(letter)[1] != 'B')) return 0;
  for (const auto& [name, factor] : units)
    if (upper(letter)[0] == name) return factor;
  return 0;
}

std::string canonical(std::string_view name) {
  const std::string low = lower(name);
  const std::size_t slash = low.find('/');
  if (slash == std::string::npos) return low;
  return low.substr(0, slash) + std::string(name.substr(slash));  // names of gres and licences keep their case
}

Result<TresWeight> parse_one(std::string_view text) {
  const auto pair = split_once(text, '=');
  if (!pair) return fail(fmt::format("{}: NAME=NUMBER is wanted", text));
  TresWeight weight{canonical(trim(pair->first)), 0};
  TRY(check_tres_name(weight.name));
  const std::string_view number = trim(pair->second);
  const auto read = std::from_chars(number.data(), number.data() + number.size(), weight.weight);
  const std::string_view rest(read.ptr, static_cast<std::size_t>(number.data() + number.size() - read.ptr));
  const double unit = has_size(weight.name) || rest.empty() ? unit_of(rest) : 0;
  if (read.ec != std::errc() || !std::isfinite(weight.weight) || unit == 0)
    return fail(fmt::format("{}: a number is wanted{}", text, has_size(weight.name) ? ", as 0.25 or 0.25G" : ""));
  weight.weight /= unit;
  return weight;
}

bool is_of_cluster(std::string_view name) { return name.starts_with("license/") || name.starts_with("bb/"); }

}  // namespace

Result<std::vector<TresWeight>> parse_tres_weights(std::string_view text) {
  std::vector<TresWeight> weights;
  for (std::string_view one : split_commas(text)) {
    TRY_ASSIGN(TresWeight weight, parse_one(one));
    weights.push_back(std::move(weight));
  }
  return weights;
}

double billing_of(const TresCounts& tres, const std::vector<TresWeight>& weights, BillingSum sum) {
  if (weights.empty()) return static_cast<double>(tres["cpu"]);
  double added = 0, dearest = 0;
  for (const TresWeight& weight : weights) {
    if (weight.name == "billing") continue;
    const double cost = weight.weight * static_cast<double>(tres[weight.name]);
    const bool adds_up = sum == BillingSum::all || is_of_cluster(weight.name) ||
                         (sum == BillingSum::max_and_gres && weight.name.starts_with("gres/"));
    if (adds_up)
      added += cost;
    else
      dearest = std::max(dearest, cost);
  }
  return added + dearest;
}

}  // namespace slurmxx
