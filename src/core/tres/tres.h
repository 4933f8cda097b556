// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// TRES: trackable resources, counted by name: cpu, mem (MiB), node, billing, gres/gpu, gres/gpu:a100, license/matlab
// ... A small sorted vector, in the order every command prints: cpu, mem, energy, node, billing, fs/disk, vmem, pages,
// then gres/, license/ and the rest by name. Never a map and never a negative count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

struct TresCount {
  std::string name;
  std::uint64_t count = 0;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "count", self.count);
  }
  bool operator==(const TresCount&) const = default;
};

class TresCounts {
 public:
  TresCounts() = default;
  TresCounts(std::initializer_list<TresCount> counts);  // repeated names add up

  const std::vector<TresCount>& entries() const { return entries_; }  // in print order, every name once
  bool empty() const { return entries_.empty(); }
  std::uint64_t operator[](std::string_view name) const;  // 0 for a name that is not there
  std::optional<std::uint64_t> find(std::string_view name) const;

  void set(std::string_view name, std::uint64_t count);  // keeps an entry of 0: a limit of none is a limit
  void erase(std::string_view name);
  void add(std::string_view name, std::uint64_t count);
  void add(const TresCounts& other);

  // CHECKs that no count becomes negative. An entry that reaches 0 goes.
  void subtract(const TresCounts& other);

  TresCounts times(std::uint64_t factor) const;

  // The first name whose count here is above its count in `limits`; names without a limit may be any number.
  std::optional<std::string_view> first_above(const TresCounts& limits) const;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "entries", self.entries_);
  }
  bool operator==(const TresCounts&) const = default;

 private:
  std::vector<TresCount> entries_;
};

// cpu, mem, energy, node, billing, vmem, pages, or KIND/NAME with KIND fs, bb, gres, license, ic or interconnect.
Status check_tres_name(std::string_view name);

// Order of print; names that differ are never equal.
bool tres_before(std::string_view a, std::string_view b);

// "cpu=8,mem=16000M,gres/gpu:a100=2": counts take K, M, G, T, P; mem is in MiB and takes what --mem takes. An empty
// text is no resource. The halves of tres_text (62.50G) are for reading only. Error: a name that is unknown or comes
// twice, a count that is none.
Result<TresCounts> parse_tres(std::string_view text);

// "cpu=8,mem=62.50G,node=1,billing=8". Empty for no resource: scontrol's (null) is the caller's.
std::string tres_text(const TresCounts& counts);
std::string tres_count_text(std::string_view name, std::uint64_t count);  // 62.50G for mem, else the plain number

}  // namespace slurmxx
