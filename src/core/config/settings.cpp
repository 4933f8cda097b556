// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/settings_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/config/launch_words.h"
#include "core/config/private_data.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

Result<ControllerHost> controller_of(std::string_view text) {
  std::size_t open = text.find('(');
  ControllerHost host{std::string(trim(text.substr(0, open))), {}};
  if (open == std::string_view::npos) {
    host.address = host.name;
  } else if (text.ends_with(')')) {
    host.address = trim(text.substr(open + 1, text.size() - open - 2));
  }
  if (host.name.empty() || host.address.empty())
    return fail(fmt::format("SlurmctldHost={}: NAME or NAME(ADDRESS) is wanted", text));
  return host;
}

void read_identity(RecordReader& reader, IdentitySettings& out) {
  reader.text("ClusterName", out.cluster_name);
  out.cluster_name = lower(out.cluster_name);
  reader.text("SlurmctldAddr", out.slurmctld_address);
  std::string ports;
  reader.text("SlurmctldPort", ports);
  auto range = split_once(ports, '-');
  Result<std::uint64_t> first = parse_natural(range ? range->first : std::string_view(ports));
  Result<std::uint64_t> last = parse_natural(range ? range->second : std::string_view(ports));
  if (first && last) {
    out.slurmctld_port = std::uint16_t(*first);
    out.slurmctld_port_count = std::uint16_t(*last - *first + 1);
  }
  reader.number("SlurmdPort", out.slurmd_port, 1);
  reader.text("SlurmUser", out.slurm_user);
  reader.text("SlurmdUser", out.slurmd_user);
  reader.text("AuthType", out.auth_type);
  reader.text("AuthInfo", out.auth_info);
  reader.text("CredType", out.cred_type);
  reader.list("AuthAltTypes", out.auth_alt_types);
  reader.text("AuthAltParameters", out.auth_alt_parameters);
  read_private_data(reader, "PrivateData", out.private_data);
  reader.text("TLSType", out.tls_type);
  reader.yes_no("DisableRootJobs", out.disable_root_jobs);
  reader.text("CommunicationParameters", out.communication_parameters);
}

void read_paths(RecordReader& reader, PathSettings& out) {
  reader.text("StateSaveLocation", out.state_save_location);
  reader.text("SlurmdSpoolDir", out.slurmd_spool_dir);
  reader.text("SlurmctldLogFile", out.slurmctld_log_file);
  reader.text("SlurmdLogFile", out.slurmd_log_file);
  reader.text("SlurmctldPidFile", out.slurmctld_pid_file);
  reader.text("SlurmdPidFile", out.slurmd_pid_file);
  reader.text("SlurmctldDebug", out.slurmctld_debug);
  reader.text("SlurmdDebug", out.slurmd_debug);
  reader.text("SlurmctldSyslogDebug", out.slurmctld_syslog_debug);
  reader.text("SlurmdSyslogDebug", out.slurmd_syslog_debug);
  reader.text("LogTimeFormat", out.log_time_format);
  reader.text("MailProg", out.mail_program);
  reader.text("MailDomain", out.mail_domain);
  reader.text("TmpFS", out.tmp_fs);
  reader.text("RebootProgram", out.reboot_program);
  reader.text("UnkillableStepProgram", out.unkillable_step_program);
}

void read_minutes(RecordReader& reader, std::string_view key, Limit<Minutes>& out) {
  Limit<Seconds> number = Limit<Seconds>::of(Seconds(0));
  reader.seconds_limit(key, number);
  out = number.unlimited ? Limit<Minutes>::none() : Limit<Minutes>::of(Minutes(number.value.value));
}

// The later key counts if it is set; 65534 is what users know as no limit.
void read_script_timeout(RecordReader& reader, const std::array<const char*, 2>& keys, Limit<Seconds>& out) {
  for (const char* key : keys) {
    Limit<Seconds> found = Limit<Seconds>::none();
    if (!reader.find(key).value_or("").empty()) reader.seconds_limit(key, found);
    constexpr Seconds no_limit(65534);
    if (!found.unlimited && found.value != no_limit) out = found;
  }
}

