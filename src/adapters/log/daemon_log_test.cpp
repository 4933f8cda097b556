// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "adapters/log/daemon_log.h"
#include "adapters/step/step_folder.h"

using namespace slurmxx;

namespace {

struct TempFolder {
  std::string path;
  TempFolder() {
    char name[] = "/tmp/slurmxx-log.XXXXXX";
    path = mkdtemp(name);
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("log level: names and numbers of slurm.conf, and nothing else") {
  CHECK(*log_level_of("SlurmdDebug", "Debug2") == LogLevel::debug2);
  CHECK(*log_level_of("SlurmdDebug", "3") == LogLevel::info);
  const auto wrong = log_level_of("SlurmdDebug", "loud");
  REQUIRE(!wrong);
  CHECK(wrong.error().message.starts_with("SlurmdDebug=loud: no such level: one of quiet, "));
  CHECK(!log_level_of("SlurmdDebug", "10"));
  CHECK(raised(LogLevel::info, 2) == LogLevel::debug);
  CHECK(raised(LogLevel::debug5, 9) == LogLevel::debug5);
}

TEST_CASE("log: the file is the owner's alone, gets lines with their time up to the level, and is opened anew") {
  const TempFolder folder;
  const std::string file = folder.path + "/d.log";
  DaemonLog log("slurmd");
  REQUIRE(log.open(
      {.program = "slurmd", .file = file, .mark = "[5.batch] ", .level = LogLevel::error, .to_stderr = false}));
  log.line("an info that nobody asked for");
  log.line("error: something broke");
  const std::string text = *read_whole(file);
  CHECK(text.substr(0, 5).starts_with("[2"));
  CHECK(text.ends_with("] [5.batch] error: something broke\n"));
  CHECK(text.size() == std::string("[2026-11-23T10:00:00.123] [5.batch] error: something broke\n").size());
  struct stat facts {};
  REQUIRE(stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  REQUIRE(std::rename(file.c_str(), (file + ".1").c_str()) == 0);
  REQUIRE(log.reopen());
  log.line("fatal: again");
  CHECK(read_whole(file)->ends_with("fatal: again\n"));
}

TEST_CASE("log: a file that cannot be opened is told, and the old one stays") {
  const TempFolder folder;
  const std::string file = folder.path + "/d.log";
  DaemonLog log("slurmd");
  REQUIRE(log.open({.program = "slurmd", .file = file, .to_stderr = false}));
  const Status wrong = log.open({.program = "slurmd", .file = folder.path + "/none/d.log", .to_stderr = false});
  REQUIRE(!wrong);
  CHECK(wrong.error().message == folder.path + "/none/d.log: cannot write the log: No such file or directory");
  log.line("still here");
  CHECK(read_whole(file)->ends_with("still here\n"));
}

TEST_CASE("log time: each format of the manual has its shape") {
  CHECK(log_time("iso8601").size() == 19);
  CHECK(log_time("iso8601_ms").size() == 23);
  CHECK(log_time("rfc5424").size() == 25);
  CHECK(log_time("rfc5424_ms").size() == 29);
  CHECK(log_time("short").size() == 15);
  CHECK(log_time("clock").find_first_not_of("0123456789") == std::string::npos);
}
