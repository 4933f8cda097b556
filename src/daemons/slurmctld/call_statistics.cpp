// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/call_statistics.h"

#include <chrono>
#include <string_view>
#include <utility>

namespace slurmxx {
namespace {

// Readers of sdiag know requests by these names and numbers.
struct Kind {
  std::string_view name;
  std::uint32_t number;
};

template <class Request>
constexpr Kind kind_of = {"REQUEST_OTHER", 9999};
template <>
constexpr Kind kind_of<PingRequest> = {"REQUEST_PING", 1008};
template <>
constexpr Kind kind_of<SubmitRequest> = {"REQUEST_SUBMIT_BATCH_JOB", 4003};
template <>
constexpr Kind kind_of<JobVerbRequest> = {"REQUEST_KILL_JOB", 5032};
template <>
constexpr Kind kind_of<JobVerbsRequest> = {"REQUEST_KILL_JOBS", 5034};
template <>
constexpr Kind kind_of<UpdateRequest> = {"REQUEST_UPDATE_JOB", 3001};
template <>
constexpr Kind kind_of<JobsRequest> = {"REQUEST_JOB_INFO", 2003};
template <>
constexpr Kind kind_of<NodesRequest> = {"REQUEST_NODE_INFO", 2007};
template <>
constexpr Kind kind_of<ConfigRequest> = {"REQUEST_BUILD_INFO", 2001};
template <>
constexpr Kind kind_of<DaemonRequest> = {"REQUEST_RECONFIGURE", 1003};
template <>
constexpr Kind kind_of<WaitRequest> = {"REQUEST_JOB_READY", 4019};
template <>
constexpr Kind kind_of<StepRequest> = {"REQUEST_JOB_STEP_CREATE", 5001};
template <>
constexpr Kind kind_of<HetStepRequest> = {"REQUEST_JOB_STEP_CREATE", 5001};
template <>
constexpr Kind kind_of<FinishRequest> = {"REQUEST_COMPLETE_JOB_ALLOCATION", 5017};
template <>
constexpr Kind kind_of<ScriptRequest> = {"REQUEST_BATCH_SCRIPT", 2051};
template <>
constexpr Kind kind_of<AttachRequest> = {"REQUEST_STEP_LAYOUT", 5049};
template <>
constexpr Kind kind_of<BroadcastRequest> = {"REQUEST_JOB_SBCAST_CRED", 4027};
template <>
constexpr Kind kind_of<PrioritiesRequest> = {"REQUEST_PRIORITY_FACTORS", 2026};
template <>
constexpr Kind kind_of<LicensesRequest> = {"REQUEST_LICENSE_INFO", 1021};
template <>
constexpr Kind kind_of<StatisticsRequest> = {"REQUEST_STATS_INFO", 2035};

template <>
constexpr Kind kind_of<SharesRequest> = {"REQUEST_SHARE_INFO", 2022};
template <>
constexpr Kind kind_of<AssociationsRequest> = {"REQUEST_ASSOC_MGR_INFO", 2043};
template <>
constexpr Kind kind_of<CrontabRequest> = {"REQUEST_CRONTAB", 2200};
template <>
constexpr Kind kind_of<SetCrontabRequest> = {"REQUEST_UPDATE_CRONTAB", 2202};
template <>
constexpr Kind kind_of<ReservationsRequest> = {"REQUEST_RESERVATION_INFO", 2024};
template <>
constexpr Kind kind_of<TriggersRequest> = {"REQUEST_TRIGGER_GET", 2032};
template <>
constexpr Kind kind_of<SetTriggerRequest> = {"REQUEST_TRIGGER_SET", 2030};
template <>
constexpr Kind kind_of<ClearTriggersRequest> = {"REQUEST_TRIGGER_CLEAR", 2031};
template <>
constexpr Kind kind_of<UsageRequest> = {"REQUEST_JOB_STEP_STAT", 5024};

template <class... Requests>
constexpr std::array<Kind, sizeof...(Requests)> kinds_of(const std::variant<Requests...>*) {
  return {kind_of<Requests>...};
}
constexpr auto kinds = kinds_of(static_cast<const ClientRequest*>(nullptr));

void sort_by_count(std::vector<CallCount>& counts) {
  std::stable_sort(counts.begin(), counts.end(),
                   [](const CallCount& a, const CallCount& b) { return a.count > b.count; });
}

}  // namespace

std::uint64_t stopwatch_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

void CallStatistics::note(const ClientRequest& request, Uid user, std::uint64_t took_us) {
  const std::lock_guard lock(mutex_);
  const auto add = [&](Sum& sum) { ++sum.count, sum.sum_us += took_us; };
  add(by_kind_[request.index()]);
  const bool room = by_user_.size() < users_max || by_user_.contains(user);
  add(room ? by_user_[user] : by_user_.rbegin()->second);
}

void CallStatistics::count_since(Instant since) {
  const std::lock_guard lock(mutex_);
  if (since == std::exchange(since_, since)) return;
  by_kind_.clear();
  by_user_.clear();
}

void CallStatistics::fill(StatisticsReply& reply, const NameOf& name_of) const {
  constexpr int looks = 1000;
  const std::uint64_t began = stopwatch_us();
  for (int i = 0; i < looks; ++i) static_cast<void>(stopwatch_us());
  reply.clock_latency_us = stopwatch_us() - began;
  std::unique_lock lock(mutex_);
  for (const auto& [kind, sum] : by_kind_)
    reply.calls.push_back({std::string(kinds.at(kind).name), kinds.at(kind).number, sum.count, sum.sum_us});
  const auto users = by_user_;
  lock.unlock();
  for (const auto& [uid, sum] : users) reply.users.push_back({name_of(uid), uid.value, sum.count, sum.sum_us});
  sort_by_count(reply.calls);
  sort_by_count(reply.users);
}

}  // namespace slurmxx
