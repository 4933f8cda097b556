// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The fields of squeue: letters for -o, names for -O, both for -S. A new field is one row in job_fields.cpp or
// step_fields.cpp (docs/checklists/field.md). Headings and spellings are squeue(1)'s and the recordings'.
#pragma once

#include <span>

#include "cli/field_format.h"
#include "cli/job_text.h"

namespace slurmxx {

std::span<const Field<JobRow>> job_fields();
std::span<const Field<StepRow>> step_fields();

}  // namespace slurmxx
