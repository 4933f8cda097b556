// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "daemons/slurmctld/accounting.h"

#include "control/log_tail.h"

namespace slurmxx {

Result<std::unique_ptr<Accounting>> Accounting::open(AccountingSite site, Folder& log, const Recovered& recovered) {
  if (site.config->plugins.accounting_storage_type != "accounting_storage/slurmdbd")
    return std::unique_ptr<Accounting>();
  const std::string path = site.config->paths.state_save_location + "/accounting";
  TRY_ASSIGN(DiskFolder folder, DiskFolder::open(path));
  std::unique_ptr<Accounting> accounting(new Accounting(std::move(site), std::move(folder), path));
  TRY(accounting->spool_.open(recovered.log));
  TRY(accounting->catch_up(log, recovered));
  return accounting;
}

Status Accounting::catch_up(Folder& log, const Recovered& recovered) {
  const LogPosition here = spool_.position();
  const LogPosition there = recovered.state.position();
  const auto now = picture_of(recovered.state, site_.config);
  if (here != LogPosition() && here < there) {
    TRY_ASSIGN(const std::optional<LogTail> tail, tail_from(log, here));
    if (tail) {
      recorder_.emplace(spool_, picture_of(tail->state, site_.config), site_.read_text);
      return recorder_->take(tail->records, now);
    }
  }
  recorder_.emplace(spool_, now, site_.read_text);
  if (here >= there) return {};
  site_.log_line("slurmdbd is told of everything there is: the records of jobs do not reach up to the log");
  return recorder_->take_everything();
}

SenderPorts Accounting::sender_ports() {
  return {site_.config, site_.conf_path, path_, site_.log_line,
          [this](std::uint64_t entries, std::uint64_t bytes) { spool_.sent(entries, bytes); }};
}

Status Accounting::take(const std::vector<Record>& records, std::shared_ptr<const Published> after) {
  TRY(recorder_->take(records, std::move(after)));
  if (sender_) sender_->wake();
  return {};
}

}  // namespace slurmxx
