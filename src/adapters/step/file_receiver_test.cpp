// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <lz4.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "adapters/step/file_receiver.h"
#include "state/codec.h"

using namespace slurmxx;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() { REQUIRE(mkdtemp(path) != nullptr); }
  ~Folder() { fs::remove_all(path); }
  std::string at(const std::string& name) const { return std::string(path) + "/" + name; }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
  char path[32] = "/tmp/slurmxx-receiver.XXXXXX";
};

std::string text_of_file(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

FileBegin begin(const std::string& path, bool replace = false) {
  FileBegin message;
  message.path = path;
  message.mode = 0640;
  message.replace = replace;
  return message;
}

Status send_all(ReceivedFiles& files, const FileBegin& file, const std::string& bytes) {
  TRY(files.take(file));
  TRY(files.take(FileBlock{bytes, 0}));
  TRY(files.take(FileEnd{bytes.size()}));
  return files.take(FilesCheck{});
}

}  // namespace

TEST_CASE("receiver: a file has its name, mode and times when it is committed, and not before") {
  const Folder folder;
  ReceivedFiles files;
  FileBegin file = begin(folder.at("a"));
  file.keep_times = true;
  file.modified = {1'500'000'000, 5};
  file.accessed = {1'400'000'000, 0};
  REQUIRE(send_all(files, file, "hello").ok());
  CHECK(files.checked());
  CHECK(!fs::exists(folder.at("a")));
  REQUIRE(files.take(FilesCommit{}).ok());
  CHECK(files.committed());
  CHECK(text_of_file(folder.at("a")) == "hello");
  struct stat info {};
  REQUIRE(stat(folder.at("a").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0640);
  CHECK(info.st_mtim.tv_sec == 1'500'000'000);
  CHECK(info.st_mtim.tv_nsec == 5);
}

TEST_CASE("receiver: what is given up leaves nothing") {
  const Folder folder;
  {
    ReceivedFiles files;
    REQUIRE(send_all(files, begin(folder.at("a")), "hello").ok());
  }
  CHECK(folder.entries() == 0);
}

TEST_CASE("receiver: an existing file is refused, or replaced on request") {
  const Folder folder;
  std::ofstream(folder.at("a")) << "old";
  {
    ReceivedFiles files;
    CHECK(files.take(begin(folder.at("a"))).error().message == folder.at("a") + ": File exists; -f replaces it");
  }
  {
    ReceivedFiles files;
    REQUIRE(send_all(files, begin(folder.at("a"), true), "new").ok());
    REQUIRE(files.take(FilesCommit{}).ok());
  }
  CHECK(text_of_file(folder.at("a")) == "new");
  fs::create_directory(folder.at("dir"));
  ReceivedFiles files;
  CHECK(files.take(begin(folder.at("dir"), true)).error().message == folder.at("dir") + ": Is a directory");
  CHECK(folder.entries() == 2);
}

TEST_CASE("receiver: who comes second is refused though nothing was there at first") {
  const Folder folder;
  ReceivedFiles first, second;
  REQUIRE(send_all(first, begin(folder.at("a")), "1").ok());
  REQUIRE(send_all(second, begin(folder.at("a")), "2").ok());
  REQUIRE(first.take(FilesCommit{}).ok());
  CHECK(second.take(FilesCommit{}).error().message == folder.at("a") + ": File exists; -f replaces it");
  CHECK(text_of_file(folder.at("a")) == "1");
}

TEST_CASE("receiver: a folder is made for libraries alone") {
  const Folder folder;
  ReceivedFiles files;
  FileBegin library = begin(folder.at("prog_libs/lib.so"));
  CHECK(!ReceivedFiles().take(library).ok());
  library.make_folder = true;
  REQUIRE(send_all(files, library, "x").ok());
  REQUIRE(files.take(FilesCommit{}).ok());
  struct stat info {};
  REQUIRE(stat(folder.at("prog_libs").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0700);
}

TEST_CASE("receiver: compressed blocks, and damaged ones") {
  const Folder folder;
  const std::string plain(100'000, 'z');
  std::string packed(static_cast<std::size_t>(LZ4_compressBound(100'000)), '\0');
  packed.resize(static_cast<std::size_t>(
      LZ4_compress_default(plain.data(), packed.data(), 100'000, static_cast<int>(packed.size()))));
  CHECK(packed.size() < 1000);
  ReceivedFiles files;
  REQUIRE(files.take(begin(folder.at("a"))).ok());
  REQUIRE(files.take(FileBlock{packed, 100'000}).ok());
  CHECK(!files.take(FileBlock{packed, 99'999}).ok());
  CHECK(!files.take(FileBlock{packed, 2'000'000'000}).ok());
  CHECK(!files.take(FileBlock{"junk", 100'000}).ok());
  CHECK(files.take(FileEnd{5}).error().message == folder.at("a") + ": 100000 bytes arrived, and 5 were sent");
}

TEST_CASE("receiver: messages out of order are refused") {
  const Folder folder;
  for (const FileMessage& message :
       {FileMessage(FileBlock{"x", 0}), FileMessage(FileEnd{0}), FileMessage(FilesCheck{}), FileMessage(FilesCommit{}),
        FileMessage(begin("relative")), FileMessage(begin("/tmp/")), FileMessage(begin(""))}) {
    ReceivedFiles files;
    CHECK(!files.take(message).ok());
  }
  ReceivedFiles files;
  REQUIRE(files.take(begin(folder.at("a"))).ok());
  CHECK(!files.take(FilesCheck{}).ok());
  CHECK(!files.take(begin(folder.at("b"))).ok());
}

TEST_CASE("receiver: the messages survive their encoding") {
  const std::string bytes = encode(FileMessage(begin("/tmp/x", true)));
  const auto again = decode<FileMessage>(bytes);
  REQUIRE(again.ok());
  CHECK(std::get<FileBegin>(*again).path == "/tmp/x");
  CHECK(std::get<FileBegin>(*again).replace);
}
