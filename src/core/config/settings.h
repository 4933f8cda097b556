// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The global keys of slurm.conf that code acts on, typed and grouped by who acts on them. Keys that are only printed
// live in ClusterConfig::globals alone. settings.cpp fills these from the table in keys.h, which owns every default.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "core/config/launch_flags.h"
#include "core/config/power_settings.h"
#include "core/config/records.h"

namespace slurmxx {

// SlurmctldHost=name(address): the first is the primary, the others take over in order.
struct ControllerHost {
  std::string name;
  std::string address;  // the name when not given
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "address", self.address);
  }
  bool operator==(const ControllerHost&) const = default;
};

struct IdentitySettings {
  std::string cluster_name;
  std::vector<ControllerHost> controllers;  // never empty
  std::string slurmctld_address;            // SlurmctldAddr: where clients go instead; empty: the controllers
  std::uint16_t slurmctld_port = 6817;      // first of slurmctld_port_count
  std::uint16_t slurmctld_port_count = 1;
  std::uint16_t slurmd_port = 6818;
  std::string slurm_user;
  std::string slurmd_user;
  std::string auth_type;  // "auth/slurm", "auth/munge", ...
  std::string auth_info;
  std::string cred_type;
  std::vector<std::string> auth_alt_types;
  std::string auth_alt_parameters;
  std::vector<std::string> private_data;  // lower case; empty: none
  std::string tls_type;
  bool disable_root_jobs = false;
  std::string communication_parameters;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster_name", self.cluster_name);
    v(2, "controllers", self.controllers);
    v(3, "slurmctld_address", self.slurmctld_address);
    v(4, "slurmctld_port", self.slurmctld_port);
    v(5, "slurmctld_port_count", self.slurmctld_port_count);
    v(6, "slurmd_port", self.slurmd_port);
    v(7, "slurm_user", self.slurm_user);
    v(8, "slurmd_user", self.slurmd_user);
    v(9, "auth_type", self.auth_type);
    v(10, "auth_info", self.auth_info);
    v(11, "cred_type", self.cred_type);
    v(12, "auth_alt_types", self.auth_alt_types);
    v(13, "auth_alt_parameters", self.auth_alt_parameters);
    v(14, "private_data", self.private_data);
    v(15, "tls_type", self.tls_type);
    v(16, "disable_root_jobs", self.disable_root_jobs);
    v(17, "communication_parameters", self.communication_parameters);
  }
  bool operator==(const IdentitySettings&) const = default;
};

// Paths may hold %h (host name) and %n (node name): who opens the file expands them. Empty: not set.
struct PathSettings {
  std::string state_save_location;
  std::string slurmd_spool_dir;
  std::string slurmctld_log_file;
  std::string slurmd_log_file;
  std::string slurmctld_pid_file;
  std::string slurmd_pid_file;
  std::string slurmctld_debug;  // "info", "debug2", ...
  std::string slurmd_debug;
  std::string slurmctld_syslog_debug;
  std::string slurmd_syslog_debug;
  std::string log_time_format;
  std::string mail_program;
  std::string mail_domain;
  std::string tmp_fs;
  std::string reboot_program;
  std::string unkillable_step_program;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "state_save_location", self.state_save_location);
    v(2, "slurmd_spool_dir", self.slurmd_spool_dir);
    v(3, "slurmctld_log_file", self.slurmctld_log_file);
    v(4, "slurmd_log_file", self.slurmd_log_file);
    v(5, "slurmctld_pid_file", self.slurmctld_pid_file);
    v(6, "slurmd_pid_file", self.slurmd_pid_file);
    v(7, "slurmctld_debug", self.slurmctld_debug);
    v(8, "slurmd_debug", self.slurmd_debug);
    v(9, "slurmctld_syslog_debug", self.slurmctld_syslog_debug);
    v(10, "slurmd_syslog_debug", self.slurmd_syslog_debug);
    v(11, "log_time_format", self.log_time_format);
    v(12, "mail_program", self.mail_program);
    v(13, "mail_domain", self.mail_domain);
    v(14, "tmp_fs", self.tmp_fs);
    v(15, "reboot_program", self.reboot_program);
    v(16, "unkillable_step_program", self.unkillable_step_program);
  }
  bool operator==(const PathSettings&) const = default;
};

