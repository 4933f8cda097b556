// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmdbd.conf holds the password of the database: it is refused unless it belongs to SlurmUser (or to who runs
// slurmdbd) and nobody else may read it.
#pragma once

#include <string>
#include <vector>

#include "core/config/dbd_config.h"

namespace slurmxx {

Result<DbdConfig> read_dbd_config(const std::string& path, std::vector<std::string>& warnings);

}  // namespace slurmxx
