// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What waits to be served by the controller in its next batch, in the order of arrival.
#pragma once

#include <variant>

#include "control/controller.h"
#include "core/trigger/trigger_event.h"

namespace slurmxx {

struct CallArrived {
  SessionId session;
  Caller caller;
  ClientCall call;
};
struct ReportArrived {
  SessionId session;
  NodeReport report;
};
struct SessionClosed {
  SessionId session;
};
struct AccountsTold {  // by slurmdbd: what this cluster needs of its rows
  std::shared_ptr<const AccountBook> book;
};
struct DaemonEvent {  // for triggers: what happened to slurmdbd, its database, or what is kept for it
  TriggerEvent event = TriggerEvent::none;
};
using Input = std::variant<CallArrived, ReportArrived, SessionClosed, SiteScriptEnded, AccountsTold, DaemonEvent>;

// Between Controller::begin() and finish().
void serve(Controller& controller, const Input& input);

}  // namespace slurmxx
