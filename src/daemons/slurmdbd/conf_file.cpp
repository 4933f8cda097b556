// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The mode is judged before a byte is read, the owner when the file has said who SlurmUser is.
#include "daemons/slurmdbd/conf_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/identity/identity.h"
#include "adapters/step/step_folder.h"

namespace slurmxx {

Result<DbdConfig> read_dbd_config(const std::string& path, std::vector<std::string>& warnings) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0)
    return fail(fmt::format("{}: {}: slurmdbd needs it; slurmdbd.conf(5)", path, std::strerror(errno)));
  if ((facts.st_mode & 07777) != 0600)
    return fail(fmt::format("{}: its mode is {:04o}, and it holds a password: chmod 0600 {}", path,
                            facts.st_mode & 07777, path));
  TRY_ASSIGN(DbdConfig config, parse_dbd_config(path, read_whole, warnings));
  const std::string& user = config.identity.slurm_user;
  const auto wanted = uid_of(user);
  if (!wanted) return fail(fmt::format("{}: SlurmUser={}: no such user", path, user));
  if (::geteuid() != 0 && *wanted != Uid(::geteuid()))
    return fail(fmt::format("{}: SlurmUser={}: slurmdbd was started by {}: start it as root or as SlurmUser", path,
                            user, user_name_of(Uid(::geteuid()))));
  if (Uid(facts.st_uid) != *wanted)
    return fail(fmt::format("{}: it belongs to {}, and SlurmUser is {}: chown {} {}", path,
                            user_name_of(Uid(facts.st_uid)), user, user, path));
  return config;
}

}  // namespace slurmxx
