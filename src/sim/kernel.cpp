// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include <xxhash.h>

namespace slurmxx::sim {

void violated(std::string what) { throw Violation{std::move(what)}; }

void copy_text(char* to, std::size_t room, std::string_view text) {
  const std::size_t size = std::min(room - 1, text.size());
  std::memcpy(to, text.data(), size);
  to[size] = 0;
}

std::uint64_t Rng::next() {  // splitmix64
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::int64_t Rng::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
}

std::string Rng::bytes(std::size_t count) {
  std::string made(count, 0);
  for (char& c : made) c = static_cast<char>(next());
  return made;
}

Kernel::Kernel(const RunOptions& options, Report& report) : rng(options.seed), options_(options), report_(report) {}

bool Kernel::step() {
  if (queue_.empty()) return false;
  auto first = queue_.extract(queue_.begin());
  now_ = std::max(now_, first.key().first);
  ++report_.counts.events;
  first.mapped()();
  return true;
}

void Kernel::write(const std::string& line) {
  const std::string whole = fmt::format("{:>10.3f} {}", static_cast<double>(now_.millis) / 1000, line);
  report_.hash = XXH3_64bits_withSeed(whole.data(), whole.size(), report_.hash);
  copy_text(report_.tail[report_.lines++ % Report::lines_max], Report::line_max, whole);
  if (options_.trace) fmt::print("{}\n", whole);
}

const std::vector<std::pair<std::string, Sabotage>>& sabotages() {
  static const std::vector<std::pair<std::string, Sabotage>> all{
      {"early-answers", Sabotage::early_answers},     {"no-sync", Sabotage::no_sync},
      {"forget-requests", Sabotage::forget_requests}, {"lose-cleared", Sabotage::lose_cleared},
      {"forget-blobs", Sabotage::forget_blobs},       {"early-cleared", Sabotage::early_cleared},
      {"forget-end", Sabotage::forget_end},           {"deaf", Sabotage::deaf}};
  return all;
}

}  // namespace slurmxx::sim
