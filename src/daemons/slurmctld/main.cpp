// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmctld: reads the configuration, recovers the log, and wires controller, sessions and disk together. Options and
// signals: slurmctld(8).
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/disk/disk_folder.h"
#include "adapters/identity/identity.h"
#include "adapters/net/server.h"
#include "adapters/system_random.h"
#include "control/configure.h"
#include "control/launch.h"
#include "daemons/slurmctld/state_loop.h"
#include "state/codec.h"
#include "wire/message_types.h"
#include "wire/node_frames.h"

namespace slurmxx {
namespace {

constexpr unsigned lock_patience_s = 5;

struct Options {
  bool foreground = false;
  std::string conf = "/etc/slurm/slurm.conf";
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(fmt::format("{}: cannot read: {}", path, std::strerror(errno)));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void log_line(const std::string& text) {
  timespec at{};
  clock_gettime(CLOCK_REALTIME, &at);
  tm local{};
  localtime_r(&at.tv_sec, &local);
  char stamp[32];
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &local);
  fmt::print(stderr, "[{}.{:03}] {}\n", stamp, at.tv_nsec / 1'000'000, text);
}

Result<std::shared_ptr<const ClusterConfig>> read_config(const std::string& path) {
  Warnings warnings;
  TRY_ASSIGN(ClusterConfig config, parse_cluster_config(path, read_file, warnings));
  for (const std::string& warning : warnings) log_line("warning: " + warning);
  return std::make_shared<const ClusterConfig>(std::move(config));
}

std::string socket_path(const std::string& pid_file) {
  const std::string stem = pid_file.ends_with(".pid") ? pid_file.substr(0, pid_file.size() - 4) : pid_file;
  return stem + ".sock";
}

class Daemon {
 public:
  explicit Daemon(Options options) : options_(std::move(options)) {}
  Status run();

 private:
  Status prepare();
  Status recover();
  Status listen();
  void take_message(SessionId from, const Peer& peer, const Message& message);
  void take_call(SessionId from, const Peer& peer, const Message& message);
  bool may_be_node(const Peer& peer) const { return peer.uid == root_uid || peer.uid == slurm_user_; }
  void send(Outgoing letter);
  void serve_until_stopped();
  std::shared_ptr<const Published> picture() {
    const std::lock_guard lock(picture_mutex_);
    return picture_;
  }

