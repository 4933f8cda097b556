// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasks take CPUs (or whole cores) from the sockets in turn; a mask of cores, sockets or locality domains is that of
// the CPUs taken, widened to what the step has of the unit. When all are taken the next task begins anew.
#include "core/launch/task_binding.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/check.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Ids = std::vector<std::uint32_t>;

// CPUs of the step that tasks may use, by socket, in order.
class Room {
 public:
  Room(const NodeTopology& node, const Ids& cpus, std::uint32_t threads_used) : node_(node) {
    sockets_.resize(std::max(1U, node.sockets));
    for (const std::uint32_t cpu : cpus)
      if (cpu < node.cpus() && cpu % node.threads_per_core < threads_used) {
        sockets_[socket_of(cpu)].push_back(cpu);
        all_.push_back(cpu);
      }
  }

  const std::vector<Ids>& sockets() const { return sockets_; }
  const Ids& all() const { return all_; }
  std::uint32_t socket_of(std::uint32_t cpu) const { return core_of(cpu) / node_.cores_per_socket; }
  std::uint32_t core_of(std::uint32_t cpu) const { return cpu / node_.threads_per_core; }

  std::size_t cores() const {
    std::set<std::uint32_t> seen;
    for (const std::uint32_t cpu : all_) seen.insert(core_of(cpu));
    return seen.size();
  }
  std::size_t sockets_used() const {
    return static_cast<std::size_t>(
        std::count_if(sockets_.begin(), sockets_.end(), [](const Ids& own) { return !own.empty(); }));
  }

 private:
  const NodeTopology& node_;
  std::vector<Ids> sockets_;
  Ids all_;
};

// Gives CPUs out, task by task.
class Dealer {
 public:
  Dealer(const Room& room, SocketDeal deal, bool whole_cores) : room_(room), deal_(deal), whole_cores_(whole_cores) {
    begin_anew();
  }

  // `count` units (CPUs, or cores): from one socket if one has so many left, else from wherever there are some.
  CpuSet take(std::uint32_t count) {
    if (left() < count) begin_anew();
    CpuSet taken;
    const auto single = deal_ == SocketDeal::fcyclic ? std::nullopt : socket_with(count);
    for (std::uint32_t i = 0; i < count && left() > 0; ++i) {
      const std::size_t socket = single ? *single : *socket_with(1);
      for (const std::uint32_t cpu : free_[socket].front()) taken.add(cpu);
      free_[socket].erase(free_[socket].begin());
      if (!single) last_ = socket;
    }
    if (single) last_ = *single;
    return taken;
  }

 private:
  void begin_anew() {
    free_.assign(room_.sockets().size(), {});
    for (std::size_t socket = 0; socket < free_.size(); ++socket)
      for (const std::uint32_t cpu : room_.sockets()[socket]) {
        auto& units = free_[socket];
        const bool same = whole_cores_ && !units.empty() && room_.core_of(units.back().front()) == room_.core_of(cpu);
        if (same)
          units.back().push_back(cpu);
        else
          units.push_back({cpu});
      }
    last_ = (free_.size() - 1 + passes_++) % free_.size();  // as watched: each pass begins at the next socket
  }

  std::size_t left() const {
    std::size_t sum = 0;
    for (const auto& units : free_) sum += units.size();
    return sum;
  }

  // The next in turn; with block the first.
  std::optional<std::size_t> socket_with(std::uint32_t count) const {
    const std::size_t begin = deal_ == SocketDeal::block ? 0 : last_ + 1;
    for (std::size_t i = 0; i < free_.size(); ++i)
      if (const std::size_t socket = (begin + i) % free_.size(); free_[socket].size() >= count) return socket;
    return std::nullopt;
  }

  const Room& room_;
  SocketDeal deal_;
  bool whole_cores_;
  std::vector<std::vector<Ids>> free_;  // by socket: units of CPUs
  std::size_t last_ = 0;
  std::size_t passes_ = 0;
};

CpuSet in_system_ids(const NodeTopology& node, const CpuSet& counted) {
  if (node.system_ids.empty()) return counted;
  CpuSet set;
  for (const std::uint32_t cpu : counted.ids())
    if (cpu < node.system_ids.size()) set.add(node.system_ids[cpu]);
  return set;
}

