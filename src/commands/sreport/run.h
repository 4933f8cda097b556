// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sreport(1): a type, a report and its terms, asked of slurmdbd. Sums come from there; trees, orders, percentages and
// columns are made here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_output.h"
#include "cli/dbd_client.h"
#include "cli/prompt_line.h"
#include "commands/sreport/options.h"

namespace slurmxx {

struct SreportWorld {
  DbdClient& dbd;
  Output& output;
  std::function<std::string(const std::string& user)> proper_name;  // of the person; empty: not known
};

int run_sreport(SreportOptions& options, const std::vector<std::string>& words, SreportWorld& world);
int run_sreport_prompt(SreportOptions options, SreportWorld& world, const ReadLine& read_line);

}  // namespace slurmxx
