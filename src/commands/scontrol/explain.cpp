// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/explain.h"

#include <fmt/format.h>

#include "cli/data_answer.h"
#include "commands/scontrol/run.h"
#include "core/model/job_name.h"
#include "core/text/instant_text.h"
#include "core/text/time_text.h"

namespace slurmxx {
namespace {

std::string gate_text(const Gate& gate, const TimeZone& zone) {
  std::string text = "  " + gate.reason;
  if (!gate.detail.empty()) text += ": " + gate.detail;
  if (gate.what == "unix time")
    text += fmt::format(": not before {}", instant_text(Instant(gate.need), zone));
  else if (!gate.what.empty())
    text += fmt::format(": {}: needs {}, has {}", gate.what, gate.need, gate.have);
  return text + "\n";
}

struct FunnelRow {
  const char* words;
  const char* key;
  std::uint32_t NodeFunnel::*count;
};

constexpr FunnelRow funnel[] = {
    {"not in this partition", "not_in_partition", &NodeFunnel::elsewhere},
    {"down, drained or not there", "unavailable", &NodeFunnel::unavailable},
    {"without what it asks for, or excluded", "unsuitable", &NodeFunnel::unsuitable},
    {"too small, even empty", "too_small", &NodeFunnel::too_small},
    {"busy", "busy", &NodeFunnel::busy},
    {"free for it", "free", &NodeFunnel::free},
};

std::string funnel_text(const PartitionExplained& one) {
  const auto is_last = [](const FunnelRow& row) { return row.count == &NodeFunnel::free; };
  std::string text = fmt::format("  of {} nodes\n", one.nodes.sum());
  for (const FunnelRow& row : funnel) {
    const std::uint32_t count = one.nodes.*row.count;
    if (count == 0 && !is_last(row)) continue;
    text += fmt::format("  {:>6} {}", count, row.words);
    if (row.count == &NodeFunnel::unavailable && !one.unavailable.empty()) text += ": " + one.unavailable;
    if (is_last(row)) text += fmt::format(", {} needed", one.nodes_needed);
    text += "\n";
  }
  return text;
}

std::string jobs_text(const std::vector<JobId>& jobs) {
  std::string text;
  for (const JobId job : jobs) text += (text.empty() ? "" : ", ") + to_string(job);
  return text;
}

std::string partition_text(const PartitionExplained& one, const TimeZone& zone) {
  std::string text = fmt::format("\nPartition {}:{}\n", one.name, one.gates.empty() ? " nothing holds it here" : "");
  for (const Gate& gate : one.gates) text += gate_text(gate, zone);
  text += funnel_text(one);
  if (!one.in_the_way.empty())
    text += fmt::format("  in the way, the first to end first: {}\n", jobs_text(one.in_the_way));
  if (!one.preempted.empty()) text += fmt::format("  would be preempted for it: {}\n", jobs_text(one.preempted));
  if (!one.told_to_go.empty())
    text += fmt::format("  told to go, and in their time of grace: {}\n", jobs_text(one.told_to_go));
  if (one.ahead > 0)
    text += fmt::format("  ahead of it in the queue: {} {}{}\n", one.ahead, one.ahead == 1 ? "job" : "jobs",
                        one.first_ahead == JobId() ? "" : ", first of all " + to_string(one.first_ahead));
  if (one.limit_minutes > 0)
    text += fmt::format("  sooner: with a time limit of {} minutes or less it could go before the nodes are needed\n",
                        one.limit_minutes);
  return text;
}

void write_gates(DataWriter& writer, const std::vector<Gate>& gates) {
  writer.begin_array();
  for (const Gate& gate : gates) {
    writer.begin_object();
    writer.member("reason", gate.reason);
    writer.member("detail", gate.detail);
    writer.member("what", gate.what);
    writer.member("need", gate.need);
    writer.member("have", gate.have);
    writer.end_object();
  }
  writer.end_array();
}

void write_partition(DataWriter& writer, const PartitionExplained& one) {
  writer.begin_object();
  writer.member("name", one.name);
  writer.key("gates");
  write_gates(writer, one.gates);
  writer.key("nodes");
  writer.begin_object();
  writer.member("all", one.nodes.sum());
  for (const FunnelRow& row : funnel) writer.member(row.key, one.nodes.*row.count);
  writer.member("needed", one.nodes_needed);
  writer.member("unavailable_names", one.unavailable);
  writer.end_object();
  writer.key("in_the_way");
  writer.begin_array();
  for (const JobId job : one.in_the_way) writer.integer(job.value);
  writer.end_array();
  writer.key("preempted");
  writer.begin_array();
  for (const JobId job : one.preempted) writer.integer(job.value);
  writer.end_array();
  writer.key("told_to_go");
  writer.begin_array();
  for (const JobId job : one.told_to_go) writer.integer(job.value);
  writer.end_array();
  writer.member("ahead", one.ahead);
  number_member(writer, "first_ahead",
                one.first_ahead != JobId() ? std::optional<std::int64_t>(one.first_ahead.value) : std::nullopt);
  number_member(writer, "limit_minutes",
                one.limit_minutes > 0 ? std::optional<std::int64_t>(one.limit_minutes) : std::nullopt);
  writer.end_object();
}

void write_explanation(const ExplainReply& reply, const DataTarget& to) {
  const Explanation& found = reply.explanation;
  write_answer("explanation", to, [&](DataWriter& writer) {
    writer.begin_object();
    writer.member("job_id", found.job.value);
    writer.member("shown", found.shown);
    writer.key("gates");
    write_gates(writer, found.gates);
    writer.key("partitions");
    writer.begin_array();
    for (const PartitionExplained& one : found.partitions) write_partition(writer, one);
    writer.end_array();
    number_member(writer, "expected_start",
                  found.expected_start ? std::optional(found.expected_start->seconds) : std::nullopt);
    writer.member("expected_nodes", found.expected_nodes);
    writer.member("name", found.name);
    number_member(writer, "latest_start", found.latest ? std::optional(found.latest->seconds) : std::nullopt);
    writer.end_object();
  });
}

// "job 12", "jobid=12" and "12" mean the same.
std::string_view job_meant(const ScontrolCall& call) {
  std::string_view word = call.arguments.back();
  const auto pair = split_once(word, '=');
  return pair ? pair->second : word;
}

}  // namespace

std::string explanation_text(const ExplainReply& reply, const TimeZone& zone) {
  const Explanation& found = reply.explanation;
  std::string text = fmt::format("Job {} waits", found.name.empty() ? to_string(found.job) : found.name);
  if (!found.shown.empty()) text += fmt::format(": squeue shows {}", found.shown);
  text += "\n";
  for (const Gate& gate : found.gates) text += gate_text(gate, zone);
  for (const PartitionExplained& one : found.partitions) text += partition_text(one, zone);
  if (!found.expected_start)
    return text + "\nExpected start: not known; it has to be free to start, and within bf_window\n";
  const std::string where = found.expected_nodes.empty() ? "" : " on " + found.expected_nodes;
  text += fmt::format("\nExpected start: {} ({} from now){}\n", instant_text(*found.expected_start, zone),
                      duration_short(*found.expected_start - reply.now), where);
  if (!found.latest) return text;
  return text + fmt::format("Too late for its deadline: it would have to start by {}, and is ended then\n",
                            instant_text(*found.latest, zone));
}

int explain(const ScontrolCall& call) {
  const bool names_kind = call.arguments.size() == 2;
  if (names_kind && !starts_with_ignoring_case("jobs", call.arguments[0])) {
    call.output.error_line(
        fmt::format("invalid entity:{} for keyword:explain: job is what can be explained", call.arguments[0]));
    return 1;
  }
  const auto name = parse_job_name(job_meant(call));
  if (!name) return call.refused("scontrol_explain error: ", name.error());
  ExplainRequest request{name->job};
  if (name->tasks) request.task = name->tasks->front();
  const auto reply = ask<ExplainReply>(call.controller, request, call.output);
  if (!reply) return call.refused("scontrol_explain error: ", reply.error());
  if (call.wants_data())
    write_explanation(*reply, {call.format(), call.output, reply->now});
  else
    call.output.print(explanation_text(*reply, *call.output.zone));
  return 0;
}

}  // namespace slurmxx
