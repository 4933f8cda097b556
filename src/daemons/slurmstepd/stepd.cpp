// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmstepd/stepd.h"

#include <grp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "adapters/identity/host_names.h"
#include "adapters/net/kernel_peer.h"
#include "adapters/process/read_program.h"
#include "adapters/process/survivors.h"
#include "adapters/step/batch_request.h"
#include "adapters/step/extern_runner.h"
#include "core/launch/gpu_binding.h"
#include "core/launch/task_nice.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

constexpr ExitCode files_failed{0, 53};  // what users know of a job whose output cannot be opened

StepTime time_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  constexpr std::uint32_t nanos_per_milli = 1'000'000;
  return {Instant(now.tv_sec), mono_now().millis, static_cast<std::uint32_t>(now.tv_nsec) / nanos_per_milli};
}

// Files are opened with the rights of the owner, groups included.
void take_groups(const JobOwner& owner) {
  if (geteuid() != 0) return;
  std::vector<gid_t> groups;
  for (const Gid group : owner.groups) groups.push_back(group.value);
  static_cast<void>(setgroups(groups.size(), groups.data()));
}

// --export=NONE and --get-user-env: who the user is where the job runs, unless the job brings it along. A program asks
// the name service, because this one is static. passwd(5): name:password:uid:gid:comment:home:shell
void add_login(const JobOwner& owner, std::vector<std::string>& environment) {
  const auto found = read_program({"/usr/bin/getent", "passwd", to_string(owner.uid)});
  const std::string entry = found ? found->substr(0, found->find('\n')) : "";
  std::vector<std::string_view> fields = split(entry, ':');
  constexpr std::size_t home = 5;
  constexpr std::size_t shell = 6;
  fields.resize(shell + 1);
  const auto or_else = [&](std::size_t field, const char* usual) {
    return fields[field].empty() ? std::string(usual) : std::string(fields[field]);
  };
  const std::pair<std::string, std::string> facts[] = {{"HOME=", or_else(home, "/")},
                                                       {"USER=", owner.user_name},
                                                       {"LOGNAME=", owner.user_name},
                                                       {"SHELL=", or_else(shell, "/bin/sh")},
                                                       {"PATH=", "/usr/local/bin:/usr/bin:/bin"}};
  for (const auto& [name, value] : facts) {
    const auto brought = [&](const std::string& entry) { return entry.starts_with(name); };
    if (std::none_of(environment.begin(), environment.end(), brought)) environment.push_back(name + value);
  }
}

// Of the script; the batch host is the first of the job's nodes.
void add_gpus(LaunchBatch& order, const std::vector<std::string>& names) {
  const GpuGrant grant = gpu_grant(order.allocation.batch_share().gres);
  if (names.empty() && grant.empty()) return;
  std::erase_if(order.environment, [&](const std::string& variable) { return is_gpu_variable(variable, names); });
  for (std::string& variable : gpu_environment(grant, grant.gpus, names, true))
    order.environment.push_back(std::move(variable));
}

}  // namespace

Result<std::unique_ptr<Runner>> Stepd::make_runner() {
  auto* order = std::get_if<LaunchStep>(&launch_.order);
  if (!order) return make_batch();
  take_groups(order->owner);
  if (order->key.step == StepId::external()) return std::unique_ptr<Runner>(std::make_unique<ExternRunner>());
  StepSite site{short_host_name(), launch_.task_prolog, launch_.task_epilog, task_epilog_ms(), launch_.gpu_variables};
  site.propagate_priority = launch_.propagate_priority;
  auto step = std::make_unique<StepRunner>(*order, random_, zone_, std::move(site));
  step_ = step.get();
  return std::unique_ptr<Runner>(std::move(step));
}

Result<std::unique_ptr<Runner>> Stepd::make_batch() {
  LaunchBatch& order = std::get<LaunchBatch>(launch_.order);
  if (order.spec.launch.load_login_environment) add_login(order.spec.owner, order.environment);
  add_gpus(order, launch_.gpu_variables);
  take_groups(order.spec.owner);
  const BatchFacts facts{short_host_name(), launch_.script_path, error_head(time_now(), zone_)};
  LaunchRequest request = batch_request(order, facts);
  request.nice = task_nice({launch_.propagate_priority, getpriority(PRIO_PROCESS, 0), request.uid == root_uid},
                           request.environment);
  if (!launch_.task_prolog.empty()) request.prologs.push_back({"TaskProlog", launch_.task_prolog});
  BatchSite site{launch_.node_name, launch_.task_epilog, &zone_, task_epilog_ms()};
  TRY_ASSIGN(BatchRunner started, BatchRunner::start(std::move(request), order.job.job, std::move(site)));
  log_.line(LogLevel::verbose, fmt::format("the script runs as process {}", started.pid()));
  return std::unique_ptr<Runner>(std::make_unique<BatchRunner>(std::move(started)));
}

StepEnd Stepd::start() {
  auto made = make_runner();
  if (made) {
    runner_ = std::move(*made);
    return {};
  }
  log_.line("error: " + text_of(made.error()));
  return {files_failed, "", false, {}};
}

Status Stepd::run() {
  StepEnd end;
  if (const Status ready = get_ready(); ready)
    end = start();
  else
    end = {{1, 0}, text_of(ready.error()), true, {}};
  while (runner_ && !runner_->result()) {
    wait();
    serve();
    give_up_if_due();
    sample_if_due();
  }
  if (runner_) end.exit = *runner_->result();
  if (runner_) note_usage(end);
  end.survivors = survivors_;
  log_.line(LogLevel::verbose, fmt::format("ended with {}:{}", end.exit.status, end.exit.signal));
  return write_end(folder_, encode(end), step_ == nullptr);
}

