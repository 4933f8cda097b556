// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/job_completion.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/accounting_fold.h"
#include "core/text/instant_text.h"
#include "core/text/safe_text.h"
#include "core/text/words.h"
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

// Of what stands behind the name no value may look like a key: the last " JobState=" of a line ends the name, and from
// there on each key stands where it belongs (sacct -c relies on it).
std::string keyless(std::string value) {
  for (std::size_t at = value.find('='); at != std::string::npos; at = value.find('=', at + 1)) {
    std::size_t word = at;
    while (word > 0 && is_letter(value[word - 1])) --word;
    const bool is_key = word > 0 && value[word - 1] == ' ' && value[word] >= 'A' && value[word] <= 'Z';
    if (is_key) value[word - 1] = '?';
  }
  return value;
}

std::string line_of(const Published& published, const JobRecord& record, const TimeZone& zone) {
  const JobView& view = record.view;
  const Job& job = view.job;
  const JobSpec& spec = *job.spec;
  const bool ran = job.times.started.has_value();
  const auto when = [&](const std::optional<Instant>& at) { return instant_text(at, zone, "unknown"); };
  std::string line = fmt::format("JobId={} UserId={}({}) GroupId={}({}) Name={} JobState={} Partition={} TimeLimit={} ",
                                 job.id.value, keyless(spec.owner.user_name), spec.owner.uid.value,
                                 keyless(spec.owner.group_name), spec.owner.gid.value, spec.labels.name,
                                 state_name(job.state), view.partition, limit_text(view.time_limit));
  line += fmt::format("StartTime={} EndTime={} NodeList={} NodeCnt={} ProcCnt={} WorkDir={} ReservationName={} ",
                      when(ran ? job.times.started : job.times.ended), when(job.times.ended),
                      text_or(view.nodes, "(null)"), ran ? view.node_count : 0, ran ? view.cpu_count : 0,
                      keyless(spec.launch.work_dir), keyless(reservation_of(job)));
  line += fmt::format("Tres={} Account={} QOS={} WcKey={} Cluster={} SubmitTime={} EligibleTime={} ",
                      view.allocated_tres.empty() ? view.requested_tres : view.allocated_tres,
                      keyless(spec.labels.account), keyless(spec.labels.qos), keyless(spec.labels.wckey),
                      published.config->identity.cluster_name, when(job.times.submitted), when(job.times.eligible));
  line += array_text(job) + het_text(spec) +
          fmt::format("DerivedExitCode={} ExitCode={} ", exit_text(job.exit_of_steps), exit_text(job.exit));
  return printable(line) + "\n";  // a name must not make a line of its own
}

// An object whose members are added one by one.
class JsonLine {
 public:
  JsonLine& text(std::string_view name, std::string_view value) { return add(name, json_string(value)); }
  JsonLine& number(std::string_view name, std::int64_t value) { return add(name, std::to_string(value)); }
  JsonLine& time(std::string_view name, const std::optional<Instant>& at) {
    return at ? text(name, instant_text(*at, utc()) + "Z") : *this;
  }
  std::string take() { return "{" + std::move(members_) + "}\n"; }

 private:
  JsonLine& add(std::string_view name, std::string_view value) {
    members_ += fmt::format("{}{}:{}", members_.empty() ? "" : ",", json_string(name), value);
    return *this;
  }
  std::string members_;
};

void add_request(JsonLine& line, const JobRecord& record) {
  const JobSpec& spec = *record.view.job.spec;
  line.text("job_name", spec.labels.name).text("account", spec.labels.account).text("qos", spec.labels.qos);
  line.text("wc_key", spec.labels.wckey).text("reservation_name", reservation_of(record.view.job));
  line.text("username", spec.owner.user_name).number("user_id", spec.owner.uid.value);
  line.text("groupname", spec.owner.group_name).number("group_id", spec.owner.gid.value);
  line.text("alloc_node", spec.labels.submit_host).text("work_dir", spec.launch.work_dir);
  line.number("ntasks", spec.resources.tasks).text("licenses", spec.labels.licenses);
  line.text("tres_req", record.view.requested_tres);
}

void add_life(JsonLine& line, const JobTimes& times) {
  const std::optional<Instant> started = times.started ? times.started : times.ended;
  line.time("@submit", times.submitted).time("@eligible", times.eligible);
  line.time("@start", started).time("@end", times.ended);
  line.number("elapsed", (*times.ended - *started).value);
  if (times.eligible) line.number("queue_wait", std::max<std::int64_t>(0, (*started - *times.eligible).value));
}

std::string json_of(const Published& published, const JobRecord& record) {
  const Job& job = record.view.job;
  const bool ran = job.times.started.has_value();
  JsonLine line;
  line.number("jobid", job.id.value).text("cluster", published.config->identity.cluster_name);
  if (const auto task = job.array_task())
    line.number("array_job_id", job.array->array.value).number("array_task_id", task->index);
  if (job.spec->het)
    line.number("het_job_id", job.spec->het->leader.value).number("het_job_offset", job.spec->het->offset);
  line.text("state", state_name(job.state)).text("partition", record.view.partition);
  line.text("exit_code", exit_text(job.exit)).text("derived_ec", exit_text(job.exit_of_steps));
  add_request(line, record);
  add_life(line, job.times);
  line.text("time_limit", limit_text(record.view.time_limit)).text("nodes", record.view.nodes);
  line.number("total_nodes", ran ? record.view.node_count : 0).number("total_cpus", ran ? record.view.cpu_count : 0);
  return line.text("tres_alloc", record.view.allocated_tres).take();
}

}  // namespace

std::optional<CompletionFile> completion_file(const PluginSettings& plugins) {
  const bool json = plugins.job_comp_type == "jobcomp/jsonlines";
  if (!json && plugins.job_comp_type != "jobcomp/filetxt") return std::nullopt;
  const char* usual = json ? "/var/log/slurm_jobcomp.jsonl" : "/var/log/slurm_jobcomp.log";
  return CompletionFile{json ? CompletionFormat::json : CompletionFormat::text,
                        text_or(plugins.job_comp_location, usual)};
}

std::string completion_lines(const Published& after, const Record& record, const CompletionStyle& style) {
  const auto* ended = std::get_if<JobEnded>(&record.event);
  if (!ended) return "";
  std::string lines;
  for (const AccountingRecord& one : AccountingFold::after(after, record)) {
    const auto* job = std::get_if<JobRecord>(&one);
    if (!job || job->view.job.id != ended->job || !is_ended(job->view.job.state)) continue;
    lines += style.format == CompletionFormat::json ? json_of(after, *job) : line_of(after, *job, style.zone);
  }
  return lines;
}

}  // namespace slurmxx
