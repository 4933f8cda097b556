// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/job_request.h"

#include <iterator>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace slurmxx;

namespace {

constexpr CommandInfo info{.name = "sbatch", .bad_option_exit = 255, .stop_at_operand = true};

JobOptions options_of(const std::vector<std::string>& arguments) {
  JobOptions options;
  OptionSet set(info);
  set.add(job_option_rows(), options, for_sbatch);
  Parsed parsed = set.parse(arguments);
  REQUIRE_FALSE(parsed.early);
  return options;
}

SubmitContext here() {
  SubmitContext context;
  context.owner.uid = Uid(1000);
  context.work_dir = "/home/ann";
  context.default_name = "job.sh";
  context.cluster_name = "golden";
  context.gres_types = {"gpu", "nic"};
  context.batch = true;
  context.read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "/nodes") return std::string("n1\nn[2-3], n5\n");
    return fail("Unable to open file " + path);
  };
  return context;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

JobSpec spec_of(const std::vector<std::string>& arguments) {
  auto spec = make_job_spec(options_of(arguments), here());
  REQUIRE(spec);
  return *spec;
}

}  // namespace

TEST_CASE("a job without options asks for one task and the partition's defaults") {
  JobSpec spec = spec_of({});
  CHECK(spec.labels.name == "job.sh");
  CHECK(spec.owner.uid == Uid(1000));
  CHECK(spec.resources == ResourceRequest{});
  CHECK(spec.placement == PlacementRequest{});
  CHECK_FALSE(spec.times.limit);
  CHECK(spec.launch.work_dir == "/home/ann");
  CHECK(spec.policy.batch);
  CHECK(spec.policy.kill_on_node_fail);
}

TEST_CASE("tasks follow from nodes unless they are given") {
  CHECK(spec_of({"-N2"}).resources.tasks == 2);
  CHECK(spec_of({"-N2-4", "--ntasks-per-node=3"}).resources.tasks == 6);
  JobSpec spec = spec_of({"-N2", "-n5", "-c2"});
  CHECK(spec.resources.tasks == 5);
  CHECK(spec.resources.tasks_set);
  CHECK(spec.resources.nodes_max == 2);
  CHECK(spec.resources.cpus_per_task == 2);
}

TEST_CASE("nodes that no task could use are given up with a warning") {
  JobOptions options = options_of({"-N4", "-n1"});
  CHECK(fit_nodes_to_tasks(options, here()) == "Warning: can't run 1 processes on 4 nodes, setting nnodes to 1");
  CHECK(options.size.nodes == NodeCountRange{1, 1});
  options = options_of({"-N2", "-n4"});
  CHECK(fit_nodes_to_tasks(options, here()).empty());
  CHECK(options.size.nodes == NodeCountRange{2, 2});
  options = options_of({"-N1-4", "-n2"});
  CHECK(fit_nodes_to_tasks(options, here()).empty());
  CHECK(options.size.nodes == NodeCountRange{1, 2});
}

TEST_CASE("nodes by name that no task could use are given up with a warning, the last in their order") {
  struct Row {
    std::vector<std::string> options;
    std::string_view warning, nodelist;
    std::optional<NodeCountRange> nodes;
  } rows[] = {
      {{"-n1", "-w", "n[1-2]"}, "can't run 1 processes on 2 nodes, setting nnodes to 1", "n1", NodeCountRange{1, 1}},
      {{"-n2", "-w", "n3,n1,n2"},
       "can't run 2 processes on 3 nodes, setting nnodes to 2",
       "n[1-2]",
       NodeCountRange{2, 2}},
      {{"-n1", "-N1-3", "-w", "n[2-3]"},
       "can't run 1 processes on 2 nodes, setting nnodes to 1",
       "n2",
       NodeCountRange{1, 1}},
      {{"-n2", "-N4", "-w", "n[1-3]"},
       "can't run 2 processes on 4 nodes, setting nnodes to 2",
       "n[1-2]",
       NodeCountRange{2, 2}},
      {{"-n2", "-N3", "-w", "n1"}, "can't run 2 processes on 3 nodes, setting nnodes to 2", "n1", NodeCountRange{2, 2}},
      {{"-n2", "-F", "/nodes"},
       "can't run 2 processes on 4 nodes, setting nnodes to 2",
       "n[1-2]",
       NodeCountRange{2, 2}},
      {{"-n2", "-w", "n1,n1,n2"}, "", "n1,n1,n2", std::nullopt},
      {{"-n3", "-w", "n[1-2]"}, "", "n[1-2]", std::nullopt},
      {{"-n1", "-m", "arbitrary", "-w", "n1,n2"}, "", "n1,n2", std::nullopt},
  };
  for (const Row& row : rows) {
    JobOptions options = options_of(row.options);
    CHECK(fit_nodes_to_tasks(options, here()) == (row.warning.empty() ? "" : fmt::format("Warning: {}", row.warning)));
    CHECK(options.place.nodelist == row.nodelist);
    CHECK(options.place.nodefile.empty());
    CHECK(options.size.nodes == row.nodes);
  }
}