// 0 means "never" where slurm.conf(5) says so (slurmd_timeout, inactive_limit, complete_wait, wait_time).
struct TimeoutSettings {
  Seconds slurmd_timeout{300};
  Seconds slurmctld_timeout{120};
  Seconds message_timeout{10};
  Seconds tcp_timeout{2};
  Seconds kill_wait{30};
  Seconds min_job_age{300};
  Seconds inactive_limit{0};
  Seconds complete_wait{0};
  Seconds batch_start_timeout{10};
  Seconds unkillable_step_timeout{60};
  Limit<Seconds> prolog_timeout = Limit<Seconds>::none();  // of each program
  Limit<Seconds> epilog_timeout = Limit<Seconds>::none();
  Seconds resume_timeout{60};
  Seconds suspend_timeout{30};
  Limit<Seconds> suspend_time = Limit<Seconds>::none();
  Seconds health_check_interval{0};  // 0: never
  Seconds health_check_timeout{60};
  Seconds group_update_time{600};
  Limit<Minutes> over_time_limit = Limit<Minutes>::of(Minutes(0));
  Limit<Minutes> reservation_over_run = Limit<Minutes>::of(Minutes(0));
  Seconds wait_time{0};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "slurmd_timeout", self.slurmd_timeout);
    v(2, "slurmctld_timeout", self.slurmctld_timeout);
    v(3, "message_timeout", self.message_timeout);
    v(4, "tcp_timeout", self.tcp_timeout);
    v(5, "kill_wait", self.kill_wait);
    v(6, "min_job_age", self.min_job_age);
    v(7, "inactive_limit", self.inactive_limit);
    v(8, "complete_wait", self.complete_wait);
    v(9, "batch_start_timeout", self.batch_start_timeout);
    v(10, "unkillable_step_timeout", self.unkillable_step_timeout);
    v(11, "prolog_timeout", self.prolog_timeout);
    v(12, "resume_timeout", self.resume_timeout);
    v(13, "suspend_timeout", self.suspend_timeout);
    v(14, "suspend_time", self.suspend_time);
    v(15, "health_check_interval", self.health_check_interval);
    v(16, "group_update_time", self.group_update_time);
    v(17, "over_time_limit", self.over_time_limit);
    v(18, "reservation_over_run", self.reservation_over_run);
    v(19, "wait_time", self.wait_time);
    v(20, "epilog_timeout", self.epilog_timeout);
    v(21, "health_check_timeout", self.health_check_timeout);
  }
  bool operator==(const TimeoutSettings&) const = default;
};

enum class ConsumableUnit : std::uint8_t { cpu, core, socket, board };
enum class EnforcePartLimits : std::uint8_t { no, any, all };

struct SchedulingSettings {
  std::string scheduler_type;                     // "sched/backfill", "sched/builtin"
  std::vector<std::string> scheduler_parameters;  // options as written: "bf_interval=30"
  std::string select_type;
  std::string select_type_parameters;  // canonical: "CR_CORE_MEMORY"
  ConsumableUnit consumable = ConsumableUnit::core;
  bool memory_is_consumable = true;
  MemoryPolicy memory;
  EnforcePartLimits enforce_part_limits = EnforcePartLimits::no;
  std::string preempt_type;  // empty: none
  std::string preempt_mode;  // "OFF", "REQUEUE", "SUSPEND,GANG" ...
  std::string preempt_parameters;
  Limit<Seconds> preempt_exempt_time = Limit<Seconds>::of(Seconds(0));
  std::string topology_plugin;
  std::string topology_param;
  std::string licenses;  // as written: "matlab:10,ansys:4"
  std::vector<std::string> gres_types;
  std::string dependency_parameters;
  std::string job_defaults;
  std::vector<std::string> job_submit_plugins;
  Seconds time_slice{30};

  // SchedulerParameters has this word.
  bool says(std::string_view word) const {
    return std::find(scheduler_parameters.begin(), scheduler_parameters.end(), word) != scheduler_parameters.end();
  }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "scheduler_type", self.scheduler_type);
    v(2, "scheduler_parameters", self.scheduler_parameters);
    v(3, "select_type", self.select_type);
    v(4, "select_type_parameters", self.select_type_parameters);
    v(5, "consumable", self.consumable);
    v(6, "memory_is_consumable", self.memory_is_consumable);
    v(7, "memory", self.memory);
    v(8, "enforce_part_limits", self.enforce_part_limits);
    v(9, "preempt_type", self.preempt_type);
    v(10, "preempt_mode", self.preempt_mode);
    v(11, "preempt_parameters", self.preempt_parameters);
    v(12, "preempt_exempt_time", self.preempt_exempt_time);
    v(13, "topology_plugin", self.topology_plugin);
    v(14, "topology_param", self.topology_param);
    v(15, "licenses", self.licenses);
    v(16, "gres_types", self.gres_types);
    v(17, "dependency_parameters", self.dependency_parameters);
    v(18, "job_defaults", self.job_defaults);
    v(19, "job_submit_plugins", self.job_submit_plugins);
    v(20, "time_slice", self.time_slice);
  }
  bool operator==(const SchedulingSettings&) const = default;
};

