// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sstat: the nodes of steps that run are asked what these have used; the answer goes out when all have told, or when it
// has waited long enough. Nothing of it is in the log.
#pragma once

#include "control/controller.h"

namespace slurmxx {

inline constexpr Seconds usage_wait_max{5};
inline constexpr std::size_t usage_questions_max = 1000;  // at once, of all users

class UsageInquiry {
 public:
  explicit UsageInquiry(Controller& controller) : c_(controller) {}

  // Nothing: it is answered later.
  Result<std::optional<ClientReply>> ask(SessionId from, const Caller& caller, std::uint64_t call,
                                         const UsageRequest& request);
  void told(NodeIndex node, const UsageTold& told);
  void give_up_late();
  void closed(SessionId session);

 private:
  std::vector<Step> wanted_steps(const Job& job, const UsageRequest& request) const;
  void add(NodeIndex node, const RunningStep& told, UsageReply& reply) const;
  UsageReply finished(UsageReply reply) const;

  Controller& c_;
};

}  // namespace slurmxx
