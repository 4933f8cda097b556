// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// TrackSlurmctldDown: while a cluster's slurmctld is away, what was idle there counts as down. Such a time is an event
// of the cluster, without a node, with a state.
#pragma once

#include "accounting/handlers.h"

namespace slurmxx {

// Of a row of events: whether it is what the cluster had, and not something that was down.
bool is_total_event(std::string_view node, std::string_view state);

// The controller's session is lost: begins an event, if slurmdbd.conf says so.
Result<DbdReply> note_controller_gone(DbdContext& context, const DbdControllerGone&);
Status note_controller_back(DbdContext& context);

}  // namespace slurmxx
