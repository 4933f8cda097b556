// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Files that scontrol writes for its caller.
#pragma once

#include <sys/types.h>

#include <string>

#include "commands/scontrol/run.h"

namespace slurmxx {

// "-" is standard output.
Status put_file(const ScontrolCall& call, const std::string& path, const std::string& text, mode_t mode);

// After an update of the job around us that gave nodes back; else nothing is written.
Status write_resize_files(const ScontrolCall& call, const UpdateRequest& request);

}  // namespace slurmxx
