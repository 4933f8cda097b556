// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/slurm_sim/options.h"

#include <fmt/format.h>

#include "cli/option_handlers.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using O = SimOptions;

template <auto list>
Status append(O& o, const OptionValue& value) {
  const std::size_t equals = value.text.find('=');
  if (equals == 0 || equals == std::string_view::npos)
    return fail(fmt::format("--{}={}: wants KEY=VALUE, as a line of slurm.conf", value.row.name, value.text));
  (o.*list).emplace_back(value.text);
  return {};
}

Status processors(O& o, const OptionValue& value) {
  TRY_ASSIGN(const std::int64_t count, number_argument(value, 1));
  if (count > UINT32_MAX) return value.invalid();
  o.processors = static_cast<std::uint32_t>(count);
  return {};
}

Status by_field(O& o, const OptionValue& value) {
  if (value.text != "queue" && value.text != "partition") return value.invalid();
  o.partitions.by = value.text == "queue" ? PartitionChoice::By::queue : PartitionChoice::By::partition;
  return {};
}

Status map_number(O& o, const OptionValue& value) {
  const auto sides = split_once(value.text, '=');
  const auto number = sides ? parse_natural(sides->first) : Result<std::uint64_t>(fail(""));
  if (!number || *number > UINT32_MAX || sides->second.empty())
    return fail(fmt::format("--{}={}: wants NUMBER=PARTITION", value.row.name, value.text));
  o.partitions.names[static_cast<std::uint32_t>(*number)] = sides->second;
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr const char* cluster = "Cluster";
constexpr const char* output = "Output";

constexpr Option<O> rows[] = {
    {'f', "conf", required, "slurm.conf", cluster,
     "the cluster; without it one node with all CPUs of the workload's machine", set_text<&O::conf>},
    {'s', "set", required, "KEY=VALUE", cluster,
     "a line of slurm.conf that counts more than the file's; may be repeated", append<&O::settings>},
    {'c', "compare", required, "slurm.conf", cluster, "play the workload on this cluster too and show the difference",
     set_text<&O::compare>},
    {0, "compare-set", required, "KEY=VALUE", cluster,
     "as --set, for the other cluster; alone it is the first one with this changed", append<&O::compare_settings>},
    {'p', "processors", required, "count", cluster,
     "CPUs of the workload's machine; jobs that ask for more are left out", processors},

    {0, "partition-by", required, "queue|partition", cluster,
     "which number of SWF says the partition of slurm.conf (queue)", by_field},
    {'m', "map", required, "NUMBER=PARTITION", cluster,
     "the partition for that number, before the name that the workload gives it; may be repeated", map_number},

    {'u', "users", required, "count", output, "so many users, those with most CPU time first (10)",
     set_number<0, &O::users>},
    {0, "svg", required, "file", output, "draw utilisation, queue and who ran where", set_text<&O::picture>},
    {0, "json", none, "", output, "print JSON", set_flag<&O::json>},
    {0, "yaml", none, "", output, "print YAML", set_flag<&O::yaml>},
    {'q', "quiet", none, "", output, "no progress", set_flag<&O::quiet>},
};

}  // namespace

const CommandInfo slurm_sim_info{.name = "slurm-sim",
                                 .summary = "play a workload on a cluster that is not there",
                                 .synopsis = "[OPTIONS...] WORKLOAD.swf|STATESAVELOCATION|-",
                                 .help_letter = 'h'};

OptionSet slurm_sim_option_set(SimOptions& options) {
  OptionSet set(slurm_sim_info);
  set.add(rows, options);
  return set;
}

Parsed read_slurm_sim_options(const std::vector<std::string>& arguments, SimOptions& options) {
  Parsed parsed = slurm_sim_option_set(options).parse(arguments);
  if (parsed.early) return parsed;
  if (parsed.operands.size() != 1)
    parsed.early = EarlyExit{"",
                             "slurm-sim: error: name one workload, a file in SWF, the StateSaveLocation of a slurmctld "
                             "or - for standard input\n",
                             1};
  else
    options.workload = parsed.operands.front();
  return parsed;
}

}  // namespace slurmxx
