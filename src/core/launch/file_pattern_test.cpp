// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// File names of jobs, letter by letter.
#include <doctest/doctest.h>

#include "core/launch/file_pattern.h"

using namespace slurmxx;

namespace {
FileNameFacts task_facts() {
  return {.job = JobId(128),
          .array = ArrayTask{JobId(120), 27},
          .step = StepId{3},
          .node_name = "n07.cluster.example",
          .node_place = 2,
          .task = 5,
          .user_name = "ada",
          .job_name = "sweep"};
}
}  // namespace

TEST_CASE("file pattern: every letter of the manual stands for its fact") {
  const FileNameFacts facts = task_facts();
  CHECK(expand_file_pattern("%A_%a_%b", facts) == "120_27_7");
  CHECK(expand_file_pattern("%j %J %s", facts) == "128 128.3 3");
  CHECK(expand_file_pattern("%N-%n-%t", facts) == "n07-2-5");
  CHECK(expand_file_pattern("%u/%x.%%j", facts) == "ada/sweep.%j");
}

TEST_CASE("file pattern: a width pads numbers with zeros to at most ten digits, and leaves texts alone") {
  const FileNameFacts facts = task_facts();
  CHECK(expand_file_pattern("job%4j-%2t", facts) == "job0128-05");
  CHECK(expand_file_pattern("%4J", facts) == "0128.3");
  CHECK(expand_file_pattern("%1j", facts) == "128");
  CHECK(expand_file_pattern("%99999999999999999999t", facts) == "0000000005");
  CHECK(expand_file_pattern("%9u%9N%9x", facts) == "adan07sweep");
}

TEST_CASE("file pattern: what is no pattern stays, and a backslash turns patterns off") {
  const FileNameFacts facts = task_facts();
  CHECK(expand_file_pattern("50%", facts) == "50%");
  CHECK(expand_file_pattern("%q %4q %4", facts) == "%q %4q %4");
  CHECK(expand_file_pattern("\\%j-%t", facts) == "%j-%t");
  CHECK(expand_file_pattern("a\\\\%j", facts) == "a\\%j");
}

TEST_CASE("file pattern: outside an array %A is the job and %a the number scripts know") {
  FileNameFacts facts = task_facts();
  facts.array.reset();
  facts.step = StepId::batch();
  CHECK(expand_file_pattern("%A_%a_%b", facts) == "128_4294967294_4");
  CHECK(expand_file_pattern("%J %4s", facts) == "128 batch");
}

TEST_CASE("file names: output falls back to slurm-%j.out in the work dir, error to output, input to /dev/null") {
  FileNameFacts facts = task_facts();
  LaunchSpec launch;
  launch.work_dir = "/home/ada";
  CHECK(batch_file_names(launch, facts).output == "/home/ada/slurm-120_27.out");
  facts.array.reset();
  CHECK(batch_file_names(launch, facts) ==
        FileNames{"/home/ada/slurm-128.out", "/home/ada/slurm-128.out", "/dev/null"});
  launch.output = "/scratch/%x.out";
  launch.error = "%x.err";
  launch.input = "in.%t";
  launch.work_dir = "/";
  CHECK(batch_file_names(launch, facts) == FileNames{"/scratch/sweep.out", "/sweep.err", "/in.5"});
}
