// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/distribution.h"

#include <array>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

Status read_nodes(std::string_view word, Distribution& out) {
  if (auto plane = split_once(word, '=')) {
    const auto size = parse_natural(plane->second, {1, UINT32_MAX});
    if (!equal_ignoring_case(plane->first, "plane") || !size) return fail("Invalid plane size or size not specified");
    out.nodes = NodeDeal::plane;
    out.plane = static_cast<std::uint32_t>(*size);
    return {};
  }
  if (equal_ignoring_case(word, "plane")) return fail("Invalid plane size or size not specified");
  constexpr std::array<std::pair<std::string_view, NodeDeal>, 4> words{{{"*", NodeDeal::block},
                                                                        {"block", NodeDeal::block},
                                                                        {"cyclic", NodeDeal::cyclic},
                                                                        {"arbitrary", NodeDeal::arbitrary}}};
  for (const auto& [name, deal] : words) {
    if (!equal_ignoring_case(word, name)) continue;
    out.nodes = deal;
    return {};
  }
  return fail(fmt::format("{}: tasks are dealt to nodes block, cyclic, arbitrary or plane=size", word));
}

Status read_inner(std::string_view word, SocketDeal& out) {
  constexpr std::array<std::pair<std::string_view, SocketDeal>, 3> words{
      {{"block", SocketDeal::block}, {"cyclic", SocketDeal::cyclic}, {"fcyclic", SocketDeal::fcyclic}}};
  for (const auto& [name, deal] : words) {
    if (!equal_ignoring_case(word, name)) continue;
    out = deal;
    return {};
  }
  if (word == "*") return {};
  return fail(fmt::format("{}: sockets and cores are dealt block, cyclic or fcyclic", word));
}

bool read_packing(std::string_view word, Distribution& out) {
  const bool pack = equal_ignoring_case(word, "pack");
  if (!pack && !equal_ignoring_case(word, "nopack")) return false;
  out.pack = pack;
  return true;
}

}  // namespace

Result<Distribution> parse_distribution(std::string_view text) {
  Distribution out;
  if (text.empty()) return out;
  const auto parts = split(text, ',');
  if (parts.size() == 1 && read_packing(parts[0], out)) return out;
  if (parts.size() > 2 || (parts.size() == 2 && !read_packing(parts[1], out)))
    return fail(fmt::format("{}: only Pack or NoPack may follow the comma", text));
  const auto levels = split(parts[0], ':');
  if (levels.size() > 3) return fail(fmt::format("{}: there are three levels, nodes:sockets:cores", text));
  TRY(read_nodes(levels[0], out));
  if (levels.size() > 1) {
    TRY(read_inner(levels[1], out.sockets));
    out.sockets_given = levels[1] != "*";
  }
  out.cores = out.sockets;
  if (levels.size() > 2) TRY(read_inner(levels[2], out.cores));
  return out;
}

namespace {

const char* inner_name(SocketDeal deal) {
  return deal == SocketDeal::block ? "Block" : deal == SocketDeal::cyclic ? "Cyclic" : "FCyclic";
}

}  // namespace

std::string distribution_name(std::string_view text, std::size_t tasks, std::size_t nodes) {
  const auto parsed = parse_distribution(text);
  if (!parsed) return "";
  if (parsed->nodes == NodeDeal::plane) return "Plane";
  if (parsed->nodes == NodeDeal::arbitrary) return "arbitrary task distribution";
  const std::string_view packing = text.find(',') == std::string_view::npos ? "" : parsed->pack ? ",Pack" : ",NoPack";
  const std::string_view levels = text.substr(0, text.find(','));
  const bool cyclic = parsed->nodes == NodeDeal::cyclic || (text.empty() && tasks <= nodes);
  std::string name = cyclic ? "Cyclic" : "Block";
  const std::size_t given = split(levels, ':').size();
  if (given > 1) name = name.substr(0, 1) + inner_name(parsed->sockets);
  if (given > 2) name += inner_name(parsed->cores);
  return name.append(packing);
}

DistributionVariables distribution_variables(std::string_view text) {
  const auto parsed = parse_distribution(text);
  if (text.empty() || !parsed) return {};
  if (parsed->nodes != NodeDeal::plane) {
    std::string word = lower(text);
    if (word.starts_with('*')) word.replace(0, 1, "block");
    return {word, ""};
  }
  return {"plane", std::to_string(parsed->plane)};
}

}  // namespace slurmxx
