// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/step_client.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "adapters/time_zone.h"
#include "cli/this_process.h"
#include "commands/srun/terminal.h"
#include "core/text/instant_text.h"

namespace slurmxx {

namespace {
constexpr int tree_levels_max = 4;
constexpr std::chrono::milliseconds bad_end_grace(200);  // others that fail alike say so themselves
}  // namespace

StepClient::StepClient(StepReply step, StepClientOptions options, StepClientPorts ports)
    : step_(std::move(step)),
      options_(options),
      ports_(std::move(ports)),
      text_([&] {
        options.style.task_count = static_cast<std::uint32_t>(step_.layout.task_ids.size());
        return options.style;
      }()),
      ends_(options.ends_once),
      between_{StepExchanges(step_.layout.nodes), {}},
      tree_(step_, options.tree_width, ports_.connect, ports_.random) {
  running_ = step_.layout.task_ids;
}

int StepClient::run() {
  const StepLayout& layout = step_.layout;
  auto task = layout.task_ids.begin();
  for (std::size_t n = 0; n < layout.nodes.size() && n < layout.task_count.size(); ++n) {
    NodeLink& link = links_.emplace_back();
    link.name = layout.nodes[n];
    link.key = n < step_.keys.size() ? step_.keys[n] : step_.key;
    for (std::uint32_t i = 0; i < layout.task_count[n] && task != layout.task_ids.end(); ++i)
      link.tasks.push_back(*task++);
  }
  for (const NodeLink& link : links_) tell_launch(link);
  for (NodeLink& link : links_)
    if (const Status status = attach(link); !status) fail_link(link, status.error().message);
  while (!over() && wait_for_events()) {
    tree_.serve(wall_now());
    for (NodeLink& link : links_) attach_again(link);
    for (NodeLink& link : links_) serve(link);
    tell_ends();
    end_stragglers();
    act_on_abort();
  }
  for (int level = 0; level < tree_levels_max; ++level) tree_.serve(wall_now());  // last words
  if (ends_.any_signalled() && !told_of_abort_) ports_.messages.info("Force Terminated {}", step_text());
  const int of_tasks = ends_.any_signalled() ? ends_.exit_status() : std::max(ends_.exit_status(), statuses_.of_nodes);
  return statuses_.aborted.value_or(std::max(of_tasks, statuses_.own));
}

bool StepClient::over() const {
  return aborted_ || std::all_of(links_.begin(), links_.end(), [](const NodeLink& link) { return link.done; });
}

void StepClient::attach_again(NodeLink& link) {
  if (!link.attach_at || std::chrono::steady_clock::now() < *link.attach_at) return;
  link.attach_at.reset();
  if (const Status status = attach(link); !status) fail_link(link, status.error().message);
}

Status StepClient::attach(NodeLink& link) {
  TRY_ASSIGN(const int fd, tree_.connect(static_cast<std::size_t>(&link - links_.data())));
  link.stream.emplace(fd);
  link.nonce = ports_.random.bytes(step_nonce_bytes);
  TRY(link.stream->send(AttachStep{link.key, link.nonce}, wall_now()));
  return link.stream->flush();
}

bool StepClient::wait_for_events() {
  std::vector<pollfd> fds;
  std::vector<NodeLink*> polled;
  bool room = true;
  for (NodeLink& link : links_) {
    link.ready = false;
    if (!link.stream) continue;
    polled.push_back(&link);
    fds.push_back({link.stream->fd(), static_cast<short>(POLLIN | (link.stream->pending() > 0 ? POLLOUT : 0)), 0});
    room = room && (link.done || (link.secured && link.stream->has_room()));
  }
  tree_.collect(fds);
  const std::size_t signal_at = fds.size();
  if (ports_.signal_fd >= 0) fds.push_back({ports_.signal_fd, POLLIN, 0});
  const std::size_t input_at = fds.size();
  const bool wants_input = input_open_ && room;
  if (wants_input) fds.push_back({ports_.input_fd, POLLIN, 0});
  if (poll(fds.data(), fds.size(), poll_time()) < 0) return errno == EINTR;
  for (std::size_t i = 0; i < polled.size(); ++i) polled[i]->ready = fds[i].revents != 0;
  if (ports_.signal_fd >= 0 && fds[signal_at].revents != 0) read_signal();
  if (wants_input && fds[input_at].revents != 0) read_input();
  return true;
}

void StepClient::read_input() {
  if (!std::exchange(input_begun_, true) && options_.input_task)
    for (const std::uint32_t task : step_.layout.task_ids)
      if (task != *options_.input_task) send_all(TaskInput{task, ""});  // they read nothing
  std::string bytes(step_chunk_bytes, '\0');
  const ssize_t n = options_.forward_input ? read(ports_.input_fd, bytes.data(), bytes.size()) : 0;
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  send_all(TaskInput{options_.input_task, bytes});
  if (bytes.empty()) input_open_ = false;
}

void StepClient::send_all(const StepInput& message) {
  for (std::uint32_t node = 0; node < links_.size(); ++node) tell_node(node, message);
}

std::string StepClient::step_text() const {
  return fmt::format("StepId={}.{}", step_.key.job.value, to_string(step_.key.step));
}

void StepClient::tell_launch(const NodeLink& link) const {
  const std::string tasks = tasks_text(link.tasks);
  ports_.messages.verbose("launching {} on host {}, {} tasks: {}", step_text(), link.name, link.tasks.size(),
                          tasks.substr(tasks.find(' ') + 1));
}

void StepClient::serve(NodeLink& link) {
  if (!link.stream || link.done || !link.ready) return;
  Status status = link.stream->exchange();
  const Status heard = hear(link);  // what came before the end counts
  if (status) status = heard;
  if (link.done) return link.stream.reset();
  if (!status) return fail_link(link, status.error().message);
  if (link.stream->peer_closed()) fail_link(link, "the node closed the connection");
}

Status StepClient::hear(NodeLink& link) {
  if (!link.secured) {
    TRY_ASSIGN(const auto answer, link.stream->next<AttachAnswer>(wall_now()));
    if (!answer) return {};
    link.refused = !answer->refusal.empty();
    if (link.refused) return fail(answer->refusal);
    link.stream->secure(step_keys({step_.secret, link.nonce, answer->nonce}, StepSide::srun));
    link.secured = true;
    TRY(link.stream->send(StepInput(window_size_of(ports_.input_fd)), wall_now()));
    for (const StepInput& message : std::exchange(link.not_yet, {})) TRY(link.stream->send(message, wall_now()));
    TRY(link.stream->flush());
  }
  while (!link.done) {
    TRY_ASSIGN(const auto message, link.stream->next<StepOutput>(wall_now()));
    if (!message) return {};
    take(link, *message);
  }
  return {};
}

void StepClient::take(NodeLink& link, const StepOutput& message) {
  if (const auto* output = std::get_if<TaskOutput>(&message)) return print(*output);
  if (std::holds_alternative<TasksStarted>(message))
    ports_.messages.verbose("Node {}, {} tasks started", link.name, link.tasks.size());
  if (const auto* exited = std::get_if<TaskExited>(&message)) {
    ports_.messages.verbose("Received task exit notification for 1 task of {} (status=0x{:04x}).", step_text(),
                            exited->exit.status << 8 | exited->exit.signal);
    if (exited->exit == ExitCode{}) ports_.messages.verbose("{}: task {}: Completed", link.name, exited->task);
    ends_.add(link.name, exited->task, exited->exit);
    std::erase(running_, exited->task);
    if (!first_end_) first_end_ = std::chrono::steady_clock::now();
  }
  if (const auto* failed = std::get_if<StepFailed>(&message)) {
    ports_.messages.error("{}: {}", link.name, failed->reason);
    statuses_.own = std::max(statuses_.own, static_cast<int>(failed->exit_status));
  }
  if (const auto* done = std::get_if<NodeDone>(&message)) {
    statuses_.of_nodes = std::max(statuses_.of_nodes, exit_status_of(done->exit));
    link.done = true;
    leave(link);
  }
  take_for_others(link, message);
}

// What nodes say to each other, and an abort: MPI.
void StepClient::take_for_others(NodeLink& link, const StepOutput& message) {
  const auto node = static_cast<std::uint32_t>(&link - links_.data());
  const auto* relay = std::get_if<StepRelay>(&message);
  if (relay && relay->to_node == step_relay_to_srun) return end_for_mpi(answer_of_name(node, relay->bytes));
  if (relay) return tell_node(relay->to_node, StepRelayed{node, relay->bytes});
  if (const auto* aborted = std::get_if<TaskAborted>(&message)) return abort(link, *aborted);
  const auto* part = std::get_if<StepExchange>(&message);
  if (part == nullptr) return;
  const auto complete = between_.exchanges.add(node, *part);
  if (!complete) return end_for_mpi(complete.error());
  if (!*complete) return;
  const StepInput all((*complete)->all);
  for (const std::uint32_t other : (*complete)->nodes) tell_node(other, all);
}

Status StepClient::answer_of_name(std::uint32_t node, const std::string& bytes) {
  TRY_ASSIGN(const PmiNameCall call, decode<PmiNameCall>(bytes));
  tell_node(node, StepRelayed{node, encode(between_.names.serve(call))});
  return {};
}

void StepClient::tell_node(std::uint32_t node, const StepInput& message) {
  if (node >= links_.size()) return;
  NodeLink& link = links_[node];
  if (link.done) return;
  if (!link.secured) return link.not_yet.push_back(message);
  Status status = link.stream->send(message, wall_now());
  if (status) status = link.stream->flush();
  if (status) return;
  link.ready = true;
  serve(link);  // its last words
  if (!link.done) lose(link, status.error().message);
}

void StepClient::abort(const NodeLink& link, const TaskAborted& aborted) {
  if (terminated_) return;
  terminated_ = true;
  const int status = static_cast<int>(aborted.exit_status & 0xff);
  if (status != 0) statuses_.aborted = status;
  const std::string why = aborted.message.empty() ? "" : ": " + aborted.message;
  ports_.messages.error("{}: task {}: aborted the step with code {}{}", link.name, aborted.task, aborted.exit_status,
                        why);
  tell_of_abort();
  send_all(TaskSignal{SIGKILL});
}

void StepClient::leave(const NodeLink& link) {
  end_for_mpi(between_.exchanges.left(static_cast<std::uint32_t>(&link - links_.data())));
}

void StepClient::end_for_mpi(const Status& status) {
  if (status || terminated_) return;
  terminated_ = true;
  ports_.messages.error(status.error());
  statuses_.own = std::max(statuses_.own, 1);
  ports_.messages.info("Force Terminated {}", step_text());
  told_of_abort_ = true;
  send_all(TaskSignal{SIGKILL});
}

void StepClient::print(const TaskOutput& output) {
  const auto& only = output.is_error ? options_.error_task : options_.output_task;
  if (only && *only != output.task) return;
  write_all(output.is_error ? ports_.error_fd : ports_.output_fd,
            text_.take(output.task, output.is_error, output.bytes));
}

void StepClient::tell_ends() {
  for (const std::string& line : ends_.lines()) ports_.messages.error("{}", line);
  const bool component_ended = !step_.keys.empty() && ends_.any_signalled();  // of a heterogeneous job: all go along
  const auto now = std::chrono::steady_clock::now();
  if (options_.kill_on_bad_exit && ends_.any_failed() && !bad_end_) bad_end_ = now;
  const bool ends_step = component_ended || (bad_end_ && now >= *bad_end_ + bad_end_grace);
  if (!ends_step || terminated_ || running_.empty()) return;
  ports_.messages.info("Terminating {}", step_text());
  end_tasks();
}

int StepClient::wait_left() const {
  auto until = stragglers_until();
  if (bad_end_ && !terminated_ && !running_.empty())
    until = std::min(until.value_or(*bad_end_ + bad_end_grace), *bad_end_ + bad_end_grace);
  if (const auto abort = abort_.next(); abort && (!until || *abort < *until)) until = abort;
  if (!until) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT32_MAX));
}

