// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sbcast/broadcast.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "base/check.h"
#include "core/text/words.h"
#include "wire/frame.h"

namespace slurmxx {
namespace {

constexpr Seconds start_time{60};                // until a node's receiver runs: the job's prolog may be under way
constexpr std::chrono::seconds cleanup_time{5};  // for what the other nodes have written when one fails
constexpr std::size_t errors_max = 4096;
constexpr int poll_step_ms = 200;  // how often patience is looked at

std::string framed(const FileMessage& message) {
  std::string frame;
  const Status fits = append_frame(frame, encode(message));
  SLURMXX_CHECK(fits.ok());
  return frame;
}

}  // namespace

Broadcast::Broadcast(StepReply step, BroadcastOptions options, BroadcastPorts ports)
    : step_(std::move(step)),
      options_(options),
      ports_(std::move(ports)),
      tree_(step_, options_.tree_width, ports_.connect, ports_.random) {}

bool Broadcast::run(std::vector<SourceFile> files) {
  files_ = std::move(files);
  nodes_.resize(step_.layout.nodes.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) open(nodes_[i], i);
  while (!over()) {
    feed();
    wait_for_events();
    tree_.serve(wall_now());
    for (Node& node : nodes_) serve(node);
  }
  return !failed_;
}

bool Broadcast::over() const {
  const bool all_done = std::all_of(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.done; });
  return all_done || (phase_ == Phase::given_up && Clock::now() - given_up_at_ > cleanup_time);
}

void Broadcast::open(Node& node, std::size_t place) {
  node.name = step_.layout.nodes[place];
  node.heard = Clock::now();
  const auto fd = tree_.connect(place);
  if (!fd) return lose(node, fd.error().message);
  if (const Status opened = node.wire.open(*fd, step_, ports_.random); !opened) lose(node, opened.error().message);
}

// ---- to the nodes

bool Broadcast::all_have_room() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.done || node.wire.has_room(); });
}

void Broadcast::feed() {
  while (phase_ == Phase::sending && all_have_room()) {
    if (piece_at_ == piece_.size()) {
      next_piece();
      continue;
    }
    const std::string_view chunk = std::string_view(piece_).substr(piece_at_, step_chunk_bytes);
    for (Node& node : nodes_) send_chunk(node, chunk);
    piece_at_ += chunk.size();
  }
}

void Broadcast::next_piece() {
  piece_at_ = 0;
  piece_.clear();
  if (file_ == files_.size()) {
    phase_ = Phase::checking;
    return send_to_all(FilesCheck{});
  }
  if (!file_begun_) return begin_file();
  SourceFile& file = files_[file_];
  auto block = read_block(file, options_.block_bytes, options_.compress);
  if (!block) {
    ports_.messages.error(block.error());
    return give_up();
  }
  file_sent_ += block->plain_bytes != 0 ? block->plain_bytes : block->bytes.size();
  if (!block->bytes.empty()) {
    piece_ = framed(std::move(*block));
    return;
  }
  if (file_sent_ != file.size) {
    ports_.messages.error("`{}` had {} bytes, and {} when it was sent: it changed meanwhile", file.source, file.size,
                          file_sent_);
    return give_up();
  }
  piece_ = framed(FileEnd{file_sent_});
  ++file_;
  file_begun_ = false;
}

void Broadcast::begin_file() {
  SourceFile& file = files_[file_];
  file_begun_ = true;
  file_sent_ = 0;
  FileBegin begin = file.begin;
  begin.replace = options_.replace;
  begin.keep_times = options_.keep_times;
  begin.make_folder = file.make_folder;
  for (Node& node : nodes_) {
    begin.path = file.place(node.name);
    ports_.messages.debug("{}: {} becomes {}", node.name, file.source, begin.path);
    send_frame(node, begin);
  }
}

void Broadcast::send_frame(Node& node, const FileMessage& message) { send_chunk(node, framed(message)); }

void Broadcast::send_to_all(const FileMessage& message) {
  for (Node& node : nodes_) send_frame(node, message);
}

void Broadcast::send_chunk(Node& node, std::string_view bytes) {
  if (node.done || !node.wire.secured()) return;
  if (const Status sent = node.wire.send(TaskInput{{}, std::string(bytes)}); !sent) return;  // serve() hears why
}

