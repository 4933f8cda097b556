// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sprio/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "commands/sprio/fields.h"

namespace slurmxx {
namespace {

void error(const Output& output, std::string_view text) { output.error_line(fmt::format("sprio: error: {}", text)); }

Result<PrioritiesRequest> request_for(const SprioOptions& options, const Output& output) {
  PrioritiesRequest request;
  const std::string jobs = options.jobs.value_or(""), users = options.users.value_or("");
  for (std::string_view one : split_commas(jobs)) {
    const auto number = parse_natural(one, {1, UINT32_MAX});
    if (!number) return fail(fmt::format("Invalid job id: {}", one));
    request.jobs.push_back(JobId(static_cast<std::uint32_t>(*number)));
  }
  for (std::string_view one : split_commas(users)) {
    const std::string name(one);
    const auto number = parse_natural(one, {0, UINT32_MAX});
    const auto uid = number           ? std::optional(Uid(static_cast<std::uint32_t>(*number)))
                     : output.user_id ? output.user_id(name)
                                      : std::nullopt;
    uid ? request.users.push_back(*uid) : error(output, "Invalid user: " + name);
  }
  // Nobody that there is: nobody's jobs.
  if (options.users && request.users.empty()) request.users.push_back(Uid(UINT32_MAX));
  return request;
}

void keep_partitions(const SprioOptions& options, PrioritiesReply& reply) {
  if (!options.partitions) return;
  const auto wanted = split_commas(*options.partitions);
  std::erase_if(reply.rows, [&](const PriorityRow& row) { return std::ranges::count(wanted, row.partition) == 0; });
}

int print_rows(const SprioOptions& options, const PrioritiesReply& reply, const Output& output) {
  const std::vector<FieldName> names = field_names(sprio_fields());
  const SprioLook look{options.long_format, options.normalized, options.users.has_value()};
  const std::string format = options.format.empty() ? default_format(reply, look) : options.format;
  const FormatParse parsed = parse_letters(names, format, "job");
  for (const std::string& complaint : parsed.complaints) error(output, complaint);
  auto keys = parse_sort(names, options.sort.empty() ? "i" : options.sort);
  if (!keys) error(output, text_of(keys.error()));
  std::vector<SprioRow> rows;
  if (options.weights) rows.push_back({nullptr, &reply});
  if (!options.weights && keys) {
    for (const PriorityRow& row : reply.rows) rows.push_back({&row, &reply});
    sort_rows<SprioRow>(*keys, sprio_fields(), rows);
  }
  std::string text;
  if (options.header) text += heading_line(parsed.format, names);
  for (const SprioRow& row : rows) append_row<SprioRow>(parsed.format, sprio_fields(), row, text);
  output.print(text);
  return keys ? 0 : 1;
}

}  // namespace

int run_sprio(const SprioOptions& options, ControllerClient& controller, const Output& output) {
  if (const Status here = only_own_cluster(options.clusters, output); !here) {
    error(output, text_of(here.error()));
    return 1;
  }
  auto request = request_for(options, output);
  if (!request) {
    error(output, text_of(request.error()));
    return 1;
  }
  if (options.weights) request->users = {Uid(UINT32_MAX)};
  auto reply = ask<PrioritiesReply>(controller, *request, output);
  if (!reply) {
    error(output, "Couldn't get priority factors from controller: " + text_of(reply.error()));
    return 1;
  }
  if (reply->type != "priority/multifactor") {
    output.error_line(
        fmt::format("You are not running a supported priority plugin\n({}).\n"
                    "Only 'priority/multifactor' is supported.",
                    reply->type));
    return 1;
  }
  if (options.why) {
    const auto text = explain_priorities(*reply, request->jobs[0], request->jobs[1]);
    if (text)
      output.print(*text);
    else
      error(output, text_of(text.error()));
    return text ? 0 : 1;
  }
  keep_partitions(options, *reply);
  if (options.verbose > 0) output.error_line(fmt::format("sprio: {} lines received", reply->rows.size()));
  return print_rows(options, *reply, output);
}

}  // namespace slurmxx
