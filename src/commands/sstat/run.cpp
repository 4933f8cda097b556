// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sstat/run.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "cli/field_columns.h"
#include "commands/sacct/fields.h"
#include "commands/sacct/row_text.h"
#include "core/hostlist/hostlist.h"
#include "core/model/job_name.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// A step as sacct's fields want it, and what only sstat knows.
struct Row {
  const SacctRow* figures = nullptr;
  const UsageReply::OfStep* step = nullptr;
  const UsageReply::NodePids* node = nullptr;  // of a line a node
};

template <UsageKind kind, UsagePart part>
std::string figure(const Row& row) {
  return usage_text(*row.figures, kind, part);
}
template <bool out, UsagePart part>
std::string tres(const Row& row) {
  return tres_usage_text(*row.figures, out, part);
}
std::string zero(const Row&) { return "0"; }  // is not measured
std::string job_id(const Row& row) { return job_id_text(*row.figures); }
std::string task_count(const Row& row) { return fmt::to_string(row.step->step.tasks); }

std::string node_list(const Row& row) {
  if (row.node) return row.node->node;
  std::vector<std::string> nodes;
  for (const UsageReply::NodePids& one : row.step->pids) nodes.push_back(one.node);
  return fold_hosts_sorted(std::move(nodes));
}

std::string pid_list(const Row& row) {
  std::vector<std::string> pids;
  for (const UsageReply::NodePids& one : row.step->pids)
    if (!row.node || &one == row.node)
      for (const std::uint32_t pid : one.pids) pids.push_back(fmt::to_string(pid));
  return join(pids, ",");
}

struct Field {
  const char* name;
  int width;
  std::string (*text)(const Row&);
};
constexpr Field fields[] = {
    {"AveCPU", 10, figure<UsageKind::cpu, UsagePart::average>},
    {"AveCPUFreq", 10, zero},
    {"AveDiskRead", 14, figure<UsageKind::disk_read, UsagePart::average>},
    {"AveDiskWrite", 14, figure<UsageKind::disk_write, UsagePart::average>},
    {"AvePages", 10, figure<UsageKind::pages, UsagePart::average>},
    {"AveRSS", 10, figure<UsageKind::memory, UsagePart::average>},
    {"AveVMSize", 10, figure<UsageKind::vmem, UsagePart::average>},
    {"ConsumedEnergy", 14, zero},
    {"ConsumedEnergyRaw", 17, zero},
    {"JobID", -12, job_id},
    {"MaxDiskRead", 12, figure<UsageKind::disk_read, UsagePart::max>},
    {"MaxDiskReadNode", 15, figure<UsageKind::disk_read, UsagePart::max_node>},
    {"MaxDiskReadTask", 15, figure<UsageKind::disk_read, UsagePart::max_task>},
    {"MaxDiskWrite", 12, figure<UsageKind::disk_write, UsagePart::max>},
    {"MaxDiskWriteNode", 16, figure<UsageKind::disk_write, UsagePart::max_node>},
    {"MaxDiskWriteTask", 16, figure<UsageKind::disk_write, UsagePart::max_task>},
    {"MaxPages", 8, figure<UsageKind::pages, UsagePart::max>},
    {"MaxPagesNode", 12, figure<UsageKind::pages, UsagePart::max_node>},
    {"MaxPagesTask", 14, figure<UsageKind::pages, UsagePart::max_task>},
    {"MaxRSS", 10, figure<UsageKind::memory, UsagePart::max>},
    {"MaxRSSNode", 10, figure<UsageKind::memory, UsagePart::max_node>},
    {"MaxRSSTask", 10, figure<UsageKind::memory, UsagePart::max_task>},
    {"MaxVMSize", 10, figure<UsageKind::vmem, UsagePart::max>},
    {"MaxVMSizeNode", 14, figure<UsageKind::vmem, UsagePart::max_node>},
    {"MaxVMSizeTask", 14, figure<UsageKind::vmem, UsagePart::max_task>},
    {"MinCPU", 10, figure<UsageKind::cpu, UsagePart::min>},
    {"MinCPUNode", 10, figure<UsageKind::cpu, UsagePart::min_node>},
    {"MinCPUTask", 10, figure<UsageKind::cpu, UsagePart::min_task>},
    {"Nodelist", 20, node_list},
    {"NTasks", 8, task_count},
    {"Pids", 20, pid_list},
    {"ReqCPUFreq", 10, zero},
    {"ReqCPUFreqMin", 13, zero},
    {"ReqCPUFreqMax", 13, zero},
    {"ReqCPUFreqGov", 13, zero},
    {"TRESUsageInAve", 14, tres<false, UsagePart::average>},
    {"TRESUsageInMax", 14, tres<false, UsagePart::max>},
    {"TRESUsageInMaxNode", 18, tres<false, UsagePart::max_node>},
    {"TRESUsageInMaxTask", 18, tres<false, UsagePart::max_task>},
    {"TRESUsageInMin", 14, tres<false, UsagePart::min>},
    {"TRESUsageInMinNode", 18, tres<false, UsagePart::min_node>},
    {"TRESUsageInMinTask", 18, tres<false, UsagePart::min_task>},
    {"TRESUsageInTot", 14, tres<false, UsagePart::total>},
    {"TRESUsageOutAve", 15, tres<true, UsagePart::average>},
    {"TRESUsageOutMax", 15, tres<true, UsagePart::max>},
    {"TRESUsageOutMaxNode", 19, tres<true, UsagePart::max_node>},
    {"TRESUsageOutMaxTask", 19, tres<true, UsagePart::max_task>},
    {"TRESUsageOutMin", 15, tres<true, UsagePart::min>},
    {"TRESUsageOutMinNode", 19, tres<true, UsagePart::min_node>},
    {"TRESUsageOutMinTask", 19, tres<true, UsagePart::min_task>},
    {"TRESUsageOutTot", 15, tres<true, UsagePart::total>},
};

