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

JobView row_of(const Published& published, const JobsRequest& request, const Job& job, ViewOfSpec& last) {
  JobView view = view_of(published, job, last);
  if (request.with_steps && job.spec->policy.batch && job.state == JobState::running)
    view.job.steps.insert(view.job.steps.begin(), batch_step(job, job.times.ended, job.exit));
  if (!request.with_steps) view.job.steps.clear();
  view.job.ended_steps.clear();
  return view;
}

// By whose it is.
bool is_meant(const JobsRequest& request, const Job& job) {
  const auto& users = request.users;
  if (request.seen && !request.seen->include(*job.spec)) return false;
  return users.empty() || std::find(users.begin(), users.end(), job.spec->owner.uid) != users.end();
}

bool is_asked_for(const JobsRequest& request, const Job& job) {
  const bool is_over = request.live && is_ended(job.state) && job.holds_nothing();
  return !is_over && is_meant(request, job);
}

Result<JobsReply> named_jobs(const Published& published, const JobsRequest& request, Instant now) {
  JobsReply reply;
  ViewOfSpec last{.brief = request.brief};
  reply.now = now;
  for (JobId id : request.ids)
    if (const Job* job = published.state.find(id); job && is_meant(request, *job)) {
      reply.jobs.push_back(row_of(published, request, *job, last));
      const auto& het = job->spec->het;
      for (std::uint32_t i = 1; het && het->offset == 0 && i < het->size; ++i)
        if (const Job* other = published.state.find(het->component(i)))
          reply.jobs.push_back(row_of(published, request, *other, last));
      if (!job->array || job->array->array != id) continue;
      published.state.jobs().for_each_from(id.value + 1, [&](std::uint64_t, const Job& other) {
        if (other.array && other.array->array == id) reply.jobs.push_back(row_of(published, request, other, last));
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
    if (!node.gres.empty()) view.tracked_gres = tracked_gres(published.config->plugins.accounting_storage_tres);
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
  ViewOfSpec last{.brief = request.brief};
  JobId next;
  std::size_t looked_at = 0;
  reply.now = now;
  published.state.jobs().for_each_from(first.value, [&](std::uint64_t, const Job& job) {
    if (reply.jobs.size() == jobs_in_part_max || ++looked_at > looked_at_max) {
      reply.more = true;
      next = job.id;
      return false;
    }
    if (!is_asked_for(request, job)) return true;
    if (reply.jobs.empty()) reply.jobs.reserve(jobs_in_part_max);
    reply.jobs.push_back(row_of(published, request, job, last));
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
