// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/tres/gres_pools.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/model/gres_use.h"
#include "core/text/size_text.h"
#include "core/text/words.h"
#include "core/tres/gres.h"

namespace slurmxx {
namespace {

std::vector<NodeGres> declared_list(std::string_view text) {
  auto list = parse_node_gres(text);
  return list ? std::move(*list) : std::vector<NodeGres>();
}

struct FoundDevice {
  GresDevice device;
  std::string type;
};

// "-1,16,0,2" of a line with one device: how many links it has to each; nothing where it is no such list.
std::vector<std::int32_t> links_of(const GresFound& row) {
  if (row.files.size() != 1) return {};
  std::vector<std::int32_t> links;
  for (const std::string_view word : split_commas(row.links)) {
    const auto number = parse_integer(word, {-1, INT32_MAX});
    if (!number) return {};
    links.push_back(static_cast<std::int32_t>(*number));
  }
  return links;
}

// Of one name, in the order of their indexes.
std::vector<FoundDevice> devices_of(std::string_view name, std::span<const GresFound> found) {
  std::vector<FoundDevice> devices;
  for (const GresFound& row : found) {
    if (row.name != name) continue;
    for (std::size_t i = 0; i < row.files.size(); ++i)
      devices.push_back({{static_cast<std::uint32_t>(devices.size()), 1, row.cores, links_of(row)}, row.type});
  }
  return devices;
}

// A row without a type stands for any, and so does a declaration without one.
bool fits(std::string_view declared_type, std::string_view found_type) {
  return declared_type.empty() || found_type.empty() || declared_type == found_type;
}

std::uint64_t count_found(const NodeGres& declared, std::span<const GresFound> found) {
  std::uint64_t count = 0;
  for (const GresFound& row : found)
    if (row.name == declared.name && fits(declared.type, row.type)) count += row.count;
  return count;
}

// shard:8 on two gpus: four on each, the first ones take what is left over.
std::vector<GresDevice> shared_devices(std::uint64_t count, const std::vector<FoundDevice>& gpus) {
  std::vector<GresDevice> devices;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const std::uint64_t part = count / gpus.size() + (i < count % gpus.size() ? 1 : 0);
    if (part > 0) devices.push_back({gpus[i].device.index, part, gpus[i].device.cores});
  }
  return devices;
}

GresPool& pool_for(std::vector<GresPool>& pools, std::string_view name, std::string_view type) {
  for (GresPool& pool : pools)
    if (pool.name == name && pool.type == type) return pool;
  pools.push_back({std::string(name), std::string(type), 0, true, {}});
  return pools.back();
}

// The devices that the declaration covers; one without a type takes the types that were found.
void add_devices(std::vector<GresPool>& pools, const NodeGres& declared, const std::vector<FoundDevice>& devices,
                 std::set<std::uint32_t>& used) {
  std::uint64_t left = declared.count;
  for (const FoundDevice& one : devices) {
    if (left == 0) return;
    if (!fits(declared.type, one.type) || !used.insert(one.device.index).second) continue;
    GresPool& pool = pool_for(pools, declared.name, declared.type.empty() ? one.type : declared.type);
    pool.devices.push_back(one.device);
    ++pool.count;
    --left;
  }
}

std::string index_text(std::span<const std::uint32_t> indexes) {
  std::string text;
  for (std::size_t i = 0; i < indexes.size();) {
    std::size_t end = i + 1;
    while (end < indexes.size() && indexes[end] == indexes[end - 1] + 1) ++end;
    if (!text.empty()) text += ',';
    text += end - i == 1 ? fmt::to_string(indexes[i]) : fmt::format("{}-{}", indexes[i], indexes[end - 1]);
    i = end;
  }
  return text;
}

template <class Gres>
std::string name_text(const Gres& gres) {
  return gres.type.empty() ? gres.name : gres.name + ":" + gres.type;
}

void add_part(std::string& text, std::string_view part) {
  if (!text.empty()) text += ',';
  text += part;
}

std::string sockets_text(const GresPool& pool, const NodeShape& shape) {
  std::set<std::uint32_t> sockets;
  for (const GresDevice& device : pool.devices)
    device.cores.for_each([&](std::uint32_t core) {
      sockets.insert(core / std::max(1U, shape.cores_per_socket));
      return true;
    });
  if (sockets.empty()) return "";
  return fmt::format("(S:{})", index_text(std::vector(sockets.begin(), sockets.end())));
}

template <class Gres>
TresCounts count_all(std::span<const Gres> list) {
  TresCounts counts;
  for (const Gres& gres : list) {
    if (gres.count == 0) continue;
    counts.add("gres/" + gres.name, gres.count);
    if (!gres.type.empty()) counts.add(fmt::format("gres/{}:{}", gres.name, gres.type), gres.count);
  }
  return counts;
}

}  // namespace

