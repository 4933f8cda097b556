// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmd: finds its node in the configuration, adopts what an earlier slurmd left, and serves. Options: slurmd(8).
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "adapters/auth/make_auth.h"
#include "adapters/auth/proof_socket.h"
#include "adapters/clock/clock.h"
#include "adapters/disk/disk_folder.h"
#include "adapters/identity/identity.h"
#include "adapters/step/step_folder.h"
#include "adapters/system_random.h"
#include "daemons/slurmd/hardware.h"
#include "daemons/slurmd/slurmd.h"

namespace slurmxx {
namespace {

constexpr unsigned lock_patience_s = 5;

struct Options {
  bool foreground = false;
  bool clean = false;
  int verbosity = 0;
  std::string conf = "/etc/slurm/slurm.conf";
  std::string node_name;
  std::string stepd_path;
  std::string log_file;
};

constexpr const char* usage =
    "Usage: slurmd [OPTIONS]\n"
    "  -C          print the hardware of this machine as a line for slurm.conf, and end\n"
    "  -D          stay in the foreground\n"
    "  -N NODE     be this node (several slurmd on one machine); else the one of this host's name\n"
    "  -c          start clean: end the steps that an earlier slurmd left\n"
    "  -d PATH     the slurmstepd to start\n"
    "  -f FILE     read FILE as slurm.conf\n"
    "  -L FILE     log to FILE\n"
    "  -v          log more\n"
    "  -V          print the version\n"
    "  -h          print this\n";

void log_line(const std::string& text) {
  timespec at{};
  clock_gettime(CLOCK_REALTIME, &at);
  tm local{};
  localtime_r(&at.tv_sec, &local);
  char stamp[32];
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &local);
  fmt::print(stderr, "[{}.{:03}] {}\n", stamp, at.tv_nsec / 1'000'000, text);
}

void print_hardware() {
  const NodeRegistration found = find_hardware("/tmp");
  const NodeShape& shape = found.shape;
  constexpr std::int64_t minute = 60, hour = 3600, day = 86400;
  const std::int64_t up = uptime().value;
  fmt::print("NodeName={} CPUs={} Boards={} SocketsPerBoard={} CoresPerSocket={} ThreadsPerCore={} RealMemory={}\n",
             short_host_name(), shape.cpus, shape.boards, shape.sockets, shape.cores_per_socket, shape.threads_per_core,
             shape.memory.value);
  fmt::print("UpTime={}-{:02}:{:02}:{:02}\n", up / day, up % day / hour, up % hour / minute, up % minute);
}

Result<NodeConfig> own_node(const ClusterConfig& config, const Options& options) {
  const std::string host = short_host_name();
  for (const NodeConfig& node : config.nodes) {
    const std::string hostname = node.hostname.substr(0, node.hostname.find('.'));
    if (options.node_name.empty() ? node.name == host || hostname == host : node.name == options.node_name) return node;
  }
  if (options.node_name.empty())
    return fail(fmt::format("{}: no NodeName or NodeHostname is {}, the name of this host: add it, or give -N",
                            options.conf, host));
  return fail(fmt::format("{}: there is no NodeName={}", options.conf, options.node_name));
}

std::string sibling(const std::string& name) {
  std::error_code error;
  return (std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / name).string();
}

class Daemon {
 public:
  explicit Daemon(Options options) : options_(std::move(options)) {}
  Status run();

 private:
  Status prepare();
  Status take_place();
  Status go_into_background();
  UplinkOptions uplink_options() const;
  void serve();

