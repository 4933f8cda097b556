// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sbcast/options.h"

#include <fmt/format.h>

#include "cli/option_handlers.h"
#include "core/launch/bcast_parameters.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using O = SbcastOptions;
using Value = const OptionValue&;

// A value that means nothing is told and left out, as scripts of old expect.
Status send_libs(O& o, Value value) {
  const auto yes = value.present ? parse_yes_no(value.text) : std::optional<bool>(true);
  if (yes)
    o.send_libs = *yes;
  else
    o.warnings.push_back(fmt::format("Ignoring unrecognized --send-libs value '{}'", value.text));
  return {};
}

Status size(O& o, Value value) {
  o.block_bytes = parse_block_size(value.text);
  if (!o.block_bytes)
    o.warnings.push_back(fmt::format("--size={}: not a size such as 512k or 4m, ignored", value.text));
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;

constexpr Option<O> rows[] = {
    {'C', "compress", optional, "lib", "", "compress the file on its way: lz4 or none", set_text<&O::compress>},
    {0, "exclude", required, "path_list", "", "folders whose libraries are not sent", set_text<&O::exclude>},
    {'F', "fanout", required, "num", "", "nodes to which a node passes the file on", set_number<0, &O::fanout>},
    {0, "treewidth", required, "num", "", "", set_number<0, &O::fanout>},
    {'f', "force", none, "", "", "replace a file that is there", set_flag<&O::force>},
    {'j', "jobid", required, "#[.#]", "", "job, and perhaps step, whose nodes get the file", set_text<&O::jobid>},
    {'p', "preserve", none, "", "", "keep the times of the file", set_flag<&O::preserve>},
    {0, "send-libs", optional, "yes|no", "", "send the libraries that the program needs too", send_libs},
    {'s', "size", required, "num", "", "bytes of a block, with k or m for kilobytes or megabytes", size},
    {'t', "timeout", required, "secs", "", "how long a node may be silent", set_number<0, &O::timeout>},
    {'v', "verbose", none, "", "", "say what is done", count_up<&O::verbose>},
};

constexpr EnvironmentOption variables[] = {
    {"SBCAST_COMPRESS", "compress"}, {"SBCAST_EXCLUDE", "exclude"},   {"SBCAST_FANOUT", "fanout"},
    {"SBCAST_FORCE", "force"},       {"SBCAST_PRESERVE", "preserve"}, {"SBCAST_SEND_LIBS", "send-libs"},
    {"SBCAST_SIZE", "size"},         {"SBCAST_TIMEOUT", "timeout"},   {"SBCAST_TREEWIDTH", "treewidth"},
    {"SLURM_JOB_ID", "jobid"},
};

}  // namespace

const CommandInfo sbcast_info{.name = "sbcast",
                              .summary = "send a file to the nodes of a job",
                              .synopsis = "[OPTIONS...] SOURCE DEST",
                              .usage_tail = "SOURCE DEST"};

OptionSet sbcast_option_set(SbcastOptions& options) {
  OptionSet set(sbcast_info);
  set.add(rows, options);
  return set;
}

Parsed read_sbcast_options(const std::vector<std::string>& arguments, const Environment& environment,
                           SbcastOptions& options) {
  const OptionSet set = sbcast_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  Parsed parsed = set.parse(arguments);
  if (parsed.early) return parsed;
  if (parsed.operands.size() != 2) {
    parsed.early =
        EarlyExit{"",
                  fmt::format("Need two file names, have {} names\nTry \"sbcast --help\" for more information\n",
                              parsed.operands.size()),
                  1};
    return parsed;
  }
  options.source = parsed.operands[0];
  options.destination = parsed.operands[1];
  return parsed;
}

}  // namespace slurmxx
