// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/accounts_link.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/config/print_config.h"

namespace slurmxx {

AccountsLink::AccountsLink(std::shared_ptr<const ClusterConfig> config, std::string conf_path, AccountsLinkPorts ports)
    : config_(std::move(config)),
      ports_(std::move(ports)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      session_({*config_, std::move(conf_path), false, stop_.get()}),
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
    session_.close();
    if (lost.error().code == Errc::interrupted) return;
    if (const std::string why = text_of(lost.error()); why != trouble_) {
      if (trouble_.empty())
        ports_.happened(of_database_ ? TriggerEvent::primary_database_failure : TriggerEvent::primary_slurmdbd_failure);
      trouble_ = why;
      ports_.log_line(fmt::format("error: slurmdbd at {}:{}: {}: accounts and limits stay as they are",
                                  config_->plugins.accounting_storage_host, config_->plugins.accounting_storage_port,
                                  why));
    }
    if (stopped(pause_ms)) return;
  }
}

// Never a success.
Status AccountsLink::serve() {
  TRY(session_.open());
  TRY(tell_of_cluster());
  while (true) {
    static_cast<void>(session_.take_news());
    TRY(fetch());
    if (!trouble_.empty()) tell_recovery();
    trouble_.clear();
    of_database_ = false;
    TRY(session_.wait_for_news());
  }
}

Status AccountsLink::tell_of_cluster() {
  constexpr std::uint32_t rpc_version = 11776;  // what Slurm's level of protocol is called, as sacctmgr shows it
  const IdentitySettings& identity = config_->identity;
  return session_.tell(DbdRegister{identity.controllers.front().address, identity.slurmctld_port, rpc_version,
                                   accounted_tres(*config_), static_cast<std::uint32_t>(config_->nodes.size())});
}

void AccountsLink::tell_recovery() {
  ports_.log_line("slurmdbd answers again");
  ports_.happened(of_database_ ? TriggerEvent::primary_database_resumed_operation
                               : TriggerEvent::primary_slurmdbd_resumed_operation);
}

Status AccountsLink::fetch() {
  TRY_ASSIGN(DbdReply reply, session_.ask(DbdBookRequest{config_->identity.cluster_name, false}));
  if (auto* answer = std::get_if<DbdBook>(&reply)) {
    // Deleted and added again, it does not know where its controller is.
    const ClusterRow* own = answer->book.cluster(config_->identity.cluster_name);
    if (own && own->control_host.empty()) TRY(tell_of_cluster());
    ports_.tell(std::make_shared<const AccountBook>(std::move(answer->book)));
    return {};
  }
  if (auto* refusal = std::get_if<DbdError>(&reply)) {
    of_database_ = trouble_.empty() || of_database_;
    return fail(refusal->code, refusal->message);
  }
  return fail(Errc::unexpected_message);
}

}  // namespace slurmxx
