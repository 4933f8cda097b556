// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The conversation of srun with a controller played by hand; its steps have no node, so they are over at once. Steps
// that run are in step_client_test.cpp.
#include <algorithm>

#include <doctest/doctest.h>

#include "adapters/system_random.h"
#include "commands/srun/run.h"

using namespace slurmxx;

namespace {

JobView job_view(JobState state) {
  JobView view;
  auto spec = std::make_shared<JobSpec>();
  spec->labels.name = "true";
  view.job.id = JobId(5);
  view.job.spec = spec;
  view.job.state = state;
  view.nodes = "n1";
  if (state == JobState::running)
    view.job.allocation = Allocation{"batch", {NodeShare{NodeIndex(0), 2, {}, {0, 1}}}, false};
  return view;
}

class FakeController : public ControllerClient {
 public:
  Result<ClientReply> call(ClientRequest request) override {
    asked.push_back(request);
    if (std::holds_alternative<SubmitRequest>(request)) {
      if (refusal && pauses.size() < refused_for) return ClientReply(*refusal);
      return ClientReply(SubmitReply{JobId(5), "", {}, {}});
    }
    if (std::holds_alternative<JobsRequest>(request)) {
      JobView view = job_view(at_first);
      view.reason = reason_at_first;
      return ClientReply(JobsReply{{std::move(view)}, {}});
    }
    if (std::holds_alternative<WaitRequest>(request)) return ClientReply(WaitReply{job_view(JobState::running)});
    if (const auto* step = std::get_if<StepRequest>(&request)) {
      StepReply reply;
      reply.key = {step->job, 0, StepId{0}};
      return ClientReply(reply);
    }
    return ClientReply(DoneReply{});
  }
  bool pause(int milliseconds) override {
    pauses.push_back(milliseconds);
    return pauses.size() < patience;
  }
  template <class Request>
  const Request* find() const {
    for (const ClientRequest& request : asked)
      if (const auto* found = std::get_if<Request>(&request)) return found;
    return nullptr;
  }

  std::vector<ClientRequest> asked;
  std::optional<ErrorReply> refusal;
  std::vector<int> pauses;
  std::size_t refused_for = 1000, patience = 1000;  // pauses
  JobState at_first = JobState::running;
  std::string reason_at_first;
};

struct Srun {
  FakeController controller;
  SrunOptions options;
  SrunContext context;
  std::string said;
  SystemRandom random;

  Srun() {
    options.command = {"/bin/true"};
    context.submit.work_dir = "/tmp";
    context.submit.default_name = "true";
  }
  int run() {
    const Messages messages("srun", [this](std::string_view line) { said += line; });
    const auto connect = [](const NodeAddress&) -> Result<int> { return fail("no node"); };
    return run_srun(controller, {options}, context, {connect, random, messages});
  }
};

}  // namespace

TEST_CASE("srun: outside an allocation it gets one, runs its step there and gives it back") {
  Srun srun;
  CHECK(srun.run() == 0);
  CHECK(srun.said.empty());
  REQUIRE(srun.controller.find<SubmitRequest>() != nullptr);
  CHECK_FALSE(srun.controller.find<SubmitRequest>()->spec.policy.batch);
  REQUIRE(srun.controller.find<StepRequest>() != nullptr);
  const auto& environment = srun.controller.find<StepRequest>()->command.environment;
  CHECK(std::count(environment.begin(), environment.end(), "SLURM_JOB_NODELIST=n1") == 1);
  CHECK(std::count(environment.begin(), environment.end(), "ENVIRONMENT=BATCH") == 0);
  REQUIRE(srun.controller.find<FinishRequest>() != nullptr);
  CHECK(srun.controller.find<FinishRequest>()->job == JobId(5));
}

