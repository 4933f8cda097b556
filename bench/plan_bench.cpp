// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One pass of the planner over a long queue and a large cluster: plan_bench [JOBS] [NODES]. Three situations: all nodes
// are free, all are taken, and every second CPU is taken; the jobs are of one shape or of many. CPU time of the thread.
// Then backfill over all of the queue, with jobs that run on every node and end one after the other over a day: sizes,
// memory, time limits, partitions and features are mixed as on a large site. Memory: the most that a pass held at a
// time, over the jobs; only plan_memory counts it.
#include <fmt/format.h>
#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>

#include "core/schedule/plan.h"

namespace {

struct Memory {
  bool counts = false;
  std::size_t held = 0;
  std::size_t most = 0;
};
Memory& memory() {
  static Memory counted;
  return counted;
}

}  // namespace

#ifdef SLURMXX_COUNT_MEMORY  // plan_memory: to count costs time
void* operator new(std::size_t size) {
  void* place = std::malloc(size);
  if (!place) throw std::bad_alloc();
  if (Memory& counted = memory(); counted.counts) {
    counted.held += malloc_usable_size(place);
    counted.most = std::max(counted.most, counted.held);
  }
  return place;
}

void operator delete(void* place) noexcept {
  if (Memory& counted = memory(); counted.counts && place)
    counted.held -= std::min(counted.held, malloc_usable_size(place));
  std::free(place);
}

void operator delete(void* place, std::size_t) noexcept { operator delete(place); }
#endif

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

// Partitions of all nodes, of three quarters, of a quarter with large memory, and of a few.
void add_partitions(World& world) {
  const std::size_t count = world.view.nodes.size();
  const auto add = [&](const char* name, std::size_t first, std::size_t end) {
    PlanPartition partition = world.view.partitions.front();
    partition.name = name;
    partition.nodes.clear();
    for (std::size_t i = first; i < end; ++i) partition.nodes.push_back(NodeIndex(static_cast<std::uint32_t>(i)));
    world.view.partitions.push_back(partition);
  };
  add("standard", 0, count * 3 / 4);
  add("bigmem", count * 3 / 4, count);
  add("short", 0, count / 50 + 1);
}

struct Place {
  std::uint32_t node = 0;
  std::uint32_t first = 0;  // CPU
  std::uint32_t count = 0;
  std::uint32_t minutes = 0;
};

void run_on(World& world, const Place& place) {
  const auto& [node, first, count, minutes] = place;
    auto job = std::make_unique<Job>();
    job->id = JobId(1'000'000 + static_cast<std::uint32_t>(world.jobs.size()));
    JobSpec spec;
    spec.owner.uid = Uid(1000 + node % 50);
    job->spec = std::make_shared<const JobSpec>(spec);
    job->state = JobState::running;
    job->times.started = Instant(-60);
    job->times.limit_at = Instant(60 * std::int64_t{minutes});
    NodeShare share{NodeIndex(node), count, MebiBytes(4000 * std::int64_t{count}), {}};
    for (std::uint32_t cpu = first; cpu < first + count; ++cpu) share.cpu_ids.push_back(cpu);
    NodeUse& use = world.nodes[node]->use;
    for (const std::uint32_t cpu : share.cpu_ids) use.cpu_taken[cpu] = true;
    use.cpus += count;
    use.memory += share.memory;
    ++use.jobs;
    job->allocation = Allocation{"all", {share}, false};
    world.view.running.push_back(job.get());
    world.jobs.push_back(std::move(job));
}

// One job a node, that has all of it and ends within a day; every fourth node has four smaller ones.
void add_running(World& world, std::mt19937& random) {
  const auto run = [&](std::uint32_t node, std::uint32_t first, std::uint32_t count, std::uint32_t minutes) {
    run_on(world, {node, first, count, minutes});
  };
  for (std::uint32_t node = 0; node < world.nodes.size(); ++node) {
    const std::uint32_t parts = node % 4 == 0 ? 4 : 1;
    for (std::uint32_t part = 0; part < parts; ++part)
      run(node, part * cpus / parts, cpus / parts, 1 + static_cast<std::uint32_t>(random() % 1440));
  }
}

// As users ask: few limits and sizes, most jobs small, a few large.
JobSpec site_spec(std::mt19937& random) {
  const auto pick = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  constexpr std::uint32_t limits[] = {10, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320};
  constexpr const char* partitions[] = {"standard", "standard", "standard", "bigmem", "short", "all"};
  JobSpec spec;
  spec.placement.partitions = {partitions[pick(6)]};
  spec.times.limit = TimeLimit::of(Minutes(limits[pick(10)]));
  spec.resources.tasks_set = true;
  spec.owner.uid = Uid(1000 + pick(50));
  const std::uint32_t kind = pick(10);
  if (kind < 5) {  // on one node
    spec.resources.tasks = 1;
    spec.resources.cpus_per_task = 1u << pick(6);
    spec.resources.memory_per_cpu = MebiBytes(1000u << pick(4));
  } else if (kind < 9) {  // whole nodes
    spec.resources.nodes_set = true;
    spec.resources.nodes_min = 1u << pick(kind == 8 ? 9 : 5);
    spec.resources.nodes_max = spec.resources.nodes_min;
    spec.resources.tasks = spec.resources.nodes_min * cpus;
    spec.resources.tasks_per_node = cpus;
    spec.resources.memory_per_node = MebiBytes(0);
    spec.placement.sharing = Sharing::exclusive;
  } else {  // tasks wherever there is room
    spec.resources.tasks = 2 + pick(127);
    spec.resources.memory_per_cpu = MebiBytes(4000);
  }
  if (pick(8) == 0) spec.placement.features = pick(2) == 0 ? "intel" : "amd";
  return spec;
}

