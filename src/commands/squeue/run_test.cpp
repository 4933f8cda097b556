// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/squeue/run.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

JobView job(std::uint32_t id, const char* name, const char* partition, JobState state) {
  JobSpec spec;
  spec.owner = {.uid = Uid(0), .gid = Gid(0), .user_name = "root", .group_name = "root"};
  spec.labels.name = name;
  spec.launch.script_hash = "x";
  JobView view;
  view.job.id = JobId(id);
  view.job.state = state;
  view.job.spec = std::make_shared<JobSpec>(spec);
  view.partition = partition;
  view.priority = 1000 - id;
  view.node_count = 1;
  view.cpu_count = 2;
  view.time_limit = TimeLimit::of(Minutes(60));
  view.default_memory_per_cpu = MebiBytes(500);
  if (state != JobState::pending) {
    view.job.times.started = Instant(100);
    view.nodes = view.batch_host = "n1";
    view.job.allocation = Allocation{partition, {{NodeIndex(0), 2, MebiBytes(1000), {0, 1}}}, false};
  }
  if (state == JobState::pending) view.reason = "BeginTime";
  return view;
}

class FakeQueue : public ControllerClient {
 public:
  JobsReply queue{{job(1, "wrap", "batch", JobState::running), job(2, "second", "debug", JobState::running),
                   job(8, "later", "batch", JobState::pending), job(9, "done", "batch", JobState::completed)},
                  Instant(163)};

  Result<ClientReply> call(ClientRequest request) override {
    const auto& asked = std::get<JobsRequest>(request);
    if (asked.ids.empty()) return ClientReply(queue);
    JobsReply some{{}, queue.now};
    for (const JobView& view : queue.jobs)
      if (view.job.id == asked.ids.front()) some.jobs.push_back(view);
    if (some.jobs.empty()) return ClientReply(ErrorReply{Errc::invalid_job_id, "", {}});
    return ClientReply(some);
  }
};

class QueueThatTells : public FakeQueue {
 public:
  explicit QueueThatTells(bool& brief) : brief_(brief) {}
  Result<ClientReply> call(ClientRequest request) override {
    brief_ = std::get<JobsRequest>(request).brief;
    return FakeQueue::call(std::move(request));
  }

 private:
  bool& brief_;
};

// A job a part; and the connection is lost after the first, so that the list comes again.
class QueueInParts : public FakeQueue {
 public:
  Result<ClientReply> call_for_jobs(ClientRequest, JobsTaker& taker) override {
    for (const bool breaks : {true, false}) {
      taker.begin();
      for (const JobView& view : queue.jobs) {
        taker.take({{view}, queue.now});
        if (breaks) break;
      }
    }
    return ClientReply(JobsReply());
  }
};

struct Printed {
  std::string out;
  std::string err;
  int exit = 0;
};

template <class Queue = FakeQueue>
Printed squeue(const std::vector<std::string>& arguments, Queue queue = {}) {
  Printed printed;
  SqueueOptions options;
  const Parsed parsed = read_squeue_options(arguments, {}, options);
  REQUIRE(!parsed.early);
  Output output;
  output.out = [&](std::string_view text) { printed.out += text; };
  output.err = [&](std::string_view text) { printed.err += text; };
  output.user_id = [](const std::string& name) { return name == "root" ? std::optional(Uid(0)) : std::nullopt; };
  output.now = Instant(0);
  ClusterConfig config;
  for (const char* name : {"n1", "n2", "n3"}) config.nodes.emplace_back().name = name;
  output.config = &config;
  printed.exit = run_squeue(options, queue, output);
  return printed;
}

}  // namespace

TEST_CASE("squeue lists waiting and running jobs by partition, state and priority") {
  CHECK(squeue({}).out ==
        "             JOBID PARTITION     NAME     USER ST       TIME  NODES NODELIST(REASON)\n"
        "                 8     batch    later     root PD       0:00      1 (BeginTime)\n"
        "                 1     batch     wrap     root  R       1:03      1 n1\n"
        "                 2     debug   second     root  R       1:03      1 n1\n");
  CHECK(squeue({"-h", "-t", "all", "-S", "-i", "-o", "%i"}).out == "9\n8\n2\n1\n");
  CHECK(squeue({"-h", "-S", "j", "-o", "%j"}).out == "later\nsecond\nwrap\n");
}

TEST_CASE("squeue asks for whole rows only where it shows or sorts by what brief ones lack") {
  const auto asks_for_brief = [](const std::vector<std::string>& arguments) {
    bool brief = false;
    squeue(arguments, QueueThatTells(brief));
    return brief;
  };
  for (const std::vector<std::string>& plain :
       {std::vector<std::string>{}, {"-l"}, {"--start"}, {"-o", "%i %L"}, {"-O", "JobID,Name"}, {"-S", "S"}})
    CHECK(asks_for_brief(plain));
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"-o", "%i %Z"}, {"-O", "JobID,Comment"}, {"-S", "m"}, {"--json"}, {"-s"}})
    CHECK_FALSE(asks_for_brief(more));
}

TEST_CASE("a queue that comes in parts, and anew after a break, reads as one that comes whole") {
  for (const std::vector<std::string>& asked :
       {std::vector<std::string>{}, {"-S", "u", "-t", "all"}, {"-S", "-P,i"}, {"-s"}, {"-v", "-o", "%i"}}) {
    const Printed parts = squeue<QueueInParts>(asked), whole = squeue(asked);
    CHECK(parts.out == whole.out);
    CHECK(parts.err == whole.err);
  }
  CHECK(squeue<QueueInParts>({"-h", "-S", "u", "-t", "all", "-o", "%i"}).out == "9\n8\n2\n1\n");
}

