// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/job_completion.h"

#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

TEST_CASE("jobcomp/jsonlines: a job that ends is a line with an object") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.labels.name = "a \"b\"";
  const JobId id = c.submit(alice, request);
  c.report(1, BatchEnded{{id, 0}, ExitCode{3, 0}});
  std::string lines;
  for (const Record& record : c.log)
    lines += completion_lines(*c.controller->publish(), record, {CompletionFormat::json, utc()});
  CHECK(lines.starts_with("{\"jobid\":1,\"cluster\":\"test\","));
  CHECK(lines.ends_with("}\n"));
  CHECK(std::ranges::count(lines, '\n') == 1);
  for (const char* member : {"\"state\":\"FAILED\"", "\"exit_code\":\"3:0\"", "\"job_name\":\"a \\\"b\\\"\"",
                             "\"username\":\"alice\"", "\"@start\":\"1970-01-01T02:46:40Z\"", "\"total_nodes\":1"})
    CHECK_MESSAGE(lines.find(member) != std::string::npos, lines);
}

TEST_CASE("jobcomp/filetxt: a name makes no line of its own") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.labels.name = "a\nJobId=1 UserId=evil(0)";
  const JobId id = c.submit(alice, request);
  c.report(1, BatchEnded{{id, 0}, ExitCode{}});
  std::string lines;
  for (const Record& record : c.log)
    lines += completion_lines(*c.controller->publish(), record, {CompletionFormat::text, utc()});
  CHECK(std::ranges::count(lines, '\n') == 1);
  CHECK(lines.find("Name=a?JobId=1 UserId=evil(0) JobState=COMPLETED ") != std::string::npos);
}

TEST_CASE("jobcomp/filetxt: no value behind the name looks like a key") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.labels.name = "a JobState=FAILED";
  request.spec.launch.work_dir = "/w x JobState=FAILED Account=b";
  const JobId id = c.submit(alice, request);
  c.report(1, BatchEnded{{id, 0}, ExitCode{}});
  std::string lines;
  for (const Record& record : c.log)
    lines += completion_lines(*c.controller->publish(), record, {CompletionFormat::text, utc()});
  CHECK(lines.find("Name=a JobState=FAILED JobState=COMPLETED ") != std::string::npos);
  CHECK_MESSAGE(lines.find("WorkDir=/w x?JobState=FAILED?Account=b ReservationName=") != std::string::npos, lines);
}

TEST_CASE("where completed jobs are told") {
  PluginSettings plugins;
  CHECK_FALSE(completion_file(plugins));
  plugins.job_comp_type = "jobcomp/jsonlines";
  CHECK(completion_file(plugins)->path == "/var/log/slurm_jobcomp.jsonl");
  plugins.job_comp_location = "/tmp/jobs";
  CHECK(completion_file(plugins)->path == "/tmp/jobs");
  plugins.job_comp_type = "jobcomp/filetxt";
  CHECK(completion_file(plugins)->format == CompletionFormat::text);
}
