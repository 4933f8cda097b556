// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command_output.h"
#include "commands/sdiag/options.h"
#include "wire/scheduling_messages.h"

namespace slurmxx {

int run_sdiag(const SdiagOptions& options, ControllerClient& controller, const Output& output);

std::string statistics_text(const StatisticsReply& reply, const TimeZone& zone);
void write_statistics(const StatisticsReply& reply, DataFormat format, const Output& output);

}  // namespace slurmxx
