// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A step's secret is drawn here and kept nowhere: after a restart of the controller srun and the nodes go on alone.
#include "control/steps.h"

#include <algorithm>
#include <csignal>
#include <set>

#include <fmt/format.h>

#include "control/launch.h"
#include "control/scheduling.h"
#include "control/step_binding.h"
#include "control/step_ports.h"
#include "core/config/key_value.h"
#include "core/launch/batch_environment.h"
#include "core/launch/distribution.h"
#include "core/launch/gpu_binding.h"
#include "core/model/sluid.h"
#include "core/place/gres_choice.h"
#include "core/place/step_cpus.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::size_t step_secret_bytes = 32;

// CR_Pack_Nodes: one node is filled after the other, unless the step says NoPack.
StepRequest packed(const StepRequest& request, const ClusterConfig& config) {
  StepRequest asked = request;
  std::string& text = asked.bind.distribution;
  if (!contains_ignoring_case(config.scheduling.select_type_parameters, "CR_PACK_NODES")) return asked;
  if (!contains_ignoring_case(text, "pack")) text += text.empty() ? "Pack" : ",Pack";
  return asked;
}

const Step* running_step(const Job& job, StepId id) {
  for (const Step& step : job.steps)
    if (step.id == id && !step.ended) return &step;
  return nullptr;
}

// Drawn, so that no restart of the controller makes an id come twice in the life of a job.
StepId broadcast_id(Random& random) {
  std::uint32_t number = 0;
  for (const char byte : random.bytes(sizeof number)) number = number << 8 | static_cast<unsigned char>(byte);
  return StepId{StepId::broadcast_max - static_cast<std::int32_t>(number >> 2)};
}

// Ranks go on behind those of the whole.
void append_layout(StepLayout& whole, const StepLayout& part) {
  const auto before = static_cast<std::uint32_t>(whole.task_ids.size());
  whole.nodes.insert(whole.nodes.end(), part.nodes.begin(), part.nodes.end());
  whole.task_count.insert(whole.task_count.end(), part.task_count.begin(), part.task_count.end());
  for (const std::uint32_t id : part.task_ids) whole.task_ids.push_back(before + id);
}

// A step within a job is told how its tasks were dealt, though nobody asked for it.
bool tells_distribution(const StepRequest& request, const Job& job) {
  return request.bind.distribution.empty() && !request.interactive && job.spec->policy.held_by != HeldBy::srun;
}

Status check_tasks_per_node(const StepPlan& plan, std::uint32_t most) {
  for (const std::uint32_t tasks : plan.layout.task_count)
    if (tasks > most)
      return fail(Errc::bad_task_count, fmt::format("Task count specification invalid: {} tasks on a node, and "
                                                    "MaxTasksPerNode is {}",
                                                    tasks, most));
  return {};
}

Step new_step(StepId id, const StepRequest& request, const StepPlan& plan, Instant now) {
  Step step;
  step.id = id;
  step.network = request.terms.network;
  step.name = request.name;
  step.submit_line = request.submit_line;
  step.layout = distribution_name(request.bind.distribution, plan.layout.task_ids.size(), plan.layout.nodes.size());
  step.tasks = static_cast<std::uint32_t>(plan.layout.task_ids.size());
  step.shares = plan.shares;
  step.overlap = request.overlap || request.interactive;
  step.started = now;
  if (request.terms.time_limit) step.limit_at = now + to_seconds(*request.terms.time_limit);
  for (const NodeShare& share : plan.shares) step.unfinished.push_back(share.node);
  return step;
}

}  // namespace

Result<const Job*> Steps::job_of(const Caller& caller, JobId id) const {
  const Job* job = c_.state_.find(id);
  if (!job) return fail(Errc::invalid_job_id);
  if (job->spec->owner.uid != caller.uid && !c_.is_super_user(caller)) return fail(Errc::access_denied);
  if (is_ended(job->state)) return fail(Errc::already_done);
  return job;
}

std::vector<StepNode> Steps::nodes_of(const Job& job) const {
  std::vector<StepNode> nodes;
  for (const std::string& name : c_.node_names(*job.allocation)) {
    const NodeIndex node = job.allocation->shares[nodes.size()].node;
    const Node* known = c_.state_.nodes().find(node.value);
    nodes.push_back({name, topology_of(known->declared), known});
  }
  return nodes;
}

struct Steps::Part {
  const StepRequest* request = nullptr;
  StepPlan plan;
  std::string ports = {};
};

