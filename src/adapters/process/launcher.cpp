// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The child's part is run_child() and what it calls: system calls on memory that was ready before it began. It runs in
// our memory while we wait (vfork(2)), so it changes nothing there that we look at again, and asks the kernel itself
// where the C library would ask our other threads too.
#include "adapters/process/launcher.h"

#include "adapters/process/orphans.h"
#include "adapters/process/spawn.h"
#include "adapters/process/task_scripts.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr unsigned close_range_cloexec = 1U << 2;  // linux/close_range.h
constexpr std::size_t pid_digits_max = 20;
constexpr std::string_view pid_variable = "SLURM_TASK_PID=";

constexpr std::size_t memory_mask_words = 16;

enum class Stage : int { started, session, groups, user, input, output, error, exec };

struct Report {  // what the child writes when it cannot go on
  Stage stage;
  int error_number;
};

// Everything the child needs, laid out for system calls.
struct Prepared {
  const LaunchRequest& request;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<gid_t> groups;
  cpu_set_t cpus{};
  std::array<unsigned long, memory_mask_words> memory_nodes{};
  std::string pid_text;
  std::vector<std::string> script_environment;  // as the prologs left it
  std::string chdir_message_head;
  std::string exec_message_head;
  bool is_root = false;
  int report_fd = -1;
};

Prepared prepare(const LaunchRequest& request, int report_fd) {
  Prepared p{.request = request, .is_root = geteuid() == 0, .report_fd = report_fd};
  p.pid_text = std::string(pid_variable) + std::string(pid_digits_max, '\0');
  p.arguments = c_strings(request.arguments);
  for (const std::string& variable : request.environment)
    if (!variable.starts_with(pid_variable)) p.environment.push_back(const_cast<char*>(variable.c_str()));
  p.environment.push_back(p.pid_text.data());  // too long to live inside the string: stays where it is
  p.environment.push_back(nullptr);
  for (Gid gid : request.groups) p.groups.push_back(gid.value);
  for (const std::uint32_t cpu : request.cpus)
    if (cpu < CPU_SETSIZE) CPU_SET(cpu, &p.cpus);
  constexpr std::size_t word_bits = sizeof(unsigned long) * 8;
  for (const std::uint32_t node : request.memory_nodes)
    if (node < word_bits * memory_mask_words) p.memory_nodes[node / word_bits] |= 1UL << (node % word_bits);
  p.chdir_message_head = fmt::format("{}couldn't chdir to `{}': ", request.error_head, request.work_dir);
  p.exec_message_head = fmt::format("{}execve(): {}: ", request.error_head, request.arguments.front());
  return p;
}

[[noreturn]] void give_up(const Prepared& p, Stage stage) {
  const Report report{stage, errno};
  [[maybe_unused]] const ssize_t written = write(p.report_fd, &report, sizeof report);
  _exit(127);
}

