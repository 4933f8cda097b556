// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sinfo/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/node_data.h"
#include "cli/node_fields.h"
#include "core/hostlist/hostlist.h"
#include "core/model/node_state.h"
#include "core/text/instant_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

constexpr std::size_t name_columns_min = 9;

template <NodeState state>
bool is(const Node& node) {
  return node_state(node) == state;
}
template <PowerPhase phase>
bool is_in(const Node& node) {
  return node.power.phase == phase;
}
bool never(const Node&) { return false; }

struct StateWord {
  const char* name;
  const char* letters;
  bool (*matches)(const Node&);
};

constexpr StateWord state_words[] = {
    {"unknown", "unk", is<NodeState::unknown>},
    {"down", "down", [](const Node& n) { return n.condition.base == NodeBase::down; }},
    {"idle", "idle", is<NodeState::idle>},
    {"allocated", "alloc", is<NodeState::allocated>},
    {"mixed", "mix", is<NodeState::mixed>},
    {"future", "futr", is<NodeState::future>},
    {"drained", "drained", is<NodeState::drained>},
    {"draining", "drng", is<NodeState::draining>},
    {"blocked", "blocked", never},
    {"cloud", "cloud", [](const Node& n) { return n.power.cloud; }},
    {"completing", "comp", is_completing},
    {"drain", "drain", [](const Node& n) { return n.condition.drain; }},
    {"dynamic_future", "dynamic_future", [](const Node& n) { return n.dynamic_future; }},
    {"dynamic_norm", "dynamic_norm", [](const Node& n) { return !n.dynamic.empty(); }},
    {"external", "external", never},
    {"invalid_reg", "inval", is<NodeState::invalid>},
    {"fail", "fail", [](const Node& n) { return n.condition.fail; }},
    {"maintenance", "maint", [](const Node& n) { return n.condition.maint; }},
    {"power_down", "pow_dn", [](const Node& n) { return n.power.down_asked; }},
    {"power_up", "pow_up", is_in<PowerPhase::powering_up>},
    {"powered_down", "powered_down", is_in<PowerPhase::down>},
    {"reboot_requested", "boot^", [](const Node& n) { return n.reboot && !n.reboot->issued; }},
    {"reboot_issued", "boot", [](const Node& n) { return n.reboot && n.reboot->issued; }},
    {"reserved", "resv", [](const Node& n) { return n.condition.reserved; }},
    {"not_responding", "no_respond", [](const Node& n) { return n.condition.not_responding; }},
    {"planned", "plnd", never},
    {"powering_up", "powering_up", is_in<PowerPhase::powering_up>},
    {"powering_down", "powering_down", is_in<PowerPhase::powering_down>},
};

Error bad_state(std::string_view word) {
  std::string known;
  for (const StateWord& row : state_words) known += fmt::format("{}{}", known.empty() ? "" : ",", row.name);
  return fail(fmt::format("Bad state string: \"{}\"\nvalid states: {}", word, known));
}

struct NodeFilter {
  using States = std::vector<bool (*)(const Node&)>;  // a node has all of them
  std::vector<States> states;                         // of which one will do
  bool all_states = false;
  std::optional<std::set<std::string, std::less<>>> nodes, partitions;
  bool dead = false, responding = false, with_reason = false, with_hidden = false, with_future = false;
  const Output* output = nullptr;

  bool shows(const Partition& partition) const {
    return partitions ? partitions->contains(partition.name) : with_hidden || !is_hidden(partition, *output);
  }

  bool matches(const Node& node) const {
    if (nodes && !nodes->contains(node.name)) return false;
    if (node.condition.base == NodeBase::future && !with_future && states.empty()) return false;
    if (dead && !node.condition.not_responding) return false;
    if (responding && node.condition.not_responding) return false;
    if (with_reason && !node.condition.reason) return false;
    const auto is_so = [&](auto state) { return state(node); };
    return all_states ||
           std::ranges::any_of(states, [&](const States& all) { return std::ranges::all_of(all, is_so); });
  }
};

// "idle&drain"
Result<NodeFilter::States> states_of(std::string_view text) {
  NodeFilter::States all;
  for (const std::string_view word : split(text, '&')) {
    const auto* row = std::find_if(std::begin(state_words), std::end(state_words), [&](const StateWord& one) {
      return equal_ignoring_case(word, one.name) || equal_ignoring_case(word, one.letters);
    });
    if (row == std::end(state_words)) return bad_state(word);
    all.push_back(row->matches);
  }
  return all;
}

