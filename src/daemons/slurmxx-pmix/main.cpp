// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmxx-pmix SOCKET: started by slurmstepd as the step's user, one a node and step; a PMIx server between the step's
// tasks and slurmstepd. It ends when slurmstepd closes its socket. docs/decisions/0009-pmix-in-a-program-of-its-own.md.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "adapters/pmix/pmix_server.h"
#include "base/version.h"
#include "core/text/words.h"
#include "state/codec.h"
#include "wire/frame.h"

namespace slurmxx {
namespace {

// To and from slurmstepd; blocking, and only read when there is something.
class Line {
 public:
  explicit Line(int fd) : fd_(fd) {}

  Status send(const PmixOutput& message) {
    std::string bytes;
    TRY(append_frame(bytes, encode(message)));
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t n = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail(fmt::format("cannot reach slurmstepd: {}", strerror(errno)));
      at += static_cast<std::size_t>(n);
    }
    return {};
  }

  // What has been read; nullopt: no whole message.
  Result<std::optional<PmixInput>> next() {
    TRY_ASSIGN(const auto body, reader_.next());
    if (!body) return std::optional<PmixInput>();
    TRY_ASSIGN(PmixInput message, decode<PmixInput>(*body));
    return std::optional(std::move(message));
  }

  // Waits. False: slurmstepd has closed.
  bool read() {
    std::array<char, 64u << 10> bytes;
    ssize_t n = 0;
    do n = recv(fd_, bytes.data(), bytes.size(), 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0) return false;
    reader_.feed({bytes.data(), static_cast<std::size_t>(n)});
    return true;
  }
  int fd() const { return fd_; }

 private:
  int fd_;
  FrameReader reader_;
};

// Gone with everything in it when the server ends.
class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}
  Folder(Folder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<Folder> make_folder(const std::string& base) {
  std::string path = base + "/slurmxx-pmix.XXXXXX";
  if (mkdtemp(path.data()) == nullptr)
    return fail(
        fmt::format("cannot make a folder in {}: {}; set TMPDIR to one that can be written", base, strerror(errno)));
  return Folder(std::move(path));
}

Status obey(PmixServer& server, const PmixInput& message) {
  if (const auto* all = std::get_if<StepExchanged>(&message)) server.exchanged(*all);
  if (const auto* ended = std::get_if<PmixTaskEnded>(&message)) server.ended(*ended);
  if (const auto* relayed = std::get_if<StepRelayed>(&message)) return server.relayed(*relayed);
  return {};
}

Status serve(PmixServer& server, Line& line) {
  std::array<pollfd, 2> fds{{{line.fd(), POLLIN, 0}, {server.wake_fd(), POLLIN, 0}}};
  while (true) {
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return fail(strerror(errno));
    for (const PmixOutput& message : server.take_output()) TRY(line.send(message));
    if (fds[0].revents == 0) continue;
    if (!line.read()) return {};
    while (true) {
      TRY_ASSIGN(const auto message, line.next());
      if (!message) break;
      TRY(obey(server, *message));
    }
  }
}

Status run(Line& line) {
  std::optional<PmixInput> first;
  while (!first) {
    if (!line.read()) return {};
    TRY_ASSIGN(first, line.next());
  }
  const auto* start = std::get_if<PmixStart>(&*first);
  if (start == nullptr) return {};
  TRY_ASSIGN(const PmixLibrary library, load_pmix(start->library));
  TRY_ASSIGN(const Folder folder, make_folder(start->folder));
  TRY_ASSIGN(const auto server, PmixServer::start(library, *start, folder.path()));
  TRY_ASSIGN(PmixReady ready, server->ready());
  TRY(line.send(std::move(ready)));
  const Status served = serve(*server, line);
  shutdown(line.fd(), SHUT_RDWR);  // slurmstepd need not wait for the library's end to hear the last
  constexpr unsigned patience_seconds = 5;
  alarm(patience_seconds);  // the library's end may hang: a process that nobody waits for must not stay
  return served;
}

// For srun --mpi=list: the library's kind, or why there is none.
int tell_version() {
  const char* named = getenv(pmix_library_variable);
  const auto library = load_pmix(named != nullptr ? named : pmix_soname);
  if (!library) {
    fmt::print(stderr, "{}\n", library.error().message);
    return 1;
  }
  fmt::print("pmix_v4\n");
  return 0;
}

int run_main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--library") == 0) return tell_version();
  if (argc == 2 && std::strcmp(argv[1], "-V") == 0) {
    fmt::print("slurm {}\n", version_text);
    return 0;
  }
  const auto socket = parse_natural(argc == 2 ? argv[1] : "", {STDERR_FILENO + 1, INT32_MAX});
  if (!socket || fcntl(static_cast<int>(*socket), F_GETFD) < 0) {
    fmt::print(stderr, "slurmxx-pmix: started by slurmstepd for each step with --mpi=pmix; use srun\n");
    return 1;
  }
  fcntl(static_cast<int>(*socket), F_SETFD, FD_CLOEXEC);
  std::signal(SIGPIPE, SIG_IGN);
  Line line(static_cast<int>(*socket));
  const Status done = run(line);
  if (done) return 0;
  static_cast<void>(line.send(PmixFailed{done.error().message}));  // slurmstepd may be gone
  return 1;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main(argc, argv); }
