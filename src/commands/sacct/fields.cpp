// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The order is that of --helpformat. A row that is empty for steps belongs to the job alone.
#include "commands/sacct/fields.h"

#include <algorithm>

#include <fmt/format.h>

#include "commands/sacct/row_text.h"
#include "core/model/sluid.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {

const char* const sacct_default_format = "jobid,jobname,partition,account,alloccpus,state,exitcode";
const char* const sacct_brief_format = "jobid,state,exitcode";
const char* const sacct_long_format =
    "jobid,jobidraw,jobname,partition,maxvmsize,maxvmsizenode,maxvmsizetask,avevmsize,maxrss,maxrssnode,maxrsstask,"
    "averss,maxpages,maxpagesnode,maxpagestask,avepages,mincpu,mincpunode,mincputask,avecpu,ntasks,alloccpus,elapsed,"
    "state,exitcode,avecpufreq,reqcpufreqmin,reqcpufreqmax,reqcpufreqgov,reqmem,consumedenergy,maxdiskread,"
    "maxdiskreadnode,maxdiskreadtask,avediskread,maxdiskwrite,maxdiskwritenode,maxdiskwritetask,avediskwrite,reqtres,"
    "alloctres,tresusageinave,tresusageinmax,tresusageinmaxnode,tresusageinmaxtask,tresusageinmin,tresusageinminnode,"
    "tresusageinmintask,tresusageintot,tresusageoutmax,tresusageoutmaxnode,tresusageoutmaxtask,tresusageoutave,"
    "tresusageouttot";

