// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/slurm_sim/figures.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/text/time_text.h"

namespace slurmxx {
namespace {

struct Column {
  const char* heading;
  const char* key;
  double ReplayFigures::*value;
  enum Kind : std::uint8_t { seconds, ratio, part } kind;
};

constexpr Column columns[] = {
    {"MEAN WAIT", "wait_mean", &ReplayFigures::wait_mean, Column::seconds},
    {"MEDIAN", "wait_median", &ReplayFigures::wait_median, Column::seconds},
    {"95%", "wait_p95", &ReplayFigures::wait_p95, Column::seconds},
    {"LONGEST", "wait_max", &ReplayFigures::wait_max, Column::seconds},
    {"SLOWDOWN", "slowdown_mean", &ReplayFigures::slowdown_mean, Column::ratio},
    {"95%", "slowdown_p95", &ReplayFigures::slowdown_p95, Column::ratio},
    {"UTIL", "utilisation", &ReplayFigures::utilisation, Column::part},
};

std::string value_text(const Column& column, double value) {
  if (column.kind == Column::seconds) return duration_long(Seconds(std::llround(value)));
  if (column.kind == Column::part) return fmt::format("{:.1f}%", 100 * value);
  return fmt::format("{:.2f}", value);
}

std::string row(std::string_view name, const std::string& jobs, const std::vector<std::string>& values) {
  std::string text = fmt::format("{:<12} {:>9}", name, jobs);
  for (const std::string& value : values) text += fmt::format(" {:>12}", value);
  return text + "\n";
}

std::string figures_row(std::string_view name, const ReplayFigures& figures) {
  std::vector<std::string> values;
  for (const Column& column : columns) values.push_back(value_text(column, figures.*column.value));
  return row(name, std::to_string(figures.jobs), values);
}

std::string change_row(const ReplayFigures& before, const ReplayFigures& after) {
  std::vector<std::string> values;
  for (const Column& column : columns) {
    const double old = before.*column.value;
    values.push_back(old == 0 ? "-" : fmt::format("{:+.1f}%", 100 * (after.*column.value / old - 1)));
  }
  return row("change", "", values);
}

std::string heading() {
  std::vector<std::string> values;
  for (const Column& column : columns) values.emplace_back(column.heading);
  return row("", "JOBS", values);
}

std::string notes_of(const ReplayReport& report) {
  std::string text;
  if (report.refused > 0) text += fmt::format("{} jobs could never run on this cluster.\n", report.refused);
  if (report.waiting > 0) text += fmt::format("{} jobs never started.\n", report.waiting);
  return text;
}

std::string log_text(const LogFigures& log) {
  constexpr std::size_t shown = 20;
  std::string text = fmt::format("{} of {} starts decided the same once more, in {} passes, from {} records\n",
                                 log.counts.same, log.counts.starts, log.counts.passes, log.counts.records);
  for (std::size_t i = 0; i < std::min(shown, log.differences.size()); ++i) {
    const LogDifference& one = log.differences[i];
    text += fmt::format("difference at {}, job {}: {}\n", one.at.seconds, one.job.value, one.what);
  }
  if (log.differences.size() > shown)
    text += fmt::format("and {} differences more (--json has all)\n", log.differences.size() - shown);
  if (log.left_out > 0) text += fmt::format("{} jobs ended without a start in this log.\n", log.left_out);
  return text;
}

void write_log(DataWriter& writer, const LogFigures& log) {
  writer.begin_object();
  writer.member("records", log.counts.records);
  writer.member("passes", log.counts.passes);
  writer.member("starts", log.counts.starts);
  writer.member("same", log.counts.same);
  writer.member("ended_without_start", log.left_out);
  writer.key("differences");
  writer.begin_array();
  for (const LogDifference& one : log.differences) {
    writer.begin_object();
    writer.member("at", one.at.seconds);
    writer.member("job", one.job.value);
    writer.member("what", one.what);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

void write_figures(DataWriter& writer, const char* of, const ReplayFigures& figures) {
  writer.begin_object();
  if (!figures.name.empty()) writer.member(of, figures.name);
  writer.member("jobs", figures.jobs);
  for (const Column& column : columns) writer.member(column.key, figures.*column.value);
  writer.member("cpu_seconds", figures.cpu_seconds);
  writer.end_object();
}

void write_play(DataWriter& writer, const SimPlay& play) {
  const ReplayReport& report = play.report;
  writer.begin_object();
  writer.member("cluster", play.cluster);
  writer.member("cpus", report.cpus);
  writer.member("refused", report.refused);
  writer.member("never_started", report.waiting);
  writer.member("first_submission", report.first_submission.seconds);
  writer.member("last_end", report.last_end.seconds);
  writer.member("passes", report.counts.passes);
  writer.member("looks", report.counts.looks);
  writer.member("longest_queue", report.counts.longest_queue);
  writer.key("all");
  write_figures(writer, "", report.all);
  const auto list = [&](const char* key, const char* of, const std::vector<ReplayFigures>& figures) {
    writer.key(key);
    writer.begin_array();
    for (const ReplayFigures& one : figures) write_figures(writer, of, one);
    writer.end_array();
  };
  list("users", "user", report.users);
  list("partitions", "partition", report.partitions);
  if (play.log) {
    writer.key("log");
    write_log(writer, *play.log);
  }
  writer.end_object();
}

}  // namespace

std::string figures_text(const SimAnswer& answer, std::size_t users) {
  std::string text = fmt::format("{}: {} jobs", answer.workload, answer.jobs);
  if (answer.too_large > 0) text += fmt::format(", {} left out that are too large for the machine", answer.too_large);
  if (answer.without_size > 0) text += fmt::format(", {} left out without a size", answer.without_size);
  text += "\n";
  for (const SimPlay& play : answer.plays) {
    const ReplayReport& report = play.report;
    text += fmt::format(
        "\n{} ({} CPUs): {} from the first submission to the last end, {} passes, at most {} jobs waiting\n",
        play.cluster, report.cpus, duration_long(report.last_end - report.first_submission), report.counts.passes,
        report.counts.longest_queue);
    if (play.log) text += log_text(*play.log);
    text += heading() + figures_row("all", report.all);
    if (report.partitions.size() > 1)
      for (const ReplayFigures& one : report.partitions) text += figures_row("part " + one.name, one);
    for (std::size_t i = 0; i < std::min(users, report.users.size()); ++i)
      text += figures_row("user " + report.users[i].name, report.users[i]);
    text += notes_of(report);
  }
  if (answer.plays.size() == 2)
    text += "\n" + heading() + change_row(answer.plays[0].report.all, answer.plays[1].report.all);
  return text;
}

void write_data(const SimAnswer& answer, DataFormat format, const DataSink& sink) {
  const auto writer = make_data_writer(format, sink);
  writer->begin_object();
  writer->member("workload", answer.workload);
  writer->member("jobs", answer.jobs);
  writer->member("left_out_too_large", answer.too_large);
  writer->member("left_out_without_size", answer.without_size);
  writer->key("plays");
  writer->begin_array();
  for (const SimPlay& play : answer.plays) write_play(*writer, play);
  writer->end_array();
  writer->end_object();
  writer->finish();
}

}  // namespace slurmxx