constexpr const char* pid_format = "jobid,nodelist,pids";
constexpr const char* usual_format =
    "jobid,maxvmsize,maxvmsizenode,maxvmsizetask,avevmsize,maxrss,maxrssnode,maxrsstask,averss,maxpages,maxpagesnode,"
    "maxpagestask,avepages,mincpu,mincpunode,mincputask,avecpu,ntasks,avecpufreq,reqcpufreqmin,reqcpufreqmax,"
    "reqcpufreqgov,consumedenergy,maxdiskread,maxdiskreadnode,maxdiskreadtask,avediskread,maxdiskwrite,"
    "maxdiskwritenode,maxdiskwritetask,avediskwrite,tresusageinave,tresusageinmax,tresusageinmaxnode,"
    "tresusageinmaxtask,tresusageinmin,tresusageinminnode,tresusageinmintask,tresusageintot,tresusageoutave,"
    "tresusageoutmax,tresusageoutmaxnode,tresusageoutmaxtask,tresusageoutmin,tresusageoutminnode,"
    "tresusageoutmintask,tresusageouttot";

using Columns = FieldColumns<Field>;

struct Wanted {
  std::string text;
  JobName job;
  std::optional<StepId> step;
};

Result<std::vector<Wanted>> wanted_of(const std::string& text) {
  std::vector<Wanted> all;
  for (const std::string_view word : split_job_names(text)) {
    const auto pair = split_once(word, '.');
    Wanted one{std::string(word), {}, std::nullopt};
    TRY_ASSIGN(one.job, parse_job_name(pair ? pair->first : word));
    if (pair) one.step = parse_step_id(pair->second);
    if (pair && !one.step) return fail(fmt::format("{}: not a step; give JOB.STEP, such as 15.0", word));
    all.push_back(std::move(one));
  }
  return all;
}

// A task of an array has an id of its own.
Result<std::vector<JobId>> ids_of(const Wanted& wanted, ControllerClient& controller, const Output& output) {
  if (!wanted.job.tasks) return std::vector<JobId>{wanted.job.job};
  JobsRequest request;
  request.ids = {wanted.job.job};
  TRY_ASSIGN(const JobsReply reply, ask<JobsReply>(controller, request, output));
  std::vector<JobId> ids;
  for (const JobView& view : reply.jobs)
    if (view.job.array_task() && wanted.job.means(view.job)) ids.push_back(view.job.id);
  return ids;
}

struct Sheet {
  const SstatOptions& options;
  const Columns& columns;
  const RuledTable& table;
  const Output& output;
};

void print_step(const UsageReply::OfStep& step, const Sheet& sheet) {
  FoundJob job;
  job.record.view.job.id = step.job;
  job.record.view.job.spec = std::make_shared<const JobSpec>();
  if (step.array) job.record.view.job.array = ArrayPart{step.array->array, IndexSet(step.array->index), true};
  StepRecord record;
  record.step = step.step;
  record.usage = step.step.usage;
  record.usage_nodes = step.usage_nodes;
  SacctContext context;
  context.noconvert = sheet.options.noconvert;
  const SacctRow figures{&job, &record, &context};
  const auto print = [&](const UsageReply::NodePids* node) {
    std::vector<std::string> texts;
    for (const Field* field : sheet.columns.fields) texts.push_back(field->text({&figures, &step, node}));
    sheet.output.print(sheet.table.row(texts));
  };
  if (!sheet.options.pids) return print(nullptr);
  for (const UsageReply::NodePids& node : step.pids) print(&node);
}

}  // namespace

int run_sstat(const SstatOptions& options, ControllerClient& controller, const Output& output) {
  const auto refuse = [&](const std::string& text) {
    output.error_line("sstat: error: " + text);
    return 1;
  };
  if (options.list_fields) return output.print(field_names_text(fields)), 0;
  const std::string& usual = options.pids ? pid_format : usual_format;
  const auto columns = field_columns<Field>(fields, options.format.empty() ? usual : options.format);
  if (!columns) return refuse(text_of(columns.error()));
  const auto wanted = wanted_of(options.jobs);
  if (!wanted) return refuse(text_of(wanted.error()));
  const RuledTable table(columns->table, options.form);
  if (options.header) output.print(table.heading());
  int exit_code = 0;
  for (const Wanted& one : *wanted) {
    const auto ids = ids_of(one, controller, output);
    if (!ids) return refuse(text_of(ids.error()));
    for (const JobId id : *ids) {
      const auto reply = ask<UsageReply>(controller, UsageRequest{id, one.step, options.all_steps}, output);
      if (!reply || reply->steps.empty()) {
        exit_code = refuse(reply ? fmt::format("no steps running for job {}", one.text)
                                 : fmt::format("job {}: {}", one.text, text_of(reply.error())));
        continue;
      }
      for (const UsageReply::OfStep& step : reply->steps) print_step(step, {options, *columns, table, output});
      for (const std::string& node : reply->silent)
        exit_code = refuse(fmt::format("job {}: node {} has not answered", one.text, node));
    }
  }
  return exit_code;
}

}  // namespace slurmxx
