// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/keys.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/config/launch_words.h"
#include "core/config/plugin_words.h"
#include "core/licenses/licenses.h"
#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"
#include "core/tres/tres_weights.h"

namespace slurmxx {
namespace {

using Normal = std::optional<std::string>;

bool means_none(std::string_view text) {
  return equal_ignoring_case(text, "INFINITE") || equal_ignoring_case(text, "UNLIMITED") || text == "-1";
}

Normal as_text(std::string_view text, const ConfigKey&) {
  return equal_ignoring_case(text, "(null)") ? std::string() : std::string(text);
}
Normal as_plugin(std::string_view text, const ConfigKey& key) {
  return is_no_plugin(text) ? Normal(std::string()) : known_words(key.name, text);
}
Normal as_word(std::string_view text, const ConfigKey& key) { return known_words(key.name, text); }
Normal as_words(std::string_view text, const ConfigKey& key) {
  return text.empty() || equal_ignoring_case(text, "(null)") ? Normal(std::string()) : known_words(key.name, text);
}
Normal as_weights(std::string_view text, const ConfigKey& key) {
  return parse_tres_weights(text) ? as_text(text, key) : Normal();
}
Normal as_licenses(std::string_view text, const ConfigKey& key) {
  const std::string words = as_text(text, key).value_or("");
  return parse_license_totals(words) ? Normal(words) : Normal();
}
Normal as_capitals(std::string_view text, const ConfigKey&) { return upper(text); }
Normal as_number(std::string_view text, const ConfigKey& key) {
  Result<std::uint64_t> number = parse_natural(text, {key.min, key.max});
  if (!number) return {};
  return std::to_string(*number);
}
Normal as_limit(std::string_view text, const ConfigKey& key) {
  return means_none(text) ? Normal("INFINITE") : as_number(text, key);
}
Normal as_duration(std::string_view text, const ConfigKey&) {
  Result<SecondsLimit> limit = parse_duration(text);
  if (!limit || limit->unlimited) return {};
  return std::to_string(limit->value.value);
}
Normal as_yes_no(std::string_view text, const ConfigKey&) {
  std::optional<bool> truth = parse_yes_no(text);
  if (!truth) return {};
  return *truth ? "yes" : "no";
}
Normal as_flag(std::string_view text, const ConfigKey&) {
  std::optional<bool> truth = parse_yes_no(text);
  if (!truth) return {};
  return *truth ? "1" : "0";
}
// Effective, so that all who read the value see what is implied. What is wrong is refused by who reads it, with a
// reason.
Normal as_prolog_flags(std::string_view text, const ConfigKey& key) {
  const auto flags = parse_prolog_flags(text);
  return flags ? prolog_flags_text(*flags) : as_text(text, key);
}
Normal as_memory(std::string_view text, const ConfigKey&) {
  if (means_none(text) || text == "0") return "";
  Result<MebiBytes> amount = parse_memory(text);
  if (!amount) return {};
  return std::to_string(amount->value);
}
Normal as_ports(std::string_view text, const ConfigKey&) {
  auto range = split_once(text, '-');
  Result<std::uint64_t> first = parse_natural(range ? range->first : text, {1, 65535});
  Result<std::uint64_t> last = parse_natural(range ? range->second : text, {1, 65535});
  if (!first || !last || *last < *first) return {};
  return std::string(text);
}

std::string show_text(std::string_view value) { return value.empty() ? "(null)" : std::string(value); }
std::string show_plain(std::string_view value) { return std::string(value); }
std::string show_param(std::string_view value) { return value.empty() ? "(null type)" : std::string(value); }
std::string show_unit(std::string_view value, std::string_view unit) {
  return value == "INFINITE" ? std::string(value) : std::string(value) + " " + std::string(unit);
}
std::string show_seconds(std::string_view value) { return show_unit(value, "sec"); }
std::string show_micro(std::string_view value) { return show_unit(value, "usec"); }
std::string show_minutes(std::string_view value) { return show_unit(value == "INFINITE" ? "UNLIMITED" : value, "min"); }
std::string show_rate(std::string_view value) { return show_unit(value, "nodes/min"); }
std::string show_percent(std::string_view value) { return show_unit(value, "percent"); }
std::string show_duration(std::string_view value) {
  Result<std::uint64_t> seconds = parse_natural(value);
  return seconds ? duration_long(Seconds(std::int64_t(*seconds))) : std::string(value);
}

constexpr KeyKind text{"a text", as_text, show_text};
constexpr KeyKind plugin{"a plugin", as_plugin, show_text};
constexpr KeyKind word{"", as_word, show_text};
constexpr KeyKind weights{"a list like CPU=1.0,Mem=0.25G", as_weights, show_text};
constexpr KeyKind licenses{"a list like matlab:10,ansys:4", as_licenses, show_text};
constexpr KeyKind plain{"a text", as_text, show_plain};
constexpr KeyKind words{"", as_words, show_text};
constexpr KeyKind task_param{"", as_words, show_param};
constexpr KeyKind capitals{"a text", as_capitals, show_text};
constexpr KeyKind number{"a whole number", as_number, show_plain};
constexpr KeyKind seconds{"a number of seconds", as_number, show_seconds};
constexpr KeyKind seconds_limit{"a number of seconds, or INFINITE", as_limit, show_seconds};
constexpr KeyKind microseconds{"a number of microseconds", as_number, show_micro};
constexpr KeyKind minutes{"a number of minutes, or UNLIMITED", as_limit, show_minutes};
constexpr KeyKind rate{"a number of nodes a minute", as_number, show_rate};
constexpr KeyKind percent{"a number", as_number, show_percent};
constexpr KeyKind duration{"a time like 30, 5:00 or 7-0", as_duration, show_duration};
constexpr KeyKind yes_no{"YES or NO", as_yes_no, show_plain};
constexpr KeyKind prolog_words{"a list of flags", as_prolog_flags, show_text};
constexpr KeyKind flag{"0 or 1", as_flag, show_plain};
constexpr KeyKind memory{"a number of megabytes", as_memory, show_plain};
constexpr KeyKind ports{"a port, or a range of ports", as_ports, show_plain};

constexpr ConfigKey keys[] = {
    {"AccountingStorageBackupHost", &text, ""},
    {"AccountingStorageEnforce", &text, ""},
    {"AccountingStorageHost", &text, "localhost"},
    {"AccountingStorageExternalHost", &text, ""},
    {"AccountingStorageParameters", &text, ""},
    {"AccountingStoragePass", &text, "", KeyRole::hidden},
    {"AccountingStoragePort", &number, "6819", KeyRole::shown, 65535},
    {"AccountingStorageTRES", &text, ""},
    {"AccountingStorageType", &plugin, ""},
    {"AccountingStoreFlags", &text, ""},
    {"AcctGatherEnergyType", &plugin, ""},
    {"AcctGatherFilesystemType", &plugin, ""},
    {"AcctGatherInterconnectType", &plugin, ""},
    {"AcctGatherNodeFreq", &seconds, "0"},
    {"AcctGatherProfileType", &plugin, ""},
    {"AllowSpecResourcesUsage", &yes_no, "no"},
    {"AuthAltTypes", &text, ""},
    {"AuthAltParameters", &text, ""},
    {"AuthInfo", &text, ""},
    {"AuthType", &text, "auth/munge"},
    {"BatchStartTimeout", &seconds, "10"},
    {"BcastExclude", &text, "/lib,/usr/lib,/lib64,/usr/lib64"},
    {"BcastParameters", &text, ""},
    {"BOOT_TIME", &text, "", KeyRole::fact},
    {"BurstBufferType", &plugin, ""},
    {"CertgenParameters", &text, ""},
    {"CertgenType", &text, ""},
    {"CertmgrParameters", &text, ""},
    {"CertmgrType", &text, ""},
    {"CliFilterParameters", &text, ""},
    {"CliFilterPlugins", &text, ""},
    {"ClusterName", &text, ""},
    {"CommunicationParameters", &words, ""},
    {"CompleteWait", &seconds, "0"},
    {"CpuFreqDef", &text, "Unknown"},
    {"CpuFreqGovernors", &text, "OnDemand,Performance,UserSpace"},
    {"CredType", &text, "cred/munge"},
    {"DataParserParameters", &text, ""},
    {"DebugFlags", &words, ""},
    {"DefMemPerCPU", &memory, "", KeyRole::when_set},
    {"DefMemPerNode", &memory, "", KeyRole::when_set},
    {"DefMemPerGPU", &memory, "", KeyRole::when_set},
    {"DefCpuPerGPU", &number, "", KeyRole::when_set},
    {"DefRuntimePlugin", &text, "runtime/oci"},
    {"DependencyParameters", &text, ""},
    {"DisableRootJobs", &yes_no, "no"},
    {"EioTimeout", &number, "60"},
    {"EnforcePartLimits", &text, "NO"},
    {"Epilog", &text, "", KeyRole::repeated},
    {"EpilogMsgTime", &microseconds, "2000"},
    {"EpilogSlurmctld", &text, "", KeyRole::repeated},
    {"EpilogTimeout", &seconds_limit, "", KeyRole::when_set},
    {"FairShareDampeningFactor", &number, "1"},
    {"FederationParameters", &text, ""},
    {"FirstJobId", &number, "1"},
    {"GresTypes", &text, ""},
    {"GpuFreqDef", &text, ""},
    {"GroupUpdateForce", &flag, "1"},
    {"GroupUpdateTime", &seconds, "600"},
    {"HASH_VAL", &text, "", KeyRole::fact},
    {"HashPlugin", &text, "hash/k12"},
    {"HealthCheckInterval", &seconds, "0"},
    {"HealthCheckNodeState", &text, "ANY"},
    {"HealthCheckProgram", &text, ""},
    {"HealthCheckTimeout", &seconds, "0"},
    {"HttpParserType", &text, ""},
    {"InactiveLimit", &seconds, "0"},
    {"InteractiveStepOptions", &text, "--interactive --preserve-env --pty $SHELL"},
    {"JobAcctGatherFrequency", &number, "30"},
    {"JobAcctGatherType", &plugin, ""},
    {"JobAcctGatherParams", &text, ""},
    {"JobCompHost", &text, "localhost"},
    {"JobCompLoc", &text, ""},
    {"JobCompParams", &text, ""},
    {"JobCompPassScript", &flag, "0", KeyRole::hidden},
    {"JobCompPass", &text, ""},
    {"JobCompPort", &number, "0", KeyRole::shown, 65535},
    {"JobCompType", &plugin, ""},
    {"JobCompUser", &text, "root"},
    {"JobDefaults", &text, ""},
    {"JobFileAppend", &flag, "0"},
    {"JobRequeue", &flag, "1"},
    {"JobSubmitPlugins", &text, ""},
    {"KillOnBadExit", &flag, "0"},
    {"KillWait", &seconds, "30"},
    {"LaunchParameters", &text, ""},
    {"LicenseParameters", &text, ""},
    {"Licenses", &licenses, ""},
    {"LogTimeFormat", &text, "iso8601_ms"},
    {"MailDomain", &text, ""},
    {"MailProg", &text, "/bin/mail"},
    {"MaxArraySize", &number, "1001", KeyRole::shown, 4000001},
    {"MaxBatchRequeue", &number, "5"},
    {"MaxDBDMsgs", &number, ""},
    {"MaxJobCount", &number, "10000", KeyRole::shown, config_number_max, 1},
    {"MaxJobId", &number, "67043328", KeyRole::shown, 67108863},
    {"MaxMemPerCPU", &memory, "", KeyRole::when_set},
    {"MaxMemPerNode", &memory, "", KeyRole::when_set},
    {"MaxNodeCount", &number, ""},
    {"MaxStepCount", &number, "40000"},
    {"MaxTasksPerNode", &number, "512", KeyRole::shown, 65533},
    {"MCSPlugin", &plugin, ""},
    {"MCSParameters", &text, ""},
    {"MessageTimeout", &seconds, "10", KeyRole::shown, config_number_max, 1},
    {"MetricsAuthUsers", &text, ""},
    {"MetricsParameters", &text, ""},
    {"MetricsType", &text, ""},
    {"MinJobAge", &seconds, "300"},
    {"MpiDefault", &plugin, ""},
    {"MpiParams", &text, ""},
    {"MULTIPLE_SLURMD", &text, "", KeyRole::fact},
    {"NamespaceType", &text, ""},
    {"NEXT_JOB_ID", &text, "", KeyRole::fact},
    {"NodeFeaturesPlugins", &text, ""},
    {"OverTimeLimit", &minutes, "0"},
    {"PluginDir", &text, "/usr/lib/slurm"},
    {"PlugStackConfig", &text, ""},
    {"PreemptMode", &word, "OFF"},
    {"PreemptParameters", &text, ""},
    {"PreemptType", &plugin, ""},
    {"PreemptExemptTime", &duration, "0"},
    {"PrEpParameters", &text, ""},
    {"PrEpPlugins", &text, "prep/script"},
    {"PriorityParameters", &text, ""},
    {"PrioritySiteFactorParameters", &text, ""},
    {"PrioritySiteFactorPlugin", &text, ""},
    {"PriorityDecayHalfLife", &duration, "604800"},
    {"PriorityCalcPeriod", &duration, "300"},
    {"PriorityFavorSmall", &yes_no, "no"},
    {"PriorityFlags", &plain, ""},
    {"PriorityMaxAge", &duration, "604800"},
    {"PriorityType", &word, "priority/multifactor"},
    {"PriorityUsageResetPeriod", &word, "NONE"},
    {"PriorityWeightAge", &number, "0"},
    {"PriorityWeightAssoc", &number, "0"},
    {"PriorityWeightFairShare", &number, "0"},
    {"PriorityWeightJobSize", &number, "0"},
    {"PriorityWeightPartition", &number, "0"},
    {"PriorityWeightQOS", &number, "0"},
    {"PriorityWeightTRES", &weights, ""},
    {"PrivateData", &text, "none"},
    {"ProctrackType", &word, "proctrack/cgroup"},
    {"Prolog", &text, "", KeyRole::repeated},
    {"PrologEpilogTimeout", &number, "65534"},
    {"PrologFlags", &prolog_words, ""},
    {"PrologSlurmctld", &text, "", KeyRole::repeated},
    {"PrologTimeout", &seconds_limit, "", KeyRole::when_set},
    {"PropagatePrioProcess", &number, "0"},
    {"PropagateResourceLimits", &word, "ALL"},
    {"PropagateResourceLimitsExcept", &text, ""},
    {"RebootProgram", &text, ""},
    {"ReconfigFlags", &text, ""},
    {"RequeueExit", &text, ""},
    {"RequeueExitHold", &text, ""},
    {"ResumeFailProgram", &text, ""},
    {"ResumeProgram", &text, ""},
    {"ResumeRate", &rate, "300"},
    {"ResumeTimeout", &seconds, "60"},
    {"ResvEpilog", &text, ""},
    {"ResvOverRun", &minutes, "0"},
    {"ResvProlog", &text, ""},
    {"ReturnToService", &number, "0", KeyRole::shown, 2},
    {"SchedulerParameters", &text, ""},
    {"SchedulerTimeSlice", &seconds, "30", KeyRole::shown, 65533, 5},
    {"SchedulerType", &word, "sched/backfill"},
    {"ScronParameters", &text, ""},
    {"SelectType", &word, "select/cons_tres"},
    {"SelectTypeParameters", &capitals, "CR_CORE_MEMORY"},
    {"SerializerParameters", &text, ""},
    {"SerializerPlugins", &text, ""},
    {"SlurmUser", &text, "root"},
    {"SlurmctldAddr", &text, ""},
    {"SlurmctldDebug", &text, "info"},
    {"SlurmctldHost", &text, "", KeyRole::repeated},
    {"SlurmctldHttpAuthParameters", &text, ""},
    {"SlurmctldLogFile", &text, ""},
    {"SlurmctldPort", &ports, "6817"},
    {"SlurmctldSyslogDebug", &text, ""},
    {"SlurmctldPrimaryOffProg", &text, ""},
    {"SlurmctldPrimaryOnProg", &text, ""},
    {"SlurmctldTimeout", &seconds, "120"},
    {"SlurmctldParameters", &words, ""},
    {"SlurmdDebug", &text, "info"},
    {"SlurmdHttpAuthParameters", &text, ""},
    {"SlurmdLogFile", &text, ""},
    {"SlurmdParameters", &text, ""},
    {"SlurmdPidFile", &text, "/var/run/slurmd.pid"},
    {"SlurmdPort", &number, "6818", KeyRole::shown, 65535},
    {"SlurmdSpoolDir", &text, "/var/spool/slurmd"},
    {"SlurmdSyslogDebug", &text, ""},
    {"SlurmdTimeout", &seconds, "300"},
    {"SlurmdUser", &text, "root"},
    {"SlurmrestdHttpAuthParameters", &text, ""},
    {"SlurmrestdParameters", &text, ""},
    {"SlurmSchedLogFile", &text, ""},
    {"SlurmSchedLogLevel", &number, "0"},
    {"SlurmstepdParameters", &text, ""},
    {"SlurmctldPidFile", &text, "/var/run/slurmctld.pid"},
    {"SLURM_CONF", &text, "", KeyRole::fact},
    {"SLURM_VERSION", &text, "", KeyRole::fact},
    {"SrunEpilog", &text, ""},
    {"SrunPortRange", &text, "0-0"},
    {"SrunProlog", &text, ""},
    {"StateSaveLocation", &text, "/var/spool"},
    {"SuspendExcNodes", &text, ""},
    {"SuspendExcParts", &text, ""},
    {"SuspendExcStates", &text, ""},
    {"SuspendProgram", &text, ""},
    {"SuspendRate", &rate, "60"},
    {"SuspendTime", &seconds_limit, "INFINITE"},
    {"SuspendTimeout", &seconds, "30"},
    {"SwitchParameters", &text, ""},
    {"SwitchType", &plugin, ""},
    {"TaskEpilog", &text, ""},
    {"TaskPlugin", &plugin, ""},
    {"TaskPluginParam", &task_param, ""},
    {"TaskProlog", &text, ""},
    {"TCPTimeout", &seconds, "2"},
    {"TLSParameters", &text, ""},
    {"TLSType", &text, "tls/none"},
    {"TmpFS", &text, "/tmp"},
    {"TopologyParam", &text, ""},
    {"TopologyPlugin", &word, "topology/default"},
    {"TrackWCKey", &yes_no, "no"},
    {"TreeWidth", &number, "16", KeyRole::shown, 65533},
    {"UsePam", &yes_no, "no"},
    {"UnkillableStepProgram", &text, ""},
    {"UnkillableStepTimeout", &seconds, "60"},
    {"UrlParserType", &text, ""},
    {"VSizeFactor", &percent, "0"},
    {"WaitTime", &seconds, "0"},
    {"X11Parameters", &text, ""},
};

}  // namespace

std::string wanted_of(const ConfigKey& key) {
  std::string wanted(key.kind->wanted);
  if (const std::string words = words_of(key.name); !words.empty()) wanted = words;
  if (key.min > 0) wanted += fmt::format(", from {}", key.min);
  if (key.max != config_number_max) wanted += fmt::format(" to {}", key.max);
  return wanted;
}

std::span<const ConfigKey> config_keys() { return keys; }

const ConfigKey* find_config_key(std::string_view name) {
  auto same = [&](const ConfigKey& key) { return key.role != KeyRole::fact && equal_ignoring_case(key.name, name); };
  const ConfigKey* found = std::ranges::find_if(keys, same);
  return found == std::end(keys) ? nullptr : found;
}

}  // namespace slurmxx
