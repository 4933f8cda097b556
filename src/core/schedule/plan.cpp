// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A long queue costs one look a job: nothing passes a job that waits for room, and reasons are shared.
#include "core/schedule/plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "core/schedule/obstacles.h"
#include "core/schedule/search.h"

namespace slurmxx {
namespace {

// A job in one of its partitions.
struct Entry {
  std::int64_t tier = 0;
  std::int64_t priority = 0;
  JobId job;
  std::uint32_t choice = 0;   // 0: the partition named first
  std::uint32_t pending = 0;  // places in the view
  std::uint32_t partition = 0;

  bool operator<(const Entry& other) const {
    return std::tuple(-tier, -priority, job, choice) <
           std::tuple(-other.tier, -other.priority, other.job, other.choice);
  }
};

// The more a reason says about what happens next, the more it is worth showing.
int worth(ReasonCode code) {
  if (code == ReasonCode::resources) return 3;
  if (code == ReasonCode::priority) return 2;
  return code == ReasonCode::nodes_not_available ? 1 : 0;
}

// Jobs that wait for the same thing mostly follow one another: the last reason of each code serves again.
class ReasonPool {
 public:
  SharedReason share(Reason reason) {
    SharedReason& last = last_.at(static_cast<std::size_t>(reason.code));
    if (!last || *last != reason) last = std::make_shared<const Reason>(std::move(reason));
    return last;
  }

 private:
  std::array<SharedReason, 64> last_;
};

class Planner {
 public:
  Planner(const ClusterView& view, const Policies& policies, Instant now)
      : view_(view),
        now_(now),
        search_(view, policies),
        licenses_(view.licenses),
        blocked_(view.partitions.size()),
        verdicts_(view.pending.size()) {
    for (std::uint32_t i = 0; i < view.partitions.size(); ++i) partitions_.emplace(view.partitions[i].name, i);
  }

  std::vector<Decision> run() {
    for (const Entry& entry : queue()) consider(entry);
    for (const std::uint32_t pending : order_)
      if (SharedReason& reason = verdicts_[pending].reason)
        decisions_.push_back(Wait{view_.pending[pending].job->id, std::move(reason)});
    return std::move(decisions_);
  }

 private:
  struct Verdict {
    SharedReason reason;
    std::uint32_t started = 0;  // tasks; 1 of what is no array
  };