// UnkillableStepTimeout: slurmd looks after what is left from then on.
void Stepd::give_up_if_due() {
  if (!runner_->killed() || runner_->result()) return;
  const StepTime now = time_now();
  const std::int64_t patience_ms = launch_.unkillable_timeout.value * 1000;
  if (!give_up_ms_) give_up_ms_ = now.monotonic_ms + patience_ms;
  if (now.monotonic_ms < *give_up_ms_) return;
  give_up_ms_ = now.monotonic_ms + patience_ms;
  std::vector<FoundProcess> left = find_descendants();
  const std::vector<pid_t> helpers = runner_->helpers();
  std::erase_if(left, [&](const FoundProcess& one) {
    return std::find(helpers.begin(), helpers.end(), one.pid) != helpers.end();
  });
  if (left.empty()) return;  // it is something else that we wait for
  survivors_ = describe_survivors(left);
  runner_->abandon(now);
}

// Often at first, so that a short step has been looked at too, then every JobAcctGatherFrequency. What was seen stands
// in the step's folder for sstat.
void Stepd::sample_if_due() {
  constexpr std::int64_t first_gap_ms = 100;
  if (!launch_.sample_every || launch_.sample_every->value == 0 || runner_->tasks().empty()) return;
  const std::int64_t now_ms = mono_now().millis;
  if (sample_gap_ms_ == 0) sample_at_ms_ = now_ms + (sample_gap_ms_ = first_gap_ms);
  if (now_ms < sample_at_ms_) return;
  sample_gap_ms_ = std::min(2 * sample_gap_ms_, launch_.sample_every->value * 1000);
  sample_at_ms_ = now_ms + sample_gap_ms_;
  runner_->sample();
  RunningStep seen{{}, runner_->usage().result(true), {}};
  for (const FoundProcess& process : find_descendants()) seen.pids.push_back(static_cast<std::uint32_t>(process.pid));
  if (const Status written = write_whole(folder_ + "/usage", encode(seen), false); !written)
    log_.line(LogLevel::verbose, "sstat sees nothing new: " + text_of(written.error()));
}

void Stepd::note_usage(StepEnd& end) {
  runner_->sample();
  const StepUsage usage = runner_->usage().result(launch_.sample_every.has_value());
  if (!runner_->tasks().empty()) end.usage = usage;
}

Status Stepd::get_ready() {
  TRY(reserve_end(folder_));
  return mark_started(folder_);
}

void Stepd::wait() {
  std::vector<pollfd> fds{{stepd_socket_fd, POLLIN, 0}};
  for (const FileDescriptor& slurmd : slurmds_) fds.push_back({slurmd.get(), POLLIN, 0});
  runner_->collect(fds);
  std::optional<std::int64_t> wake = runner_->wake_at_ms();
  if (give_up_ms_) wake = wake ? std::min(*wake, *give_up_ms_) : give_up_ms_;
  if (sample_gap_ms_ > 0) wake = wake ? std::min(*wake, sample_at_ms_) : sample_at_ms_;
  std::int64_t longest = wake ? std::max<std::int64_t>(0, *wake - mono_now().millis) : 3'600'000;
  if (runner_->hurried()) longest = 0;
  poll(fds.data(), fds.size(), static_cast<int>(std::min<std::int64_t>(longest, 3'600'000)));
}

void Stepd::serve() {
  accept_slurmd();
  for (std::size_t i = 0; i < slurmds_.size();) {
    auto received = receive_command(slurmds_[i].get());
    if (received && *received) {
      obey(std::move(**received));
      continue;
    }
    if (received)
      ++i;
    else
      slurmds_.erase(slurmds_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  runner_->serve(time_now());
}

// Root's and our own slurmd only: the folder is closed to others, and this is the second door.
void Stepd::accept_slurmd() {
  FileDescriptor fd(accept4(stepd_socket_fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return;
  auto peer = kernel_peer_of(fd.get());
  if (peer && (peer->uid == root_uid || peer->uid == Uid(geteuid()))) slurmds_.push_back(std::move(fd));
}

void Stepd::obey(ReceivedCommand received) {
  if (auto* finishing = std::get_if<StepdFinish>(&received.command.command)) return finish(*finishing);
  if (auto* order = std::get_if<StepdSignal>(&received.command.command))
    return runner_->signal(static_cast<int>(order->signal), order->shell_only);
  if (const auto* admit = std::get_if<StepdAdmit>(&received.command.command))
    return step_ ? step_->admit(admit->reader, admit->secret) : void();
  if (const auto* notice = std::get_if<StepdNotify>(&received.command.command))
    return runner_->tell(notice->message + "\n", time_now());
  const auto& attach = std::get<StepdAttach>(received.command.command);
  if (step_ && received.passed) step_->attach(received.passed.release(), attach.attach, time_now());
}

void Stepd::finish(const StepdFinish& order) {
  const StepTime now = time_now();
  if (!order.why.empty()) log_.line(fmt::format("error: *** {} ***", order.why));
  EndWords words{error_head(now, zone_), order.why};
  if (!words.why.empty()) {  // "CANCELLED AT 2026-11-23T10:00:00 DUE TO TIME LIMIT"
    const std::size_t word = std::min(words.why.find(' '), words.why.size());
    words.why.insert(word, " AT " + instant_text(now.wall, zone_));
  }
  const std::int64_t kill_wait_ms = order.kill_wait.value * 1000;
  runner_->end(words, kill_wait_ms, now);
}

}  // namespace slurmxx