// ---- from the nodes

void Broadcast::wait_for_events() {
  std::vector<pollfd> fds;
  for (const Node& node : nodes_)
    if (!node.done) fds.push_back(node.wire.poll_entry());
  if (fds.empty()) return;
  tree_.collect(fds);
  if (ports_.signal_fd >= 0) fds.push_back({ports_.signal_fd, POLLIN, 0});
  if (poll(fds.data(), fds.size(), poll_step_ms) < 0) return;
  if (ports_.signal_fd < 0 || fds.back().revents == 0) return;
  signalfd_siginfo info{};
  if (read(ports_.signal_fd, &info, sizeof info) != static_cast<ssize_t>(sizeof info) || info.ssi_signo == SIGWINCH)
    return;
  if (phase_ != Phase::given_up) ports_.messages.error("the broadcast was interrupted");
  give_up();
}

void Broadcast::serve(Node& node) {
  if (node.done) return;
  Status status = node.wire.exchange();
  while (!node.done) {
    const auto message = node.wire.next([] { return StepInput(WindowSize{}); });
    if (!message) {
      status = message.error();
      break;
    }
    if (!*message) break;
    node.heard = Clock::now();
    take(node, **message);
  }
  if (node.done) return node.wire.close();
  if (!status) return lose(node, status.error().message);
  if (node.wire.peer_closed()) return lose(node, "the node closed the connection");
  check_patience(node);
}

void Broadcast::take(Node& node, const StepOutput& message) {
  if (const auto* output = std::get_if<TaskOutput>(&message)) {
    std::string& text = output->is_error ? node.errors : node.answer;
    if (text.size() < errors_max) text += output->bytes;
    node.written = node.answer.find(files_written) != std::string::npos;
    const bool all = std::all_of(nodes_.begin(), nodes_.end(), [](const Node& one) { return one.written; });
    if (phase_ != Phase::checking || !all) return;
    phase_ = Phase::committing;
    return send_to_all(FilesCommit{});
  }
  if (const auto* failed = std::get_if<StepFailed>(&message)) node.errors += failed->reason;
  const auto* done = std::get_if<NodeDone>(&message);
  if (done == nullptr) return;
  if (done->exit == ExitCode{}) {
    node.done = true;
    return;
  }
  const std::string_view why = trim(node.errors);
  if (why.empty() && phase_ == Phase::given_up) return void(node.done = true);  // as it was told to
  lose(node, why.empty() ? "the receiver of the file was killed" : std::string(why));
}

// What a node has not done yet, and could have.
bool Broadcast::owes(const Node& node) const {
  return !node.wire.secured() || node.wire.pending() > 0 || phase_ == Phase::committing ||
         (phase_ == Phase::checking && !node.written);
}

Seconds Broadcast::patience(const Node& node) const {
  return node.wire.secured() ? options_.timeout : std::max(options_.timeout, start_time);
}

void Broadcast::check_patience(Node& node) {
  const std::uint64_t taken = node.wire.written();
  if (!owes(node) || taken != node.taken_before) node.heard = Clock::now();
  node.taken_before = taken;
  const std::int64_t seconds = patience(node).value;
  if (phase_ == Phase::given_up || Clock::now() - node.heard <= std::chrono::seconds(seconds)) return;
  lose(node, fmt::format("the node has taken and said nothing for {} seconds: -t allows it more", seconds));
}

void Broadcast::lose(Node& node, const std::string& why) {
  node.done = true;
  node.wire.close();
  ports_.messages.error("{}: {}", node.name, why);
  give_up();
}

// The receivers' input ends before they were told to go on: they leave nothing.
void Broadcast::give_up() {
  failed_ = true;
  if (phase_ == Phase::given_up) return;
  phase_ = Phase::given_up;
  given_up_at_ = Clock::now();
  for (Node& node : nodes_) {
    if (node.done || !node.wire.is_open()) continue;
    if (!node.wire.secured() || !node.wire.send(TaskInput{{}, ""})) {
      node.done = true;
      node.wire.close();
    }
  }
}

}  // namespace slurmxx
