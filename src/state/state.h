// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The whole truth of a cluster: fold(apply, events). A copy is cheap and shares its rows (paged_table.h): it is the
// snapshot that readers, planner and metrics work on. Nothing but apply() changes a State.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/fairshare/ledger.h"
#include "core/model/job.h"
#include "core/model/node.h"
#include "core/model/partition.h"
#include "state/event.h"
#include "state/paged_table.h"

namespace slurmxx {

class State {
 public:
  LogPosition position() const { return position_; }
  Instant at() const { return at_; }
  Epoch epoch() const { return epoch_; }
  JobId next_job_id() const { return next_job_id_; }
  const std::string& configuration() const { return *configuration_; }

  const Job* find(JobId id) const { return jobs_.find(id.value); }
  const Node* find(NodeIndex index) const { return nodes_.find(index.value); }
  const Node* find_node(std::string_view name, NodeIndex* index = nullptr) const;
  const Partition* find_partition(std::string_view name) const;

  const PagedTable<Job>& jobs() const { return jobs_; }
  const PagedTable<Node>& nodes() const { return nodes_; }
  const std::vector<std::shared_ptr<const Partition>>& partitions() const { return partitions_; }
  // As slurmdbd told it last; null: never.
  const std::shared_ptr<const AccountBook>& accounts() const { return accounts_; }
  const Reservation* find_reservation(std::string_view name) const;
  // In the order in which they were made.
  const std::vector<std::shared_ptr<const Reservation>>& reservations() const { return reservations_; }
  std::uint32_t last_reservation() const { return last_reservation_; }  // the highest number that any has had
  const std::vector<std::shared_ptr<const Trigger>>& triggers() const { return triggers_; }
  std::uint32_t next_trigger() const { return next_trigger_; }
  // Of what is over or was settled; usage_as_of() adds what runs (state/usage.h).
  const PagedTable<UsageRow>& usage() const { return usage_; }
  const UsageRules& usage_rules() const { return usage_rules_; }
  Seconds longest_wait() const { return longest_wait_; }  // of any job that has started, since it was eligible
  const std::vector<std::shared_ptr<const Crontab>>& crontabs() const { return crontabs_; }
  const Crontab* find_crontab(Uid user) const;
  const std::vector<GlobalValue>& settings() const { return settings_; }  // over those of slurm.conf

 private:
  friend class Applier;
  friend class SiteApplier;
  friend class UsageKeeper;
  friend Status apply(State& state, const Record& record);
  friend class SnapshotCodec;

  LogPosition position_;
  Instant at_;
  Epoch epoch_;
  JobId next_job_id_{1};
  std::shared_ptr<const std::string> configuration_ = std::make_shared<const std::string>();
  PagedTable<Job> jobs_;
  PagedTable<Node> nodes_;
  std::vector<std::shared_ptr<const Partition>> partitions_;
  std::shared_ptr<const AccountBook> accounts_;
  std::vector<std::shared_ptr<const Reservation>> reservations_;
  std::uint32_t last_reservation_ = 0;
  std::vector<std::shared_ptr<const Trigger>> triggers_;
  std::uint32_t next_trigger_ = 1;
  PagedTable<UsageRow> usage_;
  UsageRules usage_rules_;
  Seconds longest_wait_{0};
  std::vector<std::shared_ptr<const Crontab>> crontabs_;
  std::vector<GlobalValue> settings_;
};

// Deterministic. A record that does not fit the state is an error and changes nothing: the caller must not have
// decided it, or the log is broken.
Status apply(State& state, const Record& record);

}  // namespace slurmxx
