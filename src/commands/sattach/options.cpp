// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sattach/options.h"

#include <fmt/format.h>

#include "cli/job_options.h"
#include "cli/option_handlers.h"
#include "core/model/job_name.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using O = SattachOptions;

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;

constexpr Option<O> rows[] = {
    {0, "error-filter", required, "taskid", "", "only the errors of this task", set_number<0, &O::error_filter>},
    {0, "input-filter", required, "taskid", "", "standard input goes to this task alone",
     set_number<0, &O::input_filter>},
    {'l', "label", none, "", "", "put the task number before each line", set_flag<&O::label>},
    {0, "layout", none, "", "", "print which task is on which node, and attach to nothing", set_flag<&O::layout>},
    {0, "output-filter", required, "taskid", "", "only the output of this task", set_number<0, &O::output_filter>},
    {0, "pty", none, "", "", "use the terminal of a step of srun --pty", set_flag<&O::pty>},
    {'Q', "quiet", none, "", "", "errors only", set_flag<&O::quiet>},
    {'v', "verbose", none, "", "", "say what is done", count_up<&O::verbose>},
};

constexpr const char* step_form = "JOB.STEP, such as 15.0";

Status parse_target(const std::string& text, O& o) {
  const auto parts = split_once(text, '.');
  const std::string_view job_text = parts ? parts->first : std::string_view(text);
  if (job_text.find('_') != std::string_view::npos)
    return fail(fmt::format("{}: tasks of arrays are not supported; use their own job id", text));
  const auto job = parse_job_name(job_text);
  if (!parts || !job) return fail(fmt::format("{}: not a step; give {}", text, step_form));
  o.job = *job;
  if (parts->second == "batch" || parts->second == "extern")
    return fail(fmt::format("{}: the streams of this step go to files, and cannot be attached to", text));
  const auto step = parse_step_id(parts->second);
  if (!step) return fail(fmt::format("{}: not a step; give {}", text, step_form));
  o.step = *step;
  return {};
}

Status judge(const Parsed& parsed, O& o) {
  if (parsed.operands.size() != 1)
    return fail(fmt::format("one step is wanted, and {} are named: {}", parsed.operands.size(), step_form));
  if (o.pty && (o.input_filter || o.output_filter || o.error_filter))
    return fail("don't specify both --pty and I/O filtering");
  return parse_target(parsed.operands.front(), o);
}

}  // namespace

const CommandInfo sattach_info{.name = "sattach",
                               .summary = "attach to the streams of a running step",
                               .synopsis = "[OPTIONS...] jobid.stepid",
                               .help_letter = 'h',
                               .usage_letter = 'u',
                               .usage_tail = "jobid.stepid"};

OptionSet sattach_option_set(SattachOptions& options) {
  OptionSet set(sattach_info);
  set.add(rows, options);
  return set;
}

Parsed read_sattach_options(const std::vector<std::string>& arguments, const Environment& environment,
                            SattachOptions& options) {
  Parsed parsed = sattach_option_set(options).parse(arguments);
  if (!parsed.early) {
    if (const Status good = judge(parsed, options); !good)
      parsed.early = EarlyExit{"", "sattach: error: " + good.error().message + "\n", 1};
  }
  if (parsed.early) use_exit_variable(*parsed.early, environment);
  return parsed;
}

}  // namespace slurmxx
