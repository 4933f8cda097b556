// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Licences in one pass: what is free now, and with bf_licenses what will be.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>

#include "core/schedule/forecast.h"
#include "core/schedule/license_calendar.h"
#include "core/schedule/reserved_licenses.h"
#include "core/schedule/view.h"

namespace slurmxx {

class LicensePlan {
 public:
  LicensePlan(const ClusterView& view, const Policies& policies, Instant now)
      : free_(view.licenses), reserved_(view, now) {
    if (policies.backfill && policies.backfill->licenses && !free_.rows().empty()) open(view, now);
  }

  // What it would take now; nothing: it has to wait.
  std::optional<LicenseRequest> offered(const JobSpec& spec, Moment length) const {
    if (spec.labels.licenses.empty()) return LicenseRequest();
    const auto request = parse_license_request(spec.labels.licenses);
    if (!request) return std::nullopt;
    const LicenseTable left = reserved_.left_to(spec, Seconds(length), free_);
    const auto offer = [&](const LicenseCounts& asked) -> std::optional<LicenseRequest> {
      auto counts = left.offer({asked, false});
      if (!counts || (later_ && !later_->fits(*counts, 0, length))) return std::nullopt;
      return LicenseRequest{std::move(*counts), request->any_of};
    };
    if (!request->any_of) return offer(request->counts);
    for (const LicenseCount& one : request->counts)
      if (auto found = offer({one})) return found;
    return std::nullopt;
  }

  void take(const JobSpec& spec, const LicenseCounts& counts, Moment until) {
    free_.take(counts);
    reserved_.take(spec, counts);
    if (later_ && !counts.empty()) later_->take(counts, 0, until);
  }
  void set_aside(const LicenseCounts& counts, Moment from, Moment until) {
    if (later_ && !counts.empty()) later_->take(counts, from, until);
  }

  // A way to have what a job asks for.
  struct Way {
    LicenseCounts missing, there;  // together what it takes
  };
  std::vector<Way> ways(const JobSpec& spec, Moment length) const {
    const auto request = parse_license_request(spec.labels.licenses);
    if (!request) return {};
    const LicenseTable left = reserved_.left_to(spec, Seconds(length), free_);
    std::vector<Way> ways;
    if (!request->any_of) ways.push_back({request->counts, request->counts});
    for (const LicenseCount& one : request->any_of ? request->counts : LicenseCounts()) ways.push_back({{one}, {one}});
    for (Way& way : ways)
      for (std::size_t i = 0; i < way.missing.size(); ++i) {
        LicenseCount& one = way.missing[i];
        for (const LicenseTable::Row& row : left.rows())
          if (row.name == one.name) one.count -= std::min(one.count, row.free());
        way.there[i].count -= one.count;
      }
    return ways;
  }

  struct Found {
    Slot slot;
    LicenseCounts counts;
  };
  // The earliest moment with licences and room; `room` finds the latter, from a moment on.
  std::optional<Found> earliest(const JobSpec& spec, Moment length,
                                const std::function<std::optional<Slot>(Moment)>& room) const {
    const auto request = parse_license_request(spec.labels.licenses);
    if (!later_ || !request) return {};
    std::optional<Found> best;
    const auto consider = [&](const LicenseCounts& counts) {
      auto slot = earliest(counts, length, room);
      if (slot && (!best || slot->start < best->slot.start)) best = Found{std::move(*slot), counts};
    };
    if (!request->any_of) consider(request->counts);
    for (const LicenseCount& one : request->any_of ? request->counts : LicenseCounts()) consider({one});
    return best;
  }

 private:
  void open(const ClusterView& view, Instant now) {
    later_.emplace(free_);
    for (const Job* job : view.running) {
      if (!job->runs() || job->spec->labels.licenses.empty() || !job->times.limit_at) continue;
      const std::int64_t left = (*job->times.limit_at - now).value;
      if (const auto held = parse_license_request(job->spec->labels.licenses))
        later_->gives_back(held->counts, static_cast<Moment>(std::clamp<std::int64_t>(left, 1, forever)));
    }
  }

  std::optional<Slot> earliest(const LicenseCounts& counts, Moment length,
                               const std::function<std::optional<Slot>(Moment)>& room) const {
    constexpr int rounds = 20;
    Moment from = 0;
    for (int round = 0; round < rounds; ++round) {
      const auto licensed = later_->earliest(counts, from, length);
      auto slot = licensed ? room(*licensed) : std::nullopt;
      if (!slot || later_->fits(counts, slot->start, length)) return slot;
      from = slot->start + 1;
    }
    return {};
  }

  LicenseTable free_;
  ReservedLicenses reserved_;
  std::optional<LicenseCalendar> later_;  // with bf_licenses
};

}  // namespace slurmxx
