// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmctld(8): reads the configuration, recovers the log, and wires controller, sessions and disk together.
#include <fcntl.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/disk/disk_folder.h"
#include "adapters/identity/host_names.h"
#include "adapters/identity/identity.h"
#include "adapters/log/daemon_log.h"
#include "adapters/net/server.h"
#include "adapters/process/background.h"
#include "adapters/process/become_user.h"
#include "adapters/step/step_folder.h"
#include "adapters/system_random.h"
#include "adapters/time_zone.h"
#include "control/configure.h"
#include "control/launch.h"
#include "control/private_data.h"
#include "daemons/slurmctld/accounts_link.h"
#include "daemons/slurmctld/options.h"
#include "daemons/slurmctld/query_pool.h"
#include "daemons/slurmctld/read_config.h"
#include "daemons/slurmctld/script_answer.h"
#include "daemons/slurmctld/script_runner.h"
#include "daemons/slurmctld/state_folder.h"
#include "daemons/slurmctld/state_loop.h"
#include "state/codec.h"
#include "wire/message_types.h"
#include "wire/node_frames.h"

namespace slurmxx {
namespace {

constexpr unsigned lock_patience_s = 5;

class Daemon {
 public:
  Daemon(SlurmctldOptions options, DaemonLog& log) : options_(std::move(options)), log_(log) {}
  Status run();

 private:
  Status prepare();
  LogSettings log_settings(const ClusterConfig& config, LogLevel level) const;
  Status open_log(const ClusterConfig& config);
  Status take_place();
  Result<std::shared_ptr<const ClusterConfig>> reread();
  void obey_signal(std::uint32_t signal);
  Result<Recovered> open_store();
  Result<Recovered> open_store_or_begin_anew();
  Status recover();
  Status listen();
  void make_loop();
  Status take_message(SessionId from, const Peer& peer, const Message& message);
  Status take_call(SessionId from, const Peer& peer, const Message& message);
  void refuse(SessionId from, std::uint64_t call, const Error& why);
  bool may_be_node(const Peer& peer) const {
    return peer.uid == root_uid || peer.uid == slurm_user_ || peer.uid == slurmd_user_;
  }
  void send(Outgoing letter);
  void serve_until_stopped();
  std::shared_ptr<const Published> picture() {
    const std::lock_guard lock(picture_mutex_);
    return picture_;
  }

