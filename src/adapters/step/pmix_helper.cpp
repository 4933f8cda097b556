// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/pmix_helper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "state/codec.h"

namespace slurmxx {
namespace {

std::string value_of(const std::vector<std::string>& environment, const std::string& name) {
  for (const std::string& entry : environment)
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  return {};
}

// PREFIX/sbin/slurmstepd has it in PREFIX/libexec/slurmxx; in a build tree they are side by side.
std::string helper_path() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = self.parent_path() / "slurmxx-pmix";
  if (std::filesystem::exists(beside, error)) return beside.string();
  return (self.parent_path().parent_path() / "libexec/slurmxx/slurmxx-pmix").string();
}

// Nothing of the step's environment but what the library reads: it must not look like one of the step's processes.
std::vector<std::string> helper_environment(const std::vector<std::string>& environment) {
  // The library looks over the node's hardware; its displays (gl asks X servers) and OpenCL tell MPI nothing.
  std::vector<std::string> own{"PATH=/usr/bin:/bin", "HWLOC_COMPONENTS=-gl,-opencl"};
  for (const std::string& entry : environment)
    if (entry.starts_with("PMIX_MCA_") || entry.starts_with("LD_LIBRARY_PATH=")) own.push_back(entry);
  return own;
}

PmixStart start_of(const LaunchStep& order) {
  PmixStart start;
  start.key = {order.told_job(), order.key.restarts, order.key.step};
  start.uid = order.owner.uid;
  start.gid = order.owner.gid;
  start.layout = order.layout;
  start.node_rank = order.node_rank;
  start.folder = value_of(order.command.environment, "TMPDIR");
  if (start.folder.empty()) start.folder = "/tmp";
  start.library = value_of(order.command.environment, "SLURMXX_PMIX_LIBRARY");
  if (start.library.empty()) start.library = "libpmix.so.2";
  return start;
}

}  // namespace

Result<std::unique_ptr<StepMpi>> PmixHelper::start(const LaunchStep& order) {
  const std::string path = helper_path();
  const std::string head = "--mpi=pmix: ";
  if (access(path.c_str(), X_OK) != 0)
    return fail(fmt::format("{}cannot execute {}: {}; install slurmxx whole on the node", head, path, strerror(errno)));
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(fmt::format("{}cannot open a socket pair: {}", head, strerror(errno)));
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  LaunchRequest request;
  request.uid = order.owner.uid;
  request.gid = order.owner.gid;
  request.groups = order.owner.groups;
  request.arguments = {path, std::to_string(theirs.get())};
  request.environment = helper_environment(order.command.environment);
  request.work_dir = "/";
  request.files = {"/dev/null", "/dev/null", "/dev/null"};
  request.umask = 077;
  request.inherited = {theirs.get()};
  auto launched = launch_process(request);
  if (!launched) return fail(head + launched.error().message);
  std::unique_ptr<PmixHelper> helper(new PmixHelper(std::move(*launched), std::move(ours)));
  helper->send(start_of(order));
  return std::unique_ptr<StepMpi>(std::move(helper));
}

PmixHelper::~PmixHelper() {
  if (ended_) return;
  kill(process_.pid(), SIGKILL);
  waitpid(process_.pid(), nullptr, 0);
}

Status PmixHelper::prepare(std::uint32_t local, LaunchRequest& request) {
  if (local >= ready_->tasks.size()) return fail(fmt::format("--mpi=pmix: no server for task {}", local));
  for (const std::string& entry : ready_->tasks[local].environment) {
    const std::size_t equals = std::min(entry.find('='), entry.size());
    set_variable(request.environment, entry.substr(0, equals), entry.substr(std::min(equals + 1, entry.size())));
  }
  set_variable(request.environment, "SLURM_MPI_TYPE", "pmix");
  return {};
}

void PmixHelper::send(const PmixInput& message) {
  if (!append_frame(unsent_, encode(message))) socket_ = FileDescriptor();
  flush();
}

void PmixHelper::flush() {
  while (socket_ && !unsent_.empty()) {
    const ssize_t n = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;  // full, or its end is read below
    unsent_.erase(0, static_cast<std::size_t>(n));
  }
  if (socket_ && ending_ && unsent_.empty()) shutdown(socket_.get(), SHUT_WR);
}

void PmixHelper::end() {
  ending_ = true;
  flush();
}

void PmixHelper::collect(std::vector<pollfd>& fds) const {
  if (socket_) fds.push_back({socket_.get(), static_cast<short>(POLLIN | (unsent_.empty() ? 0 : POLLOUT)), 0});
  if (!ended_ && !socket_) fds.push_back({process_.pidfd(), POLLIN, 0});
}

Status PmixHelper::serve() {
  if (!socket_ && !ended_) {
    siginfo_t info{};
    const int waited = waitid(P_PIDFD, static_cast<id_t>(process_.pidfd()), &info, WEXITED | WNOHANG);
    ended_ = waited != 0 || info.si_pid != 0;
  }
  if (!socket_) return {};
  flush();
  Status status = read();
  if (!status && ending_) socket_ = FileDescriptor();  // nothing waits for what is no message
  return status;
}

Status PmixHelper::read() {
  std::array<char, 64u << 10> bytes;
  const ssize_t n = recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (n <= 0 && ending_) {
    socket_ = FileDescriptor();
    return {};
  }
  if (n <= 0) return fail("--mpi=pmix: slurmxx-pmix has ended before the step");
  reader_.feed({bytes.data(), static_cast<std::size_t>(n)});
  while (true) {
    TRY_ASSIGN(const auto body, reader_.next());
    if (!body) return {};
    TRY_ASSIGN(const PmixOutput message, decode<PmixOutput>(*body));
    TRY(take(message));
  }
}

Status PmixHelper::take(const PmixOutput& message) {
  if (const auto* failed = std::get_if<PmixFailed>(&message)) return fail("--mpi=pmix: " + failed->reason);
  if (const auto* ready = std::get_if<PmixReady>(&message)) ready_ = *ready;
  if (const auto* part = std::get_if<StepExchange>(&message)) output_.push_back(*part);
  if (const auto* relay = std::get_if<StepRelay>(&message)) output_.push_back(*relay);
  if (const auto* aborted = std::get_if<TaskAborted>(&message)) output_.push_back(*aborted);
  return {};
}

}  // namespace slurmxx
