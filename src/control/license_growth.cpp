// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/license_growth.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/job_tres.h"
#include "control/limit_request.h"
#include "control/scheduling.h"
#include "control/used_over_time.h"
#include "core/schedule/reserved_licenses.h"

namespace slurmxx {
namespace {

constexpr std::string_view tres_prefix = "license/";

LicenseCounts growth(const JobSpec& before, const JobSpec& after) {
  TresCounts held, wanted;
  add_licenses(before, held);
  add_licenses(after, wanted);
  LicenseCounts more;
  for (const TresCount& one : wanted.entries())
    if (one.count > held[one.name])
      more.push_back({one.name.substr(tres_prefix.size()), static_cast<std::uint32_t>(one.count - held[one.name])});
  return more;
}

Seconds time_left(const Job& job, Instant now) {
  constexpr Seconds ten_years(10LL * 365 * 24 * 3600);
  return job.times.limit_at ? std::max(Seconds(0), *job.times.limit_at - now) : ten_years;
}

// Everybody's use but that of one job, and what was granted beside it.
class WithoutJob : public LimitLookup {
 public:
  WithoutJob(const LimitUsage& usage, JobId job, const TresCounts& granted, UsedTable used)
      : usage_(usage), job_(job), granted_(granted), used_(std::move(used)) {}
  Tally of(const Holder& holder) const override {
    Tally tally = usage_.without(job_, holder);
    tally.tres.add(granted_);
    return tally;
  }
  UsageAmount used(const Holder& holder) const override { return find_used(used_, holder); }

 private:
  const LimitUsage& usage_;
  JobId job_;
  const TresCounts& granted_;
  UsedTable used_;
};

}  // namespace

Status LicenseGrowth::check(const Job& job, const JobSpec& after) {
  const LicenseCounts more = growth(*job.spec, after);
  if (more.empty()) return {};
  TRY(check_free(job, after, more));
  TRY(check_limits(job, after, more));
  for (const LicenseCount& one : more) granted_.add(std::string(tres_prefix) + one.name, one.count);
  return {};
}

Status LicenseGrowth::check_free(const Job& job, const JobSpec& after, const LicenseCounts& more) const {
  const ClusterView view = Scheduling::cluster_without_queue(c_);
  const Instant now = c_.now_.wall;
  LicenseTable left = ReservedLicenses(view, now).left_to(after, time_left(job, now), view.licenses);
  for (const TresCount& one : granted_.entries())
    left.take({{one.name.substr(tres_prefix.size()), static_cast<std::uint32_t>(one.count)}});
  if (left.offer({more, false})) return {};
  for (const LicenseTable::Row& row : left.rows())
    for (const LicenseCount& one : more)
      if (row.name == one.name && row.free() < one.count)
        return fail(Errc::invalid_licenses,
                    fmt::format("job {} runs and would take {} more of licence {}, of which {} can be had now: ask for "
                                "less, or have an operator do it",
                                job.id.value, one.count, one.name, row.free()));
  return fail(Errc::invalid_licenses);
}

Status LicenseGrowth::check_limits(const Job& job, const JobSpec& after, const LicenseCounts& more) const {
  const Controller::AccountsInUse& own = c_.index_.accounts;
  if (!own.enforced.limits || !own.directory) return {};
  LimitRequest request = standing(*own.directory, c_.config(), after, job.allocation->partition);
  add_licenses(after, request.tres);
  request.safe = own.enforced.safe;
  const Instant now = c_.now_.wall;
  constexpr std::int64_t minute = 60;
  if (job.times.limit_at) request.minutes = static_cast<std::uint64_t>(time_left(job, now).value / minute);
  UsedTable used;
  if (own.counts_minutes) used = used_by_holder(*own.directory, usage_as_of(c_.state_, now, &c_.active_));
  for (const LimitFound& found :
       start_obstacles(request, WithoutJob(own.usage, job.id, granted_, std::move(used)), now))
    for (const LicenseCount& one : more)
      if (found.tres == std::string(tres_prefix) + one.name)
        return fail(Errc::accounting_policy, fmt::format("{}: job {} would hold {} of licence {}", found.reason,
                                                         job.id.value, request.tres[found.tres], one.name));
  return {};
}

}  // namespace slurmxx