namespace {

std::string job_only(const SacctRow& row, std::string text) { return row.step ? "" : text; }
std::string reservation_id(const SacctRow& row) {
  const auto& allocation = row.the_job().allocation;
  return allocation && allocation->reservation_number > 0
             ? job_only(row, fmt::to_string(allocation->reservation_number))
             : "";
}
std::string step_zero(const SacctRow& row) { return row.step ? "0" : ""; }
bool had_nodes(const SacctRow& row) { return row.step || row.the_job().times.started.has_value(); }
std::uint32_t nodes_of(const SacctRow& row) { return row.step ? row.step->node_count : row.view().node_count; }
Seconds cpu_seconds(const SacctRow& row) { return elapsed(row) * (had_nodes(row) ? cpus_of(row) : 0); }
Seconds planned_cpu(const SacctRow& row) { return planned(row) * cpus_asked(row); }

// A job that gave nodes back was submitted anew by that.
std::optional<Instant> submitted(const SacctRow& row) {
  if (row.step) return row.step->step.started;
  const JobTimes& times = row.the_job().times;
  return times.resized && times.eligible ? times.eligible : times.submitted;
}

std::string raw_limit(const TimeLimit& limit) {
  return limit.unlimited ? "UNLIMITED" : fmt::to_string(limit.value.value);
}

std::string exclusive(const JobSpec& spec) {
  if (spec.placement.sharing == Sharing::exclusive) return "YES";
  return spec.placement.sharing == Sharing::exclusive_user ? "USER" : "NO";
}

constexpr SacctField fields[] = {
    {"Account", 10, [](const SacctRow& row) -> std::string { return row.spec().labels.account; }},
    {"AdminComment", 14,
     [](const SacctRow& row) -> std::string { return job_only(row, row.spec().labels.admin_comment); }},
    {"AllocCPUS", 10,
     [](const SacctRow& row) -> std::string { return fmt::to_string(had_nodes(row) ? cpus_of(row) : 0); }},
    {"AllocNodes", 10,
     [](const SacctRow& row) -> std::string { return fmt::to_string(had_nodes(row) ? nodes_of(row) : 0); }},
    {"AllocTRES", 10,
     [](const SacctRow& row) -> std::string {
       return tres_by_name(*row.context, row.step         ? row.step->allocated_tres
                                         : had_nodes(row) ? row.view().allocated_tres
                                                          : "");
     }},
    {"AssocID", 8, [](const SacctRow& row) -> std::string { return job_only(row, association_text(row)); }},
    {"AveCPU", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::cpu, UsagePart::average); }},
    {"AveCPUFreq", 10, [](const SacctRow& row) -> std::string { return step_zero(row); }},
    {"AveDiskRead", 14,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::disk_read, UsagePart::average); }},
    {"AveDiskWrite", 14,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::disk_write, UsagePart::average); }},
    {"AvePages", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::pages, UsagePart::average); }},
    {"AveRSS", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::memory, UsagePart::average); }},
    {"AveVMSize", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::vmem, UsagePart::average); }},
    {"BlockID", 16, [](const SacctRow&) -> std::string { return ""; }},
    {"Cluster", 10, [](const SacctRow& row) -> std::string { return row.job->cluster; }},
    {"Comment", 14, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().labels.comment); }},
    {"Constraints", 19,
     [](const SacctRow& row) -> std::string { return job_only(row, row.spec().placement.features); }},
    {"ConsumedEnergy", 14, [](const SacctRow& row) -> std::string { return step_zero(row); }},
    {"ConsumedEnergyRaw", 17, [](const SacctRow& row) -> std::string { return step_zero(row); }},
    {"Container", 10, [](const SacctRow&) -> std::string { return ""; }},
    {"CPUTime", 10, [](const SacctRow& row) -> std::string { return duration_long(cpu_seconds(row)); }},
    {"CPUTimeRAW", 10, [](const SacctRow& row) -> std::string { return fmt::to_string(cpu_seconds(row).value); }},
    {"DBIndex", 15,
     [](const SacctRow& row) -> std::string {
       return fmt::to_string(row.the_job().times.submitted.seconds * 1000 + row.the_job().id.value % 1000);
     }},
    {"DerivedExitCode", 15,
     [](const SacctRow& row) -> std::string { return job_only(row, exit_text(row.the_job().exit_of_steps)); }},
    {"Elapsed", 10, [](const SacctRow& row) -> std::string { return duration_long(elapsed(row)); }},
    {"ElapsedRaw", 10, [](const SacctRow& row) -> std::string { return fmt::to_string(elapsed(row).value); }},
    {"Eligible", 19,
     [](const SacctRow& row) -> std::string {
       return row.step ? "" : instant_or(row, row.the_job().times.eligible, "Unknown");
     }},
    {"End", 19, [](const SacctRow& row) -> std::string { return instant_or(row, end_of(row), "Unknown"); }},
    {"Exclusive", 10, [](const SacctRow& row) -> std::string { return job_only(row, exclusive(row.spec())); }},
    {"ExitCode", 8,
     [](const SacctRow& row) -> std::string { return exit_text(row.step ? row.step->step.exit : row.the_job().exit); }},
    {"Extra", 14, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().labels.extra); }},
    {"FailedNode", 15, [](const SacctRow&) -> std::string { return ""; }},
    {"Flags", 15,
     [](const SacctRow& row) -> std::string { return job_only(row, join(job_flags(row.the_job()), ",")); }},
    {"GID", 6, [](const SacctRow& row) -> std::string { return job_only(row, to_string(row.spec().owner.gid)); }},
    {"Group", 9, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().owner.group_name); }},
    {"JobID", -12, [](const SacctRow& row) -> std::string { return job_id_text(row); }},
    {"JobIDRaw", -12, [](const SacctRow& row) -> std::string { return raw_job_id_text(row); }},
    {"JobName", 10,
     [](const SacctRow& row) -> std::string { return row.step ? row.step->step.name : row.spec().labels.name; }},
    {"Layout", 9, [](const SacctRow& row) -> std::string { return row.step ? layout_text(row) : ""; }},
    {"Licenses", 20, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().labels.licenses); }},
    {"MaxDiskRead", 12,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::disk_read, UsagePart::max); }},
    {"MaxDiskReadNode", 15,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::disk_read, UsagePart::max_node); }},
    {"MaxDiskReadTask", 15,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::disk_read, UsagePart::max_task); }},
    {"MaxDiskWrite", 12,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::disk_write, UsagePart::max); }},
    {"MaxDiskWriteNode", 16,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::disk_write, UsagePart::max_node); }},
    {"MaxDiskWriteTask", 16,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::disk_write, UsagePart::max_task); }},
    {"MaxPages", 8,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::pages, UsagePart::max); }},
    {"MaxPagesNode", 12,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::pages, UsagePart::max_node); }},
    {"MaxPagesTask", 14,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::pages, UsagePart::max_task); }},
    {"MaxRSS", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::memory, UsagePart::max); }},
    {"MaxRSSNode", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::memory, UsagePart::max_node); }},
    {"MaxRSSTask", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::memory, UsagePart::max_task); }},
    {"MaxVMSize", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::vmem, UsagePart::max); }},
    {"MaxVMSizeNode", 14,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::vmem, UsagePart::max_node); }},
    {"MaxVMSizeTask", 14,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::vmem, UsagePart::max_task); }},
    {"McsLabel", 20, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().labels.mcs_label); }},
    {"MinCPU", 10, [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::cpu, UsagePart::min); }},
    {"MinCPUNode", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::cpu, UsagePart::min_node); }},
    {"MinCPUTask", 10,
     [](const SacctRow& row) -> std::string { return usage_text(row, UsageKind::cpu, UsagePart::min_task); }},
    {"NCPUS", 10, [](const SacctRow& row) -> std::string { return fmt::to_string(cpus_of(row)); }},
    {"NNodes", 8, [](const SacctRow& row) -> std::string { return fmt::to_string(nodes_of(row)); }},
    {"NodeList", 15,
     [](const SacctRow& row) -> std::
                                 string {
                                   return row.step                   ? row.step->nodes
                                          : row.view().nodes.empty() ? "None assigned"
                                                                     : row.view().nodes;
                                 }},
    {"NTasks", 8,
     [](const SacctRow& row) -> std::string { return row.step ? fmt::to_string(row.step->step.tasks) : ""; }},
    {"OriginalSLUID", 14, [](const SacctRow&) -> std::string { return ""; }},
    {"OverSubscribe", 13,
     [](const SacctRow& row) -> std::
                                 string {
                                   return job_only(
                                       row, row.spec().placement.sharing == Sharing::oversubscribe ? "YES" : "NO");
                                 }},
    {"Partition", 10, [](const SacctRow& row) -> std::string { return job_only(row, row.view().partition); }},
    {"Planned", 10, [](const SacctRow& row) -> std::string { return job_only(row, duration_long(planned(row))); }},
    {"PlannedCPU", 10,
     [](const SacctRow& row) -> std::string { return job_only(row, duration_long(planned_cpu(row))); }},
    {"PlannedCPURAW", 13,
     [](const SacctRow& row) -> std::string { return job_only(row, fmt::to_string(planned_cpu(row).value)); }},
    {"Priority", 10,
     [](const SacctRow& row) -> std::string { return job_only(row, fmt::to_string(row.view().priority)); }},
    {"QOS", 10, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().labels.qos); }},
    {"QOSRAW", 10, [](const SacctRow& row) -> std::string { return job_only(row, qos_number(row)); }},
    {"QOSREQ", 10, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().labels.qos); }},
    {"Reason", 22,
     [](const SacctRow& row)
         -> std::string { return job_only(row, row.view().reason.empty() ? "None" : row.view().reason); }},
    {"ReqCPUFreq", 10, [](const SacctRow& row) -> std::string { return step_zero(row); }},
    {"ReqCPUFreqGov", 13, [](const SacctRow& row) -> std::string { return step_zero(row); }},
    {"ReqCPUFreqMax", 13, [](const SacctRow& row) -> std::string { return step_zero(row); }},
    {"ReqCPUFreqMin", 13, [](const SacctRow& row) -> std::string { return step_zero(row); }},
    {"ReqCPUS", 8, [](const SacctRow& row) -> std::string { return fmt::to_string(cpus_asked(row)); }},
    {"ReqMem", 10,
     [](const SacctRow& row)
         -> std::string { return job_only(row, requested_memory(*row.context, row.view().requested_tres)); }},
    {"ReqNodes", 8,
     [](const SacctRow& row)
         -> std::string { return fmt::to_string(row.step ? row.step->node_count : row.spec().resources.nodes_min); }},
    {"ReqTRES", 10,
     [](const SacctRow& row)
         -> std::string { return job_only(row, tres_by_name(*row.context, row.view().requested_tres)); }},
    {"Reservation", 20,
     [](const SacctRow& row) -> std::string { return job_only(row, reservation_of(row.the_job())); }},
    {"ReservationId", 15, reservation_id},
    {"ReqReservation", 20,
     [](const SacctRow& row) -> std::string { return job_only(row, row.spec().labels.reservation); }},
    {"Restarts", 8, [](const SacctRow& row) -> std::string { return fmt::to_string(row.the_job().restarts); }},
    {"SegmentSize", 11, [](const SacctRow& row) -> std::string { return job_only(row, "0"); }},
    {"SLUID", 14,
     [](const SacctRow& row) -> std::string { return sluid_text(row.the_job().times.submitted, row.the_job().id); }},
    {"Start", 19,
     [](const SacctRow& row)
         -> std::string { return instant_or(row, start_of(row), row.the_job().times.ended ? "None" : "Unknown"); }},
    {"State", 10, [](const SacctRow& row) -> std::string { return state_text(row); }},
    {"StdErr", 16, [](const SacctRow& row) -> std::string { return job_only(row, files_of(row).error); }},
    {"StdIn", 16, [](const SacctRow& row) -> std::string { return job_only(row, files_of(row).input); }},
    {"StdOut", 16, [](const SacctRow& row) -> std::string { return job_only(row, files_of(row).output); }},
    {"Submit", 19, [](const SacctRow& row) -> std::string { return instant_or(row, submitted(row), "Unknown"); }},
    {"SubmitLine", 15,
     [](const SacctRow& row)
         -> std::string { return row.step ? row.step->submit_line : row.spec().labels.submit_line; }},
    {"Suspended", 10, [](const SacctRow& row) -> std::string { return duration_long(row.job->record.suspended); }},
    {"SystemComment", 14,
     [](const SacctRow& row) -> std::string { return job_only(row, row.job->record.system_comment); }},
    {"SystemCPU", 10, [](const SacctRow& row) -> std::string { return cpu_time_text(cpu_times(row).system_us); }},
    {"Timelimit", 10,
     [](const SacctRow& row) -> std::string { return job_only(row, duration_long(row.view().time_limit)); }},
    {"TimelimitRaw", 12,
     [](const SacctRow& row) -> std::string { return job_only(row, raw_limit(row.view().time_limit)); }},
    {"TotalCPU", 10,
     [](const SacctRow& row)
         -> std::string { return cpu_time_text(cpu_times(row).user_us + cpu_times(row).system_us); }},
    {"TRESUsageInAve", 14,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, false, UsagePart::average); }},
    {"TRESUsageInMax", 14,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, false, UsagePart::max); }},
    {"TRESUsageInMaxNode", 18,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, false, UsagePart::max_node); }},
    {"TRESUsageInMaxTask", 18,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, false, UsagePart::max_task); }},
    {"TRESUsageInMin", 14,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, false, UsagePart::min); }},
    {"TRESUsageInMinNode", 18,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, false, UsagePart::min_node); }},
    {"TRESUsageInMinTask", 18,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, false, UsagePart::min_task); }},
    {"TRESUsageInTot", 14,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, false, UsagePart::total); }},
    {"TRESUsageOutAve", 15,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, true, UsagePart::average); }},
    {"TRESUsageOutMax", 15,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, true, UsagePart::max); }},
    {"TRESUsageOutMaxNode", 19,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, true, UsagePart::max_node); }},
    {"TRESUsageOutMaxTask", 19,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, true, UsagePart::max_task); }},
    {"TRESUsageOutMin", 15,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, true, UsagePart::min); }},
    {"TRESUsageOutMinNode", 19,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, true, UsagePart::min_node); }},
    {"TRESUsageOutMinTask", 19,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, true, UsagePart::min_task); }},
    {"TRESUsageOutTot", 15,
     [](const SacctRow& row) -> std::string { return tres_usage_text(row, true, UsagePart::total); }},
    {"UID", 6, [](const SacctRow& row) -> std::string { return job_only(row, to_string(row.spec().owner.uid)); }},
    {"User", 9, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().owner.user_name); }},
    {"UserCPU", 10, [](const SacctRow& row) -> std::string { return cpu_time_text(cpu_times(row).user_us); }},
    {"WCKey", 10, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().labels.wckey); }},
    {"WCKeyID", 8, [](const SacctRow& row) -> std::string { return job_only(row, wckey_number(row)); }},
    {"WorkDir", 15, [](const SacctRow& row) -> std::string { return job_only(row, row.spec().launch.work_dir); }},
};

