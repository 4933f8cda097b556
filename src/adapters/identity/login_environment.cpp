// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/identity/login_environment.h"

#include <algorithm>

#include "adapters/identity/identity.h"

namespace slurmxx {

void add_login_environment(const JobOwner& owner, std::vector<std::string>& environment) {
  Identity identity;
  const auto user = identity.user(owner.uid, MonoTime());
  const std::pair<std::string, std::string> facts[] = {{"HOME=", user->home},
                                                       {"USER=", user->name},
                                                       {"LOGNAME=", user->name},
                                                       {"SHELL=", user->shell},
                                                       {"PATH=", "/usr/local/bin:/usr/bin:/bin"}};
  for (const auto& [name, value] : facts) {
    const auto brought = [&](const std::string& entry) { return entry.starts_with(name); };
    if (std::none_of(environment.begin(), environment.end(), brought)) environment.push_back(name + value);
  }
}

}  // namespace slurmxx
