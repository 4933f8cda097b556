// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr(1).
#include <poll.h>

#include <cstdio>
#include <fstream>
#include <iostream>

#include "cli/prompt_line.h"
#include "cli/session.h"
#include "cli/this_process.h"
#include "commands/sacctmgr/run.h"

namespace {

using namespace slurmxx;

bool agrees() {
  std::fflush(stdout);
  constexpr int milliseconds = 30'000;
  if (std::cin.rdbuf()->in_avail() <= 0) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, milliseconds) <= 0) {
      std::printf("timeout\n");
      return false;
    }
  }
  std::string line;
  std::getline(std::cin, line);
  return !line.empty() && (line[0] == 'y' || line[0] == 'Y');
}

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.flush();
  if (!file) return fail(path + ": cannot be written");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  SacctmgrOptions options;
  const Parsed parsed = read_sacctmgr_options({argv + 1, argv + argc}, options);
  if (parsed.early) return leave_early(*parsed.early);
  auto command = make_world();
  if (!command) return cannot_start("sacctmgr", command.error());
  SocketDbdClient dbd(command->client->config(), command->client->conf_path());
  const auto pings = [&](const std::string& host) {
    ClusterConfig config = command->client->config();
    config.plugins.accounting_storage_host = host;
    config.plugins.accounting_storage_backup_host.clear();
    SocketDbdClient one(config, command->client->conf_path());
    return bool(ask_dbd<DbdPong>(one, DbdPing{command->output.caller_name}));
  };
  SacctmgrWorld world{dbd,
                      command->output,
                      agrees,
                      [](const std::string& path) { return read_whole_file(path); },
                      write_file,
                      [&]() -> Result<LiveJobs> {
                        TRY_ASSIGN(const JobsReply all,
                                   ask<JobsReply>(*command->client, JobsRequest{}, command->output));
                        LiveJobs live{command->client->config().identity.cluster_name, {}};
                        for (const JobView& view : all.jobs) live.jobs.push_back(view.job.id);
                        return live;
                      },
                      pings,
                      &command->client->config(),
                      command->client->conf_path()};
  if (!parsed.operands.empty()) return run_sacctmgr(options, parsed.operands, world);
  return run_sacctmgr_prompt(options, world, read_prompt_line);
}