TEST_CASE("squeue -M names the cluster above its heading") {
  CHECK(squeue({"-M", "all", "-o", "%i", "-p", "debug"}).out == "CLUSTER: \nJOBID\n2\n");
  CHECK(squeue({"-M", "all", "-h", "-o", "%i", "-p", "debug"}).out == "2\n");
}

TEST_CASE("an empty list fits no job") {
  for (const char* option : {"-t", "-n", "-u", "-p"}) CHECK(squeue({"-h", option, ""}).out.empty());
  CHECK(squeue({"-h", "-n", "wrap,", "-o", "%i"}).out == "1\n");
}

TEST_CASE("a step that is none is named") {
  CHECK(squeue({"-s", "abc"}).err == "squeue: error: Invalid job_step id: abc.\?\?\n");
}

TEST_CASE("squeue -v tells how many jobs it looked at, apart from the table") {
  CHECK(squeue({"-h", "-v", "-p", "debug"}).err == "squeue: 4 jobs received, 1 of them asked for\n");
}

TEST_CASE("squeue -l shows the time, longer states and limits") {
  CHECK(squeue({"-l", "-p", "debug"}).out ==
        "Thu Jan  1 00:00:00 1970\n"
        "             JOBID PARTITION     NAME     USER    STATE       TIME TIME_LIMI  NODES NODELIST(REASON)\n"
        "                 2     debug   second     root  RUNNING       1:03   1:00:00      1 n1\n");
}

TEST_CASE("squeue -l -h is the rows alone") {
  CHECK(squeue({"-l", "-h", "-p", "debug"}).out ==
        "                 2     debug   second     root  RUNNING       1:03   1:00:00      1 n1\n");
}

TEST_CASE("a job that waits for its --begin shows it as its start, and sorts before those that know none") {
  FakeQueue queue;
  JobSpec spec = *queue.queue.jobs[2].job.spec;
  spec.times.begin = Instant(7200);
  queue.queue.jobs[2].job.spec = std::make_shared<JobSpec>(spec);
  queue.queue.jobs.push_back(job(10, "aimless", "batch", JobState::pending));
  CHECK(squeue({"-h", "--start", "-o", "%i %S %e"}, queue).out ==
        "8 1970-01-01T02:00:00 1970-01-01T03:00:00\n10 N/A N/A\n");
  CHECK(squeue({"-h", "-j", "8", "-O", "EligibleTime:|"}, queue).out == "1970-01-01T02:00:00|\n");
}

TEST_CASE("squeue -s lists the steps that run") {
  CHECK(squeue({"-s", "-o", "%i %P %u %N"}).out ==
        "STEPID PARTITION USER NODELIST\n"
        "1.batch batch root n1\n"
        "2.batch debug root n1\n");
  CHECK(squeue({"-s", "2.batch"}).out ==
        "         STEPID     NAME PARTITION     USER      TIME NODELIST\n"
        "        2.batch    batch     debug     root      1:03 n1\n");
}

TEST_CASE("squeue -O takes names with widths") {
  CHECK(squeue({"-O", "JobID,Name", "-h", "-j", "1"}).out == "1                   wrap                \n");
}

TEST_CASE("squeue filters by user, name, node and state") {
  CHECK(squeue({"-h", "-u", "root", "-t", "PD", "-o", "%i"}).out == "8\n");
  CHECK(squeue({"-h", "-n", "wrap,none", "-o", "%i"}).out == "1\n");
  CHECK(squeue({"-h", "-w", "n[1-3]", "-p", "debug", "-o", "%i %C %m"}).out == "2 2 500M\n");
  CHECK(squeue({"-h", "-t", "cd", "-o", "%i %T"}).out == "9 COMPLETED\n");
  CHECK(squeue({"-h", "-p", "nosuch"}).out == "");
}

TEST_CASE("squeue says what it does not know") {
  const Printed state = squeue({"-t", "BOGUS"});
  CHECK(state.exit == 1);
  CHECK(state.err ==
        "squeue: error: Invalid job state specified: BOGUS\n"
        "squeue: error: Valid job states include: "
        "pending,running,suspended,completed,cancelled,failed,timeout,node_fail,preempted,boot_fail,deadline,"
        "out_of_memory,completing,configuring,expediting,resizing,resv_del_hold,requeued,requeue_fed,requeue_hold,"
        "revoked,signaling,special_exit,stage_out,stopped\n\n");
  const Printed user = squeue({"-h", "-u", "nosuchuser"});
  CHECK(user.err == "squeue: error: Invalid user: nosuchuser\n\n");
  CHECK(user.out == "");
  CHECK(user.exit == 0);
  const Printed node = squeue({"-w", "n1,n4"});
  CHECK(node.err == "squeue: error: Invalid node name n4\n");
  CHECK(node.exit == 1);
  const Printed unknown = squeue({"-j", "99999"});
  CHECK(unknown.err == "slurm_load_jobs error: Invalid job id specified\n");
  CHECK(unknown.exit == 1);
}

TEST_CASE("squeue --json names fields as the original does") {
  const std::string text = squeue({"--json"}).out;
  CHECK(text.find("\"job_id\": 8") != std::string::npos);
  CHECK(text.find("\"state_reason\": \"BeginTime\"") != std::string::npos);
  CHECK(text.find("\"job_id\": 9") == std::string::npos);
}
