// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Steps as scontrol show step --json writes them: one object a step.
#pragma once

#include <vector>

#include "cli/command_output.h"
#include "cli/job_text.h"

namespace slurmxx {

// The whole answer: {"steps": [...], "last_update", "meta", "errors", "warnings"}. The rows need no context of their
// own.
void write_steps(const std::vector<StepRow>& rows, Instant now, DataFormat format, const Output& output);

}  // namespace slurmxx
