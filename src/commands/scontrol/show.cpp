// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The entities of `scontrol show`: a row each. Asks for the records, picks the named ones, prints them.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cli/job_data.h"
#include "cli/job_request.h"
#include "cli/node_data.h"
#include "cli/step_data.h"
#include "cli/task_text.h"
#include "cli/this_process.h"
#include "commands/scontrol/run.h"
#include "commands/scontrol/show_data.h"
#include "commands/scontrol/show_job.h"
#include "commands/scontrol/show_node.h"
#include "commands/scontrol/show_reservation.h"
#include "commands/scontrol/show_topology.h"
#include "core/config/print_config.h"
#include "core/hostlist/hostlist.h"
#include "core/model/job_name.h"
#include "core/text/instant_text.h"

namespace slurmxx {

namespace {

ShowStyle style_of(const ScontrolCall& call, Instant now) {
  return {.now = now,
          .zone = call.output.zone,
          .details = call.options.details,
          .one_line = call.options.oneliner,
          .wckeys = call.output.config && call.output.config->jobs.track_wckey,
          .task_text_max = task_text_room(call.output)};
}

std::string_view name_asked(const ScontrolCall& call) {
  return call.arguments.empty() ? std::string_view() : std::string_view(call.arguments[0]);
}

// "3", "3,5", "3+1", "3_1" or "3_[1-4]".
Result<JobsReply> jobs_named(const ScontrolCall& call, std::string_view text, bool with_steps) {
  std::vector<JobName> names;
  JobsRequest request{{}, with_steps};
  for (std::string_view one : split_job_names(text)) {
    TRY_ASSIGN(const JobName name, parse_job_name(one));
    names.push_back(name);
    request.ids.push_back(name.job);
  }
  TRY_ASSIGN(JobsReply reply, ask<JobsReply>(call.controller, request, call.output));
  const auto unwanted = [&](const JobView& view) {
    return std::ranges::none_of(names, [&](const JobName& one) { return one.means(view.job); });
  };
  if (!names.empty()) std::erase_if(reply.jobs, unwanted);
  for (JobView& view : reply.jobs) narrow_to(names, view.job);
  return reply;
}

int show_jobs(const ScontrolCall& call) {
  constexpr std::string_view kind = "slurm_load_jobs error: ";
  auto reply = jobs_named(call, name_asked(call), false);
  if (!reply) return call.refused(kind, reply.error());
  const bool data = call.wants_data();
  if (reply->jobs.empty() && !data) {
    if (!name_asked(call).empty()) return call.refused(kind, fail(Errc::invalid_job_id));
    if (!call.options.quiet) call.output.line("No jobs in the system");
    return 0;
  }
  if (data) {
    std::vector<const JobView*> views;
    for (const JobView& view : reply->jobs) views.push_back(&view);
    write_jobs(views, {reply->now, call.output.zone, false, call.output.meta.cluster}, call.format(), call.output);
    return 0;
  }
  for (const JobView& view : reply->jobs) call.output.print(show_job_text(view, style_of(call, reply->now)));
  return 0;
}

// "3" is every step of job 3, "3.0" or "3.batch" one.
int show_steps(const ScontrolCall& call) {
  constexpr std::string_view kind = "slurm_get_job_steps error: ";
  const std::string_view asked = name_asked(call);
  const std::size_t dot = asked.find('.');
  auto reply = jobs_named(call, asked.substr(0, dot), true);
  if (!reply) return call.refused(kind, reply.error());
  const RowContext context{reply->now, call.output.zone, false, call.output.meta.cluster};
  std::vector<StepRow> rows;
  for (const JobView& view : reply->jobs) {
    for (const Step& step : view.job.steps) {
      if (step.ended) continue;
      if (dot != std::string_view::npos && asked.substr(dot + 1) != to_string(step.id)) continue;
      rows.push_back({&view, &step, &context});
    }
  }
  if (call.wants_data()) {
    write_steps(rows, reply->now, call.format(), call.output);
    return rows.empty() && !asked.empty() ? 1 : 0;
  }
  for (const StepRow& row : rows) call.output.print(show_step_text(*row.view, *row.step, style_of(call, reply->now)));
  if (!rows.empty()) return 0;
  if (!asked.empty())
    call.output.line(fmt::format("Job step {} not found", asked));
  else if (!call.options.quiet)
    call.output.line("No job steps in the system");
  return asked.empty() ? 0 : 1;
}

int show_nodes(const ScontrolCall& call) {
  constexpr std::string_view kind = "slurm_load_node error: ";
  auto names = expand_hostlist(name_asked(call));
  if (!names) return call.refused(kind, names.error());
  auto reply = ask<NodesReply>(call.controller, NodesRequest{}, call.output);
  if (!reply) return call.refused(kind, reply.error());
  const bool data = call.wants_data();
  std::vector<const NodeView*> rows;
  auto print = [&](const NodeView& view) {
    if (data) return rows.push_back(&view);
    call.output.print(show_node_text(view, style_of(call, reply->now), call.output.user_name));
  };
  int exit_code = 0;
  for (const NodeView& view : reply->nodes) {  // what may come some day is shown where it is asked for
    const bool hidden = view.node.condition.base == NodeBase::future && !call.options.future;
    if (names->empty() && !hidden) print(view);
  }
  for (const std::string& name : *names) {
    const auto view = std::ranges::find_if(reply->nodes, [&](const NodeView& v) { return v.node.name == name; });
    if (view != reply->nodes.end()) {
      print(*view);
    } else {
      if (!data) call.output.line(fmt::format("Node {} not found", name));
      exit_code = 1;
    }
  }
  if (data)
    write_nodes(rows, {call.output.meta.cluster, call.output.user_name, reply->now}, call.format(), call.output);
  return exit_code;
}

int show_partitions(const ScontrolCall& call) {
  auto reply = ask<NodesReply>(call.controller, NodesRequest{}, call.output);
  if (!reply) return call.refused("slurm_load_partitions error: ", reply.error());
  const std::string_view asked = name_asked(call);
  bool any = false;
  std::vector<PartitionDataRow> rows;
  const bool data = call.wants_data();
  const bool with_hidden = call.options.all || (call.output.caller == root_uid && !call.options.hide);
  for (const PartitionView& view : reply->partitions) {
    if (!asked.empty() ? view.partition.name != asked : is_hidden(view.partition, call.output) && !with_hidden)
      continue;
    rows.push_back({&view, &reply->nodes, call.output.meta.cluster});
    if (!data) call.output.print(show_partition_text(view, reply->nodes, style_of(call, reply->now)));
    any = true;
  }
  if (data) write_partitions(rows, reply->now, call.format(), call.output);
  if (any || (data && asked.empty())) return 0;
  if (data) return 1;
  if (!asked.empty())
    call.output.line(fmt::format("Partition {} not found", asked));
  else if (!call.options.quiet)
    call.output.line("No partitions in the system");
  return asked.empty() ? 0 : 1;
}

int show_config(const ScontrolCall& call) {
  auto reply = ask<ConfigReply>(call.controller, ConfigRequest{}, call.output);
  if (!reply) return call.refused("slurm_load_ctl_conf error: ", reply.error());
  const TimeZone& zone = *call.output.zone;
  const ClusterConfig* own = call.output.config;
  reply->config.topology = {};  // which nobody but slurmctld reads
  const ConfigFacts facts{instant_text(reply->now, zone),
                          instant_text(reply->booted, zone),
                          own == nullptr || *own == reply->config ? "Match" : "Different from the file read here",
                          to_string(reply->next_job),
                          reply->conf_path,
                          reply->version,
                          reply->slurm_user,
                          reply->slurmd_user};
  const std::vector<std::string> lines = print_config(reply->config, facts);
  if (call.wants_data()) {
    write_config_data(lines, {call.format(), call.output, reply->now});
    return 0;
  }
  for (const std::string& line : lines) call.output.line(line);
  call.output.line("");
  return ping(call);
}

// Whether a name of slurm.conf is this host.
bool is_here(std::string_view name, const Output& output) {
  return name == "localhost" || name.substr(0, name.find('.')) == output.host_name;
}

// The daemons that slurm.conf puts on this host.
int show_daemons(const ScontrolCall& call) {
  if (!call.output.config) return call.refused("show daemons: ", fail("no slurm.conf is read here"));
  const ClusterConfig& config = *call.output.config;
  const bool controls = std::ranges::any_of(config.identity.controllers,
                                            [&](const ControllerHost& one) { return is_here(one.name, call.output); });
  const bool computes =
      std::ranges::any_of(config.nodes, [&](const NodeConfig& node) { return is_here(node.hostname, call.output); });
  std::vector<std::string> names;
  if (controls) names.emplace_back("slurmctld");
  if (computes) names.emplace_back("slurmd");
  call.output.line(join(names, " "));
  return 0;
}

// The nodes that slurm.conf puts on a host; without one, on this host.
int show_aliases(const ScontrolCall& call) {
  if (!call.output.config) return call.refused("show aliases: ", fail("no slurm.conf is read here"));
  const std::string_view asked = name_asked(call);
  std::vector<std::string> names;
  for (const NodeConfig& node : call.output.config->nodes)
    if (asked.empty() ? is_here(node.hostname, call.output) : node.hostname == asked) names.push_back(node.name);
  if (!names.empty()) call.output.line(join(names, " "));
  return 0;
}

// The argument, the file it names, or without one the nodes of the job around us.
Result<std::string> host_list_asked(const ScontrolCall& call) {
  if (call.arguments.empty()) {
    if (auto around = call.output.variable ? call.output.variable("SLURM_JOB_NODELIST") : std::nullopt) return *around;
    return fail(fmt::format("too few arguments for keyword:show: a host list is wanted, or SLURM_JOB_NODELIST set"));
  }
  const std::string& given = call.arguments[0];
  if (!given.starts_with('/')) return given;
  TRY_ASSIGN(const std::string content, read_whole_file(given));
  return nodes_of_file(content);
}

template <class Names>
int print_hosts(const ScontrolCall& call, Names&& names_to_text) {
  auto list = host_list_asked(call);
  if (!list) return call.refused("", list.error());
  auto names = expand_hostlist(*list);
  if (!names) return call.refused("", names.error());
  call.output.print(names_to_text(std::move(*names)));
  return 0;
}

int show_host_names(const ScontrolCall& call) {
  return print_hosts(call, [](HostNames names) {
    std::string text;
    for (const std::string& name : names) text += name + "\n";
    return text;
  });
}

int show_host_list(const ScontrolCall& call) {
  return print_hosts(call, [](HostNames names) { return fold_hosts(names) + "\n"; });
}

int show_host_list_sorted(const ScontrolCall& call) {
  return print_hosts(call, [](HostNames names) { return fold_hosts_sorted(std::move(names)) + "\n"; });
}

int show_reservations(const ScontrolCall& call) {
  auto reply = ask<ReservationsReply>(call.controller, ReservationsRequest{}, call.output);
  if (!reply) return call.refused("slurm_load_reservations error: ", reply.error());
  const std::string_view asked = name_asked(call);
  std::vector<const ReservationView*> rows;
  for (const ReservationView& view : reply->reservations)
    if (asked.empty() || view.reservation.name == asked) rows.push_back(&view);
  if (call.wants_data()) {
    write_reservations(rows, {call.format(), call.output, reply->now});
    return rows.empty() && !asked.empty() ? 1 : 0;
  }
  for (const ReservationView* row : rows) call.output.print(show_reservation_text(*row, style_of(call, reply->now)));
  if (!rows.empty()) return 0;
  if (!asked.empty())
    call.output.line(fmt::format("Reservation {} not found", asked));
  else if (!call.options.quiet)
    call.output.line("No reservations in the system");
  return asked.empty() ? 0 : 1;
}

std::string license_lines(const ScontrolCall& call, const LicenseRow& row) {
  const char* break_line = call.options.oneliner ? " " : "\n    ";
  std::string text = fmt::format("LicenseName={}{}Total={} Used={} Free={} Reserved={} Remote={}", row.name, break_line,
                                 row.total, row.used, row.free(), row.reserved, row.remote ? "yes" : "no");
  if (row.remote)
    text += fmt::format("{}LastConsumed={} LastDeficit={} LastUpdate={}", break_line, row.last_consumed,
                        row.last_deficit, instant_text(row.last_update, *call.output.zone));
  return text + "\n";
}

int show_licenses(const ScontrolCall& call) {
  auto reply = ask<LicensesReply>(call.controller, LicensesRequest{}, call.output);
  if (!reply) return call.refused("slurm_load_licenses error: ", reply.error());
  std::vector<LicenseRow>& rows = reply->licenses;
  if (!name_asked(call).empty()) std::erase_if(rows, [&](const LicenseRow& r) { return r.name != name_asked(call); });
  if (call.wants_data()) {
    write_licenses(rows, {call.format(), call.output, reply->now});
    return rows.empty() && !name_asked(call).empty() ? 1 : 0;
  }
  for (const LicenseRow& row : rows) call.output.print(license_lines(call, row));
  if (!rows.empty()) return 0;
  if (!name_asked(call).empty())
    call.output.line(fmt::format("License name {} not found", name_asked(call)));
  else if (!call.options.quiet)
    call.output.line("No licenses configured in Slurm.");
  return name_asked(call).empty() ? 0 : 1;
}

// Of burst buffers and federations there are none here: there is nothing to print.
int show_none(const ScontrolCall&) { return 0; }

struct EntityRow {
  std::string_view name;
  int (*function)(const ScontrolCall&);
  bool text_only = false;  // no --json
};

constexpr EntityRow entities[] = {
    {"jobs", show_jobs},
    {"jobid", show_jobs},
    {"nodes", show_nodes},
    {"nodename", show_nodes},
    {"partitions", show_partitions},
    {"partitionname", show_partitions},
    {"steps", show_steps},
    {"config", show_config},
    {"daemons", show_daemons, true},
    {"hostnames", show_host_names, true},
    {"hostlist", show_host_list, true},
    {"hostlistsorted", show_host_list_sorted, true},
    {"reservations", show_reservations},
    {"reservationname", show_reservations},
    {"licenses", show_licenses},
    {"topology", show_topology, true},
    {"topoconf", show_topoconf, true},
    {"assoc_mgr", show_associations, true},
    {"bbstat", show_none, true},
    {"burstbuffer", show_none, true},
    {"dwstat", show_none, true},
    {"federation", show_none, true},
    {"aliases", show_aliases, true},
    {"slurmd", show_slurmd, true},
};

// What was short for topology before there was topoconf still is.
const EntityRow* find_entity_row(std::string_view word) {
  if (const EntityRow* row = find_word(std::span(entities), word)) return row;
  constexpr std::string_view topology = "topology";
  const bool is_topology = !word.empty() && starts_with_ignoring_case(topology, word);
  return is_topology ? find_word(std::span(entities), topology) : nullptr;
}

}  // namespace

int show(const ScontrolCall& call) {
  const EntityRow* row = find_entity_row(call.arguments[0]);
  // KEY=VALUE is a way to write both words: show job=3.
  std::vector<std::string> words(call.arguments.begin(), call.arguments.end());
  if (auto pair = split_once(words[0], '='); !row && pair) {
    row = find_entity_row(pair->first);
    words = {std::string(pair->first), std::string(pair->second)};
  }
  if (!row) {
    call.output.error_line(fmt::format("invalid entity:{} for keyword:show", call.arguments[0]));
    return 1;
  }
  constexpr std::size_t topology_words = 4;  // topology NAME unit=... node=...
  const std::size_t most = row->function == show_associations ? words.size()
                           : row->function == show_topology   ? topology_words
                                                              : 2;
  if (words.size() > most) {
    call.output.error_line("too many arguments for keyword:show");
    return 1;
  }
  if (row->text_only && call.wants_data()) {
    call.output.error_line(fmt::format("scontrol: error: show {} has no --json or --yaml", row->name));
    return 1;
  }
  return row->function({call.options, std::span(words).subspan(1), call.controller, call.output, row->name});
}

}  // namespace slurmxx
