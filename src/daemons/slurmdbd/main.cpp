// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmdbd: reads slurmdbd.conf, wires sessions, handlers and database together. Options and signals: slurmdbd(8).
#include <sodium.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "accounting/audit.h"
#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/identity/host_names.h"
#include "adapters/identity/identity.h"
#include "adapters/log/daemon_log.h"
#include "adapters/net/server.h"
#include "adapters/process/background.h"
#include "adapters/process/become_user.h"
#include "adapters/step/step_folder.h"
#include "adapters/system_random.h"
#include "daemons/slurmdbd/archive_host.h"
#include "daemons/slurmdbd/conf_file.h"
#include "daemons/slurmdbd/options.h"
#include "daemons/slurmdbd/standby.h"
#include "daemons/slurmdbd/workers.h"
#include "state/codec.h"
#include "wire/message_types.h"

namespace slurmxx {
namespace {

class Daemon {
 public:
  Daemon(DbdOptions options, DaemonLog& log) : options_(std::move(options)), log_(log) {}
  Status run();

 private:
  Status prepare();
  Status open_log(const DbdConfig& config);
  Status reload();
  Status take_place();
  Status listen();
  Status take_message(SessionId from, const Peer& peer, const Message& message);
  void lose_controller(SessionId session);
  void make_workers();
  void make_standby();
  void tell_controllers(const DbdNews& news);
  void serve_until_stopped();

