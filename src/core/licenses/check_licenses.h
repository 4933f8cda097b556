// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace slurmxx {

// Whether -L asks for licences that there are: `totals` as Licenses= has them. `may_exceed` (allow_zero_lic): more of
// them than there are is no fault, the job waits. Error: invalid_licenses.
Status check_licenses(std::string_view asked, std::string_view totals, bool may_exceed);

}  // namespace slurmxx
