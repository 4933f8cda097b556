// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "base/check.h"
#include "core/hostlist/hostlist.h"
#include "core/schedule/scenario_job.h"
#include "core/text/words.h"
#include "core/tres/gres.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {
namespace {

template <class Target>
struct Key {
  std::string_view name;
  void (*set)(Target& target, std::string_view value);
};

using namespace scenario_job;

std::uint32_t number(std::string_view text) { return number_in(text); }

MebiBytes size(std::string_view text) { return MebiBytes(number(text)); }

template <class Target, std::size_t N>
Status read_keys(const std::array<Key<Target>, N>& keys, Target& target, std::span<const std::string> words) {
  for (const std::string& word : words) {
    const auto pair = split_once(word, '=').value_or(std::pair<std::string_view, std::string_view>{word, ""});
    bool known = false;
    for (const Key<Target>& key : keys) {
      if (key.name != pair.first) continue;
      key.set(target, pair.second);
      known = true;
    }
    if (!known) return fail("scenario: unknown word '" + word + "'");
  }
  return {};
}

// Each gpu is a device.
void set_gres(Node& node, std::string_view v) {
  std::vector<GresFound> found;
  const auto offers = parse_node_gres(v);
  for (const NodeGres& offer : offers ? *offers : std::vector<NodeGres>())
    if (offer.name == "gpu")
      found.push_back({offer.name, offer.type, offer.count, std::vector<std::string>(offer.count, "gpu"), {}, {}, {}});
  node.gres = gres_pools(v, found);
}

// The devices of each kind lie at the sockets in order.
void put_near(Node& node) {
  const std::uint32_t cores = node.declared.cores_per_socket;
  for (GresPool& pool : node.gres)
    for (std::size_t i = 0; i < pool.devices.size(); ++i) {
      const auto socket = static_cast<std::uint32_t>(i * node.declared.sockets / pool.devices.size());
      pool.devices[i].cores = IndexSet({{socket * cores, socket * cores + cores - 1}});
    }
}

struct NodeDraft {
  Node node;
  SystemShare system;
};

constexpr std::array node_keys{
    Key<NodeDraft>{"cpus", [](NodeDraft& d, std::string_view v) { d.node.declared.cpus = number(v); }},
    Key<NodeDraft>{"cores", [](NodeDraft& d, std::string_view v) { d.node.declared.cores_per_socket = number(v); }},
    Key<NodeDraft>{"sockets", [](NodeDraft& d, std::string_view v) { d.node.declared.sockets = number(v); }},
    Key<NodeDraft>{"mem", [](NodeDraft& d, std::string_view v) { d.node.declared.memory = size(v); }},
    Key<NodeDraft>{"tmp", [](NodeDraft& d, std::string_view v) { d.node.declared.tmp_disk = size(v); }},
    Key<NodeDraft>{"weight", [](NodeDraft& d, std::string_view v) { d.node.weight = number(v); }},
    Key<NodeDraft>{"features", [](NodeDraft& d, std::string_view v) { d.node.features_active = v; }},
    Key<NodeDraft>{"gres", [](NodeDraft& d, std::string_view v) { set_gres(d.node, v); }},
    Key<NodeDraft>{"near", [](NodeDraft& d, std::string_view) { put_near(d.node); }},
    Key<NodeDraft>{"extra", [](NodeDraft& d, std::string_view v) { d.node.extra = v; }},
    Key<NodeDraft>{"down", [](NodeDraft& d, std::string_view) { d.node.condition.base = NodeBase::down; }},
    Key<NodeDraft>{"drain", [](NodeDraft& d, std::string_view) { d.node.condition.drain = true; }},
    Key<NodeDraft>{"spec",
                   [](NodeDraft& d, std::string_view v) {
                     for (const std::string_view cpu : split_commas(v)) d.system.cpus.push_back(number(cpu));
                   }},
    Key<NodeDraft>{"spec_mem", [](NodeDraft& d, std::string_view v) { d.system.memory = size(v); }},
};

using PState = PlanPartition::State;

void set_sharing(PlanPartition& partition, std::string_view count, bool forced) {
  partition.jobs_per_core = number(count);
  partition.sharing_forced = forced;
}

constexpr std::array partition_keys{
    Key<PlanPartition>{"nodes", [](PlanPartition&, std::string_view) {}},  // read apart: it needs the nodes
    Key<PlanPartition>{"tier", [](PlanPartition& p, std::string_view v) { p.priority_tier = number(v); }},
    Key<PlanPartition>{"max_time",
                       [](PlanPartition& p, std::string_view v) { p.time_max = TimeLimit::of(Minutes(number(v))); }},
    Key<PlanPartition>{"max_nodes",
                       [](PlanPartition& p, std::string_view v) { p.nodes_max = Limit<std::uint32_t>::of(number(v)); }},
    Key<PlanPartition>{"min_nodes", [](PlanPartition& p, std::string_view v) { p.nodes_min = number(v); }},
    Key<PlanPartition>{"state",
                       [](PlanPartition& p, std::string_view v) {
                         p.state = v == "down" ? PState::down : v == "inactive" ? PState::inactive : PState::drain;
                       }},
    Key<PlanPartition>{"mode", [](PlanPartition&, std::string_view) {}},  // read apart: it is no matter of the plan's
    Key<PlanPartition>{"lln", [](PlanPartition& p, std::string_view) { p.least_loaded = true; }},
    Key<PlanPartition>{"cpus_per_node", [](PlanPartition& p, std::string_view v) { p.caps.cpus_per_node = number(v); }},
    Key<PlanPartition>{"cpus_per_socket",
                       [](PlanPartition& p, std::string_view v) { p.caps.cpus_per_socket = number(v); }},
    Key<PlanPartition>{"whole_sockets", [](PlanPartition& p, std::string_view) { p.caps.whole_sockets = true; }},
    Key<PlanPartition>{"no_memory", [](PlanPartition& p, std::string_view) { p.memory_consumable = false; }},
    Key<PlanPartition>{"one_user", [](PlanPartition& p, std::string_view) { p.one_user = true; }},
    Key<PlanPartition>{"topo_exclusive", [](PlanPartition& p, std::string_view) { p.caps.alone_in_units = true; }},
    Key<PlanPartition>{"force", [](PlanPartition& p, std::string_view v) { set_sharing(p, v, true); }},
    Key<PlanPartition>{"share", [](PlanPartition& p, std::string_view v) { set_sharing(p, v, false); }},
    Key<PlanPartition>{"exclusive", [](PlanPartition& p, std::string_view) { p.whole_nodes = true; }},
    Key<PlanPartition>{"default", [](PlanPartition& p, std::string_view) { p.is_default = true; }},
};

Backfill& backfill_of(Policies& policies) {
  if (!policies.backfill) policies.backfill.emplace();
  return *policies.backfill;
}

constexpr std::array policy_keys{
    Key<Policies>{"unit",
                  [](Policies& p, std::string_view v) {
                    p.unit = v == "cpu" ? CpuUnit::cpu : v == "socket" ? CpuUnit::socket : CpuUnit::core;
                  }},
    Key<Policies>{"bind_gres", [](Policies& p, std::string_view) { p.gres.enforce_binding = true; }},
    Key<Policies>{"several_shared", [](Policies& p, std::string_view) { p.gres.several_shared = true; }},
    Key<Policies>{"task_by_device", [](Policies& p, std::string_view) { p.gres.task_by_device = true; }},
    Key<Policies>{"one_task_per_core", [](Policies& p, std::string_view) { p.one_task_per_core = true; }},
    Key<Policies>{"linear", [](Policies& p, std::string_view) { p.whole_nodes = true; }},
    Key<Policies>{"mem_per_cpu", [](Policies& p, std::string_view v) { p.memory_per_cpu_default = size(v); }},
    Key<Policies>{"mem_per_node", [](Policies& p, std::string_view v) { p.memory_per_node_default = size(v); }},
    Key<Policies>{"no_memory", [](Policies& p, std::string_view) { p.memory_consumable = false; }},
    Key<Policies>{"backfill", [](Policies& p, std::string_view) { backfill_of(p); }},
    Key<Policies>{"topo_optional", [](Policies& p, std::string_view) { p.topology_optional = true; }},
    Key<Policies>{"switch_wait", [](Policies& p, std::string_view v) { p.switches_wait_max = Seconds(number(v)); }},
    Key<Policies>{"window", [](Policies& p, std::string_view v) { backfill_of(p).window = Seconds(60 * number(v)); }},
    Key<Policies>{"reserve",
                  [](Policies& p, std::string_view v) { backfill_of(p).job_part_count_reserve = number(v); }},
    Key<Policies>{"max_test", [](Policies& p, std::string_view v) { backfill_of(p).max_job_test = number(v); }},
    Key<Policies>{"bf_licenses", [](Policies& p, std::string_view) { backfill_of(p).licenses = true; }},
    Key<Policies>{"one_resv", [](Policies& p, std::string_view) { backfill_of(p).one_resv_per_job = true; }},
    Key<Policies>{"max_assoc", [](Policies& p, std::string_view v) { backfill_of(p).max_job_assoc = number(v); }},
    Key<Policies>{"part_depth", [](Policies& p, std::string_view v) { p.partition_job_depth = number(v); }},
    Key<Policies>{"max_start", [](Policies& p, std::string_view v) { p.sched_max_job_start = number(v); }},
    Key<Policies>{"ignore_features", [](Policies& p, std::string_view) { p.ignores.features = true; }},
    Key<Policies>{"ignore_prefer", [](Policies& p, std::string_view) { p.ignores.prefer = true; }},
    Key<Policies>{"magnetic_slot", [](Policies& p, std::string_view) { backfill_of(p).allow_magnetic_slot = true; }},
    Key<Policies>{"soft_time_min", [](Policies& p, std::string_view) { backfill_of(p).least_limit_soft = true; }},
    Key<Policies>{"pack_serial", [](Policies& p, std::string_view) { p.pack_serial_at_end = true; }},
    Key<Policies>{"max_user", [](Policies& p, std::string_view v) { backfill_of(p).max_job_user = number(v); }},
};

void set_mode(std::optional<PreemptModes>& modes, std::string_view word) {
  PreemptModes& known = modes ? *modes : modes.emplace();
  const auto read = parse_preempt_modes(word);
  if (read && read->within)
    known.within = true;
  else if (read)
    known.mode = read->mode;
}

using PreemptKey = Key<PreemptRules>;
constexpr std::array preempt_keys{
    PreemptKey{"preempt",
               [](PreemptRules& r, std::string_view v) {
                 r.type = v == "qos" ? PreemptType::qos : PreemptType::partition_prio;
               }},
    PreemptKey{"mode", [](PreemptRules& r, std::string_view v) { r.modes.mode = parse_preempt_modes(v)->mode; }},
    PreemptKey{"exempt", [](PreemptRules& r, std::string_view v) { r.exempt = Seconds(60 * number(v)); }},
    PreemptKey{"reorder_count", [](PreemptRules& r, std::string_view v) { r.tuning.reorder_count = number(v); }},
    PreemptKey{"reclaim_licenses", [](PreemptRules& r, std::string_view) { r.tuning.reclaim_licenses = true; }},
    PreemptKey{"youngest_first", [](PreemptRules& r, std::string_view) { r.tuning.youngest_first = true; }},
};

using QosKey = Key<PreemptRules::OfQos>;
constexpr std::array qos_keys{
    QosKey{"prio", [](PreemptRules::OfQos& q, std::string_view v) { q.priority = number(v); }},
    QosKey{"preempts",
           [](PreemptRules::OfQos& q, std::string_view v) {
             for (const std::string_view name : split_commas(v)) q.preempts.emplace_back(name);
           }},
    QosKey{"mode", [](PreemptRules::OfQos& q, std::string_view v) { set_mode(q.modes, v); }},
    QosKey{"within", [](PreemptRules::OfQos& q, std::string_view) { set_mode(q.modes, "within"); }},
    QosKey{"exempt", [](PreemptRules::OfQos& q, std::string_view v) { q.exempt = Seconds(60 * number(v)); }},
};

using R = Key<Reservation>;
constexpr std::array reservation_keys{
    R{"nodes", [](Reservation&, std::string_view) {}},  // read apart: it needs the nodes
    R{"from", [](Reservation& r, std::string_view v) { r.times.start = Instant(60 * std::int64_t{number(v)}); }},
    R{"to", [](Reservation& r, std::string_view v) { r.times.end = Instant(60 * std::int64_t{number(v)}); }},
    R{"maint", [](Reservation& r, std::string_view) { r.flags.set(ReservationFlag::maint); }},
    R{"flex", [](Reservation& r, std::string_view) { r.flags.set(ReservationFlag::flex); }},
    R{"magnetic", [](Reservation& r, std::string_view) { r.flags.set(ReservationFlag::magnetic); }},
    R{"cores", [](Reservation&, std::string_view) {}},  // read apart
    R{"gpus", [](Reservation&, std::string_view) {}},   // likewise
    R{"max_delay", [](Reservation& r, std::string_view v) { r.times.max_start_delay = Seconds(60 * number(v)); }},
    R{"licenses", [](Reservation& r, std::string_view v) { r.licenses = v; }},
    R{"hourly", [](Reservation& r, std::string_view) { r.flags.set(ReservationFlag::hourly); }},
};

using J = Key<JobDraft>;
constexpr std::array job_keys{
    J{"partition", set_partitions},
    J{"prio", [](JobDraft& j, std::string_view v) { j.job.priority = number(v); }},
    J{"N", set_nodes},
    J{"n", set_tasks},
    J{"c", [](JobDraft& j, std::string_view v) { j.spec.resources.cpus_per_task = number(v); }},
    J{"tasks_per_socket", [](JobDraft& j, std::string_view v) { j.spec.resources.tasks_per_socket = number(v); }},
    J{"sockets_per_node", [](JobDraft& j, std::string_view v) { j.spec.resources.sockets_per_node = number(v); }},
    J{"tasks_per_node", [](JobDraft& j, std::string_view v) { j.spec.resources.tasks_per_node = number(v); }},
    J{"mem", [](JobDraft& j, std::string_view v) { j.spec.resources.memory_per_node = size(v); }},
    J{"mem_per_cpu", [](JobDraft& j, std::string_view v) { j.spec.resources.memory_per_cpu = size(v); }},
    J{"tmp", [](JobDraft& j, std::string_view v) { j.spec.resources.tmp_disk_per_node = size(v); }},
    J{"gres", [](JobDraft& j, std::string_view v) { j.spec.resources.gres.per_node = v; }},
    J{"enforce_binding", [](JobDraft& j, std::string_view) { j.spec.resources.gres.flags = "enforce-binding"; }},
    J{"gpus_per_socket",
      [](JobDraft& j, std::string_view v) { j.spec.resources.gres.per_socket = fmt::format("gpu:{}", v); }},
    J{"gres_per_task", [](JobDraft& j, std::string_view v) { j.spec.resources.gres.per_task = v; }},
    J{"gpus", [](JobDraft& j, std::string_view v) { j.spec.resources.gres.per_job = fmt::format("gpu:{}", v); }},
    J{"tasks_per_gpu", [](JobDraft& j, std::string_view v) { j.spec.resources.gres.tasks_per_gpu = number(v); }},
    J{"gpus_per_task",
      [](JobDraft& j, std::string_view v) { j.spec.resources.gres.per_task = fmt::format("gpu:{}", v); }},
    J{"t", [](JobDraft& j, std::string_view v) { j.spec.times.limit = TimeLimit::of(Minutes(number(v))); }},
    J{"time_min", [](JobDraft& j, std::string_view v) { j.spec.times.limit_min = TimeLimit::of(Minutes(number(v))); }},
    J{"licenses", [](JobDraft& j, std::string_view v) { j.spec.labels.licenses = v; }},
    J{"w", [](JobDraft& j, std::string_view v) { j.spec.placement.nodes_required = v; }},
    J{"x", [](JobDraft& j, std::string_view v) { j.spec.placement.nodes_excluded = v; }},
    J{"C", [](JobDraft& j, std::string_view v) { j.spec.placement.features = v; }},
    J{"extra", [](JobDraft& j, std::string_view v) { j.spec.labels.extra = v; }},
    J{"reservation", [](JobDraft& j, std::string_view v) { j.spec.labels.reservation = v; }},
    J{"batch", [](JobDraft& j, std::string_view v) { j.spec.placement.batch_features = v; }},
    J{"share", [](JobDraft& j, std::string_view) { j.spec.placement.sharing = Sharing::oversubscribe; }},
    J{"exclusive", [](JobDraft& j, std::string_view) { j.spec.placement.sharing = Sharing::exclusive; }},
    J{"user_exclusive", [](JobDraft& j, std::string_view) { j.spec.placement.sharing = Sharing::exclusive_user; }},
    J{"user", [](JobDraft& j, std::string_view v) { j.spec.owner.uid = Uid(number(v)); }},
    J{"core_spec", [](JobDraft& j, std::string_view v) { j.spec.placement.core_spec = number(v); }},
    J{"thread_spec", [](JobDraft& j, std::string_view v) { j.spec.placement.thread_spec = number(v); }},
    J{"topo_exclusive", [](JobDraft& j, std::string_view) { j.spec.placement.sharing = Sharing::exclusive_topo; }},
    J{"label", [](JobDraft& j, std::string_view v) { j.spec.labels.mcs_label = v; }},
    J{"label_exclusive", [](JobDraft& j, std::string_view) { j.spec.placement.sharing = Sharing::exclusive_mcs; }},
    J{"held", [](JobDraft& j, std::string_view) { j.job.hold = Hold::user; }},
    J{"admin_held", [](JobDraft& j, std::string_view) { j.job.hold = Hold::admin; }},
    J{"begin", [](JobDraft& j, std::string_view v) { j.spec.times.begin = Instant(number(v)); }},
    J{"deadline", [](JobDraft& j, std::string_view v) { j.spec.times.deadline = Instant(number(v)); }},
    J{"dependent", [](JobDraft& j, std::string_view) { j.dependency = DependencyState::waiting; }},
    J{"dependency", set_dependency},
    J{"overcommit", [](JobDraft& j, std::string_view) { j.spec.resources.overcommit = true; }},
    J{"array", set_array},
    J{"runs", [](JobDraft& j, std::string_view v) { j.runs_on = v; }},
    J{"left", [](JobDraft& j, std::string_view v) { j.left_min = number(v); }},
    J{"account", [](JobDraft& j, std::string_view v) { j.spec.labels.account = v; }},
    J{"qos", [](JobDraft& j, std::string_view v) { j.spec.labels.qos = v; }},
    J{"ran", [](JobDraft& j, std::string_view v) { j.ran_min = number(v); }},
    J{"preempting", [](JobDraft& j, std::string_view) { j.preempting = true; }},
    J{"suspended", [](JobDraft& j, std::string_view) { j.suspended = true; }},
    J{"aside", [](JobDraft& j, std::string_view) { j.aside = true; }},
    J{"leaving", [](JobDraft& j, std::string_view) { j.leaving = true; }},
    J{"may_start", [](JobDraft& j, std::string_view v) { j.may_start = number(v); }},
    J{"throttle", [](JobDraft& j, std::string_view v) { j.spec.array = ArrayRequest{{}, number(v)}; }},
    J{"part_of", [](JobDraft& j, std::string_view v) { j.job.array->array = JobId(number(v)); }},  // behind array=
    J{"prefer", [](JobDraft& j, std::string_view v) { j.spec.placement.prefer = v; }},
    J{"contiguous", [](JobDraft& j, std::string_view) { j.spec.placement.contiguous = true; }},
    J{"spread", [](JobDraft& j, std::string_view) { j.spec.placement.spread = true; }},
    J{"min_nodes", [](JobDraft& j, std::string_view) { j.spec.placement.use_min_nodes = true; }},
    J{"switches", [](JobDraft& j, std::string_view v) { j.spec.placement.switches = number(v); }},
    J{"wait", [](JobDraft& j, std::string_view v) { j.spec.placement.switches_wait = Seconds(number(v)); }},
    J{"delay_boot", [](JobDraft& j, std::string_view v) { j.spec.placement.boot.delay = Minutes(number(v)); }},
    J{"reboot", [](JobDraft& j, std::string_view) { j.spec.placement.boot.first = true; }},
    J{"segment", [](JobDraft& j, std::string_view v) { j.spec.placement.segment = number(v); }},
    J{"waits_for", [](JobDraft& j, std::string_view v) { j.job.times.submitted = Instant(-std::int64_t{number(v)}); }},
    J{"spread_segments", [](JobDraft& j, std::string_view) { j.spec.placement.spread_segments = true; }},
    J{"het", [](JobDraft& j, std::string_view v) { j.spec.het = HetPlace{JobId(number(v)), 0, 2}; }},
};

}  // namespace

