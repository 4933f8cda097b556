// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The keys of scontrol update, each with what it does to a draft. A draft is judged whole before it becomes an event.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "core/model/job.h"
#include "core/model/node.h"
#include "core/model/partition.h"
#include "wire/views.h"

namespace slurmxx {

struct JobDraft {
  JobSpec spec;
  std::optional<Hold> hold = {};
  Hold held = Hold::none;  // as it is now
  std::optional<std::uint32_t> priority = {};
  std::optional<TimeLimit> time_limit = {};  // also of a job that runs
  bool touches_resources = false;            // only while it waits
  bool privileged = false;                   // only for root and SlurmUser
  bool is_operator = false;                  // who asks
  bool runs = false;
  Instant now = {};
  std::optional<Instant> started = {};
  std::optional<std::string> dependencies = {};  // as text, to be judged
  bool asks_special = false;                     // CPUs of the system (AllowSpecResourcesUsage)
  bool age_begins_anew = false;
  std::optional<std::uint32_t> nodes_kept = {};     // of one that runs: so many, the first ones
  std::optional<std::string> node_names_kept = {};  // or these
};

struct NodeDraft {
  std::optional<std::string> state;
  std::string reason;
  std::optional<std::uint32_t> weight;
  std::optional<std::string> features_active;
  std::optional<std::string> comment;
  std::optional<std::string> extra;
  NodeOverrides overrides;
  bool overrides_set = false;
  std::optional<Limit<Seconds>> resume_after;  // from now on; none: not at all
  // As it is now.
  std::string active_before;
  std::string available_before;
  const std::vector<GresPool>* gres_before = nullptr;
  const std::vector<std::string>* gres_types = nullptr;
};

// What several keys say together: active features are among the available ones.
Status check_features(const NodeDraft& draft);

// An unknown key or a bad value: one line that names it.
Status change_job(JobDraft& draft, const KeyValue& change);
Status change_node(NodeDraft& draft, const KeyValue& change);
Status change_partition(Partition& draft, const KeyValue& change);

}  // namespace slurmxx
