// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmxx-sim: one seed, a range of them, or random ones without end. Exit code 1: an invariant was broken.
#include <getopt.h>

#include <chrono>
#include <cstdio>
#include <random>
#include <string>

#include "sim/runner.h"

namespace slurmxx::sim {
namespace {

constexpr const char* usage =
    "Usage: slurmxx-sim [--seed N | --seeds A-B | --soak [--minutes N]] [OPTIONS]\n"
    "Runs whole clusters under a simulated clock, network and disk; a seed is a run, and replays it exactly.\n"
    "  --seed N        one seed\n"
    "  --seeds A-B     each of a range (1-200 without any of the three)\n"
    "  --soak          random seeds until one fails, each printed\n"
    "  --minutes N     with --soak: not longer than this\n"
    "  --trace         print every event of the run\n"
    "  --jobs N        so many runs at once (2)\n"
    "  --no-faults     nothing goes wrong\n"
    "  --sabotage NAME put a bug in, to see it found; one of:";

struct Options {
  std::uint64_t first = 1;
  std::uint64_t last = 200;
  bool soak = false;
  double minutes = 0;
  std::size_t at_once = 2;
  RunOptions run;
};

enum Letter : int { seed = 1, seeds, soak, minutes, trace, at_once, no_faults, sabotage, help };

constexpr option long_options[] = {{"seed", 1, nullptr, seed},           {"seeds", 1, nullptr, seeds},
                                   {"soak", 0, nullptr, soak},           {"minutes", 1, nullptr, minutes},
                                   {"trace", 0, nullptr, trace},         {"jobs", 1, nullptr, at_once},
                                   {"no-faults", 0, nullptr, no_faults}, {"sabotage", 1, nullptr, sabotage},
                                   {"help", 0, nullptr, help},           {nullptr, 0, nullptr, 0}};

void print_usage(std::FILE* to) {
  fmt::print(to, "{}", usage);
  for (const auto& [name, kind] : sabotages()) fmt::print(to, " {}", name);
  fmt::print(to, "\n");
}

bool read_number(const std::string& text, std::uint64_t& number) {
  char* end = nullptr;
  number = std::strtoull(text.c_str(), &end, 10);
  return !text.empty() && *end == 0 && text[0] != '-';
}

bool read_range(const std::string& text, Options& options) {
  const std::size_t dash = text.find('-');
  return dash != std::string::npos && read_number(text.substr(0, dash), options.first) &&
         read_number(text.substr(dash + 1), options.last) && options.first <= options.last;
}

bool read_sabotage(const std::string& text, Options& options) {
  for (const auto& [name, kind] : sabotages())
    if (name == text) options.run.sabotage = kind;
  return options.run.sabotage != Sabotage::none;
}

bool read_value(int letter, Options& options) {
  std::uint64_t number = 0;
  switch (letter) {
    case seed:
      if (!read_number(optarg, number)) return false;
      options.first = options.last = number;
      return true;
    case seeds:
      return read_range(optarg, options);
    case minutes:
      options.minutes = std::atof(optarg);
      return options.minutes > 0;
    case at_once:
      options.at_once = static_cast<std::size_t>(std::atoi(optarg));
      return options.at_once > 0;
    case sabotage:
      return read_sabotage(optarg, options);
    default:
      options.soak = options.soak || letter == soak;
      options.run.trace = options.run.trace || letter == trace;
      options.run.faults = options.run.faults && letter != no_faults;
      return letter != '?';
  }
}

void print_failure(const Outcome& outcome, const Options& options) {
  if (!options.run.trace)
    for (const std::string& line : outcome.tail()) fmt::print("{}\n", line);
  fmt::print("seed {} FAILED: {}\n", outcome.seed, outcome.violation);
  std::string more;
  if (!options.run.faults) more += " --no-faults";
  for (const auto& [name, kind] : sabotages())
    if (kind == options.run.sabotage) more += " --sabotage " + name;
  fmt::print("replay: ./dev sim --seed {} --trace{}\n", outcome.seed, more);
}

void add(Counts& sum, const Counts& more) {
  static_assert(sizeof(Counts) % sizeof(std::uint64_t) == 0);
  auto* to = reinterpret_cast<std::uint64_t*>(&sum);
  const auto* from = reinterpret_cast<const std::uint64_t*>(&more);
  for (std::size_t i = 0; i < sizeof(Counts) / sizeof(std::uint64_t); ++i) to[i] += from[i];
}

void print_counts(const Counts& c) {
  fmt::print(
      "{} jobs acknowledged, {} scripts and {} steps ran, {} records, {} events; controller ended {} times ({} by "
      "power "
      "cut, {} files torn, {} disk errors), {} snapshots, {} ends of slurmd or its machine, {} broken sessions, {} "
      "retries\n",
      c.jobs, c.runs, c.steps, c.records, c.events, c.controller_deaths, c.power_cuts, c.torn, c.disk_errors,
      c.snapshots, c.node_deaths, c.breaks, c.retries);
}

int run(const Options& options) {
  const auto began = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  std::random_device device;
  std::uint64_t at = options.first, runs = 0, failures = 0;
  Counts sum;
  const auto next = [&]() -> std::optional<RunOptions> {
    RunOptions one = options.run;
    if (options.soak) {
      if (options.minutes > 0 && elapsed() > options.minutes * 60) return std::nullopt;
      one.seed = device();
      return one;
    }
    if (at > options.last) return std::nullopt;
    one.seed = at++;
    return one;
  };
  const auto done = [&](const Outcome& outcome) {
    ++runs;
    add(sum, outcome.report.counts);
    if (!outcome.violation.empty()) {
      ++failures;
      print_failure(outcome, options);
    } else if (options.soak || options.first == options.last) {
      fmt::print("seed {} ok, trace {:016x}\n", outcome.seed, outcome.report.hash);
    }
    std::fflush(stdout);
    return failures == 0 || !options.soak;
  };
  run_all(next, done, options.at_once);
  fmt::print("{} seeds, {} failed, {:.1f} s: ", runs, failures, elapsed());
  print_counts(sum);
  return failures == 0 ? 0 : 1;
}

int run_main(int argc, char** argv) {
  Options options;
  for (int letter = 0; (letter = getopt_long(argc, argv, "h", long_options, nullptr)) != -1;) {
    if (letter == help || letter == 'h') return print_usage(stdout), 0;
    if (read_value(letter, options)) continue;
    if (letter != '?') fmt::print(stderr, "slurmxx-sim: error: {} is no good value\n", optarg);
    return print_usage(stderr), 2;
  }
  return run(options);
}

}  // namespace
}  // namespace slurmxx::sim

int main(int argc, char** argv) { return slurmxx::sim::run_main(argc, argv); }
