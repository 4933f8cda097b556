// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sackd: on a login host, where no slurmd runs, proves the uids of users under AuthType=auth/slurm
// (adapters/auth/proof_socket.h). It holds slurm.key and nothing else. Options: sackd(8).
#include <sodium.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "adapters/auth/make_auth.h"
#include "adapters/auth/proof_socket.h"
#include "adapters/clock/clock.h"
#include "adapters/process/background.h"
#include "adapters/process/command_line.h"
#include "adapters/step/step_folder.h"
#include "adapters/system_random.h"
#include "base/version.h"

namespace slurmxx {
namespace {

struct Options {
  bool foreground = false;
  std::string conf = "/etc/slurm/slurm.conf";
};

constexpr const char* usage =
    "Usage: sackd [OPTIONS]\n"
    "  -D       stay in the foreground\n"
    "  --systemd  as -D; systemd is told when the daemon serves\n"
    "  -f FILE  read FILE as slurm.conf; slurm.key is beside it\n"
    "  -V       print the version\n"
    "  -h       print this\n";

void serve(ProofDoor& door, int signals) {
  signalfd_siginfo info{};
  while (::read(signals, &info, sizeof info) != sizeof info) {
    std::vector<pollfd> fds{{signals, POLLIN, 0}};
    door.collect(fds);
    const auto wake = door.wake_at();
    ::poll(fds.data(), fds.size(), wake ? static_cast<int>(std::max<std::int64_t>(0, (*wake - mono_now()).value)) : -1);
    door.serve(mono_now());
  }
}

Status run(const Options& options) {
  SystemRandom random;
  Warnings warnings;
  TRY_ASSIGN(const ClusterConfig config, parse_cluster_config(options.conf, read_whole, warnings));
  if (config.identity.auth_type != "auth/slurm")
    return fail(fmt::format("{}: AuthType={}: sackd is for auth/slurm alone", options.conf, config.identity.auth_type));
  TRY_ASSIGN(std::unique_ptr<Voucher> voucher, make_voucher(config.identity, options.conf, random));
  TRY_ASSIGN(ProofDoor door, ProofDoor::open(sackd_proof_socket(config), std::move(voucher)));
  if (!options.foreground && ::daemon(1, 1) != 0) return fail("cannot go into the background");
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const FileDescriptor signal_fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  tell_systemd();
  fmt::print(stderr, "sackd {} serves {}\n", SLURMXX_VERSION, sackd_proof_socket(config));
  serve(door, signal_fd.get());
  return {};
}

int run_main(int argc, char** argv) {
  Options options;
  if (const char* conf = ::getenv("SLURM_CONF")) options.conf = conf;
  std::string print;
  const Status read = read_daemon_line(argc, argv, {"Df:Vh", daemon_long_options, usage},
                                       [&](int letter, const char* value, const char*) {
                                         if (letter == 'D') options.foreground = true;
                                         if (letter == 'f') options.conf = value;
                                         if (letter == 'V') print = fmt::format("slurm {}\n", version_text);
                                         if (letter == 'h') print = usage;
                                         return Status();
                                       });
  if (!read) return fmt::print(stderr, "sackd: {}\n", text_of(read.error())), 1;
  if (!print.empty()) return std::fputs(print.c_str(), stdout), 0;
  if (::sodium_init() < 0) return 1;
  if (const Status done = run(options); !done) {
    fmt::print(stderr, "sackd: fatal: {}\n", text_of(done.error()));
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main(argc, argv); }