struct Counts {
  std::size_t started = 0;
  std::size_t expected = 0;
};

Counts count(const std::vector<Decision>& decisions) {
  Counts counts;
  for (const Decision& decision : decisions) {
    counts.started += std::holds_alternative<Start>(decision) ? 1 : 0;
    const Wait* wait = std::get_if<Wait>(&decision);
    counts.expected += wait && wait->expected ? 1 : 0;
  }
  return counts;
}

int backfill(std::uint32_t jobs, std::uint32_t nodes) {
  fmt::print("\nbackfill over {} pending jobs, {} nodes\n{:18} {:>9} {:>9} {:>9} {:>16}\n", jobs, nodes, "window",
             "started", "expected", "CPU s", "bytes a job");
  for (const int days : {1, 7}) {
    World world;
    std::mt19937 random(7);
    add_nodes(world, nodes, 0);
    add_partitions(world);
    add_running(world, random);
    for (std::uint32_t i = 0; i < jobs; ++i) {
      auto job = std::make_unique<Job>();
      job->id = JobId(i + 1);
      job->spec = std::make_shared<const JobSpec>(site_spec(random));
      world.view.pending.push_back({job.get(), 1 + static_cast<std::uint32_t>(random() % 1000), DependencyState::met});
      world.jobs.push_back(std::move(job));
    }
    Policies policies;
    policies.backfill.emplace();
    policies.backfill->window = Seconds(86'400 * days);
    const double begin = cpu_seconds();
    const std::vector<Decision> decisions = plan(world.view, policies, Instant(0));
    const Counts counts = count(decisions);
    const double used = cpu_seconds() - begin;
    memory() = {true, 0, 0};
    const bool same = plan(world.view, policies, Instant(0)).size() == jobs;
    memory().counts = false;
    fmt::print("{:18} {:>9} {:>9} {:>9.3f} {:>16.0f}\n", fmt::format("{} days", days), counts.started, counts.expected,
               used, static_cast<double>(memory().most) / jobs);
    if (!same) return 1;
    if (decisions.size() != jobs) return 1;
  }
  return 0;
}

std::unique_ptr<Job> urgent_job(std::uint32_t number, bool enough) {
  constexpr std::uint32_t kinds = 50;
  auto job = std::make_unique<Job>();
  job->id = JobId(number + 1);
  JobSpec spec;
  spec.placement.partitions = {"high"};
  spec.resources.tasks_set = true;
  spec.resources.tasks = 1 + number % kinds;
  spec.resources.nodes_min = 1 + number % kinds;
  spec.resources.nodes_set = true;
  spec.resources.memory_per_node = MebiBytes(enough ? 1000 : 400000);
  spec.times.limit = TimeLimit::of(Minutes(60));
  job->spec = std::make_shared<const JobSpec>(spec);
  return job;
}

// Each node is full of jobs of a low tier, one a CPU; jobs of a higher tier and of 50 kinds wait that could not have
// room if all of them went: or, with `enough`, that can.
int preempt(std::uint32_t nodes, bool enough) {
  constexpr std::uint32_t small = 10, waiting = 500;
  World world;
  std::mt19937 random(7);
  add_nodes(world, nodes, 0);
  for (const auto& node : world.nodes) {
    node->declared.cpus = small;
    node->declared.cores_per_socket = small / 2;
    node->use.cpu_taken.assign(small, false);
  }
  world.view.partitions.push_back(world.view.partitions.front());
  world.view.partitions.back().name = "high";
  world.view.partitions.back().priority_tier = 10;
  for (std::uint32_t node = 0; node < nodes; ++node)
    for (std::uint32_t cpu = 0; cpu < small; ++cpu) run_on(world, {node, cpu, 1, 600});
  for (std::uint32_t i = 0; i < waiting; ++i) {
    auto job = urgent_job(i, enough);
    world.view.pending.push_back({job.get(), 1 + static_cast<std::uint32_t>(random() % 1000), DependencyState::met});
    world.jobs.push_back(std::move(job));
  }
  auto rules = std::make_shared<PreemptRules>();
  rules->type = PreemptType::partition_prio;
  rules->modes.mode = PreemptMode::cancel;
  world.view.preemption = rules;
  Policies policies;
  policies.backfill.emplace();
  const double begin = cpu_seconds();
  const std::vector<Decision> decisions = plan(world.view, policies, Instant(0));
  const double used = cpu_seconds() - begin;
  const auto makes_room = [](const Decision& one) { return std::holds_alternative<Preempt>(one); };
  const auto made = static_cast<std::size_t>(std::count_if(decisions.begin(), decisions.end(), makes_room));
  fmt::print("{:18} {:>9} {:>9.3f}\n", enough ? "room is made" : "never enough", made, used);
  return decisions.size() == waiting + made ? 0 : 1;
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
  if (argc > 3 && std::string_view(argv[3]) == "backfill") return backfill(jobs, nodes);  // nothing else
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
  fmt::print("\n500 jobs of 50 kinds of a higher tier, {} jobs run\n", nodes * 10);
  if (preempt(nodes, false) != 0 || preempt(nodes, true) != 0) return 1;
  return backfill(jobs, nodes);
}
