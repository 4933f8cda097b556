// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "replay/report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace slurmxx {
namespace {

struct Samples {
  std::vector<double> waits, slowdowns;
  double cpu_seconds = 0;
};

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Of sorted values: the least that is not below so large a part of them.
double quantile(const std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const double place = std::ceil(part * static_cast<double>(values.size())) - 1;
  return values[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(values.size() - 1)))];
}

ReplayFigures figures_of(std::string name, Samples samples, double capacity) {
  std::sort(samples.waits.begin(), samples.waits.end());
  std::sort(samples.slowdowns.begin(), samples.slowdowns.end());
  ReplayFigures figures;
  figures.name = std::move(name);
  figures.jobs = samples.waits.size();
  figures.wait_mean = mean(samples.waits);
  figures.wait_median = quantile(samples.waits, 0.5);
  figures.wait_p95 = quantile(samples.waits, 0.95);
  figures.wait_max = samples.waits.empty() ? 0 : samples.waits.back();
  figures.slowdown_mean = mean(samples.slowdowns);
  figures.slowdown_p95 = quantile(samples.slowdowns, 0.95);
  figures.cpu_seconds = samples.cpu_seconds;
  figures.utilisation = capacity > 0 ? samples.cpu_seconds / capacity : 0;
  return figures;
}

void count(Samples& samples, const WorkloadJob& job, const Played& played) {
  constexpr double shortest = 10;  // seconds
  const auto wait = static_cast<double>((played.started - played.submitted).value);
  const auto run = static_cast<double>(job.run.value);
  samples.waits.push_back(wait);
  samples.slowdowns.push_back(std::max(1.0, (wait + run) / std::max(shortest, run)));
  samples.cpu_seconds += run * job.processors;
}

std::string user_of(const WorkloadJob& job) {
  const bool named = job.spec && !job.spec->owner.user_name.empty();
  return named ? job.spec->owner.user_name : to_string(job.user);
}

// Most CPU time first.
std::vector<ReplayFigures> figures_by_use(std::map<std::string, Samples> samples, double capacity) {
  std::vector<ReplayFigures> figures;
  for (auto& [name, one] : samples) figures.push_back(figures_of(name, std::move(one), capacity));
  std::stable_sort(figures.begin(), figures.end(),
                   [](const auto& a, const auto& b) { return a.cpu_seconds > b.cpu_seconds; });
  return figures;
}

}  // namespace

ReplayReport report_of(const Workload& workload, const Replay& replay) {
  return report_of(workload, Outcomes{replay.played(), replay.partition_names(), replay.cpus(), replay.counts()});
}

ReplayReport report_of(const Workload& workload, const Outcomes& outcomes) {
  ReplayReport report;
  report.cpus = outcomes.cpus;
  report.counts = outcomes.counts;
  if (workload.jobs.empty()) return report;
  report.first_submission = report.last_end = workload.jobs.front().submitted;
  Samples all;
  std::map<std::string, Samples> users, partitions;
  for (std::size_t i = 0; i < workload.jobs.size(); ++i) {
    const WorkloadJob& job = workload.jobs[i];
    const Played& played = outcomes.played[i];
    report.refused += played.fate == Played::Fate::refused ? 1 : 0;
    report.waiting += played.fate == Played::Fate::waiting ? 1 : 0;
    if (played.fate != Played::Fate::ran) continue;
    report.last_end = std::max(report.last_end, played.started + job.run);
    count(all, job, played);
    count(users[user_of(job)], job, played);
    if (played.partition < outcomes.partitions.size())
      count(partitions[outcomes.partitions[played.partition]], job, played);
  }
  const double capacity =
      static_cast<double>(report.cpus) * static_cast<double>((report.last_end - report.first_submission).value);
  report.all = figures_of("", std::move(all), capacity);
  report.users = figures_by_use(std::move(users), capacity);
  report.partitions = figures_by_use(std::move(partitions), capacity);
  return report;
}

}  // namespace slurmxx
