// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// srun's side against real tasks: each node is a StepRunner in a thread.
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include <doctest/doctest.h>

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

void serve_node(LaunchStep order, int fd) {
  SystemRandom random;
  StepRunner runner(std::move(order), random, utc(), StepSite{"n1"});
  std::string head(frame_header_bytes, '\0');
  recv(fd, head.data(), head.size(), MSG_WAITALL);
  std::string body(static_cast<unsigned char>(head[3]) + 256U * static_cast<unsigned char>(head[2]), '\0');
  recv(fd, body.data(), body.size(), MSG_WAITALL);
  runner.attach(fd, decode<AttachStep>(body).value(), now());
  while (!runner.result()) {
    std::vector<pollfd> fds;
    runner.collect(fds);
    poll(fds.data(), fds.size(), runner.hurried() ? 0 : 1000);
    runner.serve(now());
  }
}

// A file that is gone when it is closed.
class Scratch {
 public:
  Scratch() : file_(std::tmpfile()) {}
  ~Scratch() { std::fclose(file_); }
  int fd() const { return fileno(file_); }
  std::string text() const {
    std::string all(static_cast<std::size_t>(lseek(fd(), 0, SEEK_END)), '\0');
    REQUIRE(pread(fd(), all.data(), all.size(), 0) == static_cast<ssize_t>(all.size()));
    return all;
  }

 private:
  std::FILE* file_;
};

struct Run {
  int status = 0;
  std::string out, err, said;
};

// What srun reads.
struct Feed {
  Feed(const char* text = "") : input(text) {}
  std::string input;
  int signal_fd = -1;
};

Run run_step(const std::vector<std::uint32_t>& tasks_of_nodes, const std::string& command,
             const StepClientOptions& options = {}, const Feed& feed = {}) {
  StepReply step;
  step.key = {JobId(1'700'000'000 + static_cast<std::uint32_t>(getpid()) % 1'000'000), 0, StepId{0}};
  step.secret = std::string(32, 'k');
  for (std::size_t n = 0; n < tasks_of_nodes.size(); ++n) {
    step.layout.nodes.push_back("n" + std::to_string(n + 1));
    step.layout.task_count.push_back(tasks_of_nodes[n]);
    for (std::uint32_t i = 0; i < tasks_of_nodes[n]; ++i)
      step.layout.task_ids.push_back(static_cast<std::uint32_t>(step.layout.task_ids.size()));
    step.addresses.push_back({step.layout.nodes.back(), "", static_cast<std::uint32_t>(n)});
  }
  std::vector<std::thread> nodes;
  SystemRandom random;
  Run result;
  const Messages messages("srun", [&](std::string_view line) { result.said += line; });
  Scratch out, err, in;
  REQUIRE(pwrite(in.fd(), feed.input.data(), feed.input.size(), 0) == static_cast<ssize_t>(feed.input.size()));
  const auto connect = [&](const NodeAddress& address) -> Result<int> {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return fail("no socket pair");
    LaunchStep order;
    order.key = step.key;
    order.owner.uid = Uid(getuid());
    order.owner.gid = Gid(getgid());
    order.command.arguments = {"sh", "-c", command};
    order.command.environment = {"PATH=/usr/bin:/bin"};
    order.command.work_dir = "/tmp";
    order.layout = step.layout;
    order.node_rank = address.port;
    order.secret = step.secret;
    nodes.emplace_back(serve_node, std::move(order), ends[1]);
    return ends[0];
  };
  StepClient client(step, options, {connect, random, messages, in.fd(), out.fd(), err.fd(), feed.signal_fd});
  result.status = client.run();
  for (std::thread& node : nodes) node.join();
  result.out = out.text();
  result.err = err.text();
  return result;
}

}  // namespace

TEST_CASE("srun step: all tasks of all nodes are heard, and no line is torn") {
  const Run run = run_step({2, 1}, "i=0; while [ $i -lt 2000 ]; do echo $SLURM_PROCID; i=$((i+1)); done");
  CHECK(run.status == 0);
  CHECK(run.said.empty());
  CHECK(run.out.size() == 3 * 2000 * 2);
  CHECK(std::count(run.out.begin(), run.out.end(), '1') == 2000);
}

TEST_CASE("srun step: the highest exit code is srun's, and who ended so is said by node") {
  const Run run = run_step({1, 1}, "exit $SLURM_PROCID");
  CHECK(run.status == 1);
  CHECK(run.said == "srun: error: n2: task 1: Exited with exit code 1\n");
}

TEST_CASE("srun step: a task that a signal ended leaves the others alone, and counts more than their exit codes") {
  const Run run = run_step({1, 1}, "[ $SLURM_PROCID = 0 ] && kill -TERM $$; sleep 1; echo alive; exit 200");
  CHECK(run.status == 143);
  CHECK(run.out == "alive\n");
  CHECK(run.said.starts_with("srun: error: n1: task 0: Terminated\n"));
}

TEST_CASE("srun step: that a signal ended the only task is said of the step, too") {
  const Run run = run_step({1}, "kill -TERM $$");
  CHECK(run.status == 143);
  CHECK(run.said.starts_with("srun: error: n1: task 0: Terminated\nsrun: Force Terminated StepId="));
}

TEST_CASE("srun step: input goes to every task, labels tell whose output it is") {
  const Run run = run_step({1, 1}, "cat; printf end", {.style = {.label = true}}, "a\nb\n");
  CHECK(run.status == 0);
  for (const char* line : {"0: a\n", "1: a\n", "0: b\n", "1: b\n", "0: end\n", "1: end\n"})
    CHECK_MESSAGE(run.out.find(line) != std::string::npos, line);
  CHECK(run.out.size() == 4 * 5 + 2 * 7);
}

TEST_CASE("srun step: with -i N the other tasks read nothing, and end") {
  StepClientOptions options;
  options.style.label = true;
  options.input_task = 1;
  const Run run = run_step({2, 1}, "cat", options, "a\n");
  CHECK(run.status == 0);
  CHECK(run.out == "1: a\n");
}

TEST_CASE("srun step: with -W the tasks that run on after the first one's end are ended") {
  StepClientOptions options;
  options.wait = Seconds(1);
  const Run run = run_step({1, 1}, "[ $SLURM_PROCID = 0 ] || exec sleep 60", options);
  CHECK(run.status == 143);
  CHECK(run.said.starts_with("srun: First task exited 1s ago\nsrun: StepId="));
  CHECK(run.said.find("task 1: running\n") != std::string::npos);
}

TEST_CASE("srun step: with -K the other tasks get SIGTERM, and time to clean up") {
  StepClientOptions options;
  options.kill_on_bad_exit = true;
  const Run run = run_step({1, 1},
                           "trap 'echo cleaned; exit 3' TERM\n"
                           "[ $SLURM_PROCID = 1 ] || { sleep 1; exit 2; }\n"
                           "while :; do sleep 60 & wait; done",
                           options);
  CHECK(run.status == 3);
  CHECK(run.out == "cleaned\n");
  CHECK(run.said.starts_with("srun: error: n1: task 0: Exited with exit code 2\nsrun: Terminating StepId="));
  CHECK(run.said.find(".0 ON n1 CANCELLED AT ") != std::string::npos);
}

TEST_CASE("srun step: with -K tasks that fail alike end with their own status") {
  StepClientOptions options;
  options.kill_on_bad_exit = true;
  const Run run = run_step({1, 1}, "[ $SLURM_PROCID = 0 ] || sleep 0.05; exit 3", options);
  CHECK(run.status == 3);
  CHECK(run.said.find("CANCELLED") == std::string::npos);
}

TEST_CASE("srun step: SIGTERM ends the tasks; who does not listen is killed when KillWait is over") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  signalfd_siginfo info{};
  info.ssi_signo = SIGTERM;
  StepClientOptions options;
  options.kill_wait = Seconds(1);
  const Scratch signal;
  REQUIRE(write(signal.fd(), &info, sizeof info) == static_cast<ssize_t>(sizeof info));
  Feed feed;
  feed.signal_fd = ends[0];
  const std::string files = "/proc/" + std::to_string(getpid()) + "/fd/";
  const Run run = run_step({1},
                           "trap '' TERM; cat " + files + std::to_string(signal.fd()) + " > " + files +
                               std::to_string(ends[1]) + "; while :; do sleep 60; done",
                           options, feed);
  CHECK(run.status == 137);
  CHECK(
      run.said.starts_with("srun: forcing job termination\nsrun: Job step aborted: Waiting up to 3 seconds for job "
                           "step to finish.\nsrun: error: *** STEP "));
  CHECK(run.said.ends_with("srun: error: n1: task 0: Killed\n"));
  for (const int end : ends) close(end);
}

