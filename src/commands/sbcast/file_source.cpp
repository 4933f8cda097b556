// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sbcast/file_source.h"

#include <fcntl.h>
#include <lz4.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/process/read_program.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t mode_bits = 0777;

FileInstant instant_of(const timespec& time) { return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)}; }

// A block that does not shrink goes as it is.
FileBlock compressed(std::string plain) {
  const int size = static_cast<int>(plain.size());
  std::string packed(static_cast<std::size_t>(LZ4_compressBound(size)), '\0');
  const int n = LZ4_compress_default(plain.data(), packed.data(), size, static_cast<int>(packed.size()));
  if (n <= 0 || n >= size) return {std::move(plain), 0};
  packed.resize(static_cast<std::size_t>(n));
  return {std::move(packed), static_cast<std::uint32_t>(size)};
}

}  // namespace

Result<SourceFile> open_source(const std::string& source, FilePlace place) {
  SourceFile file;
  file.source = source;
  file.place = std::move(place);
  file.fd = FileDescriptor(open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  struct stat info {};
  if (!file.fd || fstat(file.fd.get(), &info) != 0)
    return fail(fmt::format("Can't open `{}`: {}", source, strerror(errno)));
  if (!S_ISREG(info.st_mode)) return fail(fmt::format("Can't send `{}`: it is not a regular file", source));
  file.size = static_cast<std::uint64_t>(info.st_size);
  file.begin.mode = info.st_mode & mode_bits;
  file.begin.accessed = instant_of(info.st_atim);
  file.begin.modified = instant_of(info.st_mtim);
  return file;
}

Result<std::vector<SourceFile>> open_libraries(const std::string& program, const FilePlace& place,
                                               const std::vector<std::string>& excluded) {
  std::vector<SourceFile> files;
  const std::string path = program.starts_with('/') ? program : "./" + program;  // ldd looks in no PATH
  const auto printed = read_program({"/usr/bin/ldd", path});
  if (!printed) return files;  // no dynamic program: it needs none
  for (const SharedObject& object : shared_objects_of(*printed)) {
    if (is_below(object.path, excluded)) continue;
    const auto beside = [place, name = object.name](const std::string& node) { return place(node) + "_libs/" + name; };
    TRY_ASSIGN(SourceFile file, open_source(object.path, beside));
    file.make_folder = true;
    files.push_back(std::move(file));
  }
  return files;
}

Result<FileBlock> read_block(SourceFile& file, std::size_t bytes_max, bool compress) {
  std::string bytes(bytes_max, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = read(file.fd.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(fmt::format("Can't read `{}`: {}", file.source, strerror(errno)));
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  bytes.resize(size);
  if (compress && !bytes.empty()) return compressed(std::move(bytes));
  return FileBlock{std::move(bytes), 0};
}

}  // namespace slurmxx