TEST_CASE("-B makes a task for each thread that it asks for, and so do its long forms beside a fixed -N") {
  const std::pair<std::vector<std::string>, std::uint32_t> rows[] = {{{"-B", "2:4"}, 8},
                                                                     {{"-B", "2"}, 2},
                                                                     {{"-B", "*:2"}, 2},
                                                                     {{"-B", "2:2:1", "-N2"}, 8},
                                                                     {{"-B", "1"}, 1},
                                                                     {{"-N2", "--sockets-per-node=2"}, 4},
                                                                     {{"-N1", "--cores-per-socket=2"}, 2}};
  for (const auto& [options, tasks] : rows) {
    const JobSpec spec = spec_of(options);
    CHECK(spec.resources.tasks == tasks);
    CHECK(spec.resources.tasks_set);
  }
  const std::vector<std::string> others[] = {{"--sockets-per-node=2"},
                                             {"-N1-2", "-B", "2:2"},
                                             {"-B", "*:*:*"},
                                             {"-N2", "--threads-per-core=1"},
                                             {"-B", "2:2", "--ntasks-per-node=2"}};
  for (const auto& options : others) CHECK_FALSE(spec_of(options).resources.tasks_set);
  CHECK(spec_of({"-B", "2:2", "-n3"}).resources.tasks == 3);
}

TEST_CASE("tasks per node that leave no room for the tasks are given up with a warning") {
  JobOptions options = options_of({"-N1", "-n3", "--ntasks-per-node=2"});
  CHECK(drop_tasks_per_node_that_are_too_few(options) ==
        "Warning: can't honor --ntasks-per-node set to 2 which doesn't match the requested tasks 3 with the number of "
        "requested nodes 1. Ignoring --ntasks-per-node.");
  CHECK_FALSE(options.size.ntasks_per_node);
  for (const char* nodes : {"-N2", "-N1-2"}) {
    options = options_of({nodes, "-n3", "--ntasks-per-node=2"});
    CHECK(drop_tasks_per_node_that_are_too_few(options).empty());
    CHECK(options.size.ntasks_per_node == 2);
  }
}

TEST_CASE("cores for the system have the nodes alone where they are allowed, and are told and dropped elsewhere") {
  JobSpec spec = spec_of({"-S2", "-s"});
  CHECK(spec.placement.core_spec == 2u);
  CHECK(spec.placement.sharing == Sharing::exclusive);
  CHECK(spec_of({"--thread-spec=3"}).placement.thread_spec == 3u);
  CHECK(spec_of({"-S0"}).placement.core_spec == 0u);
  JobOptions options = options_of({"-S2"});
  CHECK(drop_special_cores(options, true).empty());
  CHECK(drop_special_cores(options, false) ==
        "Ignoring -S since it's not allowed by configuration (AllowSpecResourcesUsage = No)");
  CHECK_FALSE(options.size.core_spec);
  options = options_of({"--thread-spec=1"});
  CHECK(drop_special_cores(options, false) ==
        "Ignoring --thread-spec since it's not allowed by configuration (AllowSpecResourcesUsage = No)");
  CHECK(drop_special_cores(options, false).empty());
}

