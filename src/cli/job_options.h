// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sbatch, salloc and srun let a user ask for: one table of rows, limited to a command by scope bits, filling
// plain structs. Here is only what the client itself can judge (numbers, times, sizes, keywords); whether the cluster
// can satisfy it is the controller's to say. job_request.h turns this into the job specification that travels.
// Order of strength: command line over environment over #SBATCH lines; apply them in the opposite order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "cli/options.h"
#include "core/text/signal_text.h"
#include "core/text/size_text.h"
#include "core/text/time_zone.h"

namespace slurmxx {

enum JobCommand : unsigned { for_sbatch = 1, for_salloc = 2, for_srun = 4, for_all = 7 };

struct JobNaming {
  std::string job_name;
  std::string comment;
  std::string extra;
  std::string account;
  std::string qos;
  std::string partition;    // comma list
  std::string reservation;  // comma list
  std::string wckey;
  std::string mcs_label;
  std::string clusters;
  std::string cluster_constraint;
  std::string licenses;
  std::string dependency;
  std::string constraint;  // -C
  std::string prefer;
  std::string network;
  std::string container;
  std::string container_id;
  std::string uid;  // name or number
  std::string gid;
};

struct JobSize {
  std::optional<NodeCountRange> nodes;
  std::optional<std::int64_t> ntasks;
  std::optional<std::int64_t> cpus_per_task;
  std::optional<std::int64_t> ntasks_per_node;
  std::optional<std::int64_t> ntasks_per_socket;
  std::optional<std::int64_t> ntasks_per_core;
  std::optional<std::int64_t> ntasks_per_gpu;
  std::optional<std::int64_t> mincpus;
  std::optional<std::int64_t> sockets_per_node;
  std::string binding_unit;  // the last that -B counts: "sockets", "cores", "threads"; srun binds to it
  std::optional<std::int64_t> cores_per_socket;
  std::optional<std::int64_t> threads_per_core;
  std::optional<std::int64_t> core_spec;
  std::optional<std::int64_t> thread_spec;
  std::optional<MebiBytes> memory_per_node;  // 0: all of the node
  std::optional<MebiBytes> memory_per_cpu;
  std::optional<MebiBytes> memory_per_gpu;
  std::optional<MebiBytes> tmp_disk;
  bool overcommit = false;
};

enum class Exclusive : std::uint8_t { unset, node, user, mcs, topo };

struct JobPlace {
  std::string nodelist;      // -w
  std::string exclude;       // -x
  std::string nodefile;      // -F
  std::string batch;         // --batch
  std::string distribution;  // as given, checked
  std::optional<std::int64_t> switches;
  std::optional<Seconds> switches_wait;
  std::string hint;
  std::string mem_bind;
  std::string cpu_freq;
  std::optional<std::int64_t> segment;
  Exclusive exclusive = Exclusive::unset;
  bool oversubscribe = false;
  bool contiguous = false;
  bool spread_job = false;
  bool spread_segments = false;
  bool consolidate_segments = false;
  bool use_min_nodes = false;
  std::optional<std::int64_t> resv_ports;
};

struct JobGenericResources {
  std::string gres;
  std::string gres_flags;
  std::string gpus;
  std::string gpus_per_node;
  std::string gpus_per_socket;
  std::string gpus_per_task;
  std::optional<std::int64_t> cpus_per_gpu;
  std::string gpu_bind;
  std::string gpu_freq;
  std::string tres_bind;
  std::string tres_per_task;
  std::string bb;
  std::string bbf;
};

struct JobTiming {
  std::optional<TimeLimit> time;
  std::optional<TimeLimit> time_min;
  std::optional<Instant> begin;
  std::optional<Instant> deadline;
  std::optional<Minutes> delay_boot;
  std::optional<std::int64_t> priority;
  bool priority_top = false;  // --priority=TOP
  std::optional<std::int64_t> nice;
  std::optional<SignalRequest> signal;
  std::optional<std::int64_t> immediate;  // seconds to wait
  bool hold = false;
};

struct JobFiles {
  std::string output;
  std::string error;
  std::string input;
  std::string chdir;
  std::optional<bool> open_append;  // --open-mode
  std::optional<std::string> export_names;
  std::string export_file;
  std::optional<std::string> get_user_env;
  std::optional<std::string> propagate;
};

struct JobHandling {
  std::optional<bool> no_kill;  // -k, --no-kill=off
  std::optional<bool> requeue;
  bool requeue_expedite = false;
  std::optional<bool> kill_on_invalid_dependency;
  std::optional<bool> wait_all_nodes;
  std::optional<bool> oom_kill_step;
  bool reboot = false;
  bool test_only = false;
  bool stepmgr = false;
  std::vector<std::string> mail_types;  // upper case, checked
  std::string mail_user;
  std::optional<Seconds> sample_every;  // --acctg-freq, of tasks; 0: only at the end
  std::string profile;
  std::string x11;
  int verbose = 0;
  bool quiet = false;
};

struct JobOptions {
  // Relative times (now+1hour) count from here, wall-clock times are this zone's: set both before parsing.
  Instant now;
  const TimeZone* zone = &utc();
  JobNaming naming;
  JobSize size;
  JobPlace place;
  JobGenericResources resources;
  JobTiming timing;
  JobFiles files;
  JobHandling handling;
};

std::span<const Option<JobOptions>> job_option_rows();

// Two ways of saying one thing on one level (command line, environment, script) are a mistake; between levels the
// stronger replaces the weaker, which the handlers see to. Error: the line to print after "fatal: ".
Status check_level(const Parsed& level);

// PREFIX_REQ_SWITCH and PREFIX_WAIT4SWITCH joined to one value of --switches in the former.
Environment with_switch_wait(Environment environment, std::string_view prefix);

// SLURM_EXIT_ERROR, if set, is what sbatch, salloc and srun end with after an error.
void use_exit_variable(EarlyExit& early, const Environment& environment);
EarlyExit bad_identity(const CommandInfo& info, const Error& error);  // of --uid and --gid
EarlyExit fatal_exit(const CommandInfo& info, const Error& error);    // "sbatch: fatal: text", 1

}  // namespace slurmxx
