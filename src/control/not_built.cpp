// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/not_built.h"

#include "core/licenses/check_licenses.h"

namespace slurmxx {
Status check_not_built(const JobSpec& spec, const ClusterConfig& config) {
  const JobLabels& labels = spec.labels;
  TRY(check_licenses(labels.licenses, config.scheduling.licenses, config.scheduling.says("allow_zero_lic")));
  return {};
}

}  // namespace slurmxx
