// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What archiving needs of slurmdbd's host: folders, files, and ArchiveScript.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/folder.h"

namespace slurmxx {

inline constexpr int archive_script_hours_max = 1;  // then it is killed, and nothing is purged

Result<std::unique_ptr<Folder>> open_archive_folder(const std::string& path);
// Without arguments, with just these variables. Error: it could not be run, or did not end with status 0.
Status run_archive_script(const std::string& path, const std::vector<std::string>& environment);

}  // namespace slurmxx