  Options options_;
  SystemRandom random_;
  std::shared_ptr<const ClusterConfig> config_;
  NodeConfig node_;
  std::string spool_path_;
  std::string pid_file_;
  std::unique_ptr<Auth> auth_;
  FileDescriptor lock_;
  std::unique_ptr<Slurmd> slurmd_;
};

Status Daemon::prepare() {
  Warnings warnings;
  TRY_ASSIGN(ClusterConfig config, parse_cluster_config(options_.conf, read_whole, warnings));
  for (const std::string& warning : warnings) log_line("warning: " + warning);
  config_ = std::make_shared<const ClusterConfig>(std::move(config));
  TRY_ASSIGN(node_, own_node(*config_, options_));
  TRY_ASSIGN(auth_, make_auth(config_->identity, options_.conf, random_));
  spool_path_ = path_for_node(config_->paths.slurmd_spool_dir, node_.name);
  pid_file_ = path_for_node(config_->paths.slurmd_pid_file, node_.name);
  if (options_.log_file.empty()) options_.log_file = path_for_node(config_->paths.slurmd_log_file, node_.name);
  if (options_.stepd_path.empty()) options_.stepd_path = sibling("slurmstepd");
  if (::access(options_.stepd_path.c_str(), X_OK) != 0)
    return fail(fmt::format("{}: {}: give the path of slurmstepd with -d", options_.stepd_path, strerror(errno)));
  return {};
}

Status Daemon::take_place() {
  TRY_ASSIGN(JobSpool spool, JobSpool::open(spool_path_));
  auto lock = lock_file(spool_path_ + "/lock", lock_patience_s);
  if (!lock)
    return fail(fmt::format("SlurmdSpoolDir={}: another slurmd works in it ({})", spool_path_, lock.error().message));
  lock_ = std::move(*lock);
  TRY_ASSIGN(StepDoor door, StepDoor::open(node_.port));
  SlurmdSettings settings;
  settings.node_name = node_.name;
  settings.conf_path = options_.conf;
  settings.stepd_path = options_.stepd_path;
  settings.log_file = options_.log_file;
  settings.registration = find_hardware(config_->paths.tmp_fs);
  settings.registration.slurmd_started = wall_now();
  settings.log = log_line;
  slurmd_ = std::make_unique<Slurmd>(std::move(settings), config_, std::move(spool), std::move(door));
  if (config_->identity.auth_type != "auth/slurm") return {};
  TRY_ASSIGN(std::unique_ptr<Voucher> voucher, make_voucher(config_->identity, options_.conf, random_));
  TRY_ASSIGN(ProofDoor proofs, ProofDoor::open(slurmd_proof_socket(*config_, node_.name), std::move(voucher)));
  slurmd_->serve_proofs(std::move(proofs));
  return {};
}

Status Daemon::go_into_background() {
  if (!options_.foreground && ::daemon(1, 1) != 0) return fail("cannot go into the background");
  if (!options_.log_file.empty() && !std::freopen(options_.log_file.c_str(), "a", stderr))
    return fail(fmt::format("SlurmdLogFile={}: {}", options_.log_file, strerror(errno)));
  setvbuf(stderr, nullptr, _IOLBF, 0);
  return {};
}

UplinkOptions Daemon::uplink_options() const {
  UplinkOptions options;
  for (const ControllerHost& host : config_->identity.controllers)
    options.endpoints.push_back({"", host.address, config_->identity.slurmctld_port});
  options.open.auth_kind = config_->identity.auth_type;
  options.open.server_uids = {root_uid};
  if (const auto user = uid_of(config_->identity.slurm_user)) options.open.server_uids.push_back(*user);
  return options;
}

void Daemon::serve() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  const FileDescriptor signal_fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  Slurmd& slurmd = *slurmd_;
  UplinkHandlers handlers;
  handlers.connected = [&](const Peer&) {
    slurmd.push([&] {
      log_line("slurmctld answers");
      slurmd.agent().connected();
    });
  };
  handlers.message = [&](Message message) {
    slurmd.push([&slurmd, message = std::move(message)] { slurmd.take_order(message); });
  };
  handlers.closed = [&] {
    slurmd.push([&] {
      log_line("slurmctld is out of reach: what runs goes on");
      slurmd.agent().disconnected();
    });
  };
  handlers.log = log_line;
  Uplink uplink(uplink_options(), HandshakePorts{*auth_, random_}, std::move(handlers));
  slurmd.serve(uplink, signal_fd.get());
}

Status Daemon::run() {
  TRY(prepare());
  TRY(go_into_background());
  TRY(take_place());
  std::ofstream(pid_file_) << ::getpid() << '\n';
  log_line(fmt::format("slurmd {} is node {}, port {}", SLURMXX_VERSION, node_.name, node_.port));
  slurmd_->restore();
  if (options_.clean) slurmd_->end_all_steps();
  serve();
  ::unlink(pid_file_.c_str());
  log_line("slurmd ends; steps go on");
  return {};
}

int run_main(int argc, char** argv) {
  Options options;
  if (const char* conf = ::getenv("SLURM_CONF")) options.conf = conf;
  int letter = 0;
  while ((letter = ::getopt(argc, argv, "CDN:cd:f:L:vVhb")) != -1) {
    if (letter == 'C') return print_hardware(), 0;
    if (letter == 'D') options.foreground = true;
    if (letter == 'N') options.node_name = optarg;
    if (letter == 'c') options.clean = true;
    if (letter == 'd') options.stepd_path = optarg;
    if (letter == 'f') options.conf = optarg;
    if (letter == 'L') options.log_file = optarg;
    if (letter == 'v') ++options.verbosity;
    if (letter == 'V') return fmt::print("slurm 25.11.0-slurmxx{}\n", SLURMXX_VERSION), 0;
    if (letter == 'h' || letter == '?')
      return std::fputs(usage, letter == 'h' ? stdout : stderr), letter == 'h' ? 0 : 1;
  }
  if (::sodium_init() < 0) return 1;
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (Status done = Daemon(options).run(); !done) {
    log_line("fatal: " + text_of(done.error()));
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main(argc, argv); }
