// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scrontab/run.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

// Answers with the file it holds, and keeps what is asked for.
struct FakeController : ControllerClient {
  std::string text;
  std::vector<SetCrontabRequest> set;
  Result<ClientReply> call(ClientRequest request) override {
    if (auto* one = std::get_if<SetCrontabRequest>(&request)) {
      text = one->text;
      set.push_back(std::move(*one));
    }
    return ClientReply(CrontabReply{text, {}});
  }
};

struct Person {
  FakeController controller;
  Output output;
  std::string out, err;
  std::string typed;  // in the editor, in place of what was there
  std::string offered;
  ScrontabPorts ports;

  Person() {
    output.out = [this](std::string_view text) { out += text; };
    output.err = [this](std::string_view text) { err += text; };
    ports.read_file = [](const std::string& path) -> Result<std::string> {
      if (path == "gone") return fail("gone: No such file or directory");
      return std::string("#SCRON -p high -n 2\n0 8 * * 1-5 /bin/true a\n@hourly /bin/date\n");
    };
    ports.edit = [this](const std::string& text) -> Result<std::string> {
      offered = text;
      return typed;
    };
    ports.context_of_user = [](const std::string&) -> Result<SubmitContext> {
      SubmitContext context;
      context.owner.uid = Uid(1000);
      context.owner.user_name = "alice";
      context.work_dir = "/home/alice";
      return context;
    };
  }
  int run(std::vector<std::string> words) {
    ScrontabOptions options;
    const Parsed parsed = read_scrontab_options(words, options);
    if (parsed.early) return err += parsed.early->err, parsed.early->exit_code;
    return run_scrontab(options, ports, controller, output);
  }
};

}  // namespace

TEST_CASE("scrontab FILE: each entry becomes a job with the options before it") {
  Person p;
  REQUIRE(p.run({"file"}) == 0);
  REQUIRE(p.controller.set.size() == 1);
  const auto& jobs = p.controller.set.front().jobs;
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].spec.placement.partitions == std::vector<std::string>{"high"});
  CHECK(jobs[0].spec.resources.tasks == 2);
  CHECK(jobs[0].spec.cron == CronEntry{"0 8 * * 1-5", 1, 2});
  CHECK(jobs[0].script == "#!/bin/sh\n/bin/true a\n");
  CHECK(jobs[1].spec.placement.partitions.empty());
  CHECK(p.controller.set.front().user == Uid(1000));
}

TEST_CASE("scrontab -l prints the file, -r removes it, -e changes what is there") {
  Person p;
  CHECK(p.run({"-l"}) == 1);
  CHECK(p.err == "scrontab: error: no crontab for alice\n");
  p.controller.text = "@daily x\n";
  CHECK(p.run({"-l"}) == 0);
  CHECK(p.out == "@daily x\n");
  p.typed = "@weekly y\n";
  CHECK(p.run({"-e"}) == 0);
  CHECK(p.offered == "@daily x\n");
  CHECK(p.controller.text == "@weekly y\n");
  CHECK(p.run({"-r"}) == 0);
  CHECK(p.controller.text.empty());
}

TEST_CASE("scrontab: what is wrong is told with its line, and changes nothing") {
  Person p;
  p.typed = "@weekly\n";
  CHECK(p.run({"-e"}) == 1);
  CHECK(p.err == "scrontab: error: line 1: no command behind the time\n");
  p.err.clear();
  p.typed = "#SCRON --nosuch\n@weekly x\n";
  CHECK(p.run({"-e"}) == 1);
  CHECK(p.err.find("line 1: ") != std::string::npos);
  p.err.clear();
  CHECK(p.run({"gone"}) == 1);
  CHECK(p.err == "scrontab: error: gone: No such file or directory\n");
  CHECK(p.controller.set.empty());
  CHECK(p.run({"-l", "-r"}) == 1);
}
