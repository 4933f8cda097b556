// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sreport/options.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/option_handlers.h"
#include "core/hostlist/hostlist.h"
#include "core/model/job_name.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using O = SreportOptions;

Status time_format(O& o, const OptionValue& value) {
  TRY_ASSIGN(o.time, parse_time_format(value.text));
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr const char* which = "What is reported";
constexpr const char* output = "Output";

constexpr Option<O> rows[] = {
    {'a', "all_clusters", none, "", which, "of every cluster", set_flag<&O::all_clusters>},
    {'M', "cluster", required, "names", which, "of these clusters", set_text<&O::clusters>},
    {0, "clusters", required, "names", which, "", set_text<&O::clusters>},
    {0, "federation", none, "", which, "of the whole federation", accepted},
    {0, "local", none, "", which, "of this cluster alone", accepted},
    {'T', "tres", required, "names", which, "use of these resources: cpu, mem, gres/gpu, or ALL", set_text<&O::tres>},
    {'n', "noheader", none, "", output, "no headings", clear_flag<&O::header>},
    {'p', "parsable", none, "", output, "fields by '|', and one at the end",
     set_to<TableForm::Style::bars_and_end, &O::form, &TableForm::style>},
    {'P', "parsable2", none, "", output, "fields by '|'", set_to<TableForm::Style::bars, &O::form, &TableForm::style>},
    {'Q', "quiet", none, "", output, "errors only", set_flag<&O::quiet>},
    {'t', "time", required, "format", output, "Seconds, Minutes, Hours, Percent, SecPer, MinPer or HourPer",
     time_format},
    {'v', "verbose", none, "", output, "say more about what is done", count_up<&O::verbose>},
};

constexpr EnvironmentOption variables[] = {{"SREPORT_CLUSTER", "cluster"},
                                           {"SREPORT_FEDERATION", "federation"},
                                           {"SREPORT_LOCAL", "local"},
                                           {"SREPORT_TRES", "tres"}};

constexpr CommandInfo info{.name = "sreport",
                           .summary = "report the use of the cluster by accounts and users",
                           .synopsis = "[OPTIONS...] [REPORT_TYPE REPORT [TERMS...]]",
                           .help_letter = 'h',
                           .usage_tail = "[REPORT_TYPE REPORT [TERMS...]]"};

struct NamedFormat {
  const char* name;
  std::size_t shortest;
  TimeFormat format;
};
constexpr NamedFormat formats[] = {
    {"SecPer", 4, TimeFormat::seconds_percent}, {"MinPer", 4, TimeFormat::minutes_percent},
    {"HourPer", 5, TimeFormat::hours_percent},  {"Seconds", 1, TimeFormat::seconds},
    {"Minutes", 1, TimeFormat::minutes},        {"Hours", 1, TimeFormat::hours},
    {"Percent", 1, TimeFormat::percent},
};

std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  for (const std::string_view word : split_commas(list)) words.emplace_back(word);
  return words;
}

Status numbers_of(std::string_view list, std::vector<std::uint32_t>& numbers, std::string_view term) {
  numbers.clear();
  for (const std::string_view word : split_commas(list)) {
    const auto number = parse_natural(word, {0, UINT32_MAX});
    if (!number) return fail(fmt::format(" {}={}: '{}' is not a number", term, list, word));
    numbers.push_back(static_cast<std::uint32_t>(*number));
  }
  std::sort(numbers.begin(), numbers.end());
  return {};
}

