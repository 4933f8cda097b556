// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// AuthType of slurm.conf to the port that proves and checks identities.
#pragma once

#include <memory>

#include "core/config/settings.h"
#include "ports/auth.h"
#include "ports/random.h"

namespace slurmxx {

// auth/slurm reads slurm.key beside slurm.conf (AuthInfo is not looked at): it must belong to root, SlurmUser or us and
// be closed to others.
Result<std::unique_ptr<Auth>> make_auth(const IdentitySettings& identity, const std::string& conf_path, Random& random);

// For unix sockets, where the kernel says who it is.
std::unique_ptr<Auth> no_auth();

}  // namespace slurmxx
