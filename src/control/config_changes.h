// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which events change the configuration in force.
#pragma once

#include <type_traits>

#include "core/config/cluster_config.h"
#include "state/event.h"
#include "wire/client_messages.h"

namespace slurmxx {

// Does the event change what is in force? Weights and states do not.
template <class Changed>
bool puts_over_config(const Changed& event, const ClusterConfig& config) {
  if constexpr (std::is_same_v<Changed, NodeChanged>) return event.overrides.has_value();
  if constexpr (std::is_same_v<Changed, PartitionChanged>) {
    const PartitionConfig* known = find_partition(config, event.partition.name);
    return !known || !event.partition.settings.empty() || known->nodes != event.partition.nodes;
  }
  return std::is_same_v<Changed, ClusterConfigured> || std::is_same_v<Changed, SettingsChanged> ||
         std::is_same_v<Changed, NodeAdded> || std::is_same_v<Changed, NodeRemoved> ||
         std::is_same_v<Changed, AccountsChanged>;
}

inline ErrorReply error_reply(const Error& error) { return {error.code, error.message, {}}; }

}  // namespace slurmxx
