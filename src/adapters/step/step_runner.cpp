// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// serve() tries everything once; what would block is left for the next poll. How tasks start:
// step_runner_start.cpp; how they end: step_runner_ends.cpp.
#include "adapters/step/step_runner.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/step/pseudo_terminal.h"
#include "adapters/step/step_gpus.h"
#include "adapters/step/step_processes.h"
#include "core/text/instant_text.h"

namespace slurmxx {
namespace {

constexpr char end_of_input = 'D' & 0x1f;  // as it is typed at a terminal

bool hung_up(int fd) {
  pollfd one{fd, POLLRDHUP, 0};
  return poll(&one, 1, 0) > 0;
}

}  // namespace

std::string error_head(StepTime now, const TimeZone& zone) {
  return fmt::format("[{}.{:03}] error: ", instant_text(now.wall, zone), now.wall_millis);
}

void close_fd(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

std::uint32_t shell_status(ExitCode code) {
  constexpr std::uint32_t signal_base = 128;
  return code.signal != 0 ? signal_base + code.signal : code.status;
}

ExitCode highest(ExitCode a, ExitCode b) { return shell_status(b) > shell_status(a) ? b : a; }

StepRunner::StepRunner(LaunchStep order, Random& random, const TimeZone& zone, StepSite site)
    : order_(std::move(order)),
      random_(random),
      zone_(zone),
      site_(std::move(site)),
      others_{{}, {order_.key.step, order_.layout.nodes.size(), order_.secret, site_.connect}} {
  place_.job = order_.told_job();
  if (order_.leader) place_.component = order_.key.job;
  place_.step = order_.key.step;
  place_.nodes = order_.layout.nodes;
  place_.task_count = order_.layout.task_count;
  place_.task_ids = order_.layout.task_ids;
  place_.node_rank = order_.node_rank;
  place_.network_address = order_.network_address;
  place_.network_pattern = order_.network_pattern;
  place_.cpus_on_node = order_.share.usable_cpus();
  place_.cpus_per_task = order_.cpus_per_task;
  for (const std::uint32_t id : tasks_of_node(place_)) tasks_.push_back({.id = id});
  place_.gpus = gpus_of_step(order_, site_.gpu_variables, static_cast<std::uint32_t>(tasks_.size()));
}

StepRunner::~StepRunner() {
  for (Task& task : tasks_) {
    close_fd(task.input);
    for (Stream& stream : task.streams) close_fd(stream.fd);
    for (int& fd : task.theirs) close_fd(fd);
    if (task.process && task.exit) waitpid(task.process->pid(), nullptr, WNOHANG);
  }
}

void StepRunner::attach(int fd, const AttachStep& attach, StepTime now) {
  if (!attach.reader.empty()) return others_.readers.attach(fd, attach, random_, now.wall);
  if (attach.forward) return others_.forwarder.attach(fd, attach, random_, now.wall);
  StepStream stream(fd);
  std::string refusal;
  if (srun_ || started_) refusal = "another srun is attached to this step";
  if (candidates_.size() >= step_candidates_max) candidates_.erase(candidates_.begin());  // it had time to prove itself
  if (!answer_attachment(stream, {attach, order_.secret, std::move(refusal)}, random_, now.wall)) return;
  candidates_.push_back(std::move(stream));
}

void StepRunner::serve_candidates(StepTime now) {
  for (std::size_t i = 0; i < candidates_.size() && !srun_;) {
    StepStream& candidate = candidates_[i];
    const bool good = candidate.read().ok() && candidate.flush().ok();
    auto first = candidate.next<StepInput>(now.wall);
    if (first && *first) {
      if (const auto* size = std::get_if<WindowSize>(&**first)) window_ = *size;
      srun_ = std::move(candidate);
    } else if (good && first && !candidate.peer_closed()) {
      ++i;
      continue;
    }
    candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (!srun_) return;
  candidates_.clear();
  auto mpi = make_step_mpi(order_);
  if (mpi)
    mpi_ = std::move(*mpi);
  else
    fail_step(mpi.error().message, now);
}

// What a reader is told first: the layout, and which tasks have ended already.
std::vector<StepOutput> StepRunner::greeting() const {
  std::vector<StepOutput> messages{StepFacts{order_.layout, order_.command.pty}};
  for (const Task& task : tasks_)
    if (task.end_told) messages.emplace_back(TaskExited{task.id, *task.exit});
  return messages;
}

// Well below input_full(): what readers type never keeps srun's messages waiting.
bool StepRunner::typing_wanted() const {
  const auto much = [](const Task& task) { return task.unwritten.size() >= step_pending_bytes / 2; };
  return started_ && std::none_of(tasks_.begin(), tasks_.end(), much);
}

void StepRunner::serve_readers(StepTime now) {
  for (const TaskInput& typed : others_.readers.serve(greeting(), typing_wanted(), now.wall))
    take_input(StepInput(typed));
}

// Other nodes of the step may not be done when this one is.
bool StepRunner::carries_on(StepTime now) const {
  return others_.forwarder.busy() && !(due_.forward && now.monotonic_ms >= *due_.forward);
}

bool StepRunner::readers_behind(StepTime now) {
  if (!others_.readers.pending()) return false;
  if (!due_.readers) due_.readers = now.monotonic_ms + reader_grace_ms;
  return now.monotonic_ms < *due_.readers;
}

void StepRunner::take_window(const WindowSize& size) {
  window_ = size;
  for (const Task& task : tasks_)
    if (task.terminal && task.streams[0].fd >= 0) set_window_size(task.streams[0].fd, size);
}

void StepRunner::serve_srun(StepTime now) {
  if (!srun_) return;
  bool good = srun_->flush().ok();
  if (good) good = input_full() ? !hung_up(srun_->fd()) : srun_->read().ok();
  while (good && !input_full()) {
    auto message = srun_->next<StepInput>(now.wall);
    good = message.ok();
    if (!good || !*message) break;
    take_input(**message);
  }
  if (good && !srun_->peer_closed()) return;
  srun_.reset();
  if (done_sent_) return;
  end({}, step_kill_wait_ms, now);
}

bool StepRunner::input_full() const {
  const auto full = [](const Task& task) { return task.unwritten.size() >= step_pending_bytes; };
  return !started_ || std::any_of(tasks_.begin(), tasks_.end(), full);
}

void StepRunner::take_input(const StepInput& input) {
  if (const auto* order = std::get_if<TaskSignal>(&input)) return signal(static_cast<int>(order->signal));
  if (const auto* all = std::get_if<StepExchanged>(&input); all && mpi_) return mpi_->exchanged(*all);
  if (const auto* message = std::get_if<StepRelayed>(&input); message && mpi_) return mpi_->relayed(*message);
  if (const auto* size = std::get_if<WindowSize>(&input)) return take_window(*size);
  const auto* bytes = std::get_if<TaskInput>(&input);
  if (bytes == nullptr) return;
  for (Task& task : tasks_) {
    if ((bytes->task && *bytes->task != task.id) || task.input < 0) continue;
    if (bytes->bytes.empty() && task.terminal && !task.input_over) task.unwritten += end_of_input;
    if (bytes->bytes.empty()) task.input_over = true;
    if (!task.input_over) task.unwritten += bytes->bytes;
  }
}

void StepRunner::write_inputs() {
  for (Task& task : tasks_) {
    while (task.input >= 0 && !task.unwritten.empty()) {
      const ssize_t n = write(task.input, task.unwritten.data(), task.unwritten.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) break;
      if (n > 0) {
        task.unwritten.erase(0, static_cast<std::size_t>(n));
        continue;
      }
      close_fd(task.input);  // the task reads no more
      task.unwritten.clear();
    }
    if (task.input_over && task.unwritten.empty() && !task.terminal) close_fd(task.input);
  }
}

void StepRunner::read_streams(StepTime now) {
  for (Task& task : tasks_) {
    for (Stream& stream : task.streams) {
      if (stream.fd < 0) continue;
      if (srun_ && !srun_->has_room()) return;
      ssize_t n = 0;
      do n = read(stream.fd, chunk_.data(), chunk_.size());
      while (n < 0 && errno == EINTR);
      const bool empty = n < 0 && errno == EAGAIN;
      if (empty && !all_ended_) continue;
      send(TaskOutput{task.id, stream.is_error, std::string(chunk_.data(), n > 0 ? static_cast<std::size_t>(n) : 0)},
           now);  // no bytes: the stream's end
      if (n <= 0) close_fd(stream.fd);
      stream.left = n <= 0 ? 0 : stream.left - std::min(stream.left, static_cast<std::size_t>(n));
    }
  }
}

void StepRunner::serve(StepTime now) {
  if (result_) return;
  if (!started_ && !due_.attach)
    due_.attach = now.monotonic_ms + (order_.command.executable.empty() ? attach_wait_ms : bcast_wait_ms);
  if (!started_ && !srun_) serve_candidates(now);
  if (!started_ && now.monotonic_ms >= *due_.attach)
    fail_step(srun_ ? "MPI was not ready in time" : "no srun attached to the step in time", now);
  if (!started_ && srun_gone_ && !srun_ && candidates_.empty()) fail_step("its srun is gone", now);
  serve_mpi(now);
  start_when_ready(now);
  serve_srun(now);
  serve_mpi(now);
  if (due_.kill && now.monotonic_ms >= *due_.kill) {
    due_.kill.reset();
    signal(SIGKILL);
  }
  serve_readers(now);
  others_.forwarder.serve(now.wall);
  write_inputs();
  look_for_ends(now);
  read_streams(now);
  tell_ends(now);
  if (srun_) serve_srun(now);
  serve_mpi(now);  // what srun has passed on meanwhile
  serve_readers(now);
  finish(now);
}

// From the first node alone: srun has one pair of ears.
void StepRunner::tell(const std::string& line, StepTime now) {
  if (srun_ && !tasks_.empty() && place_.node_rank == 0) send(TaskOutput{tasks_.front().id, true, line}, now);
}

void StepRunner::signal(int signal, bool) {
  signals_.kill = signals_.kill || signal == SIGKILL;
  signals_.any = signals_.any || signal != 0;
  if (signal == 0) srun_gone_ = true;
  if (signal != 0) signal_step(filter(), leaders(), signal);
}

void StepRunner::end(const EndWords& words, std::int64_t kill_wait_ms, StepTime now) {
  if (!words.why.empty() && srun_ && !tasks_.empty()) {
    const std::string line = fmt::format("{}*** STEP {}.{} ON {} {} ***\n", words.head, order_.key.job.value,
                                         to_string(order_.key.step), place_.nodes[place_.node_rank], words.why);
    send(TaskOutput{tasks_.front().id, true, line}, now);
  }
  if (!started_) return fail_step("the step was ended before its srun attached", now);
  signal(SIGCONT);
  signal(SIGTERM);
  const std::int64_t at = now.monotonic_ms + kill_wait_ms;
  if (!due_.kill || at < *due_.kill) due_.kill = at;
  due_.forward = *due_.kill + forward_grace_ms;
}

void StepRunner::fail_step(const std::string& reason, StepTime now) {
  started_ = true;
  send(StepFailed{reason, step_failed_status}, now);
  signal(SIGKILL);
}

void StepRunner::send(const StepOutput& message, StepTime now) {
  const bool between_nodes =
      std::holds_alternative<StepExchange>(message) || std::holds_alternative<StepRelay>(message);
  if (!between_nodes) others_.readers.tell(message, now.wall);
  if (!srun_) return;
  if (const Status status = srun_->send(message, now.wall); !status) srun_.reset();
}

OrphanFilter StepRunner::filter() const {
  return {.job = order_.key.job,
          .owner = order_.owner.uid,
          .step = order_.key.step,
          .node = place_.node_rank < place_.nodes.size() ? place_.nodes[place_.node_rank] : std::string(),
          .spared = mpi_ ? mpi_->helpers() : std::vector<pid_t>()};
}

std::vector<TaskProcess> StepRunner::tasks() const {
  std::vector<TaskProcess> tasks;
  for (const Task& task : tasks_)
    if (task.process) tasks.push_back({task.id, task.process->pid()});
  return tasks;
}

std::vector<pid_t> StepRunner::leaders() const {
  std::vector<pid_t> pids;
  for (const Task& task : tasks_) {
    if (task.process) pids.push_back(task.process->pid());
    if (const auto epilog = task.epilogs ? task.epilogs->leader() : std::nullopt) pids.push_back(*epilog);
  }
  return pids;
}

void StepRunner::collect(std::vector<pollfd>& fds) const {
  for (const StepStream& candidate : candidates_) fds.push_back({candidate.fd(), POLLIN, 0});
  const bool room = !srun_ || srun_->has_room();
  if (srun_) {
    const int input = input_full() ? POLLRDHUP : POLLIN;
    fds.push_back({srun_->fd(), static_cast<short>(input | (srun_->pending() > 0 ? POLLOUT : 0)), 0});
  }
  others_.readers.collect(fds, typing_wanted());
  others_.forwarder.collect(fds);
  if (mpi_) mpi_->collect(fds);
  for (const Task& task : tasks_) {
    if (task.process && !task.exit && !task.waits_for_children) fds.push_back({task.process->pidfd(), POLLIN, 0});
    if (task.epilogs) task.epilogs->collect(fds);
    if (task.input >= 0 && !task.unwritten.empty()) fds.push_back({task.input, POLLOUT, 0});
    for (const Stream& stream : task.streams)
      if (stream.fd >= 0 && room) fds.push_back({stream.fd, POLLIN, 0});
  }
}

bool StepRunner::hurried() const {
  if (result_ || (others_.readers.hurried() && typing_wanted())) return true;
  if (!all_ended_ || (srun_ && !srun_->has_room())) return false;
  return std::any_of(tasks_.begin(), tasks_.end(),
                     [](const Task& task) { return task.streams[0].fd >= 0 || task.streams[1].fd >= 0; });
}

std::optional<std::int64_t> StepRunner::wake_at_ms() const {
  if (!started_) return due_.attach;
  std::optional<std::int64_t> wake = due_.kill;
  for (const auto& other : {due_.arrival, due_.look, due_.readers})
    if (other) wake = wake ? std::min(*wake, *other) : other;
  if (all_ended_ && due_.forward) wake = wake ? std::min(*wake, *due_.forward) : due_.forward;
  for (const Task& task : tasks_) {
    const auto epilog = task.epilogs ? task.epilogs->wake_at_ms() : std::nullopt;
    if (epilog) wake = wake ? std::min(*wake, *epilog) : epilog;
  }
  return wake;
}

}  // namespace slurmxx
