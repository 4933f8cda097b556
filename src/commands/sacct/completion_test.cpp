// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacct/completion.h"

#include <doctest/doctest.h>

namespace slurmxx {
namespace {

std::string line(const std::string& id, const std::string& what, const std::string& more = "") {
  return "JobId=" + id + " UserId=ann(1001) GroupId=lab(7) " + what +
         " Partition=main TimeLimit=5 WorkDir=/w ReservationName= Tres=cpu=2,node=1 Account=phys QOS=normal WcKey= "
         "Cluster=c SubmitTime=1970-01-01T00:00:10 EligibleTime=1970-01-01T00:00:10 " +
         more + "DerivedExitCode=0:0 ExitCode=3:0 \n";
}

std::string times(const char* start, const char* end) {
  return std::string("StartTime=1970-01-01T") + start + " EndTime=1970-01-01T" + end + " ";
}

struct Completions {
  std::string file =
      line("4", "Name=two words JobState=FAILED",
           times("00:01:00", "00:02:30") + "NodeList=n[1-2] NodeCnt=2 ProcCnt=8 ") +
      line("6", "Name=tasks JobState=COMPLETED",
           times("00:10:00", "00:11:00") + "NodeList=n3 NodeCnt=1 ProcCnt=2 ArrayJobId=5 ArrayTaskId=1 ") +
      line("9", "Name=held JobState=CANCELLED", times("00:20:00", "00:20:00") + "NodeList=(null) NodeCnt=0 ProcCnt=0 ");
  std::string out, err;
  int told(std::vector<std::string> words) {
    words.insert(words.begin(), {"-c", "-n", "-P"});
    Output output;
    output.out = [this](std::string_view text) { out += text; };
    output.err = [this](std::string_view text) { err += text; };
    output.now = Instant(3600);
    SacctOptions options;
    REQUIRE(!read_sacct_options(words, Environment(), options).early);
    out.clear();
    return print_completions(file, options, output);
  }
  std::string ids(std::vector<std::string> words) {
    words.insert(words.end(), {"-o", "jobid"});
    CHECK(told(words) == 0);
    return out;
  }
};

TEST_CASE_FIXTURE(Completions, "sacct -c chooses by names, states, nodes, users and tasks of arrays") {
  CHECK(ids({}) == "4\n6\n9\n");
  CHECK(ids({"-s", "F,CA"}) == "4\n9\n");
  CHECK(ids({"-j", "5"}) == "6\n");
  CHECK(ids({"-j", "5_1"}) == "6\n");
  CHECK(ids({"-j", "5_2,9"}) == "9\n");
  CHECK(ids({"-N", "n[2-3]"}) == "4\n6\n");
  CHECK(ids({"-u", "ann", "--name=tasks"}) == "6\n");
  CHECK(ids({"-u", "1001", "-A", "phys", "-i", "2-3"}) == "4\n");
  CHECK(ids({"-u", "bob"}).empty());
}

TEST_CASE_FIXTURE(Completions,
                  "sacct -c passes over what is no job's line, and prints nothing that a terminal would obey") {
  file = line("4", "Name=a\x1b]0;b\a JobState=FAILED", times("00:01:00", "00:02:30")) + "noise\n" +
         line("-5", "Name=x JobState=FAILED", times("00:01:00", "00:02:30"));
  CHECK(told({"-o", "jobid,jobname"}) == 0);
  CHECK(out == "4|a?]0;b?\n");
}

TEST_CASE_FIXTURE(Completions, "sacct -c looks through all of the file unless a window is asked for") {
  CHECK(ids({"-S", "now"}).empty());
  CHECK(ids({"-S", "1970-01-01T00:11:00"}) == "6\n9\n");
  CHECK(ids({"-E", "1970-01-01T00:09:00"}) == "4\n");
  CHECK(ids({"-S", "1970-01-01T00:02:00", "-E", "1970-01-01T00:10:00"}) == "4\n6\n");
  CHECK(told({"-S", "1970-01-01T00:11:00", "-E", "1970-01-01T00:10:00"}) == 1);
  CHECK(err == "sacct: fatal: Start time requested is after end time.\n");
}

TEST_CASE_FIXTURE(Completions, "sacct -c shows the line as it is written, and what it makes up") {
  CHECK(told({"-j", "4"}) == 0);
  CHECK(out == "4|1001|two words|main|2|n[1-2]|FAILED|1970-01-01T00:02:30\n");
  CHECK(told({"-l", "-j", "9"}) == 0);
  CHECK(out == "9|1001|held|main|0|(null)|CANCELLED|1970-01-01T00:20:00|1970-01-01T00:20:00|5\n");
  CHECK(told({"-b", "-j", "9"}) == 0);
  CHECK(out == "9|1001|CANCELLED\n");
  CHECK(told({"-o", "elapsed,alloccpus,user,exitcode", "-j", "4"}) == 0);
  CHECK(out == "00:01:30|8|ann|3:0\n");
  CHECK(told({"--json", "-j", "5_1"}) == 0);
  CHECK(out.find("\"name\": \"tasks\"") != std::string::npos);
  CHECK(out.find("two words") == std::string::npos);
  CHECK(told({"-o", "nosuch"}) == 1);
}

}  // namespace
}  // namespace slurmxx