void read_timeouts(RecordReader& reader, TimeoutSettings& out) {
  reader.seconds("SlurmdTimeout", out.slurmd_timeout);
  reader.seconds("SlurmctldTimeout", out.slurmctld_timeout);
  reader.seconds("MessageTimeout", out.message_timeout);
  reader.seconds("TCPTimeout", out.tcp_timeout);
  reader.seconds("KillWait", out.kill_wait);
  reader.seconds("MinJobAge", out.min_job_age);
  reader.seconds("InactiveLimit", out.inactive_limit);
  reader.seconds("CompleteWait", out.complete_wait);
  reader.seconds("BatchStartTimeout", out.batch_start_timeout);
  reader.seconds("UnkillableStepTimeout", out.unkillable_step_timeout);
  read_script_timeout(reader, {"PrologEpilogTimeout", "PrologTimeout"}, out.prolog_timeout);
  read_script_timeout(reader, {"PrologEpilogTimeout", "EpilogTimeout"}, out.epilog_timeout);
  reader.seconds("ResumeTimeout", out.resume_timeout);
  reader.seconds("SuspendTimeout", out.suspend_timeout);
  reader.seconds_limit("SuspendTime", out.suspend_time);
  reader.seconds("HealthCheckInterval", out.health_check_interval);
  Seconds health_check(0);
  reader.seconds("HealthCheckTimeout", health_check);
  if (health_check != Seconds(0)) out.health_check_timeout = health_check;
  reader.seconds("GroupUpdateTime", out.group_update_time);
  read_minutes(reader, "OverTimeLimit", out.over_time_limit);
  read_minutes(reader, "ResvOverRun", out.reservation_over_run);
  reader.seconds("WaitTime", out.wait_time);
}

void read_memory(RecordReader& reader, MemoryPolicy& out) {
  auto given = [&](std::string_view key, std::optional<MebiBytes>& target) {
    if (!reader.find(key).value_or("").empty()) reader.memory(key, target);
  };
  given("DefMemPerCPU", out.default_per_cpu);
  given("DefMemPerNode", out.default_per_node);
  given("DefMemPerGPU", out.default_per_gpu);
  given("MaxMemPerCPU", out.max_per_cpu);
  given("MaxMemPerNode", out.max_per_node);
}

void read_consumable(RecordReader& reader, SchedulingSettings& out) {
  reader.text("SelectTypeParameters", out.select_type_parameters);
  using Unit = std::pair<std::string_view, ConsumableUnit>;
  constexpr Unit units[] = {{"CR_CPU", ConsumableUnit::cpu},
                            {"CR_CORE", ConsumableUnit::core},
                            {"CR_SOCKET", ConsumableUnit::socket},
                            {"CR_BOARD", ConsumableUnit::board}};
  constexpr std::string_view others[] = {"CR_MEMORY",
                                         "CR_ONE_TASK_PER_CORE",
                                         "CR_CORE_DEFAULT_DIST_BLOCK",
                                         "CR_LLN",
                                         "CR_PACK_NODES",
                                         "LL_SHARED_GRES",
                                         "MULTIPLE_SHARING_GRES_PJ",
                                         "NONE",
                                         "ENFORCE_BINDING_GRES",
                                         "ONE_TASK_PER_SHARING_GRES",
                                         "OTHER_CONS_TRES"};
  out.memory_is_consumable = false;
  for (std::string_view word : split_commas(out.select_type_parameters)) {
    bool known = std::ranges::count(others, word) != 0;
    out.memory_is_consumable |= word.ends_with("_MEMORY");
    for (const auto& [name, unit] : units) {
      if (word != name && word != std::string(name) + "_MEMORY") continue;
      out.consumable = unit;
      known = true;
    }
    if (!known) reader.refuse("SelectTypeParameters", fmt::format("{} is not known", word));
  }
}

