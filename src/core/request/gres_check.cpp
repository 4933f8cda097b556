// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/request/gres_check.h"

#include <algorithm>

#include "core/tres/gres.h"

namespace slurmxx {
namespace {

Status check_names(const std::vector<GresRequest>& list, const std::vector<std::string>& types) {
  for (const GresRequest& one : list)
    if (std::ranges::find(types, one.name) == types.end()) return fail(Errc::invalid_gres);
  return {};
}

// gpu:1,gpu:a100:1 leaves open which devices are meant.
Status check_types(const std::vector<GresRequest>& list) {
  for (const GresRequest& one : list)
    for (const GresRequest& other : list)
      if (one.name == other.name && one.type.empty() != other.type.empty())
        return fail(Errc::invalid_gres, "Invalid GRES specification (with and without type identification)");
  return {};
}

// One device is given out whole, in shards, or by mps.
Status check_forms(const std::vector<GresRequest>& list) {
  std::string form;
  for (const GresRequest& one : list) {
    if (one.name != "gpu" && one.name != "shard" && one.name != "mps") continue;
    if (!form.empty() && form != one.name) return fail(Errc::invalid_gres);
    form = one.name;
  }
  return {};
}

}  // namespace

Status check_gres(const ResourceRequest& request, const std::vector<std::string>& types) {
  const GresOptions& asked = request.gres;
  std::vector<GresRequest> all;
  for (const std::string* text : {&asked.per_node, &asked.per_job, &asked.per_task, &asked.per_socket}) {
    const auto list = parse_gres_request(*text);
    if (!list) return fail(Errc::invalid_gres);
    TRY(check_names(*list, types));
    TRY(check_types(*list));
    all.insert(all.end(), list->begin(), list->end());
  }
  return check_forms(all);
}

}  // namespace slurmxx
