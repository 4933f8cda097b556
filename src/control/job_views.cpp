// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The row of a job: what it says of itself, and what is derived from the picture it is in.
#include <algorithm>

#include "control/fairness.h"
#include "control/job_tres.h"
#include "control/partition_settings.h"
#include "control/published.h"
#include "control/scheduling.h"
#include "core/hostlist/hostlist.h"
#include "core/licenses/licenses.h"
#include "core/model/cpus_asked.h"
#include "core/place/gres_room.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"
#include "core/tres/share_tres.h"
#include "core/tres/tres.h"

namespace slurmxx {

Step batch_step(const Job& job, std::optional<Instant> ended, ExitCode exit) {
  Step step;
  step.id = StepId::batch();
  step.name = "batch";
  step.tasks = 1;
  if (!job.allocation->shares.empty()) step.shares = {job.allocation->batch_share()};
  step.started = *job.times.started;
  step.ended = ended;
  step.exit = exit;
  if (job.script_usage) step.usage = *job.script_usage;
  return step;
}

std::vector<std::string> names_in(const State& state, const StepUsage& usage) {
  std::vector<std::string> names;
  for (const auto node : {&UsageFigure::max_node, &UsageFigure::min_node})
    for (const UsageFigure& figure : usage.figures) {
      const Node* known = state.find(figure.*node);
      names.push_back(known ? known->name : "");
    }
  return names;
}

namespace {

bool holds_nodes(const Job& job) { return job.state != JobState::pending && job.allocation.has_value(); }

std::string reason_of(const Published& published, const Job& job, std::string* detail) {
  if (job.state != JobState::pending && !(job.runs() && job.hold != Hold::none))
    return job.end_reason.empty() ? "None" : job.end_reason;
  if (job.hold != Hold::none && !job.end_reason.empty()) return job.end_reason;
  if (job.hold != Hold::none) return job.hold == Hold::admin ? "JobHeldAdmin" : "JobHeldUser";
  const Wait* found = published.reasons->find(job.id);
  if (!found) return "None";
  if (detail) *detail = explain_text(*found->reason);
  return reason_text(*found->reason);
}

// They are switched on, or boot: PrologSlurmctld comes after that.
bool waits_for_nodes(const Published& published, const Job& job) {
  const auto is_away = [](const Node& node) {
    return node.power.phase != PowerPhase::on || (node.reboot && node.reboot->issued);
  };
  return std::ranges::any_of(job.unfinished, [&](NodeIndex index) { return is_away(*published.state.find(index)); });
}

std::string names_of(const Published& published, const std::vector<NodeIndex>& nodes) {
  HostFolder names;
  for (const NodeIndex node : nodes) names.add(published.state.find(node)->name);
  return names.take();
}

// What backfill set aside for it.
void fill_expected(const Published& published, const Job& job, JobView& view) {
  const Wait* found = job.state == JobState::pending ? published.reasons->find(job.id) : nullptr;
  if (!found || !found->expected) return;
  view.expected_start = found->expected->start;
  view.expected_nodes = names_of(published, found->expected->nodes);
}

std::string tracked_gres_of(const Published& published) {
  return tracked_gres(published.config->plugins.accounting_storage_tres);
}

void fill_allocated(const Published& published, const Job& job, JobView& view) {
  if (!job.allocation->shares.empty()) view.batch_host = published.state.find(job.allocation->batch_node())->name;
  HostFolder nodes;
  for (const NodeShare& share : job.allocation->shares) {
    const std::string& name = published.state.find(share.node)->name;
    nodes.add(name);
    view.cpu_count += share.cpus;
  }
  view.nodes = nodes.take();
  view.node_count = static_cast<std::uint32_t>(job.allocation->shares.size());
  TresCounts tres = share_tres(job.allocation->shares);
  add_licenses(*job.spec, tres);
  const auto& charge = job.allocation->charge;
  tres.set("billing", charge ? static_cast<std::uint64_t>(charge->billing) : view.cpu_count);
  view.allocated_tres = tres_text(only_tracked(tres, tracked_gres_of(published)));
}

TimeLimit time_limit_of(const Published& published, const JobSpec& spec, const std::string& partition) {
  if (spec.times.limit) return *spec.times.limit;
  const Partition* known = published.state.find_partition(partition);
  if (!known) return TimeLimit::none();
  return known->time_default.value_or(known->time_max);
}

}  // namespace

namespace {

// What a job gets that asks for none: of its gpus, else of the partition, else of the cluster.
void fill_memory_defaults(const Published& published, const JobSpec& spec, const PartitionConfig* partition,
                          ViewOfSpec& view) {
  const MemoryPolicy& cluster = published.config->scheduling.memory;
  const MemoryPolicy& own = partition ? partition->limits.memory : cluster;
  const bool any_own = own.default_per_cpu || own.default_per_node;
  const MemoryPolicy& acting = any_own ? own : cluster;
  GpuDefaults gpus = published.rules->policies.gpu_defaults;
  if (const GpuDefaults of_partition = partition ? gpu_defaults_of(*partition) : GpuDefaults(); of_partition.memory)
    gpus = of_partition;
  if (gres_demand_of(spec.resources, gpus).memory_per_gpu) return;
  if (acting.default_per_cpu)
    view.default_memory_per_cpu = *acting.default_per_cpu;
  else
    view.default_memory_per_node = acting.default_per_node.value_or(MebiBytes(0));
}

std::string requested_tres_of(const Published& published, const JobSpec& spec, const std::string& partition) {
  const std::uint32_t nodes = spec.resources.nodes_min;
  const std::uint32_t cpus = cpus_asked(spec.resources);
  TresCounts asked{{"cpu", cpus}, {"node", nodes}};
  const MemoryPolicy& defaults = published.config->scheduling.memory;
  if (const std::uint64_t memory = requested_memory(spec.resources, defaults, nodes, cpus)) asked.set("mem", memory);
  TresCounts others = requested_gres(spec.resources, nodes);
  add_licenses(spec, others);
  asked.add(only_tracked(others, tracked_gres_of(published)));
  asked.set("billing", static_cast<std::uint64_t>(billing_rate(*published.rules, partition, asked)));
  return tres_text(asked);
}

// What a short list needs of it, and nothing that lies about in memory by itself.
std::shared_ptr<const JobSpec> brief_spec(const JobSpec& spec) {
  auto brief = std::make_shared<JobSpec>();
  brief->owner.uid = spec.owner.uid;
  brief->owner.gid = spec.owner.gid;
  brief->owner.user_name = spec.owner.user_name;
  brief->labels.name = spec.labels.name;
  brief->labels.account = spec.labels.account;
  brief->labels.qos = spec.labels.qos;
  brief->labels.reservation = spec.labels.reservation;
  brief->labels.licenses = spec.labels.licenses;
  brief->resources = spec.resources;
  brief->placement.partitions = spec.placement.partitions;
  brief->times = spec.times;
  brief->policy = spec.policy;
  brief->het = spec.het;
  brief->array = spec.array;
  return brief;
}

ViewOfSpec brief_view_of_spec(const Published& published, const JobSpec& spec, std::string partition) {
  ViewOfSpec view{.brief = true, .spec = &spec, .in_brief = brief_spec(spec)};
  view.time_limit = time_limit_of(published, spec, partition);
  view.partition = std::move(partition);
  return view;
}

ViewOfSpec view_of_spec(const Published& published, const JobSpec& spec, std::string partition) {
  ViewOfSpec view;
  view.spec = &spec;
  view.requested_tres = requested_tres_of(published, spec, partition);
  view.time_limit = time_limit_of(published, spec, partition);
  const Partition* kept = published.state.find_partition(partition);
  view.shares_cores =
      (kept && kept->sharing_forced && kept->jobs_per_core > 1) || spec.placement.sharing == Sharing::oversubscribe;
  const PartitionConfig* configured = find_partition(*published.config, partition);
  fill_memory_defaults(published, spec, configured, view);
  view.sharing = spec.placement.sharing;
  if (view.sharing == Sharing::unset && kept && kept->exclusive) view.sharing = Sharing::exclusive;
  if (view.sharing == Sharing::unset && configured && configured->policy.exclusive == PartitionExclusive::user)
    view.sharing = Sharing::exclusive_user;
  view.partition = std::move(partition);
  return view;
}

void fill_from_spec(const ViewOfSpec& from, JobView& view) {
  view.requested_tres = from.requested_tres;
  view.time_limit = from.time_limit;
  view.shares_cores = from.shares_cores;
  view.default_memory_per_cpu = from.default_memory_per_cpu;
  view.default_memory_per_node = from.default_memory_per_node;
  view.sharing = from.sharing;
}

}  // namespace

JobView view_of(const Published& published, const Job& job) {
  ViewOfSpec last;
  return view_of(published, job, last);
}

JobView view_of(const Published& published, const Job& job, ViewOfSpec& last) {
  JobView view;
  view.job = job;
  view.job.former.reset();
  const JobSpec& spec = *job.spec;
  view.reason = reason_of(published, job, last.brief ? nullptr : &view.reason_detail);
  view.priority = published.priorities->of(job);
  view.preparing = job.preparing || (published.unprepared && published.unprepared->contains(job.id));
  if (view.preparing && !waits_for_nodes(published, job)) view.reason = "Prolog";
  if (published.preemption && (job.runs() || is_ended(job.state)))
    view.preemptible_from = published.preemption->exempt_until(job);
  if (holds_nodes(job)) {
    view.partition = job.allocation->partition;
    fill_allocated(published, job, view);
  } else {
    view.partition = join(spec.placement.partitions, ",");
    view.node_count = spec.resources.nodes_min;
    view.cpu_count = std::max(spec.resources.tasks * spec.resources.cpus_per_task, view.node_count);
    view.nodes = names_of(published, job.unfinished);  // of a job that was requeued
    fill_expected(published, job, view);
  }
  const std::string_view first(view.partition.data(), std::min(view.partition.find(','), view.partition.size()));
  if (last.spec != &spec || last.partition != first)
    last = (last.brief ? brief_view_of_spec : view_of_spec)(published, spec, std::string(first));
  fill_from_spec(last, view);
  if (last.brief) view.job.spec = last.in_brief;
  return view;
}

}  // namespace slurmxx
