// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/job_completion.h"

#include <fmt/format.h>

#include "control/accounting_fold.h"
#include "core/text/instant_text.h"
#include "core/tres/tres.h"

namespace slurmxx {
namespace {

std::string text_or(const std::string& text, const char* usual) { return text.empty() ? usual : text; }

std::string exit_text(const ExitCode& exit) { return fmt::format("{}:{}", exit.status, exit.signal); }

std::string limit_text(const TimeLimit& limit) {
  return limit.unlimited ? "UNLIMITED" : fmt::to_string(limit.value.value);
}

std::string array_text(const Job& job) {
  const auto task = job.array_task();
  if (!job.array || !task) return "";
  return fmt::format("ArrayJobId={} ArrayTaskId={} ", job.array->array.value, task->index);
}

std::string het_text(const JobSpec& spec) {
  return spec.het ? fmt::format("HetJobId={} HetJobOffset={} ", spec.het->leader.value, spec.het->offset) : "";
}

std::string line_of(const Published& published, const JobRecord& record, const TimeZone& zone) {
  const JobView& view = record.view;
  const Job& job = view.job;
  const JobSpec& spec = *job.spec;
  const bool ran = job.times.started.has_value();
  const auto when = [&](const std::optional<Instant>& at) { return instant_text(at, zone, "unknown"); };
  std::string line =
      fmt::format("JobId={} UserId={}({}) GroupId={}({}) Name={} JobState={} Partition={} TimeLimit={} ", job.id.value,
                  spec.owner.user_name, spec.owner.uid.value, spec.owner.group_name, spec.owner.gid.value,
                  spec.labels.name, state_name(job.state), view.partition, limit_text(view.time_limit));
  line +=
      fmt::format("StartTime={} EndTime={} NodeList={} NodeCnt={} ProcCnt={} WorkDir={} ReservationName={} ",
                  when(ran ? job.times.started : job.times.ended), when(job.times.ended), text_or(view.nodes, "(null)"),
                  ran ? view.node_count : 0, ran ? view.cpu_count : 0, spec.launch.work_dir, spec.labels.reservation);
  line += fmt::format("Tres={} Account={} QOS={} WcKey={} Cluster={} SubmitTime={} EligibleTime={} ",
                      view.allocated_tres.empty() ? view.requested_tres : view.allocated_tres, spec.labels.account,
                      spec.labels.qos, spec.labels.wckey, published.config->identity.cluster_name,
                      when(job.times.submitted), when(job.times.eligible));
  return line + array_text(job) + het_text(spec) +
         fmt::format("DerivedExitCode={} ExitCode={} \n", exit_text(job.exit_of_steps), exit_text(job.exit));
}

}  // namespace

std::string completion_lines(const Published& after, const Record& record, const TimeZone& zone) {
  const auto* ended = std::get_if<JobEnded>(&record.event);
  if (!ended) return "";
  std::string lines;
  for (const AccountingRecord& one : AccountingFold::after(after, record)) {
    const auto* job = std::get_if<JobRecord>(&one);
    if (job && job->view.job.id == ended->job && is_ended(job->view.job.state)) lines += line_of(after, *job, zone);
  }
  return lines;
}

}  // namespace slurmxx
