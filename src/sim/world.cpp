// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

namespace slurmxx::sim {
namespace {

constexpr std::int64_t machine_count = 7;  // n7 is only in the second configuration

std::shared_ptr<const ClusterConfig> parsed(const std::string& text) {
  Warnings warnings;
  auto config = parse_cluster_config(
      "slurm.conf", [&](std::string_view) -> Result<std::string> { return text; }, warnings);
  if (!config) violated("the simulator's configuration is wrong: " + text_of(config.error()));
  return std::make_shared<const ClusterConfig>(std::move(*config));
}

// Prologs and epilogs of the controller, and when those of the nodes run.
std::string scripts(Rng& rng) {
  const std::vector<std::string> flags{
      "", "", "Alloc", "Alloc,NoHold", "DeferBatch", "Contain", "Contain,DeferBatch,ForceRequeueOnFail"};
  return fmt::format("PrologFlags={}\n{}{}", rng.pick(flags), rng.percent(25) ? "PrologSlurmctld=/prolog\n" : "",
                     rng.percent(25) ? "EpilogSlurmctld=/epilog\n" : "");
}

// Jobs of the partition small may make room for themselves.
std::string preemption(Rng& rng) {
  const std::vector<std::string> modes{"CANCEL", "REQUEUE", "SUSPEND,GANG", "OFF"};
  if (rng.percent(40)) return rng.percent(50) ? "PreemptMode=GANG\nSchedulerTimeSlice=5\n" : "";
  return fmt::format("PreemptType=preempt/partition_prio\nPreemptMode={}\nPreemptExemptTime={}\n", rng.pick(modes),
                     rng.percent(30) ? 10 : 0);
}

std::string tiers(Rng& rng) {
  const std::vector<std::string> sharing{"NO", "NO", "NO", "YES:3", "FORCE:2"};
  return fmt::format("PriorityTier=1 GraceTime={} OverSubscribe={}\n", rng.percent(40) ? 7 : 0, rng.pick(sharing));
}

std::string common(Rng& rng) {
  return scripts(rng) + preemption(rng) +
         fmt::format(
             "ClusterName=sim\nSlurmctldHost=head\nSlurmUser=root\nSlurmdTimeout=30\nReturnToService={}\nKillWait=5\n"
             "MinJobAge=60\nJobRequeue={}\nRequeueExit=7\nRequeueExitHold=8\nMaxBatchRequeue=4\n"
             "SelectTypeParameters=CR_Core_Memory\nDefMemPerCPU=100\nGresTypes=gpu,shard,nic\n",
             rng.between(0, 2), rng.between(0, 1));
}

// The file as it is, with nodes in another order and one more, and with other weights.
Configs configs(Rng& rng) {
  const std::string base = common(rng);
  const std::string of_main = " Default=YES MaxTime=20 DefaultTime=3 " + tiers(rng);
  const std::string small =
      fmt::format("PartitionName=small Nodes=n[1-2] MaxTime=20 DefaultTime=2 PriorityTier={}\n", rng.between(1, 2));
  const std::string partitions = "PartitionName=main Nodes=n[1-6]" + of_main + small;
  const std::string fast = "NodeName=n[1-3] CPUs=8 RealMemory=8000 Gres=gpu:a:2,gpu:b:1,shard:6,nic:3 Feature=fast\n";
  const std::string slow = "NodeName=n[4-6] CPUs=8 RealMemory=8000 Gres=gpu:a:2,gpu:b:1,shard:6,nic:3\n";
  return {parsed(base + fast + slow + partitions),
          parsed(base + slow + "NodeName=n7 CPUs=8 RealMemory=8000 Gres=gpu:a:2,gpu:b:1,shard:6,nic:3\n" + fast +
                 "PartitionName=main Nodes=ALL" + of_main + small),
          parsed(base +
                 "NodeName=n[1-3] CPUs=8 RealMemory=8000 Gres=gpu:a:2,gpu:b:1,shard:6,nic:3 Feature=fast Weight=5\n" +
                 slow + partitions)};
}

}  // namespace

World::World(const RunOptions& options, Report& report)
    : kernel_(options, report),
      oracle_(kernel_),
      head_(kernel_, oracle_, configs(kernel_.rng)),
      clients_(kernel_, oracle_, head_),
      sruns_(kernel_, oracle_, head_, machines_),
      workload_(kernel_, oracle_, {clients_, sruns_}, head_),
      chaos_(kernel_, head_, machines_, sruns_) {
  for (std::int64_t i = 1; i <= machine_count; ++i)
    machines_.push_back(std::make_unique<Machine>(kernel_, oracle_, head_, fmt::format("n{}", i)));
}

bool World::run_until(MonoTime until, const std::function<bool()>& done) {
  while (kernel_.now() < until) {
    if (done()) return true;
    if (!kernel_.step()) return done();
  }
  return done();
}

// One that left the configuration hears of nobody what to do.
bool World::belongs(const Machine& machine) const { return oracle_.truth().find_node(machine.name()); }

bool World::quiet() const {
  bool all = head_.up() && oracle_.truth().jobs().size() == 0;
  for (const auto& machine : machines_) all = all && (machine->idle() || !belongs(*machine));
  oracle_.truth().nodes().for_each([&](std::uint64_t, const Node& node) {
    all = all && node.condition == NodeCondition{NodeBase::up, false, false, false, false, false, {}};
  });
  return all;
}

std::string World::unrest() const {
  std::string text = head_.up() ? "" : " no controller";
  oracle_.truth().jobs().for_each([&](std::uint64_t, const Job& job) {
    if (text.size() < 150)
      text += fmt::format(" job {} {}{} {}", job.id.value, state_name(job.state), job.completing() ? " completing" : "",
                          head_.reason_of(job));
  });
  for (const auto& machine : machines_)
    if (!machine->idle() && belongs(*machine)) text += fmt::format(" {} holds{}", machine->name(), machine->holdings());
  oracle_.truth().nodes().for_each([&](std::uint64_t, const Node& node) {
    if (node.condition != NodeCondition{NodeBase::up, false, false, false, false, false, {}})
      text += fmt::format(" {} base={} {}", node.name, static_cast<int>(node.condition.base),
                          node.condition.reason ? node.condition.reason->text : "not responding");
  });
  return text;
}

void World::clean_up() {
  head_.boot();
  workload_.clean_up();
  kernel_.after(Millis(15'000), [this] { clean_up(); });
}

void World::run() {
  head_.boot();
  for (auto& machine : machines_) machine->start_slurmd();
  workload_.begin();
  chaos_.begin();
  run_until(kernel_.now() + Seconds(kernel_.options().minutes * 60), [] { return false; });
  workload_.end();
  chaos_.end();
  clean_up();
  constexpr Millis time_to_notice(300'000);
  kernel_.after(time_to_notice, [this] { sruns_.check_none_is_survived(); });
  if (!run_until(kernel_.now() + Seconds(3 * 3600), [this] { return quiet(); }))
    violated("the cluster does not come to rest:" + unrest());
  check_end();
}

void World::check_end() {
  kernel_.note("all is quiet");
  oracle_.check_promises();
  oracle_.check_replay();
  for (auto& machine : machines_) machine->break_session();
  run_until(kernel_.now() + Seconds(200), [] { return false; });
  for (const auto& machine : machines_)
    if (machine->told() > 0 && belongs(*machine)) violated(machine->name() + " still holds jobs that are over");
  head_.power_cut();
  head_.boot();
  oracle_.check_promises();
}

void run_seed(const RunOptions& options, Report& report) {
  try {
    World(options, report).run();
  } catch (const Violation& violation) {
    copy_text(report.violation, sizeof report.violation, violation.what);
  }
  report.finished = true;
}

}  // namespace slurmxx::sim