void read_scheduling(RecordReader& reader, SchedulingSettings& out) {
  reader.text("SchedulerType", out.scheduler_type);
  reader.list("SchedulerParameters", out.scheduler_parameters);
  // Words of it that once were words of the other.
  std::vector<std::string> of_dependencies;
  reader.list("DependencyParameters", of_dependencies);
  for (std::string& word : of_dependencies)
    if (std::ranges::find(out.scheduler_parameters, word) == out.scheduler_parameters.end())
      out.scheduler_parameters.push_back(std::move(word));
  reader.text("SelectType", out.select_type);
  read_consumable(reader, out);
  read_memory(reader, out.memory);
  using Word = std::pair<std::string_view, EnforcePartLimits>;
  constexpr Word words[] = {{"NO", EnforcePartLimits::no},
                            {"ANY", EnforcePartLimits::any},
                            {"ALL", EnforcePartLimits::all},
                            {"YES", EnforcePartLimits::all}};
  reader.word("EnforcePartLimits", out.enforce_part_limits, std::span<const Word>(words));
  reader.text("PreemptType", out.preempt_type);
  reader.upper_text("PreemptMode", out.preempt_mode);
  reader.text("PreemptParameters", out.preempt_parameters);
  reader.seconds_limit("PreemptExemptTime", out.preempt_exempt_time);
  reader.text("TopologyPlugin", out.topology_plugin);
  reader.text("TopologyParam", out.topology_param);
  reader.text("Licenses", out.licenses);
  reader.list("GresTypes", out.gres_types);
  reader.text("DependencyParameters", out.dependency_parameters);
  reader.text("JobDefaults", out.job_defaults);
  reader.list("JobSubmitPlugins", out.job_submit_plugins);
  reader.seconds("SchedulerTimeSlice", out.time_slice);
}