  DbdOptions options_;
  DaemonLog& log_;
  Background background_;
  std::optional<LiveConfig> live_;
  Uid slurm_user_;
  SystemRandom random_;
  std::unique_ptr<Auth> auth_;
  Identity identity_;
  std::unique_ptr<Server> server_;
  std::mutex controllers_mutex_;
  std::map<SessionId, std::string> controllers_;  // their clusters; those that have asked as a controller
  std::map<SessionId, std::string> registered_;   // likewise; those that have made their cluster known
  std::mutex reload_mutex_;
  std::atomic<bool> stopped_ = false;
  std::unique_ptr<Standby> standby_;  // of a backup
  std::unique_ptr<Workers> workers_;  // goes before the server: it answers through it
};

Status Daemon::prepare() {
  std::vector<std::string> warnings;
  TRY_ASSIGN(DbdConfig config, read_dbd_config(options_.conf, warnings));
  TRY(open_log(config));
  for (const std::string& warning : warnings) log_.line("warning: " + warning);
  slurm_user_ = *uid_of(config.identity.slurm_user);
  if (Status good = check_storage(config.storage); !good)
    return fail(fmt::format("{}: {}", options_.conf, good.error().message));
  IdentitySettings identity;  // of no cluster: those that share the key are all served
  identity.auth_type = config.identity.auth_type;
  identity.auth_info = config.identity.auth_info;
  identity.slurm_user = config.identity.slurm_user;
  TRY_ASSIGN(auth_, make_auth(identity, options_.conf, random_));
  live_.emplace(std::move(config));
  return {};
}

Status Daemon::open_log(const DbdConfig& config) {
  LogSettings settings{.program = "slurmdbd", .file = config.logging.log_file};
  settings.time_format = config.logging.log_time_format;
  TRY_ASSIGN(const LogLevel level, log_level_of("DebugLevel", config.logging.debug_level));
  settings.level = raised(level, options_.verbosity);
  settings.to_stderr = log_.settings().to_stderr;
  return log_.open(settings);
}

// Whole, or not at all. Any thread.
Status Daemon::reload() {
  const std::lock_guard lock(reload_mutex_);
  std::vector<std::string> warnings;
  TRY_ASSIGN(DbdConfig config, read_dbd_config(options_.conf, warnings));
  if (Status good = check_storage(config.storage); !good)
    return fail(fmt::format("{}: {}", options_.conf, good.error().message));
  const DbdIdentity& now = live_->get()->identity;
  const std::pair<const char*, bool> fixed[] = {{"DbdPort", now.port != config.identity.port},
                                                {"AuthType", now.auth_type != config.identity.auth_type},
                                                {"AuthInfo", now.auth_info != config.identity.auth_info},
                                                {"SlurmUser", now.slurm_user != config.identity.slurm_user},
                                                {"DbdBackupHost", now.backup_host != config.identity.backup_host},
                                                {"DbdHost", now.dbd_host != config.identity.dbd_host}};
  for (const auto& [key, differs] : fixed)
    if (differs) warnings.push_back(fmt::format("{}: {} takes a restart of slurmdbd", options_.conf, key));
  TRY(open_log(config));
  for (const std::string& warning : warnings) log_.line("warning: " + warning);
  live_->set(std::move(config));
  log_.line(fmt::format("{} is read again", options_.conf));
  return {};
}

Status Daemon::take_place() {
  if (options_.nice && ::setpriority(PRIO_PROCESS, 0, *options_.nice) != 0)
    log_.line(fmt::format("error: cannot take the nice value {}: {}", *options_.nice, std::strerror(errno)));
  const auto config = live_->get();
  const DbdLogging& logging = config->logging;
  TRY(listen());
  std::ofstream(logging.pid_file) << ::getpid() << '\n';
  TRY(become_user(*identity_.user(slurm_user_, mono_now()), {logging.log_file, logging.pid_file}, log_.sink()));
  const std::string& file = logging.log_file;
  if (options_.to_log_folder && file.starts_with('/') && ::chdir(file.substr(0, file.rfind('/') + 1).c_str()) != 0)
    return fail(fmt::format("cannot work in the folder of {}: {}", file, std::strerror(errno)));
  return {};
}

Status Daemon::take_message(SessionId from, const Peer& peer, const Message& message) {
  if (message.type != message_type::dbd_call) return {};
  auto call = decode<DbdCall>(message.body);
  if (!call) return fail(fmt::format("a call of uid {}: {}", peer.uid.value, call.error().message));
  const bool trusted = peer.uid == root_uid || peer.uid == slurm_user_ || peer.uid == Uid(::geteuid());
  if (trusted && handler_of(call->body).access == DbdAccess::trusted) {
    const std::lock_guard lock(controllers_mutex_);
    controllers_[from] = call->cluster;
    if (std::holds_alternative<DbdRegister>(call->body)) registered_[from] = call->cluster;
  }
  const auto user = identity_.user(peer.uid, mono_now());
  const std::uint64_t number = call->call;
  DbdCaller caller{peer.uid, peer.gid, user->name, call->cluster, trusted, server_->address_of(from)};
  if (!workers_->push({from, std::move(caller), std::move(*call)}))
    server_->send(from, message_type::dbd_answer,
                  encode(DbdAnswer{number, DbdError{Errc::error,
                                                    "slurmdbd has more requests than it can serve just "
                                                    "now: try again later"}}));
  return {};
}

Status Daemon::listen() {
  ServerHandlers handlers{
      [this](SessionId from, const Peer& peer, const Message& message) { return take_message(from, peer, message); },
      [this](SessionId session) {
        if (workers_) workers_->forget(session);
        lose_controller(session);
      },
      log_.sink()};
  handlers.introduce = [this](const Peer& peer) { static_cast<void>(identity_.user(peer.uid, mono_now())); };
  handlers.acquainted = [this](const Peer& peer) { return identity_.knows(peer.uid, mono_now()); };
  ServerOptions options = ServerOptions::within_descriptors();
  const auto config = live_->get();
  options.auth_kind = config->identity.auth_type;
  server_ = std::make_unique<Server>(options, HandshakePorts{*auth_, random_}, std::move(handlers));
  return server_->listen_tcp(config->identity.port);
}

// A cluster that another session has made known since is not away.
void Daemon::lose_controller(SessionId session) {
  std::string cluster;
  {
    const std::lock_guard lock(controllers_mutex_);
    controllers_.erase(session);
    const auto known = registered_.find(session);
    if (known == registered_.end()) return;
    cluster = known->second;
    registered_.erase(known);
    if (std::ranges::any_of(registered_, [&](const auto& one) { return one.second == cluster; })) return;
  }
  const DbdCaller self{Uid(::geteuid()), Gid(::getegid()), "slurmdbd", cluster, true, "slurmdbd"};
  if (workers_ && !stopped_) static_cast<void>(workers_->push({session, self, {0, {}, cluster, DbdControllerGone{}}}));
}

void Daemon::make_workers() {
  WorkerPorts ports{
      [this](SessionId to, DbdAnswer answer) { server_->send(to, message_type::dbd_answer, encode(answer)); },
      [this](const DbdNews& news) { tell_controllers(news); },
      log_.sink(),
      // The cookie by which rsyslog and others know JSON.
      [](const std::string& json) { ::syslog(LOG_AUTHPRIV | LOG_NOTICE, "slurmdbd audit: @cee: %s", json.c_str()); },
      [this] { return !standby_ || standby_->serves(); },
      {open_archive_folder, read_whole, run_archive_script, [this] { return reload(); },
       [this] {
         stopped_ = true;
         server_->wake();
       }}};
  workers_ = std::make_unique<Workers>(*live_, short_host_name(), std::move(ports));
}

// A controller that hears news of a slurmdbd that stands by asks it, is refused, and goes to the other.
void Daemon::make_standby() {
  const auto config = live_->get();
  if (!is_backup(config->identity, short_host_name())) return;
  const std::string other = config->identity.dbd_host;
  log_.line(fmt::format("this is DbdBackupHost: it serves when the slurmdbd at {} does not answer", other));
  standby_ = std::make_unique<Standby>(*config, options_.conf, [this, other](const Status& answered) {
    log_.line(answered ? fmt::format("the slurmdbd at {} answers again: this one stands by", other)
                       : fmt::format("the slurmdbd at {} does not answer ({}): this one serves", other,
                                     text_of(answered.error())));
    if (answered) tell_controllers({});
  });
}

void Daemon::tell_controllers(const DbdNews& news) {
  const std::lock_guard lock(controllers_mutex_);
  for (const auto& [session, cluster] : controllers_)
    if (news.cluster.empty() || news.cluster == cluster) server_->send(session, message_type::dbd_news, encode(news));
}

void Daemon::serve_until_stopped() {
  const sigset_t signals = daemon_signals();
  const FileDescriptor signal_fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  while (!stopped_) {
    server_->serve(Millis(200));
    signalfd_siginfo info{};
    while (::read(signal_fd.get(), &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) stopped_ = true;
      Status done;
      if (info.ssi_signo == SIGHUP) done = reload();
      if (info.ssi_signo == SIGUSR2) done = log_.reopen();  // logrotate(8)
      if (!done) log_.line("error: " + text_of(done.error()));
    }
  }
}

Status Daemon::run() {
  TRY(prepare());
  if (!options_.foreground) {
    TRY_ASSIGN(background_, Background::enter());
  }
  TRY(take_place());
  const auto config = live_->get();
  Storage storage;
  if (const auto database = storage.ready(config->storage); !database) {
    if (database.error().code != Errc::communication) return database.error();
    log_.line(fmt::format("error: {}: slurmdbd goes on and tries again", text_of(database.error())));
  }
  make_standby();
  make_workers();
  log_.line(fmt::format("slurmdbd {} serves port {} with {}", SLURMXX_VERSION, server_->port(), config->storage.type));
  if (!options_.foreground) log_.leave_stderr();
  background_.ready();
  serve_until_stopped();
  workers_.reset();
  standby_.reset();
  static_cast<void>(server_->flush_all(mono_now() + Millis(1000)));
  ::unlink(config->logging.pid_file.c_str());
  log_.line("slurmdbd ends");
  return {};
}

// 0: whole, 1: not, or not to be had.
int verify_audit_trail(const DbdOptions& options) {
  std::vector<std::string> warnings;
  const auto config = read_dbd_config(options.conf, warnings);
  if (!config) return fmt::print(stderr, "slurmdbd: {}\n", text_of(config.error())), 1;
  Storage storage;
  const auto database = storage.ready(config->storage);
  if (!database) return fmt::print(stderr, "slurmdbd: {}\n", text_of(database.error())), 1;
  const auto verdict = verify_audit(**database);
  if (!verdict) return fmt::print(stderr, "slurmdbd: {}\n", text_of(verdict.error())), 1;
  if (verdict->fault.empty())
    return fmt::print("the audit trail is whole: {} records, the last has hash {}\n", verdict->good,
                      verdict->last_hash),
           0;
  fmt::print("the audit trail is not whole: {}; the {} before are as they were written\n", verdict->fault,
             verdict->good);
  return 1;
}

int run_main(int argc, char** argv) {
  auto asked = read_slurmdbd_options(argc, argv);
  if (!asked) return fmt::print(stderr, "slurmdbd: {}\n", asked.error().message), 1;
  if (asked->print) return fmt::print("{}", *asked->print), 0;
  if (::sodium_init() < 0) return 1;
  if (asked->verify_audit) return verify_audit_trail(*asked);
  for (int signal : {SIGPIPE, SIGUSR1, SIGTSTP, SIGXCPU, SIGQUIT, SIGALRM}) ::signal(signal, SIG_IGN);
  const sigset_t signals = daemon_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  DaemonLog log("slurmdbd");
  if (Status done = Daemon(*asked, log).run(); !done) {
    log.line("fatal: " + text_of(done.error()));
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main(argc, argv); }
