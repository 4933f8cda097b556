// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Real processes as the current user, in a folder of their own under /tmp.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "adapters/process/launcher.h"

using namespace slurmxx;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = "/tmp/slurmxx-launcher-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

LaunchRequest shell(const Folder& folder, const std::string& command) {
  LaunchRequest request;
  request.uid = Uid(getuid());
  request.gid = Gid(getgid());
  request.arguments = {"/bin/sh", "-c", command};
  request.environment = {"PATH=/usr/bin:/bin", "COLOUR=green"};
  request.work_dir = folder.path();
  request.files = {folder / "out", folder / "out", "/dev/null"};
  return request;
}

int wait_status(const Result<LaunchedProcess>& launched) {
  REQUIRE_MESSAGE(launched.ok(), (launched.ok() ? "" : launched.error().message));
  int status = -1;
  REQUIRE(waitpid(launched->pid(), &status, 0) == launched->pid());
  return status;
}

}  // namespace

TEST_CASE("launcher: the script sees its environment, its own pid and its work dir, and its status comes back") {
  const Folder folder;
  const auto launched = launch_process(shell(folder, "echo $COLOUR; test $SLURM_TASK_PID = $$ && pwd; exit 7"));
  CHECK(wait_status(launched) == 7 << 8);
  CHECK(content(folder / "out") == "green\n" + folder.path() + "\n");
}

TEST_CASE("launcher: the process leads a session of its own and is named by pid and start time") {
  const Folder folder;
  auto request = shell(folder, "read line");
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  const int writer = open((folder / "fifo").c_str(), O_RDWR | O_CLOEXEC);
  request.files.input = folder / "fifo";
  const auto launched = launch_process(request);
  REQUIRE(launched.ok());
  CHECK(getsid(launched->pid()) == launched->pid());
  CHECK(process_start_time(launched->pid()).value() == launched->start_time());
  CHECK(launched->start_time() > 0);
  REQUIRE(write(writer, "go\n", 3) == 3);
  siginfo_t info{};
  REQUIRE(waitid(P_PIDFD, static_cast<id_t>(launched->pidfd()), &info, WEXITED) == 0);
  CHECK(info.si_status == 0);
  close(writer);
}

TEST_CASE("launcher: output and error share one file or have their own, truncated or appended to") {
  const Folder folder;
  std::ofstream(folder / "out") << "old text that is long\n";
  auto request = shell(folder, "echo a; echo b >&2");
  CHECK(wait_status(launch_process(request)) == 0);
  CHECK(content(folder / "out") == "a\nb\n");
  request.append = true;
  request.files.error = folder / "err";
  CHECK(wait_status(launch_process(request)) == 0);
  CHECK(content(folder / "out") == "a\nb\na\n");
  CHECK(content(folder / "err") == "b\n");
}

TEST_CASE("launcher: umask and soft limits are the user's") {
  const Folder folder;
  auto request = shell(folder, "umask; ulimit -n; touch made");
  request.umask = 077;
  request.limits = {{RLIMIT_NOFILE, 123}, {RLIMIT_CORE, {}}};
  CHECK(wait_status(launch_process(request)) == 0);
  CHECK(content(folder / "out") == "0077\n123\n");
  CHECK((std::filesystem::status(folder / "made").permissions() & std::filesystem::perms::group_read) ==
        std::filesystem::perms::none);
}

TEST_CASE("launcher: a work dir that is not there is told on standard error, and /tmp serves") {
  const Folder folder;
  auto request = shell(folder, "pwd");
  request.work_dir = folder / "gone";
  CHECK(wait_status(launch_process(request)) == 0);
  CHECK(content(folder / "out") ==
        "couldn't chdir to `" + request.work_dir + "': No such file or directory: going to /tmp instead\n/tmp\n");
}

TEST_CASE("launcher: what fails before the exec is an error, and no process is left") {
  const Folder folder;
  auto request = shell(folder, "true");
  request.arguments = {folder / "no-such-script"};
  const auto no_script = launch_process(request);
  REQUIRE_FALSE(no_script.ok());
  CHECK(no_script.error().message == "cannot execute " + (folder / "no-such-script") + ": No such file or directory");
  request = shell(folder, "true");
  request.files.output = folder / "missing/out";
  const auto no_output = launch_process(request);
  REQUIRE_FALSE(no_output.ok());
  CHECK(no_output.error().message.starts_with("cannot open standard output "));
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("launcher: root gives the process the user's uid, gid and groups for good") {
  if (geteuid() != 0) return;
  const Folder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  auto request = shell(folder, "id -u; id -g; id -G; grep -c '^Uid:.65534.65534.65534' /proc/self/status");
  request.uid = Uid(65534);
  request.gid = Gid(65533);
  request.groups = {Gid(65533), Gid(65530)};
  CHECK(wait_status(launch_process(request)) == 0);
  CHECK(content(folder / "out") == "65534\n65533\n65533 65530\n1\n");
}