// Nothing: it has to wait.
Result<std::optional<Steps::Part>> Steps::plan_part(const Caller& caller, const StepRequest& request) const {
  TRY_ASSIGN(const Job* job, job_of(caller, request.job));
  if (job->state == JobState::suspended && job->allocation->time_sliced && !request.terms.immediate)
    return std::optional<Part>();
  if (job->state == JobState::suspended) return fail(Errc::job_suspended);
  if (job->state != JobState::running) return fail(Errc::job_pending);
  if (job->ended_steps.size() + job->steps.size() >= c_.config().jobs.max_step_count) return fail(Errc::step_limit);
  if (request.command.arguments.empty()) return fail(Errc::error, "No command given to execute.");
  const auto& limit = job->spec->times.limit;  // of its own limit a step can have no more
  if (request.terms.time_limit && limit && !limit->unlimited && *request.terms.time_limit > limit->value)
    return fail(Errc::invalid_time_limit);
  TRY_ASSIGN(std::optional<StepPlan> plan,
             plan_step(*job, packed(request, c_.config()), nodes_of(*job), c_.planning_.rules->policies.gres));
  // The order to launch it would be lost with a node that has not come back to this slurmctld yet.
  const auto is_there = [&](const NodeShare& share) { return c_.session_of_node_.contains(share.node); };
  const bool all_there = plan && std::ranges::all_of(plan->shares, is_there);
  if (!all_there && request.terms.immediate) return fail(Errc::nodes_busy);
  if (!all_there || job->preparing) return std::optional<Part>();
  TRY(check_tasks_per_node(*plan, c_.config().jobs.max_tasks_per_node));
  std::vector<const Job*> active;
  if (request.terms.resv_ports || !value_of(c_.config(), "MpiParams").empty())
    for (const JobId id : c_.active_) active.push_back(c_.state_.find(id));
  TRY_ASSIGN(std::optional<std::string> ports, ports_for_step(c_.config(), {request, *plan}, active));
  if (!ports && request.terms.immediate)
    return fail(Errc::nodes_busy, "Requested ports are in use: steps on these nodes have those of MpiParams");
  if (!ports) return std::optional<Part>();
  return std::optional(Part{&request, std::move(*plan), std::move(*ports)});
}

Result<std::optional<ClientReply>> Steps::create(const Caller& caller, const StepRequest& request) {
  return create_over(caller, std::span(&request, 1));
}

Result<std::optional<ClientReply>> Steps::create(const Caller& caller, const HetStepRequest& request) {
  TRY(check_components(caller, request.components));
  return create_over(caller, request.components);
}

Status Steps::check_components(const Caller& caller, const std::vector<StepRequest>& requests) const {
  if (requests.empty() || requests.size() > step_components_max)
    return fail(Errc::error, fmt::format("a step is over 1 to {} components of a heterogeneous job, not {}",
                                         step_components_max, requests.size()));
  std::optional<JobId> leader;
  std::set<JobId> jobs;
  for (const StepRequest& request : requests) {
    TRY_ASSIGN(const Job* job, job_of(caller, request.job));
    const JobId own = job->spec->het ? job->spec->het->leader : job->id;
    if (leader.value_or(own) != own || !jobs.insert(job->id).second)
      return fail(Errc::error, fmt::format("job {} is no other component of heterogeneous job {}: a step is over "
                                           "components of one job, each once",
                                           job->id.value, leader.value_or(own).value));
    leader = own;
  }
  return {};
}

Result<std::optional<ClientReply>> Steps::create_over(const Caller& caller, std::span<const StepRequest> requests) {
  std::vector<Part> parts;
  for (const StepRequest& request : requests) {
    TRY_ASSIGN(std::optional<Part> part, plan_part(caller, request));
    if (part) parts.push_back(std::move(*part));
  }
  if (parts.size() < requests.size()) return std::optional<ClientReply>();
  return std::optional(ClientReply(begin(parts)));
}

StepReply Steps::begin(const std::vector<Part>& parts) {
  const auto job_of_part = [this](const Part& part) -> const Job& { return *c_.state_.find(part.request->job); };
  const Job& first = job_of_part(parts.front());
  std::uint32_t number = 0;
  for (const Part& part : parts) number = std::max(number, job_of_part(part).next_step);
  const bool interactive = parts.front().request->interactive;
  const StepId id = interactive ? StepId::interactive() : StepId{static_cast<std::int32_t>(number)};
  StepReply reply;
  reply.key = {first.id, first.restarts, id};
  reply.secret = c_.options_.random->bytes(step_secret_bytes);
  reply.cpus_per_task = parts.front().plan.cpus_per_task;
  for (const Part& part : parts) {
    append_layout(reply.layout, part.plan.layout);
    for (const NodeShare& share : part.plan.shares) {
      reply.addresses.push_back(address_of(share.node));
      if (parts.size() > 1) reply.keys.push_back({part.request->job, job_of_part(part).restarts, id});
    }
  }
  std::uint32_t rank = 0;
  for (const Part& part : parts) {
    launch(part, id, reply, rank);
    rank += static_cast<std::uint32_t>(part.plan.shares.size());
  }
  return reply;
}

