// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/script_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "adapters/process/spawn.h"

namespace slurmxx {

ScriptRunner::ScriptRunner(std::function<void(SiteScriptEnded)> ended, std::function<void(const std::string&)> log)
    : ended_(std::move(ended)), log_(std::move(log)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { serve(); });
}

ScriptRunner::~ScriptRunner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  thread_.join();
}

void ScriptRunner::run(SiteScript script) {
  {
    const std::lock_guard lock(mutex_);
    fresh_.push_back(std::move(script));
  }
  wake();
}

void ScriptRunner::begin_beside(SiteProgram program) {
  {
    const std::lock_guard lock(mutex_);
    fresh_programs_.push_back(std::move(program));
  }
  wake();
}

namespace {

// A file of that text, for this user alone; empty: it could not be written.
std::string written(const std::string& text) {
  std::string path = "/tmp/slurmctld-XXXXXX";
  const FileDescriptor fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd) return "";
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(fd.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      ::unlink(path.c_str());
      return "";
    }
    done += static_cast<std::size_t>(count);
  }
  return path;
}

}  // namespace

// As another user by setpriv(1): what is started here is never slurmctld's own code.
void ScriptRunner::start(const SiteProgram& program) {
  std::vector<std::string> words = program.words;
  if (program.user && *program.user != Uid(::geteuid())) {
    const passwd* user = ::getpwuid(program.user->value);
    const std::string group = user ? std::to_string(user->pw_gid) : to_string(*program.user);
    words.insert(words.begin(), {"/usr/bin/setpriv", "--reuid=" + to_string(*program.user), "--regid=" + group,
                                 user ? "--init-groups" : "--clear-groups", "--"});
  }
  Spawn spawn(Spawn::Session::own);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) spawn.open(fd, "/dev/null", O_RDWR);
  std::vector<std::string> environment = program.environment;
  environment.push_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  std::string file;
  if (!program.file.variable.empty()) {
    file = written(program.file.text);
    if (file.empty())
      log_(fmt::format("error: {}: no file for {}: {}", program.name, program.file.variable, std::strerror(errno)));
    else
      environment.push_back(program.file.variable + "=" + file);
  }
  const auto pid = spawn.run(words.front(), words, c_strings(environment).data());
  if (pid) {
    programs_[*pid] = {program.name, file};
    return;
  }
  log_(fmt::format("error: {} {}: {}", program.name, program.words.front(), pid.error().message));
  if (!file.empty()) ::unlink(file.c_str());
}

void ScriptRunner::reap_programs() {
  std::erase_if(programs_, [this](const auto& entry) {
    int status = 0;
    if (::waitpid(entry.first, &status, WNOHANG) != entry.first) return false;
    if (status != 0) log_(fmt::format("error: {} ended with status {:#x}", entry.second.name, status));
    if (!entry.second.file.empty()) ::unlink(entry.second.file.c_str());
    return true;
  });
}

void ScriptRunner::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

void ScriptRunner::serve() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    take_new();
    reap_programs();
    for (auto& [job, queue] : queues_) advance(queue);
    std::erase_if(queues_, [](const auto& entry) { return entry.second.scripts.empty(); });
    wait();
  }
  for (auto& [job, queue] : queues_)
    if (queue.chain && queue.chain->pid()) ::kill(-*queue.chain->pid(), SIGKILL);
}

void ScriptRunner::take_new() {
  std::uint64_t count = 0;
  static_cast<void>(!::read(wake_.get(), &count, sizeof count));
  std::deque<SiteScript> fresh;
  std::deque<SiteProgram> programs;
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(fresh_);
    programs.swap(fresh_programs_);
  }
  for (const SiteProgram& program : programs) start(program);
  for (SiteScript& script : fresh) queues_[script.job.job].scripts.push_back(std::move(script));
}

void ScriptRunner::begin(Queue& queue) {
  const SiteScript& script = queue.scripts.front();
  ScriptOrder order;
  order.name = script.is_epilog ? "EpilogSlurmctld" : "PrologSlurmctld";
  order.patterns = script.patterns;
  order.environment = script.environment;
  order.timeout = script.timeout;
  queue.chain.emplace(std::move(order), mono_now());
}

void ScriptRunner::advance(Queue& queue) {
  while (!queue.scripts.empty()) {
    if (!queue.chain) begin(queue);
    ScriptChain& chain = *queue.chain;
    int status = 0;
    if (chain.pid() && ::waitpid(*chain.pid(), &status, WNOHANG) == *chain.pid()) chain.child_ended(status, mono_now());
    chain.tick(mono_now());
    if (!chain.outcome()) return watch(queue);
    const SiteScript script = std::move(queue.scripts.front());
    queue.scripts.pop_front();
    if (!chain.outcome()->empty()) log_(fmt::format("error: job {}: {}", script.job.job.value, *chain.outcome()));
    ended_({script.job, script.is_epilog, *chain.outcome()});
    queue.chain.reset();
    queue.watched.reset();
  }
}

void ScriptRunner::watch(Queue& queue) {
  if (queue.watched == queue.chain->pid()) return;
  queue.watched = queue.chain->pid();
  queue.child = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, *queue.watched, 0)));
}

void ScriptRunner::wait() {
  std::vector<pollfd> fds{{wake_.get(), POLLIN, 0}};
  constexpr std::int64_t longest_ms = 60'000;
  constexpr std::int64_t reap_ms = 1000;
  std::int64_t ms = programs_.empty() ? longest_ms : reap_ms;
  for (const auto& [job, queue] : queues_) {
    if (!queue.chain) continue;
    if (queue.child) fds.push_back({queue.child.get(), POLLIN, 0});
    if (const auto at = queue.chain->wake_at()) ms = std::clamp<std::int64_t>((*at - mono_now()).value, 0, ms);
  }
  ::poll(fds.data(), fds.size(), static_cast<int>(ms));
}

}  // namespace slurmxx
