// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// srun and many nodes of one step, each a StepRunner in a thread behind a door of its own on loopback.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>

#include <doctest/doctest.h>

#include "adapters/net/listener.h"
#include "adapters/net/stream.h"
#include "adapters/step/step_runner.h"
#include "adapters/system_random.h"
#include "commands/srun/step_client.h"

using namespace slurmxx;

namespace {

StepTime now() {
  using namespace std::chrono;
  return {Instant{duration_cast<seconds>(system_clock::now().time_since_epoch()).count()},
          duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count()};
}

std::optional<AttachStep> first_frame(int fd) {
  FrameReader reader(4096);
  while (true) {
    const auto frame = reader.next();
    if (!frame) return std::nullopt;
    if (*frame) return decode<AttachStep>(**frame).value();
    pollfd one{fd, POLLIN, 0};
    poll(&one, 1, 5000);
    const auto more = read_available(fd, reader);
    if (!more || !*more) return std::nullopt;
  }
}

class Node {
 public:
  // `gone`: it answers nobody.
  Node(LaunchStep order, bool gone) : listener_(listen_on_port(0).value()), gone_(gone) {
    port_ = port_of(listener_.get());
    if (gone_) listener_ = FileDescriptor();
    if (!gone_) thread_ = std::thread([this, order = std::move(order)]() mutable { serve(std::move(order)); });
  }
  Node(const Node&) = delete;
  ~Node() {
    if (thread_.joinable()) thread_.join();
  }
  std::uint16_t port() const { return port_; }
  int forwards() const { return forwards_; }

 private:
  void serve(LaunchStep order) {
    SystemRandom random;
    StepRunner runner(std::move(order), random, utc(), StepSite{"n"});
    while (!runner.result()) {
      std::vector<pollfd> fds{{listener_.get(), POLLIN, 0}};
      runner.collect(fds);
      poll(fds.data(), fds.size(), runner.hurried() ? 0 : 1000);
      if (FileDescriptor fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)); fd)
        if (const auto attach = first_frame(fd.get())) {
          forwards_ += attach->forward ? 1 : 0;
          runner.attach(fd.release(), *attach, now());
        }
      runner.serve(now());
    }
  }

  FileDescriptor listener_;
  std::uint16_t port_ = 0;
  bool gone_;
  std::atomic<int> forwards_ = 0;
  std::thread thread_;
};

struct Run {
  int status = 0;
  std::string out, said;
  int straight = 0;  // connections that srun made itself
  std::vector<int> forwards;
};

std::string text_of(std::FILE* file) {
  std::string all(static_cast<std::size_t>(lseek(fileno(file), 0, SEEK_END)), '\0');
  REQUIRE(pread(fileno(file), all.data(), all.size(), 0) == static_cast<ssize_t>(all.size()));
  return all;
}

struct Tree {
  std::uint32_t nodes = 1;
  std::uint32_t width = 0;
  std::string input = "";
  std::optional<std::uint32_t> gone = std::nullopt;
};

Run run_tree(const Tree& tree, const std::string& command) {
  const auto& [nodes, width, input, gone] = tree;
  StepReply step;
  step.key = {JobId(1'600'000'000 + static_cast<std::uint32_t>(getpid()) % 1'000'000), 0, StepId{0}};
  step.secret = std::string(32, 'k');
  for (std::uint32_t n = 0; n < nodes; ++n) {
    step.layout.nodes.push_back("n" + std::to_string(n + 1));
    step.layout.task_count.push_back(1);
    step.layout.task_ids.push_back(n);
  }
  std::vector<std::unique_ptr<Node>> all;
  for (std::uint32_t n = 0; n < nodes; ++n) {
    LaunchStep order;
    order.key = step.key;
    order.owner.uid = Uid(getuid());
    order.owner.gid = Gid(getgid());
    order.command.arguments = {"sh", "-c", command};
    order.command.environment = {"PATH=/usr/bin:/bin"};
    order.command.work_dir = "/tmp";
    order.layout = step.layout;
    order.node_rank = n;
    order.secret = step.secret;
    all.push_back(std::make_unique<Node>(std::move(order), n == gone));
    step.addresses.push_back({step.layout.nodes[n], "127.0.0.1", all.back()->port()});
  }
  Run run;
  SystemRandom random;
  const Messages messages("srun", [&](std::string_view line) { run.said += line; });
  std::FILE* in = std::tmpfile();
  std::FILE* out = std::tmpfile();
  REQUIRE(pwrite(fileno(in), input.data(), input.size(), 0) == static_cast<ssize_t>(input.size()));
  const auto connect = [&](const NodeAddress& address) {
    ++run.straight;
    return connect_to_door({0, address.address, address.port});
  };
  StepClientOptions options;
  options.tree_width = width;
  {
    StepClient client(step, options, {connect, random, messages, fileno(in), fileno(out), fileno(out), -1});
    run.status = client.run();
  }
  for (const auto& node : all) run.forwards.push_back(node->forwards());
  all.clear();
  run.out = text_of(out);
  std::fclose(in);
  std::fclose(out);
  return run;
}

}  // namespace

TEST_CASE("srun speaks to few nodes itself, and hears all of them") {
  const Run run = run_tree({9, 3}, "echo $SLURM_PROCID");
  CHECK(run.status == 0);
  CHECK(run.said.empty());
  std::string sorted = run.out;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == "\n\n\n\n\n\n\n\n\n012345678");
  CHECK(run.straight == 6);  // to each of three, for itself and for those behind it
  CHECK(run.forwards == std::vector<int>{1, 0, 0, 1, 0, 0, 1, 0, 0});
}

TEST_CASE("a tree of several levels carries input to every task and much output back") {
  const Run run =
      run_tree({8, 2, "0123456\n"}, "read line; i=0; while [ $i -lt 20000 ]; do echo $line; i=$((i+1)); done");
  CHECK(run.status == 0);
  CHECK(run.said.empty());
  CHECK_MESSAGE(run.out.size() == std::size_t{8} * 20000 * 8, run.out.substr(0, 64));
  CHECK(run.straight == 4);
}

TEST_CASE("the exit status of a task behind two others is srun's") {
  const Run run = run_tree({8, 2}, "exit $((SLURM_PROCID == 3 ? 7 : 0))");
  CHECK(run.status == 7);
  CHECK(run.said == "srun: error: n4: task 3: Exited with exit code 7\n");
}

TEST_CASE("a node that answers nobody keeps srun from none of those behind it") {
  const Run run = run_tree({6, 2, "", 0}, "echo $SLURM_PROCID");
  CHECK(run.status == 1);
  CHECK(run.said.find("n1: task 0: ") != std::string::npos);
  std::string sorted = run.out;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == "\n\n\n\n\n12345");
}