// `rank`: of the part's first node in the whole layout.
void Steps::launch(const Part& part, StepId id, const StepReply& reply, std::uint32_t rank) {
  const Job& job = *c_.state_.find(part.request->job);
  LaunchStep launch{{job.id, job.restarts, id}, job.spec->owner, part.request->command, reply.layout, 0, {},
                    part.plan.cpus_per_task,    reply.secret,    part.request->bind};
  if (!launch.command.sample_every) launch.command.sample_every = job.spec->launch.sample_every;
  launch.affinity = binds_tasks(c_.config());
  launch.array = job.array_task();
  if (tells_distribution(*part.request, job))
    launch.command.environment.push_back(
        "SLURM_DISTRIBUTION=" + lower(distribution_name("", reply.layout.task_ids.size(), reply.layout.nodes.size())));
  const std::string& flags = part.request->gres.flags;
  launch.gpu_bind = gpu_bind_of(part.request->gres, flags.empty() ? job.spec->resources.gres.flags : flags);
  launch.bind.cpus_per_task = part.plan.cpus_per_task;
  bind_as_usual(part.plan.shares, job.allocation->partition, c_.config(), launch.bind);
  const auto topology = c_.planning_.topologies.of_partition(c_.config(), job.allocation->partition);
  if (job.spec->het && job.spec->het->offset > 0) launch.leader = job.spec->het->leader;
  tell_ports(part.ports, launch.command.environment);
  Step step = new_step(id, *part.request, part.plan, c_.now_.wall);
  step.resv_ports = part.ports;
  c_.emit(StepStarted{launch.key.job, std::move(step)});
  for (std::size_t i = 0; i < part.plan.shares.size(); ++i) {
    const NodeIndex node = part.plan.shares[i].node;
    launch.node_rank = rank + static_cast<std::uint32_t>(i);
    launch.share = part.plan.shares[i];
    launch.topology = part.plan.topologies[i];
    launch.gpu_cores = part.plan.gpu_cores[i];
    if (topology) {
      Topology::Address found = topology->address_of(node, reply.layout.nodes.at(launch.node_rank));
      launch.network_address = std::move(found.address);
      launch.network_pattern = std::move(found.pattern);
    }
    if (c_.session_of_node_.contains(node))
      c_.order(node, launch);
    else
      c_.emit(StepLeftNode{launch.key.job, id, node, ExitCode{1, 0}});
  }
}

Result<std::optional<ClientReply>> Steps::create_first(const Caller& caller, StepRequest request, const Job& job) {
  request.job = job.id;
  // A task a node, though -c alone would fill them: the job was made for that many.
  if (request.cpus_per_task && !request.tasks && !request.tasks_per_node)
    request.tasks = static_cast<std::uint32_t>(job.allocation->shares.size());
  std::vector<std::string>& environment = request.command.environment;
  ClusterFacts facts;
  facts.cluster_name = c_.config().identity.cluster_name;
  facts.node_names = c_.node_names(*job.allocation);
  facts.sluid = sluid_text(job.times.submitted, job.id);
  constexpr std::string_view conf = "SLURM_CONF=";
  for (const std::string& variable : environment)
    if (variable.starts_with(conf)) facts.conf_path = variable.substr(conf.size());
  environment = allocation_environment(job, facts, environment);
  return create(caller, request);
}

void Steps::signal_running(const Job& job, std::uint32_t signal) {
  for (const Step& step : job.steps) {
    if (step.ended || step.id == StepId::external()) continue;
    SignalJob order{{job.id, job.restarts}, signal};
    order.step = step.id;
    for (NodeIndex node : step.unfinished) c_.order(node, order);
  }
}

NodeAddress Steps::address_of(NodeIndex node) const {
  const NodeConfig& configured = c_.config().nodes[node.value];
  return {configured.name, configured.address, configured.port};
}

Result<std::vector<NodeIndex>> Steps::hearing_nodes(const std::vector<NodeShare>& shares) const {
  std::vector<NodeIndex> nodes;
  for (const NodeShare& share : shares) {
    if (!c_.session_of_node_.contains(share.node))
      return fail(Errc::node_not_available, fmt::format("node {} does not respond: see scontrol show node {}",
                                                        address_of(share.node).name, address_of(share.node).name));
    nodes.push_back(share.node);
  }
  return nodes;
}

