// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One row a key. A row that has no reader is known and shown, and nothing here acts on it.
#include "core/config/dbd_config.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/config/private_data.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Reader = void (*)(RecordReader& reader, std::string_view key, DbdConfig& out);

struct DbdKey {
  std::string_view name;
  std::string_view initial;
  Reader read = nullptr;
};

template <auto Group, auto Field>
void text(RecordReader& reader, std::string_view key, DbdConfig& out) {
  reader.text(key, out.*Group.*Field);
}
template <auto Group, auto Field>
void yes_no(RecordReader& reader, std::string_view key, DbdConfig& out) {
  reader.yes_no(key, out.*Group.*Field);
}
template <auto Group, auto Field>
void port(RecordReader& reader, std::string_view key, DbdConfig& out) {
  reader.number(key, out.*Group.*Field, 1);
}
template <auto Group, auto Field>
void seconds(RecordReader& reader, std::string_view key, DbdConfig& out) {
  reader.seconds(key, out.*Group.*Field);
}
template <auto Group, auto Field>
void list(RecordReader& reader, std::string_view key, DbdConfig& out) {
  reader.list(key, out.*Group.*Field);
}

// Purge*After.
void span(RecordReader& reader, std::string_view key, DbdConfig& out) {
  const std::string_view value = reader.find(key).value_or("");
  if (value.empty() || equal_ignoring_case(value, "none")) return;
  const auto kept = parse_keep_span(value);
  if (!kept) return reader.refuse(key, "a number of months, or one with hours, days or months behind it, is wanted");
  for (const RecordKindNames& names : record_kind_names)
    if (names.purge == key) out.retention.rule(names.kind).kept = *kept;
}

// Archive*.
void archived(RecordReader& reader, std::string_view key, DbdConfig& out) {
  for (const RecordKindNames& names : record_kind_names)
    if (names.archive == key) reader.yes_no(key, out.retention.rule(names.kind).archived);
}

void purge_limit(RecordReader& reader, std::string_view key, DbdConfig& out) {
  reader.number(key, out.retention.purge_max, 1);
}

void private_data(RecordReader& reader, std::string_view key, DbdConfig& out) {
  read_private_data(reader, key, out.identity.private_data);
}

void query_range(RecordReader& reader, std::string_view key, DbdConfig& out);

constexpr auto identity = &DbdConfig::identity;
constexpr auto storage = &DbdConfig::storage;
constexpr auto logging = &DbdConfig::logging;
constexpr auto retention = &DbdConfig::retention;
constexpr auto behaviour = &DbdConfig::behaviour;

