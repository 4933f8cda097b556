// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may write there may make jobs that run as anybody.
#include "daemons/slurmctld/state_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "adapters/identity/identity.h"

namespace slurmxx {

Status check_state_folder(const PathSettings& paths, const IdentitySettings& identity) {
  const std::string& folder = paths.state_save_location;
  const std::string& user = identity.slurm_user;
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0)
    return fail(fmt::format("StateSaveLocation={}: {}", folder, std::strerror(errno)));
  const Uid owner(info.st_uid);
  if (owner != root_uid && owner != uid_of(user))
    return fail(fmt::format("StateSaveLocation={}: it belongs to {}, and SlurmUser is {}: chown -R {} {}", folder,
                            user_name_of(owner), user, user, folder));
  if ((info.st_mode & S_IWOTH) != 0)
    return fail(fmt::format("StateSaveLocation={}: everybody may write there: chmod o-w {}", folder, folder));
  return {};
}

Error damaged_log(const PathSettings& paths, const Error& error) {
  const std::string text = text_of(error);
  const std::string folder = text.starts_with('/') ? "" : paths.state_save_location + "/log/";
  return fail(error.code, folder + text + "; or start slurmctld -i once: it sets the log aside and forgets all jobs");
}

Result<std::string> set_log_aside(const PathSettings& paths, Instant now) {
  const std::string& state = paths.state_save_location;
  std::string aside = fmt::format("{}/log.damaged-{}", state, now.seconds);
  if (::rename((state + "/log").c_str(), aside.c_str()) != 0)
    return fail(fmt::format("{}: {}", aside, std::strerror(errno)));
  return aside;
}

Status work_beside_log(const std::string& log_file, const PathSettings& paths) {
  const std::string& state = paths.state_save_location;
  const std::string beside = log_file.starts_with('/') ? log_file.substr(0, log_file.rfind('/') + 1) : state;
  for (const std::string& folder : {beside, state, std::string("/var/tmp")})
    if (::chdir(folder.c_str()) == 0) return {};
  return fail(fmt::format("cannot work in {}, {} or /var/tmp: {}", beside, state, std::strerror(errno)));
}

}  // namespace slurmxx
