// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of sacct(1).
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace slurmxx {

struct SacctFilter {
  std::string accounts;
  std::string associations;
  std::string clusters;
  std::string constraints;
  std::string flags;
  std::string groups;
  std::string jobs;
  std::string names;
  std::string nodes;
  std::string nnodes;
  std::string ncpus;
  std::string partitions;
  std::string qos;
  std::string reasons;
  std::string states;
  std::string users;
  std::string wckeys;
  std::string start;
  std::string end;
  std::string time_limit_min;
};

struct SacctScope {
  std::string time_limit_max;
  std::string whole_het;
  bool all_clusters = false;
  bool all_users = false;
  bool duplicates = false;
  bool completion = false;
  std::string completion_file;  // -f; empty: JobCompLoc
  bool allocations = false;
  bool truncate = false;
};

struct SacctOutput {
  std::string format;
  std::string delimiter = "|";
  std::string units;
  bool header = true;
  bool parsable = false;   // -p: a delimiter at the end too
  bool parsable2 = false;  // -P
  bool brief = false;
  bool long_format = false;
  bool list_fields = false;
  bool noconvert = false;
  bool expand_patterns = false;
  bool script = false;
  bool environment = false;
  bool json = false;
  bool yaml = false;
  int verbose = 0;
};

struct SacctOptions {
  SacctFilter filter;
  SacctScope scope;
  SacctOutput output;
};

extern const CommandInfo sacct_info;
OptionSet sacct_option_set(SacctOptions& options);
Parsed read_sacct_options(const std::vector<std::string>& arguments, const Environment& environment,
                          SacctOptions& options);

}  // namespace slurmxx
