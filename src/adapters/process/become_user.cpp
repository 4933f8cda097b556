// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "adapters/process/become_user.h"

#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace slurmxx {

Status become_user(const UserFacts& user, const std::vector<std::string>& files,
                   const std::function<void(const std::string&)>& log_line) {
  if (::geteuid() != 0 || user.uid == root_uid) return {};
  const uid_t uid = user.uid.value;
  const gid_t gid = user.gid.value;
  for (const std::string& path : files)
    if (!path.empty() && ::chown(path.c_str(), uid, gid) != 0)
      log_line(fmt::format("error: {}: cannot give it to SlurmUser={}: {}", path, user.name, std::strerror(errno)));
  const bool done =
      ::initgroups(user.name.c_str(), gid) == 0 && ::setresgid(gid, gid, gid) == 0 && ::setresuid(uid, uid, uid) == 0;
  if (!done) return fail(fmt::format("SlurmUser={}: cannot become this user: {}", user.name, std::strerror(errno)));
  return {};
}

}  // namespace slurmxx
