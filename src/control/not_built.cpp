// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/not_built.h"

#include <algorithm>

#include "core/licenses/check_licenses.h"
#include "core/text/words.h"
#include "core/tres/gres.h"

namespace slurmxx {
namespace {

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
  TRY(check_licenses(labels.licenses, config.scheduling.licenses, config.scheduling.says("allow_zero_lic")));
  if (spec.placement.contiguous) return fail(Errc::not_supported, "--contiguous is not supported");
  return check_gres(spec.resources.gres_per_node, config.scheduling.gres_types);
}

}  // namespace slurmxx
