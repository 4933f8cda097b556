// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/inputs.h"

#include "control/triggers.h"

namespace slurmxx {

void serve(Controller& controller, const Input& input) {
  if (const auto* call = std::get_if<CallArrived>(&input))
    controller.call(call->session, call->caller, call->call);
  else if (const auto* report = std::get_if<ReportArrived>(&input))
    controller.report(report->session, report->report);
  else if (const auto* script = std::get_if<SiteScriptEnded>(&input))
    controller.script_ended(*script);
  else if (const auto* accounts = std::get_if<AccountsTold>(&input))
    controller.accounts_told(*accounts->book);
  else if (const auto* news = std::get_if<DaemonEvent>(&input))
    Triggers(controller).happened(news->event);
  else
    controller.closed(std::get<SessionClosed>(input).session);
}

}  // namespace slurmxx