  std::vector<Entry> queue() {
    std::vector<Entry> entries;
    entries.reserve(view_.pending.size());
    for (std::uint32_t i = 0; i < view_.pending.size(); i += 1 + view_.pending[i].followers)
      if (!enqueue(i, entries))
        wait(i, reasons_.share({ReasonCode::partition_config, {}, {}, "none of its partitions exists"}));
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  // False: none of its partitions exists.
  bool enqueue(std::uint32_t place, std::vector<Entry>& entries) {
    const PendingJob& pending = view_.pending[place];
    const std::vector<std::string>& names = pending.job->spec->placement.partitions;
    std::uint32_t choice = 0;
    for (std::size_t named = 0; named < names.size(); ++named) {
      const auto found = partitions_.find(names[named]);
      if (found == partitions_.end()) continue;
      const std::uint32_t tier = view_.partitions[found->second].priority_tier;
      const std::uint32_t priority = pending.priorities.empty() ? pending.priority : pending.priorities.at(named);
      entries.push_back({tier, priority, pending.job->id, choice++, place, found->second});
    }
    return choice > 0;
  }

  void consider(const Entry& entry) {
    Verdict& verdict = verdicts_[entry.pending];
    const PendingJob& pending = view_.pending[entry.pending];
    const std::uint32_t most = std::max(1u, pending.tasks);
    if (verdict.started == most) return;
    for (; verdict.started < most; ++verdict.started)
      if (SharedReason reason = try_start(entry)) return wait(entry.pending, std::move(reason));
    verdict.reason.reset();
    if (pending.more_tasks) wait(entry.pending, reasons_.share({ReasonCode::array_task_limit, {}, {}, {}}));
  }

  // A job and its followers wait for the same.
  void wait(std::uint32_t first, const SharedReason& reason) {
    for (std::uint32_t pending = first; pending <= first + view_.pending[first].followers; ++pending) {
      SharedReason& known = verdicts_[pending].reason;
      if (!known) order_.push_back(pending);
      if (is_better(reason, known)) known = reason;
    }
  }

  static bool is_better(const SharedReason& reason, const SharedReason& known) {
    return !known || worth(reason->code) > worth(known->code);
  }

  // Nothing: it was started.
  SharedReason try_start(const Entry& entry) {
    const std::uint32_t followers = view_.pending[entry.pending].followers;
    if (followers > 0) return try_start_all(entry, followers);
    auto tried = try_one(view_.pending[entry.pending], entry.partition);
    if (auto* start = std::get_if<Start>(&tried)) {
      decisions_.push_back(std::move(*start));
      return {};
    }
    return std::get<SharedReason>(tried);
  }

  // The first in the entry's partition, the followers each in the first of its own that can. The first starts last:
  // where it runs, all run.
  SharedReason try_start_all(const Entry& entry, std::uint32_t followers) {
    Search::Mark mark = search_.mark();
    const LicenseTable licenses = licenses_;
    std::vector<Decision> starts;
    auto tried = try_one(view_.pending[entry.pending], entry.partition);
    for (std::uint32_t i = 1; i <= followers && std::holds_alternative<Start>(tried); ++i) {
      starts.push_back(std::get<Start>(std::move(tried)));
      tried = try_own_partitions(view_.pending[entry.pending + i]);
    }
    if (auto* reason = std::get_if<SharedReason>(&tried)) {
      search_.undo(std::move(mark));
      licenses_ = licenses;
      return *reason;
    }
    starts.push_back(std::get<Start>(std::move(tried)));
    std::rotate(starts.begin(), starts.begin() + 1, starts.end());
    std::move(starts.begin(), starts.end(), std::back_inserter(decisions_));
    return {};
  }

  std::variant<Start, SharedReason> try_own_partitions(const PendingJob& pending) {
    SharedReason best;
    for (const std::string& name : pending.job->spec->placement.partitions) {
      const auto found = partitions_.find(name);
      if (found == partitions_.end()) continue;
      auto tried = try_one(pending, found->second);
      if (std::holds_alternative<Start>(tried)) return tried;
      if (is_better(std::get<SharedReason>(tried), best)) best = std::get<SharedReason>(tried);
    }
    if (!best) best = reasons_.share({ReasonCode::partition_config, {}, {}, "none of its partitions exists"});
    return best;
  }

  // Takes the room of what it starts.
  std::variant<Start, SharedReason> try_one(const PendingJob& pending, std::uint32_t place) {
    const PlanPartition& partition = view_.partitions[place];
    const JobSpec& spec = *pending.job->spec;
    if (auto reason = own_obstacle(pending, now_)) return reasons_.share(std::move(*reason));
    if (auto reason = partition_obstacle(spec, partition)) return reasons_.share(std::move(*reason));
    SharedReason& blocked = blocked_[place];
    if (blocked) return blocked;
    const auto licenses = offered_licenses(spec);
    if (!licenses) return reasons_.share({ReasonCode::licenses, {}, {}, "it asks for " + spec.labels.licenses});
    auto placed = search_.place_job(spec, place);
    if (auto* allocation = std::get_if<Allocation>(&placed)) {
      licenses_.take(licenses->counts);
      Start start{pending.job->id, std::move(*allocation), time_limit_in(spec, partition), {}};
      if (licenses->any_of) start.licenses = license_text(licenses->counts);
      return start;
    }
    const auto& refusal = std::get<Search::Refusal>(placed);
    if (refusal.waits_for_room) {
      const Reason behind{ReasonCode::priority, {}, {}, "job " + to_string(pending.job->id) + " is ahead of it"};
      blocked = std::make_shared<const Reason>(behind);
    }
    return refusal.reason;
  }

  // What it would take now; nothing: it has to wait.
  std::optional<LicenseRequest> offered_licenses(const JobSpec& spec) const {
    if (spec.labels.licenses.empty()) return LicenseRequest();
    auto request = parse_license_request(spec.labels.licenses);
    auto counts = request ? licenses_.offer(*request) : std::nullopt;
    if (!counts) return std::nullopt;
    return LicenseRequest{std::move(*counts), request->any_of};
  }

  const ClusterView& view_;
  Instant now_;
  Search search_;
  LicenseTable licenses_;
  std::map<std::string_view, std::uint32_t> partitions_;
  std::vector<SharedReason> blocked_;  // by partition: what the jobs behind the one that waits for room are told
  std::vector<Verdict> verdicts_;      // beside view.pending
  std::vector<std::uint32_t> order_;   // of the waits, places in view.pending
  ReasonPool reasons_;
  std::vector<Decision> decisions_;
};

}  // namespace

std::vector<Decision> plan(const ClusterView& view, const Policies& policies, Instant now) {
  return Planner(view, policies, now).run();
}

}  // namespace slurmxx