// Nothing said: what fits the number of CPUs that tasks ask for. nullopt: nothing does.
std::optional<CpuBindKind> fitting_kind(const BindRequest& r, const Room& room, std::uint32_t tasks) {
  if (r.hint == "compute_bound" || r.hint == "memory_bound" || r.per_core) return CpuBindKind::cores;
  if (r.per_socket) return CpuBindKind::sockets;
  if (r.threads_per_core || !r.hint.empty()) return CpuBindKind::threads;
  const std::uint64_t wanted = std::uint64_t{tasks} * std::max(1U, r.cpus_per_task);
  if (wanted == room.all().size()) return CpuBindKind::threads;
  if (wanted == room.cores()) return CpuBindKind::cores;
  if (wanted == room.sockets_used()) return CpuBindKind::sockets;
  if (r.default_bind == "threads") return CpuBindKind::threads;
  if (r.default_bind == "cores") return CpuBindKind::cores;
  if (r.default_bind == "sockets") return CpuBindKind::sockets;
  return std::nullopt;
}

std::vector<CpuSet> deal_masks(CpuBindKind kind, const Room& room, const BindRequest& r, std::uint32_t tasks) {
  const SocketDeal deal =
      parse_distribution(r.distribution).ok() ? parse_distribution(r.distribution)->sockets : SocketDeal::cyclic;
  const bool cores = kind == CpuBindKind::cores;
  const auto per_core = static_cast<std::uint32_t>(room.all().size() / std::max<std::size_t>(1, room.cores()));
  const std::uint32_t cpus = std::max(1U, r.cpus_per_task);
  Dealer dealer(room, deal, cores);
  std::vector<CpuSet> masks;
  for (std::uint32_t task = 0; task < tasks; ++task) {
    CpuSet taken = dealer.take(cores ? (cpus - 1) / std::max(1U, per_core) + 1 : cpus);
    if (kind == CpuBindKind::sockets || kind == CpuBindKind::ldoms)
      for (const std::uint32_t cpu : taken.ids()) taken.add(CpuSet(room.sockets()[room.socket_of(cpu)]));
    masks.push_back(std::move(taken));
  }
  return masks;
}

std::string mask_list(const std::vector<CpuSet>& masks, std::uint32_t cpus) {
  std::string list;
  for (const CpuSet& mask : masks) {
    const std::string digits = upper(mask.hex());
    const std::size_t width = std::max<std::size_t>(1, (cpus + 3) / 4);
    list += fmt::format("{}0x{:0>{}}", list.empty() ? "" : ",", digits, width);
  }
  return list;
}

struct GivenKind {
  CpuBindKind kind;
  const char* name;  // in the environment and in errors
  const char* word;
};
constexpr GivenKind given_kinds[] = {
    {CpuBindKind::rank, "rank", "RANK"},           {CpuBindKind::map_cpu, "map_cpu", "MAP "},
    {CpuBindKind::mask_cpu, "mask_cpu", "MASK"},   {CpuBindKind::rank_ldom, "rank_ldom", "LDRANK"},
    {CpuBindKind::map_ldom, "map_ldom", "LDMAP "}, {CpuBindKind::mask_ldom, "mask_ldom", "LDMASK"},
};

CpuSet socket_mask(const NodeTopology& node, std::uint32_t socket) {
  const std::uint32_t size = node.cores_per_socket * node.threads_per_core;
  CpuSet set;
  for (std::uint32_t i = 0; i < size; ++i) set.add(socket % std::max(1U, node.sockets) * size + i);
  return in_system_ids(node, set);
}

CpuSet given_mask(const CpuBind& bind, const NodeTopology& node, std::uint32_t task) {
  const std::string element = bind.list.empty() ? "" : bind.list[task % bind.list.size()];
  const auto number = [&] { return static_cast<std::uint32_t>(std::stoul(element)); };
  CpuSet set;
  switch (bind.kind) {
    case CpuBindKind::rank:
      set.add(task % node.cpus());
      return set;
    case CpuBindKind::map_cpu:
      set.add(number());
      return set;
    case CpuBindKind::rank_ldom:
      return socket_mask(node, task);
    case CpuBindKind::map_ldom:
      return socket_mask(node, number());
    case CpuBindKind::mask_ldom:
      for (const std::uint32_t ldom : CpuSet::from_hex(element)->ids()) set.add(socket_mask(node, ldom));
      return set;
    default:
      return *CpuSet::from_hex(element);
  }
}

// rank, map_* and mask_*: said CPU by CPU.
Result<CpuBinding> bind_as_given(const CpuBind& bind, const NodeTopology& node, const CpuSet& allocated,
                                 std::uint32_t tasks) {
  const auto* row = std::find_if(std::begin(given_kinds), std::end(given_kinds),
                                 [&](const GivenKind& one) { return one.kind == bind.kind; });
  SLURMXX_CHECK(row != std::end(given_kinds));
  const bool by_cpu = bind.kind == CpuBindKind::map_cpu || bind.kind == CpuBindKind::mask_cpu;
  if (!by_cpu && allocated.count() < node.cpus())
    return fail(fmt::format("Entire node must be allocated for {}", row->name));
  CpuBinding out{row->word, row->name, join(bind.list, ","), bind.verbose, {}};
  if (!bind.list.empty()) out.type += ":";
  for (std::uint32_t task = 0; task < tasks; ++task) {
    out.masks.push_back(given_mask(bind, node, task));
    if (!out.masks.back().within(allocated))
      return fail(fmt::format("CPU binding outside of job step allocation, allocated CPUs are: {}.",
                              mask_list({allocated}, node.cpus())));
  }
  return out;
}

}  // namespace

