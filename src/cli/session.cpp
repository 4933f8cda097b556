// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Blocking, on purpose: a command has nothing else to do meanwhile.
#include "cli/session.h"

#include <malloc.h>
#include <poll.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <fmt/format.h>

#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/identity/host_names.h"
#include "adapters/identity/identity.h"
#include "cli/this_process.h"
#include "cli/time_style.h"
#include "core/text/words.h"
#include "state/codec.h"
#include "wire/message_types.h"

namespace slurmxx {
namespace {

// Answered when something has happened, however long that takes.
bool may_take_long(const ClientRequest& request) {
  return std::holds_alternative<WaitRequest>(request) || std::holds_alternative<StepRequest>(request) ||
         std::holds_alternative<HetStepRequest>(request);
}

std::uint64_t number_from(Random& random) {
  const std::string bytes = random.bytes(sizeof(std::uint64_t));
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

}  // namespace

std::string controller_socket_path(const ClusterConfig& config) {
  return socket_beside(config.paths.slurmctld_pid_file);
}

// Long answers come in large pieces: memory that was given back is used for the next one, not returned to the kernel.
static void keep_freed_memory() {
  constexpr int much = 1 << 30;
  ::mallopt(M_MMAP_THRESHOLD, much);
  ::mallopt(M_TRIM_THRESHOLD, much);
}

Status SocketClient::connect() {
  keep_freed_memory();
  OpenOptions options;
  options.timeout = Millis(config_.timeouts.message_timeout.value * 1000);
  options.server_uids = {root_uid};
  if (const auto slurm_user = uid_of(config_.identity.slurm_user)) options.server_uids.push_back(*slurm_user);
  std::unique_ptr<Auth> none = no_auth();
  auto local = open_stream({controller_socket_path(config_), "", 0}, options, {*none, random_});
  if (local) {
    stream_.emplace(std::move(*local));
    return {};
  }
  if (local.error().code == Errc::protocol_authentication) return local.error();
  options.auth_kind = config_.identity.auth_type;
  if (!auth_) {
    TRY_ASSIGN(auth_, make_user_auth(config_, conf_path_, random_));
  }
  Status last = fail(Errc::communication);
  for (const ControllerHost& host : config_.identity.controllers) {
    auto remote = open_stream({"", host.address, config_.identity.slurmctld_port}, options, {*auth_, random_});
    if (remote) {
      stream_.emplace(std::move(*remote));
      return {};
    }
    last = remote.error();
  }
  return last;
}

bool SocketClient::pause(int milliseconds) {
  pollfd interrupt{interrupt_fd_, POLLIN, 0};
  return ::poll(&interrupt, interrupt_fd_ < 0 ? 0 : 1, milliseconds) <= 0;
}

Status SocketClient::wait(MonoTime until, bool patient) {
  const short events = static_cast<short>(POLLIN | (stream_->wants_write() ? POLLOUT : 0));
  if (!patient || interrupt_fd_ < 0) {
    if (!wait_for(stream_->fd(), events, until)) return fail(Errc::timeout);
    return {};
  }
  std::array<pollfd, 2> both{pollfd{stream_->fd(), events, 0}, pollfd{interrupt_fd_, POLLIN, 0}};
  ::poll(both.data(), both.size(), -1);
  if (both[1].revents != 0) return fail(Errc::interrupted);
  return {};
}

namespace {

// A job that came without a specification has that of the job before it.
void share_specifications(JobsReply& reply) {
  std::shared_ptr<const JobSpec> last = std::make_shared<const JobSpec>();
  for (JobView& view : reply.jobs) {
    if (!view.job.spec) view.job.spec = last;
    last = view.job.spec;
  }
}

// The parts as one list.
class WholeList : public JobsTaker {
 public:
  void begin() override { list_ = JobsReply(); }
  void take(JobsReply part) override {
    if (list_.jobs.empty()) {
      list_ = std::move(part);
      return;
    }
    // Room for a long list at once: what is not used is never touched, and rows are not moved again and again.
    constexpr std::size_t parts_foreseen = 16;
    const std::size_t count = list_.jobs.size() + part.jobs.size();
    if (list_.jobs.capacity() < count) list_.jobs.reserve(count * parts_foreseen);
    std::move(part.jobs.begin(), part.jobs.end(), std::back_inserter(list_.jobs));
    list_.now = part.now;
  }
  JobsReply whole() { return std::move(list_); }

