// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sattach/attach_client.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "cli/this_process.h"
#include "commands/srun/task_ends.h"
#include "core/hostlist/hostlist.h"

namespace slurmxx {
namespace {

constexpr int signal_base = 128;

bool filtered_out(const std::optional<std::int64_t>& filter, std::uint32_t task) { return filter && *filter != task; }

}  // namespace

std::string layout_text(const StepLayout& layout) {
  std::string text = fmt::format("Job step layout:\n\t{} tasks, {} nodes ({})\n\n", layout.task_ids.size(),
                                 layout.nodes.size(), fold_hosts(layout.nodes));
  auto task = layout.task_ids.begin();
  for (std::size_t n = 0; n < layout.nodes.size() && n < layout.task_count.size(); ++n) {
    text += fmt::format("\tNode {} ({}), {} task(s): ", n, layout.nodes[n], layout.task_count[n]);
    for (std::uint32_t i = 0; i < layout.task_count[n] && task != layout.task_ids.end(); ++i)
      text += fmt::format("{} ", *task++);
    text += '\n';
  }
  return text;
}

AttachClient::AttachClient(StepReply step, const SattachOptions& options, AttachPorts ports)
    : step_(std::move(step)), options_(options), ports_(std::move(ports)) {}

int AttachClient::run() {
  nodes_.resize(options_.layout ? 1 : step_.addresses.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) open(nodes_[i], i);
  while (!over()) {
    wait_for_events();
    for (Node& node : nodes_) serve(node);
    tell_attached();
  }
  return status_;
}

bool AttachClient::over() const {
  return leaving_ || std::all_of(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.done; });
}

void AttachClient::open(Node& node, std::size_t place) {
  node.name = step_.addresses[place].name;
  const auto fd = ports_.connect(step_.addresses[place]);
  if (!fd) return lose(node, fd.error().message);
  if (const Status opened = node.wire.open(*fd, step_, ports_.random); !opened) lose(node, opened.error().message);
}

void AttachClient::wait_for_events() {
  std::vector<pollfd> fds{{ports_.signal_fd, POLLIN, 0}};  // poll(2) passes over -1
  bool room = true;
  for (const Node& node : nodes_) {
    if (node.done) continue;
    fds.push_back(node.wire.poll_entry());
    room = room && node.wire.has_room();
  }
  const bool wants_input = input_open_ && room && !options_.layout;
  if (wants_input) fds.push_back({ports_.input_fd, POLLIN, 0});
  if (poll(fds.data(), fds.size(), -1) < 0) return;
  if (fds.front().revents != 0) return read_signal();
  if (wants_input && fds.back().revents != 0) read_input();
}

void AttachClient::read_signal() {
  signalfd_siginfo info{};
  if (read(ports_.signal_fd, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
  leave(signal_base + static_cast<int>(info.ssi_signo));
}

// Its end is not told: the tasks may have others who type.
void AttachClient::read_input() {
  std::string bytes(step_chunk_bytes, '\0');
  const ssize_t n = read(ports_.input_fd, bytes.data(), bytes.size());
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n <= 0) return void(input_open_ = false);
  bytes.resize(static_cast<std::size_t>(n));
  std::optional<std::uint32_t> task;
  if (options_.input_filter) task = static_cast<std::uint32_t>(*options_.input_filter);
  if (options_.pty) task = 0;
  for (Node& node : nodes_) {
    if (node.done || !node.wire.secured()) continue;
    if (const Status sent = node.wire.send(TaskInput{task, bytes}); !sent) continue;  // serve() hears why
  }
}

void AttachClient::serve(Node& node) {
  if (node.done || leaving_) return;
  Status status = node.wire.exchange();
  while (!node.done && !leaving_) {
    const auto message = node.wire.next([] { return StepInput(WindowSize{}); });
    if (!message) {
      status = message.error();
      break;
    }
    if (!*message) break;
    take(node, **message);
  }
  if (node.done || leaving_) return node.wire.close();
  if (!status) return lose(node, status.error().message);
  if (node.wire.peer_closed()) lose(node, "the node closed the connection");
}

void AttachClient::take(Node& node, const StepOutput& message) {
  if (const auto* facts = std::get_if<StepFacts>(&message)) {
    node.attached = true;
    return meet(*facts);
  }
  if (const auto* output = std::get_if<TaskOutput>(&message)) return print(*output);
  if (const auto* exited = std::get_if<TaskExited>(&message)) return tell_end(*exited);
  if (const auto* skipped = std::get_if<OutputSkipped>(&message))
    ports_.messages.error("{}: {} bytes of output are left out: they were not read in time", node.name, skipped->bytes);
  if (const auto* failed = std::get_if<StepFailed>(&message)) {
    ports_.messages.error("{}: {}", node.name, failed->reason);
    status_ = std::max(status_, static_cast<int>(failed->exit_status));
  }
  if (std::holds_alternative<NodeDone>(message)) node.done = true;
}

void AttachClient::meet(const StepFacts& facts) {
  if (options_.layout) {
    write_all(ports_.output_fd, layout_text(facts.layout));
    return leave(0);
  }
  if (options_.pty && !facts.terminal) {
    ports_.messages.error("the step has no terminal: --pty wants one that srun --pty started");
    return leave(1);
  }
  if (text_) return;
  TaskOutputStyle style;
  style.label = options_.label;
  style.unbuffered = options_.pty;
  style.task_count = static_cast<std::uint32_t>(facts.layout.task_ids.size());
  text_.emplace(style);
  attached_to_ = fmt::format("attached to step {}.{}: {} tasks on {}", step_.key.job.value, to_string(step_.key.step),
                             style.task_count, fold_hosts(facts.layout.nodes));
}

// From then on no line is missed.
void AttachClient::tell_attached() {
  const auto is_settled = [](const Node& node) { return node.attached || node.done; };
  if (attached_to_.empty() || !std::ranges::all_of(nodes_, is_settled)) return;
  ports_.messages.verbose("{}", std::exchange(attached_to_, ""));
}

void AttachClient::print(const TaskOutput& output) {
  if (!text_ || filtered_out(output.is_error ? options_.error_filter : options_.output_filter, output.task)) return;
  write_all(output.is_error ? ports_.error_fd : ports_.output_fd,
            text_->take(output.task, output.is_error, output.bytes));
}

void AttachClient::tell_end(const TaskExited& exited) {
  status_ = std::max(status_, exit_status_of(exited.exit));
  if (exited.exit.signal != 0)
    ports_.messages.error("task {} was ended by signal {}", exited.task, exited.exit.signal);
  else if (exited.exit.status != 0)
    ports_.messages.error("task {} exited with exit code {}", exited.task, exited.exit.status);
}

void AttachClient::lose(Node& node, const std::string& why) {
  node.done = true;
  node.wire.close();
  ports_.messages.error("{}: {}", node.name, why);
  status_ = std::max(status_, 1);
}

void AttachClient::leave(int status) {
  status_ = status;
  leaving_ = true;
}

}  // namespace slurmxx
