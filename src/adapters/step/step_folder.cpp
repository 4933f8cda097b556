// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_folder.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "adapters/process/launcher.h"
#include "adapters/step/passed_descriptor.h"
#include "core/text/words.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

constexpr std::size_t command_bytes_max = 64u << 10;
constexpr std::size_t end_bytes_max = 4u << 10;

Error failed(const char* action, const std::string& path) {
  return fail(fmt::format("{}: cannot {}: {}", path, action, strerror(errno)));
}

struct Address {
  sockaddr_un name{};
  FileDescriptor folder;  // keeps the name valid
};

Result<Address> socket_address(const std::string& folder) {
  Address address;
  address.folder = FileDescriptor(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!address.folder) return failed("open", folder);
  address.name.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/socket", address.folder.get());
  path.copy(address.name.sun_path, sizeof address.name.sun_path - 1);
  return address;
}

Result<FileDescriptor> unix_socket() {
  FileDescriptor fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(fmt::format("cannot make a unix socket: {}", strerror(errno)));
  return fd;
}

}  // namespace

Status write_whole(const std::string& path, const std::string& bytes, bool durable) {
  const std::string fresh = path + ".new";
  FileDescriptor file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return failed("make", fresh);
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t n = write(file.get(), bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const Error error = failed("write", fresh);
      unlink(fresh.c_str());
      return error;
    }
    at += static_cast<std::size_t>(n);
  }
  if (durable && fdatasync(file.get()) != 0) return failed("sync", fresh);
  if (rename(fresh.c_str(), path.c_str()) != 0) return failed("rename", fresh);
  return {};
}

Result<std::string> read_whole(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed("read", path);
  std::string bytes;
  char part[64u << 10];
  while (true) {
    const ssize_t n = read(file.get(), part, sizeof part);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read", path);
    if (n == 0) return bytes;
    bytes.append(part, static_cast<std::size_t>(n));
  }
}

Status mark_started(const std::string& folder) {
  TRY_ASSIGN(const std::uint64_t start_time, process_start_time(getpid()));
  return write_whole(folder + "/started", fmt::format("{} {}", getpid(), start_time), false);
}

std::uint64_t step_started(const std::string& folder) {
  const auto text = read_whole(folder + "/started");
  if (!text) return 0;
  const std::size_t space = text->find(' ');
  if (space == std::string::npos) return 0;
  const auto ticks = parse_natural(std::string_view(*text).substr(space + 1));
  return ticks ? *ticks : 0;
}

Status reserve_end(const std::string& folder) {
  const std::string path = folder + "/end.new";
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return failed("make", path);
  if (fallocate(file.get(), 0, 0, end_bytes_max) == 0) return {};
  if (errno != EOPNOTSUPP) return failed("write", path);
  const std::string room(end_bytes_max, '\0');
  if (write(file.get(), room.data(), room.size()) != static_cast<ssize_t>(room.size())) return failed("write", path);
  if (fdatasync(file.get()) != 0) return failed("sync", path);
  return {};
}

Status write_end(const std::string& folder, const std::string& bytes, bool durable) {
  const std::string path = folder + "/end.new";
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return failed("open", path);
  const auto size = static_cast<ssize_t>(bytes.size());
  if (pwrite(file.get(), bytes.data(), bytes.size(), 0) != size) return failed("write", path);
  if (ftruncate(file.get(), size) != 0) return failed("cut", path);
  if (durable && fdatasync(file.get()) != 0) return failed("sync", path);
  if (rename(path.c_str(), (folder + "/end").c_str()) != 0) return failed("rename", path);
  return {};
}

Result<FileDescriptor> listen_in(const std::string& folder) {
  TRY_ASSIGN(const Address address, socket_address(folder));
  TRY_ASSIGN(FileDescriptor fd, unix_socket());
  unlink((folder + "/socket").c_str());
  const bool bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.name), sizeof address.name) == 0;
  if (!bound || listen(fd.get(), 8) != 0) return failed("listen on", folder + "/socket");
  return fd;
}

Result<FileDescriptor> connect_in(const std::string& folder) {
  TRY_ASSIGN(const Address address, socket_address(folder));
  TRY_ASSIGN(FileDescriptor fd, unix_socket());
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.name), sizeof address.name) != 0)
    return failed("connect to", folder + "/socket");
  return fd;
}

Status send_command(int socket, const StepdCommand& command, int passed) {
  return send_with_descriptor(socket, encode(command), passed);
}

Result<std::optional<ReceivedCommand>> receive_command(int socket) {
  auto packet = receive_with_descriptor(socket, command_bytes_max);
  if (!packet && packet.error().code == Errc::timeout) return std::optional<ReceivedCommand>();
  if (!packet) return packet.error();
  ReceivedCommand received;
  received.passed = std::move(packet->passed);
  TRY_ASSIGN(received.command, decode<StepdCommand>(packet->bytes));
  return std::optional(std::move(received));
}

}  // namespace slurmxx