const SacctField* find_field(std::string_view name) {
  const auto exact = std::ranges::find_if(fields, [&](const auto& one) { return equal_ignoring_case(one.name, name); });
  if (exact != std::end(fields)) return exact;
  const auto begins = [&](const SacctField& one) {
    return std::string_view(one.name).size() >= name.size() &&
           equal_ignoring_case(std::string_view(one.name).substr(0, name.size()), name);
  };
  const auto first = name.empty() ? std::end(fields) : std::ranges::find_if(fields, begins);
  return first == std::end(fields) ? nullptr : first;
}

}  // namespace

std::span<const SacctField> sacct_fields() { return fields; }

std::string sacct_field_list() { return field_names_text(fields); }

Result<std::vector<SacctColumn>> parse_sacct_format(const std::string& text) {
  std::vector<SacctColumn> columns;
  for (const std::string_view word : split_commas(text)) {
    const auto pair = split_once(word, '%');
    const std::string_view name = pair ? pair->first : word;
    if (equal_ignoring_case(name, "ALL")) {
      for (const SacctField& field : fields) columns.push_back({&field, field.width});
      continue;
    }
    const SacctField* field = find_field(name);
    if (!field) return fail(fmt::format("Invalid field requested: \"{}\"", name));
    columns.push_back({field, field->width});
    if (!pair || pair->second.empty()) continue;
    const bool left = pair->second.front() == '-', sign = left || pair->second.front() == '+';
    const auto width = parse_natural(sign ? pair->second.substr(1) : pair->second);
    if (!width) return fail(fmt::format("Invalid field requested: \"{}\"", word));
    columns.back().width = static_cast<int>(*width) * (left ? -1 : 1);
  }
  return columns;
}

}  // namespace slurmxx
