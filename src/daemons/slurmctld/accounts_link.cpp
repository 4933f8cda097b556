// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/accounts_link.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/identity/host_names.h"
#include "adapters/identity/identity.h"
#include "core/config/print_config.h"
#include "state/codec.h"
#include "wire/message_types.h"

namespace slurmxx {

AccountsLink::AccountsLink(std::shared_ptr<const ClusterConfig> config, std::string conf_path, AccountsLinkPorts ports)
    : config_(std::move(config)),
      conf_path_(std::move(conf_path)),
      ports_(std::move(ports)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { work(); }) {}

AccountsLink::~AccountsLink() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(stop_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
}

bool AccountsLink::stopped(int patience_ms) const {
  pollfd stop{stop_.get(), POLLIN, 0};
  return ::poll(&stop, 1, patience_ms) > 0;
}

void AccountsLink::work() {
  while (!stopped(0)) {
    const Status lost = serve();
    if (lost || lost.error().code == Errc::interrupted) return;
    if (const std::string why = text_of(lost.error()); why != trouble_) {
      trouble_ = why;
      ports_.log_line(fmt::format("error: slurmdbd at {}:{}: {}: accounts and limits stay as they are",
                                  config_->plugins.accounting_storage_host, config_->plugins.accounting_storage_port,
                                  why));
    }
    if (stopped(pause_ms)) return;
  }
}

Result<Stream> AccountsLink::open() {
  const PluginSettings& plugins = config_->plugins;
  OpenOptions options;
  options.auth_kind = config_->identity.auth_type;
  options.server_uids = {root_uid, Uid(::geteuid())};
  if (const auto user = uid_of(config_->identity.slurm_user)) options.server_uids.push_back(*user);
  if (!auth_) {
    TRY_ASSIGN(auth_, make_auth(config_->identity, conf_path_, random_));
  }
  auto stream =
      open_stream({"", plugins.accounting_storage_host, plugins.accounting_storage_port}, options, {*auth_, random_});
  if (stream || plugins.accounting_storage_backup_host.empty()) return stream;
  return open_stream({"", plugins.accounting_storage_backup_host, plugins.accounting_storage_port}, options,
                     {*auth_, random_});
}

// Success: it is time to stop.
Status AccountsLink::serve() {
  TRY_ASSIGN(Stream stream, open());
  const ClusterConfig& config = *config_;
  constexpr std::uint32_t rpc_version = 11264;  // of 25.11, as sacctmgr shows it
  const std::string& host = config.identity.controllers.front().address;
  TRY_ASSIGN(const DbdReply registered,
             ask(stream, DbdRegister{host, config.identity.slurmctld_port, rpc_version, accounted_tres(config)}));
  if (const auto* refusal = std::get_if<DbdError>(&registered)) return fail(refusal->code, refusal->message);
  TRY(fetch(stream));
  if (!trouble_.empty()) ports_.log_line("slurmdbd answers again");
  trouble_.clear();
  while (true) {
    pollfd both[] = {{stream.fd(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    ::poll(both, 2, -1);
    if (both[1].revents != 0) return {};
    TRY_ASSIGN(const std::vector<Message> messages, stream.receive(wall_now()));
    const bool news = std::any_of(messages.begin(), messages.end(),
                                  [](const Message& message) { return message.type == message_type::dbd_news; });
    if (news) TRY(fetch(stream));
  }
}

Status AccountsLink::fetch(Stream& stream) {
  TRY_ASSIGN(DbdReply reply, ask(stream, DbdBookRequest{config_->identity.cluster_name, false}));
  if (auto* answer = std::get_if<DbdBook>(&reply)) {
    ports_.tell(std::make_shared<const AccountBook>(std::move(answer->book)));
    return {};
  }
  if (auto* refusal = std::get_if<DbdError>(&reply)) return fail(refusal->code, refusal->message);
  return fail(Errc::unexpected_message);
}

// News that comes meanwhile is of what is fetched next anyway, or of the fetched: it is asked for once more.
Result<DbdReply> AccountsLink::ask(Stream& stream, DbdRequest request) {
  const DbdCall call{++calls_, RequestId(), config_->identity.cluster_name, std::move(request)};
  TRY(stream.send({RequestId(), message_type::dbd_call, encode(call)}, wall_now()));
  bool news = false;
  while (true) {
    if (stream.wants_write()) TRY(stream.flush());
    const short events = static_cast<short>(POLLIN | (stream.wants_write() ? POLLOUT : 0));
    pollfd both[] = {{stream.fd(), events, 0}, {stop_.get(), POLLIN, 0}};
    ::poll(both, 2, -1);
    if (both[1].revents != 0) return fail(Errc::interrupted);
    TRY_ASSIGN(const std::vector<Message> messages, stream.receive(wall_now()));
    std::optional<DbdReply> found;
    for (const Message& message : messages) {
      news = news || message.type == message_type::dbd_news;
      if (message.type != message_type::dbd_answer) continue;
      TRY_ASSIGN(DbdAnswer answer, decode<DbdAnswer>(message.body));
      if (answer.call == call.call) found = std::move(answer.body);
    }
    if (found && news && std::holds_alternative<DbdBook>(*found))
      return ask(stream, DbdBookRequest{config_->identity.cluster_name, false});
    if (found) return std::move(*found);
  }
}

}  // namespace slurmxx
