// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of sacctmgr(1).
#pragma once

#include "cli/options.h"

namespace slurmxx {

enum class TableStyle { aligned, bars_and_end, bars };

struct SacctmgrOptions {
  bool immediate = false;
  bool header = true;
  TableStyle style = TableStyle::aligned;
  bool quiet = false;
  bool read_only = false;
  bool associations = false;
  int verbose = 0;
  bool json = false;
  bool yaml = false;
};

OptionSet sacctmgr_option_set(SacctmgrOptions& options);
Parsed read_sacctmgr_options(const std::vector<std::string>& arguments, SacctmgrOptions& options);

}  // namespace slurmxx
