// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Milliseconds to expand, fold, sort and subtract a million host names. Build with: cmake --build DIR --target
// hostlist_bench
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "core/hostlist/hostlist.h"

using namespace slurmxx;

namespace {
template <class Work>
auto timed(const char* label, Work work) {
  auto start = std::chrono::steady_clock::now();
  auto result = work();
  std::printf("%-12s %8.1f ms\n", label,
              std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  return result;
}
}  // namespace

int main() {
  auto names = timed("expand", [] { return *expand_hostlist("node[0000000-0999999]"); });
  timed("fold", [&] { return fold_hosts(names); });
  auto half = *expand_hostlist("node[0500000-0999999]");
  timed("difference", [&] { return hosts_difference(names, half); });
  std::ranges::reverse(names);
  timed("sort", [&] { return sorted_hosts(names); });
}