int StepClient::poll_time() const {
  int time = wait_left();
  for (const NodeLink& link : links_) {
    if (!link.attach_at) continue;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*link.attach_at - std::chrono::steady_clock::now()).count();
    const int until = static_cast<int>(std::max<std::int64_t>(0, left));
    time = time < 0 ? until : std::min(time, until);
  }
  return time;
}

void StepClient::fail_link(NodeLink& link, const std::string& why) {
  const auto now = std::chrono::steady_clock::now();
  const bool patient = now < begun_ + std::chrono::seconds(options_.attach_patience.value);
  const auto carrier = tree_.lost_carrier_of(static_cast<std::size_t>(&link - links_.data()));
  if (link.secured && carrier)
    return lose(link, fmt::format("the connection went through {}, which is lost", links_[*carrier].name));
  if (link.secured || link.refused || !patient) return lose(link, why);
  constexpr std::chrono::milliseconds pause(100);
  link.stream.reset();
  link.attach_at = now + pause;
}

void StepClient::lose(NodeLink& link, const std::string& why) {
  if (link.done) return;
  ports_.messages.error("{}: {}: {}", link.name, link.tasks.empty() ? "no task" : tasks_text(link.tasks), why);
  link.stream.reset();
  link.attach_at.reset();
  link.done = true;
  statuses_.own = std::max(statuses_.own, 1);
  leave(link);
}

}  // namespace slurmxx
