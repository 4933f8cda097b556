// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sbcast(1).
#include <malloc.h>
#include <unistd.h>

#include <csignal>

#include "adapters/clock/clock.h"
#include "adapters/net/stream.h"
#include "cli/session.h"
#include "cli/this_process.h"
#include "commands/sbcast/run.h"

extern char** environ;

namespace slurmxx {
namespace {

int run_main(const std::vector<std::string>& arguments) {
  SbcastOptions options;
  const Parsed parsed = read_sbcast_options({arguments.begin() + 1, arguments.end()}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("sbcast", world.error());
  std::signal(SIGPIPE, SIG_IGN);
  constexpr int blocks_kept = 256 << 20;  // buffers of blocks come and go: their pages stay ours
  mallopt(M_TRIM_THRESHOLD, blocks_kept);
  mallopt(M_MMAP_THRESHOLD, blocks_kept);
  Messages messages("sbcast");
  messages.set_verbosity(options.verbose, false);
  const ClusterConfig& config = world->client->config();
  SbcastSite site;
  site.parameters = parse_bcast_parameters(config.launch.bcast_parameters);
  site.exclude = config.launch.bcast_exclude;
  site.message_timeout = config.timeouts.message_timeout;
  site.tree_width = config.launch.tree_width;
  site.work_dir = this_process(arguments).work_dir;
  SystemRandom random;
  const Millis patience(site.message_timeout.value * 1000);
  const auto connect = [patience](const NodeAddress& node) { return connect_to_node(node, patience); };
  return run_sbcast(options, *world->client, site, {connect, random, messages});
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main({argv, argv + argc}); }
