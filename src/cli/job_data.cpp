// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The order is that of the names. Members that no job of ours can have are written as the description's "not there".
#include "cli/job_data.h"

#include <unordered_map>

#include "cli/data_answer.h"
#include "cli/exit_data.h"
#include "cli/licenses_held.h"
#include "core/config/cluster_config.h"
#include "core/hostlist/hostlist.h"
#include "core/launch/file_pattern.h"
#include "core/model/reservation_hold.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {

namespace {

using R = const JobRow&;
using V = DataValue;
using Count = std::optional<std::uint32_t>;

std::string none(R) { return {}; }
DataNumber number(std::int64_t value) { return {value, false}; }
DataNumber unset() { return {}; }
DataNumber number_or_unset(const Count& value) { return value ? number(*value) : unset(); }
DataNumber memory(const std::optional<MebiBytes>& size) { return size ? number(size->value) : unset(); }

FileNames files(R row) { return file_names_of(*row.view); }

DataWords states(R row) {
  DataWords words{std::string(state_name(row.job().state))};
  if (row.job().completing()) words.emplace_back("COMPLETING");
  if (row.job().preparing) words.emplace_back("CONFIGURING");
  if (lost_reservation(row.job())) words.emplace_back("RESV_DEL_HOLD");
  if (row.job().is_special_exit()) words.emplace_back("SPECIAL_EXIT");
  if (row.job().is_expediting()) words.emplace_back("EXPEDITING");
  return words;
}

DataWords shared(R row) {
  switch (row.spec().placement.sharing) {
    case Sharing::exclusive:
      return {"none"};
    case Sharing::exclusive_user:
      return {"user"};
    case Sharing::exclusive_mcs:
      return {"mcs"};
    case Sharing::exclusive_topo:
      return {"topo"};
    case Sharing::oversubscribe:
      return {"oversubscribe"};
    case Sharing::unset:
      break;
  }
  return {};
}

DataWords flags(R row) {
  const ResourceRequest& asked = row.spec().resources;
  DataWords words;
  if (asked.tasks_set) words.emplace_back("EXACT_TASK_COUNT_REQUESTED");
  if (asked.memory_per_node || asked.memory_per_cpu) words.emplace_back("EXACT_MEMORY_REQUESTED");
  if (row.spec().policy.requeue_expedite) words.emplace_back("EXPEDITED_REQUEUE");
  return words;
}

void write_core(DataWriter& w, std::uint32_t index, bool held) {
  w.begin_object();
  w.member("index", index);
  w.member("status", std::span<const std::string>(DataWords{held ? "ALLOCATED" : "UNALLOCATED"}));
  w.end_object();
}

// Every core of the node. Empty where the node's shape is not known here.
void write_sockets(DataWriter& w, const NodeShare& share, const NodeHardware* shape) {
  w.key("sockets");
  w.begin_array();
  const std::uint32_t sockets = shape ? shape->sockets : 0;
  std::vector<bool> held(shape ? std::size_t{sockets} * shape->cores_per_socket : 0);
  for (const std::uint32_t cpu : share.cpu_ids)
    if (shape && cpu / shape->threads_per_core < held.size()) held[cpu / shape->threads_per_core] = true;
  for (std::uint32_t socket = 0; socket < sockets; ++socket) {
    w.begin_object();
    w.member("index", socket);
    w.key("cores");
    w.begin_array();
    for (std::uint32_t core = 0; core < shape->cores_per_socket; ++core)
      write_core(w, core, held[std::size_t{socket} * shape->cores_per_socket + core]);
    w.end_array();
    w.end_object();
  }
  w.end_array();
}

// What is held on each node.
void write_allocation(DataWriter& w, R row) {
  w.begin_array();
  const auto names = expand_hostlist(row.view->nodes);
  const auto& held = row.job().allocation;
  for (std::size_t i = 0; held && names && i < held->shares.size() && i < names->size(); ++i) {
    const NodeShare& share = held->shares[i];
    w.begin_object();
    w.member("index", i);
    w.member("name", (*names)[i]);
    w.key("cpus");
    w.begin_object();
    w.member("count", share.cpus);
    w.member("used", std::int64_t{0});
    w.end_object();
    w.key("memory");
    w.begin_object();
    w.member("used", std::int64_t{0});
    w.member("allocated", share.memory.value);
    w.end_object();
    write_sockets(w, share, row.context->shape_of ? row.context->shape_of((*names)[i]) : nullptr);
    w.end_object();
  }
  w.end_array();
}

void write_resources(DataWriter& w, R row) {
  w.begin_object();
  if (const auto& held = row.job().allocation; held && row.job().state != JobState::pending) {
    w.member("select_type", std::span<const std::string>(DataWords{"CPU", "CORE"}));
    w.key("nodes");
    w.begin_object();
    w.member("count", row.view->node_count);
    w.member("select_type", std::span<const std::string>(DataWords{"AVAILABLE"}));
    w.member("list", row.view->nodes);
    w.member("whole", held->whole_nodes);
    w.key("allocation");
    write_allocation(w, row);
    w.end_object();
    w.member("cpus", row.view->cpu_count);
    number_member(w, "threads_per_core", row.spec().resources.threads_per_core.value_or(1));
  }
  w.end_object();
}

void write_empty_array(DataWriter& w) {
  w.begin_array();
  w.end_array();
}

// Of each node.
V gres_detail(R row) {
  std::vector<std::string> texts;
  if (!row.job().allocation) return texts;
  for (const NodeShare& share : row.job().allocation->shares)
    if (!share.gres.empty()) texts.push_back(gres_shares_text(share.gres));
  return texts;
}

V empty_array(R) { return std::function<void(DataWriter&)>(write_empty_array); }
V zero(R) { return std::int64_t{0}; }
DataNumber array_task(R row) {
  const auto task = row.job().array_task();
  return task ? number(task->index) : unset();
}

V text_none(R row) { return none(row); }
V number_unset(R) { return unset(); }
V number_zero(R) { return number(0); }

constexpr DataField<JobRow> fields[] = {
    {"account", [](R r) -> V { return r.spec().labels.account; }},
    {"accrue_time", [](R r) -> V { return number_of(accrue_of(r.job())); }},
    {"admin_comment", [](R r) -> V { return r.spec().labels.admin_comment; }},
    {"allocating_node", [](R r) -> V { return r.spec().labels.submit_host; }},
    {"array_job_id", [](R r) -> V { return number(r.job().array ? r.job().array->array.value : 0); }},
    {"array_task_id", [](R r) -> V { return array_task(r); }},
    {"array_max_tasks", [](R r) -> V { return number(r.spec().array ? r.spec().array->throttle : 0); }},
    {"array_task_string", [](R r) -> V { return r.job().waits_as_array() ? array_task_text(r) : ""; }},
    {"association_id", zero},
    {"batch_features", [](R r) -> V { return r.spec().placement.batch_features; }},
    {"batch_flag", [](R r) -> V { return r.spec().policy.batch; }},
    {"batch_host", [](R r) -> V { return r.view->batch_host; }},
    {"flags", [](R r) -> V { return flags(r); }},
    {"burst_buffer", text_none},
    {"burst_buffer_state", text_none},
    {"cluster", [](R r) -> V { return r.context->cluster; }},
    {"cluster_features", text_none},
    {"command", [](R r) -> V { return r.spec().launch.command; }},
    {"comment", [](R r) -> V { return r.spec().labels.comment; }},
    {"container", text_none},
    {"container_id", text_none},
    {"contiguous", [](R r) -> V { return r.spec().placement.contiguous; }},
    {"core_spec", [](R r) -> V { return std::int64_t{r.spec().placement.core_spec.value_or(0)}; }},
    {"thread_spec", [](R r) -> V { return std::int64_t{r.spec().placement.thread_spec.value_or(32766)}; }},
    {"cores_per_socket", [](R r) -> V { return number_or_unset(r.spec().resources.cores_per_socket); }},
    {"billable_tres", [](R r) -> V { return number(r.view->cpu_count); }},
    {"cpus_per_task", [](R r) -> V { return number(r.spec().resources.cpus_per_task); }},
    {"cpu_frequency_minimum", number_unset},
    {"cpu_frequency_maximum", number_unset},
    {"cpu_frequency_governor", number_unset},
    {"cpus_per_tres", [](R r) -> V { return gres_line(r.spec().resources, "CpusPerTres"); }},
    {"cron", [](R r) -> V { return r.spec().cron ? r.spec().cron->when : std::string(); }},
    {"deadline", [](R r) -> V { return number_of(r.spec().times.deadline); }},
    {"delay_boot", number_zero},
    {"dependency", [](R r) -> V { return dependencies_text(r.job().dependencies); }},
    {"derived_exit_code.status", [](R r) -> V { return exit_words(r.job().exit_of_steps, is_ended(r.job().state)); }},
    {"derived_exit_code.return_code", [](R r) -> V { return number(r.job().exit_of_steps.status); }},
    {"derived_exit_code.signal.id", [](R r) -> V { return signal_number(r.job().exit_of_steps); }},
    {"derived_exit_code.signal.name", [](R r) -> V { return signal_name(r.job().exit_of_steps); }},
    {"eligible_time", [](R r) -> V { return number_of(eligible_of(r.job())); }},
    {"end_time", [](R r) -> V { return number_of(end_of(*r.view)); }},
    {"excluded_nodes", [](R r) -> V { return r.spec().placement.nodes_excluded; }},
    {"exit_code.status", [](R r) -> V { return exit_words(r.job().exit, is_ended(r.job().state)); }},
    {"exit_code.return_code", [](R r) -> V { return number(r.job().exit.status); }},
    {"exit_code.signal.id", [](R r) -> V { return signal_number(r.job().exit); }},
    {"exit_code.signal.name", [](R r) -> V { return signal_name(r.job().exit); }},
    {"extra", [](R r) -> V { return r.spec().labels.extra; }},
    {"failed_node", text_none},
    {"features", [](R r) -> V { return r.spec().placement.features; }},
    {"federation_origin", text_none},
    {"federation_siblings_active", text_none},
    {"federation_siblings_viable", text_none},
    {"gres_detail", gres_detail},
    {"group_id", [](R r) -> V { return std::int64_t{r.spec().owner.gid.value}; }},
    {"group_name", [](R r) -> V { return r.spec().owner.group_name; }},
    {"het_job_id", [](R r) -> V { return number(r.spec().het ? r.spec().het->leader.value : 0); }},
    {"het_job_id_set", [](R r) -> V { return r.spec().het ? het_ids_text(*r.spec().het) : std::string(); }},
    {"het_job_offset", [](R r) -> V { return number(r.spec().het ? r.spec().het->offset : 0); }},
    {"job_id", [](R r) -> V { return std::int64_t{r.job().id.value}; }},
    {"job_resources",
     [](R r) -> V {
       return std::function<void(DataWriter&)>([row = &r](DataWriter& w) { write_resources(w, *row); });
     }},
    {"job_size_str", empty_array},
    {"job_state", [](R r) -> V { return states(r); }},
    {"last_sched_evaluation", [](R r) -> V { return number_of(r.job().times.started); }},
    {"licenses", [](R r) -> V { return r.spec().labels.licenses; }},
    {"licenses_allocated", [](R r) -> V { return licenses_held(r.job()); }},
    {"mail_type", [](R r) -> V { return r.spec().labels.mail_types; }},
    {"mail_user", [](R r) -> V { return r.spec().labels.mail_user; }},
    {"max_cpus", number_zero},
    {"max_nodes", [](R r) -> V { return number(r.spec().resources.nodes_max.value_or(0)); }},
    {"mcs_label", [](R r) -> V { return r.spec().labels.mcs_label; }},
    {"memory_per_tres", [](R r) -> V { return gres_line(r.spec().resources, "MemPerTres"); }},
    {"name", [](R r) -> V { return r.spec().labels.name; }},
    {"network", [](R r) -> V { return r.spec().launch.network; }},
    {"nodes", [](R r) -> V { return r.view->nodes; }},
    {"nice", [](R r) -> V { return r.spec().policy.nice; }},
    {"tasks_per_core", [](R r) -> V { return number_or_unset(r.spec().resources.tasks_per_core); }},
    {"tasks_per_tres", number_unset},
    {"tasks_per_node", [](R r) -> V { return number(r.spec().resources.tasks_per_node.value_or(0)); }},
    {"tasks_per_socket", [](R r) -> V { return number_or_unset(r.spec().resources.tasks_per_socket); }},
    {"tasks_per_board", number_zero},
    {"cpus", [](R r) -> V { return number(r.view->cpu_count); }},
    {"node_count", [](R r) -> V { return number(r.view->node_count); }},
    {"tasks", [](R r) -> V { return number(tasks_of(*r.view)); }},
    {"partition", [](R r) -> V { return r.partition; }},
    {"prefer", [](R r) -> V { return r.spec().placement.prefer; }},
    {"memory_per_cpu", [](R r) -> V { return memory(r.spec().resources.memory_per_cpu); }},
    {"memory_per_node", [](R r) -> V { return memory(r.spec().resources.memory_per_node); }},
    {"minimum_cpus_per_node", [](R r) -> V { return number(cpus_per_node_least(*r.view)); }},
    {"minimum_tmp_disk_per_node", [](R r) -> V { return number(r.spec().resources.tmp_disk_per_node.value); }},
    {"power.flags", empty_array},
    {"preempt_time", [](R r) -> V { return number_of(r.job().times.preempted); }},
    {"preemptable_time", [](R r) -> V { return number_of(r.view->preemptible_from); }},
    {"pre_sus_time", [](R r) -> V { return number(r.job().times.ran_before.value); }},
    {"hold", [](R r) -> V { return r.job().hold != Hold::none; }},
    {"priority", [](R r) -> V { return number(r.view->priority); }},
    {"priority_by_partition", empty_array},
    {"profile", [](R) -> V { return DataWords{"NOT_SET"}; }},
    {"qos", [](R r) -> V { return r.spec().labels.qos; }},
    {"reboot", [](R r) -> V { return r.spec().placement.boot.first; }},
    {"required_nodes", [](R r) -> V { return r.spec().placement.nodes_required; }},
    {"required_switches", [](R r) -> V { return std::int64_t{r.spec().placement.switches}; }},
    {"requeue", [](R r) -> V { return r.spec().policy.requeue.value_or(true); }},
    {"resize_time", [](R r) -> V { return number_of(r.job().times.resized); }},
    {"restart_cnt", [](R r) -> V { return std::int64_t{r.job().restarts}; }},
    {"resv_name", [](R r) -> V { return reservation_of(r.job()); }},
    {"scheduled_nodes", text_none},
    {"segment_size", [](R r) -> V { return std::int64_t{r.spec().placement.segment}; }},
    {"selinux_context", text_none},
    {"shared", [](R r) -> V { return shared(r); }},
    {"sockets_per_board", zero},
    {"sockets_per_node", [](R r) -> V { return number_or_unset(r.spec().resources.sockets_per_node); }},
    {"start_time", [](R r) -> V { return number_of(start_of(*r.view)); }},
    {"state_description", [](R r) -> V { return r.view->reason_detail; }},
    {"state_reason", [](R r) -> V { return r.view->reason.empty() ? "None" : r.view->reason; }},
    {"standard_input", [](R r) -> V { return r.spec().launch.input.empty() ? "/dev/null" : r.spec().launch.input; }},
    {"standard_output", [](R r) -> V { return r.spec().launch.output; }},
    {"standard_error", [](R r) -> V { return r.spec().launch.error; }},
    {"stdin_expanded", [](R r) -> V { return r.spec().policy.batch ? files(r).input : std::string(); }},
    {"stdout_expanded", [](R r) -> V { return r.spec().policy.batch ? files(r).output : std::string(); }},
    {"stderr_expanded", [](R r) -> V { return r.spec().policy.batch ? files(r).error : std::string(); }},
    {"step_id.sluid", text_none},
    {"step_id.job_id", [](R r) -> V { return number(r.job().id.value); }},
    {"step_id.step_het_component", number_unset},
    {"step_id.step_id", text_none},
    {"submit_line", [](R r) -> V { return r.spec().labels.submit_line; }},
    {"submit_time", [](R r) -> V { return number(r.job().times.submitted.seconds); }},
    {"suspend_time", [](R r) -> V { return number_of(r.job().times.suspended); }},
    {"system_comment", text_none},
    {"time_limit", [](R r) -> V { return number_of(r.view->time_limit); }},
    {"time_minimum",
     [](R r) -> V { return r.spec().times.limit_min ? number_of(*r.spec().times.limit_min) : number(0); }},
    {"threads_per_core", [](R r) -> V { return number_or_unset(r.spec().resources.threads_per_core); }},
    {"tres_bind", [](R r) -> V { return gres_line(r.spec().resources, "TresBind"); }},
    {"tres_freq", [](R r) -> V { return gres_line(r.spec().resources, "TresFreq"); }},
    {"tres_per_job", [](R r) -> V { return gres_line(r.spec().resources, "TresPerJob"); }},
    {"tres_per_node", [](R r) -> V { return gres_list_text(r.spec().resources.gres.per_node); }},
    {"tres_per_socket", [](R r) -> V { return gres_line(r.spec().resources, "TresPerSocket"); }},
    {"tres_per_task", [](R r) -> V { return gres_line(r.spec().resources, "TresPerTask"); }},
    {"tres_req_str", [](R r) -> V { return r.view->requested_tres; }},
    {"tres_alloc_str", [](R r) -> V { return r.view->allocated_tres; }},
    {"user_id", [](R r) -> V { return std::int64_t{r.spec().owner.uid.value}; }},
    {"user_name", [](R r) -> V { return r.spec().owner.user_name; }},
    {"maximum_switch_wait_time", zero},
    {"wckey", [](R r) -> V { return r.spec().labels.wckey; }},
    {"current_working_directory", [](R r) -> V { return r.spec().launch.work_dir; }},
};

}  // namespace

void write_jobs(const std::vector<const JobView*>& views, const RowContext& context, DataFormat format,
                const Output& output) {
  std::unordered_map<std::string_view, const NodeHardware*> shapes;
  if (output.config)
    for (const NodeConfig& node : output.config->nodes) shapes.emplace(node.name, &node.hardware);
  RowContext shared = context;
  shared.shape_of = [&](std::string_view name) {
    const auto found = shapes.find(name);
    return found == shapes.end() ? nullptr : found->second;
  };
  write_answer("jobs", {format, output, context.now}, [&](DataWriter& w) {
    write_array<JobRow>(w, fields, views, [&](const JobView* view) { return JobRow{view, &shared, view->partition}; });
    number_member(w, "last_backfill", 0);
  });
}

}  // namespace slurmxx
