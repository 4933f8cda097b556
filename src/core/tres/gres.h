// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Generic resources as jobs ask for them (sbatch(1) --gres) and as nodes offer them (slurm.conf(5) Gres=):
//   request   [gres/]NAME[:TYPE][:COUNT]  or with =COUNT; COUNT is 1 unless given and takes K, M, G, T, P
//   offer     NAME[:TYPE][:no_consume]:COUNT[(S:SOCKETS)]
// Whether a name is configured at all is not decided here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/tres/tres.h"

namespace slurmxx {

struct GresRequest {
  std::string name;
  std::string type;  // empty: any
  std::uint64_t count = 1;
  std::uint32_t pieces = 1;  // of a shared resource: equal parts, each on a device of its own; 0: however it lies

  std::uint64_t piece() const { return count / std::max(1u, pieces); }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "type", self.type);
    v(3, "count", self.count);
  }
  bool operator==(const GresRequest&) const = default;
};

struct NodeGres {
  std::string name;
  std::string type;  // empty: untyped
  std::uint64_t count = 1;
  std::string sockets;  // "0-1"; empty: any
  bool consumed = true;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "type", self.type);
    v(3, "count", self.count);
    v(4, "sockets", self.sockets);
    v(5, "consumed", self.consumed);
  }
  bool operator==(const NodeGres&) const = default;
};

// A list with commas; "none" and "" are no request, and so is a count of 0. Errors are Errc::invalid_gres.
Result<std::vector<GresRequest>> parse_gres_request(std::string_view text);
Result<std::vector<NodeGres>> parse_node_gres(std::string_view text);

std::string gres_text(std::span<const GresRequest> requests);  // gres/gpu:a100:2,gres/nic:1  (squeue %b)
std::string node_gres_text(std::span<const NodeGres> offers);  // gpu:a100:2(S:0-1),nic:1  (scontrol show node)

// gres/gpu=2,gres/gpu:a100=2: a typed one counts under its name too.
TresCounts gres_tres(std::span<const GresRequest> requests);
TresCounts gres_tres(std::span<const NodeGres> offers);

}  // namespace slurmxx
