// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/command_output.h"
#include "commands/sshare/options.h"

namespace slurmxx {

int run_sshare(const SshareOptions& options, ControllerClient& controller, const Output& output);

// Why one of two users or accounts stands above the other, level by level, and when that would cross.
Result<std::string> explain_shares(const SharesReply& reply, const std::string& one, const std::string& other);

void write_shares(const SharesReply& reply, DataFormat format, const Output& output);

}  // namespace slurmxx