Result<NodeFilter> make_filter(const SinfoOptions& options) {
  NodeFilter filter;
  const std::string states = options.filter.states.value_or("all");
  for (std::string_view word : split_commas(states)) {
    if (equal_ignoring_case(word, "all")) {
      filter.all_states = true;
      continue;
    }
    TRY_ASSIGN(NodeFilter::States all, states_of(word));
    filter.states.push_back(std::move(all));
  }
  if (options.filter.nodes) {
    TRY_ASSIGN(const HostNames names, expand_hostlist(*options.filter.nodes));
    filter.nodes.emplace(names.begin(), names.end());
  }
  if (options.filter.partition) {
    filter.partitions.emplace();
    for (std::string_view name : split_commas(*options.filter.partition)) filter.partitions->emplace(name);
  }
  filter.dead = options.filter.dead;
  filter.with_future = options.filter.future;
  filter.responding = options.filter.responding;
  filter.with_reason = options.output.list_reasons;
  return filter;
}

struct DefaultTable {
  const char* format;
  const char* sort;
};

DefaultTable default_table(const SinfoOutput& wanted) {
  if (wanted.list_reasons) return {wanted.long_format ? "%20E %12U %19H %6t %N" : "%20E %9u %19H %N", "E"};
  if (wanted.summarize) return {"%#P %.5a %.10l %.16F %N", "#P"};
  if (wanted.by_node && !(wanted.format.empty() && wanted.format_names.empty())) return {"", "N,P"};
  if (wanted.by_node) {
    return {wanted.long_format ? "%#N %.6D %.#P %.11T %4c %.8z %.6m %.8d %.6w %.8f %20E" : "%#N %.6D %.#P %6t", "N,-P"};
  }
  if (wanted.long_format) return {"%#P %.5a %.10l %.10s %.4r %.8h %.10g %.6D %.11T %.11i %N", "#P,-t"};
  return {"%#P %.5a %.10l %.6D %.6t %N", "#P,-t"};
}

// Groups what may stand on one line: a key is the text of every field that keeps nodes apart.
class Groups {
 public:
  Groups(const SinfoOutput& wanted, const Format& format) : by_node_(wanted.by_node) {
    for (const Column& column : format.columns) {
      if (column.field == Column::no_field) continue;
      const Grouping grouping = grouping_of(column.field);
      if (grouping == Grouping::partition) has_partition_ = true;
      if (grouping == Grouping::partition || grouping == Grouping::node ||
          (grouping == Grouping::node_if_exact && wanted.exact))
        apart_.push_back(column.field);
    }
  }

  void add(NodeRow row) {
    std::string key;
    for (std::size_t field : apart_) key += node_fields()[field].text(row) + '\n';
    if (by_node_) key += fmt::format("{}\n{}", row.partition_rank, row.nodes.front()->node.name);
    const auto [place, is_new] = places_.try_emplace(key, rows_.size());
    if (is_new) {
      rows_.push_back(std::move(row));
      return;
    }
    auto& nodes = rows_[place->second].nodes;
    if (std::ranges::find(nodes, row.nodes.front()) == nodes.end()) nodes.push_back(row.nodes.front());
  }
  void add_empty(NodeRow row) {
    if (has_partition_ && !by_node_) rows_.push_back(std::move(row));
  }
  std::vector<NodeRow>& rows() { return rows_; }

 private:
  bool by_node_ = false;
  bool has_partition_ = false;
  std::vector<std::size_t> apart_;
  std::map<std::string, std::size_t> places_;
  std::vector<NodeRow> rows_;
};

void collect(const NodesReply& reply, const NodeFilter& filter, const NodeRowContext& context, Groups& groups) {
  std::map<NodeIndex, const NodeView*> by_index;
  for (const NodeView& node : reply.nodes) by_index[node.index] = &node;
  std::size_t rank = 0;
  for (const PartitionView& partition : reply.partitions) {
    ++rank;
    if (!filter.shows(partition.partition)) continue;
    bool found = false;
    for (NodeIndex index : partition.partition.nodes) {
      const auto node = by_index.find(index);
      if (node == by_index.end() || !filter.matches(node->second->node)) continue;
      found = true;
      groups.add({&partition, {node->second}, rank, &context});
    }
    if (!found && !filter.with_reason) groups.add_empty({&partition, {}, rank, &context});
  }
}

void error_lines(const Output& output, std::string_view text) {
  for (std::string_view line : split(text, '\n')) output.error_line(fmt::format("sinfo: error: {}", line));
}

