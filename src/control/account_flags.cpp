// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What flags of a QOS and the wckey of a job mean for it.
#include <fmt/format.h>

#include "control/accounts.h"

namespace slurmxx {

bool Accounts::may_reserve(const Controller& c, const Job& job, std::uint32_t priority) {
  const Directory* directory = c.index_.accounts.directory.get();
  const Qos* qos = directory ? directory->qos(job.spec->labels.qos) : nullptr;
  return !qos ||
         (!qos->has_flag("NoReserve") && priority >= qos->limits.number(LimitKind::min_prio_threshold).value_or(0));
}

Status Accounts::obey_flags(const Qos& qos, JobSpec& spec) {
  spec.placement.exempt.nodes_max = qos.has_flag("PartitionMaxNodes");
  spec.placement.exempt.nodes_min = qos.has_flag("PartitionMinNodes");
  spec.placement.exempt.time = qos.has_flag("PartitionTimeLimit");
  if (qos.has_flag("RequiresReservation") && spec.labels.reservation.empty())
    return fail(Errc::invalid_qos, fmt::format("QOS {} is for jobs in a reservation: give --reservation", qos.name));
  return {};
}

Status Accounts::admit_wckey(JobSpec& spec) const {
  const Directory& directory = *c_.index_.accounts.directory;
  const UserRow* user = directory.user(spec.owner.user_name);
  if (spec.labels.wckey.empty() && user) spec.labels.wckey = user->default_wckey;
  for (const WcKeyRow& row : directory.book().wckeys)
    if (row.user == spec.owner.user_name && row.name == spec.labels.wckey) return {};
  return fail(Errc::error, "Invalid wckey specification");
}

}  // namespace slurmxx