Status Scenario::read_node(const Words& words) {
  TRY_ASSIGN(const HostNames names, expand_hostlist(words.at(1)));
  NodeDraft draft;
  Node& node = draft.node;
  node.condition.base = NodeBase::up;
  node.declared.memory = MebiBytes(16000);
  TRY(read_keys(node_keys, draft, std::span(words).subspan(2)));
  const std::uint32_t sockets = std::max(1u, node.declared.sockets);
  if (node.declared.cores_per_socket <= 1) node.declared.cores_per_socket = node.declared.cpus / sockets;
  node.declared.threads_per_core = node.declared.cpus / (node.declared.cores_per_socket * sockets);
  node.use.cpu_taken.assign(node.declared.cpus, false);
  for (const std::string& name : names) {
    node.name = name;
    nodes_.push_back(std::make_shared<Node>(node));
    system_.push_back(draft.system);
  }
  return {};
}

Status Scenario::read_partition(const Words& words) {
  PlanPartition partition;
  partition.name = words.at(1);
  TRY(read_keys(partition_keys, partition, std::span(words).subspan(2)));
  TRY_ASSIGN(partition.nodes, nodes_of(words));
  for (const std::string& word : words)
    if (const auto pair = split_once(word, '='); pair && pair->first == "mode" && preemption_)
      set_mode(preemption_->partitions[partition.name].modes, pair->second);
  partitions_.push_back(std::move(partition));
  return {};
}

