// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A command's way to slurmctld: the unix socket beside the pid file on the controller's own host, else TCP to each
// controller with the configured authentication. A lost connection is made again and the request repeated under the
// same id until MessageTimeout, so that a restart of slurmctld neither loses nor doubles what was asked.
#pragma once

#include <memory>
#include <string>

#include "adapters/net/stream.h"
#include "adapters/system_random.h"
#include "adapters/time_zone.h"
#include "cli/command_output.h"
#include "cli/controller_client.h"
#include "cli/options.h"
#include "core/config/cluster_config.h"

namespace slurmxx {

class SocketClient : public ControllerClient {
 public:
  SocketClient(ClusterConfig config, std::string conf_path)
      : config_(std::move(config)), conf_path_(std::move(conf_path)) {}
  Result<ClientReply> call(ClientRequest request) override;
  Result<ClientReply> call_for_jobs(ClientRequest request, JobsTaker& taker) override;
  bool pause(int milliseconds) override;
  // A request that may wait long, or a pause, is given up (Errc::interrupted) when
  // this descriptor becomes readable.
  void interrupt_by(int fd) { interrupt_fd_ = fd; }
  const ClusterConfig& config() const { return config_; }
  const std::string& conf_path() const { return conf_path_; }

 private:
  Status connect();
  Error unreachable() const;  // which addresses were tried and what to check
  Result<ClientReply> ask_once(const ClientCall& call, MonoTime until, JobsTaker& taker);
  Status wait(MonoTime until, bool patient);

  ClusterConfig config_;
  std::string conf_path_;
  SystemRandom random_;
  std::unique_ptr<Auth> auth_;
  std::optional<Stream> stream_;
  std::uint64_t calls_ = 0;
  int interrupt_fd_ = -1;
};

// slurm.conf from $SLURM_CONF, else /etc/slurm/slurm.conf.
Result<std::unique_ptr<SocketClient>> make_client();

// What main() of every command needs. The error of make_client is told by `run` as "NAME: error: ...".
struct CommandWorld {
  std::unique_ptr<SocketClient> client;
  std::unique_ptr<TimeZone> zone;
  Output output;
};
Result<CommandWorld> make_world();

// Prints what stops a command before it began; the exit code.
int leave_early(const EarlyExit& early);
int cannot_start(const char* command, const Error& error);  // "NAME: error: ..."

std::string controller_socket_path(const ClusterConfig& config);

}  // namespace slurmxx
