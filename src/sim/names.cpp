// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/names.h"

#include <fmt/format.h>

namespace slurmxx::sim {
namespace {

std::string name_of(const std::vector<Incarnation>& lives) {
  std::string text;
  for (const Incarnation& life : lives) text += " " + sim::name_of(life);
  return text;
}

std::string nodes_of(const Allocation& allocation) {
  std::string text;
  for (const NodeShare& share : allocation.shares) text += fmt::format(" #{}", share.node.value);
  return text;
}

struct EventName {
  template <class Other>
  std::string operator()(const Other&) const {
    return "another event";
  }
  std::string operator()(const EpochBegan& e) const { return fmt::format("EpochBegan {}", e.epoch.value); }
  std::string operator()(const ClusterConfigured& e) const {
    return fmt::format("ClusterConfigured {} nodes", e.nodes.size());
  }
  std::string operator()(const JobSubmitted& e) const { return fmt::format("JobSubmitted {}", e.job.value); }
  std::string operator()(const HetJobSubmitted& e) const {
    return fmt::format("HetJobSubmitted {} of {}", e.job.value, e.components.size());
  }
  std::string operator()(const ArraySplit& e) const {
    return fmt::format("ArraySplit {} tasks {} are {}", e.job.value, e.tasks.text(), e.part.value);
  }
  std::string operator()(const JobChanged& e) const { return fmt::format("JobChanged {}", e.job.value); }
  std::string operator()(const JobStarted& e) const {
    return fmt::format("JobStarted {}{}", e.job.value, nodes_of(e.allocation));
  }
  std::string operator()(const JobKillOrdered& e) const { return fmt::format("JobKillOrdered {}", e.job.value); }
  std::string operator()(const JobEnded& e) const {
    return fmt::format("JobEnded {} {} {}", e.job.value, state_name(e.state), e.reason);
  }
  std::string operator()(const JobRequeued& e) const { return fmt::format("JobRequeued {} {}", e.job.value, e.reason); }
  std::string operator()(const JobLeftNode& e) const {
    return fmt::format("JobLeftNode {} #{}", e.job.value, e.node.value);
  }
  std::string operator()(const JobPurged& e) const { return fmt::format("JobPurged {}", e.job.value); }
  std::string operator()(const StepStarted& e) const {
    return fmt::format("StepStarted {}:{}", e.job.value, to_string(e.step.id));
  }
  std::string operator()(const JobScriptEnded& e) const {
    return fmt::format("JobScriptEnded {} {}", e.job.value, e.is_epilog ? "epilog" : "prolog");
  }
  std::string operator()(const StepEnded& e) const {
    return fmt::format("StepEnded {}:{}", e.job.value, to_string(e.step));
  }
  std::string operator()(const NodeRegistered& e) const { return fmt::format("NodeRegistered #{}", e.node.value); }
  std::string operator()(const NodeConditionSet& e) const {
    const NodeCondition& c = e.condition;
    return fmt::format("NodeConditionSet #{} base={}{}{} {}", e.node.value, static_cast<int>(c.base),
                       c.drain ? " drain" : "", c.not_responding ? " silent" : "", c.reason ? c.reason->text : "");
  }
  std::string operator()(const NodeChanged& e) const { return fmt::format("NodeChanged #{}", e.node.value); }
  std::string operator()(const PartitionChanged& e) const {
    return fmt::format("PartitionChanged {}", e.partition.name);
  }
  std::string operator()(const StepChanged& e) const {
    return fmt::format("StepChanged {}:{}", e.job.value, to_string(e.step));
  }
  std::string operator()(const StepLeftNode& e) const {
    return fmt::format("StepLeftNode {}:{} #{}", e.job.value, to_string(e.step), e.node.value);
  }
  std::string operator()(const StepToldLate& e) const {
    return fmt::format("StepToldLate {}:{} #{}", e.job.value, to_string(e.step), e.node.value);
  }
};

struct ReportName {
  template <class Other>
  std::string operator()(const Other&) const {
    return "another report";
  }
  std::string operator()(const NodeHello& r) const { return "Hello" + name_of(r.running); }
  std::string operator()(const Heartbeat&) const { return "Heartbeat"; }
  std::string operator()(const LaunchFailed& r) const {
    return fmt::format("LaunchFailed {} {}", sim::name_of(r.job), r.reason);
  }
  std::string operator()(const BatchEnded& r) const { return fmt::format("BatchEnded {}", sim::name_of(r.job)); }
  std::string operator()(const NodeCleared& r) const { return fmt::format("NodeCleared {}", sim::name_of(r.job)); }
  std::string operator()(const StepAwaited& r) const { return fmt::format("StepAwaited {}", sim::name_of(r.key)); }
  std::string operator()(const StepLeft& r) const { return fmt::format("StepLeft {}", sim::name_of(r.key)); }
  std::string operator()(const PrologDone& r) const { return fmt::format("PrologDone {}", sim::name_of(r.job)); }
};

struct OrderName {
  template <class Other>
  std::string operator()(const Other&) const {
    return "another order";
  }
  std::string operator()(const Welcome& o) const {
    return fmt::format("Welcome {} expects{}", o.epoch.value, name_of(o.expected));
  }
  std::string operator()(const LaunchBatch& o) const {
    return fmt::format("LaunchBatch {}{}", sim::name_of(o.job), o.prolog_only ? " prolog only" : "");
  }
  std::string operator()(const SignalJob& o) const {
    return fmt::format("SignalJob {} {}", sim::name_of(o.job), o.signal);
  }
  std::string operator()(const EndJob& o) const { return fmt::format("EndJob {} {}", sim::name_of(o.job), o.why); }
  std::string operator()(const ReportSeen& o) const {
    return fmt::format("ReportSeen {}{}", sim::name_of(o.job), o.cleared ? " cleared" : "");
  }
  std::string operator()(const ReadConfiguration&) const { return "ReadConfiguration"; }
  std::string operator()(const SayHello&) const { return "SayHello"; }
  std::string operator()(const Shutdown&) const { return "Shutdown"; }
  std::string operator()(const TurnedAway&) const { return "TurnedAway"; }
  std::string operator()(const AdmitReader& o) const { return fmt::format("AdmitReader {}", sim::name_of(o.key)); }
  std::string operator()(const LaunchStep& o) const { return fmt::format("LaunchStep {}", sim::name_of(o.key)); }
};

}  // namespace

std::string name_of(const Incarnation& life) { return fmt::format("{}.{}", life.job.value, life.restarts); }
std::string name_of(const StepKey& key) {
  return fmt::format("{}.{}:{}", key.job.value, key.restarts, to_string(key.step));
}
std::string name_of(const Record& record) {
  std::string text = fmt::format("{} {}", record.position.value, std::visit(EventName{}, record.event));
  if (record.request != RequestId()) text += fmt::format(" of request {}", record.request.value);
  return text;
}
std::string name_of(const NodeReport& report) { return std::visit(ReportName{}, report); }
std::string name_of(const NodeOrder& order) { return std::visit(OrderName{}, order); }

std::string name_of(const ClientRequest& request) {
  if (const auto* verb = std::get_if<JobVerbRequest>(&request))
    return fmt::format("verb {} job {} signal {}", static_cast<int>(verb->verb), verb->job.value, verb->signal);
  if (const auto* update = std::get_if<UpdateRequest>(&request)) {
    std::string text = fmt::format("update {} {}", update->entity, update->name);
    for (const KeyValue& change : update->changes) text += fmt::format(" {}={}", change.key, change.value);
    return text;
  }
  if (const auto* submit = std::get_if<SubmitRequest>(&request)) return "submit " + submit->spec.labels.name;
  if (const auto* finish = std::get_if<FinishRequest>(&request)) return fmt::format("finish {}", finish->job.value);
  if (const auto* step = std::get_if<StepRequest>(&request)) return fmt::format("step of {}", step->job.value);
  if (const auto* wait = std::get_if<WaitRequest>(&request)) return fmt::format("wait for {}", wait->job.value);
  if (const auto* daemon = std::get_if<DaemonRequest>(&request))
    return daemon->verb == DaemonVerb::shutdown ? "shutdown" : "reconfigure";
  return "query";
}

}  // namespace slurmxx::sim