template <auto place>
Status keep_list(ReportTerms& terms, std::string_view, std::string_view value) {
  terms.*place = words_of(value);
  return {};
}
template <auto place>
Status keep_time(ReportTerms& terms, std::string_view, std::string_view value) {
  terms.window.*place = std::string(value);
  return {};
}
template <auto place>
Status keep_flag(ReportTerms& terms, std::string_view, std::string_view) {
  terms.*place = true;
  return {};
}
Status keep_grouping(ReportTerms& terms, std::string_view term, std::string_view value) {
  terms.individual = equal_ignoring_case(value, "individual");
  return terms.individual ? Status() : numbers_of(value, terms.grouping, term);
}
Status keep_groups(ReportTerms& terms, std::string_view term, std::string_view value) {
  return numbers_of(value, terms.groups, term);
}
Status keep_nodes(ReportTerms& terms, std::string_view term, std::string_view value) {
  const auto names = expand_hostlist(value);
  if (!names) return fail(fmt::format(" {}={}: {}", term, value, text_of(names.error())));
  terms.nodes.assign(names->begin(), names->end());
  return {};
}
// Of a step its job is meant.
Status keep_jobs(ReportTerms& terms, std::string_view term, std::string_view value) {
  terms.jobs.clear();
  for (const std::string_view word : split_job_names(value)) {
    const std::string_view name = word.substr(0, word.find('.'));
    if (!parse_job_name(name)) return fail(fmt::format(" {}={}: '{}' is no job", term, value, word));
    terms.jobs.emplace_back(name);
  }
  return {};
}
Status keep_count(ReportTerms& terms, std::string_view term, std::string_view value) {
  const auto number = parse_natural(value);
  if (!number) return fail(fmt::format(" {}={}: a number is wanted", term, value));
  terms.top_count = *number;
  return {};
}

struct TermRow {
  const char* name;
  std::size_t shortest;
  bool valued;
  Status (*keep)(ReportTerms&, std::string_view term, std::string_view value);
};
constexpr TermRow terms_known[] = {
    {"all_clusters", 2, false, keep_flag<&ReportTerms::all_clusters>},
    {"acctasparent", 5, false, keep_flag<&ReportTerms::account_as_parent>},
    {"accounts", 2, true, keep_list<&ReportTerms::accounts>},
    {"accts", 4, true, keep_list<&ReportTerms::accounts>},
    {"clusters", 1, true, keep_list<&ReportTerms::clusters>},
    {"names", 1, true, keep_list<&ReportTerms::names>},
    {"nodes", 2, true, keep_nodes},
    {"wckeys", 1, true, keep_list<&ReportTerms::wckeys>},
    {"end", 1, true, keep_time<&ReportTerms::Window::end>},
    {"flatview", 2, false, keep_flag<&ReportTerms::flat_view>},
    {"format", 1, true, keep_list<&ReportTerms::format>},
    {"gid", 2, true, keep_groups},
    {"grouping", 6, true, keep_grouping},
    {"jobs", 1, true, keep_jobs},
    {"group", 5, false, keep_flag<&ReportTerms::group_accounts>},
    {"partitions", 2, true, keep_list<&ReportTerms::partitions>},
    {"printjobcount", 2, false, keep_flag<&ReportTerms::print_job_count>},
    {"start", 1, true, keep_time<&ReportTerms::Window::start>},
    {"topcount", 2, true, keep_count},
    {"tree", 2, false, keep_flag<&ReportTerms::tree>},
    {"users", 1, true, keep_list<&ReportTerms::users>},
};

}  // namespace

Result<TimeFormat> parse_time_format(std::string_view text) {
  for (const NamedFormat& row : formats)
    if (means(text, row.name, row.shortest)) return row.format;
  return fail(fmt::format("unknown time format {}", text));
}

Result<ReportTerms> parse_report_terms(const std::vector<std::string>& words) {
  ReportTerms terms;
  for (const std::string& word : words) {
    const auto pair = split_once(word, '=');
    const std::string_view name = pair ? pair->first : std::string_view(word);
    const auto row = std::find_if(std::begin(terms_known), std::end(terms_known), [&](const TermRow& one) {
      return one.valued == pair.has_value() && means(name, one.name, one.shortest);
    });
    if (row != std::end(terms_known)) {
      TRY(row->keep(terms, name, pair ? pair->second : std::string_view()));
    } else if (!pair) {
      terms.clusters = words_of(word);
    } else {
      return fail(fmt::format(" Unknown condition: {}", word));
    }
  }
  return terms;
}

OptionSet sreport_option_set(SreportOptions& options) {
  OptionSet set(info);
  set.add(rows, options);
  return set;
}

Parsed read_sreport_options(const std::vector<std::string>& arguments, const Environment& environment,
                            SreportOptions& options) {
  const OptionSet set = sreport_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  return set.parse(arguments);
}

}  // namespace slurmxx
