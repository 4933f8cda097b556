// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One pass of the planner over a long queue and a large cluster: plan_bench [JOBS] [NODES]. Three situations: all nodes
// are free, all are taken, and every second CPU is taken; the jobs are of one shape or of many. CPU time of the thread.
#include <fmt/format.h>
#include <time.h>

#include <cstdlib>
#include <memory>
#include <random>

#include "core/schedule/plan.h"

using namespace slurmxx;

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

constexpr std::uint32_t cpus = 32;

struct World {
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<std::unique_ptr<Job>> jobs;
  ClusterView view;
};

void add_nodes(World& world, std::uint32_t count, std::uint32_t taken) {
  PlanPartition all;
  all.name = "all";
  for (std::uint32_t i = 0; i < count; ++i) {
    auto node = std::make_unique<Node>();
    node->name = fmt::format("n{:05}", i + 1);
    node->condition.base = NodeBase::up;
    node->declared = {cpus, 1, 2, cpus / 2, 1, MebiBytes(256000), {}};
    node->features_active = i % 2 == 0 ? "intel,ib" : "amd,ib";
    node->use.cpu_taken.assign(cpus, false);
    for (std::uint32_t cpu = 0; cpu < taken; ++cpu) node->use.cpu_taken[cpu] = true;
    node->use.cpus = taken;
    node->use.jobs = taken > 0 ? 1 : 0;
    all.nodes.push_back(NodeIndex(i));
    world.view.nodes.push_back(node.get());
    world.nodes.push_back(std::move(node));
  }
  world.view.partitions.push_back(all);
}

JobSpec spec_of(std::mt19937& random, bool alike) {
  const auto pick = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  JobSpec spec;
  spec.placement.partitions = {"all"};
  spec.resources.memory_per_cpu = MebiBytes(1000);
  spec.times.limit = TimeLimit::of(Minutes(60));
  spec.resources.tasks_set = true;
  if (alike) return spec;
  spec.resources.nodes_set = true;
  spec.resources.nodes_min = 1u << pick(5);
  spec.resources.tasks = spec.resources.nodes_min * (1 + pick(cpus));
  spec.resources.memory_per_cpu = MebiBytes(500 * (1 + pick(8)));
  spec.placement.features = pick(4) == 0 ? "intel" : pick(4) == 0 ? "amd&ib" : "";
  spec.placement.sharing = pick(8) == 0 ? Sharing::exclusive : Sharing::unset;
  spec.owner.uid = Uid(1000 + pick(50));
  return spec;
}

void add_jobs(World& world, std::uint32_t count, bool alike) {
  std::mt19937 random(7);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto job = std::make_unique<Job>();
    job->id = JobId(i + 1);
    job->spec = std::make_shared<const JobSpec>(spec_of(random, alike));
    world.view.pending.push_back({job.get(), 1 + static_cast<std::uint32_t>(random() % 1000), DependencyState::met});
    world.jobs.push_back(std::move(job));
  }
}

struct Case {
  const char* name;
  std::uint32_t taken;
  bool alike;
};

constexpr Case cases[] = {
    {"free, alike", 0, true},        {"free, mixed", 0, false},        {"half free, alike", cpus / 2, true},
    {"half free, mixed", cpus / 2, false}, {"full, alike", cpus, true}, {"full, mixed", cpus, false},
};

}  // namespace

int main(int argc, char** argv) {
  const auto jobs = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 100'000);
  const auto nodes = static_cast<std::uint32_t>(argc > 2 ? std::atoi(argv[2]) : 10'000);
  fmt::print("{} pending jobs, {} nodes of {} CPUs\n{:18} {:>9} {:>9}\n", jobs, nodes, cpus, "", "started", "CPU s");
  Policies policies;
  policies.unit = CpuUnit::cpu;
  for (const Case& one : cases) {
    World world;
    add_nodes(world, nodes, one.taken);
    add_jobs(world, jobs, one.alike);
    const double begin = cpu_seconds();
    const std::vector<Decision> decisions = plan(world.view, policies, Instant(0));
    const double used = cpu_seconds() - begin;
    std::size_t started = 0;
    for (const Decision& decision : decisions) started += std::holds_alternative<Start>(decision) ? 1 : 0;
    fmt::print("{:18} {:>9} {:>9.3f}\n", one.name, started, used);
    if (decisions.size() != jobs) return 1;
  }
  return 0;
}
