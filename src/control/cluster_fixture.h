// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// For tests: a controller on four nodes whose log is kept in memory; the test plays its clients and nodes.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/controller.h"

namespace slurmxx::testing {

inline constexpr const char* conf = R"(
ClusterName=test
SlurmctldHost=head
SlurmUser=root
SlurmdTimeout=30
ReturnToService=1
KillWait=5
MinJobAge=100
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0
NodeName=n[1-3] CPUs=4 RealMemory=1000 Feature=fast
NodeName=n4 CPUs=4 RealMemory=1000
PartitionName=main Nodes=ALL Default=YES MaxTime=60 DefaultTime=10
PartitionName=off Nodes=n1 State=DOWN
)";

inline std::shared_ptr<const ClusterConfig> parsed(const std::string& text) {
  Warnings warnings;
  auto config = parse_cluster_config(
      "slurm.conf", [&](std::string_view) -> Result<std::string> { return text; }, warnings);
  REQUIRE_MESSAGE(config.ok(), (config.ok() ? "" : config.error().message));
  return std::make_shared<const ClusterConfig>(std::move(*config));
}

class FixedRandom : public Random {
 public:
  std::string bytes(std::size_t count) override { return std::string(count, 'r'); }
};

// `conf` with another silence after which nodes are DOWN, for tests in which time passes and nodes do not speak.
inline std::string patient_conf() {
  std::string text = conf;
  return text.replace(text.find("SlurmdTimeout=30"), 16, "SlurmdTimeout=9999");
}

inline const Caller alice{Uid(1000), Gid(1000), "alice", "users", {}, "login"};
inline const Caller bob{Uid(1001), Gid(1001), "bob", "users", {}, "login"};
inline const Caller admin{Uid(0), Gid(0), "root", "root", {}, "head"};

// A controller whose log is kept in memory: what is committed is durable at once.
struct Cluster {
  FixedRandom random;
  std::shared_ptr<const ClusterConfig> config = parsed(conf);
  std::int64_t seconds = 10'000;
  std::vector<Record> log;
  std::unique_ptr<Controller> controller;
  std::vector<Outgoing> out;
  std::uint64_t next_call = 1;
  bool root = true;
  std::size_t waiting_per_user_max = 5;
  std::size_t waiting_max = 7;

  Cluster() { boot(); }
  Now now() const { return {Instant(seconds), MonoTime(seconds * 1000)}; }

  // Anew, with another slurm.conf.
  void begin_with(const std::string& text) {
    config = parsed(text);
    log.clear();
    boot();
  }
  void boot() {
    Recovered recovered;
    for (const Record& record : log) {
      REQUIRE(apply(recovered.state, record).ok());
      recovered.requests.apply(record);
    }
    ControllerOptions options;
    options.config = config;
    options.host = "head";
    options.slurm_user = Uid(0);
    options.random = &random;
    options.root = root;
    options.waiting_per_user_max = waiting_per_user_max;
    options.waiting_max = waiting_max;
    controller = std::make_unique<Controller>(std::move(options), std::move(recovered), now());
    settle();
  }
  // Ends the batch, makes it durable, takes what leaves.
  void settle() {
    controller->finish();
    Commit commit = controller->take_commit();
    log.insert(log.end(), commit.records.begin(), commit.records.end());
    out = controller->take_outgoing(controller->state().position());
  }
  ClientReply ask(const Caller& caller, ClientRequest body, RequestId id = RequestId(0)) {
    controller->begin(now());
    controller->call(SessionId(100), caller, ClientCall{next_call, id, std::move(body)});
    settle();
    for (const Outgoing& one : out)
      if (const auto* answer = std::get_if<ClientAnswer>(&one.what); answer && answer->call == next_call) {
        ++next_call;
        return answer->body;
      }
    ++next_call;
    return ErrorReply{Errc::unexpected_message, "no answer", {}};
  }
  void report(std::uint64_t session, NodeReport body) {
    controller->begin(now());
    controller->report(SessionId(session), body);
    settle();
  }
  void hello(int node, std::vector<Incarnation> running = {}, std::int64_t booted = 1) {
    NodeRegistration registration;
    registration.shape.cpus = 4;
    registration.shape.memory = MebiBytes(2000);
    registration.booted = Instant(booted);
    report(static_cast<std::uint64_t>(node),
           NodeHello{"n" + std::to_string(node), registration, std::move(running), {}});
  }
  void all_up() {
    for (int node = 1; node <= 4; ++node) hello(node);
  }
  void pass(std::int64_t more) {
    seconds += more;
    controller->begin(now());
    settle();
  }
  template <class Order>
  std::vector<std::pair<std::uint64_t, Order>> orders() const {
    std::vector<std::pair<std::uint64_t, Order>> found;
    for (const Outgoing& one : out)
      if (const auto* order = std::get_if<NodeOrder>(&one.what))
        if (const auto* wanted = std::get_if<Order>(order)) found.emplace_back(one.to.value, *wanted);
    return found;
  }
  SubmitRequest job(std::uint32_t nodes = 1) const {
    SubmitRequest request;
    request.spec.resources.nodes_min = nodes;
    request.spec.resources.nodes_max = nodes;
    request.spec.resources.nodes_set = true;
    request.spec.resources.tasks = nodes;
    request.script = "#!/bin/sh\n";
    return request;
  }
  JobId submit(const Caller& caller, SubmitRequest request) {
    ClientReply reply = ask(caller, std::move(request));
    auto* submitted = std::get_if<SubmitReply>(&reply);
    REQUIRE_MESSAGE(submitted, std::get<ErrorReply>(reply).message);
    return submitted->job;
  }
  const Job& job_of(JobId id) const { return *controller->state().find(id); }
  const Node& node(std::uint32_t number) const { return *controller->state().find(NodeIndex(number - 1)); }
  Errc refused(const Caller& caller, ClientRequest body) {
    ClientReply reply = ask(caller, std::move(body));
    auto* error = std::get_if<ErrorReply>(&reply);
    return error ? error->code : Errc::ok;
  }
  std::string reason(JobId id) { return view_of(*controller->publish(), job_of(id)).reason; }
};

}  // namespace slurmxx::testing
