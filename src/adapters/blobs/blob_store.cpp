// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A blob is written beside its name; sync() makes the bytes durable, then the names. No lock is held over the disk's
// part of it, so that launches are not held up.
#include "adapters/blobs/blob_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "adapters/net/file_descriptor.h"

namespace slurmxx {
namespace {

Error file_error(const std::string& path, const char* action) {
  return fail(fmt::format("{}: cannot {}: {}", path, action, std::strerror(errno)));
}

}  // namespace

Result<std::unique_ptr<BlobStore>> BlobStore::open(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return file_error(folder, "make the folder");
  std::unique_ptr<BlobStore> store(new BlobStore(folder));
  DIR* directory = ::opendir(folder.c_str());
  if (!directory) return file_error(folder, "read the folder");
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (name.size() == 32) store->known_.insert(name);
    if (name.ends_with(".new")) ::unlink((folder + "/" + name).c_str());  // a crash left it half written
  }
  // The process before may have ended between naming a blob and syncing the name.
  const bool synced = ::fsync(::dirfd(directory)) == 0;
  ::closedir(directory);
  if (!synced) return file_error(folder, "sync the folder");
  return store;
}

void BlobStore::cache(const std::string& hash, const std::string& bytes) {
  if (cached_bytes_ + bytes.size() > cached_bytes_max) {
    cached_.clear();
    cached_bytes_ = 0;
  }
  if (cached_.emplace(hash, bytes).second) cached_bytes_ += bytes.size();
}

Status BlobStore::put(const std::string& hash, const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  cache(hash, bytes);
  if (sweeping_) put_since_.insert(hash);
  if (known_.contains(hash)) return {};
  const std::string draft = folder_ + "/" + hash + ".new";
  FileDescriptor fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return file_error(draft, "make the file");
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(fd.get(), bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno != EINTR) return file_error(draft, "write");
    if (written > 0) done += static_cast<std::size_t>(written);
  }
  known_.insert(hash);
  drafts_.push_back(hash);
  return {};
}

// A name is given to bytes that are durable, never before: a crash leaves a whole blob or none.
Status BlobStore::sync() {
  std::vector<std::string> drafts;
  {
    const std::lock_guard lock(mutex_);
    drafts.swap(drafts_);
  }
  if (drafts.empty()) return {};
  FileDescriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return file_error(folder_, "open");
  TRY(sync_drafts(drafts, folder.get()));
  for (const std::string& hash : drafts)
    if (::renameat(folder.get(), (hash + ".new").c_str(), folder.get(), hash.c_str()) != 0)
      return file_error(folder_ + "/" + hash, "rename");
  if (::fsync(folder.get()) != 0) return file_error(folder_, "sync");
  return {};
}

// Each sync of a new file is a turn of the disk: from a few files on, one for the whole file system is cheaper.
Status BlobStore::sync_drafts(const std::vector<std::string>& drafts, int folder) const {
  constexpr std::size_t one_by_one_max = 3;
  if (drafts.size() > one_by_one_max) {
    if (::syncfs(folder) != 0) return file_error(folder_, "sync");
    return {};
  }
  for (const std::string& hash : drafts) {
    const std::string draft = folder_ + "/" + hash + ".new";
    FileDescriptor fd(::open(draft.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || ::fdatasync(fd.get()) != 0) return file_error(draft, "sync");
  }
  return {};
}

Result<std::string> BlobStore::get(const std::string& hash) {
  const std::lock_guard lock(mutex_);
  if (auto found = cached_.find(hash); found != cached_.end()) return found->second;
  const std::string path = folder_ + "/" + hash;
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return file_error(path, "open");
  std::string bytes;
  char buffer[64 << 10];
  ssize_t got = 0;
  while ((got = ::read(fd.get(), buffer, sizeof buffer)) > 0) bytes.append(buffer, static_cast<std::size_t>(got));
  if (got < 0) return file_error(path, "read");
  cache(hash, bytes);
  return bytes;
}

void BlobStore::begin_sweep() {
  const std::lock_guard lock(mutex_);
  sweeping_ = true;
  put_since_.clear();
}

void BlobStore::remove(const std::string& hash) {
  ::unlink((folder_ + "/" + hash).c_str());
  known_.erase(hash);
  auto cached = cached_.find(hash);
  if (cached == cached_.end()) return;
  cached_bytes_ -= cached->second.size();
  cached_.erase(cached);
}

std::size_t BlobStore::sweep(const std::set<std::string>& named) {
  std::vector<std::string> doomed;
  {
    const std::lock_guard lock(mutex_);
    std::set_difference(known_.begin(), known_.end(), named.begin(), named.end(), std::back_inserter(doomed));
  }
  constexpr std::size_t slice = 64;  // files removed while a put() has to wait
  std::size_t removed = 0;
  for (std::size_t begin = 0; begin < doomed.size(); begin += slice) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = begin; i < std::min(begin + slice, doomed.size()); ++i) {
      if (put_since_.contains(doomed[i])) continue;
      remove(doomed[i]);
      ++removed;
    }
  }
  const std::lock_guard lock(mutex_);
  sweeping_ = false;
  put_since_.clear();
  return removed;
}

}  // namespace slurmxx