TEST_CASE("srun: says that it waits for resources, and that it got them") {
  Srun srun;
  srun.controller.at_first = JobState::pending;
  CHECK(srun.run() == 0);
  CHECK(srun.said == "srun: job 5 queued and waiting for resources\nsrun: job 5 has been allocated resources\n");

  Srun limited;
  limited.controller.at_first = JobState::pending;
  limited.controller.reason_at_first = "PartitionNodeLimit";
  CHECK(limited.run() == 0);
  CHECK(limited.said.starts_with("srun: Requested partition configuration not available now\nsrun: job 5 queued"));

  Srun closed;
  closed.controller.at_first = JobState::pending;
  closed.controller.reason_at_first = "PartitionDown";
  CHECK(closed.run() == 0);
  CHECK(closed.said.starts_with("srun: Partition in DOWN state\nsrun: job 5 queued"));
}

TEST_CASE("srun: a refused allocation is one error line and status 1") {
  Srun srun;
  srun.controller.refusal = ErrorReply{Errc::invalid_partition, "", {"invalid partition specified: nosuch"}};
  CHECK(srun.run() == 1);
  CHECK(srun.said ==
        "srun: error: invalid partition specified: nosuch\n"
        "srun: error: Unable to allocate resources: Invalid partition name specified\n");
  CHECK(srun.controller.find<StepRequest>() == nullptr);
}

TEST_CASE("srun: tries again while the queue is full, after longer and longer pauses") {
  Srun srun;
  srun.controller.refusal = ErrorReply{Errc::queue_full, "", {}};
  srun.controller.refused_for = 3;
  CHECK(srun.run() == 0);
  CHECK(srun.controller.pauses == std::vector<int>{1000, 2000, 3000});
  CHECK(srun.said == "srun: error: Slurm job queue full, sleeping and retrying\n");
  Srun hasty;
  hasty.controller.refusal = srun.controller.refusal;
  hasty.controller.patience = 1;
  CHECK(hasty.run() == 1);
  CHECK(hasty.controller.pauses.size() == 1);
}

TEST_CASE("srun: inside an allocation it asks for a step only") {
  Srun srun;
  srun.context.environment.set("SLURM_JOB_ID", "9");
  srun.options.job.size.ntasks = 3;
  CHECK(srun.run() == 0);
  REQUIRE(srun.controller.asked.size() == 1);
  const auto* step = srun.controller.find<StepRequest>();
  REQUIRE(step != nullptr);
  CHECK(step->job == JobId(9));
  CHECK(step->tasks == 3U);
  CHECK(step->name == "true");
}

TEST_CASE("srun: --jobid from outside of the allocation tells its tasks where they are") {
  Srun srun;
  srun.options.step.jobid = "9";
  CHECK(srun.run() == 0);
  const auto* step = srun.controller.find<StepRequest>();
  REQUIRE(step != nullptr);
  const auto& variables = step->command.environment;
  CHECK(std::ranges::count(variables, std::string("SLURM_JOB_NODELIST=n1")) == 1);
  CHECK(std::ranges::count(variables, std::string("SLURM_NODELIST=n1")) == 1);
}

TEST_CASE("srun: files of a task are for the nodes, those of the step for srun") {
  Srun srun;
  srun.context.environment.set("SLURM_JOB_ID", "9");
  srun.options.job.files.output = "out-%j-%t.txt";
  CHECK(srun.run() == 0);
  CHECK(srun.controller.find<StepRequest>()->command.output == "out-%j-%t.txt");
}

TEST_CASE("srun: --test-only asks for no step, and fewer tasks than nodes are told of") {
  Srun srun;
  srun.options.job.handling.test_only = true;
  srun.options.job.size.nodes = NodeCountRange{3, 3};
  srun.options.job.size.ntasks = 2;
  CHECK(srun.run() == 0);
  REQUIRE(srun.controller.asked.size() == 1);
  CHECK(srun.controller.find<SubmitRequest>()->test_only);
  CHECK(srun.controller.find<SubmitRequest>()->spec.resources.nodes_min == 2);
  CHECK(srun.said.starts_with(
      "srun: Warning: can't run 2 processes on 3 nodes, setting nnodes to 2\nsrun: Job 5 to start"));
}

TEST_CASE("srun: what it cannot carry out is refused before anything is asked for") {
  Srun srun;
  srun.options.step.no_allocate = true;
  CHECK(srun.run() == 1);
  CHECK(srun.said == "srun: error: --no-allocate is not supported\n");
  CHECK(srun.controller.asked.empty());
}