FormatParse parse_format(const SinfoOutput& wanted, const std::vector<FieldName>& names, const Output& output) {
  const bool by_name = !wanted.format_names.empty();
  FormatParse parsed = by_name ? parse_names(names, wanted.format_names, "job")
                       : !wanted.format.empty()
                           ? parse_letters(names, wanted.format, "node")
                           : parse_letters(names, default_table(wanted).format, "node", AutomaticSize::allowed);
  for (const std::string& complaint : parsed.complaints)
    output.error_line(by_name ? "sinfo: error: " + complaint : complaint);
  return parsed;
}

Result<NodeFilter> check_and_filter(const SinfoOptions& options, const Output& output) {
  TRY(only_own_cluster(options.clusters, output));
  TRY_ASSIGN(NodeFilter filter, make_filter(options));
  filter.output = &output;
  filter.with_hidden = options.filter.all || (output.caller == root_uid && !options.filter.hide);
  return filter;
}

void print_groups(const SinfoOutput& wanted, const Format& format, std::span<const NodeRow> rows,
                  const Output& output) {
  std::string text;
  if ((wanted.long_format && wanted.header) || wanted.iterate) text += ctime_text(output.now, *output.zone) + "\n";
  if (wanted.header) text += heading_line(format, field_names(node_fields()));
  for (const NodeRow& row : rows) append_row<NodeRow>(format, node_fields(), row, text);
  output.print(text);
}

int print_reservations(const SinfoOutput& wanted, ControllerClient& controller, const Output& output) {
  auto reply = ask<ReservationsReply>(controller, ReservationsRequest{}, output);
  if (!reply) {
    output.error_line("slurm_load_reservations: " + text_of(reply.error()));
    return 1;
  }
  if (reply->reservations.empty()) {
    output.line("No reservations in the system");
    return 0;
  }
  std::size_t width = wanted.header ? std::string_view("RESV_NAME").size() : 0;
  for (const ReservationView& view : reply->reservations) width = std::max(width, view.reservation.name.size());
  if (wanted.header)
    output.line(fmt::format("{:<{}}  {:>8}  {:>19}  {:>19}  {:>11}  {}", "RESV_NAME", width, "STATE", "START_TIME",
                            "END_TIME", "DURATION", "NODELIST"));
  for (const ReservationView& view : reply->reservations) {
    const ReservationTimes& times = view.reservation.times;
    output.line(fmt::format("{:<{}}  {:>8}  {:>19}  {:>19}  {:>11}  {}", view.reservation.name, width,
                            view.active ? "ACTIVE" : "INACTIVE", instant_text(times.start, *output.zone),
                            instant_text(times.end, *output.zone), duration_long(times.end - times.start), view.nodes));
  }
  return 0;
}

}  // namespace

int run_sinfo(const SinfoOptions& options, ControllerClient& controller, const Output& output) {
  const SinfoOutput& wanted = options.output;
  auto filter = check_and_filter(options, output);
  if (!filter) {
    error_lines(output, text_of(filter.error()));
    return 1;
  }
  if (wanted.reservations && !wanted.json && !wanted.yaml) return print_reservations(wanted, controller, output);
  auto reply = ask<NodesReply>(controller, NodesRequest{true}, output);
  if (!reply) {
    output.error_line("slurm_load_partitions: " + text_of(reply.error()));
    return 1;
  }
  const std::vector<FieldName> names = field_names(node_fields());
  FormatParse parsed = parse_format(wanted, names, output);
  parsed.format.colour = output.colour;
  auto keys = parse_sort(names, wanted.sort.empty() ? default_table(wanted).sort : wanted.sort);
  if (!keys) {
    error_lines(output, text_of(keys.error()));
    return 1;
  }
  if (options.verbose > 0)
    output.error_line(
        fmt::format("sinfo: {} partitions and {} nodes received", reply->partitions.size(), reply->nodes.size()));
  const NodeRowContext context{output.zone, output.meta.cluster, [&](Uid uid) { return output.name_of(uid); }};
  Groups groups(wanted, parsed.format);
  collect(*reply, *filter, context, groups);
  sort_rows<NodeRow>(*keys, node_fields(), groups.rows());
  if (wanted.json || wanted.yaml) {
    write_groups(groups.rows(), reply->nodes, wanted.yaml ? DataFormat::yaml : DataFormat::json, output);
    return 0;
  }
  fit_columns<NodeRow>(parsed.format, node_fields(), groups.rows(), name_columns_min);
  if (!options.clusters.empty() && wanted.header) output.line("CLUSTER: " + output.meta.cluster);
  print_groups(wanted, parsed.format, groups.rows(), output);
  return 0;
}

}  // namespace slurmxx
