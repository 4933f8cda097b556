// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// squeue's options as given; lists stay text, since what they name only the controller's answer can tell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "cli/options.h"

namespace slurmxx {

struct SqueueFilter {
  using List = std::optional<std::string>;  // an empty list fits no job
  List account;
  List name;
  List nodelist;
  List partition;
  List qos;
  List reservation;
  List licenses;
  List states;
  List user;
  bool me = false;
  bool notme = false;
  bool jobs_given = false;  // -j, with or without a list
  std::string jobs;
  bool steps_given = false;  // -s, with or without a list
  std::string steps;
  std::optional<Seconds> running_over;
  std::optional<Seconds> running_under;
};

struct SqueueOutput {
  std::string format;        // -o
  std::string format_names;  // -O
  std::string sort;
  bool header = true;
  bool long_format = false;
  bool start = false;
  bool array = false;  // one line a task
  bool array_unique = false;
  bool noconvert = false;
  bool priority = false;  // one line a partition of a pending job
  bool only_job_state = false;
  bool expand_patterns = false;
  std::optional<std::int64_t> iterate;
  bool json = false;
  bool yaml = false;
};

struct SqueueOptions {
  SqueueFilter filter;
  SqueueOutput output;
  std::string clusters;
  bool all = false;
  bool hide = false;
  bool federation = false;
  bool local = false;
  bool sibling = false;
  int verbose = 0;
};

extern const CommandInfo squeue_info;
OptionSet squeue_option_set(SqueueOptions& options);

// Environment, then arguments. What stops the command is in Parsed::early.
Parsed read_squeue_options(const std::vector<std::string>& arguments, const Environment& environment,
                           SqueueOptions& options);

}  // namespace slurmxx