  Options options_;
  std::shared_ptr<const ClusterConfig> config_;
  Uid slurm_user_;
  SystemRandom random_;
  std::unique_ptr<Auth> auth_;
  Identity identity_;
  FileDescriptor lock_;
  std::optional<DiskFolder> folder_;
  std::unique_ptr<BlobStore> blobs_;
  std::optional<LogStore> log_;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<StateLoop> loop_;
  std::unique_ptr<Server> server_;
  std::mutex picture_mutex_;
  std::shared_ptr<const Published> picture_;
  std::atomic<bool> stopped_ = false;
};

Status Daemon::prepare() {
  TRY_ASSIGN(config_, read_config(options_.conf));
  const auto user = uid_of(config_->identity.slurm_user);
  if (!user) return fail(fmt::format("{}: SlurmUser={}: no such user", options_.conf, config_->identity.slurm_user));
  slurm_user_ = *user;
  if (::geteuid() != 0 && slurm_user_ != Uid(::geteuid()))
    return fail(fmt::format("{}: SlurmUser={}: slurmctld was started by {}: start it as root or as SlurmUser",
                            options_.conf, config_->identity.slurm_user, user_name_of(Uid(::geteuid()))));
  TRY_ASSIGN(auth_, make_auth(config_->identity, options_.conf, random_));
  const std::string& state = config_->paths.state_save_location;
  if (::mkdir(state.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(fmt::format("StateSaveLocation={}: {}", state, std::strerror(errno)));
  auto lock = lock_file(state + "/lock", lock_patience_s);
  if (!lock)
    return fail(fmt::format("StateSaveLocation={}: another slurmctld works on it ({})", state, lock.error().message));
  lock_ = std::move(*lock);
  return {};
}

Status Daemon::recover() {
  const std::string& state = config_->paths.state_save_location;
  TRY_ASSIGN(DiskFolder folder, DiskFolder::open(state + "/log"));
  folder_.emplace(std::move(folder));
  TRY_ASSIGN(blobs_, BlobStore::open(state + "/blobs"));
  log_.emplace(*folder_, LogStoreOptions{});
  LogUuid fresh{};
  const std::string bytes = random_.bytes(fresh.size());
  std::copy(bytes.begin(), bytes.end(), fresh.begin());
  TRY_ASSIGN(Recovered recovered, log_->open(fresh));
  for (const std::string& remark : recovered.remarks) log_line(remark);
  TRY(check_fits(*config_, recovered.state));
  ControllerOptions options;
  options.config = config_;
  options.host = short_host_name();
  options.slurm_user = slurm_user_;
  options.random = &random_;
  options.root = ::geteuid() == 0;
  controller_ = std::make_unique<Controller>(std::move(options), std::move(recovered), Now{wall_now(), mono_now()});
  picture_ = controller_->publish();
  return {};
}

void Daemon::send(Outgoing letter) {
  if (auto* answer = std::get_if<ClientAnswer>(&letter.what))
    return server_->send(letter.to, message_type::client_answer, encode(*answer));
  Ordered ordered{std::move(std::get<NodeOrder>(letter.what))};
  if (auto* launch = std::get_if<LaunchBatch>(&ordered.order); launch && !launch->spec.launch.script_hash.empty()) {
    auto whole = complete_launch(*launch, controller_->config(), options_.conf,
                                 [this](const std::string& hash) { return blobs_->get(hash); });
    if (!whole) {
      log_line(fmt::format("error: job {}: {}", launch->job.job.value, whole.error().message));
      return loop_->push(ReportArrived{letter.to, LaunchFailed{launch->job, whole.error().message, false}});
    }
    ordered.order = std::move(*whole);
  }
  server_->send(letter.to, message_type::node_order, encode(ordered));
}

void Daemon::take_call(SessionId from, const Peer& peer, const Message& message) {
  auto call = decode<ClientCall>(message.body);
  if (!call) return log_line(fmt::format("error: a call of uid {}: {}", peer.uid.value, call.error().message));
  if (auto reply = answer_query(*picture(), call->body, wall_now()))
    return server_->send(from, message_type::client_answer, encode(ClientAnswer{call->call, std::move(*reply)}));
  const UserFacts& user = identity_.user(peer.uid, mono_now());
  loop_->push(CallArrived{from, {peer.uid, peer.gid, user.name, user.group_name, user.groups, ""}, std::move(*call)});
}

void Daemon::take_message(SessionId from, const Peer& peer, const Message& message) {
  if (message.type == message_type::client_call) return take_call(from, peer, message);
  if (message.type != message_type::node_report) return;
  if (!may_be_node(peer)) return log_line(fmt::format("error: uid {} speaks as a node and is none", peer.uid.value));
  auto reported = decode<Reported>(message.body);
  if (!reported) return log_line("error: a node's report: " + reported.error().message);
  loop_->push(ReportArrived{from, std::move(reported->report)});
}

Status Daemon::listen() {
  StateLoopPorts ports{*log_,
                       *blobs_,
                       config_->paths.state_save_location + "/log",
                       [this](Outgoing letter) { send(std::move(letter)); },
                       [this](std::shared_ptr<const Published> picture) {
                         const std::lock_guard lock(picture_mutex_);
                         picture_ = std::move(picture);
                       },
                       log_line,
                       [this] { return read_config(options_.conf); }};
  loop_ = std::make_unique<StateLoop>(*controller_, std::move(ports));
  ServerHandlers handlers{
      [this](SessionId from, const Peer& peer, const Message& message) { take_message(from, peer, message); },
      [this](SessionId session) { loop_->push(SessionClosed{session}); }, log_line};
  ServerOptions options;
  options.auth_kind = config_->identity.auth_type;
  server_ = std::make_unique<Server>(options, HandshakePorts{*auth_, random_}, std::move(handlers));
  TRY(server_->listen_tcp("", config_->identity.slurmctld_port));
  return server_->listen_unix(socket_path(config_->paths.slurmctld_pid_file));
}

void Daemon::serve_until_stopped() {
  std::thread state([this] {
    loop_->run_state();
    stopped_ = true;
    server_->wake();
  });
  std::thread journal([this] { loop_->run_journal(); });
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  FileDescriptor signal_fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  while (!stopped_) {
    server_->serve(Millis(200));
    signalfd_siginfo info{};
    while (::read(signal_fd.get(), &info, sizeof info) == sizeof info)
      info.ssi_signo == SIGHUP ? loop_->ask_reconfigure() : loop_->stop();
  }
  state.join();
  journal.join();
  static_cast<void>(server_->flush_all(mono_now() + Millis(1000)));
}

Status Daemon::run() {
  TRY(prepare());
  if (!options_.foreground && ::daemon(1, 1) != 0) return fail("cannot go into the background");
  const std::string& log_file = config_->paths.slurmctld_log_file;
  if (!options_.foreground && !log_file.empty() && !std::freopen(log_file.c_str(), "a", stderr))
    return fail(fmt::format("SlurmctldLogFile={}: {}", log_file, std::strerror(errno)));
  setvbuf(stderr, nullptr, _IOLBF, 0);
  TRY(recover());
  TRY(listen());
  const std::string& pid_file = config_->paths.slurmctld_pid_file;
  std::ofstream(pid_file) << ::getpid() << '\n';
  log_line(fmt::format("slurmctld {} of cluster {} serves port {}: {} jobs, log position {}", SLURMXX_VERSION,
                       config_->identity.cluster_name, server_->port(), controller_->state().jobs().size(),
                       controller_->state().position().value));
  serve_until_stopped();
  TRY(log_->snapshot(controller_->state(), controller_->requests()));
  ::unlink(socket_path(pid_file).c_str());
  ::unlink(pid_file.c_str());
  log_line("slurmctld ends");
  return {};
}

int run_main(int argc, char** argv) {
  Options options;
  if (const char* conf = ::getenv("SLURM_CONF")) options.conf = conf;
  int letter = 0;
  while ((letter = ::getopt(argc, argv, "Df:vVhi")) != -1) {
    if (letter == 'D') options.foreground = true;
    if (letter == 'f') options.conf = optarg;
    if (letter == 'V') return fmt::print("slurm 25.11.0-slurmxx{}\n", SLURMXX_VERSION), 0;
    if (letter == 'h' || letter == '?') {
      fmt::print(
          "Usage: slurmctld [-D] [-f FILE] [-v] [-V]\n  -D       stay in the foreground, log to stderr\n"
          "  -f FILE  read FILE as slurm.conf\n  -v       log more\n  -V       print the version\n");
      return letter == 'h' ? 0 : 1;
    }
  }
  if (::sodium_init() < 0) return 1;
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (Status done = Daemon(options).run(); !done) {
    log_line("fatal: " + done.error().message);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main(argc, argv); }