TEST_CASE("an arbitrary distribution names a host for each task, and so a node more than once") {
  JobSpec spec = spec_of({"-m", "arbitrary", "-w", "n2,n1,n1"});
  CHECK(spec.placement.nodes_required == "n[1-2]");
  CHECK(spec.resources.nodes_max == 2);
  CHECK(spec.resources.tasks == 3);
  CHECK(spec.resources.tasks_per_node == 2U);
  spec = spec_of({"-m", "arbitrary", "-w", "n2,n1"});
  CHECK(spec.placement.nodes_required == "n2,n1");
  CHECK_FALSE(spec.resources.tasks_per_node);
}

TEST_CASE("what was asked for arrives in its place") {
  JobSpec spec =
      spec_of({"-p", "debug,gpu", "-t", "1-0", "--exclusive=user", "--mem=2G", "-C", "intel", "-k", "--no-requeue",
               "--signal=B:USR1@30", "--gpus-per-node=a100:2", "--nice", "-H", "-D", "sub", "-J", "x"});
  CHECK(spec.placement.partitions == std::vector<std::string>{"debug", "gpu"});
  CHECK(spec.times.limit == TimeLimit::of(Minutes(1440)));
  CHECK(spec.placement.sharing == Sharing::exclusive_user);
  CHECK(spec.resources.memory_per_node == MebiBytes(2048));
  CHECK(spec.placement.features == "intel");
  CHECK_FALSE(spec.policy.kill_on_node_fail);
  CHECK(spec.policy.requeue == false);
  CHECK(spec.times.signal.batch_shell_only);
  CHECK(spec.times.signal.before_end == Seconds(30));
  CHECK(spec.resources.gres.per_node == "gpu:a100:2");
  CHECK(spec.policy.nice == 100);
  CHECK(spec.policy.hold);
  CHECK(spec.launch.work_dir == "/home/ann/sub");
  CHECK(spec.labels.name == "x");
}

TEST_CASE("more nodes by name than by number are refused") {
  CHECK(make_job_spec(options_of({"-w", "n[1-3]", "-N2"}), here()).error().message ==
        "invalid number of nodes (-N 3-2)");
  CHECK(make_job_spec(options_of({"-w", "n[1-3]", "-N2-4"}), here()));
}

TEST_CASE("node names may stand in a file") {
  CHECK(spec_of({"-F", "/nodes"}).placement.nodes_required == "n1,n[2-3],n5");
  CHECK(spec_of({"-x", "/nodes"}).placement.nodes_excluded == "n1,n[2-3],n5");
  CHECK(spec_of({"-w", "n[1-2]"}).placement.nodes_required == "n[1-2]");
  CHECK(make_job_spec(options_of({"-w", "./gone"}), here()).error().message == "Unable to open file ./gone");
}

TEST_CASE("generic resources are checked and sent in full") {
  const ResourceRequest r =
      spec_of({"--gres=gpu:a100,nic:2", "-G", "v100:1", "--cpus-per-gpu=2", "--mem-per-gpu=1G"}).resources;
  CHECK(r.gres.per_node == "gpu:a100:1,nic:2");
  CHECK(r.gres.per_job == "gpu:v100:1");
  CHECK(r.gres.cpus_per_gpu == 2u);
  CHECK(r.gres.memory_per_gpu == MebiBytes(1024));
  CHECK(spec_of({"--tres-per-task=cpu=2,gres/gpu=1", "-n3"}).resources.gres.per_task == "gpu:1");
  CHECK(spec_of({"--gres=none"}).resources.gres.per_node.empty());
  const auto refusal = [](const char* option) {
    const auto refused = make_job_spec(options_of(words_of(option)), here());
    return refused ? std::string() : refused.error().message;
  };
  CHECK(refusal("--gpus=5 --gpus-per-node=2").starts_with("--gpus=5 is no multiple of 2 a node"));
  CHECK(refusal("--gpus=1 --gpus-per-node=2").starts_with("--gpus=1 is no multiple of 2 a node"));
  CHECK(refusal("--gpus=3 --gpus-per-task=2").starts_with("--gpus=3 is no multiple of 2 a task"));
  CHECK(refusal("--gpus=4 --gpus-per-node=2 -N3").starts_with("--gpus=4 with 2 a node takes 2 nodes"));
  CHECK(refusal("--gpus=5 --gpus-per-task=1 -n4").starts_with("--gpus=5 with 1 a task makes 5 tasks"));
  CHECK(refusal("--mem-per-gpu=100").starts_with("--mem-per-gpu without any gpu"));
  CHECK(refusal("--ntasks-per-gpu=2").starts_with("--ntasks-per-gpu needs the number"));
  CHECK(spec_of({"--gpus=4", "--gpus-per-node=2"}).resources.nodes_max == 2u);
  CHECK(refusal("--gres=tpu:1") == "Invalid generic resource (gres) specification");
  CHECK(refusal("--gres=gpu:1:2:3") == "Invalid generic resource (gres) specification");
  CHECK(refusal("--gpu-bind=foo") == "Invalid --gpu-bind argument: gpu:foo");
  CHECK(refusal("--gres-flags=foo") == "Invalid --gres-flags specification");
  CHECK(refusal("--gpus-per-task=1").starts_with("--gpus-per-task needs"));
}

