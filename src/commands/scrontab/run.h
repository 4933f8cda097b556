// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command_output.h"
#include "cli/job_request.h"
#include "commands/scrontab/options.h"

namespace slurmxx {

// What scrontab asks of the machine.
struct ScrontabPorts {
  std::function<Result<std::string>(const std::string& path)> read_file;          // "-": standard input
  std::function<Result<std::string>(const std::string& text)> edit;               // in the person's editor
  std::function<Result<SubmitContext>(const std::string& user)> context_of_user;  // empty: the caller
};

// The jobs of a crontab, as they are submitted. An error names the line.
Result<std::vector<CrontabJob>> crontab_jobs(const std::string& text, const SubmitContext& context,
                                             const Output& output);

int run_scrontab(const ScrontabOptions& options, const ScrontabPorts& ports, ControllerClient& controller,
                 const Output& output);

}  // namespace slurmxx
