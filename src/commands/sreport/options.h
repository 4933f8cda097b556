// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of sreport(1), and what stands behind a report's name: start=, end=, format= ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/ruled_table.h"
#include "core/text/time_zone.h"

namespace slurmxx {

enum class TimeFormat : std::uint8_t {
  seconds,
  minutes,
  hours,
  percent,
  seconds_percent,
  minutes_percent,
  hours_percent
};
// "hourper", "Hours", "percent"; a beginning that fits one will do.
Result<TimeFormat> parse_time_format(std::string_view text);

struct SreportOptions {
  std::string clusters;
  bool all_clusters = false;
  bool header = true;
  bool quiet = false;
  int verbose = 0;
  TableForm form;
  TimeFormat time = TimeFormat::minutes;
  std::string tres;  // empty: cpu, and no column that names it
};

struct ReportTerms {
  struct Window {
    std::optional<std::string> start;
    std::optional<std::string> end;
  } window = {};
  std::vector<std::string> format;
  std::vector<std::string> clusters;
  bool all_clusters = false;
  std::vector<std::string> names;  // of clusters; of reservations, where the report is about them
  std::vector<std::string> nodes;
  std::vector<std::string> accounts;
  std::vector<std::string> wckeys;
  std::vector<std::string> users;
  std::vector<std::string> partitions;
  std::vector<std::string> jobs;  // "12", "12_5"
  std::vector<std::uint32_t> groups;
  std::vector<std::uint32_t> grouping = {50, 250, 500, 1000};
  bool individual = false;
  std::uint64_t top_count = 10;
  bool group_accounts = false;
  bool tree = false;
  bool flat_view = false;
  bool print_job_count = false;
  bool account_as_parent = false;  // SizesByAccount: the accounts right below those that are named
};
// The error is what sreport prints.
Result<ReportTerms> parse_report_terms(const std::vector<std::string>& words);

OptionSet sreport_option_set(SreportOptions& options);
Parsed read_sreport_options(const std::vector<std::string>& arguments, const Environment& environment,
                            SreportOptions& options);

}  // namespace slurmxx
