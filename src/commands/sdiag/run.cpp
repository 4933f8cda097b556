// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sdiag/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/instant_text.h"

namespace slurmxx {
namespace {

std::uint64_t mean(std::uint64_t sum, std::uint64_t count) { return count == 0 ? 0 : sum / count; }

std::string moment(Instant at, const TimeZone& zone) {
  return at == Instant() ? "N/A" : fmt::format("{} ({})", ctime_text(at, zone), at.seconds);
}

std::string head_text(const StatisticsReply& reply, const TimeZone& zone) {
  constexpr const char* rule = "*******************************************************\n";
  std::string text = rule;
  text += fmt::format("sdiag output at {}\n", moment(reply.now, zone));
  text += fmt::format("Data since      {}\n", moment(reply.scheduling.since, zone));
  text += rule;
  text += fmt::format("Server thread count:  {}\nRPC queue enabled:    0\nAgent queue size:     {}\n", reply.threads,
                      reply.queries_waiting);
  text += fmt::format("Agent count:          0\nAgent thread count:   0\nDBD Agent queue size: {}\n\n",
                      reply.records_waiting);
  const JobStatistics& jobs = reply.scheduling.jobs;
  text += fmt::format("Jobs submitted: {}\nJobs started:   {}\nJobs completed: {}\n", jobs.submitted, jobs.started,
                      jobs.completed);
  text += fmt::format("Jobs canceled:  {}\nJobs failed:    {}\n\n", jobs.cancelled, jobs.failed);
  text += fmt::format("Job states ts:  {}\nJobs pending:   {}\nJobs running:   {}\n", moment(reply.now, zone),
                      reply.jobs_pending, reply.jobs_running);
  return text;
}

std::string main_text(const StatisticsReply& reply) {
  const CycleStatistics& main = reply.scheduling.main;
  std::string text = "\nMain schedule statistics (microseconds):\n";
  text += fmt::format("\tLast cycle:   {}\n\tMax cycle:    {}\n\tTotal cycles: {}\n", main.last_us, main.max_us,
                      main.count);
  if (main.count > 0)
    text += fmt::format("\tMean cycle:   {}\n\tMean depth cycle:  {}\n", mean(main.sum_us, main.count),
                        mean(main.sum_depth, main.count));
  const std::int64_t minutes = (reply.now - reply.scheduling.since).value / 60;
  if (main.count > 0 && minutes > 0)
    text += fmt::format("\tCycles per minute: {}\n", main.count / static_cast<std::uint64_t>(minutes));
  text += fmt::format("\tLast queue length: {}\n", main.last_queue);
  const MainExits& exits = reply.scheduling.exits;
  text += fmt::format(
      "\nMain scheduler exit:\n\tEnd of job queue: {}\n\tHit default_queue_depth: {}\n\tHit sched_max_job_start: {}\n",
      exits.end_of_queue, exits.queue_depth, exits.job_starts);
  text += fmt::format("\tBlocked on licenses: {}\n\tHit max_rpc_cnt: {}\n\tTimeout (max_sched_time): {}\n",
                      exits.licenses, exits.rpc_count, exits.timeout);
  return text;
}

std::string backfill_text(const BackfillStatistics& backfill, const TimeZone& zone) {
  const CycleStatistics& cycles = backfill.cycles;
  const bool any = cycles.count > 0;
  std::string text = "\nBackfilling stats\n";
  text += fmt::format("\tTotal backfilled jobs (since last slurm start): {}\n", backfill.jobs_since_boot);
  text += fmt::format("\tTotal backfilled jobs (since last stats cycle start): {}\n", backfill.jobs);
  text += fmt::format("\tTotal backfilled heterogeneous job components: {}\n", backfill.het_components);
  text += fmt::format("\tTotal cycles: {}\n\tLast cycle when: {}\n", cycles.count, moment(cycles.last_at, zone));
  text += fmt::format("\tLast cycle: {}\n\tMax cycle:  {}\n", cycles.last_us, cycles.max_us);
  if (any) text += fmt::format("\tMean cycle: {}\n", mean(cycles.sum_us, cycles.count));
  text += fmt::format("\tLast depth cycle: {}\n\tLast depth cycle (try sched): {}\n", cycles.last_depth,
                      backfill.last_depth_tried);
  if (any)
    text += fmt::format("\tDepth Mean: {}\n\tDepth Mean (try depth): {}\n", mean(cycles.sum_depth, cycles.count),
                        mean(backfill.sum_depth_tried, cycles.count));
  text += fmt::format("\tLast queue length: {}\n", cycles.last_queue);
  if (any) text += fmt::format("\tQueue length mean: {}\n", mean(cycles.sum_queue, cycles.count));
  text += fmt::format("\tLast table size: {}\n", backfill.last_table_size);
  if (any) text += fmt::format("\tMean table size: {}\n", mean(backfill.sum_table_size, cycles.count));
  text += fmt::format("\nBackfill exit\n\tEnd of job queue: {}\n\tHit bf_max_job_start: {}\n", backfill.end_of_queue,
                      backfill.max_job_start);
  text += fmt::format("\tHit bf_max_job_test: {}\n\tSystem state changed: {}\n", backfill.max_job_test,
                      backfill.state_changed);
  text += fmt::format("\tHit table size limit (bf_node_space_size): {}\n\tTimeout (bf_max_time): {}\n",
                      backfill.table_limit, backfill.timeout);
  return text;
}

std::string call_line(const CallCount& one, int width, int number_width) {
  return fmt::format("\t{:<{}}({:>{}}) count:{:<6} ave_time:{:<6} total_time:{}\n", one.name, width, one.number,
                     number_width, one.count, mean(one.sum_us, one.count), one.sum_us);
}

std::string calls_text(const StatisticsReply& reply) {
  std::string text = "\nRemote Procedure Call statistics by message type\n";
  for (const CallCount& one : reply.calls) text += call_line(one, 40, 5);
  text += "\nRemote Procedure Call statistics by user\n";
  for (const CallCount& one : reply.users) text += call_line(one, 16, 8);
  return text + "\nPending RPC statistics\n\tNo pending RPCs\n";
}

void sort_calls(std::vector<CallCount>& calls, SdiagOrder order) {
  std::ranges::stable_sort(calls, [order](const CallCount& a, const CallCount& b) {
    if (order == SdiagOrder::by_id) return a.number < b.number;
    if (order == SdiagOrder::by_time) return a.sum_us > b.sum_us;
    if (order == SdiagOrder::by_mean_time) return mean(a.sum_us, a.count) > mean(b.sum_us, b.count);
    return a.count > b.count;
  });
}

int refused(const Output& output, const Error& error) {
  output.error_line("slurm_get_statistics: " + text_of(error));
  return 1;
}

}  // namespace

std::string statistics_text(const StatisticsReply& reply, const TimeZone& zone) {
  std::string text = head_text(reply, zone) + main_text(reply) + backfill_text(reply.scheduling.backfill, zone);
  text += fmt::format("\nLatency for 1000 calls to gettimeofday(): {} microseconds\n", reply.clock_latency_us);
  if (!reply.calls.empty()) text += calls_text(reply);
  return text;
}

int run_sdiag(const SdiagOptions& options, ControllerClient& controller, const Output& output) {
  if (const Status here = only_own_cluster(options.clusters, output); !here) {
    output.error_line("sdiag: error: " + text_of(here.error()));
    return 1;
  }
  if (options.reset) {
    const auto done = ask<DoneReply>(controller, StatisticsRequest{true}, output);
    if (!done) return refused(output, done.error());
    output.line("Reset scheduling statistics");
    return 0;
  }
  auto reply = ask<StatisticsReply>(controller, StatisticsRequest{false}, output);
  if (!reply) return refused(output, reply.error());
  sort_calls(reply->calls, options.order);
  sort_calls(reply->users, options.order);
  if (options.json || options.yaml)
    write_statistics(*reply, options.yaml ? DataFormat::yaml : DataFormat::json, output);
  else
    output.print(statistics_text(*reply, *output.zone));
  return 0;
}

}  // namespace slurmxx
