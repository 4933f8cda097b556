// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/slurmd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "adapters/process/orphans.h"
#include "adapters/process/spawn.h"
#include "adapters/step/step_folder.h"
#include "adapters/step/step_processes.h"
#include "core/config/gres_conf.h"
#include "daemons/slurmd/hardware.h"
#include "daemons/slurmd/script_order.h"
#include "state/codec.h"
#include "wire/message_types.h"
#include "wire/node_frames.h"

namespace slurmxx {
namespace {

constexpr ExitCode killed{0, 9};

std::string name_of(const StepKey& key) { return fmt::format("{}.{}", key.job.value, to_string(key.step)); }

AgentOptions agent_options(const SlurmdSettings& settings, const ClusterConfig& config) {
  AgentOptions options;
  options.node_name = settings.node_name;
  options.dynamic = settings.dynamic;
  options.kill_wait = config.timeouts.kill_wait;
  return options;
}

}  // namespace

Slurmd::Slurmd(SlurmdSettings settings, std::shared_ptr<const ClusterConfig> config, JobSpool spool, StepDoor door)
    : settings_(std::move(settings)),
      config_(std::move(config)),
      spool_(std::move(spool)),
      door_(std::move(door)),
      agent_(agent_options(settings_, *config_), *this),
      survivors_(settings_.node_name, settings_.log),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Slurmd::restore() {
  std::vector<std::string> remarks;
  agent_.restore(spool_.obeyed(remarks));
  for (SpooledJob& job : spool_.scan(remarks)) {
    FoundJob found{job.job, {}};
    const Incarnation life = job.job.order.job;
    for (SpooledStep& step : job.steps) {
      const StepKey key{life.job, life.restarts, step.id};
      const Uid owner = job.job.order.spec.owner.uid;
      if (step.socket) {
        settings_.log(fmt::format("step {} runs, and goes on", name_of(key)));
        steps_[key] = {std::move(step.socket), owner};
      } else if (!step.end && !step.started) {
        spool_.remove_step(key);
        continue;
      } else if (!step.end) {
        step.end = end_of(key, owner);
      }
      if (step.end) survivors_.add(name_of(key), step.end->survivors);
      found.steps.push_back({step.id, step.end});
    }
    begun_[life] = 0;
    agent_.restore(found);
  }
  for (const std::string& remark : remarks) settings_.log(remark);
}

void Slurmd::end_all_steps() {
  for (const auto& [key, step] : steps_) command(key, {StepdFinish{"CANCELLED", Seconds(0)}});
}

// ---- the loop

void Slurmd::push(std::function<void()> news) {
  {
    const std::lock_guard lock(mutex_);
    news_.push_back(std::move(news));
  }
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

void Slurmd::take_order(const Message& message) {
  if (message.type != message_type::node_order) return;
  auto ordered = decode<Ordered>(message.body);
  if (!ordered) return settings_.log("error: an order of slurmctld: " + text_of(ordered.error()));
  agent_.order(ordered->order, mono_now());
}

void Slurmd::take_news() {
  std::uint64_t count = 0;
  static_cast<void>(!::read(wake_.get(), &count, sizeof count));
  std::deque<std::function<void()>> news;
  {
    const std::lock_guard lock(mutex_);
    news.swap(news_);
  }
  for (const auto& one : news) one();
}

void Slurmd::serve(Uplink& uplink, int signals) {
  uplink_ = &uplink;
  check_health();
  bool going_on = true;
  while (going_on) {
    keep_fork_server();
    wait(signals);
    take_news();
    going_on = take_signals(signals);
    look_for_ended_steps();
    finish_scripts();
    survivors_.serve();
    serve_side_programs();
    register_when_healthy();
    serve_door();
    if (proof_door_) proof_door_->serve(mono_now());
    agent_.tick(mono_now());
  }
  uplink.stop();
  uplink_ = nullptr;
}

void Slurmd::wait(int signals) {
  std::vector<pollfd> fds{{signals, POLLIN, 0}, {wake_.get(), POLLIN, 0}};
  for (const auto& [key, step] : steps_) fds.push_back({step.socket.get(), POLLIN, 0});
  door_.collect(fds);
  if (proof_door_) proof_door_->collect(fds);
  std::optional<MonoTime> wake;
  const auto until = [&](std::optional<MonoTime> at) {
    if (at) wake = wake ? std::min(*wake, *at) : *at;
  };
  until(agent_.wake_at());
  until(door_.wake_at());
  if (proof_door_) until(proof_door_->wake_at());
  for (const auto& [id, scripts] : scripts_) {
    if (scripts.cleaner) until(scripts.cleaner->over() ? MonoTime(0) : scripts.cleaner->wake_at());
    if (!scripts.chain) continue;
    until(scripts.chain->wake_at());
    if (scripts.chain->waits_on() >= 0) fds.push_back({scripts.chain->waits_on(), POLLIN, 0});
    if (scripts.chain->outcome()) until(MonoTime(0));
  }
  survivors_.collect(fds);
  for (const SideProgram& program : side_programs_) {
    program.collect(fds);
    until(program.over() || !done_.registered ? std::optional(mono_now() + Millis(50)) : program.wake_at());
  }
  if (!done_.registered && side_programs_.empty()) until(MonoTime(0));
  constexpr std::int64_t longest_ms = 60'000;
  std::int64_t ms = longest_ms;
  if (wake) ms = std::clamp<std::int64_t>((*wake - mono_now()).value, 0, longest_ms);
  poll(fds.data(), fds.size(), static_cast<int>(ms));
}

bool Slurmd::take_signals(int signals) {
  bool going_on = !shut_down_;
  signalfd_siginfo info{};
  while (read(signals, &info, sizeof info) == sizeof info)
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
      going_on = false;
    else if (info.ssi_signo == SIGHUP)
      reconfigure();
    else if (info.ssi_signo == SIGUSR2)
      reopen_log();
  reap_children();
  return going_on;
}

void Slurmd::reconfigure() {
  auto config = settings_.reread();
  if (!config) return settings_.log("error: the old configuration stays in force: " + text_of(config.error()));
  config_ = std::move(*config);
  auto gres = settings_.find_gres(*config_);
  if (!gres) {
    settings_.log("error: the generic resources stay as they were: " + text_of(gres.error()));
  } else if (*gres != settings_.registration.gres) {
    settings_.registration.gres = std::move(*gres);
    agent_.order(SayHello{}, mono_now());
  }
  look_at_features();
  forks_.stop();  // another log may be meant
  agent_.set_kill_wait(config_->timeouts.kill_wait);
  settings_.log("reconfigured");
}

void Slurmd::turned_away(const std::string& why) { log_once("error: slurmctld does not take this node: " + why); }

void Slurmd::not_obeyed(Epoch older, Epoch obeyed) {
  log_once(
      fmt::format("error: slurmctld of epoch {} is not obeyed: epoch {} was obeyed before; if its state was put "
                  "back from a copy, remove {} and restart slurmd",
                  older.value, obeyed.value, spool_.obeyed_path()));
}

// What comes again every half minute.
void Slurmd::log_once(const std::string& line) {
  if (line != logged_) settings_.log(line);
  logged_ = line;
}

// For logrotate(8).
void Slurmd::reopen_log() {
  const auto config = settings_.reread();
  if (!config) settings_.log("error: the log stays as it was: " + text_of(config.error()));
}

void Slurmd::reap_children() {
  int status = 0;
  for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
    for (auto& [id, scripts] : scripts_)
      if (scripts.chain && scripts.chain->pid() == pid) scripts.chain->child_ended(status, mono_now());
    for (SideProgram& program : side_programs_)
      if (program.pid() == pid) program.child_ended(status, mono_now());
  }
}

void Slurmd::look_for_ended_steps() {
  std::vector<StepKey> ended;
  for (const auto& [key, step] : steps_) {
    pollfd one{step.socket.get(), POLLIN, 0};
    if (poll(&one, 1, 0) > 0) ended.push_back(key);  // slurmstepd says nothing: it is the end of the file
  }
  for (const StepKey& key : ended) {
    const Uid owner = steps_.at(key).owner;
    steps_.erase(key);
    agent_.step_ended(key, end_of(key, owner));
  }
}

// What slurmstepd wrote. If it died first, its processes are looked for and killed.
StepEnd Slurmd::end_of(const StepKey& key, Uid owner) {
  const auto bytes = read_whole(spool_.step_folder(key) + "/end");
  if (bytes) {
    if (auto end = decode<StepEnd>(*bytes)) return *end;
  }
  settings_.log(
      fmt::format("error: the slurmstepd of {} is gone without a word: its processes are killed", name_of(key)));
  const OrphanFilter filter{.job = key.job,
                            .owner = owner,
                            .step = key.step,
                            .node = settings_.node_name,
                            .started_from = step_started(spool_.step_folder(key))};
  if (!kill_leftovers(filter))
    settings_.log(fmt::format("error: processes of {} are not dead yet: they are looked for again when the job ends",
                              name_of(key)));
  return {killed, "", false, {}};
}

void Slurmd::serve_door() {
  const auto judge = [this](const AttachStep& attach) {
    const StepKey& key = attach.key;
    // slurmctld's order to admit a reader may come behind the reader.
    const bool known =
        attach.reader.empty() || std::find(admitted_.begin(), admitted_.end(), attach.reader) != admitted_.end();
    if (steps_.contains(key)) return known ? DoorAnswer::pass : DoorAnswer::wait;
    if (agent_.view(key) == NodeAgent::StepView::over) return DoorAnswer::refuse;
    agent_.awaited(key, mono_now());
    return DoorAnswer::wait;
  };
  const auto why = [this](const StepKey& key) {
    const std::string fault = agent_.launch_fault(key);
    if (fault.empty()) return fault;
    return fmt::format("{}; the node was drained, look at scontrol show node {} and its slurmd log", fault,
                       settings_.node_name);
  };
  const auto pass = [this](FileDescriptor fd, const AttachStep& attach) {
    const Status sent = send_command(steps_.at(attach.key).socket.get(), {StepdAttach{attach}}, fd.get());
    if (!sent) settings_.log(fmt::format("error: step {}: {}", name_of(attach.key), text_of(sent.error())));
  };
  door_.serve(mono_now(), {judge, why}, pass);
}

// ---- what the agent asks for

void Slurmd::send(const NodeReport& report) {
  if (uplink_) uplink_->send(message_type::node_report, encode(Reported{report}));
}

void Slurmd::keep_obeyed(const ObeyedController& controller) {
  if (const Status kept = spool_.keep_obeyed(controller); !kept)
    settings_.log("error: after a restart an older slurmctld could be obeyed: " + text_of(kept.error()));
}

// What its slurmstepd wrote down when it looked last.
std::optional<RunningStep> Slurmd::usage_of(const StepKey& step) {
  const auto bytes = read_whole(spool_.step_folder(step) + "/usage");
  if (!bytes) return std::nullopt;
  auto seen = decode<RunningStep>(*bytes);
  if (seen) seen->step = step.step;
  return seen ? std::optional(std::move(*seen)) : std::nullopt;
}

Heartbeat Slurmd::vitals() { return find_vitals(); }

void Slurmd::command(const StepKey& step, const StepdCommand& command) {
  const auto found = steps_.find(step);
  if (found == steps_.end()) return;
  static_cast<void>(send_command(found->second.socket.get(), command, -1));  // it may just have ended
}

void Slurmd::notify_step(const StepKey& step, const StepdNotify& notice) { command(step, {notice}); }
void Slurmd::signal_step(const StepKey& step, const StepdSignal& signal) { command(step, {signal}); }
void Slurmd::admit_reader(const StepKey& step, const StepdAdmit& reader) {
  command(step, {reader});
  constexpr std::size_t kept_max = 1000;
  admitted_.push_back(reader.reader);
  if (admitted_.size() > kept_max) admitted_.pop_front();
}

void Slurmd::finish_step(const StepKey& step, const StepdFinish& finish) { command(step, {finish}); }

void Slurmd::start_batch(const LaunchBatch& job) {
  StepdLaunch launch = stepd_launch(job);
  launch.script_path = spool_.script_path(job.job.job);
  auto& order = std::get<LaunchBatch>(launch.order);
  order.script.clear();
  order.spec.launch.append = order.spec.launch.append || config_->jobs.job_file_append;
  start_stepd({job.job.job, job.job.restarts, StepId::batch()}, launch, job.script);
}

void Slurmd::start_step(const LaunchStep& step) { start_stepd(step.key, stepd_launch(step), ""); }

StepdLaunch Slurmd::stepd_launch(StepdOrder order) const {
  const LogSettings log = settings_.log_settings();
  StepdLaunch launch{std::move(order), settings_.node_name, "", log.file};
  launch.log_level = static_cast<std::uint32_t>(log.level);
  launch.log_time_format = log.time_format;
  launch.task_prolog = config_->launch.task_prolog;
  launch.task_epilog = config_->launch.task_epilog;
  launch.propagate_priority = config_->launch.propagate_prio_process;
  launch.unkillable_timeout = config_->timeouts.unkillable_step_timeout;
  const std::vector<GresFound>& gres = settings_.registration.gres;
  if (std::any_of(gres.begin(), gres.end(), [](const GresFound& one) { return one.name == "gpu"; }))
    launch.gpu_variables = gpu_variables(gres);
  if (const auto& most = config_->timeouts.epilog_timeout; !most.unlimited) launch.task_epilog_max = most.value;
  const Seconds usual(config_->plugins.job_acct_gather_interval);
  if (!config_->plugins.job_acct_gather_type.empty()) launch.sample_every = sampling_of(launch.order, usual);
  return launch;
}

void Slurmd::start_stepd(const StepKey& key, const StepdLaunch& launch, const std::string& script) {
  const auto* batch = std::get_if<LaunchBatch>(&launch.order);
  const Uid owner = batch ? batch->spec.owner.uid : std::get<LaunchStep>(launch.order).owner.uid;
  const auto begin = [&]() -> Result<FileDescriptor> {
    TRY(spool_.keep_launch(key, launch, script));
    return spawn_stepd(key);
  };
  if (auto socket = begin()) {
    steps_[key] = {std::move(*socket), owner};
  } else {
    const std::string why = text_of(socket.error());
    settings_.log(fmt::format("error: step {} cannot be started: {}", name_of(key), why));
    push([this, key, why] { agent_.step_ended(key, {{1, 0}, why, true, {}}); });
  }
}

Result<FileDescriptor> Slurmd::spawn_stepd(const StepKey& key) {
  const std::string folder = spool_.step_folder(key);
  TRY_ASSIGN(const FileDescriptor listener, listen_in(folder));
  if (!forks_.fork_for(folder, listener.get())) TRY(execute_stepd(folder, listener.get()));
  return connect_in(folder);
}

Status Slurmd::execute_stepd(const std::string& folder, int listener) {
  // dup2 of a descriptor onto itself would leave it close-on-exec: it comes from above.
  const FileDescriptor handed(fcntl(listener, F_DUPFD_CLOEXEC, stepd_socket_fd + 1));
  if (!handed) return fail(fmt::format("cannot hand a socket to slurmstepd: {}", strerror(errno)));
  Spawn spawn(Spawn::Session::own);
  spawn.give(handed.get(), stepd_socket_fd);
  spawn.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  if (!settings_.log_settings().file.empty())  // it logs there: what reads our standard error need not wait for it
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) spawn.open(fd, "/dev/null", O_WRONLY);
  const auto pid = spawn.run(settings_.stepd_path, {"slurmstepd", folder}, environ);
  if (!pid) return fail(fmt::format("{}: {}", settings_.stepd_path, pid.error().message));
  return {};
}

// Begun when nothing else is to be done, and anew when it was gone for the last step.
void Slurmd::keep_fork_server() {
  if (forks_.running()) return;
  if (const Status started = forks_.start(settings_.stepd_path, !settings_.log_settings().file.empty()); !started)
    log_once("error: " + text_of(started.error()));
}

}  // namespace slurmxx
