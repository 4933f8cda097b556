// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmd: finds its node in the configuration, adopts what an earlier slurmd left, and serves. Options: slurmd(8).
#include <fcntl.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/resource.h>
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
#include "adapters/identity/host_names.h"
#include "adapters/identity/identity.h"
#include "adapters/log/daemon_log.h"
#include "adapters/process/background.h"
#include "adapters/step/step_folder.h"
#include "adapters/system_random.h"
#include "core/config/dynamic_nodes.h"
#include "daemons/slurmd/find_gres.h"
#include "daemons/slurmd/hardware.h"
#include "daemons/slurmd/options.h"
#include "daemons/slurmd/slurmd.h"

namespace slurmxx {
namespace {

constexpr unsigned lock_patience_s = 5;

sigset_t own_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2, SIGCHLD}) sigaddset(&signals, signal);
  return signals;
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

NodeHardware own_hardware(const ClusterConfig& config) {
  const NodeShape shape = find_hardware(config.paths.tmp_fs).shape;
  return {shape.cpus,   shape.boards,  shape.sockets, shape.cores_per_socket, shape.threads_per_core,
          shape.memory, shape.tmp_disk};
}

// What a node that slurm.conf does not have tells slurmctld of itself; empty: it has it.
std::string dynamic_text(const NodeConfig& node, const SlurmdOptions& options) {
  if (options.future) return "-F" + *options.future;
  if (!node.dynamic) return "";
  return fmt::format("NodeHostname={} Port={} {}", node.hostname, node.port, options.dynamic_keys);
}

Result<NodeConfig> own_node(const ClusterConfig& config, const SlurmdOptions& options) {
  const std::string host = short_host_name();
  for (const NodeConfig& node : config.nodes) {
    const std::string hostname = node.hostname.substr(0, node.hostname.find('.'));
    if (options.node_name.empty() ? node.name == host || hostname == host : node.name == options.node_name) return node;
  }
  const std::string name = options.node_name.empty() ? host : options.node_name;
  if (options.dynamic || options.future)
    return read_own_node(name, own_hardware(config), fmt::format("NodeHostname={} {}", host, options.dynamic_keys),
                         config.identity.slurmd_port);
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
  Daemon(SlurmdOptions options, DaemonLog& log) : options_(std::move(options)), log_(log) {}
  Status run();
  Status print_gres();

 private:
  Result<std::shared_ptr<const ClusterConfig>> read_config();
  Status open_log(const ClusterConfig& config);
  void set_debug(const std::string& level);
  Status prepare();
  Status take_place();
  void adjust_process();
  Result<SlurmdSettings> settings();
  UplinkOptions uplink_options() const;
  GresSources gres_sources() const { return {options_.conf, log_.sink()}; }
  void serve();

  SlurmdOptions options_;
  DaemonLog& log_;
  Background background_;
  SystemRandom random_;
  std::shared_ptr<const ClusterConfig> config_;
  NodeConfig node_;
  std::string spool_path_;
  std::string pid_file_;
  std::unique_ptr<Auth> auth_;
  FileDescriptor lock_;
  std::unique_ptr<Slurmd> slurmd_;
};

Result<std::shared_ptr<const ClusterConfig>> Daemon::read_config() {
  Warnings warnings;
  TRY_ASSIGN(ClusterConfig config, parse_cluster_config(options_.conf, read_whole, warnings));
  TRY(read_helpers(config, options_.conf, read_whole));
  for (const std::string& warning : warnings) log_.line("warning: " + warning);
  TRY_ASSIGN(node_, own_node(config, options_));
  TRY(open_log(config));
  return std::make_shared<const ClusterConfig>(std::move(config));
}

Status Daemon::open_log(const ClusterConfig& config) {
  TRY_ASSIGN(const LogLevel level, log_level_of("SlurmdDebug", config.paths.slurmd_debug));
  LogSettings settings{.program = "slurmd", .file = path_for_node(config.paths.slurmd_log_file, node_.name)};
  if (!options_.log_file.empty()) settings.file = options_.log_file;
  settings.time_format = config.paths.log_time_format;
  settings.level = raised(level, options_.verbosity);
  settings.to_stderr = log_.settings().to_stderr;
  return log_.open(std::move(settings));
}

void Daemon::set_debug(const std::string& level) {
  ClusterConfig config = *config_;
  config.paths.slurmd_debug = level;
  if (const Status opened = open_log(config); !opened) return log_.line("error: " + text_of(opened.error()));
  log_.line("SlurmdDebug=" + level + ", until slurm.conf is read again");
}

Status Daemon::prepare() {
  TRY_ASSIGN(config_, read_config());
  const auto user = uid_of(config_->identity.slurmd_user);
  if (!user) return fail(fmt::format("{}: SlurmdUser={}: no such user", options_.conf, config_->identity.slurmd_user));
  if (::geteuid() != 0 && *user != Uid(::geteuid()))
    return fail(fmt::format("{}: SlurmdUser={}: slurmd was started by {}: start it as root, or set SlurmdUser={}",
                            options_.conf, config_->identity.slurmd_user, user_name_of(Uid(::geteuid())),
                            user_name_of(Uid(::geteuid()))));
  TRY_ASSIGN(auth_, make_auth(config_->identity, options_.conf, random_));
  spool_path_ = path_for_node(config_->paths.slurmd_spool_dir, node_.name);
  pid_file_ = path_for_node(config_->paths.slurmd_pid_file, node_.name);
  if (options_.stepd_path.empty()) options_.stepd_path = sibling("slurmstepd");
  if (::access(options_.stepd_path.c_str(), X_OK) != 0)
    return fail(fmt::format("{}: {}: give the path of slurmstepd with -d", options_.stepd_path, strerror(errno)));
  return {};
}

