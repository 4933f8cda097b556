// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Against a real munged of our own, with its own key and socket in a new folder; says so and passes where none is.
#include "adapters/munge/munge_auth.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace slurmxx {

namespace {

constexpr const char* munged = "/usr/sbin/munged";

class PrivateMunged {
 public:
  PrivateMunged() {
    std::array<char, 32> name{"/tmp/slurmxx-munge-XXXXXX"};
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name.data();
    std::ofstream(folder_ + "/key") << std::string(64, 'k');
    std::filesystem::permissions(folder_ + "/key", std::filesystem::perms::owner_read);
    const int watch = inotify_init1(IN_CLOEXEC);
    inotify_add_watch(watch, folder_.c_str(), IN_CREATE | IN_MOVED_TO);
    start();
    while (!std::filesystem::exists(socket())) {
      pollfd ready{watch, POLLIN, 0};
      REQUIRE(poll(&ready, 1, 10'000) == 1);
      std::array<char, 4096> events;
      REQUIRE(read(watch, events.data(), events.size()) > 0);
    }
    close(watch);
  }
  ~PrivateMunged() {
    if (pid_ > 0) {
      kill(pid_, SIGTERM);
      waitpid(pid_, nullptr, 0);
    }
    std::filesystem::remove_all(folder_);
  }
  std::string socket() const { return folder_ + "/socket"; }

 private:
  void start() {
    std::vector<std::string> words{munged,
                                   "--foreground",
                                   "--force",
                                   "--key-file=" + folder_ + "/key",
                                   "--socket=" + socket(),
                                   "--pid-file=" + folder_ + "/pid",
                                   "--log-file=" + folder_ + "/log",
                                   "--seed-file=" + folder_ + "/seed"};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      const std::string out = folder_ + "/out";
      if (!freopen(out.c_str(), "w", stderr)) _exit(126);
      execv(munged, arguments.data());
      _exit(127);
    }
  }

  std::string folder_;
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("AuthInfo names munged's socket") {
  CHECK(MungeAuth::from_auth_info("").socket().empty());
  CHECK(MungeAuth::from_auth_info("socket=/run/m.s").socket() == "/run/m.s");
  CHECK(MungeAuth::from_auth_info("ttl=60,socket=/run/m.s,cred_expire=9").socket() == "/run/m.s");
}

TEST_CASE("no munged gives one line that names the socket") {
  auto made = MungeAuth::from_auth_info("socket=/nonexistent/munge").make_credential("x");
  REQUIRE(!made);
  CHECK(made.error().message.find("/nonexistent/munge") != std::string::npos);
}

TEST_CASE("munged vouches for our uid and payload once, and refuses altered credentials") {
  if (access(munged, X_OK) != 0) {
    MESSAGE("SKIPPED: no /usr/sbin/munged here (package munge)");
    return;
  }
  PrivateMunged daemon;
  MungeAuth auth = MungeAuth::from_auth_info("socket=" + daemon.socket());
  const std::string payload("bytes\0and more", 14);
  auto made = auth.make_credential(payload);
  REQUIRE(made);
  std::string altered = *made;
  altered[altered.size() / 2] ^= 1;
  CHECK(!auth.check(altered));
  auto checked = auth.check(*made);
  REQUIRE(checked);
  CHECK(*checked == Credential{Uid(getuid()), Gid(getgid()), payload});
  auto again = auth.check(*made);
  REQUIRE(!again);
  CHECK(again.error().message.find("auth/munge") != std::string::npos);
}

}  // namespace slurmxx
