// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/this_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "adapters/identity/identity.h"
#include "core/config/key_value.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

struct LimitName {
  const char* name;
  int resource;
};

constexpr LimitName limit_names[] = {
    {"AS", RLIMIT_AS},       {"CORE", RLIMIT_CORE},       {"CPU", RLIMIT_CPU},       {"DATA", RLIMIT_DATA},
    {"FSIZE", RLIMIT_FSIZE}, {"MEMLOCK", RLIMIT_MEMLOCK}, {"NOFILE", RLIMIT_NOFILE}, {"NPROC", RLIMIT_NPROC},
    {"RSS", RLIMIT_RSS},     {"STACK", RLIMIT_STACK},
};

std::vector<ResourceLimit> own_limits() {
  std::vector<ResourceLimit> limits;
  for (const LimitName& row : limit_names) {
    rlimit current{};
    if (getrlimit(static_cast<__rlimit_resource_t>(row.resource), &current) != 0) continue;
    ResourceLimit limit{.resource = static_cast<std::uint32_t>(row.resource)};
    if (current.rlim_cur != RLIM_INFINITY) limit.soft = current.rlim_cur;
    limits.push_back(limit);
  }
  return limits;
}

JobOwner own_identity() {
  JobOwner owner{.uid = Uid(getuid()), .gid = Gid(getgid())};
  owner.user_name = user_name_of(owner.uid);
  owner.group_name = group_name_of(owner.gid);
  return owner;
}

// /dev/zero and the like have no end.
Result<std::string> read_descriptor(int fd, std::size_t most) {
  std::string content;
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t got = read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail("Unable to read the file");
    if (got == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
    if (content.size() <= most) continue;
    if (most == script_bytes_max) return fail("More than 16 MiB: neither a batch script nor a list of names or tasks");
    return fail(fmt::format("More than {} MiB", most >> 20));
  }
}

}  // namespace

Status take_identity(const JobNaming& naming, const std::string& slurm_user, SubmitContext& context) {
  if (naming.uid.empty() && naming.gid.empty()) return {};
  const char* option = naming.uid.empty() ? "gid" : "uid";
  if (getuid() != 0 && uid_of(slurm_user) != Uid(getuid()))
    return fail(fmt::format("--{} only permitted by root user", option));
  const auto uid = naming.uid.empty() ? std::optional(context.owner.uid) : uid_of(naming.uid);
  if (!uid || (!naming.uid.empty() && user_name_of(*uid) == to_string(*uid)))
    return fail("Invalid --uid specification");
  const auto user = Identity().user(*uid, MonoTime());
  JobOwner owner{user->uid, user->gid, user->name, user->group_name, user->groups};
  if (!naming.gid.empty()) {
    const auto gid = gid_of(naming.gid);
    if (!gid) return fail("Invalid --gid specification");
    owner.gid = *gid;
    owner.group_name = group_name_of(*gid);
    if (std::find(owner.groups.begin(), owner.groups.end(), *gid) == owner.groups.end()) owner.groups.push_back(*gid);
  }
  context.owner = std::move(owner);
  context.for_owner = true;
  return {};
}

void take_site(const ClusterConfig& config, SubmitContext& context) {
  context.cluster_name = config.identity.cluster_name;
  context.gres_types = config.scheduling.gres_types;
  context.special_allowed = config.jobs.allow_spec_resources_usage;
  context.governors = value_of(config, "CpuFreqGovernors");
}

SubmitContext this_process(const std::vector<std::string>& arguments) {
  SubmitContext context;
  context.owner = own_identity();
  std::array<char, PATH_MAX> folder{};
  context.work_dir = getcwd(folder.data(), folder.size()) ? folder.data() : "/";
  context.submit_line = join(arguments, " ");
  std::array<char, HOST_NAME_MAX + 1> host{};
  if (gethostname(host.data(), host.size() - 1) == 0) context.submit_host = host.data();
  context.submit_sid = static_cast<std::uint32_t>(getsid(0));
  const mode_t mask = umask(022);
  umask(mask);
  context.umask = mask;
  context.nice = getpriority(PRIO_PROCESS, 0);
  if (const char* asked = std::getenv("SLURM_UMASK")) {  // octal, with or without the 0 in front
    char* end = nullptr;
    const unsigned long value = std::strtoul(asked, &end, 8);
    if (end != asked && *end == 0 && value <= 0777) context.umask = static_cast<std::uint32_t>(value);
  }
  context.limits = own_limits();
  context.read_file = [](const std::string& path) { return read_whole_file(path); };
  return context;
}

Result<std::vector<ResourceLimit>> propagated_limits(const std::vector<ResourceLimit>& all,
                                                     const std::optional<std::string>& propagate) {
  if (!propagate || propagate->empty() || equal_ignoring_case(*propagate, "ALL")) return all;
  std::vector<ResourceLimit> chosen;
  if (equal_ignoring_case(*propagate, "NONE")) return chosen;
  for (std::string_view name : split_commas(*propagate)) {
    if (starts_with_ignoring_case(name, "RLIMIT_")) name.remove_prefix(7);
    const auto* row = std::find_if(std::begin(limit_names), std::end(limit_names),
                                   [&](const LimitName& one) { return equal_ignoring_case(one.name, name); });
    if (row == std::end(limit_names)) return fail(fmt::format("--propagate={}: no such resource limit", name));
    for (const ResourceLimit& limit : all)
      if (limit.resource == static_cast<std::uint32_t>(row->resource)) chosen.push_back(limit);
  }
  return chosen;
}

Result<std::vector<ResourceLimit>> limits_of_site(const std::vector<ResourceLimit>& all, const LaunchSettings& site) {
  if (site.propagate_limits_except.empty()) return propagated_limits(all, site.propagate_limits);
  TRY_ASSIGN(const std::vector<ResourceLimit> kept_back, propagated_limits(all, site.propagate_limits_except));
  std::vector<ResourceLimit> chosen;
  for (const ResourceLimit& limit : all)
    if (std::find(kept_back.begin(), kept_back.end(), limit) == kept_back.end()) chosen.push_back(limit);
  return chosen;
}

namespace {

// A FIFO keeps us waiting. Commands that read their signals where they can act on them look at nothing meanwhile.
class DefaultSignals {
 public:
  DefaultSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&signals, number);
    pthread_sigmask(SIG_UNBLOCK, &signals, &before_);
  }
  DefaultSignals(const DefaultSignals&) = delete;
  ~DefaultSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    if (n >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) return;  // the reader went away
    pollfd room{fd, POLLOUT, 0};
    poll(&room, 1, -1);
  }
}

Result<std::string> read_whole_file(const std::string& path, std::size_t most) {
  const DefaultSignals interruptible;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(fmt::format("Unable to open file {}", path));
  auto content = read_descriptor(fd, most);
  close(fd);
  return content;
}

Result<std::string> read_standard_input(std::size_t most) { return read_descriptor(STDIN_FILENO, most); }

}  // namespace slurmxx
