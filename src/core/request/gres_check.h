// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether what a job or step asks of generic resources makes sense at all: names that slurm.conf knows, types, and
// options that go together. Whether any node has so much is not decided here. sbatch(1) --gres, --gpus and the others.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "core/model/job_spec.h"

namespace slurmxx {

// `types` are GresTypes. Errors are Errc::invalid_gres; a message says what is wrong where the code does not tell it.
Status check_gres(const ResourceRequest& request, const std::vector<std::string>& types);

}  // namespace slurmxx
