// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scancel/run.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>

namespace slurmxx {
namespace {

class FakeController : public ControllerClient {
 public:
  JobsReply jobs;
  std::vector<JobVerbRequest> sent;
  int calls = 0;
  std::optional<Error> refusal;

  Result<ClientReply> call(ClientRequest request) override {
    if (std::holds_alternative<JobsRequest>(request)) return ClientReply(jobs);
    ++calls;
    const ErrorReply outcome = refusal ? ErrorReply{refusal->code, refusal->message, {}} : ErrorReply{Errc::ok, "", {}};
    if (const auto* many = std::get_if<JobVerbsRequest>(&request)) {
      sent.insert(sent.end(), many->verbs.begin(), many->verbs.end());
      return ClientReply(JobVerbsReply{std::vector<ErrorReply>(many->verbs.size(), outcome)});
    }
    sent.push_back(std::get<JobVerbRequest>(request));
    if (refusal) return ClientReply(outcome);
    return ClientReply(DoneReply{});
  }
  void add(std::uint32_t id, const char* name, JobState state, std::uint32_t uid) {
    auto spec = std::make_shared<JobSpec>();
    spec->labels.name = name;
    spec->owner.uid = Uid(uid);
    JobView view;
    view.job.id = JobId(id);
    view.job.spec = spec;
    view.job.state = state;
    view.partition = "main";
    view.nodes = state == JobState::running ? "n1" : "";
    jobs.jobs.push_back(std::move(view));
  }
};

struct Fixture {
  FakeController controller;
  ScancelOptions options;
  std::string said;
  Output output;
  int run() {
    output.out = [this](std::string_view text) { said += text; };
    output.err = output.out;
    output.read_line = [] { return std::string("n"); };
    output.user_id = [](const std::string& name) { return name == "ann" ? std::optional(Uid(1001)) : std::nullopt; };
    Messages messages("scancel", [this](std::string_view text) { said += text; });
    messages.set_verbosity(options.verbose, options.quiet);
    return run_scancel(options, controller, output, messages);
  }
  std::vector<std::uint32_t> sent() const {
    std::vector<std::uint32_t> ids;
    for (const JobVerbRequest& request : controller.sent) ids.push_back(request.job.value);
    return ids;
  }
};

TEST_CASE_FIXTURE(Fixture, "scancel sends one order for each job and step that is named, together") {
  options.jobs = {"12", "13.0,14.batch"};
  options.verbose = 1;
  CHECK(run() == 0);
  CHECK(sent() == std::vector<std::uint32_t>{12, 13, 14});
  CHECK(controller.calls == 1);
  CHECK(controller.sent[1].step == StepId{0});
  CHECK(controller.sent[2].step == StepId::batch());
  CHECK(said == "scancel: Terminating job 12\nscancel: Terminating step 13.0\nscancel: Terminating step 14.batch\n");
}

TEST_CASE_FIXTURE(Fixture, "scancel asks for nothing when one of the ids is none") {
  options.jobs = {"12", "abc"};
  CHECK(run() == 1);
  CHECK(sent().empty());
  CHECK(said == "scancel: error: Invalid job id abc\n");
}

TEST_CASE_FIXTURE(Fixture, "A job that is gone is no error, one of somebody else is") {
  options.jobs = {"12"};
  controller.refusal = fail(Errc::already_done);
  CHECK(run() == 0);
  CHECK(said.empty());
  controller.refusal = fail(Errc::access_denied);
  CHECK(run() == 210);
  CHECK(said == "scancel: error: Kill job error on job id 12: Access/permission denied\n");
}

TEST_CASE_FIXTURE(Fixture, "A signal to a job that is gone is told to have failed") {
  options.jobs = {"12"};
  options.signal = SIGTERM;
  for (const Errc gone : {Errc::already_done, Errc::invalid_job_id}) {
    controller.refusal = fail(gone);
    CHECK(run() == 1);
    CHECK(said == fmt::format("scancel: error: Kill job error on job id 12: {}\n", text_of(Error{gone, ""})));
    said.clear();
  }
}

TEST_CASE_FIXTURE(Fixture, "Filters pick jobs that have not ended, by user, name, state and node") {
  controller.add(1, "a", JobState::running, 1001);
  controller.add(2, "a", JobState::pending, 1001);
  controller.add(3, "b", JobState::pending, 1002);
  controller.add(4, "a", JobState::completed, 1001);
  options.filter.user = "ann";
  CHECK(run() == 0);
  CHECK(sent() == std::vector<std::uint32_t>{1, 2});
  controller.sent.clear();
  options.filter = {};
  options.filter.state = "PENDING";
  CHECK(run() == 0);
  CHECK(sent() == std::vector<std::uint32_t>{2, 3});
  controller.sent.clear();
  options.filter = {};
  options.filter.nodelist = "n[1-3]";
  options.filter.name = "a,b";
  CHECK(run() == 0);
  CHECK(sent() == std::vector<std::uint32_t>{1});
  options.filter = {};
  options.filter.user = "nobody-here";
  CHECK(run() == 1);
  CHECK(said == "scancel: error: Invalid user name: nobody-here\n");
}

TEST_CASE_FIXTURE(Fixture, "scancel -v says which filters no job passed, without -v nothing") {
  controller.add(1, "a", JobState::running, 1001);
  options.filter.name = "b";
  options.filter.state = "PENDING";
  CHECK(run() == 0);
  CHECK(said == "");
  options.verbose = 1;
  CHECK(run() == 0);
  CHECK(said == "scancel: error: No active jobs match ALL job filters, including: job_name=b state=PENDING \n");
}

TEST_CASE_FIXTURE(Fixture, "An id beside filters must be that of a job") {
  controller.add(1, "a", JobState::running, 1001);
  controller.add(2, "a", JobState::completed, 1001);
  options.filter.name = "a";
  options.jobs = {"1", "2", "3"};
  CHECK(run() == 1);
  CHECK(sent() == std::vector<std::uint32_t>{1});
  CHECK(said ==
        "scancel: error: Kill job error on job id 2: Invalid job id specified\n"
        "scancel: error: Kill job error on job id 3: Invalid job id specified\n");
}

TEST_CASE_FIXTURE(Fixture, "With --interactive nothing happens to a job that was not confirmed") {
  controller.add(1, "a", JobState::running, 1001);
  options.jobs = {"1"};
  options.interactive = true;
  CHECK(run() == 0);
  CHECK(sent().empty());
  CHECK(said == "Cancel job_id=1 name=a partition=main [y/n]? ");
}

}  // namespace
}  // namespace slurmxx