struct JobSettings {
  std::uint32_t max_job_count = 10000;
  std::uint32_t max_array_size = 1001;  // largest task index + 1
  std::uint32_t first_job_id = 1;
  std::uint32_t max_job_id = 67043328;
  std::uint32_t max_step_count = 40000;
  std::uint32_t max_tasks_per_node = 512;
  std::uint32_t max_batch_requeue = 5;
  bool job_requeue = true;
  bool job_file_append = false;
  bool kill_on_bad_exit = false;
  std::uint32_t return_to_service = 0;
  std::vector<std::uint32_t> requeue_exit;       // exit codes that requeue the job, ascending
  std::vector<std::uint32_t> requeue_exit_hold;  // ... and hold it
  bool track_wckey = false;
  bool allow_spec_resources_usage = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "max_job_count", self.max_job_count);
    v(2, "max_array_size", self.max_array_size);
    v(3, "first_job_id", self.first_job_id);
    v(4, "max_job_id", self.max_job_id);
    v(5, "max_step_count", self.max_step_count);
    v(6, "max_tasks_per_node", self.max_tasks_per_node);
    v(7, "max_batch_requeue", self.max_batch_requeue);
    v(8, "job_requeue", self.job_requeue);
    v(9, "job_file_append", self.job_file_append);
    v(10, "kill_on_bad_exit", self.kill_on_bad_exit);
    v(11, "return_to_service", self.return_to_service);
    v(12, "requeue_exit", self.requeue_exit);
    v(13, "requeue_exit_hold", self.requeue_exit_hold);
    v(14, "track_wckey", self.track_wckey);
    v(15, "allow_spec_resources_usage", self.allow_spec_resources_usage);
  }
  bool operator==(const JobSettings&) const = default;
};

struct PrioritySettings {
  std::string type;  // "priority/multifactor", "priority/basic"
  std::uint32_t weight_age = 0;
  std::uint32_t weight_assoc = 0;
  std::uint32_t weight_fair_share = 0;
  std::uint32_t weight_job_size = 0;
  std::uint32_t weight_partition = 0;
  std::uint32_t weight_qos = 0;
  std::string weight_tres;
  Seconds decay_half_life{7 * 86400};
  Seconds calc_period{300};
  Seconds max_age{7 * 86400};
  std::string usage_reset_period;  // "NONE", "MONTHLY" ...
  bool favor_small = false;
  std::vector<std::string> flags;  // capitals
  std::uint32_t fair_share_dampening_factor = 1;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "type", self.type);
    v(2, "weight_age", self.weight_age);
    v(3, "weight_assoc", self.weight_assoc);
    v(4, "weight_fair_share", self.weight_fair_share);
    v(5, "weight_job_size", self.weight_job_size);
    v(6, "weight_partition", self.weight_partition);
    v(7, "weight_qos", self.weight_qos);
    v(8, "weight_tres", self.weight_tres);
    v(9, "decay_half_life", self.decay_half_life);
    v(10, "calc_period", self.calc_period);
    v(11, "max_age", self.max_age);
    v(12, "usage_reset_period", self.usage_reset_period);
    v(13, "favor_small", self.favor_small);
    v(14, "flags", self.flags);
    v(15, "fair_share_dampening_factor", self.fair_share_dampening_factor);
  }
  bool operator==(const PrioritySettings&) const = default;
};

