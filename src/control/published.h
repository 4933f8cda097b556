// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What readers get after each batch: an immutable picture, shared by pointer. Queries are answered from it by any
// thread, and never block the one that owns the state.
#pragma once

#include <map>
#include <memory>

#include "core/config/cluster_config.h"
#include "core/schedule/reason.h"
#include "state/state.h"
#include "wire/client_messages.h"

namespace slurmxx {

struct Vitals {  // of the last heartbeat; never journalled
  std::uint32_t load_hundredths = 0;
  MebiBytes free_memory;
};

using Reasons = std::map<JobId, Reason>;
using AllVitals = std::map<NodeIndex, Vitals>;

struct Published {
  State state;
  std::shared_ptr<const ClusterConfig> config;
  std::shared_ptr<const Reasons> reasons;
  std::shared_ptr<const AllVitals> vitals;
};

// Who asks, proven by the session; names and groups are looked up before the state thread sees the call.
struct Caller {
  Uid uid;
  Gid gid;
  std::string user_name;
  std::string group_name;
  std::vector<Gid> groups;
  std::string host;
};

JobView view_of(const Published& published, const Job& job);

// Jobs, nodes, configuration; nothing for a request that changes something or waits.
std::optional<ClientReply> answer_query(const Published& published, const ClientRequest& request, Instant now);

}  // namespace slurmxx
