// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Host lists: node[01-16,20] stands for node01 ... node16, node20 (scontrol(1) show hostlist, slurm.conf(5) NodeName).
//   list    = element {(comma | white space) element}
//   element = {literal | '[' range {',' range} ']'}        a[01-03]b[1-2]-ib: the last bracket varies fastest; at most
//   8 range   = number | low '-' high                        padded to the width of low: [08-10], [8-10]
// Names keep the order they are given in unless a function says "sorted". A name that ends in more than 18 digits keeps
// the surplus as part of its prefix. Errors are Errc::invalid_node_name, one line: "Invalid hostlist: n[3-1]: ...".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

using HostNames = std::vector<std::string>;

// Without a bound n[0-999999999] would take the memory of the machine.
inline constexpr std::uint64_t hostlist_names_max = 4'000'000;

// Number of names (repeated ones count each time), without making them; saturates at 2^64-1.
Result<std::uint64_t> count_hosts(std::string_view text);

// Every name in order, repeated ones too. The empty text is no name. More than names_max: an error.
Result<HostNames> expand_hostlist(std::string_view text, std::uint64_t names_max = hostlist_names_max);

// The compact form in the given order: {n1,n2,n3,m7} is n[1-3],m7; {n3,n1,n2} is n[3,1-2]. Only the last number of a
// name is folded: a01b[1-2],a02b[1-2]. expand_hostlist(fold_hosts(names)) is names.
std::string fold_hosts(std::span<const std::string> names);

// Host order: by prefix, then by number of digits, then by number: m2 n9 n10 n001. Keeps repeated names.
void sort_hosts(HostNames& names);
HostNames sorted_hosts(HostNames names);
HostNames unique_hosts(HostNames names);  // sorted, every name once
bool host_less(std::string_view a, std::string_view b);

// Sets: the arguments in any order, the result sorted, every name once.
HostNames hosts_union(HostNames a, HostNames b);
HostNames hosts_intersection(HostNames a, HostNames b);
HostNames hosts_difference(HostNames a, HostNames b);  // of a, what is not in b

// scontrol show hostlistsorted: fold_hosts of the sorted names.
std::string fold_hosts_sorted(HostNames names);

// Folds names that arrive one by one.
class HostFolder {
 public:
  void add(std::string_view name);
  std::string take();  // the compact form; the folder is empty afterwards

 private:
  struct Range {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::size_t width = 0;  // digits of low; 0: the name has no number
  };
  bool extend(std::uint64_t number, std::size_t width);
  void flush_group();

  std::string text_;
  std::string prefix_;
  std::vector<Range> ranges_;  // of the group under construction, all with prefix_
};

}  // namespace slurmxx