std::vector<GresPool> gres_pools(std::string_view declared, std::span<const GresFound> found) {
  std::vector<GresPool> pools;
  std::map<std::string, std::set<std::uint32_t>> used;
  for (const NodeGres& one : declared_list(declared)) {
    const std::vector<FoundDevice> devices = devices_of(one.name, found);
    if (one.consumed && !devices.empty()) {
      add_devices(pools, one, devices, used[one.name]);
      continue;
    }
    GresPool& pool = pool_for(pools, one.name, one.type);
    pool.count = one.count;
    pool.consumed = one.consumed;
    if (pool.is_shared()) pool.devices = shared_devices(one.count, devices_of("gpu", found));
  }
  return pools;
}

std::string gres_lack(std::string_view declared, std::span<const GresFound> found) {
  for (const NodeGres& one : declared_list(declared)) {
    const std::uint64_t have = count_found(one, found);
    if (have < one.count)
      return fmt::format("gres/{} count reported lower than configured ({} < {})", one.name, have, one.count);
  }
  return "";
}

std::string gres_pools_text(const Node& node) {
  std::string text;
  for (const GresPool& pool : node.gres)
    add_part(text, fmt::format("{}:{}{}", name_text(pool), scaled_text(pool.count), sockets_text(pool, node.declared)));
  return text;
}

std::string gres_used_text(const Node& node) {
  std::string text;
  for (const GresPool& pool : node.gres) {
    const GresShare* used = find_share(node.use.gres, pool.name, pool.type);
    std::string where;
    if (!pool.devices.empty())
      where = fmt::format("(IDX:{})", used && !used->indexes.empty() ? index_text(used->indexes) : "N/A");
    add_part(text, fmt::format("{}:{}{}", name_text(pool), scaled_text(used ? used->count : 0), where));
  }
  return text;
}

std::string gres_shares_text(std::span<const GresShare> shares) {
  std::string text;
  for (const GresShare& share : shares)
    add_part(text, share.indexes.empty()
                       ? fmt::format("{}(CNT:{})", name_text(share), share.count)
                       : fmt::format("{}:{}(IDX:{})", name_text(share), share.count, index_text(share.indexes)));
  return text;
}

TresCounts gres_tres(std::span<const GresPool> pools) { return count_all(pools); }
TresCounts gres_tres(std::span<const GresShare> shares) { return count_all(shares); }

namespace {

// Counted where AccountingStorageTRES says so.
bool is_optional(std::string_view tres) { return tres.starts_with("gres/") || tres.starts_with("license/"); }

}  // namespace

TresCounts only_tracked(const TresCounts& counts, std::string_view tracked_names) {
  TresCounts tracked;
  const auto names = split_commas(tracked_names);
  for (const TresCount& one : counts.entries())
    if (!is_optional(one.name) || std::ranges::find(names, one.name) != names.end()) tracked.set(one.name, one.count);
  return tracked;
}

std::string tracked_gres(std::span<const std::string> accounting_storage_tres) {
  std::string names;
  for (const std::string& name : accounting_storage_tres)
    if (is_optional(name)) add_part(names, name);
  return names;
}

}  // namespace slurmxx
