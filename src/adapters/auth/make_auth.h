// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// AuthType of slurm.conf to the port that proves and checks identities.
#pragma once

#include <memory>

#include "core/config/cluster_config.h"
#include "ports/auth.h"
#include "ports/random.h"

namespace slurmxx {

// auth/slurm reads slurm.key beside slurm.conf (AuthInfo is not looked at): it must belong to root, SlurmUser or us and
// be closed to others.
Result<std::unique_ptr<Auth>> make_auth(const IdentitySettings& identity, const std::string& conf_path, Random& random);

// The holder of slurm.key, for daemons that prove the uids of others (proof_socket.h).
Result<std::unique_ptr<Voucher>> make_voucher(const IdentitySettings& identity, const std::string& conf_path,
                                              Random& random);

// A command's: as make_auth, but a user who may not read slurm.key asks a daemon of this host for a proof.
Result<std::unique_ptr<Auth>> make_user_auth(const ClusterConfig& config, const std::string& conf_path, Random& random);

// For unix sockets, where the kernel says who it is.
std::unique_ptr<Auth> no_auth();

}  // namespace slurmxx