void write_own_pid(char* at) {
  std::array<char, pid_digits_max> digits{};
  std::size_t count = 0;
  for (pid_t pid = getpid(); pid > 0; pid /= 10) digits[count++] = static_cast<char>('0' + pid % 10);
  while (count > 0) *at++ = digits[--count];
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void become_user(const Prepared& p) {
  if (!p.is_root) return;
  const LaunchRequest& r = p.request;
  if (syscall(SYS_setgroups, p.groups.size(), p.groups.data()) != 0) give_up(p, Stage::groups);
  if (syscall(SYS_setresgid, r.gid.value, r.gid.value, r.gid.value) != 0) give_up(p, Stage::groups);
  if (syscall(SYS_setresuid, r.uid.value, r.uid.value, r.uid.value) != 0) give_up(p, Stage::user);
}

void apply_limits(const LaunchRequest& request) {
  for (const ResourceLimit& limit : request.limits) {
    const auto resource = static_cast<__rlimit_resource_t>(limit.resource);
    rlimit current{};
    if (getrlimit(resource, &current) != 0) continue;  // a limit this kernel does not have
    current.rlim_cur = std::min<rlim_t>(limit.soft.value_or(RLIM_INFINITY), current.rlim_max);
    setrlimit(resource, &current);
  }
}

void move_to(int from, int to, const Prepared& p, Stage stage) {
  if (from < 0) give_up(p, stage);
  if (from == to) return;
  if (dup2(from, to) < 0) give_up(p, stage);
  if (from > STDERR_FILENO) close(from);
}

void open_files(const Prepared& p) {
  const LaunchRequest& r = p.request;
  // Always at the end: lines that the step itself adds to the file are not written over.
  const int mode = O_WRONLY | O_CREAT | O_NOCTTY | O_APPEND | (r.append ? 0 : O_TRUNC);
  const auto& [input, output, error] = r.descriptors;
  move_to(input >= 0 ? input : open(r.files.input.c_str(), O_RDONLY | O_NOCTTY), STDIN_FILENO, p, Stage::input);
  move_to(output >= 0 ? output : open(r.files.output.c_str(), mode, 0666), STDOUT_FILENO, p, Stage::output);
  const bool one_file = error < 0 && r.files.error == r.files.output;
  const int error_file = error >= 0 ? error : one_file ? STDOUT_FILENO : open(r.files.error.c_str(), mode, 0666);
  move_to(error_file, STDERR_FILENO, p, Stage::error);
}

void say_where_we_are(const Prepared& p, int error_number) {
  const char* reason = strerrordesc_np(error_number);
  constexpr std::string_view tail = ": going to /tmp instead\n";
  [[maybe_unused]] ssize_t n = write(STDERR_FILENO, p.chdir_message_head.data(), p.chdir_message_head.size());
  if (reason) n = write(STDERR_FILENO, reason, strlen(reason));
  n = write(STDERR_FILENO, tail.data(), tail.size());
}

// "bad interpreter(/nosuch): " of a script that is there. Empty: it is no such script.
std::string interpreter_message(const Prepared& p) {
  std::array<char, 256> line{};
  const int fd = open(p.request.arguments.front().c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd < 0 ? 0 : read(fd, line.data(), line.size() - 1);
  if (fd >= 0) close(fd);
  std::string_view text(line.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  if (!text.starts_with("#!")) return {};
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t", 2)));
  return fmt::format("{}execve(): bad interpreter({}): ", p.request.error_head,
                     text.substr(0, text.find_first_of(" \t\n")));
}

[[noreturn]] void tell_exec_error(const Prepared& p) {
  const int error_number = errno;
  const std::string of_script = error_number == ENOENT ? interpreter_message(p) : "";
  const std::string& head = of_script.empty() ? p.exec_message_head : of_script;
  const char* reason = strerrordesc_np(error_number);
  [[maybe_unused]] ssize_t n = write(STDERR_FILENO, head.data(), head.size());
  if (reason) n = write(STDERR_FILENO, reason, strlen(reason));
  n = write(STDERR_FILENO, "\n", 1);
  _exit(error_number);
}

// Where the machine does not take it the process runs unbound, as it would without the option.
void bind(const Prepared& p) {
  if (CPU_COUNT(&p.cpus) > 0) sched_setaffinity(0, sizeof p.cpus, &p.cpus);
  if (!p.request.memory_policy) return;
  const bool named = !p.request.memory_nodes.empty();
  syscall(SYS_set_mempolicy, *p.request.memory_policy, named ? p.memory_nodes.data() : nullptr,
          named ? sizeof p.memory_nodes * 8 : 0);
}

// Allocates: whoever asks for prologs has one thread.
void run_prologs(Prepared& p) {
  const Report started{Stage::started, 0};
  [[maybe_unused]] const ssize_t told = write(p.report_fd, &started, sizeof started);
  close(p.report_fd);
  p.script_environment = p.request.environment;
  std::erase_if(p.script_environment, [](const std::string& one) { return one.starts_with(pid_variable); });
  p.script_environment.emplace_back(p.pid_text.c_str());
  run_task_prologs(p.request.prologs, p.script_environment, p.request.error_head);
  p.environment = c_strings(p.script_environment);
}

[[noreturn]] void run_child(Prepared& p) {
  if (setsid() < 0) give_up(p, Stage::session);
  write_own_pid(p.pid_text.data() + pid_variable.size());
  if (p.request.nice) setpriority(PRIO_PROCESS, 0, *p.request.nice);
  become_user(p);
  apply_limits(p.request);
  bind(p);
  umask(static_cast<mode_t>(p.request.umask));
  int chdir_error = 0;
  if (chdir(p.request.work_dir.c_str()) != 0) {
    chdir_error = errno;
    if (chdir("/tmp") != 0) give_up(p, Stage::session);
  }
  open_files(p);
  if (p.request.terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) != 0) give_up(p, Stage::input);
  if (chdir_error != 0) say_where_we_are(p, chdir_error);
  syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, close_range_cloexec);
  for (const int fd : p.request.inherited) fcntl(fd, F_SETFD, 0);
  reset_signals();
  if (!p.request.prologs.empty()) run_prologs(p);
  execve(p.arguments[0], p.arguments.data(), p.environment.data());
  if (p.request.tell_exec_error) tell_exec_error(p);
  give_up(p, Stage::exec);
}

int child_main(void* prepared) { run_child(*static_cast<Prepared*>(prepared)); }

// No signal may reach the child while it has our handlers and our memory.
pid_t start_child(Prepared& p) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = 0;
  if (p.request.prologs.empty()) {
    constexpr std::size_t stack_bytes = 256u << 10;
    const std::unique_ptr<char[]> stack(new char[stack_bytes]);
    pid = clone(child_main, stack.get() + stack_bytes, CLONE_VM | CLONE_VFORK | SIGCHLD, &p);
  } else {
    pid = fork();
    if (pid == 0) run_child(p);
  }
  const int error_number = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error_number;
  return pid;
}