 private:
  JobsReply list_;
};

// Nothing: more of it follows.
std::optional<ClientReply> passed_on(ClientReply reply, JobsTaker& taker) {
  auto* jobs = std::get_if<JobsReply>(&reply);
  if (!jobs) return reply;
  share_specifications(*jobs);
  const bool more = std::exchange(jobs->more, false);
  taker.take(std::move(*jobs));
  if (more) return std::nullopt;
  return ClientReply(JobsReply());
}

}  // namespace

Result<ClientReply> SocketClient::ask_once(const ClientCall& call, MonoTime until, JobsTaker& taker) {
  if (!stream_) TRY(connect());
  TRY(stream_->send({RequestId(), message_type::client_call, encode(call)}, wall_now()));
  taker.begin();
  while (true) {
    TRY(wait(until, may_take_long(call.body)));
    if (stream_->wants_write()) TRY(stream_->flush());
    if (!wait_for(stream_->fd(), POLLIN, mono_now())) continue;
    TRY_ASSIGN(std::vector<Message> messages, stream_->receive(wall_now()));
    for (const Message& message : messages) {
      if (message.type != message_type::client_answer) continue;
      TRY_ASSIGN(ClientAnswer answer, decode<ClientAnswer>(message.body));
      if (answer.call != call.call) continue;
      if (auto last = passed_on(std::move(answer.body), taker)) return std::move(*last);
    }
  }
}

Error SocketClient::unreachable() const {
  std::vector<std::string> hosts;
  for (const ControllerHost& host : config_.identity.controllers)
    hosts.push_back(fmt::format("{}:{}", host.address, config_.identity.slurmctld_port));
  return fail(Errc::communication,
              fmt::format("Unable to contact slurm controller (connect failure): no answer from {} within {} s: check "
                          "that slurmctld runs there, and SlurmctldHost and SlurmctldPort in {}",
                          join(hosts, ", "), config_.timeouts.message_timeout.value, conf_path_));
}

Result<ClientReply> SocketClient::call(ClientRequest request) {
  WholeList list;
  TRY_ASSIGN(ClientReply reply, call_for_jobs(std::move(request), list));
  if (std::holds_alternative<JobsReply>(reply)) return ClientReply(list.whole());
  return reply;
}

Result<ClientReply> SocketClient::call_for_jobs(ClientRequest request, JobsTaker& taker) {
  const bool patient = may_take_long(request);
  const Millis timeout(config_.timeouts.message_timeout.value * 1000);
  const ClientCall call{++calls_, RequestId(number_from(random_)), std::move(request)};
  MonoTime give_up = mono_now() + timeout;
  while (true) {
    auto reply = ask_once(call, patient ? mono_now() + Seconds(365 * 86400) : give_up, taker);
    if (reply) return reply;
    if (patient && stream_) give_up = mono_now() + timeout;  // it broke while we waited
    stream_.reset();
    const Errc code = reply.error().code;
    if (code != Errc::communication) return reply;
    // A controller that restarts is back soon.
    if (mono_now() >= give_up) return unreachable();
    ::poll(nullptr, 0, 50);
  }
}

namespace {

// NO_COLOR (no-color.org) turns them off.
bool takes_colours(const std::function<std::optional<std::string>(const char*)>& variable) {
  const std::optional<std::string> terminal = variable("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && variable("NO_COLOR").value_or("").empty() && terminal && *terminal != "dumb";
}

std::vector<std::string> own_command_line() {
  const auto text = read_whole_file("/proc/self/cmdline");
  std::vector<std::string> words;
  if (!text) return words;
  for (std::size_t at = 0; at < text->size(); at += words.back().size() + 1) words.emplace_back(text->c_str() + at);
  return words;
}

Result<std::string> read_configuration(const std::string& path) {
  auto text = read_whole_file(path);
  if (text) return text;
  return fail(fmt::format("{}: {}: set SLURM_CONF to the cluster's slurm.conf", path, std::strerror(errno)));
}

}  // namespace

Result<std::unique_ptr<SocketClient>> make_client() {
  if (::sodium_init() < 0) return fail("libsodium cannot start");
  const char* set = ::getenv("SLURM_CONF");
  const std::string path = set ? set : "/etc/slurm/slurm.conf";
  Warnings warnings;
  TRY_ASSIGN(ClusterConfig config, parse_cluster_config(path, read_configuration, warnings));
  return std::make_unique<SocketClient>(std::move(config), path);
}

int leave_early(const EarlyExit& early) {
  std::fputs(early.out.c_str(), stdout);
  std::fputs(early.err.c_str(), stderr);
  return early.exit_code;
}

int cannot_start(const char* command, const Error& error) {
  std::fprintf(stderr, "%s: error: %s\n", command, error.message.c_str());
  return 1;
}

namespace {

std::unique_ptr<TimeZone> wanted_zone() {
  const char* style = ::getenv("SLURM_TIME_FORMAT");
  auto zone = styled_zone(std::make_unique<LocalTimeZone>(), style ? style : "", wall_now());
  if (zone) return std::move(*zone);
  std::fprintf(stderr, "%s: error: %s\n", program_invocation_short_name, zone.error().message.c_str());
  return std::make_unique<LocalTimeZone>();
}

std::vector<std::string> own_group_names() {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  if (::getgroups(static_cast<int>(groups.size()), groups.data()) < 0) groups.clear();
  std::vector<std::string> names{group_name_of(Gid(::getegid()))};
  for (const gid_t group : groups) names.push_back(group_name_of(Gid(group)));
  return names;
}

}  // namespace

Result<CommandWorld> make_world() {
  CommandWorld world;
  world.zone = wanted_zone();
  TRY_ASSIGN(world.client, make_client());
  Output& output = world.output;
  output.out = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); };
  output.err = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); };
  output.read_line = [] {
    std::string line;
    std::getline(std::cin, line);
    return line;
  };
  output.user_name = user_name_of;
  output.user_id = uid_of;
  output.is_group = [](const std::string& name) { return gid_of(name).has_value(); };
  output.variable = [](const char* name) -> std::optional<std::string> {
    const char* value = ::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  output.group_names = own_group_names;
  output.colour = takes_colours(output.variable);
  output.zone = world.zone.get();
  output.now = wall_now();
  output.caller = Uid(::geteuid());
  output.caller_name = user_name_of(output.caller);
  output.config = &world.client->config();
  const ClusterConfig& config = world.client->config();
  output.host_name = short_host_name();
  output.controller_host = config.identity.controllers.front().name;
  output.meta.cluster = config.identity.cluster_name;
  output.meta.command = own_command_line();
  output.meta.user = output.caller_name;
  output.meta.group = group_name_of(Gid(::getegid()));
  if (const char* terminal = ::ttyname(STDOUT_FILENO)) output.meta.source = terminal;
  output.meta.accounting_storage = config.plugins.accounting_storage_type;
  return world;
}

}  // namespace slurmxx
