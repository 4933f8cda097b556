// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "base/errc.h"

#include <array>

#include "base/result.h"

namespace slurmxx {
namespace {

struct Row {
  Errc code;
  const char* text;
};

constexpr std::array rows{
    Row{Errc::ok, "No error"},
    Row{Errc::error, "Unspecified error"},
    Row{Errc::unexpected_message, "Unexpected message received"},
    Row{Errc::interrupted, "Interrupted"},
    Row{Errc::communication, "Communication connection failure"},
    Row{Errc::protocol_version, "Protocol version has changed, re-link your code"},
    Row{Errc::protocol_authentication, "Protocol authentication error"},
    Row{Errc::timeout, "Socket timed out on send/recv operation"},
    Row{Errc::invalid_partition, "Invalid partition name specified"},
    Row{Errc::default_partition_not_set, "No partition specified or system default partition"},
    Row{Errc::access_denied, "Access/permission denied"},
    Row{Errc::partition_group_denied, "User's group not permitted to use this partition"},
    Row{Errc::requested_nodes_not_in_partition, "Requested nodes not in this partition"},
    Row{Errc::too_many_requested_cpus, "More processors requested than permitted"},
    Row{Errc::invalid_node_count, "Node count specification invalid"},
    Row{Errc::queue_full, "Unable to create job record, try again"},
    Row{Errc::job_missing_size, "Job size specification needs to be provided"},
    Row{Errc::job_script_missing, "Job script not specified"},
    Row{Errc::user_id_missing, "Invalid user id"},
    Row{Errc::duplicate_job_id, "Duplicate job id"},
    Row{Errc::pathname_too_long, "Pathname of a file, directory or other parameter too long"},
    Row{Errc::not_top_priority, "Immediate execution impossible, insufficient priority"},
    Row{Errc::node_config_unavailable, "Requested node configuration is not available"},
    Row{Errc::partition_config_unavailable, "Requested partition configuration not available now"},
    Row{Errc::nodes_busy, "Requested nodes are busy"},
    Row{Errc::invalid_job_id, "Invalid job id specified"},
    Row{Errc::invalid_node_name, "Invalid node name specified"},
    Row{Errc::transition_state_no_update, "Job can not be altered now, try again later"},
    Row{Errc::already_done, "Job/step already completing or completed"},
    Row{Errc::bad_distribution, "Task distribution specification invalid"},
    Row{Errc::job_pending, "Job is pending execution"},
    Row{Errc::bad_task_count, "Task count specification invalid"},
    Row{Errc::invalid_job_credential, "Invalid job credential"},
    Row{Errc::in_standby_mode, "Slurm backup controller in standby mode"},
    Row{Errc::invalid_node_state, "Invalid node state specified"},
    Row{Errc::invalid_feature, "Invalid feature specification"},
    Row{Errc::active_feature_not_subset, "Active features not subset of available features"},
    Row{Errc::not_supported, "Requested operation not supported on this system"},
    Row{Errc::disabled, "Requested operation is presently disabled"},
    Row{Errc::dependency, "Job dependency problem"},
    Row{Errc::batch_only, "Only batch jobs are accepted or processed"},
    Row{Errc::job_held, "Job is in held state, pending scheduler release"},
    Row{Errc::invalid_task_memory, "Memory required by task is not available"},
    Row{Errc::invalid_account, "Invalid account or account/partition combination specified"},
    Row{Errc::invalid_licenses, "Invalid license specification"},
    Row{Errc::need_restart,
        "The node configuration changes that were made require restart of the slurmctld daemon to take effect"},
    Row{Errc::accounting_policy,
        "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"},
    Row{Errc::invalid_time_limit, "Requested time limit is invalid (missing or exceeds some limit)"},
    Row{Errc::reservation_access, "Access denied to requested reservation"},
    Row{Errc::reservation_invalid, "Requested reservation is invalid"},
    Row{Errc::invalid_time_value, "Invalid time specified"},
    Row{Errc::reservation_busy, "Requested reservation is in use"},
    Row{Errc::reservation_not_usable, "Requested reservation not usable now"},
    Row{Errc::reservation_overlap, "Requested reservation overlaps with another reservation"},
    Row{Errc::no_steps, "Job has no steps"},
    Row{Errc::invalid_qos, "Invalid qos specification"},
    Row{Errc::node_not_available, "Required node not available (down, drained or reserved)"},
    Row{Errc::invalid_cpu_count, "CPU count specification invalid"},
    Row{Errc::partition_not_available, "Required partition not available (inactive or drain)"},
    Row{Errc::invalid_gres, "Invalid generic resource (gres) specification"},
    Row{Errc::job_not_pending, "Job is no longer pending execution"},
    Row{Errc::partition_in_use, "Partition is in use"},
    Row{Errc::step_limit, "Job's step limit reached"},
    Row{Errc::job_suspended, "Job is current suspended"},
    Row{Errc::cannot_start_immediately, "Job can not start immediately"},
    Row{Errc::invalid_array, "Invalid job array specification"},
    Row{Errc::reservation_name_dup, "Duplicate reservation name"},
    Row{Errc::job_started, "Job has already started"},
    Row{Errc::job_finished, "Job has already finished"},
    Row{Errc::job_not_running, "Job is not running"},
    Row{Errc::job_not_pending_nor_running, "Job is not pending nor running"},
    Row{Errc::job_not_suspended, "Job is not suspended"},
    Row{Errc::job_not_finished, "Job is not finished"},
    Row{Errc::invalid_node_state_transition, "Invalid node state transition"},
    Row{Errc::invalid_time_min, "Invalid time-min specification (exceeds job's time or other limits)"},
};

}  // namespace

const char* text_of(Errc code) {
  for (const Row& row : rows)
    if (row.code == code) return row.text;
  return "Unknown error";
}

std::string text_of(const Error& error) { return error.message.empty() ? text_of(error.code) : error.message; }

}  // namespace slurmxx
