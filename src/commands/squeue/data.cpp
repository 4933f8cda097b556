// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/squeue/data.h"

namespace slurmxx {

namespace {

using Count = std::optional<std::int64_t>;

void write_labels(DataWriter& w, const JobView& view, const RowContext& context) {
  const JobSpec& spec = *view.job.spec;
  w.member("account", spec.labels.account);
  w.member("admin_comment", spec.labels.admin_comment);
  w.member("allocating_node", spec.labels.submit_host);
  w.member("batch_flag", spec.policy.batch);
  w.member("batch_host", view.batch_host);
  w.member("cluster", context.cluster);
  w.member("comment", spec.labels.comment);
  w.member("command", spec.launch.command);
  w.member("current_working_directory", spec.launch.work_dir);
  w.member("dependency", spec.labels.dependency);
  w.member("excluded_nodes", spec.placement.nodes_excluded);
  w.member("extra", spec.labels.extra);
  w.member("features", spec.placement.features);
  w.member("group_id", spec.owner.gid.value);
  w.member("group_name", spec.owner.group_name);
  w.member("job_id", view.job.id.value);
  w.member("licenses", spec.labels.licenses);
  w.member("name", spec.labels.name);
  w.member("nodes", view.nodes);
  w.member("partition", view.partition);
  w.member("qos", spec.labels.qos);
  w.member("required_nodes", spec.placement.nodes_required);
  w.member("resv_name", spec.labels.reservation);
  w.member("state_description", view.reason_detail);
  w.member("state_reason", view.reason);
  w.member("submit_line", spec.labels.submit_line);
  w.member("tres_alloc_str", view.allocated_tres);
  w.member("tres_req_str", view.requested_tres);
  w.member("user_id", spec.owner.uid.value);
  w.member("user_name", spec.owner.user_name);
  w.member("wckey", spec.labels.wckey);
}

void write_sizes(DataWriter& w, const JobView& view) {
  const JobSpec& spec = *view.job.spec;
  auto memory = [](const std::optional<MebiBytes>& size) { return size ? Count(size->value) : Count(); };
  number_member(w, "cpus", view.cpu_count);
  number_member(w, "cpus_per_task", spec.resources.cpus_per_task);
  number_member(w, "max_nodes", spec.resources.nodes_max ? Count(*spec.resources.nodes_max) : Count(0));
  number_member(w, "memory_per_cpu", memory(spec.resources.memory_per_cpu));
  number_member(w, "memory_per_node", memory(spec.resources.memory_per_node));
  number_member(w, "minimum_cpus_per_node", cpus_per_node_least(view));
  number_member(w, "minimum_tmp_disk_per_node", spec.resources.tmp_disk_per_node.value);
  w.member("nice", spec.policy.nice);
  number_member(w, "node_count", view.node_count);
  number_member(w, "priority", view.priority);
  w.member("hold", view.job.hold != Hold::none);
  w.member("requeue", spec.policy.requeue.value_or(true));
  w.member("restart_cnt", view.job.restarts);
  number_member(w, "tasks", tasks_of(view));
}

void write_times(DataWriter& w, const JobView& view) {
  const JobTimes& times = view.job.times;
  auto seconds = [](const std::optional<Instant>& at) { return Count(at ? at->seconds : 0); };
  number_member(w, "deadline", seconds(view.job.spec->times.deadline));
  number_member(w, "eligible_time", seconds(times.eligible));
  number_member(w, "end_time", seconds(end_of(view)));
  number_member(w, "start_time", seconds(start_of(view)));
  number_member(w, "submit_time", times.submitted.seconds);
  number_member(w, "suspend_time", seconds(times.suspended));
  if (view.time_limit.unlimited)
    number_member(w, "time_limit", Infinite{});
  else
    number_member(w, "time_limit", view.time_limit.value.value);
}

void write_state(DataWriter& w, const Job& job) {
  std::vector<std::string> states{std::string(state_name(job.state))};
  if (job.completing()) states.push_back("COMPLETING");
  w.member("job_state", std::span<const std::string>(states));
  w.key("exit_code");
  w.begin_object();
  const std::string status = job.exit.signal != 0 ? "SIGNALED" : job.exit.status != 0 ? "ERROR" : "SUCCESS";
  const std::vector<std::string> words{is_ended(job.state) ? status : "PENDING"};
  w.member("status", std::span<const std::string>(words));
  number_member(w, "return_code", job.exit.status);
  w.key("signal");
  w.begin_object();
  number_member(w, "id", job.exit.signal != 0 ? Count(job.exit.signal) : Count());
  w.end_object();
  w.end_object();
}

}  // namespace

void write_jobs(const std::vector<const JobView*>& views, const RowContext& context, DataFormat format,
                const Output& output) {
  auto writer = make_data_writer(format, output.out);
  DataWriter& w = *writer;
  begin_answer(w);
  w.key("jobs");
  w.begin_array();
  for (const JobView* view : views) {
    w.begin_object();
    write_labels(w, *view, context);
    write_sizes(w, *view);
    write_times(w, *view);
    write_state(w, view->job);
    w.end_object();
  }
  w.end_array();
  number_member(w, "last_update", context.now.seconds);
  end_answer(w, output.meta);
}

}  // namespace slurmxx