Status Scenario::read_reservation(const Words& words) {
  Reservation reservation;
  reservation.name = words.at(1);
  TRY(read_keys(reservation_keys, reservation, std::span(words).subspan(2)));
  TRY_ASSIGN(reservation.nodes, nodes_of(words));
  std::vector<GresShare> gpus;
  for (const std::string& word : words)
    if (const auto pair = split_once(word, '='); pair && pair->first == "gpus") {
      const auto indices = indices_of(pair->second);
      gpus.push_back({"gpu", "", indices.size(), indices, {}});
    }
  for (const std::string& word : words)
    if (const auto pair = split_once(word, '='); pair && pair->first == "cores")
      for (const NodeIndex node : reservation.nodes)
        reservation.cores.push_back({node, indices_of(pair->second), gpus});
  reservations_.push_back(std::make_shared<Reservation>(std::move(reservation)));
  return {};
}

Status Scenario::read_qos(const Words& words) {
  if (!preemption_) return fail("scenario: 'policy preempt=qos' comes before a QOS");
  return read_keys(qos_keys, preemption_->qos[words.at(1)], std::span(words).subspan(2));
}

Status Scenario::read_policy(const Words& words) {
  if (words.at(1).starts_with("preempt=")) {
    preemption_ = std::make_shared<PreemptRules>();
    return read_keys(preempt_keys, *preemption_, std::span(words).subspan(1));
  }
  return read_keys(policy_keys, policies_, std::span(words).subspan(1));
}

