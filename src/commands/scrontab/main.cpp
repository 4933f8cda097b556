// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scrontab(1).
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "cli/session.h"
#include "cli/this_process.h"
#include "commands/scrontab/run.h"

namespace slurmxx {
namespace {

Result<std::string> read_input(const std::string& path) {
  return path == "-" ? read_standard_input() : read_whole_file(path);
}

Status run_editor(const std::string& path) {
  const char* visual = std::getenv("VISUAL");
  const char* editor = visual ? visual : std::getenv("EDITOR");
  const std::string command = fmt::format("{} '{}'", editor ? editor : "vi", path);
  const int status = std::system(command.c_str());
  if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(fmt::format("the editor ({}) did not end well: the crontab stays as it was", editor ? editor : "vi"));
  return {};
}

// In a file of the person's own that goes away again.
Result<std::string> edit_text(const std::string& text) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = fmt::format("{}/scrontab-XXXXXX", folder ? folder : "/tmp");
  const int fd = ::mkstemp(path.data());
  if (fd < 0) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
  write_all(fd, text);
  ::close(fd);
  const Status edited = run_editor(path);
  Result<std::string> after = edited ? read_whole_file(path) : Result<std::string>(edited.error());
  ::unlink(path.c_str());
  return after;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) {
  using namespace slurmxx;
  const std::vector<std::string> arguments(argv, argv + argc);
  ScrontabOptions options;
  const Parsed parsed = read_scrontab_options({arguments.begin() + 1, arguments.end()}, options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("scrontab", world.error());
  const ClusterConfig& config = world->client->config();
  ScrontabPorts ports{read_input, edit_text, {}};
  ports.context_of_user = [&](const std::string& user) -> Result<SubmitContext> {
    SubmitContext context = this_process(arguments);
    context.cluster_name = config.identity.cluster_name;
    context.gres_types = config.scheduling.gres_types;
    context.special_allowed = config.jobs.allow_spec_resources_usage;
    JobNaming naming;
    naming.uid = user;
    if (!user.empty() && user != context.owner.user_name)
      TRY(take_identity(naming, config.identity.slurm_user, context));
    return context;
  };
  return run_scrontab(options, ports, *world->client, world->output);
}
