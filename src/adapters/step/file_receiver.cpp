// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the file system knows O_TMPFILE a file is nameless, and goes with its process even on SIGKILL. link(2) never
// replaces, so two that write the same name without -f cannot both succeed.
#include "adapters/step/file_receiver.h"

#include <fcntl.h>
#include <lz4.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "state/codec.h"
#include "wire/frame.h"

namespace slurmxx {
namespace {

constexpr mode_t mode_bits = 0777;  // no set-user-id travels
constexpr int signal_base = 128;

Error failed(const std::string& path) {
  const char* cure = errno == EEXIST ? "; -f replaces it" : "";
  return fail(fmt::format("{}: {}{}", path, strerror(errno), cure));
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string hidden_pattern(const std::string& folder) { return folder + "/.slurm_bcast_XXXXXX"; }

std::string by_descriptor(const FileDescriptor& fd) { return fmt::format("/proc/self/fd/{}", fd.get()); }

Status link_open_file(const FileDescriptor& fd, const std::string& path) {
  if (linkat(AT_FDCWD, by_descriptor(fd).c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) return failed(path);
  return {};
}

timespec time_of(const FileInstant& instant) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(instant.seconds);
  time.tv_nsec = static_cast<long>(instant.nanoseconds);
  return time;
}

Status write_bytes(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

ReceivedFiles::~ReceivedFiles() {
  for (const File& file : files_)
    if (!file.hidden.empty()) unlink(file.hidden.c_str());
}

Status ReceivedFiles::take(const FileMessage& message) {
  if (const auto* one = std::get_if<FileBegin>(&message)) return begin(*one);
  if (const auto* one = std::get_if<FileBlock>(&message)) return write_block(*one);
  if (const auto* one = std::get_if<FileEnd>(&message)) return end(*one);
  if (std::holds_alternative<FilesCheck>(message)) return check();
  return commit();
}

Status ReceivedFiles::begin(const FileBegin& message) {
  const std::string& path = message.path;
  if (path.empty() || path.front() != '/' || path.back() == '/' || path.find('\0') != std::string::npos)
    return fail(fmt::format("{}: not the absolute path of a file", path));
  if (!files_.empty() && !files_.back().ended) return fail(fmt::format("{}: begins within another file", path));
  const std::string folder = folder_of(path);
  constexpr mode_t own_folder = 0700;
  if (message.make_folder && mkdir(folder.c_str(), own_folder) != 0 && errno != EEXIST) return failed(folder);
  struct stat there {};
  const bool exists = stat(path.c_str(), &there) == 0;
  errno = exists && S_ISDIR(there.st_mode) ? EISDIR : exists && !message.replace ? EEXIST : 0;
  if (errno != 0) return failed(path);
  File& file = files_.emplace_back();
  file.begin = message;
  return open_nameless(file, folder);
}

Status ReceivedFiles::open_nameless(File& file, const std::string& folder) {
  constexpr mode_t private_mode = 0600;
  file.fd = FileDescriptor(open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, private_mode));
  if (file.fd) return {};
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return failed(file.begin.path);
  std::string name = hidden_pattern(folder);
  file.fd = FileDescriptor(mkostemp(name.data(), O_CLOEXEC));
  if (!file.fd) return failed(file.begin.path);
  file.hidden = name;
  return {};
}

Status ReceivedFiles::write_block(const FileBlock& message) {
  if (files_.empty() || files_.back().ended) return fail("a block that belongs to no file");
  File& file = files_.back();
  std::string_view bytes = message.bytes;
  if (message.plain_bytes != 0) {
    if (message.plain_bytes > file_block_max || bytes.size() > LZ4_MAX_INPUT_SIZE)
      return fail(fmt::format("{}: a block of {} bytes is too large", file.begin.path, message.plain_bytes));
    plain_.resize(message.plain_bytes);
    const int n = LZ4_decompress_safe(bytes.data(), plain_.data(), static_cast<int>(bytes.size()),
                                      static_cast<int>(plain_.size()));
    if (n < 0 || static_cast<std::size_t>(n) != plain_.size())
      return fail(fmt::format("{}: a compressed block is damaged", file.begin.path));
    bytes = plain_;
  }
  file.size += bytes.size();
  return write_bytes(file.fd.get(), bytes, file.begin.path);
}

Status ReceivedFiles::end(const FileEnd& message) {
  if (files_.empty() || files_.back().ended) return fail("the end of no file");
  File& file = files_.back();
  const std::string& path = file.begin.path;
  if (file.size != message.size)
    return fail(fmt::format("{}: {} bytes arrived, and {} were sent", path, file.size, message.size));
  if (fchmod(file.fd.get(), file.begin.mode & mode_bits) != 0) return failed(path);
  const timespec times[] = {time_of(file.begin.accessed), time_of(file.begin.modified)};
  if (file.begin.keep_times && futimens(file.fd.get(), times) != 0) return failed(path);
  // A remote file system may tell only here that there is no room.
  if (!file.hidden.empty() && close(file.fd.release()) != 0) return failed(path);
  file.ended = true;
  return {};
}

Status ReceivedFiles::check() {
  const bool all = std::all_of(files_.begin(), files_.end(), [](const File& file) { return file.ended; });
  if (files_.empty() || !all) return fail("the broadcast ended within a file");
  checked_ = true;
  return {};
}

Status ReceivedFiles::commit() {
  if (!checked_) return fail("the broadcast was not checked");
  for (File& file : files_) TRY(take_name(file));
  committed_ = true;
  return {};
}

Status ReceivedFiles::take_name(File& file) {
  const std::string& path = file.begin.path;
  if (!file.begin.replace) {
    if (file.hidden.empty()) return link_open_file(file.fd, path);
    if (link(file.hidden.c_str(), path.c_str()) != 0) return failed(path);
    return {};  // the destructor takes the hidden name away
  }
  if (file.hidden.empty()) {  // nothing links over a file: a name for a moment, then rename(2)
    std::string name = hidden_pattern(folder_of(path));
    const FileDescriptor taken(mkostemp(name.data(), O_CLOEXEC));
    if (!taken || unlink(name.c_str()) != 0) return failed(path);
    TRY(link_open_file(file.fd, name));
    file.hidden = name;
  }
  if (rename(file.hidden.c_str(), path.c_str()) != 0) return failed(path);
  file.hidden.clear();
  return {};
}

namespace {

FileDescriptor ending_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC));
}

Status take_all(FrameReader& reader, ReceivedFiles& files, int output) {
  while (true) {
    TRY_ASSIGN(const auto frame, reader.next());
    if (!frame) return {};
    TRY_ASSIGN(const FileMessage message, decode<FileMessage>(*frame));
    TRY(files.take(message));
    if (std::holds_alternative<FilesCheck>(message)) TRY(write_bytes(output, files_written, "standard output"));
    if (files.committed()) return {};
  }
}

}  // namespace

int receive_files(int input, int output) {
  const FileDescriptor signals = ending_signals();
  ReceivedFiles files;
  FrameReader reader;
  std::string bytes(256u << 10, '\0');
  while (!files.committed()) {
    pollfd fds[] = {{input, POLLIN, 0}, {signals.get(), POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return 1;
    if (fds[1].revents != 0) return signal_base + SIGTERM;
    if (fds[0].revents == 0) continue;
    const ssize_t n = read(input, bytes.data(), bytes.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return 1;  // sbcast has given up
    reader.feed({bytes.data(), static_cast<std::size_t>(n)});
    if (const Status status = take_all(reader, files, output); !status) {
      std::fprintf(stderr, "%s\n", status.error().message.c_str());
      return 1;
    }
  }
  return 0;
}

}  // namespace slurmxx
