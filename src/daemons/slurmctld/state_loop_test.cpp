// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The two threads of slurmctld on a real folder: what is acknowledged is durable, and the folder stays small.
#include "daemons/slurmctld/state_loop.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <thread>

#include "adapters/clock/clock.h"
#include "adapters/disk/disk_folder.h"
#include "adapters/system_random.h"

using namespace slurmxx;

namespace {

constexpr const char* conf = R"(
ClusterName=test
SlurmctldHost=head
SlurmUser=root
MinJobAge=2
NodeName=n1 CPUs=4
PartitionName=main Nodes=ALL Default=YES
)";

std::shared_ptr<const ClusterConfig> config() {
  Warnings warnings;
  auto parsed = parse_cluster_config(
      "slurm.conf", [](std::string_view) -> Result<std::string> { return std::string(conf); }, warnings);
  REQUIRE(parsed.ok());
  return std::make_shared<const ClusterConfig>(std::move(*parsed));
}

struct Place {
  Place() {
    std::array<char, 32> name{"/tmp/slurmxx-loop-XXXXXX"};
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name.data();
  }
  ~Place() { std::filesystem::remove_all(path); }
  std::size_t files(const std::string& folder, const std::string& stem) const {
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path + "/" + folder))
      if (entry.path().filename().string().rfind(stem, 0) == 0) ++found;
    return found;
  }
  std::string path;
};

// slurmctld without sockets: calls go in, answers are awaited.
struct Daemon {
  explicit Daemon(const Place& place) : folder(*DiskFolder::open(place.path + "/log")) {
    auto opened = BlobStore::open(place.path + "/blobs");
    REQUIRE(opened.ok());
    blobs = std::move(*opened);
    auto recovered = log.open(LogUuid{1});
    REQUIRE(recovered.ok());
    found_jobs = recovered->state.jobs().size();
    ControllerOptions options;
    options.config = config();
    options.host = "head";
    options.slurm_user = root_uid;
    options.random = &random;
    controller = std::make_unique<Controller>(std::move(options), std::move(*recovered), Now{wall_now(), mono_now()});
    StateLoopPorts ports{log,
                         *blobs,
                         place.path + "/log",
                         [this](Outgoing letter) { take(std::move(letter)); },
                         [](const std::shared_ptr<const Published>&) {},
                         [](const std::string&) {},
                         [] { return Result<std::shared_ptr<const ClusterConfig>>(config()); }};
    loop = std::make_unique<StateLoop>(*controller, std::move(ports));
    state = std::thread([this] { loop->run_state(); });
    journal = std::thread([this] { loop->run_journal(); });
  }
  ~Daemon() {
    loop->stop();
    state.join();
    journal.join();
  }
  void take(Outgoing letter) {
    const std::lock_guard lock(mutex);
    if (auto* answer = std::get_if<ClientAnswer>(&letter.what)) answers[answer->call] = std::move(answer->body);
    news.notify_all();
  }
  ClientReply ask(ClientRequest request) {
    const std::uint64_t call = ++calls;
    loop->push(CallArrived{SessionId(1), {root_uid, Gid(0), "root", "root", {}, ""}, {call, {}, std::move(request)}});
    std::unique_lock lock(mutex);
    REQUIRE(news.wait_for(lock, std::chrono::seconds(30), [&] { return answers.contains(call); }));
    return answers[call];
  }
  JobId submit(const std::string& script) {
    SubmitRequest request;
    request.script = script;
    request.spec.policy.batch = true;
    const ClientReply reply = ask(request);
    const auto* submitted = std::get_if<SubmitReply>(&reply);
    REQUIRE(submitted != nullptr);
    return submitted->job;
  }
  void cancel(JobId job) {
    JobVerbRequest request;
    request.job = job;
    REQUIRE(std::holds_alternative<DoneReply>(ask(request)));
  }

  SystemRandom random;
  DiskFolder folder;
  LogStore log{folder, {.segment_bytes = 4096, .snapshot_bytes = 20'000, .snapshot_records = 1000}};
  std::unique_ptr<BlobStore> blobs;
  std::size_t found_jobs = 0;
  std::unique_ptr<Controller> controller;
  std::unique_ptr<StateLoop> loop;
  std::thread state, journal;
  std::mutex mutex;
  std::condition_variable news;
  std::map<std::uint64_t, ClientReply> answers;
  std::uint64_t calls = 0;
};

}  // namespace

TEST_CASE("while jobs come and go the log is cut by snapshots, and a restart knows every job") {
  Place place;
  JobId last;
  {
    Daemon daemon(place);
    for (int i = 0; i < 300; ++i) last = daemon.submit("#!/bin/sh\n# script " + std::to_string(i) + "\n");
  }
  CHECK(place.files("log", "snapshot.0") == 2);
  CHECK(place.files("log", "journal.") < 30);  // of more than 60
  CHECK(place.files("log", "snapshot.new") == 0);
  Daemon again(place);
  CHECK(again.found_jobs == 300);
  CHECK(again.submit("#!/bin/sh\ntrue\n").value == last.value + 1);
}

TEST_CASE("scripts of jobs that are gone are removed, those of jobs that are there stay") {
  Place place;
  Daemon daemon(place);
  const std::string kept = "#!/bin/sh\nthe one that stays\n";
  const JobId staying = daemon.submit(kept);
  for (int i = 0; i < 20; ++i) daemon.cancel(daemon.submit("#!/bin/sh\n# goes " + std::to_string(i) + "\n"));
  const auto until = mono_now() + Seconds(30);
  while (place.files("blobs", "") > 12 && mono_now() < until)  // MinJobAge passes, the log grows, a sweep follows
    daemon.cancel(daemon.submit(kept));
  CHECK(place.files("blobs", "") <= 12);
  const ClientReply reply = daemon.ask(JobsRequest{{staying}, false});
  const auto* jobs = std::get_if<JobsReply>(&reply);
  REQUIRE((jobs && jobs->jobs.size() == 1));
  CHECK(*daemon.blobs->get(jobs->jobs.front().job.spec->launch.script_hash) == kept);
}
