// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sbatch/run.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

// Answers every submission with `answer` and every wait with the job as given.
class FakeController : public ControllerClient {
 public:
  ClientReply answer = SubmitReply{JobId(7), "", {}, {}};
  Job ended;
  SubmitRequest submitted;

  Result<ClientReply> call(ClientRequest request) override {
    if (auto* submit = std::get_if<SubmitRequest>(&request)) {
      submitted = *submit;
      return answer;
    }
    WaitReply reply;
    reply.job.job = ended;
    return ClientReply(reply);
  }
};

struct Printed {
  std::string out;
  std::string err;
  int exit = 0;
};

Printed sbatch(const std::vector<std::string>& arguments, FakeController& controller, std::string script = "") {
  Printed printed;
  const Environment environment{{"HOME", "/home/games"}, {"SLURM_X", "1"}};
  Output output;
  output.out = [&](std::string_view text) { printed.out += text; };
  output.err = [&](std::string_view text) { printed.err += text; };
  SbatchStart start =
      read_sbatch_options({.arguments = arguments,
                           .environment = environment,
                           .read_script = [&](const std::string&) -> Result<std::string> { return script; }});
  REQUIRE(!start.early);
  SubmitContext context;
  context.work_dir = "/work";
  context.umask = 077;
  context.submit_line = "sbatch x";
  printed.exit = run_sbatch({start, context, environment}, controller, output);
  return printed;
}

}  // namespace

TEST_CASE("sbatch submits a wrapped command and prints the job's number") {
  FakeController controller;
  const Printed printed = sbatch({"-n4", "--wrap", "sleep 1000"}, controller);
  CHECK(printed.out == "Submitted batch job 7\n");
  CHECK(printed.err == "");
  CHECK(printed.exit == 0);
  CHECK(controller.submitted.spec.labels.name == "wrap");
  CHECK(controller.submitted.spec.resources.tasks == 4);
  CHECK(controller.submitted.spec.launch.command == "");
  CHECK(controller.submitted.spec.launch.umask == 077);
  CHECK(controller.submitted.script.find("sleep 1000") != std::string::npos);
  CHECK(controller.submitted.spec.policy.batch);
}

TEST_CASE("sbatch names the job after its script and hands on the script's arguments") {
  FakeController controller;
  const Printed printed = sbatch({"--parsable", "sub/job.sh", "a", "b"}, controller, "#!/bin/sh\n#SBATCH -J x\ntrue\n");
  CHECK(printed.out == "7\n");
  CHECK(controller.submitted.spec.launch.command == "/work/sub/job.sh");
  CHECK(controller.submitted.spec.launch.arguments == std::vector<std::string>{"a", "b"});
  CHECK(controller.submitted.spec.labels.name == "x");
}

TEST_CASE("sbatch says why a submission was refused: first what the controller found, then the error") {
  FakeController controller;
  controller.answer = ErrorReply{Errc::node_config_unavailable, "Memory specification can not be satisfied", {}};
  const Printed printed = sbatch({"--mem=20000", "--wrap", "true"}, controller);
  CHECK(printed.err ==
        "sbatch: error: Memory specification can not be satisfied\n"
        "sbatch: error: Batch job submission failed: Requested node configuration is not available\n");
  CHECK(printed.out == "");
  CHECK(printed.exit == 1);

  controller.answer = ErrorReply{Errc::invalid_time_min, "", {}};
  CHECK(sbatch({"--wrap", "true"}, controller).err ==
        "sbatch: error: Batch job submission failed: Invalid time-min specification (exceeds job's time or other "
        "limits)\n");
}

TEST_CASE("sbatch --test-only tells what would be, on stderr, and why it cannot be") {
  FakeController controller;
  controller.answer = SubmitReply{JobId(7), "n[1-2]", Instant(1'764'000'000), {}, 8, "main"};
  Printed printed = sbatch({"--test-only", "--wrap", "true"}, controller);
  CHECK(printed.err ==
        "sbatch: Job 7 to start at 2025-11-24T16:00:00 using 8 processors on nodes n[1-2] in partition main\n");
  CHECK(printed.exit == 0);
  CHECK(controller.submitted.test_only);
  controller.answer = ErrorReply{Errc::node_config_unavailable, "", {}};
  printed = sbatch({"--test-only", "-N50", "--wrap", "true"}, controller);
  CHECK(printed.err == "allocation failure: Requested node configuration is not available\n");
  CHECK(printed.exit == 1);
}

TEST_CASE("sbatch --wait ends with the exit code of the job, or 1 when a signal ended it") {
  FakeController controller;
  controller.ended.state = JobState::failed;
  controller.ended.exit.status = 2;
  CHECK(sbatch({"-W", "--wrap", "exit 2"}, controller).exit == 2);
  controller.ended.exit = {0, 9};
  CHECK(sbatch({"-W", "--wrap", "kill -9 $$"}, controller).exit == 1);
  controller.ended.state = JobState::completed;
  controller.ended.exit = {};
  CHECK(sbatch({"-W", "--wrap", "true"}, controller).exit == 0);
}

TEST_CASE("sbatch exports the whole environment unless told otherwise") {
  FakeController controller;
  sbatch({"--wrap", "true"}, controller);
  CHECK(controller.submitted.environment == std::vector<std::string>{"HOME=/home/games", "SLURM_X=1"});
  sbatch({"--export=NONE", "--wrap", "true"}, controller);
  CHECK(controller.submitted.spec.launch.load_login_environment);
}

TEST_CASE("sbatch refuses an option that no job can hold before it asks the controller") {
  FakeController controller;
  const Printed printed = sbatch({"--container=x", "--wrap", "true"}, controller);
  CHECK(printed.err == "sbatch: error: --container is not supported\n");
  CHECK(printed.exit == 1);
  CHECK(controller.submitted.script == "");
}
