// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows for readers, made from one published picture. What is derived (reason, counts, names) is derived here and
// nowhere else.
#include <algorithm>

#include <fmt/format.h>

#include "base/version.h"
#include "control/configure.h"
#include "control/fairness.h"
#include "control/job_tres.h"
#include "control/mcs.h"
#include "control/partition_settings.h"
#include "control/published.h"
#include "control/reservation_views.h"
#include "control/reservations.h"
#include "control/scheduling.h"
#include "core/hostlist/hostlist.h"
#include "core/licenses/licenses.h"
#include "core/place/gres_room.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"
#include "core/tres/share_tres.h"
#include "core/tres/tres.h"

namespace slurmxx {
namespace {

bool holds_nodes(const Job& job) { return job.state != JobState::pending && job.allocation.has_value(); }

std::string reason_of(const Published& published, const Job& job, std::string& detail) {
  if (job.state != JobState::pending && !(job.runs() && job.hold != Hold::none))
    return job.end_reason.empty() ? "None" : job.end_reason;
  if (job.hold != Hold::none && !job.end_reason.empty()) return job.end_reason;
  if (job.hold != Hold::none) return job.hold == Hold::admin ? "JobHeldAdmin" : "JobHeldUser";
  const Wait* found = published.reasons->find(job.id);
  if (!found) return "None";
  detail = explain_text(*found->reason);
  return reason_text(*found->reason);
}

// They are switched on, or boot: PrologSlurmctld comes after that.
bool waits_for_nodes(const Published& published, const Job& job) {
  const auto is_away = [](const Node& node) {
    return node.power.phase != PowerPhase::on || (node.reboot && node.reboot->issued);
  };
  return std::ranges::any_of(job.unfinished, [&](NodeIndex index) { return is_away(*published.state.find(index)); });
}

// What backfill set aside for it.
void fill_expected(const Published& published, const Job& job, JobView& view) {
  const Wait* found = job.state == JobState::pending ? published.reasons->find(job.id) : nullptr;
  if (!found || !found->expected) return;
  view.expected_start = found->expected->start;
  HostFolder nodes;
  for (const NodeIndex node : found->expected->nodes) nodes.add(published.state.find(node)->name);
  view.expected_nodes = nodes.take();
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

JobView row_of(const Published& published, const JobsRequest& request, const Job& job) {
  JobView view = view_of(published, job);
  if (request.with_steps && job.spec->policy.batch && job.state == JobState::running)
    view.job.steps.insert(view.job.steps.begin(), batch_step(job, job.times.ended, job.exit));
  if (!request.with_steps) view.job.steps.clear();
  view.job.ended_steps.clear();
  return view;
}

bool is_asked_for(const JobsRequest& request, const Job& job) {
  if (request.live && is_ended(job.state) && job.holds_nothing()) return false;
  const auto& users = request.users;
  return users.empty() || std::find(users.begin(), users.end(), job.spec->owner.uid) != users.end();
}

Result<JobsReply> named_jobs(const Published& published, const JobsRequest& request, Instant now) {
  JobsReply reply;
  reply.now = now;
  const auto is_shown = [&](const Job* job) {
    const auto& users = request.users;
    return job && (users.empty() || std::find(users.begin(), users.end(), job->spec->owner.uid) != users.end());
  };
  for (JobId id : request.ids)
    if (const Job* job = published.state.find(id); is_shown(job)) {
      reply.jobs.push_back(row_of(published, request, *job));
      const auto& het = job->spec->het;
      for (std::uint32_t i = 1; het && het->offset == 0 && i < het->size; ++i)
        if (const Job* other = published.state.find(het->component(i)))
          reply.jobs.push_back(row_of(published, request, *other));
      if (!job->array || job->array->array != id) continue;
      published.state.jobs().for_each_from(id.value + 1, [&](std::uint64_t, const Job& other) {
        if (other.array && other.array->array == id) reply.jobs.push_back(row_of(published, request, other));
        return true;
      });
    }
  if (reply.jobs.empty()) return fail(Errc::invalid_job_id);
  return reply;
}

void fill_special(const NodeConfig& configured, bool first, NodeView& view) {
  if (configured.specialization == NodeSpecialization{}) return;
  const SystemShare share = system_share_of(configured, first);
  const NodeShape& shape = view.node.declared;
  const std::uint32_t threads = std::max(1u, shape.cpus / std::max(1u, shape.sockets * shape.cores_per_socket));
  const auto count = static_cast<std::uint32_t>(share.cpus.size());
  view.cores_special = (count + threads - 1) / threads;
  if (const auto ids = parse_indices(fmt::format("{}", fmt::join(share.cpus, ",")), shape.cpus))
    view.cpus_special = ids->text();
  view.memory_special = share.memory;
  view.cpus_kept = count;
}

NodeView node_view(const Published& published, NodeIndex index, const Node& node) {
  NodeView view;
  view.node = node;
  view.index = index;
  if (index.value < published.config->nodes.size()) {
    const NodeConfig& configured = published.config->nodes[index.value];
    view.address = configured.address;
    view.host_name = configured.hostname;
    view.port = configured.port;
    view.features = join(configured.features, ",");
    view.gres = node.registered ? gres_pools_text(node) : configured.gres;
    view.topology = configured.topology;
    if (!node.gres.empty()) view.tracked_gres = tracked_gres_of(published);
    fill_special(configured, published.rules->parameters.placement.spec_cores_first, view);
  }
  if (const Vitals* vitals = published.vitals.find(index.value)) {
    view.load_hundredths = vitals->load_hundredths;
    view.free_memory = vitals->free_memory;
  }
  return view;
}

// Licences are the whole cluster's: each partition has those that accounting keeps (AccountingStorageTRES).
std::string tracked_licenses(const ClusterConfig& config) {
  const auto totals = parse_license_totals(config.scheduling.licenses);
  std::string text;
  for (const std::string& kept : config.plugins.accounting_storage_tres) {
    if (!totals || !starts_with_ignoring_case(kept, "license/")) continue;
    const std::string_view name = std::string_view(kept).substr(std::string_view("license/").size());
    for (const LicenseCount& total : *totals)
      if (total.name == name) text += fmt::format(",license/{}={}", total.name, total.count);
  }
  return text;
}

NodesReply nodes_reply(const Published& published, const NodesRequest& request, Instant now) {
  NodesReply reply;
  reply.now = now;
  const std::vector<const Reservation*> reservations = ReservationKeeper::list(published.state);
  published.state.nodes().for_each([&](std::uint64_t number, const Node& node) {
    const NodeIndex index(static_cast<std::uint32_t>(number));
    reply.nodes.push_back(node_view(published, index, node));
    if (reservations.empty()) return;
    const NodeReserved reserved = reserved_at(reservations, index, now);
    reply.nodes.back().node.condition.reserved = reserved.reserved;
    reply.nodes.back().node.condition.maint = reserved.maint;
  });
  label_nodes(published, reply.nodes);
  const std::string licenses = tracked_licenses(*published.config);
  for (const auto& partition : published.state.partitions()) {
    PartitionView view;
    view.partition = *partition;
    HostFolder names;
    for (NodeIndex index : partition->nodes) {
      names.add(published.state.find(index)->name);
      reply.nodes[index.value].partitions.push_back(partition->name);
    }
    view.nodes = names.take();
    if (const PartitionConfig* configured = find_partition(*published.config, partition->name))
      view.settings = partition_settings(*configured, published.config->scheduling.preempt_mode);
    view.settings.push_back({"OverSubscribe", sharing_text(*partition)});
    view.settings.push_back({"LicenseTRES", licenses});
    if (request.with_partitions) reply.partitions.push_back(std::move(view));
  }
  // PrivateData=cloud shows what is switched off.
  const auto& shown = published.config->identity.private_data;
  if (std::find(shown.begin(), shown.end(), "cloud") == shown.end())
    std::erase_if(reply.nodes, [](const NodeView& view) {
      return view.node.power.cloud && view.node.power.phase == PowerPhase::down;
    });
  return reply;
}

TriggersReply triggers_reply(const Published& published) {
  TriggersReply reply;
  for (const auto& trigger : published.state.triggers()) reply.triggers.push_back(*trigger);
  return reply;
}

ConfigReply config_reply(const Published& published, Instant now) {
  const ControllerFacts& facts = *published.facts;
  return {*published.config, facts.conf_path,  version_text, facts.booted, now, published.state.next_job_id(),
          facts.slurm_user,  facts.slurmd_user};
}

}  // namespace

JobsPart answer_jobs(const Published& published, const JobsRequest& request, Instant now, JobId first) {
  if (!request.ids.empty()) return {named_jobs(published, request, now), JobId()};
  constexpr std::size_t looked_at_max = 100 * jobs_in_part_max;
  JobsReply reply;
  JobId next;
  std::size_t looked_at = 0;
  reply.now = now;
  published.state.jobs().for_each_from(first.value, [&](std::uint64_t, const Job& job) {
    if (reply.jobs.size() == jobs_in_part_max || ++looked_at > looked_at_max) {
      reply.more = true;
      next = job.id;
      return false;
    }
    if (is_asked_for(request, job)) reply.jobs.push_back(row_of(published, request, job));
    return true;
  });
  return {std::move(reply), next};
}

namespace {

Result<JobsReply> all_jobs(const Published& published, const JobsRequest& request, Instant now) {
  JobsPart part = answer_jobs(published, request, now, JobId());
  if (!part.reply) return part.reply.error();
  JobsReply whole = std::move(*part.reply);
  while (whole.more) {
    part = answer_jobs(published, request, now, part.next);
    std::move(part.reply->jobs.begin(), part.reply->jobs.end(), std::back_inserter(whole.jobs));
    whole.more = part.reply->more;
  }
  return whole;
}

}  // namespace

std::shared_ptr<const Published> picture_of(State state, std::shared_ptr<const ClusterConfig> config) {
  auto priorities = std::make_shared<const Priorities>(state, *config, state.at());
  auto rules = rules_of(*config);
  return std::make_shared<const Published>(Published{std::move(state),
                                                     std::move(config),
                                                     std::move(rules),
                                                     std::make_shared<const Reasons>(),
                                                     {},
                                                     {},
                                                     {},
                                                     std::move(priorities)});
}

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

// What a job gets that asks for none: of its gpus, else of the partition, else of the cluster.
static void fill_memory_defaults(const Published& published, const PartitionConfig* partition, JobView& view) {
  const MemoryPolicy& cluster = published.config->scheduling.memory;
  const MemoryPolicy& own = partition ? partition->limits.memory : cluster;
  const bool any_own = own.default_per_cpu || own.default_per_node;
  const MemoryPolicy& acting = any_own ? own : cluster;
  GpuDefaults gpus = published.rules->policies.gpu_defaults;
  if (const GpuDefaults of_partition = partition ? gpu_defaults_of(*partition) : GpuDefaults(); of_partition.memory)
    gpus = of_partition;
  if (gres_demand_of(view.job.spec->resources, gpus).memory_per_gpu) return;
  if (acting.default_per_cpu)
    view.default_memory_per_cpu = *acting.default_per_cpu;
  else
    view.default_memory_per_node = acting.default_per_node.value_or(MebiBytes(0));
}

namespace {

void fill_requested(const Published& published, const JobSpec& spec, const std::string& partition, JobView& view) {
  const std::uint32_t nodes = spec.resources.nodes_min;
  const std::uint32_t cpus = std::max(spec.resources.tasks * spec.resources.cpus_per_task, nodes);
  TresCounts asked{{"cpu", cpus}, {"node", nodes}};
  const MemoryPolicy& defaults = published.config->scheduling.memory;
  if (const std::uint64_t memory = requested_memory(spec.resources, defaults, nodes, cpus)) asked.set("mem", memory);
  TresCounts others = requested_gres(spec.resources, nodes);
  add_licenses(spec, others);
  asked.add(only_tracked(others, tracked_gres_of(published)));
  asked.set("billing", static_cast<std::uint64_t>(billing_rate(*published.rules, partition, asked)));
  view.requested_tres = tres_text(asked);
}

}  // namespace

JobView view_of(const Published& published, const Job& job) {
  JobView view;
  view.job = job;
  const JobSpec& spec = *job.spec;
  view.reason = reason_of(published, job, view.reason_detail);
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
    fill_expected(published, job, view);
  }
  const std::string first(split(view.partition, ',').front());
  fill_requested(published, spec, first, view);
  view.time_limit = time_limit_of(published, spec, first);
  const Partition* kept = published.state.find_partition(first);
  view.shares_cores =
      (kept && kept->sharing_forced && kept->jobs_per_core > 1) || spec.placement.sharing == Sharing::oversubscribe;
  const PartitionConfig* partition = find_partition(*published.config, first);
  fill_memory_defaults(published, partition, view);
  view.sharing = spec.placement.sharing;
  if (view.sharing == Sharing::unset && kept && kept->exclusive) view.sharing = Sharing::exclusive;
  if (view.sharing == Sharing::unset && partition && partition->policy.exclusive == PartitionExclusive::user)
    view.sharing = Sharing::exclusive_user;
  return view;
}

bool is_query(const ClientRequest& request) {
  if (const auto* statistics = std::get_if<StatisticsRequest>(&request)) return !statistics->reset;
  if (std::holds_alternative<PrioritiesRequest>(request) || std::holds_alternative<LicensesRequest>(request) ||
      std::holds_alternative<SharesRequest>(request))
    return true;
  return std::holds_alternative<JobsRequest>(request) || std::holds_alternative<NodesRequest>(request) ||
         std::holds_alternative<ConfigRequest>(request) || std::holds_alternative<ReservationsRequest>(request) ||
         std::holds_alternative<TriggersRequest>(request);
}

std::optional<ClientReply> answer_query(const Published& published, const ClientRequest& request, Instant now) {
  if (const auto* jobs = std::get_if<JobsRequest>(&request)) {
    Result<JobsReply> reply = all_jobs(published, *jobs, now);
    if (!reply) return ErrorReply{reply.error().code, reply.error().message, {}};
    return ClientReply(std::move(*reply));
  }
  if (const auto* nodes = std::get_if<NodesRequest>(&request)) return nodes_reply(published, *nodes, now);
  if (std::holds_alternative<ConfigRequest>(request)) return config_reply(published, now);
  if (std::holds_alternative<ReservationsRequest>(request)) return reservations_reply(published, now);
  if (std::holds_alternative<TriggersRequest>(request)) return triggers_reply(published);
  if (const auto* asked = std::get_if<PrioritiesRequest>(&request)) return answer_priorities(published, *asked);
  if (std::holds_alternative<LicensesRequest>(request)) return answer_licenses(published, now);
  if (const auto* shares = std::get_if<SharesRequest>(&request)) return answer_shares(published, *shares, now);
  if (std::holds_alternative<StatisticsRequest>(request)) return answer_statistics(published, now);
  return std::nullopt;
}

}  // namespace slurmxx
