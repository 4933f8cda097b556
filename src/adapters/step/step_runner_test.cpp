// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Real tasks as the present user; srun's side is played by hand over a socket pair.
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "adapters/step/step_runner.h"
#include "adapters/system_random.h"
#include "core/pmi/pmi_server.h"

using namespace slurmxx;

namespace {

const std::string secret(32, 's');
constexpr std::int64_t patience_ms = 60'000;

StepTime now() {
  using namespace std::chrono;
  return {Instant{duration_cast<seconds>(system_clock::now().time_since_epoch()).count()},
          duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count()};
}

LaunchStep shell(const std::string& command, std::uint32_t tasks = 1) {
  LaunchStep order;
  order.key = {JobId(1'900'000'000 + static_cast<std::uint32_t>(getpid()) % 1'000'000), 0, StepId{0}};
  order.owner.uid = Uid(getuid());
  order.owner.gid = Gid(getgid());
  order.command.arguments = {"sh", "-c", command};
  order.command.environment = {"PATH=/usr/bin:/bin"};
  order.command.work_dir = "/tmp";
  order.layout.nodes = {"n1"};
  order.layout.task_count = {tasks};
  for (std::uint32_t id = 0; id < tasks; ++id) order.layout.task_ids.push_back(id);
  order.secret = secret;
  return order;
}

// A step and its srun in one poll loop.
class Pair {
 public:
  explicit Pair(LaunchStep order) : key_(order.key), runner_(std::move(order), random_, utc(), StepSite{"n1"}) {}

  void attach(const std::string& our_secret = secret) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    srun_.emplace(ends[0]);
    const AttachStep attach{key_, random_.bytes(step_nonce_bytes)};
    runner_.attach(ends[1], attach, now());
    REQUIRE(srun_->read());
    const auto answer = srun_->next<AttachAnswer>(now().wall);
    REQUIRE(answer.ok());
    REQUIRE(answer->has_value());
    refusal = (*answer)->refusal;
    srun_->secure(step_keys({our_secret, attach.nonce, (*answer)->nonce}, StepSide::srun));
    send(WindowSize{});
  }
  void send(const StepInput& input) { REQUIRE(srun_->send(input, now().wall)); }
  void leave() { srun_.reset(); }
  void turn() {
    std::vector<pollfd> fds;
    runner_.collect(fds);
    if (srun_) fds.push_back({srun_->fd(), static_cast<short>(POLLIN | (srun_->pending() > 0 ? POLLOUT : 0)), 0});
    poll(fds.data(), fds.size(), runner_.hurried() ? 0 : 100);
    runner_.serve(now());
    if (srun_) hear();
  }
  ExitCode run() {
    const auto end = now().monotonic_ms + patience_ms;
    while (!runner_.result() || (srun_ && !srun_->peer_closed())) {
      turn();
      REQUIRE(now().monotonic_ms < end);
    }
    return *runner_.result();
  }
  template <class Condition>
  void run_until(Condition condition) {
    const auto end = now().monotonic_ms + patience_ms;
    while (!condition()) {
      turn();
      REQUIRE(now().monotonic_ms < end);
    }
  }
  StepRunner& runner() { return runner_; }

  std::map<std::uint32_t, std::string> out, err;
  std::map<std::uint32_t, ExitCode> exits;
  std::optional<ExitCode> done;
  std::string failed, refusal, out_before_exit;
  std::vector<StepExchange> exchanges;
  std::optional<TaskAborted> aborted;

 private:
  void hear() {
    srun_->flush().ok();
    srun_->read().ok();
    while (true) {
      const auto message = srun_->next<StepOutput>(now().wall);
      REQUIRE(message.ok());
      if (!*message) return;
      if (const auto* text = std::get_if<TaskOutput>(&**message))
        (text->is_error ? err : out)[text->task] += text->bytes;
      if (const auto* exit = std::get_if<TaskExited>(&**message)) {
        exits[exit->task] = exit->exit;
        out_before_exit = out[exit->task];
      }
      if (const auto* failure = std::get_if<StepFailed>(&**message)) failed = failure->reason;
      if (const auto* end = std::get_if<NodeDone>(&**message)) done = end->exit;
      if (const auto* part = std::get_if<StepExchange>(&**message)) exchanges.push_back(*part);
      if (const auto* abort = std::get_if<TaskAborted>(&**message)) aborted = *abort;
    }
  }

  SystemRandom random_;
  StepKey key_;
  StepRunner runner_;
  std::optional<StepStream> srun_;
};

}  // namespace

TEST_CASE("step: each task has its number, its streams and its exit code, and the worst is the node's") {
  Pair pair(shell("echo out $SLURM_PROCID; echo err >&2; exit $SLURM_PROCID", 3));
  pair.attach();
  CHECK(pair.run() == ExitCode{2, 0});
  CHECK(pair.out[1] == "out 1\n");
  CHECK(pair.err[2] == "err\n");
  CHECK(pair.exits[1] == ExitCode{1, 0});
  CHECK(pair.done == ExitCode{2, 0});
}

TEST_CASE("step: a long output arrives whole, also what is written just before the end") {
  Pair pair(shell("seq 1 200000; echo last"));
  pair.attach();
  CHECK(pair.run() == ExitCode{});
  CHECK(std::count(pair.out[0].begin(), pair.out[0].end(), '\n') == 200'001);
  CHECK(pair.out[0].ends_with("200000\nlast\n"));
}

TEST_CASE("step: what a task wrote last is told before its exit code") {
  Pair pair(shell("trap 'echo last; exit 3' TERM; echo begun; while :; do sleep 0.1; done"));
  pair.attach();
  pair.run_until([&] { return pair.out[0] == "begun\n"; });
  pair.runner().signal(SIGTERM);
  siginfo_t ended{};
  REQUIRE(waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT) == 0);  // now both are there for the runner to see
  CHECK(pair.run() == ExitCode{3, 0});
  CHECK(pair.out_before_exit == "begun\nlast\n");
}

TEST_CASE("step: megabytes of binary input go through a task and come back the same") {
  Pair pair(shell("cat"));
  pair.attach();
  std::string bytes;
  for (std::size_t i = 0; i < (3u << 20); ++i) bytes.push_back(static_cast<char>((i * 7 + i / 256) & 0xff));
  for (std::size_t at = 0; at < bytes.size(); at += step_chunk_bytes)
    pair.send(TaskInput{{}, bytes.substr(at, step_chunk_bytes)});
  pair.send(TaskInput{});
  CHECK(pair.run() == ExitCode{});
  CHECK(pair.out[0] == bytes);
}

TEST_CASE("step: a program that is not there is told as the task's error, with errno as its exit code") {
  LaunchStep order = shell("");
  order.command.arguments = {"/no/such"};
  Pair pair(order);
  pair.attach();
  CHECK(pair.run() == ExitCode{2, 0});
  CHECK(pair.err[0].ends_with("] error: execve(): /no/such: No such file or directory\n"));
}

TEST_CASE("step: a signal from srun reaches the tasks") {
  Pair pair(shell("trap 'echo caught; exit 4' USR1; echo ready; while :; do read line; done"));
  pair.attach();
  pair.run_until([&] { return pair.out[0] == "ready\n"; });
  pair.send(TaskSignal{SIGUSR1});
  CHECK(pair.run() == ExitCode{4, 0});
  CHECK(pair.out[0] == "ready\ncaught\n");
}

TEST_CASE(
    "step: with a pseudo terminal task 0 has a terminal of srun's size, input typed and echoed, and a typed signal") {
  LaunchStep order =
      shell("[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && stty size; read line; stty size; echo got $line; exec cat", 2);
  order.command.pty = true;
  Pair pair(order);
  pair.attach();
  pair.run_until([&] { return pair.out[0].find('\n') != std::string::npos; });
  CHECK(pair.out[0] == "24 80\r\n");
  pair.send(WindowSize{33, 101});
  pair.send(TaskInput{{}, "word\n"});
  pair.run_until([&] { return pair.out[0].find("got word\r\n") != std::string::npos; });
  CHECK(pair.out[0] == "24 80\r\nword\r\n33 101\r\ngot word\r\n");
  pair.send(TaskInput{{}, "\x03"});
  CHECK(pair.run() == ExitCode{0, SIGINT});
  CHECK(pair.exits[1] == ExitCode{});
  CHECK(pair.out[1].empty());
}

TEST_CASE("step: when srun goes, its tasks go, those that left the session too") {
  Pair pair(shell("setsid sleep 1000 & echo ready; wait"));
  pair.attach();
  pair.run_until([&] { return pair.out[0] == "ready\n"; });
  pair.leave();
  CHECK(pair.run().signal == SIGTERM);
  CHECK(find_job_processes({.job = shell("").key.job}).empty());
}

TEST_CASE("step: --wait-for-children, a task is over when what it left behind is") {
  const char* leaves = "(sleep 0.4; echo late) & exit 3";
  Pair at_once(shell(leaves));
  at_once.attach();
  CHECK(at_once.run() == ExitCode{3, 0});
  CHECK(at_once.out[0].empty());
  LaunchStep order = shell(leaves);
  order.command.wait_for_children = true;
  Pair waits(std::move(order));
  waits.attach();
  CHECK(waits.run() == ExitCode{3, 0});
  CHECK(waits.out[0] == "late\n");
}

TEST_CASE("step: who does not know the secret starts nothing and hears nothing") {
  Pair pair(shell("echo secret"));
  pair.attach(std::string(32, 'x'));
  for (int turns = 0; turns < 3; ++turns) pair.turn();
  CHECK(pair.out.empty());
  pair.attach();
  CHECK(pair.run() == ExitCode{});
  CHECK(pair.out[0] == "secret\n");
}

TEST_CASE("step: nobody attaches for a minute: it ends with an error") {
  Pair pair(shell("true"));
  StepTime time = now();
  pair.runner().serve(time);
  CHECK_FALSE(pair.runner().result());
  time.monotonic_ms += attach_wait_ms;
  pair.runner().serve(time);
  CHECK(pair.runner().result() == ExitCode{1, 0});
}

TEST_CASE("step: an srun that is gone before it attached is not waited for, one that has attached is not asked") {
  Pair alone(shell("true"));
  alone.runner().signal(0);
  alone.runner().serve(now());
  CHECK(alone.runner().result() == ExitCode{1, 0});
  Pair pair(shell("echo on"));
  pair.attach();
  pair.runner().signal(0);
  CHECK(pair.run() == ExitCode{});
  CHECK(pair.out[0] == "on\n");
}

TEST_CASE("step: an order to end is told on standard error and ends the tasks") {
  Pair pair(shell("echo ready; exec sleep 1000"));
  pair.attach();
  pair.run_until([&] { return pair.out[0] == "ready\n"; });
  pair.runner().end({"[now] error: ", "CANCELLED AT 2026-11-23T10:00:00"}, 30'000, now());
  CHECK(pair.run() == ExitCode{0, SIGTERM});
  CHECK(pair.err[0].find(".0 ON n1 CANCELLED AT 2026-11-23T10:00:00 ***\n") != std::string::npos);
}

TEST_CASE("--mpi=pmi2: a task talks PMI, its fence goes to the other nodes through srun, its abort to srun") {
  LaunchStep order = shell(
      "printf 'cmd=init pmi_version=1 pmi_subversion=1\\ncmd=put kvsname=x key=a value=1\\ncmd=barrier_in\\n' "
      ">&$PMI_FD;"
      "for i in 1 2 3; do read line <&$PMI_FD; done; echo $line $PMI_RANK/$PMI_SIZE $PMI_JOBID;"
      "printf 'cmd=get kvsname=x key=b\\n' >&$PMI_FD; read line <&$PMI_FD; echo $line;"
      "printf 'cmd=abort exitcode=7\\n' >&$PMI_FD; exit 7");
  order.command.arguments.front() = "bash";
  order.command.mpi = "pmi2";
  order.layout = {{"n1", "n2"}, {1, 1}, {0, 1}};
  Pair pair(order);
  pair.attach();
  pair.run_until([&] { return !pair.exchanges.empty(); });
  CHECK(pair.exchanges.front().id == "pmi2.0");
  const PmiFence other{{{"b", "2"}}};
  pair.send(StepExchanged{"pmi2.0", {pair.exchanges.front().bytes, encode(other)}});
  pair.run();
  CHECK(pair.out[0] ==
        fmt::format("cmd=barrier_out 0/2 {}.0\ncmd=get_result rc=0 msg=success value=2\n", order.key.job.value));
  REQUIRE(pair.aborted);
  CHECK(pair.aborted->exit_status == 7);
  CHECK(pair.exits[0] == ExitCode{7, 0});
}

TEST_CASE("a kind of MPI that is not known fails the step in one line") {
  LaunchStep order = shell("true");
  order.command.mpi = "mvapich";
  Pair pair(order);
  pair.attach();
  pair.run();
  CHECK(pair.failed.starts_with("--mpi=mvapich: "));
}