Result<SlurmdSettings> Daemon::settings() {
  SlurmdSettings settings;
  settings.node_name = node_.name;
  settings.dynamic = dynamic_text(node_, options_);
  settings.conf_path = options_.conf;
  settings.stepd_path = options_.stepd_path;
  settings.registration = find_hardware(config_->paths.tmp_fs);
  settings.registration.slurmd_started = wall_now();
  settings.registration.extra = options_.extra;
  settings.registration.instance_id = options_.instance_id;
  settings.registration.instance_type = options_.instance_type;
  if (options_.rebooted) {
    settings.registration.booted = wall_now();
    settings.registration.boot_id = fmt::format("-b at {}", mono_now().millis);
  }
  settings.find_gres = [this](const ClusterConfig& config) { return find_gres(config, node_, gres_sources()); };
  TRY_ASSIGN(settings.registration.gres, settings.find_gres(*config_));
  settings.log = log_.sink();
  settings.registration.features = features_set({config_->helpers, node_.name, settings.log});
  settings.log_settings = [this] { return log_.settings(); };
  settings.reread = [this] { return read_config(); };
  settings.set_debug = [this](const std::string& level) { set_debug(level); };
  return settings;
}

Status Daemon::take_place() {
  auto opened = JobSpool::open(spool_path_);
  if (!opened) return fail(fmt::format("SlurmdSpoolDir={}", text_of(opened.error())));
  JobSpool spool = std::move(*opened);
  auto lock = lock_file(spool_path_ + "/lock", lock_patience_s);
  if (!lock) return fail(fmt::format("SlurmdSpoolDir={}: {}", spool_path_, lock.error().message));
  lock_ = std::move(*lock);
  TRY_ASSIGN(StepDoor door, StepDoor::open(node_.port));
  TRY_ASSIGN(SlurmdSettings settings, this->settings());
  slurmd_ = std::make_unique<Slurmd>(std::move(settings), config_, std::move(spool), std::move(door));
  std::ofstream(pid_file_) << ::getpid() << '\n';
  if (config_->identity.auth_type != "auth/slurm") return {};
  TRY_ASSIGN(std::unique_ptr<Voucher> voucher, make_voucher(config_->identity, options_.conf, random_));
  TRY_ASSIGN(ProofDoor proofs, ProofDoor::open(slurmd_proof_socket(*config_, node_.name), std::move(voucher)));
  slurmd_->serve_proofs(std::move(proofs));
  return {};
}

// What cannot be had is told; slurmd goes on without it.
void Daemon::adjust_process() {
  if (options_.nice && ::setpriority(PRIO_PROCESS, 0, *options_.nice) != 0)
    log_.line(fmt::format("error: -n {}: {}", *options_.nice, strerror(errno)));
  if (options_.lock_memory && ::mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
    log_.line(fmt::format("error: -M: {}", strerror(errno)));
  if (!options_.to_log_folder) return;
  const std::string log_file = log_.settings().file;
  const std::string folder = log_file.starts_with('/') ? log_file.substr(0, log_file.rfind('/') + 1) : spool_path_;
  if (::chdir(folder.c_str()) != 0 && ::chdir(spool_path_.c_str()) != 0 && ::chdir("/var/tmp") != 0)
    log_.line(fmt::format("error: -s: {}", strerror(errno)));
}

Status Daemon::print_gres() {
  TRY_ASSIGN(config_, read_config());
  TRY_ASSIGN(const auto found, find_gres(*config_, node_, gres_sources()));
  fmt::print("{}", found_gres_text(found));
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
  const sigset_t signals = own_signals();
  const FileDescriptor signal_fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  Slurmd& slurmd = *slurmd_;
  UplinkHandlers handlers;
  handlers.connected = [&](const Peer&) {
    slurmd.push([&] {
      log_.line("slurmctld answers");
      slurmd.agent().connected();
    });
  };
  handlers.message = [&](Message message) {
    slurmd.push([&slurmd, message = std::move(message)] { slurmd.take_order(message); });
  };
  handlers.closed = [&] {
    slurmd.push([&] {
      log_.line("slurmctld is out of reach: what runs goes on");
      slurmd.agent().disconnected();
    });
  };
  handlers.log = log_.sink();
  Uplink uplink(uplink_options(), HandshakePorts{*auth_, random_}, std::move(handlers));
  slurmd.serve(uplink, signal_fd.get());
}

Status Daemon::run() {
  TRY(prepare());
  if (!options_.foreground) {
    TRY_ASSIGN(background_, Background::enter());
  }
  TRY(take_place());
  adjust_process();
  log_.line(fmt::format("slurmd {} is node {}, port {}", SLURMXX_VERSION, node_.name, node_.port));
  if (!options_.foreground) log_.leave_stderr();
  background_.ready();
  slurmd_->restore();
  if (options_.clean) slurmd_->end_all_steps();
  serve();
  ::unlink(pid_file_.c_str());
  log_.line("slurmd ends; steps go on");
  return {};
}

int run_main(int argc, char** argv) {
  auto asked = read_slurmd_options(argc, argv);
  if (!asked) return fmt::print(stderr, "slurmd: {}\n", asked.error().message), 1;
  if (asked->options.print) return fmt::print("{}", *asked->options.print), 0;
  if (asked->task == SlurmdTask::print_hardware) return print_hardware(), 0;
  if (::sodium_init() < 0) return 1;
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = own_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  DaemonLog log("slurmd");
  Daemon daemon(asked->options, log);
  if (Status done = asked->task == SlurmdTask::serve ? daemon.run() : daemon.print_gres(); !done) {
    log.line("fatal: " + text_of(done.error()));
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main(argc, argv); }