void read_exit_codes(RecordReader& reader, std::string_view key, std::vector<std::uint32_t>& out) {
  std::vector<std::string> words;
  reader.list(key, words);
  for (const std::string& word : words) {
    auto range = split_once(word, '-');
    Result<std::uint64_t> first = parse_natural(range ? range->first : std::string_view(word), {0, 255});
    Result<std::uint64_t> last = parse_natural(range ? range->second : std::string_view(word), {0, 255});
    if (!first || !last) return reader.refuse(key, "exit codes from 0 to 255 are wanted, like 1-9,18");
    for (std::uint64_t code = *first; code <= *last; ++code) out.push_back(std::uint32_t(code));
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

void read_jobs(RecordReader& reader, JobSettings& out) {
  reader.number("MaxJobCount", out.max_job_count);
  reader.number("MaxArraySize", out.max_array_size);
  reader.number("FirstJobId", out.first_job_id, 1);
  reader.number("MaxJobId", out.max_job_id, 1);
  reader.number("MaxStepCount", out.max_step_count);
  reader.number("MaxTasksPerNode", out.max_tasks_per_node);
  reader.number("MaxBatchRequeue", out.max_batch_requeue);
  reader.yes_no("JobRequeue", out.job_requeue);
  reader.yes_no("JobFileAppend", out.job_file_append);
  reader.yes_no("KillOnBadExit", out.kill_on_bad_exit);
  reader.number("ReturnToService", out.return_to_service);
  read_exit_codes(reader, "RequeueExit", out.requeue_exit);
  read_exit_codes(reader, "RequeueExitHold", out.requeue_exit_hold);
  reader.yes_no("TrackWCKey", out.track_wckey);
  reader.yes_no("AllowSpecResourcesUsage", out.allow_spec_resources_usage);
  if (out.first_job_id > out.max_job_id) reader.refuse("FirstJobId", "MaxJobId is smaller");
}

void read_priority(RecordReader& reader, PrioritySettings& out) {
  reader.text("PriorityType", out.type);
  reader.number("PriorityWeightAge", out.weight_age);
  reader.number("PriorityWeightAssoc", out.weight_assoc);
  reader.number("PriorityWeightFairShare", out.weight_fair_share);
  reader.number("PriorityWeightJobSize", out.weight_job_size);
  reader.number("PriorityWeightPartition", out.weight_partition);
  reader.number("PriorityWeightQOS", out.weight_qos);
  reader.text("PriorityWeightTRES", out.weight_tres);
  reader.seconds("PriorityDecayHalfLife", out.decay_half_life);
  reader.seconds("PriorityCalcPeriod", out.calc_period);
  reader.seconds("PriorityMaxAge", out.max_age);
  reader.upper_text("PriorityUsageResetPeriod", out.usage_reset_period);
  reader.yes_no("PriorityFavorSmall", out.favor_small);
  reader.list("PriorityFlags", out.flags);
  for (std::string& word : out.flags) word = upper(word);
  reader.number("FairShareDampeningFactor", out.fair_share_dampening_factor);
}

void read_launch(RecordReader& reader, LaunchSettings& out) {
  reader.text("TaskProlog", out.task_prolog);
  reader.text("TaskEpilog", out.task_epilog);
  reader.text("SrunProlog", out.srun_prolog);
  reader.text("SrunEpilog", out.srun_epilog);
  reader.list("LaunchParameters", out.launch_parameters);
  if (auto flags = parse_prolog_flags(reader.find("PrologFlags").value_or("")); flags)
    out.prolog_flags = *flags;
  else
    reader.refuse("PrologFlags", flags.error().message);
  if (auto states = parse_health_check_states(reader.find("HealthCheckNodeState").value_or("ANY")); states)
    out.health_check_states = *states;
  else
    reader.refuse("HealthCheckNodeState", states.error().message);
  reader.text("MpiDefault", out.mpi_default);
  reader.upper_text("PropagateResourceLimits", out.propagate_limits);
  reader.upper_text("PropagateResourceLimitsExcept", out.propagate_limits_except);
  if (!out.propagate_limits_except.empty()) out.propagate_limits.clear();
  reader.number("PropagatePrioProcess", out.propagate_prio_process);
  reader.number("TreeWidth", out.tree_width);
  reader.text("InteractiveStepOptions", out.interactive_step_options);
  reader.text("HealthCheckProgram", out.health_check_program);
  reader.text("ResvProlog", out.resv_prolog);
  reader.text("ResvEpilog", out.resv_epilog);
  reader.text("BcastParameters", out.bcast_parameters);
  reader.text("BcastExclude", out.bcast_exclude);
  std::string range;
  reader.text("SrunPortRange", range);
  auto ends = split_once(range, '-');
  Result<std::uint64_t> first = parse_natural(ends ? ends->first : "", {0, 65535});
  Result<std::uint64_t> last = parse_natural(ends ? ends->second : "", {0, 65535});
  if (!first || !last || *last < *first) return reader.refuse("SrunPortRange", "FIRST-LAST is wanted");
  out.srun_port_first = std::uint16_t(*first);
  out.srun_port_last = std::uint16_t(*last);
}

void read_power(RecordReader& reader, PowerSettings& out) {
  reader.text("SuspendProgram", out.suspend_program);
  reader.text("ResumeProgram", out.resume_program);
  reader.text("ResumeFailProgram", out.resume_fail_program);
  reader.number("SuspendRate", out.suspend_rate);
  reader.number("ResumeRate", out.resume_rate);
  reader.text("SuspendExcNodes", out.suspend_exc_nodes);
  reader.text("SuspendExcParts", out.suspend_exc_parts);
  reader.text("SuspendExcStates", out.suspend_exc_states);
}

void read_enforced(RecordReader& reader, std::vector<std::string>& out) {
  constexpr std::string_view known[] = {"associations", "limits", "nojobs", "nosteps", "qos",
                                        "safe",         "wckeys", "all",    "none"};
  reader.list("AccountingStorageEnforce", out);
  for (std::string& word : out) {
    word = lower(word);
    if (std::ranges::find(known, word) == std::end(known))
      return reader.refuse("AccountingStorageEnforce",
                           "associations, limits, nojobs, nosteps, qos, safe, wckeys and all are wanted");
  }
}

void read_plugins(RecordReader& reader, PluginSettings& out) {
  reader.text("ProctrackType", out.proctrack_type);
  reader.list("TaskPlugin", out.task_plugins);
  std::erase_if(out.task_plugins, [](const std::string& name) { return name == "task/none" || name == "none"; });
  reader.text("TaskPluginParam", out.task_plugin_param);
  reader.text("JobAcctGatherType", out.job_acct_gather_type);
  std::vector<std::string> frequencies;
  reader.list("JobAcctGatherFrequency", frequencies);
  for (std::string_view word : frequencies) {
    if (starts_with_ignoring_case(word, "task=")) word.remove_prefix(5);
    if (Result<std::uint64_t> number = parse_natural(word, {0, config_number_max}))
      out.job_acct_gather_interval = std::uint32_t(*number);
  }
  reader.text("AccountingStorageType", out.accounting_storage_type);
  reader.text("AccountingStorageHost", out.accounting_storage_host);
  reader.text("AccountingStorageBackupHost", out.accounting_storage_backup_host);
  reader.number("AccountingStoragePort", out.accounting_storage_port);
  reader.text("AccountingStoragePass", out.accounting_storage_pass);
  read_enforced(reader, out.accounting_storage_enforce);
  reader.list("AccountingStorageTRES", out.accounting_storage_tres);
  reader.list("AccountingStoreFlags", out.accounting_store_flags);
  for (std::string& word : out.accounting_store_flags) word = lower(word);
  reader.list("SlurmdParameters", out.slurmd_parameters);
  for (const std::string& word : out.slurmd_parameters)
    out.config_overrides |= equal_ignoring_case(word, "config_overrides");
  reader.list("SlurmctldParameters", out.slurmctld_parameters);
  reader.list("NodeFeaturesPlugins", out.node_features);
  reader.text("JobCompType", out.job_comp_type);
  reader.text("JobCompLoc", out.job_comp_location);
}

}  // namespace

Status read_settings(const KeyValues& values, const std::string& file, ClusterConfig& config) {
  RecordReader reader(file, values);
  read_identity(reader, config.identity);
  read_paths(reader, config.paths);
  read_timeouts(reader, config.timeouts);
  read_scheduling(reader, config.scheduling);
  read_jobs(reader, config.jobs);
  read_priority(reader, config.priority);
  read_launch(reader, config.launch);
  read_plugins(reader, config.plugins);
  read_power(reader, config.power);
  return reader.done();
}

Status add_repeated(std::string_view key, std::string_view value, ClusterConfig& config) {
  using List = std::vector<std::string>;
  constexpr std::pair<std::string_view, List LaunchSettings::*> lists[] = {
      {"Prolog", &LaunchSettings::prolog},
      {"Epilog", &LaunchSettings::epilog},
      {"PrologSlurmctld", &LaunchSettings::prolog_slurmctld},
      {"EpilogSlurmctld", &LaunchSettings::epilog_slurmctld}};
  if (key == "SlurmctldHost") {
    TRY_ASSIGN(ControllerHost host, controller_of(value));
    config.identity.controllers.push_back(std::move(host));
    return {};
  }
  for (const auto& [name, member] : lists) {
    if (name == key && !value.empty()) (config.launch.*member).emplace_back(value);
  }
  return {};
}

}  // namespace slurmxx
