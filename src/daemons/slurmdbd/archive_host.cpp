// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmdbd/archive_host.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include <fmt/format.h>

#include "adapters/disk/disk_folder.h"
#include "adapters/net/file_descriptor.h"
#include "adapters/process/spawn.h"

namespace slurmxx {

Result<std::unique_ptr<Folder>> open_archive_folder(const std::string& path) {
  auto folder = DiskFolder::open(path);
  if (!folder) return fail(fmt::format("ArchiveDir={}: {}", path, text_of(folder.error())));
  return std::unique_ptr<Folder>(std::make_unique<DiskFolder>(std::move(*folder)));
}

Status run_archive_script(const std::string& path, const std::vector<std::string>& environment) {
  Spawn spawn(Spawn::Session::own);
  spawn.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  const auto pid = spawn.run(path, {path}, c_strings(environment).data());
  if (!pid) return fail(fmt::format("ArchiveScript={}: {}", path, pid.error().message));
  const FileDescriptor child(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  pollfd over{child.get(), POLLIN, 0};
  constexpr int patience_ms = archive_script_hours_max * 3'600'000;
  const bool in_time = ::poll(&over, 1, patience_ms) != 0;
  if (!in_time) ::kill(-*pid, SIGKILL);
  const int status = wait_for_child(*pid);
  if (!in_time) return fail(fmt::format("ArchiveScript={}: killed after {} h", path, archive_script_hours_max));
  if (status != 0) return fail(fmt::format("ArchiveScript={}: it ended with wait status {}", path, status));
  return {};
}

}  // namespace slurmxx
