// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// StateSaveLocation as it must be before anything in it is believed.
#pragma once

#include <string>

#include "base/result.h"
#include "base/units.h"
#include "core/config/settings.h"

namespace slurmxx {

// Error: it is not SlurmUser's or root's, or everybody may write there; with the command that cures it.
Status check_state_folder(const PathSettings& paths, const IdentitySettings& identity);

// What LogStore::open() said, with the folder and what else can be done.
Error damaged_log(const PathSettings& paths, const Error& error);

// -i: where the log is from now on.
Result<std::string> set_log_aside(const PathSettings& paths, Instant now);

// The folder of the log, else StateSaveLocation, else /var/tmp becomes the working folder.
Status work_beside_log(const std::string& log_file, const PathSettings& paths);

}  // namespace slurmxx
