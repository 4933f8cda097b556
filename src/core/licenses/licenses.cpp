// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/licenses/licenses.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/licenses/check_licenses.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// NAME[:COUNT]; `separators` are what may stand before the count. A bare "NAME:" is one.
std::optional<LicenseCount> parse_count(std::string_view text, std::string_view separators) {
  const std::size_t at = text.find_first_of(separators);
  LicenseCount license{std::string(trim(text.substr(0, at))), 1};
  if (license.name.empty() || license.name.find_first_of("=*;|") != std::string::npos) return std::nullopt;
  if (at == std::string_view::npos || trim(text.substr(at + 1)).empty()) return license;
  const auto count = parse_natural(trim(text.substr(at + 1)), {0, UINT32_MAX});
  if (!count) return std::nullopt;
  license.count = static_cast<std::uint32_t>(*count);
  return license;
}

LicenseCount* named(LicenseCounts& counts, std::string_view name) {
  const auto found = std::ranges::find(counts, name, &LicenseCount::name);
  return found == counts.end() ? nullptr : &*found;
}

}  // namespace

Result<LicenseCounts> parse_license_totals(std::string_view text) {
  LicenseCounts totals;
  for (std::string_view one : split_commas(text)) {
    const auto license = parse_count(one, ":*");
    if (!license) return fail(fmt::format("{}: NAME or NAME:COUNT is wanted", one));
    if (!named(totals, license->name)) totals.push_back(*license);
  }
  std::ranges::sort(totals, {}, &LicenseCount::name);
  return totals;
}

Result<LicenseRequest> parse_license_request(std::string_view text) {
  LicenseRequest request;
  request.any_of = text.find('|') != std::string_view::npos;
  std::string separated(text);
  std::ranges::replace(separated, ';', ',');
  if (request.any_of && separated.find(',') != std::string::npos) return fail(Errc::invalid_licenses);
  for (std::string_view one : split(separated, request.any_of ? '|' : ',')) {
    if (trim(one).empty()) continue;
    const auto license = parse_count(one, ":");
    if (!license) return fail(Errc::invalid_licenses);
    if (license->count == 0) continue;
    LicenseCount* known = request.any_of ? nullptr : named(request.counts, license->name);
    if (known)
      known->count += license->count;
    else
      request.counts.push_back(*license);
  }
  return request;
}

std::string license_text(const LicenseCounts& counts) {
  std::vector<std::string> parts;
  for (const LicenseCount& one : counts) parts.push_back(fmt::format("{}:{}", one.name, one.count));
  return join(parts, ",");
}

Status check_licenses(std::string_view asked, std::string_view totals, bool may_exceed) {
  if (asked.empty()) return {};
  TRY_ASSIGN(const LicenseRequest request, parse_license_request(asked));
  const auto configured = parse_license_totals(totals);
  const LicenseTable table(configured ? *configured : LicenseCounts());
  if (!(may_exceed ? table.knows(request) : table.could_serve(request))) return fail(Errc::invalid_licenses);
  return {};
}

LicenseTable::LicenseTable(const LicenseCounts& totals) {
  for (const LicenseCount& one : totals) rows_.push_back({one.name, one.count, 0, 0});
}

const LicenseTable::Row* LicenseTable::find(std::string_view name) const {
  const auto found = std::ranges::find(rows_, name, &Row::name);
  return found == rows_.end() ? nullptr : &*found;
}

bool LicenseTable::knows(const LicenseRequest& request) const {
  return std::ranges::all_of(request.counts, [&](const LicenseCount& one) { return find(one.name) != nullptr; });
}

bool LicenseTable::could_serve(const LicenseRequest& request) const {
  const auto serves = [&](const LicenseCount& one) {
    const Row* row = find(one.name);
    return row && one.count <= row->total;
  };
  if (request.any_of) return knows(request) && std::ranges::any_of(request.counts, serves);
  return std::ranges::all_of(request.counts, serves);
}

bool LicenseTable::has_free(const LicenseCount& count) const {
  const Row* row = find(count.name);
  return row && count.count <= row->free();
}

std::optional<LicenseCounts> LicenseTable::offer(const LicenseRequest& request) const {
  const auto free = [&](const LicenseCount& one) { return has_free(one); };
  if (request.any_of) {
    const auto first = std::ranges::find_if(request.counts, free);
    if (first == request.counts.end()) return std::nullopt;
    return LicenseCounts{*first};
  }
  if (!std::ranges::all_of(request.counts, free)) return std::nullopt;
  return request.counts;
}

void LicenseTable::take(const LicenseCounts& counts) {
  for (const LicenseCount& one : counts)
    for (Row& row : rows_)
      if (row.name == one.name) row.used += one.count;
}

void LicenseTable::set_away(const LicenseCounts& counts) {
  for (const LicenseCount& one : counts)
    for (Row& row : rows_)
      if (row.name == one.name) row.away = one.count;
}

}  // namespace slurmxx
