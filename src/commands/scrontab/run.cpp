// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The file is read here, line by line, into jobs; slurmctld takes all of them or none.
#include "commands/scrontab/run.h"

#include <fmt/format.h>

#include "commands/sbatch/options.h"
#include "core/cron/crontab_text.h"

namespace slurmxx {
namespace {

constexpr const char* example =
    "# min hour day-of-month month day-of-week command\n"
    "# Options of sbatch for the entry that follows:\n"
    "#SCRON --time=10:00\n"
    "# 0 * * * * $HOME/job\n";

int refused(std::string_view text, const Output& output) {
  output.error_line(fmt::format("scrontab: error: {}", text));
  return 1;
}

Result<CrontabJob> job_of(const CrontabEntry& entry, SubmitContext context, const Output& output) {
  SbatchOptions options;
  options.job.now = output.now;
  options.job.zone = output.zone;
  const Parsed parsed = sbatch_option_set(options).parse(entry.options);
  if (parsed.early || !parsed.operands.empty())
    return fail(fmt::format("line {}: {}", entry.place.first_line,
                            parsed.early ? trim(parsed.early->err) : "options alone are wanted behind #SCRON"));
  if (!options.array.empty()) return fail(fmt::format("line {}: no arrays in a crontab", entry.place.first_line));
  context.batch = true;
  context.default_name = entry.command.substr(0, entry.command.find(' '));
  CrontabJob job;
  TRY_ASSIGN(job.spec, make_job_spec(options.job, context));
  job.spec.cron = entry.place;
  job.spec.launch.load_login_environment = true;
  job.spec.launch.command = entry.command;
  job.script = "#!/bin/sh\n" + entry.command + "\n";
  return job;
}

Result<CrontabReply> install(const std::string& text, const SubmitContext& context, ControllerClient& controller,
                             const Output& output) {
  SetCrontabRequest request{context.owner.uid, text, {}};
  TRY_ASSIGN(request.jobs, crontab_jobs(text, context, output));
  return ask<CrontabReply>(controller, std::move(request), output);
}

bool wants_another_try(const Output& output) {
  if (!output.read_line) return false;
  output.print("Do you want to retry the edit? (y/n) ");
  return output.read_line().starts_with('y');
}

int edit(const ScrontabPorts& ports, const SubmitContext& context, ControllerClient& controller, const Output& output) {
  auto now = ask<CrontabReply>(controller, CrontabRequest{context.owner.uid}, output);
  if (!now) return refused(text_of(now.error()), output);
  std::string text = now->text.empty() ? example : now->text;
  while (true) {
    auto edited = ports.edit(text);
    if (!edited) return refused(text_of(edited.error()), output);
    const auto installed = install(*edited, context, controller, output);
    if (installed) return 0;
    refused(text_of(installed.error()), output);
    if (!wants_another_try(output)) return 1;
    text = std::move(*edited);
  }
}

}  // namespace

Result<std::vector<CrontabJob>> crontab_jobs(const std::string& text, const SubmitContext& context,
                                             const Output& output) {
  TRY_ASSIGN(const std::vector<CrontabEntry> entries, parse_crontab(text));
  std::vector<CrontabJob> jobs;
  for (const CrontabEntry& entry : entries) {
    TRY_ASSIGN(CrontabJob job, job_of(entry, context, output));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

int run_scrontab(const ScrontabOptions& options, const ScrontabPorts& ports, ControllerClient& controller,
                 const Output& output) {
  auto context = ports.context_of_user(options.user);
  if (!context) return refused(text_of(context.error()), output);
  if (options.list) {
    auto reply = ask<CrontabReply>(controller, CrontabRequest{context->owner.uid}, output);
    if (!reply) return refused(text_of(reply.error()), output);
    if (reply->text.empty()) return refused(fmt::format("no crontab for {}", context->owner.user_name), output);
    output.print(reply->text);
    return 0;
  }
  if (options.edit) return edit(ports, *context, controller, output);
  std::string text;
  if (!options.remove) {
    auto read = ports.read_file(options.file);
    if (!read) return refused(text_of(read.error()), output);
    text = std::move(*read);
  }
  const auto installed = install(text, *context, controller, output);
  return installed ? 0 : refused(text_of(installed.error()), output);
}

}  // namespace slurmxx