Result<CpuBinding> bind_cpus(const BindRequest& request, const NodeTopology& node,
                             const std::vector<std::uint32_t>& cpus, std::uint32_t tasks) {
  TRY_ASSIGN(const CpuBind bind, parse_cpu_bind(request.cpu_bind));
  if (bind.kind == CpuBindKind::none) return CpuBinding{"NONE", "none", "", bind.verbose, {}};
  const bool dealt = bind.kind == CpuBindKind::automatic || bind.kind >= CpuBindKind::threads;
  const CpuSet allocated = in_system_ids(node, CpuSet(cpus));
  if (!dealt) return bind_as_given(bind, node, allocated, tasks);
  std::uint32_t threads = request.threads_per_core.value_or(node.threads_per_core);
  if (request.hint == "nomultithread") threads = 1;
  const Room room(node, cpus, std::clamp(threads, 1U, std::max(1U, node.threads_per_core)));
  CpuBinding out{"MASK", "mask_cpu:", "", bind.verbose, {}};
  if (room.all().empty()) return CpuBinding{"NONE", "none", "", bind.verbose, {}};
  const auto kind = bind.kind == CpuBindKind::automatic ? fitting_kind(request, room, tasks) : bind.kind;
  if (!kind) {
    out.masks.assign(tasks, in_system_ids(node, CpuSet(room.all())));
    out.list = mask_list({out.masks.begin(), out.masks.begin() + 1}, node.cpus());
    return out;
  }
  out.masks = deal_masks(*kind, room, request, tasks);
  for (CpuSet& mask : out.masks) mask = in_system_ids(node, mask);
  out.list = mask_list(out.masks, node.cpus());
  return out;
}

Result<MemBinding> bind_memory(const BindRequest& request, std::uint32_t memory_nodes, std::uint32_t tasks) {
  TRY_ASSIGN(const MemBind bind, parse_mem_bind(request.mem_bind));
  struct Row {
    const char* word;
    const char* type;
  };
  constexpr Row rows[] = {{"", ""},         {"NONE", "none"},    {"RANK", "rank"},
                          {"LOC", "local"}, {"MAP", "map_mem:"}, {"MASK", "mask_mem:"}};
  const Row& row = rows[static_cast<std::size_t>(bind.kind)];
  MemBinding out{bind, row.word, row.type, join(bind.list, ","), {}};
  const std::uint32_t nodes = std::max(1U, memory_nodes);
  for (std::uint32_t task = 0; task < tasks && bind.kind >= MemBindKind::rank; ++task) {
    CpuSet set;
    if (bind.kind == MemBindKind::rank) set.add(task % nodes);
    const std::string element = bind.list.empty() ? "" : bind.list[task % bind.list.size()];
    if (bind.kind == MemBindKind::map_mem) set.add(static_cast<std::uint32_t>(std::stoul(element)) % nodes);
    if (bind.kind == MemBindKind::mask_mem)
      for (const std::uint32_t node : CpuSet::from_hex(element)->ids()) set.add(node % nodes);
    out.nodes.push_back(std::move(set));  // local: empty, wherever the task runs
  }
  return out;
}

namespace {

std::string line(std::string_view head, const CpuSet* mask, const BoundTask& task) {
  std::string text = fmt::format("{} - {}, task {:2} {:2} [{}]: mask 0x{}", head, task.node, task.id, task.local,
                                 task.pid, mask ? mask->hex() : "0");
  if (mask) text += task.failed ? " set FAILED" : " set";
  return text;
}

}  // namespace

std::string bind_line(const CpuBinding& binding, const BoundTask& task) {
  const CpuSet* mask = task.local < binding.masks.size() ? &binding.masks[task.local] : nullptr;
  return line("cpu-bind=" + binding.word, mask, task);
}

std::string bind_line(const MemBinding& binding, const BoundTask& task) {
  const CpuSet* mask = task.local < binding.nodes.size() ? &binding.nodes[task.local] : nullptr;
  return line((binding.asked.prefer ? "mem-bind PREFER " : "mem-bind=") + binding.word, mask, task);
}

}  // namespace slurmxx
