// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sdiag --json: the members of "statistics", a row each.
#include "cli/data_answer.h"
#include "commands/sdiag/run.h"

namespace slurmxx {
namespace {

using R = const StatisticsReply&;
using V = DataValue;

std::int64_t whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::int64_t mean(std::uint64_t sum, std::uint64_t count) { return count == 0 ? 0 : whole(sum / count); }

const CycleStatistics& main_of(R r) { return r.scheduling.main; }
const BackfillStatistics& bf(R r) { return r.scheduling.backfill; }
const CycleStatistics& bf_cycles(R r) { return bf(r).cycles; }

V per_minute(R r) {
  const std::int64_t minutes = (r.now - r.scheduling.since).value / 60;
  return minutes > 0 ? whole(main_of(r).count) / minutes : 0;
}

void write_calls(DataWriter& writer, const std::vector<CallCount>& calls, bool by_user) {
  writer.begin_array();
  for (const CallCount& one : calls) {
    writer.begin_object();
    writer.member(by_user ? "user_id" : "type_id", std::int64_t{one.number});
    writer.member(by_user ? "user" : "message_type", one.name);
    writer.member("count", whole(one.count));
    if (!by_user)
      for (const char* name : {"queued", "dropped", "cycle_last", "cycle_max"}) writer.member(name, std::int64_t{0});
    writer.member("total_time", whole(one.sum_us));
    number_member(writer, "average_time", mean(one.sum_us, one.count));
    writer.end_object();
  }
  writer.end_array();
}

V empty_array(R) {
  return std::function<void(DataWriter&)>([](DataWriter& writer) {
    writer.begin_array();
    writer.end_array();
  });
}

constexpr DataField<StatisticsReply> fields[] = {
    {"parts_packed", [](R) -> V { return std::int64_t{1}; }},
    {"req_time", [](R r) -> V { return number_of(std::optional(r.now)); }},
    {"req_time_start", [](R r) -> V { return number_of(std::optional(r.scheduling.since)); }},
    {"server_thread_count", [](R r) -> V { return std::int64_t{r.threads}; }},
    {"agent_queue_size", [](R r) -> V { return std::int64_t{r.queries_waiting}; }},
    {"agent_count", [](R) -> V { return std::int64_t{0}; }},
    {"agent_thread_count", [](R) -> V { return std::int64_t{0}; }},
    {"dbd_agent_queue_size", [](R r) -> V { return static_cast<std::int64_t>(r.records_waiting); }},
    {"gettimeofday_latency", [](R r) -> V { return whole(r.clock_latency_us); }},
    {"schedule_cycle_max", [](R r) -> V { return whole(main_of(r).max_us); }},
    {"schedule_cycle_last", [](R r) -> V { return whole(main_of(r).last_us); }},
    {"schedule_cycle_sum", [](R r) -> V { return whole(main_of(r).sum_us); }},
    {"schedule_cycle_total", [](R r) -> V { return whole(main_of(r).count); }},
    {"schedule_cycle_mean", [](R r) -> V { return mean(main_of(r).sum_us, main_of(r).count); }},
    {"schedule_cycle_mean_depth", [](R r) -> V { return mean(main_of(r).sum_depth, main_of(r).count); }},
    {"schedule_cycle_per_minute", per_minute},
    {"schedule_cycle_depth", [](R r) -> V { return whole(main_of(r).sum_depth); }},
    {"schedule_exit.end_job_queue", [](R r) -> V { return whole(r.scheduling.exits.end_of_queue); }},
    {"schedule_exit.default_queue_depth", [](R r) -> V { return whole(r.scheduling.exits.queue_depth); }},
    {"schedule_exit.max_job_start", [](R r) -> V { return whole(r.scheduling.exits.job_starts); }},
    {"schedule_exit.max_rpc_cnt", [](R r) -> V { return whole(r.scheduling.exits.rpc_count); }},
    {"schedule_exit.max_sched_time", [](R r) -> V { return whole(r.scheduling.exits.timeout); }},
    {"schedule_exit.licenses", [](R r) -> V { return whole(r.scheduling.exits.licenses); }},
    {"schedule_queue_length", [](R r) -> V { return whole(main_of(r).last_queue); }},
    {"jobs_submitted", [](R r) -> V { return whole(r.scheduling.jobs.submitted); }},
    {"jobs_started", [](R r) -> V { return whole(r.scheduling.jobs.started); }},
    {"jobs_completed", [](R r) -> V { return whole(r.scheduling.jobs.completed); }},
    {"jobs_canceled", [](R r) -> V { return whole(r.scheduling.jobs.cancelled); }},
    {"jobs_failed", [](R r) -> V { return whole(r.scheduling.jobs.failed); }},
    {"jobs_pending", [](R r) -> V { return std::int64_t{r.jobs_pending}; }},
    {"jobs_running", [](R r) -> V { return std::int64_t{r.jobs_running}; }},
    {"job_states_ts", [](R r) -> V { return number_of(std::optional(r.now)); }},
    {"bf_backfilled_jobs", [](R r) -> V { return whole(bf(r).jobs_since_boot); }},
    {"bf_last_backfilled_jobs", [](R r) -> V { return whole(bf(r).jobs); }},
    {"bf_backfilled_het_jobs", [](R r) -> V { return whole(bf(r).het_components); }},
    {"bf_cycle_counter", [](R r) -> V { return whole(bf_cycles(r).count); }},
    {"bf_cycle_mean", [](R r) -> V { return mean(bf_cycles(r).sum_us, bf_cycles(r).count); }},
    {"bf_depth_mean", [](R r) -> V { return mean(bf_cycles(r).sum_depth, bf_cycles(r).count); }},
    {"bf_depth_mean_try", [](R r) -> V { return mean(bf(r).sum_depth_tried, bf_cycles(r).count); }},
    {"bf_cycle_sum", [](R r) -> V { return whole(bf_cycles(r).sum_us); }},
    {"bf_cycle_last", [](R r) -> V { return whole(bf_cycles(r).last_us); }},
    {"bf_cycle_max", [](R r) -> V { return whole(bf_cycles(r).max_us); }},
    {"bf_exit.end_job_queue", [](R r) -> V { return whole(bf(r).end_of_queue); }},
    {"bf_exit.bf_max_job_start", [](R r) -> V { return whole(bf(r).max_job_start); }},
    {"bf_exit.bf_max_job_test", [](R r) -> V { return whole(bf(r).max_job_test); }},
    {"bf_exit.bf_max_time", [](R r) -> V { return whole(bf(r).timeout); }},
    {"bf_exit.bf_node_space_size", [](R r) -> V { return whole(bf(r).table_limit); }},
    {"bf_exit.state_changed", [](R r) -> V { return whole(bf(r).state_changed); }},
    {"bf_last_depth", [](R r) -> V { return whole(bf_cycles(r).last_depth); }},
    {"bf_last_depth_try", [](R r) -> V { return whole(bf(r).last_depth_tried); }},
    {"bf_depth_sum", [](R r) -> V { return whole(bf_cycles(r).sum_depth); }},
    {"bf_depth_try_sum", [](R r) -> V { return whole(bf(r).sum_depth_tried); }},
    {"bf_queue_len", [](R r) -> V { return whole(bf_cycles(r).last_queue); }},
    {"bf_queue_len_mean", [](R r) -> V { return mean(bf_cycles(r).sum_queue, bf_cycles(r).count); }},
    {"bf_queue_len_sum", [](R r) -> V { return whole(bf_cycles(r).sum_queue); }},
    {"bf_table_size", [](R r) -> V { return whole(bf(r).last_table_size); }},
    {"bf_table_size_sum", [](R r) -> V { return whole(bf(r).sum_table_size); }},
    {"bf_table_size_mean", [](R r) -> V { return mean(bf(r).sum_table_size, bf_cycles(r).count); }},
    {"bf_when_last_cycle", [](R r) -> V { return number_of(std::optional(bf_cycles(r).last_at)); }},
    {"bf_active", [](R) -> V { return false; }},
};

}  // namespace

void write_statistics(const StatisticsReply& reply, DataFormat format, const Output& output) {
  write_answer("statistics", {format, output, {}}, [&](DataWriter& writer) {
    DataObject object(writer);
    for (const DataField<StatisticsReply>& field : fields) object.write(field.path, field.value(reply));
    object.write("rpcs_by_message_type",
                 std::function<void(DataWriter&)>([&](DataWriter& w) { write_calls(w, reply.calls, false); }));
    object.write("rpcs_by_user",
                 std::function<void(DataWriter&)>([&](DataWriter& w) { write_calls(w, reply.users, true); }));
    object.write("pending_rpcs", empty_array(reply));
    object.write("pending_rpcs_by_hostlist", empty_array(reply));
    object.finish();
  });
}

}  // namespace slurmxx
