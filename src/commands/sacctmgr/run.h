// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr(1): a verb, an entity and words, asked of slurmdbd. What is added, changed or deleted is first shown, then
// asked about ("Would you like to commit changes?"), then done.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command_output.h"
#include "cli/dbd_client.h"
#include "cli/prompt_line.h"
#include "commands/sacctmgr/options.h"
#include "core/accounting/order.h"
#include "core/config/cluster_config.h"
#include "core/config/grammar.h"

namespace slurmxx {

// What slurmctld knows now.
struct LiveJobs {
  std::string cluster;
  std::vector<JobId> jobs;
};

struct SacctmgrWorld {
  DbdClient& dbd;
  Output& output;
  std::function<bool()> agrees;  // to the question that was just printed, within 30 seconds
  FileReader read_file;
  std::function<Status(const std::string& path, const std::string& text)> write_file;
  std::function<Result<LiveJobs>()> live_jobs;
  std::function<bool(const std::string& host)> pings;  // whether slurmdbd on that host answers
  const ClusterConfig* config = nullptr;               // slurm.conf
  std::string conf_path = {};
};

struct SacctmgrCall {
  SacctmgrOptions& options;
  SacctmgrWorld& world;
  std::vector<std::string> words;  // behind the verb
  Output& output() const { return world.output; }
  int refused(const Error& error) const;
};

int run_sacctmgr(SacctmgrOptions& options, const std::vector<std::string>& words, SacctmgrWorld& world);

// Lines of a person at a prompt; the exit code of the last that failed.
int run_sacctmgr_prompt(SacctmgrOptions options, SacctmgrWorld& world, const ReadLine& read_line);

int show_records(const SacctmgrCall& call);  // list, show
int show_runaway_jobs(const SacctmgrCall& call);
int dump_cluster(const SacctmgrCall& call);
int load_file(const SacctmgrCall& call);
int archive_records(const SacctmgrCall& call);
int clear_server(const SacctmgrCall& call);
int reconfigure_server(const SacctmgrCall& call);
int shut_down_server(const SacctmgrCall& call);
int ping_servers(const SacctmgrCall& call);
int show_statistics(const SacctmgrCall& call);
int show_configuration(const SacctmgrCall& call);
int carry_out(const SacctmgrCall& call, const BookOrder& order);

}  // namespace slurmxx
