// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/strigger/options.h"

#include <fmt/format.h>

#include "cli/option_handlers.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using O = StriggerOptions;
using Value = const OptionValue&;
using Event = TriggerEvent;

template <Event event>
Status on(O& o, Value) {
  o.events.push_back(event);
  return {};
}

template <std::optional<std::string> O::*member>
Status text_or_all(O& o, Value value) {
  o.*member = std::string(value.text);
  return {};
}

Status set_id(O& o, Value value) {
  TRY_ASSIGN(o.id, number_argument(value, 0));
  return {};
}

Status set_offset(O& o, Value value) {
  constexpr std::int64_t most = 32'000;
  const auto seconds = parse_integer(value.text, {-most, most});
  if (!seconds)
    return fail(fmt::format("Invalid offset: {}: give whole seconds from -{} to {}", value.text, most, most));
  o.offset = *seconds;
  return {};
}

Status set_flags(O& o, Value value) {
  if (!equal_ignoring_case(value.text, "PERM")) return fail(fmt::format("Invalid flags {}: PERM is known", value.text));
  o.flags = value.text;
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;
constexpr const char* what = "What to do";
constexpr const char* of_nodes = "Events of nodes";
constexpr const char* of_jobs = "Events of jobs";
constexpr const char* of_daemons = "Events of daemons";

constexpr Option<O> rows[] = {
    {0, "set", none, "", what, "set a trigger", set_flag<&O::set>},
    {0, "get", none, "", what, "show the triggers", set_flag<&O::get>},
    {0, "clear", none, "", what, "clear triggers: by --id, --jobid or --user", set_flag<&O::clear>},
    {'p', "program", required, "path", what, "the program to run, with its arguments", set_text<&O::program>},
    {'o', "offset", required, "seconds", what, "run it so long after the event, negative: before", set_offset},
    {0, "flags", required, "flag", what, "PERM: the trigger stays after the event", set_flags},
    {'i', "id", required, "id", what, "the trigger of this number", set_id},
    {0, "user", required, "name", what, "the triggers of this user", text_or_all<&O::user>},
    {'N', "noheader", none, "", what, "no headings", clear_flag<&O::header>},
    {'Q', "quiet", none, "", what, "no errors that are not fatal", set_flag<&O::quiet>},
    {'v', "verbose", none, "", what, "say what is done", count_up<&O::verbose>},
    {'M', "clusters", required, "names", what, "ask these clusters", set_text<&O::clusters>},

    {'n', "node", optional, "host", of_nodes, "these nodes; all if none is named", text_or_all<&O::node>},
    {'d', "down", none, "", of_nodes, "goes DOWN", on<Event::down>},
    {'u', "up", none, "", of_nodes, "comes back from DOWN", on<Event::up>},
    {'D', "drained", none, "", of_nodes, "is drained and free of jobs", on<Event::drained>},
    {0, "draining", none, "", of_nodes, "is drained and still has jobs", on<Event::draining>},
    {'F', "fail", none, "", of_nodes, "is set to FAIL", on<Event::fail>},
    {'I', "idle", none, "", of_nodes, "is idle for the offset", on<Event::idle>},
    {'R', "resume", none, "", of_nodes, "is switched on again", on<Event::resume>},
    {0, "block_err", none, "", of_nodes, "", on<Event::block_error>},

    {'j', "jobid", required, "id", of_jobs, "this job", text_or_all<&O::job>},
    {'f', "fini", none, "", of_jobs, "ends", on<Event::fini>},
    {'t', "time", none, "", of_jobs, "reaches its time limit", on<Event::time>},

    {'r', "reconfig", none, "", of_daemons, "slurm.conf was read again", on<Event::reconfig>},
    {0, "burst_buffer", none, "", of_daemons, "", on<Event::burst_buffer>},
    {'a', "primary_slurmctld_failure", none, "", of_daemons, "the primary slurmctld fails",
     on<Event::primary_slurmctld_failure>},
    {'A', "primary_slurmctld_resumed_operation", none, "", of_daemons, "it is back",
     on<Event::primary_slurmctld_resumed_operation>},
    {'b', "primary_slurmctld_resumed_control", none, "", of_daemons, "it leads again",
     on<Event::primary_slurmctld_resumed_control>},
    {'e', "primary_slurmctld_acct_buffer_full", none, "", of_daemons, "it can keep no more for slurmdbd",
     on<Event::primary_slurmctld_acct_buffer_full>},
    {'B', "backup_slurmctld_failure", none, "", of_daemons, "the backup slurmctld fails",
     on<Event::backup_slurmctld_failure>},
    {'c', "backup_slurmctld_resumed_operation", none, "", of_daemons, "it is back",
     on<Event::backup_slurmctld_resumed_operation>},
    {'C', "backup_slurmctld_assumed_control", none, "", of_daemons, "it leads",
     on<Event::backup_slurmctld_assumed_control>},
    {'g', "primary_slurmdbd_failure", none, "", of_daemons, "slurmdbd fails", on<Event::primary_slurmdbd_failure>},
    {'G', "primary_slurmdbd_resumed_operation", none, "", of_daemons, "it is back",
     on<Event::primary_slurmdbd_resumed_operation>},
    {'h', "primary_database_failure", none, "", of_daemons, "the database fails", on<Event::primary_database_failure>},
    {'H', "primary_database_resumed_operation", none, "", of_daemons, "it is back",
     on<Event::primary_database_resumed_operation>},
};

}  // namespace

const CommandInfo strigger_info{.name = "strigger", .summary = "run programs when something happens to jobs or nodes"};

OptionSet strigger_option_set(StriggerOptions& options) {
  OptionSet set(strigger_info);
  set.add(rows, options);
  return set;
}

Parsed read_strigger_options(const std::vector<std::string>& arguments, StriggerOptions& options) {
  return strigger_option_set(options).parse(arguments);
}

}  // namespace slurmxx
