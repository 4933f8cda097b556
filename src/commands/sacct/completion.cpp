// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacct/completion.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cli/field_columns.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;  // by the key of the line

// Values may hold spaces: what has no = belongs to what stands before it.
Values values_of_line(std::string_view line) {
  Values values;
  std::string* last = nullptr;
  for (const std::string_view word : split(line, ' ')) {
    const std::size_t at = word.find('=');
    const bool is_key = at != std::string_view::npos && at > 0 && word.front() >= 'A' && word.front() <= 'Z';
    if (is_key)
      last = &(values[std::string(word.substr(0, at))] = std::string(word.substr(at + 1)));
    else if (last && !word.empty())
      *last += " " + std::string(word);
  }
  return values;
}

std::string value(const Values& values, const char* key) {
  const auto found = values.find(std::string_view(key));
  return found == values.end() ? "" : found->second;
}

// "root(0)"
std::string name_in(const std::string& text) { return text.substr(0, text.find('(')); }
std::string number_in(const std::string& text) {
  const std::size_t open = text.find('(');
  return open == std::string::npos ? text : text.substr(open + 1, text.size() - open - 2);
}

struct CompletionField {
  const char* name;
  int width;
  std::string (*text)(const Values&);
};
using V = const Values&;
constexpr CompletionField fields[] = {
    {"JobID", -12, [](V v) { return value(v, "JobId"); }},
    {"UID", 6, [](V v) { return number_in(value(v, "UserId")); }},
    {"User", 9, [](V v) { return name_in(value(v, "UserId")); }},
    {"GID", 6, [](V v) { return number_in(value(v, "GroupId")); }},
    {"Group", 9, [](V v) { return name_in(value(v, "GroupId")); }},
    {"JobName", 10, [](V v) { return value(v, "Name"); }},
    {"Partition", 10, [](V v) { return value(v, "Partition"); }},
    {"NNodes", 8, [](V v) { return value(v, "NodeCnt"); }},
    {"NodeList", 15, [](V v) { return value(v, "NodeList"); }},
    {"NCPUS", 10, [](V v) { return value(v, "ProcCnt"); }},
    {"State", 10, [](V v) { return value(v, "JobState"); }},
    {"Start", 19, [](V v) { return value(v, "StartTime"); }},
    {"End", 19, [](V v) { return value(v, "EndTime"); }},
    {"Submit", 19, [](V v) { return value(v, "SubmitTime"); }},
    {"Eligible", 19, [](V v) { return value(v, "EligibleTime"); }},
    {"Timelimit", 10, [](V v) { return value(v, "TimeLimit"); }},
    {"Account", 10, [](V v) { return value(v, "Account"); }},
    {"QOS", 10, [](V v) { return value(v, "QOS"); }},
    {"WCKey", 10, [](V v) { return value(v, "WcKey"); }},
    {"Cluster", 10, [](V v) { return value(v, "Cluster"); }},
    {"AllocTRES", 10, [](V v) { return value(v, "Tres"); }},
    {"WorkDir", 20, [](V v) { return value(v, "WorkDir"); }},
    {"Reservation", 20, [](V v) { return value(v, "ReservationName"); }},
    {"DerivedExitCode", 15, [](V v) { return value(v, "DerivedExitCode"); }},
    {"ExitCode", 8, [](V v) { return value(v, "ExitCode"); }},
};

std::vector<std::string> all_words(const std::string& list) {
  std::vector<std::string> words;
  for (const std::string_view word : split_commas(list)) words.emplace_back(word);
  return words;
}

bool is_wanted(const Values& values, const SacctFilter& filter) {
  const auto fits = [&](const std::string& list, const std::string& text) {
    const std::vector<std::string> words = all_words(list);
    return words.empty() || std::find(words.begin(), words.end(), text) != words.end();
  };
  return fits(filter.jobs, value(values, "JobId")) && fits(filter.names, value(values, "Name")) &&
         fits(filter.partitions, value(values, "Partition")) &&
         (fits(filter.users, name_in(value(values, "UserId"))) ||
          fits(filter.users, number_in(value(values, "UserId"))));
}

}  // namespace

int print_completions(std::string_view lines, const SacctOptions& options, const Output& output) {
  using Style = TableForm::Style;
  const std::string format =
      options.output.format.empty() ? "JobID,UID,JobName,Partition,NNodes,NodeList,State,End" : options.output.format;
  auto columns = field_columns<CompletionField>(fields, format);
  if (!columns) {
    output.error_line("sacct: error: " + text_of(columns.error()));
    return 1;
  }
  TableForm form;
  form.delimiter = options.output.delimiter;
  if (options.output.parsable) form.style = Style::bars_and_end;
  if (options.output.parsable2) form.style = Style::bars;
  const RuledTable table(columns->table, form);
  if (options.output.header) output.print(table.heading());
  for (const std::string_view line : split(lines, '\n')) {
    if (line.empty()) continue;
    const Values values = values_of_line(line);
    if (!is_wanted(values, options.filter)) continue;
    std::vector<std::string> texts;
    for (const CompletionField* field : columns->fields) texts.push_back(field->text(values));
    output.print(table.row(texts));
  }
  return 0;
}

}  // namespace slurmxx