Result<ClientReply> Steps::broadcast(const Caller& caller, const BroadcastRequest& request) {
  TRY_ASSIGN(const Job* job, job_of(caller, request.job));
  if (job->state == JobState::suspended) return fail(Errc::job_suspended);
  if (job->state != JobState::running) return fail(Errc::job_pending);
  const Step* step = request.step ? running_step(*job, *request.step) : nullptr;
  if (request.step && !step) return fail(Errc::invalid_job_id);
  const std::vector<NodeShare>& shares = step ? step->shares : job->allocation->shares;
  TRY_ASSIGN(const std::vector<NodeIndex> nodes, hearing_nodes(shares));
  StepReply reply;
  reply.key = {job->id, job->restarts, broadcast_id(*c_.options_.random)};
  reply.secret = c_.options_.random->bytes(step_secret_bytes);
  for (const NodeIndex node : nodes) {
    reply.layout.task_ids.push_back(static_cast<std::uint32_t>(reply.layout.task_ids.size()));
    reply.layout.task_count.push_back(1);
    reply.addresses.push_back(address_of(node));
    reply.layout.nodes.push_back(reply.addresses.back().name);
  }
  LaunchStep launch{reply.key, job->spec->owner, {}, reply.layout, 0, {}, 1, reply.secret};
  launch.command.arguments = {"sbcast"};
  launch.command.work_dir = "/";
  launch.command.receives_files = true;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    launch.node_rank = static_cast<std::uint32_t>(i);
    launch.share = shares[i];
    c_.order(nodes[i], launch);
  }
  return ClientReply(std::move(reply));
}

Result<ClientReply> Steps::attach(const Caller& caller, const AttachRequest& request) {
  TRY_ASSIGN(const Job* job, job_of(caller, request.job));
  const Step* step = running_step(*job, request.step);
  if (!step) return fail(Errc::invalid_job_id);
  TRY_ASSIGN(const std::vector<NodeIndex> nodes, hearing_nodes(step->shares));
  constexpr std::size_t reader_bytes = 16;
  StepReply reply;
  reply.key = {job->id, job->restarts, step->id};
  reply.secret = c_.options_.random->bytes(step_secret_bytes);
  reply.reader = c_.options_.random->bytes(reader_bytes);
  for (const NodeIndex node : nodes) {
    reply.addresses.push_back(address_of(node));
    reply.layout.nodes.push_back(reply.addresses.back().name);
    c_.order(node, AdmitReader{reply.key, reply.reader, reply.secret});
  }
  return ClientReply(std::move(reply));
}

Status Steps::finish(const Caller& caller, const FinishRequest& request) {
  TRY_ASSIGN(const Job* job, job_of(caller, request.job));
  if (job->spec->policy.batch) return fail(Errc::not_supported);
  if (job->state == JobState::pending) {
    Scheduling(c_).end_pending(job->id, JobState::cancelled, "");
    return {};
  }
  // srun knows how its step went before every node has told.
  std::vector<StepEnded> open;
  for (const JobId part : Scheduling(c_).with_components(request.job))
    for (const Step& step : c_.state_.find(part)->steps)
      if (job->spec->policy.held_by == HeldBy::srun && !step.ended && step.id != StepId::external())
        open.push_back({part, step.id, request.exit});
  for (StepEnded& ended : open) c_.emit(std::move(ended));
  const bool good = request.exit == ExitCode{};
  Scheduling(c_).end_job(request.job, {good ? JobState::completed : JobState::failed, request.exit,
                                       good                  ? ""
                                       : request.exit.signal ? "RaisedSignal"
                                                             : "NonZeroExitCode",
                                       ""});
  return {};
}

void Steps::launch_extern(const Job& job, NodeIndex node) {
  for (const Step& step : job.steps) {
    const auto share = std::ranges::find(step.shares, node, &NodeShare::node);
    const bool owed = std::find(step.unfinished.begin(), step.unfinished.end(), node) != step.unfinished.end();
    if (step.id != StepId::external() || !owed || share == step.shares.end()) continue;
    LaunchStep launch;
    launch.key = {job.id, job.restarts, step.id};
    launch.owner = job.spec->owner;
    launch.command.work_dir = job.spec->launch.work_dir;
    launch.layout.nodes = c_.node_names(*job.allocation);
    launch.node_rank = static_cast<std::uint32_t>(share - step.shares.begin());
    launch.share = *share;
    c_.order(node, std::move(launch));
  }
}

}  // namespace slurmxx