TEST_CASE("licences of a task are licences of the job") {
  const JobSpec spec = spec_of({"--tres-per-task=cpu=2,license/matlab:2,license/ansys", "-n3", "-L", "matlab:1"});
  CHECK(spec.labels.licenses == "matlab:7,ansys:3");
  CHECK(spec.resources.cpus_per_task == 2);
  CHECK(spec.resources.gres.licenses_per_task == "matlab:2,ansys:1");
}

TEST_CASE("words that could only fail later are refused, and what is not here by name") {
  const auto refusal = [](const std::string& line) {
    const auto spec = make_job_spec(options_of(words_of(line)), here());
    return spec ? std::string("taken") : text_of(spec.error());
  };
  CHECK(refusal("--mem-bind=bogus") == "unrecognized --mem-bind argument \"bogus\"");
  CHECK(refusal("--mem-bind=local") == "taken");
  CHECK(refusal("--gpu-freq=bogus") == "Invalid --gpu-freq argument: gpu:bogus");
  CHECK(refusal("--gpu-freq=high,memory=900,verbose") == "taken");
  CHECK(refusal("--gpu-freq=core=900").starts_with("Invalid"));
  CHECK(refusal("--tres-bind=bogus") == "Invalid --tres-bind argument: bogus");
  CHECK(refusal("--tres-bind=gres/gpu:bogus") == "Invalid --tres-bind argument: gres/gpu:bogus");
  CHECK(refusal("--tres-bind=gres/gpu:single:1+gres/nic:closest") == "taken");
  CHECK(refusal("-m arbitrary").starts_with("With Arbitrary distribution"));
  CHECK(refusal("-m arbitrary -w n1,n1") == "taken");
  CHECK(refusal("--stepmgr") == "--stepmgr is not supported");
  CHECK(refusal("--container-id=x") == "--container-id is not supported");
  CHECK(refusal("-M all") == "taken");
  CHECK(refusal("-M other,golden") == "taken");
  CHECK(refusal("-M other").starts_with("--clusters=other"));
  CHECK(spec_of({"--network=sn_all"}).launch.network == "sn_all");
  CHECK(spec_of({"--requeue=expedite"}).policy.requeue_expedite);
  CHECK_FALSE(spec_of({"--requeue"}).policy.requeue_expedite);
}

TEST_CASE("gpus say how many tasks there are, and tasks how many gpus") {
  CHECK(spec_of({"-G4", "--gpus-per-task=2"}).resources.tasks == 2);
  CHECK(spec_of({"-G2", "--ntasks-per-gpu=3"}).resources.tasks == 6);
  CHECK(spec_of({"-N2", "--gres=gpu:2", "--ntasks-per-gpu=1"}).resources.tasks == 4);
  CHECK(spec_of({"-n4", "--ntasks-per-gpu=2"}).resources.gres.per_job == "gpu:2");
}

TEST_CASE("what cannot be carried out is refused by name") {
  auto refused = make_job_spec(options_of({"--container=x"}), here());
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == fail(Errc::not_supported, "--container is not supported"));
  CHECK_FALSE(make_job_spec(options_of({"-M", "other"}), here()));
  CHECK(make_job_spec(options_of({"-M", "golden"}), here()));
}