  SlurmctldOptions options_;
  DaemonLog& log_;
  Background background_;
  std::shared_ptr<const ClusterConfig> config_;
  Uid slurm_user_;
  Uid slurmd_user_;
  SystemRandom random_;
  std::unique_ptr<Auth> auth_;
  Identity identity_;
  FileDescriptor lock_;
  std::optional<DiskFolder> folder_;
  std::unique_ptr<BlobStore> blobs_;
  std::optional<LogStore> store_;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<StateLoop> loop_;
  std::unique_ptr<Server> server_;
  struct Helpers {
    std::unique_ptr<Accounting> accounting;  // nullptr: none
    std::unique_ptr<ScriptRunner> scripts;   // before the loop goes: it tells it
    std::unique_ptr<QueryPool> queries;      // before the server goes: it sends through it
    std::unique_ptr<AccountsLink> accounts;  // before the loop goes: it tells it
    std::atomic<bool> aborts = false;        // scontrol abort
    std::atomic<bool> told_full = false;     // that the records for slurmdbd fill their room
  } helpers_;
  std::mutex picture_mutex_;
  std::shared_ptr<const Published> picture_;
  std::atomic<bool> stopped_ = false;
};

Status Daemon::prepare() {
  TRY_ASSIGN(config_, read_config(options_.conf, log_));
  TRY(open_log(*config_));
  const auto user = uid_of(config_->identity.slurm_user);
  if (!user) return fail(fmt::format("{}: SlurmUser={}: no such user", options_.conf, config_->identity.slurm_user));
  slurm_user_ = *user;
  if (::geteuid() != 0 && slurm_user_ != Uid(::geteuid()))
    return fail(fmt::format("{}: SlurmUser={}: slurmctld was started by {}: start it as root or as SlurmUser",
                            options_.conf, config_->identity.slurm_user, user_name_of(Uid(::geteuid()))));
  const auto node_user = uid_of(config_->identity.slurmd_user);
  if (!node_user)
    return fail(fmt::format("{}: SlurmdUser={}: no such user", options_.conf, config_->identity.slurmd_user));
  slurmd_user_ = *node_user;
  TRY_ASSIGN(auth_, make_auth(config_->identity, options_.conf, random_));
  return {};
}

LogSettings Daemon::log_settings(const ClusterConfig& config, LogLevel level) const {
  LogSettings settings{.program = "slurmctld", .file = config.paths.slurmctld_log_file};
  if (!options_.log_file.empty()) settings.file = options_.log_file;
  settings.time_format = config.paths.log_time_format;
  settings.level = raised(level, options_.verbosity);
  settings.to_stderr = log_.settings().to_stderr;
  return settings;
}

Status Daemon::open_log(const ClusterConfig& config) {
  TRY_ASSIGN(const LogLevel level, log_level_of("SlurmctldDebug", config.paths.slurmctld_debug));
  return log_.open(log_settings(config, level));
}

// What root alone may do comes first; from then on we are SlurmUser.
Status Daemon::take_place() {
  const std::string& state = config_->paths.state_save_location;
  if (::mkdir(state.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(fmt::format("StateSaveLocation={}: {}", state, std::strerror(errno)));
  TRY(check_state_folder(config_->paths, config_->identity));
  auto lock = lock_file(state + "/lock", lock_patience_s);
  if (!lock) return fail(fmt::format("StateSaveLocation={}: {}", state, lock.error().message));
  lock_ = std::move(*lock);
  if (options_.nice && ::setpriority(PRIO_PROCESS, 0, *options_.nice) != 0)
    log_.line(fmt::format("error: cannot take the nice value {}: {}", *options_.nice, std::strerror(errno)));
  TRY(listen());
  std::ofstream(config_->paths.slurmctld_pid_file) << ::getpid() << '\n';
  TRY(become_user(*identity_.user(slurm_user_, mono_now()),
                  {state, state + "/lock", log_.settings().file, config_->paths.slurmctld_pid_file}, log_.sink()));
  if (options_.to_log_folder) TRY(work_beside_log(log_.settings().file, config_->paths));
  if (!options_.clean) return {};
  std::error_code ignored;
  for (const char* part : {"/log", "/blobs"}) std::filesystem::remove_all(state + part, ignored);
  return {};
}

Result<Recovered> Daemon::open_store() {
  const std::string& state = config_->paths.state_save_location;
  TRY_ASSIGN(DiskFolder folder, DiskFolder::open(state + "/log"));
  folder_.emplace(std::move(folder));
  TRY_ASSIGN(blobs_, BlobStore::open(state + "/blobs"));
  store_.emplace(*folder_, LogStoreOptions{});
  LogUuid fresh{};
  const std::string bytes = random_.bytes(fresh.size());
  std::copy(bytes.begin(), bytes.end(), fresh.begin());
  return store_->open(fresh);
}

Result<Recovered> Daemon::open_store_or_begin_anew() {
  auto recovered = open_store();
  if (recovered) return recovered;
  if (!options_.ignore_damage) return damaged_log(config_->paths, recovered.error());
  TRY_ASSIGN(const std::string aside, set_log_aside(config_->paths, wall_now()));
  log_.line(fmt::format("error: {}: set aside as {}, all jobs are forgotten (-i)", text_of(recovered.error()), aside));
  return open_store();
}

Status Daemon::recover() {
  TRY_ASSIGN(Recovered recovered, open_store_or_begin_anew());
  for (const std::string& remark : recovered.remarks) log_.line(remark);
  TRY(check_fits(*config_, recovered.state));
  TRY_ASSIGN(helpers_.accounting,
             Accounting::open({config_, options_.conf, log_.sink(), blobs_->reader()}, *folder_, recovered));
  ControllerOptions options;
  options.config = config_;
  options.host = short_host_name();
  options.slurm_user = slurm_user_;
  const ControllerFacts facts{options_.conf, wall_now(), slurm_user_, slurmd_user_};
  options.facts = std::make_shared<const ControllerFacts>(facts);
  options.random = &random_;
  static const LocalTimeZone zone;
  options.zone = &zone;
  options.stopwatch = stopwatch_us;
  options.root = slurmd_user_ == root_uid;
  controller_ = std::make_unique<Controller>(std::move(options), std::move(recovered), Now{wall_now(), mono_now()});
  picture_ = controller_->publish();
  return {};
}

void Daemon::send(Outgoing letter) {
  if (auto* script = std::get_if<SiteScript>(&letter.what)) return helpers_.scripts->run(std::move(*script));
  if (auto* program = std::get_if<SiteProgram>(&letter.what))
    return helpers_.scripts->begin_beside(std::move(*program));
  if (auto* answer = std::get_if<ClientAnswer>(&letter.what))
    return server_->send(letter.to, message_type::client_answer, encode(*answer));
  Ordered ordered{std::move(std::get<NodeOrder>(letter.what))};
  if (auto* launch = std::get_if<LaunchBatch>(&ordered.order); launch && !launch->spec.launch.script_hash.empty()) {
    auto whole = complete_launch(*launch, controller_->config(), options_.conf,
                                 [this](const std::string& hash) { return blobs_->get(hash); });
    if (!whole) {
      log_.line(fmt::format("error: job {}: {}", launch->job.job.value, whole.error().message));
      return loop_->push(ReportArrived{letter.to, LaunchFailed{launch->job, whole.error().message, false}});
    }
    ordered.order = std::move(*whole);
  }
  server_->send(letter.to, message_type::node_order, encode(ordered));
}

Status Daemon::take_call(SessionId from, const Peer& peer, const Message& message) {
  auto call = decode<ClientCall>(message.body);
  if (!call) return fail(fmt::format("a call of uid {}: {}", peer.uid.value, call.error().message));
  const std::uint64_t number = call->call;
  if (is_query(call->body)) {
    const auto user = [&] { return identity_.user(peer.uid, mono_now())->name; };
    const Status may = keep_private(*picture(), peer.uid, user, call->body);
    if (!may) return refuse(from, number, may.error()), Status();
    if (!helpers_.queries->push({from, number, std::move(call->body), picture(), wall_now(), JobId(), peer.uid}))
      refuse(from, number, fail("too many queries wait for an answer: try again later"));
    return {};
  }
  if (const auto* script = std::get_if<ScriptRequest>(&call->body)) {
    const ClientAnswer answer{number, script_answer(*picture(), *blobs_, *script, peer.uid)};
    return server_->send(from, message_type::client_answer, encode(answer)), Status();
  }
  const bool submits = helpers_.accounting && std::holds_alternative<SubmitRequest>(call->body);
  const bool is_full = submits && helpers_.accounting->full();
  if (submits && helpers_.told_full.exchange(is_full) != is_full && is_full)
    loop_->push(DaemonEvent{TriggerEvent::primary_slurmctld_acct_buffer_full});
  if (is_full) {
    refuse(from, number, fail("no new jobs: the records of jobs for slurmdbd fill their room: see why it takes none"));
    return {};
  }
  auto* asks = std::get_if<DaemonRequest>(&call->body);
  if (asks && asks->verb == DaemonVerb::abort) helpers_.aborts = peer.uid == root_uid || peer.uid == slurm_user_;
  const auto user = identity_.user(peer.uid, mono_now());
  const std::string host = server_->address_of(from);
  Caller caller{peer.uid, peer.gid, user->name, user->group_name, user->groups, host, user->group_names};
  if (!loop_->push_call({from, std::move(caller), std::move(*call)}, message.body.size()))
    refuse(from, number, fail("slurmctld has more requests than it can serve just now: try again later"));
  return {};
}

void Daemon::refuse(SessionId from, std::uint64_t call, const Error& why) {
  server_->send(from, message_type::client_answer, encode(ClientAnswer{call, ErrorReply{why.code, why.message, {}}}));
}

Status Daemon::take_message(SessionId from, const Peer& peer, const Message& message) {
  if (message.type == message_type::client_call) return take_call(from, peer, message);
  if (message.type != message_type::node_report) return {};
  if (!may_be_node(peer)) return fail(fmt::format("uid {} speaks as a node and is none", peer.uid.value));
  auto reported = decode<Reported>(message.body);
  if (!reported) return log_.line("error: a node's report: " + reported.error().message), Status();
  loop_->push(ReportArrived{from, std::move(reported->report)});
  return {};
}

Status Daemon::listen() {
  ServerHandlers handlers{
      [this](SessionId from, const Peer& peer, const Message& message) { return take_message(from, peer, message); },
      [this](SessionId session) {
        helpers_.queries->closed(session);
        loop_->push(SessionClosed{session});
      },
      log_.sink(), [this](SessionId session) { helpers_.queries->drained(session); }};
  handlers.introduce = [this](const Peer& peer) { static_cast<void>(identity_.user(peer.uid, mono_now())); };
  handlers.acquainted = [this](const Peer& peer) { return identity_.knows(peer.uid, mono_now()); };
  ServerOptions options = ServerOptions::within_descriptors();
  options.auth_kind = config_->identity.auth_type;
  server_ = std::make_unique<Server>(options, HandshakePorts{*auth_, random_}, std::move(handlers));
  TRY(server_->listen_tcp(config_->identity.slurmctld_port));
  return server_->listen_unix(socket_beside(config_->paths.slurmctld_pid_file));
}

void Daemon::make_loop() {
  StateLoopPorts ports{*store_,
                       *blobs_,
                       config_->paths.state_save_location + "/log",
                       [this](Outgoing letter) { send(std::move(letter)); },
                       [this](std::shared_ptr<const Published> picture) {
                         if (picture->config->paths.slurmctld_debug != picture_->config->paths.slurmctld_debug)
                           static_cast<void>(open_log(*picture->config));  // scontrol setdebug
                         const std::lock_guard lock(picture_mutex_);
                         picture_ = std::move(picture);
                       },
                       log_.sink(),
                       [this] { return reread(); },
                       helpers_.accounting.get()};
  loop_ = std::make_unique<StateLoop>(*controller_, std::move(ports));
  helpers_.scripts =
      std::make_unique<ScriptRunner>([this](SiteScriptEnded end) { loop_->push(std::move(end)); }, log_.sink());
  helpers_.queries = std::make_unique<QueryPool>(
      [this](SessionId to, std::string answer, bool more) {
        server_->send(to, message_type::client_answer, std::move(answer), more);
      },
      loop_->statistics(), [accounting = helpers_.accounting.get()] { return accounting ? accounting->waiting() : 0; });
}

Result<std::shared_ptr<const ClusterConfig>> Daemon::reread() {
  TRY_ASSIGN(auto config, read_config(options_.conf, log_));
  TRY(open_log(*config));
  return config;
}

void Daemon::obey_signal(std::uint32_t signal) {
  if (signal == SIGTERM || signal == SIGINT) return loop_->stop();
  if (signal == SIGHUP) return loop_->ask_reconfigure();
  // SIGUSR2: the log alone, for logrotate(8).
  if (const auto config = reread(); !config) log_.line("error: the log stays as it was: " + text_of(config.error()));
}

void Daemon::serve_until_stopped() {
  std::thread state([this] {
    loop_->run_state();
    stopped_ = true;
    server_->wake();
  });
  std::thread journal([this] { loop_->run_journal(); });
  if (has_slurmdbd(*config_))
    helpers_.accounts = std::make_unique<AccountsLink>(
        config_, options_.conf,
        AccountsLinkPorts{[this](auto book) { loop_->push(AccountsTold{book}); }, log_.sink(),
                          [this](TriggerEvent event) { loop_->push(DaemonEvent{event}); }});
  const sigset_t signals = daemon_signals();
  FileDescriptor signal_fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  while (!stopped_) {
    server_->serve(Millis(200));
    signalfd_siginfo info{};
    while (::read(signal_fd.get(), &info, sizeof info) == sizeof info) obey_signal(info.ssi_signo);
  }
  state.join();
  journal.join();
  static_cast<void>(server_->flush_all(mono_now() + Millis(1000)));
}

Status Daemon::run() {
  TRY(prepare());
  if (!options_.foreground) {
    TRY_ASSIGN(background_, Background::enter());
  }
  TRY(take_place());
  TRY(recover());
  make_loop();
  log_.line(fmt::format("slurmctld {} of cluster {} serves port {}: {} jobs, log position {}", SLURMXX_VERSION,
                        config_->identity.cluster_name, server_->port(), controller_->state().jobs().size(),
                        controller_->state().position().value));
  if (!options_.foreground) log_.leave_stderr();
  background_.ready();
  if (helpers_.accounting) helpers_.accounting->start();
  serve_until_stopped();
  if (helpers_.aborts) std::abort();  // scontrol abort: with a core file, and recovery from the log
  if (helpers_.accounting) {
    helpers_.accounting->stop();
    TRY(helpers_.accounting->settle());
  }
  TRY(store_->snapshot(controller_->state(), controller_->requests()));
  const std::string& file = config_->paths.slurmctld_pid_file;
  for (const std::string& path : {socket_beside(file), file}) ::unlink(path.c_str());
  log_.line("slurmctld ends");
  return {};
}

int run_main(int argc, char** argv) {
  auto asked = read_slurmctld_options(argc, argv);
  if (!asked) return fmt::print(stderr, "slurmctld: {}\n", asked.error().message), 1;
  if (asked->print) return fmt::print("{}", *asked->print), 0;
  if (::sodium_init() < 0) return 1;
  for (int signal : {SIGPIPE, SIGUSR1, SIGTSTP, SIGXCPU, SIGQUIT, SIGALRM}) ::signal(signal, SIG_IGN);
  const sigset_t signals = daemon_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  DaemonLog log("slurmctld");
  if (Status done = Daemon(*asked, log).run(); !done) {
    log.line("fatal: " + done.error().message);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main(argc, argv); }
