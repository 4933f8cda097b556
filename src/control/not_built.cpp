// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/not_built.h"

#include <algorithm>

#include "core/text/words.h"
#include "core/tres/gres.h"

namespace slurmxx {
namespace {

struct Licence {
  std::string_view name;
  std::uint64_t count = 1;
};

Licence licence_of(std::string_view text) {
  const std::size_t at = text.find_first_of(":=");
  Licence licence{text.substr(0, at), 1};
  if (at == std::string_view::npos) return licence;
  const auto count = parse_natural(text.substr(at + 1));
  licence.count = count ? *count : UINT64_MAX;  // more than there ever are
  return licence;
}

bool are_licences(std::string_view asked, std::string_view configured) {
  const std::string_view separators = asked.find('|') != std::string_view::npos ? "|" : ",";
  for (std::string_view one : split(asked, separators[0])) {
    const Licence wanted = licence_of(one);
    const auto known = split_commas(configured);
    const bool there = std::any_of(known.begin(), known.end(), [&](std::string_view row) {
      const Licence has = licence_of(row);
      return has.name == wanted.name && wanted.count <= has.count;
    });
    if (!there) return false;
  }
  return true;
}

Status check_gres(const std::string& text, const std::vector<std::string>& types) {
  if (text.empty() || equal_ignoring_case(text, "none")) return {};
  for (std::string_view one : split_commas(text)) {
    if (one.starts_with("gres/") || one.starts_with("gres:")) one.remove_prefix(5);
    const std::string_view name = one.substr(0, one.find_first_of(":="));
    if (std::find(types.begin(), types.end(), name) == types.end()) return fail(Errc::invalid_gres);
  }
  if (!parse_gres_request(text)) return fail(Errc::invalid_gres);
  return fail(Errc::not_supported, "--gres is not supported");
}

}  // namespace

Status check_not_built(const JobSpec& spec, const ClusterConfig& config) {
  const JobLabels& labels = spec.labels;
  if (!labels.reservation.empty()) return fail(Errc::reservation_invalid);  // there is none
  if (!labels.licenses.empty() && !are_licences(labels.licenses, config.scheduling.licenses))
    return fail(Errc::invalid_licenses);
  if (!labels.licenses.empty()) return fail(Errc::not_supported, "--licenses is not supported");
  if (spec.placement.contiguous) return fail(Errc::not_supported, "--contiguous is not supported");
  return check_gres(spec.resources.gres_per_node, config.scheduling.gres_types);
}

}  // namespace slurmxx