TEST_CASE("srun step: SIGKILL comes after KillWait, and 2 s later nobody waits") {
  AbortClock clock;
  const AbortClock::Time start{};
  using std::chrono::seconds;
  CHECK(clock.due(start) == AbortClock::Due::nothing);
  clock.begin(start, Seconds(30));
  clock.begin(start + seconds(9), Seconds(30));  // asked twice: no later
  CHECK(clock.due(start + seconds(29)) == AbortClock::Due::nothing);
  CHECK(clock.due(start + seconds(30)) == AbortClock::Due::kill);
  CHECK(clock.next() == start + seconds(32));
  CHECK(clock.due(start + seconds(31)) == AbortClock::Due::nothing);
  CHECK(clock.due(start + seconds(32)) == AbortClock::Due::leave);
}

TEST_CASE("srun step: output comes in whole lines; unbuffered it comes as it is") {
  TaskOutputText lines({.label = true, .unbuffered = false, .task_count = 11});
  CHECK(lines.take(3, false, "one\ntw").substr() == " 3: one\n");
  CHECK(lines.take(3, false, "o\n") == " 3: two\n");
  CHECK(lines.take(3, false, "a\nb\nc") == " 3: a\n 3: b\n");
  CHECK(lines.take(3, false, "") == " 3: c\n");
  TaskOutputText plain({.label = false, .unbuffered = false, .task_count = 1});
  CHECK(plain.take(0, false, "one\ntw") == "one\n");
  CHECK(plain.take(0, false, "o") == "");
  CHECK(plain.take(0, false, ".\nx") == "two.\n");
  CHECK(plain.take(0, false, "") == "x");
  TaskOutputText raw({.label = false, .unbuffered = true, .task_count = 1});
  CHECK(raw.take(0, false, "tw") == "tw");
}

TEST_CASE("srun step: tasks are told in ranges") {
  CHECK(tasks_text({4}) == "task 4");
  CHECK(tasks_text({3, 2, 5}) == "tasks 2-3,5");
}
