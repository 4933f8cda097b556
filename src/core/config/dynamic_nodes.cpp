// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/dynamic_nodes.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/nodes.h"
#include "core/config/partitions.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr const char* line_name = "node line";

Result<std::vector<Statement>> statements_of(std::string_view line) {
  const auto text_itself = [&](const std::string&) -> Result<std::string> { return std::string(line); };
  TRY_ASSIGN(ConfigText text, read_config_text(line_name, text_itself));
  if (text.statements.size() != 1) return fail("one line with NodeName=... is wanted");
  return std::move(text.statements);
}

bool tells_hardware(const Setting& setting) {
  constexpr std::string_view keys[] = {"CPUs",           "Procs",         "Boards", "Sockets", "SocketsPerBoard",
                                       "CoresPerSocket", "ThreadsPerCore"};
  return std::any_of(std::begin(keys), std::end(keys),
                     [&](std::string_view key) { return equal_ignoring_case(key, setting.key); });
}

}  // namespace

Result<std::vector<NodeConfig>> read_node_line(std::string_view line, std::uint16_t slurmd_port) {
  TRY_ASSIGN(const std::vector<Statement> statements, statements_of(line));
  NodeRecords records(slurmd_port);
  Warnings warnings;
  TRY(records.add_nodes(statements.front(), warnings));
  std::vector<NodeConfig> nodes = records.nodes();
  for (NodeConfig& node : nodes) node.dynamic = true;
  return nodes;
}

Result<NodeConfig> read_own_node(const std::string& name, const NodeHardware& found, std::string_view keys,
                                 std::uint16_t slurmd_port) {
  TRY_ASSIGN(const std::vector<Statement> said, statements_of(fmt::format("NodeName={} {}", name, keys)));
  const auto& settings = said.front().settings;
  std::string line = fmt::format("NodeName={} RealMemory={} ", name, found.real_memory.value);
  if (std::none_of(settings.begin(), settings.end(), tells_hardware))
    line += fmt::format("CPUs={} Boards={} SocketsPerBoard={} CoresPerSocket={} ThreadsPerCore={} ", found.cpus,
                        found.boards, std::max(1u, found.sockets / std::max(1u, found.boards)), found.cores_per_socket,
                        found.threads_per_core);
  line += keys;
  TRY_ASSIGN(std::vector<NodeConfig> nodes, read_node_line(line, slurmd_port));
  if (nodes.size() != 1 || nodes.front().name != name)
    return fail(fmt::format("{}: the name of one node is wanted", name));
  return std::move(nodes.front());
}

bool takes_in(const std::string& nodes_asked, const NodeConfig& node, const std::vector<NodeSetConfig>& sets) {
  const auto names = expand_hostlist(nodes_asked);
  if (!names) return false;
  return std::any_of(names->begin(), names->end(), [&](const std::string& name) {
    if (name == node.name || equal_ignoring_case(name, "ALL")) return true;
    return std::any_of(sets.begin(), sets.end(), [&](const NodeSetConfig& set) {
      return set.name == name && !set.feature.empty() &&
             std::find(node.features.begin(), node.features.end(), set.feature) != node.features.end();
    });
  });
}

Status set_partition_key(PartitionConfig& partition, const std::string& key, const std::string& value) {
  return read_partition_keys("partition " + partition.name, {{lower(key), value}}, partition);
}

}  // namespace slurmxx
