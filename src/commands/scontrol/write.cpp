// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol write config [FILE], write batch_script JOB [FILE]: a file of the caller, made where it is asked for.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "commands/scontrol/files.h"
#include "commands/scontrol/run.h"
#include "core/config/write_config.h"
#include "core/model/job_name.h"

namespace slurmxx {

Status put_file(const ScontrolCall& call, const std::string& path, const std::string& text, mode_t mode) {
  if (path == "-") {
    call.output.print(text);
    return {};
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  const int problem = rest.empty() ? 0 : errno;
  if (::close(fd) != 0 || problem != 0)
    return fail(fmt::format("{}: {}", path, std::strerror(problem != 0 ? problem : errno)));
  return {};
}

namespace {

constexpr mode_t config_mode = 0644;
constexpr mode_t script_mode = 0755;

int write_configuration(const ScontrolCall& call) {
  auto reply = ask<ConfigReply>(call.controller, ConfigRequest{}, call.output);
  if (!reply) return call.refused("slurm_load_ctl_conf error: ", reply.error());
  const std::string now = call.output.zone->TimeZone::text(call.output.now);  // part of a path: the standard way
  const std::string path = call.arguments.size() > 1 ? call.arguments[1] : fmt::format("{}.{}", reply->conf_path, now);
  const std::string text =
      fmt::format("# Written {} by scontrol: the configuration in force.\n{}", now, write_config(reply->config));
  if (const Status done = put_file(call, path, text, config_mode); !done)
    return call.refused("scontrol: error: ", done.error());
  if (!call.options.quiet && path != "-") call.output.line(fmt::format("Slurm config saved to {}", path));
  return 0;
}

int write_script(const ScontrolCall& call) {
  if (call.arguments.size() < 2) return call.refused("", fail("too few arguments for keyword:write"));
  const auto name = parse_job_name(call.arguments[1]);
  if (!name) return call.refused("job script retrieval failed: ", fail(Errc::invalid_job_id));
  auto reply = ask<ScriptReply>(call.controller, ScriptRequest{name->job}, call.output);
  if (!reply) return call.refused("job script retrieval failed: ", reply.error());
  const std::string path =
      call.arguments.size() > 2 ? call.arguments[2] : fmt::format("slurm-{}.sh", call.arguments[1]);
  if (const Status done = put_file(call, path, reply->script, script_mode); !done)
    return call.refused("scontrol: error: ", done.error());
  if (!call.options.quiet && path != "-")
    call.output.line(fmt::format("batch script for job {} written to {}", call.arguments[1], path));
  return 0;
}

}  // namespace

int write(const ScontrolCall& call) {
  if (equal_ignoring_case(call.arguments[0], "config")) return write_configuration(call);
  if (equal_ignoring_case(call.arguments[0], "batch_script")) return write_script(call);
  return call.refused("", fail(fmt::format("invalid entity:{} for keyword:write: config or batch_script is wanted",
                                           call.arguments[0])));
}

}  // namespace slurmxx
