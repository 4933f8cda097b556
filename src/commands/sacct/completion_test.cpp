// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacct/completion.h"

#include <doctest/doctest.h>

namespace slurmxx {
namespace {

// As jobcomp/filetxt orders it; `life` goes from StartTime to ProcCnt.
std::string line(const std::string& id, const std::string& what, const std::string& life,
                 const std::string& array = "") {
  return "JobId=" + id + " UserId=ann(1001) GroupId=lab(7) " + what + " Partition=main TimeLimit=5 " + life +
         "WorkDir=/w ReservationName= Tres=cpu=2,node=1 Account=phys QOS=normal WcKey= Cluster=c "
         "SubmitTime=1970-01-01T00:00:10 EligibleTime=1970-01-01T00:00:10 " +
         array + "DerivedExitCode=0:0 ExitCode=3:0 \n";
}

std::string times(const char* start, const char* end) {
  return std::string("StartTime=1970-01-01T") + start + " EndTime=1970-01-01T" + end + " ";
}

struct Completions {
  std::string file =
      line("4", "Name=two words JobState=FAILED",
           times("00:01:00", "00:02:30") + "NodeList=n[1-2] NodeCnt=2 ProcCnt=8 ") +
      line("6", "Name=tasks JobState=COMPLETED", times("00:10:00", "00:11:00") + "NodeList=n3 NodeCnt=1 ProcCnt=2 ",
           "ArrayJobId=5 ArrayTaskId=1 ") +
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

TEST_CASE_FIXTURE(Completions, "sacct -c: a name that looks like more of the line is a name") {
  const std::string life = times("00:01:00", "00:02:30") + "NodeList=n1 NodeCnt=1 ProcCnt=2 ";
  file = line("4", "Name=a State=x JobState=FAILED Account=b JobState=COMPLETED", life);
  CHECK(told({"-o", "jobid,state,account,wckey,workdir,jobname,exitcode"}) == 0);
  CHECK(out == "4|COMPLETED|phys||/w|a State=x JobState=FAILED Account=b|3:0\n");
}

constexpr const char* object =
    R"({"jobid":7,"cluster":"c","array_job_id":5,"array_task_id":2,"state":"FAILED","partition":"main",)"
    R"("exit_code":"3:0","derived_ec":"0:0","job_name":"a \"b\" \u00e4,{","account":"phys","qos":"normal",)"
    R"("wc_key":"","reservation_name":"","username":"ann","user_id":1001,"groupname":"lab","group_id":7,)"
    R"("alloc_node":"login","work_dir":"/w","ntasks":2,"licenses":"","tres_req":"cpu=2,node=1",)"
    R"("@submit":"1970-01-01T00:00:10Z","@eligible":"1970-01-01T00:00:10Z","@start":"1970-01-01T00:01:00Z",)"
    R"("@end":"1970-01-01T00:02:30Z","elapsed":90,"queue_wait":50,"time_limit":"5","nodes":"n1","total_nodes":1,)"
    R"("total_cpus":2,"tres_alloc":"cpu=2,node=1"})";

TEST_CASE_FIXTURE(Completions, "sacct -f: a line with an object is one of jobcomp/jsonlines") {
  file = std::string(object) + "\n{\"jobid\":\n{}\n{\"jobid\":3\n" +
         line("9", "Name=x JobState=FAILED", times("00:01:00", "00:02:30") + "NodeList=n1 NodeCnt=1 ProcCnt=2 ");
  CHECK(ids({}) == "7\n9\n");
  CHECK(told({"-j", "5_2"}) == 0);
  CHECK(out == "7|1001|a \"b\" \xc3\xa4,{|main|1|n1|FAILED|1970-01-01T00:02:30\n");
  CHECK(told({"-j", "5_2", "-o",
              "user,group,account,elapsed,alloccpus,submit,start,exitcode,reqtres,alloctres,timelimit"}) == 0);
  CHECK(out == "ann|lab|phys|00:01:30|2|1970-01-01T00:00:10|1970-01-01T00:01:00|3:0|cpu=2,node=1|cpu=2,node=1|5\n");
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
