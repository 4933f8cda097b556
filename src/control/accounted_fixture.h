// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A cluster with accounts, users and limits: what a test of fairness or of limits begins with.
#pragma once

#include "control/accounts.h"
#include "control/cluster_fixture.h"
#include "control/scheduling.h"
#include "core/accounting/execute.h"
#include "core/text/words.h"

namespace slurmxx::testing {

inline constexpr const char* fair = R"(
ClusterName=test
SlurmctldHost=head
SlurmUser=root
SlurmdTimeout=99999
SelectTypeParameters=CR_Core
PriorityWeightFairshare=1000
PriorityWeightQOS=100
PriorityWeightAssoc=10
PriorityCalcPeriod=5
NodeName=n[1-4] CPUs=4 RealMemory=1000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=3000
PartitionName=dear Nodes=ALL MaxTime=INFINITE DefaultTime=3000 TRESBillingWeights=CPU=2.5,Mem=0.5G
)";

// With a book of accounts that sacctmgr's orders change.
struct Accounted : Cluster {
  AccountBook book = register_cluster(first_book(), {"test", "head", 6817, 11776, {}}, Instant(1)).book;

  explicit Accounted(const std::string& more = "", std::vector<const char*> orders = {}) {
    const bool enforces = more.find("AccountingStorageEnforce") != std::string::npos;
    begin_with(std::string(fair) + more + (enforces ? "" : "AccountingStorageEnforce=associations,limits,qos\n"));
    all_up();
    for (const char* line :
         {"add qos high priority=10", "add account phys", "add user alice account=phys", "add user bob account=phys"})
      order(line);
    for (const char* line : orders) order(line);
    tell();
  }
  void order(std::string_view line) {
    auto words = *split_words(line);
    const BookVerb verb = words[0] == "add"      ? BookVerb::add
                          : words[0] == "delete" ? BookVerb::remove
                                                 : BookVerb::modify;
    const auto parsed_order = parse_order(verb, *find_entity(words[1]), std::span(words).subspan(2));
    REQUIRE_MESSAGE(parsed_order.ok(), (parsed_order.ok() ? "" : text_of(parsed_order.error())));
    const Outcome outcome = execute(book, {"root", AdminLevel::administrates}, *parsed_order, Instant(100));
    REQUIRE_MESSAGE(outcome.changes, outcome.err);
    book = outcome.book;
  }
  void tell() {
    controller->begin(now());
    controller->accounts_told(book_for(book, "test"));
    settle();
  }
  JobId run(const Caller& caller, std::uint32_t nodes = 1, const std::function<void(JobSpec&)>& change = {}) {
    SubmitRequest request = job(nodes);
    request.spec.placement.sharing = Sharing::exclusive;
    request.spec.resources.tasks = 4 * nodes;
    if (change) change(request.spec);
    return submit(caller, request);
  }
  void end(JobId id) {
    if (job_of(id).state == JobState::pending) ask(admin, JobVerbRequest{JobVerb::cancel, id});
    if (job_of(id).state == JobState::running)
      report(job_of(id).allocation->shares.front().node.value + 1, BatchEnded{{id, job_of(id).restarts}, ExitCode{}});
    leave(id);
  }
  // The nodes of a job that is over are cleared.
  void leave(JobId id) {
    const std::vector<NodeIndex> nodes = job_of(id).unfinished;
    if (job_of(id).runs()) return;
    for (const NodeIndex node : nodes) report(node.value + 1, NodeCleared{{id, job_of(id).life_on_nodes()}, ""});
  }
  SharesReply shares() {
    ClientReply reply = ask(admin, SharesRequest{});
    return std::get<SharesReply>(reply);
  }
  ShareLine share(const std::string& user) {
    for (const ShareLine& line : shares().lines)
      if (line.user == user || (line.user.empty() && line.account == user)) return line;
    FAIL(user);
    return {};
  }
  std::uint32_t priority(JobId id) { return controller->publish()->priorities->of(job_of(id)); }
};

}  // namespace slurmxx::testing