Error error_of(const Report& report, const LaunchRequest& r) {
  const char* reason = strerror(report.error_number);
  switch (report.stage) {
    case Stage::started:
      break;
    case Stage::session:
      return fail(fmt::format("cannot start a session in {} or /tmp: {}", r.work_dir, reason));
    case Stage::groups:
      return fail(fmt::format("cannot take on the groups of uid {}: {}", r.uid.value, reason));
    case Stage::user:
      return fail(fmt::format("cannot become uid {}: {}", r.uid.value, reason));
    case Stage::input:
      return fail(fmt::format("cannot open standard input {}: {}", r.files.input, reason));
    case Stage::output:
      return fail(fmt::format("cannot open standard output {}: {}", r.files.output, reason));
    case Stage::error:
      return fail(fmt::format("cannot open standard error {}: {}", r.files.error, reason));
    case Stage::exec:
      break;
  }
  return fail(fmt::format("cannot execute {}: {}", r.arguments.front(), reason));
}

// Ends when the child has executed (close on exec) or failed.
bool read_report(int fd, Report& report) {
  ssize_t n = 0;
  do n = read(fd, &report, sizeof report);
  while (n < 0 && errno == EINTR);
  close(fd);
  return n == static_cast<ssize_t>(sizeof report);
}

Result<LaunchedProcess> adopt(pid_t pid) {
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  const int error_number = errno;
  const auto start_time = process_start_time(pid);
  if (pidfd >= 0 && start_time) return LaunchedProcess(pid, pidfd, *start_time);
  if (pidfd >= 0) close(pidfd);
  kill(pid, SIGKILL);
  wait_for_child(pid);
  if (!start_time) return start_time.error();
  return fail(fmt::format("cannot watch process {}: {}", pid, strerror(error_number)));
}

}  // namespace

LaunchedProcess::LaunchedProcess(LaunchedProcess&& other) noexcept
    : pid_(other.pid_), pidfd_(std::exchange(other.pidfd_, -1)), start_time_(other.start_time_) {}

LaunchedProcess& LaunchedProcess::operator=(LaunchedProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(start_time_, other.start_time_);
  return *this;
}

LaunchedProcess::~LaunchedProcess() {
  if (pidfd_ >= 0) close(pidfd_);
}

Result<LaunchedProcess> launch_process(const LaunchRequest& request) {
  if (request.arguments.empty()) return fail("cannot launch a process without a program");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("cannot open a pipe: {}", strerror(errno)));
  // Above the standard descriptors, or opening the job's files would close it.
  const int report_fd = fcntl(ends[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(ends[1]);
  Prepared prepared = prepare(request, report_fd);
  const pid_t pid = report_fd < 0 ? -1 : start_child(prepared);
  const int error_number = errno;
  if (report_fd >= 0) close(report_fd);
  if (pid < 0) {
    close(ends[0]);
    return fail(fmt::format("cannot fork: {}", strerror(error_number)));
  }
  Report report{};
  if (!read_report(ends[0], report) || report.stage == Stage::started) return adopt(pid);
  wait_for_child(pid);
  return error_of(report, request);
}

std::optional<ProcessEnd> end_of(const LaunchedProcess& process) {
  siginfo_t info{};
  ProcessEnd end;
  constexpr int options = WEXITED | WNOHANG | WNOWAIT;
  if (syscall(SYS_waitid, P_PIDFD, process.pidfd(), &info, options, &end.used) != 0) return ProcessEnd{{1, 0}, {}};
  if (info.si_pid == 0) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(info.si_status);
  end.exit = info.si_code == CLD_EXITED ? ExitCode{number, 0} : ExitCode{0, number};
  return end;
}

Result<std::uint64_t> process_start_time(pid_t pid) {
  char text[1024];  // more than all that stands before it; read in one go, since whole lists of processes are asked
  const int fd = open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  text[std::max<ssize_t>(n, 0)] = 0;
  const std::string_view stat(text);
  std::size_t at = stat.rfind(')');  // the name before it may hold anything
  constexpr int fields_after_name = 20;
  for (int field = 0; field < fields_after_name && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return fail(fmt::format("process {} is not there", pid));
  return static_cast<std::uint64_t>(std::strtoull(text + at + 1, nullptr, 10));
}

}  // namespace slurmxx
