// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/nodes.h"

#include "core/config/job_defaults.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/hostlist/hostlist.h"
#include "core/text/words.h"
#include "core/tres/gres.h"

namespace slurmxx {
namespace {

constexpr std::string_view node_keys[] = {"NodeName",
                                          "NodeHostname",
                                          "NodeAddr",
                                          "BcastAddr",
                                          "Boards",
                                          "CoreSpecCount",
                                          "CoresPerSocket",
                                          "CpuBind",
                                          "CPUs",
                                          "CpuSpecList",
                                          "Feature",
                                          "Features",
                                          "Gres",
                                          "MemSpecLimit",
                                          "Port",
                                          "Procs",
                                          "RealMemory",
                                          "Reason",
                                          "RestrictedCoresPerGPU",
                                          "Sockets",
                                          "SocketsPerBoard",
                                          "State",
                                          "ThreadsPerCore",
                                          "TmpDisk",
                                          "Weight",
                                          "Topology",
                                          "Extra",
                                          "RestUrl"};
constexpr RetiredKey retired_node_keys[] = {{"FrontendName", ""}, {"Socket", "write Sockets"}};
constexpr std::string_view down_keys[] = {"DownNodes", "Reason", "State"};
constexpr std::string_view set_keys[] = {"NodeSet", "Feature", "Nodes"};

using StateWord = std::pair<std::string_view, NodeStartState>;
constexpr StateWord state_words[] = {{"UNKNOWN", NodeStartState::unknown}, {"DOWN", NodeStartState::down},
                                     {"DRAIN", NodeStartState::drain},     {"FAIL", NodeStartState::fail},
                                     {"FAILING", NodeStartState::failing}, {"FUTURE", NodeStartState::future},
                                     {"CLOUD", NodeStartState::cloud},     {"EXTERNAL", NodeStartState::external}};

// What the file says; 0: nothing.
struct ShapeText {
  std::uint32_t cpus = 0, boards = 0, sockets = 0, sockets_per_board = 0, cores = 0, threads = 0;
};

NodeHardware derive(const ShapeText& said, const std::string& place, Warnings& warnings) {
  NodeHardware shape;
  shape.boards = std::max(1u, said.boards);
  shape.cores_per_socket = std::max(1u, said.cores);
  shape.threads_per_core = std::max(1u, said.threads);
  std::uint32_t cpus_per_socket = shape.cores_per_socket * shape.threads_per_core;
  shape.sockets = said.sockets != 0 ? said.sockets : said.sockets_per_board * shape.boards;
  if (shape.sockets == 0) shape.sockets = std::max(shape.boards, said.cpus / cpus_per_socket);
  std::uint32_t all = shape.sockets * cpus_per_socket;
  shape.cpus = said.cpus != 0 ? said.cpus : all;
  bool fits = shape.cpus == all || shape.cpus == shape.sockets * shape.cores_per_socket || shape.cpus == shape.sockets;
  if (!fits) {
    warnings.push_back(
        fmt::format("{}: CPUs={} fits neither sockets, cores nor threads of {} sockets with {} cores and "
                    "{} threads each; CPUs={} is used",
                    place, shape.cpus, shape.sockets, shape.cores_per_socket, shape.threads_per_core, all));
    shape.cpus = all;
  }
  return shape;
}

Result<NodeConfig> read_node(const std::string& place, const KeyValues& values, Warnings& warnings) {
  constexpr std::uint64_t count_max = 65535;
  RecordReader reader(place, values);
  NodeConfig node;
  ShapeText said;
  reader.number("Procs", said.cpus, 1, count_max);
  reader.number("CPUs", said.cpus, 1, count_max);
  reader.number("Boards", said.boards, 1, count_max);
  reader.number("Sockets", said.sockets, 1, count_max);
  reader.number("SocketsPerBoard", said.sockets_per_board, 1, count_max);
  reader.number("CoresPerSocket", said.cores, 1, count_max);
  reader.number("ThreadsPerCore", said.threads, 1, count_max);
  TRY(reader.done());
  std::uint64_t product =
      std::uint64_t(std::max(1u, said.sockets)) * std::max(1u, said.cores) * std::max(1u, said.threads);
  if (product > count_max) return fail(fmt::format("{}: {} CPUs; {} is the most", place, product, count_max));
  node.hardware = derive(said, place, warnings);
  reader.memory("RealMemory", node.hardware.real_memory);
  reader.memory("TmpDisk", node.hardware.tmp_disk);
  reader.number("CoreSpecCount", node.specialization.core_spec_count, 0, count_max);
  reader.text("CpuSpecList", node.specialization.cpu_spec_list);
  reader.memory("MemSpecLimit", node.specialization.mem_spec_limit);
  reader.number("Weight", node.weight, 0, config_number_max);
  reader.list("Feature", node.features);
  reader.list("Features", node.features);
  reader.text("Gres", node.gres);
  reader.word("State", node.state, std::span<const StateWord>(state_words));
  reader.text("Reason", node.reason);
  read_cpu_bind(reader, node.cpu_bind);
  reader.text("Extra", node.extra);
  reader.text("Topology", node.topology);
  reader.text("RestUrl", node.rest_url);
  if (Result<std::vector<NodeGres>> gres = parse_node_gres(node.gres); !gres)
    reader.refuse("Gres", text_of(gres.error()));
  TRY(reader.done());
  return node;
}

// One value a node: as many as names, or one for all of them. `absent` stays empty.
Result<HostNames> parallel(const std::string& place, std::string_view key, const KeyValues& values, std::size_t names) {
  auto found = values.find(lower(key));
  if (found == values.end() || found->second.empty()) return HostNames();
  std::string text = found->second;
  if (key == "Port" && text.find_first_of("-,") != std::string::npos && !text.starts_with('[')) text = "[" + text + "]";
  Result<HostNames> list = expand_hostlist(text);
  if (!list) return fail(fmt::format("{}: {}={}: {}", place, key, text, text_of(list.error())));
  if (list->size() == 1) return HostNames(names, list->front());
  if (list->size() != names) {
    return fail(
        fmt::format("{}: {}={} stands for {} values, and there are {} nodes", place, key, text, list->size(), names));
  }
  return *list;
}

}  // namespace

Status NodeRecords::add_nodes(const Statement& statement, Warnings& warnings) {
  KeyValues values = defaults_;
  TRY(add_settings(statement, {"node", node_keys, retired_node_keys}, values, warnings));
  const std::string place = place_of(statement);
  if (equal_ignoring_case(values["nodename"], "DEFAULT")) {
    TRY_ASSIGN([[maybe_unused]] NodeConfig checked, read_node(place, values, warnings));
    values.erase("nodename");
    defaults_ = std::move(values);
    return {};
  }
  TRY_ASSIGN(NodeConfig shape, read_node(place, values, warnings));
  return add_named(place, shape, values);
}

Status NodeRecords::add_named(const std::string& place, const NodeConfig& shape, const KeyValues& values) {
  const std::string& text = values.at("nodename");
  Result<HostNames> names = expand_hostlist(text, config_nodes_max - nodes_.size());
  if (!names) return fail(fmt::format("{}: NodeName={}: {}", place, text, text_of(names.error())));
  if (names->empty()) return fail(place + ": NodeName is empty");
  TRY_ASSIGN(HostNames hosts, parallel(place, "NodeHostname", values, names->size()));
  TRY_ASSIGN(HostNames addresses, parallel(place, "NodeAddr", values, names->size()));
  TRY_ASSIGN(HostNames broadcast, parallel(place, "BcastAddr", values, names->size()));
  TRY_ASSIGN(HostNames ports, parallel(place, "Port", values, names->size()));
  for (std::size_t i = 0; i < names->size(); ++i) {
    NodeConfig node = shape;
    node.name = (*names)[i];
    node.hostname = hosts.empty() ? node.name : hosts[i];
    node.address = addresses.empty() ? node.hostname : addresses[i];
    if (!broadcast.empty()) node.bcast_address = broadcast[i];
    node.port = slurmd_port_;
    if (!ports.empty()) {
      Result<std::uint64_t> port = parse_natural(ports[i], {1, 65535});
      if (!port) return fail(fmt::format("{}: Port={}: a number from 1 to 65535 is wanted", place, ports[i]));
      node.port = std::uint16_t(*port);
    }
    NodeIndex index(std::uint32_t(nodes_.size()));
    if (!numbers_.emplace(node.name, index).second)
      return fail(fmt::format("{}: node {} is defined twice", place, node.name));
    nodes_.push_back(std::move(node));
  }
  return {};
}

Status NodeRecords::add_down_nodes(const Statement& statement, Warnings& warnings) {
  KeyValues values = down_defaults_;
  TRY(add_settings(statement, {"DownNodes", down_keys, {}}, values, warnings));
  const std::string place = place_of(statement);
  DownNodesConfig down;
  RecordReader reader(place, values);
  reader.word("State", down.state, std::span<const StateWord>(state_words));
  reader.text("Reason", down.reason);
  TRY(reader.done());
  std::string nodes = values["downnodes"];
  if (equal_ignoring_case(nodes, "DEFAULT")) {
    down_defaults_ = std::move(values);
    return {};
  }
  TRY_ASSIGN(down.nodes, resolve(nodes, place));
  down_.push_back(std::move(down));
  return {};
}

Status NodeRecords::add_node_set(const Statement& statement, Warnings& warnings) {
  KeyValues values;
  TRY(add_settings(statement, {"NodeSet", set_keys, {}}, values, warnings));
  NodeSetConfig node_set{values["nodeset"], {}, values["feature"]};
  std::set<NodeIndex> members;
  if (values.contains("nodes")) {
    TRY_ASSIGN(std::vector<NodeIndex> named, resolve(values["nodes"], place_of(statement)));
    members.insert(named.begin(), named.end());
  }
  for (std::uint32_t i = 0; !node_set.feature.empty() && i < nodes_.size(); ++i) {
    if (std::ranges::count(nodes_[i].features, node_set.feature) != 0) members.insert(NodeIndex(i));
  }
  node_set.nodes.assign(members.begin(), members.end());
  sets_.push_back(std::move(node_set));
  return {};
}

Result<std::vector<NodeIndex>> NodeRecords::resolve(std::string_view text, std::string_view place) const {
  std::set<NodeIndex> found;
  Result<HostNames> names = expand_hostlist(text);
  if (!names) return fail(fmt::format("{}: {}", place, text_of(names.error())));
  for (const std::string& name : *names) {
    auto same_name = [&](const NodeSetConfig& set) { return set.name == name; };
    if (auto number = numbers_.find(name); number != numbers_.end()) {
      found.insert(number->second);
    } else if (auto set = std::ranges::find_if(sets_, same_name); set != sets_.end()) {
      found.insert(set->nodes.begin(), set->nodes.end());
    } else if (equal_ignoring_case(name, "ALL")) {
      for (std::uint32_t i = 0; i < nodes_.size(); ++i) found.insert(NodeIndex(i));
    } else {
      return fail(Errc::invalid_node_name, fmt::format("{}: there is no node {}", place, name));
    }
  }
  return std::vector<NodeIndex>(found.begin(), found.end());
}

void NodeRecords::store(ClusterConfig& config) && {
  config.nodes = std::move(nodes_);
  config.node_sets = std::move(sets_);
  config.down_nodes = std::move(down_);
}

}  // namespace slurmxx