Status Scenario::read_job(const Words& words) {
  JobDraft draft;
  draft.job.id = JobId(number(words.at(1)));
  TRY(read_keys(job_keys, draft, std::span(words).subspan(2)));
  if (draft.spec.placement.partitions.empty() && !partitions_.empty())
    draft.spec.placement.partitions = {partitions_[0].name};
  if (auto& het = draft.spec.het) het->offset = draft.job.id.value - het->leader.value;
  draft.job.spec = std::make_shared<const JobSpec>(draft.spec);
  if (!draft.runs_on.empty()) {
    draft.job.state = draft.suspended ? JobState::suspended : JobState::running;
    draft.job.times.limit_at = Instant(60 * std::int64_t{draft.left_min});
    draft.job.times.started = Instant(-60 * std::int64_t{draft.ran_min});
    TRY_ASSIGN(draft.job.allocation, occupy(draft.runs_on, draft.spec));
    for (const NodeShare& share : draft.job.allocation->shares) draft.job.unfinished.push_back(share.node);
    if (draft.suspended || draft.aside) draft.job.state = JobState::suspended, release_cpus(*draft.job.allocation);
    draft.job.allocation->stands_aside = draft.aside;
    if (draft.aside) draft.job.times.suspended = Instant(0);
    if (draft.leaving) clear_nodes(draft.job);
  }
  jobs_.push_back(std::make_shared<Job>(draft.job));
  dependencies_.push_back(draft.dependency);
  may_start_.push_back(draft.may_start);
  preempting_.push_back(draft.preempting);
  return {};
}

}  // namespace slurmxx
