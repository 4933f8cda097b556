// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A daemon that was started as root becomes SlurmUser for good, and gives it the files that it has opened already.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "adapters/identity/identity.h"
#include "base/result.h"

namespace slurmxx {

// Nothing is done by who is not root, or is to be root. `files`: empty ones are passed over.
Status become_user(const UserFacts& user, const std::vector<std::string>& files,
                   const std::function<void(const std::string&)>& log_line);

}  // namespace slurmxx