struct LaunchSettings {
  std::vector<std::string> prolog;  // run in this order; empty: none
  std::vector<std::string> epilog;
  std::vector<std::string> prolog_slurmctld;
  std::vector<std::string> epilog_slurmctld;
  std::string resv_prolog;
  std::string resv_epilog;
  std::string task_prolog;
  std::string task_epilog;
  std::string srun_prolog;
  std::string srun_epilog;
  std::vector<std::string> launch_parameters;
  PrologFlags prolog_flags;
  HealthCheckStates health_check_states;
  std::string mpi_default;       // empty: none
  std::string propagate_limits;  // "ALL", "NONE" or a list of RLIMIT names without RLIMIT_
  std::string propagate_limits_except;
  std::uint32_t propagate_prio_process = 0;
  std::uint32_t tree_width = 16;
  std::string interactive_step_options;
  std::string health_check_program;
  std::string bcast_parameters;
  std::string bcast_exclude;          // folders, by commas; "none"
  std::uint16_t srun_port_first = 0;  // 0: any port
  std::uint16_t srun_port_last = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "prolog", self.prolog);
    v(2, "epilog", self.epilog);
    v(3, "prolog_slurmctld", self.prolog_slurmctld);
    v(4, "epilog_slurmctld", self.epilog_slurmctld);
    v(5, "task_prolog", self.task_prolog);
    v(6, "task_epilog", self.task_epilog);
    v(7, "srun_prolog", self.srun_prolog);
    v(8, "srun_epilog", self.srun_epilog);
    v(9, "launch_parameters", self.launch_parameters);
    v(10, "prolog_flags", self.prolog_flags);
    v(11, "mpi_default", self.mpi_default);
    v(12, "propagate_limits", self.propagate_limits);
    v(13, "propagate_limits_except", self.propagate_limits_except);
    v(14, "propagate_prio_process", self.propagate_prio_process);
    v(15, "tree_width", self.tree_width);
    v(16, "interactive_step_options", self.interactive_step_options);
    v(17, "health_check_program", self.health_check_program);
    v(18, "bcast_parameters", self.bcast_parameters);
    v(19, "srun_port_first", self.srun_port_first);
    v(20, "srun_port_last", self.srun_port_last);
    v(21, "health_check_states", self.health_check_states);
    v(22, "bcast_exclude", self.bcast_exclude);
    v(142, "resv_prolog", self.resv_prolog);
    v(143, "resv_epilog", self.resv_epilog);
  }
  bool operator==(const LaunchSettings&) const = default;
};

struct PluginSettings {
  std::string proctrack_type;
  std::vector<std::string> task_plugins;  // "task/cgroup", ...; empty: none
  std::string task_plugin_param;
  std::string job_acct_gather_type;             // empty: none
  std::uint32_t job_acct_gather_interval = 30;  // seconds between samples of tasks; 0: only at the end
  std::string accounting_storage_type;          // empty: none
  std::string accounting_storage_host;
  std::string accounting_storage_backup_host;
  std::uint16_t accounting_storage_port = 6819;
  std::string accounting_storage_pass;
  std::vector<std::string> accounting_storage_enforce;  // lower case, implied ones included
  std::vector<std::string> accounting_storage_tres;     // defaults first
  std::vector<std::string> accounting_store_flags;
  bool config_overrides = false;  // SlurmdParameters: the declared hardware counts, not the found one
  std::vector<std::string> slurmd_parameters;
  std::vector<std::string> slurmctld_parameters;
  std::string job_comp_type;
  std::string job_comp_location;
  std::vector<std::string> node_features;  // NodeFeaturesPlugins

  bool stores(std::string_view what) const {
    return std::find(accounting_store_flags.begin(), accounting_store_flags.end(), what) !=
           accounting_store_flags.end();
  }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "proctrack_type", self.proctrack_type);
    v(2, "task_plugins", self.task_plugins);
    v(3, "task_plugin_param", self.task_plugin_param);
    v(4, "job_acct_gather_type", self.job_acct_gather_type);
    v(5, "job_acct_gather_interval", self.job_acct_gather_interval);
    v(6, "accounting_storage_type", self.accounting_storage_type);
    v(7, "accounting_storage_host", self.accounting_storage_host);
    v(8, "accounting_storage_backup_host", self.accounting_storage_backup_host);
    v(9, "accounting_storage_port", self.accounting_storage_port);
    v(10, "accounting_storage_pass", self.accounting_storage_pass);
    v(11, "accounting_storage_enforce", self.accounting_storage_enforce);
    v(12, "accounting_storage_tres", self.accounting_storage_tres);
    v(13, "config_overrides", self.config_overrides);
    v(14, "slurmd_parameters", self.slurmd_parameters);
    v(15, "slurmctld_parameters", self.slurmctld_parameters);
    v(16, "job_comp_type", self.job_comp_type);
    v(17, "job_comp_location", self.job_comp_location);
    v(18, "accounting_store_flags", self.accounting_store_flags);
    v(60, "node_features", self.node_features);
  }
  bool operator==(const PluginSettings&) const = default;
};

}  // namespace slurmxx
