// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Error codes: the numbers that Slurm's REST interface, exit codes and `scontrol errnumstr` show, so that programs
// which know them keep working. The texts are the table in errc.cpp.
#pragma once

#include <cstdint>
#include <string>

namespace slurmxx {

enum class Errc : std::uint16_t {
  ok = 0,
  error = 65535,  // the message says all
  unexpected_message = 1000,
  communication = 1001,
  interrupted = 1400,  // the person at the terminal, or a signal
  protocol_version = 1005,
  protocol_authentication = 1007,
  timeout = 5004,
  invalid_partition = 2000,
  default_partition_not_set = 2001,
  access_denied = 2002,
  partition_group_denied = 2003,
  requested_nodes_not_in_partition = 2004,
  too_many_requested_cpus = 2005,
  invalid_node_count = 2006,
  queue_full = 2007,
  job_missing_size = 2008,
  job_script_missing = 2009,
  user_id_missing = 2010,
  duplicate_job_id = 2011,
  pathname_too_long = 2012,
  not_top_priority = 2013,
  node_config_unavailable = 2014,
  partition_config_unavailable = 2015,
  nodes_busy = 2016,
  invalid_job_id = 2017,
  invalid_node_name = 2018,
  transition_state_no_update = 2020,
  already_done = 2021,
  bad_distribution = 2023,
  job_pending = 2024,
  bad_task_count = 2025,
  invalid_job_credential = 2026,
  in_standby_mode = 2027,
  invalid_node_state = 2028,
  invalid_feature = 2029,
  active_feature_not_subset = 2031,
  not_supported = 2036,
  disabled = 2037,
  dependency = 2038,
  batch_only = 2039,
  job_held = 2042,
  invalid_task_memory = 2044,
  invalid_account = 2045,
  invalid_licenses = 2048,
  need_restart = 2049,
  accounting_policy = 2050,
  invalid_time_limit = 2051,
  reservation_access = 2052,
  reservation_invalid = 2053,
  invalid_time_value = 2054,
  reservation_busy = 2055,
  reservation_not_usable = 2056,
  reservation_overlap = 2058,
  no_steps = 2062,
  invalid_qos = 2066,
  node_not_available = 2068,
  invalid_cpu_count = 2069,
  partition_not_available = 2070,
  invalid_gres = 2072,
  job_not_pending = 2073,
  partition_in_use = 2075,
  step_limit = 2076,
  job_suspended = 2077,
  cannot_start_immediately = 2078,
  invalid_array = 2081,
  reservation_name_dup = 2082,
  job_started = 2083,
  job_finished = 2084,
  job_not_running = 2085,
  job_not_pending_nor_running = 2086,
  job_not_suspended = 2087,
  job_not_finished = 2088,
  invalid_node_state_transition = 2130,
  invalid_time_min = 2131,
};

struct Error;
const char* text_of(Errc code);  // "Invalid job id specified"; "Unknown error" for a number we never use

}  // namespace slurmxx
