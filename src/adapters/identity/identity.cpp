// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// getpwuid_r(3), getgrouplist(3).
#include "adapters/identity/identity.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>

#include "core/text/words.h"

namespace slurmxx {
namespace {

// An entry of the name service and the bytes it points into. `ask` is one of get..._r with its key bound; the buffer
// grows until the entry fits (a big site's group names thousands), and is left as it comes: to clear it costs a
// command more than the look-up.
template <class Entry>
class Found {
 public:
  template <class Ask>
  explicit Found(Ask ask) {
    for (std::size_t size = 1 << 10; size <= size_max; size *= 4) {
      bytes_ = std::make_unique_for_overwrite<char[]>(size);
      if (ask(&entry_, bytes_.get(), size, &found_) != ERANGE) return;
    }
  }
  Found(const Found&) = delete;  // found_ points into entry_
  Found& operator=(const Found&) = delete;
  const Entry* operator->() const { return found_; }
  explicit operator bool() const { return found_ != nullptr; }

 private:
  static constexpr std::size_t size_max = 16 << 20;
  std::unique_ptr<char[]> bytes_;
  Entry entry_{};
  Entry* found_ = nullptr;
};

Found<passwd> entry_of(Uid uid) {
  return Found<passwd>([uid](auto... rest) { return ::getpwuid_r(uid.value, rest...); });
}

UserFacts look_up(Uid uid) {
  UserFacts facts{uid, Gid(uid.value), to_string(uid), to_string(uid), {}, {}};
  const auto found = entry_of(uid);
  if (!found) return facts;
  facts.gid = Gid(found->pw_gid);
  facts.name = found->pw_name;
  facts.group_name = group_name_of(facts.gid);
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count);
  }
  groups.resize(static_cast<std::size_t>(count));
  for (gid_t gid : groups) {
    facts.groups.push_back(Gid(gid));
    facts.group_names.push_back(group_name_of(Gid(gid)));
  }
  return facts;
}

}  // namespace

std::shared_ptr<const UserFacts> Identity::user(Uid uid, MonoTime now) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = users_.find(uid);
    if (found != users_.end() && found->second.until > now) return found->second.facts;
  }
  auto facts = std::make_shared<const UserFacts>(look_up(uid));
  const std::lock_guard lock(mutex_);
  users_.insert_or_assign(uid, Entry{facts, now + kept});
  return facts;
}

bool Identity::knows(Uid uid, MonoTime now) {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(uid);
  return found != users_.end() && found->second.until > now;
}

std::optional<Uid> uid_of(const std::string& name) {
  if (const auto number = parse_natural(name, {0, UINT32_MAX - 1})) return Uid(static_cast<std::uint32_t>(*number));
  const Found<passwd> found([&](auto... rest) { return ::getpwnam_r(name.c_str(), rest...); });
  if (!found) return std::nullopt;
  return Uid(found->pw_uid);
}

std::optional<Gid> gid_of(const std::string& name) {
  if (const auto number = parse_natural(name, {0, UINT32_MAX - 1})) return Gid(static_cast<std::uint32_t>(*number));
  const Found<group> found([&](auto... rest) { return ::getgrnam_r(name.c_str(), rest...); });
  if (!found) return std::nullopt;
  return Gid(found->gr_gid);
}

// Not by look_up(): asking for somebody's groups makes glibc load modules that cost a command milliseconds.
std::string user_name_of(Uid uid) {
  const auto found = entry_of(uid);
  return found ? found->pw_name : to_string(uid);
}

std::string group_name_of(Gid gid) {
  const Found<group> found([gid](auto... rest) { return ::getgrgid_r(gid.value, rest...); });
  return found ? found->gr_name : to_string(gid);
}

}  // namespace slurmxx