constexpr DbdKey keys[] = {
    {"AllowNoDefAcct", "No", yes_no<behaviour, &DbdBehaviour::allow_no_default_account>},
    {"AllResourcesAbsolute", "No", yes_no<behaviour, &DbdBehaviour::all_resources_absolute>},
    {"ArchiveDir", "/tmp", text<retention, &Retention::archive_dir>},
    {"ArchiveEvents", "No", archived},
    {"ArchiveJobs", "No", archived},
    {"ArchiveResvs", "No", archived},
    {"ArchiveScript", "", text<retention, &Retention::archive_script>},
    {"ArchiveSteps", "No", archived},
    {"ArchiveSuspend", "No", archived},
    {"ArchiveTXN", "No", archived},
    {"ArchiveUsage", "No", archived},
    {"AuthAltParameters", "", text<identity, &DbdIdentity::auth_alt_parameters>},
    {"AuthAltTypes", "", list<identity, &DbdIdentity::auth_alt_types>},
    {"AuthInfo", "", text<identity, &DbdIdentity::auth_info>},
    {"AuthType", "auth/munge", text<identity, &DbdIdentity::auth_type>},
    {"CommitDelay", "0", seconds<behaviour, &DbdBehaviour::commit_delay>},
    {"CommunicationParameters", ""},
    {"DbdAddr", "", text<identity, &DbdIdentity::dbd_address>},
    {"DbdBackupHost", "", text<identity, &DbdIdentity::backup_host>},
    {"DbdHost", "localhost", text<identity, &DbdIdentity::dbd_host>},
    {"DbdPort", "6819", port<identity, &DbdIdentity::port>},
    {"DebugFlags", ""},
    {"DebugLevel", "info", text<logging, &DbdLogging::debug_level>},
    {"DebugLevelSyslog", "", text<logging, &DbdLogging::debug_level_syslog>},
    {"DefaultQOS", "", text<behaviour, &DbdBehaviour::default_qos>},
    {"DisableArchiveCommands", "No", yes_no<behaviour, &DbdBehaviour::disable_archive_commands>},
    {"DisableCoordDBD", "No", yes_no<behaviour, &DbdBehaviour::disable_coordinators>},
    {"DisableRollups", "No", yes_no<behaviour, &DbdBehaviour::disable_rollups>},
    {"HashPlugin", "hash/k12"},
    {"HttpParserType", ""},
    {"LogFile", "", text<logging, &DbdLogging::log_file>},
    {"LogTimeFormat", "iso8601_ms", text<logging, &DbdLogging::log_time_format>},
    {"MaxPurgeLimit", "50000", purge_limit},
    {"MaxQueryTimeRange", "UNLIMITED", query_range},
    {"MessageTimeout", "10", seconds<identity, &DbdIdentity::message_timeout>},
    {"MetricsType", ""},
    {"Parameters", "", list<identity, &DbdIdentity::parameters>},
    {"PidFile", "/var/run/slurmdbd.pid", text<logging, &DbdLogging::pid_file>},
    {"PluginDir", "/usr/lib/slurm"},
    {"PrivateData", "none", private_data},
    {"PurgeEventAfter", "NONE", span},
    {"PurgeJobAfter", "NONE", span},
    {"PurgeResvAfter", "NONE", span},
    {"PurgeStepAfter", "NONE", span},
    {"PurgeSuspendAfter", "NONE", span},
    {"PurgeTXNAfter", "NONE", span},
    {"PurgeUsageAfter", "NONE", span},
    {"SlurmUser", "root", text<identity, &DbdIdentity::slurm_user>},
    {"StorageBackupHost", "", text<storage, &DbdStorage::backup_host>},
    {"StorageHost", "localhost", text<storage, &DbdStorage::host>},
    {"StorageLoc", "", text<storage, &DbdStorage::location>},
    {"StorageParameters", "", text<storage, &DbdStorage::parameters>},
    {"StoragePass", "", text<storage, &DbdStorage::password>},
    {"StoragePassScript", "", text<storage, &DbdStorage::password_script>},
    {"StoragePort", "3306", port<storage, &DbdStorage::port>},
    {"StorageType", "", text<storage, &DbdStorage::type>},
    {"StorageUser", "", text<storage, &DbdStorage::user>},
    {"TCPTimeout", "2"},
    {"TLSParameters", ""},
    {"TLSType", "tls/none"},
    {"TrackSlurmctldDown", "No", yes_no<behaviour, &DbdBehaviour::track_slurmctld_down>},
    {"TrackWCKey", "No", yes_no<behaviour, &DbdBehaviour::track_wckey>},
    {"UrlParserType", ""},
};

constexpr RetiredKey retired[] = {{"ArchiveAgent", ""},
                                  {"DefaultJobPriority", ""},
                                  {"JobPurge", "use PurgeJobAfter"},
                                  {"StepPurge", "use PurgeStepAfter"}};

void query_range(RecordReader& reader, std::string_view key, DbdConfig& out) {
  const std::string_view value = reader.find(key).value_or("");
  if (equal_ignoring_case(value, "UNLIMITED") || equal_ignoring_case(value, "INFINITE")) return;
  std::optional<TimeLimit> limit;
  reader.time_limit(key, limit);
  if (limit && !limit->unlimited) out.behaviour.max_query_range = to_seconds(limit->value);
}

void finish(DbdConfig& config) {
  if (config.identity.dbd_address.empty()) config.identity.dbd_address = config.identity.dbd_host;
  if (config.storage.user.empty()) config.storage.user = config.identity.slurm_user;
  if (config.storage.location.empty() && config.storage.type == "accounting_storage/mysql")
    config.storage.location = "slurm_acct_db";
}

}  // namespace

Result<DbdConfig> parse_dbd_config(const std::string& path, const FileReader& read,
                                   std::vector<std::string>& warnings) {
  TRY_ASSIGN(const ConfigText text, read_config_text(path, read));
  std::vector<std::string_view> names;
  KeyValues values;
  for (const DbdKey& key : keys) {
    names.push_back(key.name);
    values[lower(key.name)] = key.initial;
  }
  for (const Statement& statement : text.statements)
    TRY(add_settings(statement, {"slurmdbd.conf", names, retired}, values, warnings));
  DbdConfig config;
  RecordReader reader(path, values);
  for (const DbdKey& key : keys) {
    const std::string& value = values[lower(key.name)];
    if (key.read && !value.empty()) key.read(reader, key.name, config);
    if (key.name != "StoragePass") config.shown.emplace_back(key.name, value);
  }
  TRY(reader.done());
  finish(config);
  return config;
}

}  // namespace slurmxx
