// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Users and groups of this machine, as the name service tells them, kept for a while: the look-ups may be slow (LDAP).
// Any thread may ask; a look-up holds nobody up but who asks for that user.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"

namespace slurmxx {

struct UserFacts {
  Uid uid;
  Gid gid;
  std::string name;
  std::string group_name;
  std::vector<Gid> groups;               // supplementary, the primary one among them
  std::vector<std::string> group_names;  // of `groups`
};

class Identity {
 public:
  static constexpr Seconds kept{300};

  // An unknown uid is its own name.
  std::shared_ptr<const UserFacts> user(Uid uid, MonoTime now);
  bool knows(Uid uid, MonoTime now);  // user() will not have to look up

 private:
  struct Entry {
    std::shared_ptr<const UserFacts> facts;
    MonoTime until;
  };
  std::mutex mutex_;  // guards users_
  std::map<Uid, Entry> users_;
};

std::optional<Uid> uid_of(const std::string& name);  // a number is taken as it is
std::optional<Gid> gid_of(const std::string& name);  // likewise
std::string user_name_of(Uid uid);
std::string group_name_of(Gid gid);

}  // namespace slurmxx
