// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a line of sacct tells where it takes more than reading one member: times, sums over steps, states, sizes.
#pragma once

#include "commands/sacct/fields.h"
#include "core/launch/file_pattern.h"

namespace slurmxx {

std::optional<Instant> start_of(const SacctRow& row);
std::optional<Instant> end_of(const SacctRow& row);
Seconds suspended_by(const SacctRow& row, Instant until);  // all of it, of a job
Seconds elapsed(const SacctRow& row);
Seconds planned(const SacctRow& row);  // from eligible to start
std::uint32_t cpus_of(const SacctRow& row);
std::uint32_t cpus_asked(const SacctRow& row);

std::string job_id_text(const SacctRow& row);      // "12", "12_5.batch", "12+1"
std::string raw_job_id_text(const SacctRow& row);  // with the id that the record has
std::string layout_text(const SacctRow& row);      // of a step
std::string state_text(const SacctRow& row);       // "CANCELLED by 0"
std::string exit_text(const ExitCode& exit);       // "3:0"
std::string instant_or(const SacctRow& row, const std::optional<Instant>& instant, const char* absent);
std::string tres_by_name(const SacctContext& context, const std::string& text);  // "billing=1,cpu=1": sorted
std::string one_tres(const std::string& text, std::string_view name);
std::string requested_memory(const SacctContext& context, const std::string& tres);

// Of a job, as it wrote them or, with --expand-patterns, as they are; of a job without a script there is no output, and
// no error where it goes with the output.
FileNames files_of(const SacctRow& row);
FileNames expanded_files_of(const SacctRow& row);

// Who started it and that it did: SchedSubmit, SchedMain, SchedBackfill; StartReceived.
std::vector<std::string_view> job_flags(const Job& job);

struct CpuTimes {
  std::uint64_t user_us = 0;
  std::uint64_t system_us = 0;
};
CpuTimes cpu_times(const SacctRow& row);
std::string cpu_time_text(std::uint64_t us);  // "00:00.013", "01:02:03"

// Of the step's line alone; the job's is empty.
enum class UsagePart { max, min, average, total, max_node, max_task, min_node, min_task };
std::string usage_text(const SacctRow& row, UsageKind kind, UsagePart part);
// "cpu=00:00:01,mem=4K": of all kinds that go in, or come out.
std::string tres_usage_text(const SacctRow& row, bool out, UsagePart part);

// 0: none that there is.
std::uint32_t association_of(const FoundJob& job, const AccountBook& book);
std::string association_text(const SacctRow& row);
std::string qos_number(const SacctRow& row);
std::string wckey_number(const SacctRow& row);

}  // namespace slurmxx
