// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Every call names what it does and where; a short write goes on, an interrupted one is repeated.
#include "adapters/disk/disk_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace slurmxx {

Result<DiskFolder> DiskFolder::open(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(fmt::format("cannot make folder {}: {}", path, std::strerror(errno)));
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return fail(fmt::format("cannot open folder {}: {}", path, std::strerror(errno)));
  return DiskFolder(path, folder);
}

DiskFolder::DiskFolder(DiskFolder&& other) noexcept
    : path_(std::move(other.path_)),
      folder_(std::exchange(other.folder_, -1)),
      appending_(std::move(other.appending_)) {
  other.appending_.clear();
}

DiskFolder::~DiskFolder() {
  for (const auto& [name, file] : appending_) ::close(file);
  if (folder_ >= 0) ::close(folder_);
}

Error DiskFolder::error(const char* action, const std::string& name) const {
  return fail(fmt::format("cannot {} {}/{}: {}", action, path_, name, std::strerror(errno)));
}

Result<std::vector<std::string>> DiskFolder::list() {
  DIR* stream = ::opendir(path_.c_str());
  if (!stream) return error("list", "");
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream))
    if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN) names.emplace_back(entry->d_name);
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> DiskFolder::read(const std::string& name) {
  const int file = ::openat(folder_, name.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return error("open", name);
  struct stat info {};
  std::string bytes;
  if (::fstat(file, &info) == 0) bytes.resize(static_cast<std::size_t>(info.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(file, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const Error failed = error("read", name);
      ::close(file);
      return failed;
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  ::close(file);
  bytes.resize(done);
  return bytes;
}

Result<int> DiskFolder::appending(const std::string& name) {
  if (auto found = appending_.find(name); found != appending_.end()) return found->second;
  const int file = ::openat(folder_, name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return error("open", name);
  appending_[name] = file;
  return file;
}

Status DiskFolder::append(const std::string& name, std::string_view bytes) {
  TRY_ASSIGN(const int file, appending(name));
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return error("write", name);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status DiskFolder::sync(const std::string& name) {
  TRY_ASSIGN(const int file, appending(name));
  if (::fdatasync(file) != 0) return error("sync", name);
  return {};
}

Status DiskFolder::truncate(const std::string& name, std::size_t size) {
  TRY_ASSIGN(const int file, appending(name));
  if (::ftruncate(file, static_cast<off_t>(size)) != 0) return error("truncate", name);
  return {};
}

void DiskFolder::close_file(const std::string& name) {
  auto found = appending_.find(name);
  if (found == appending_.end()) return;
  ::close(found->second);
  appending_.erase(found);
}

Status DiskFolder::rename(const std::string& from, const std::string& to) {
  close_file(from);
  close_file(to);
  if (::renameat(folder_, from.c_str(), folder_, to.c_str()) != 0) return error("rename", from);
  return {};
}

Status DiskFolder::remove(const std::string& name) {
  close_file(name);
  if (::unlinkat(folder_, name.c_str(), 0) != 0) return error("remove", name);
  return {};
}

Status DiskFolder::sync_folder() {
  if (::fsync(folder_) != 0) return error("sync", "");
  return {};
}

Result<FileDescriptor> lock_file(const std::string& path, unsigned patience_s) {
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  // A blocking flock that an alarm interrupts.
  struct sigaction quiet {
  }, before{};
  quiet.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &quiet, &before);
  ::alarm(patience_s);
  const bool locked = ::flock(fd.get(), LOCK_EX) == 0;
  ::alarm(0);
  ::sigaction(SIGALRM, &before, nullptr);
  if (!locked) return fail(fmt::format("{}: another process holds it", path));
  return fd;
}

}  // namespace slurmxx
