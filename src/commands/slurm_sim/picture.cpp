// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/slurm_sim/picture.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr double width = 1200, left = 90, right = 20, top = 30, curve_height = 140, gap = 46, lanes_height = 420;
constexpr double inner = width - left - right;
constexpr std::size_t bins = 600;
constexpr double visible = 0.3;  // pixels

class Picture {
 public:
  Picture(const ClusterConfig& config, const Workload& workload, const std::vector<Played>& played,
          const ReplayReport& report)
      : workload_(workload), played_(played), report_(report) {
    for (const NodeConfig& node : config.nodes) {
      first_lane_.push_back(lanes_);
      lanes_ += node.hardware.cpus;
    }
    span_ = std::max<double>(1, static_cast<double>((report.last_end - report.first_submission).value));
  }

  std::string draw() {
    const double height = top + 2 * (curve_height + gap) + lanes_height + gap;
    text_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" "
        "font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        width, height);
    count_bins();
    draw_curve(top, {"CPUs in use", "#3b6fb6", busy_, static_cast<double>(report_.cpus)});
    const double longest = std::max(1.0, *std::max_element(queued_.begin(), queued_.end()));
    draw_curve(top + curve_height + gap, {"jobs waiting", "#c0602c", queued_, longest});
    draw_lanes(top + 2 * (curve_height + gap));
    return text_ + "</svg>\n";
  }

 private:
  double since_begin(Instant instant) const { return static_cast<double>((instant - report_.first_submission).value); }
  double x(double seconds) const { return left + inner * seconds / span_; }

  // Adds to each bin what part of it lies between the two.
  void spread(std::vector<double>& list, double from, double until, double amount) const {
    const double bin = span_ / bins;
    for (auto i = static_cast<std::size_t>(from / bin); i < bins && static_cast<double>(i) * bin < until; ++i) {
      const double begin = std::max(from, static_cast<double>(i) * bin);
      const double end = std::min(until, static_cast<double>(i + 1) * bin);
      list[i] += amount * std::max(0.0, end - begin) / bin;
    }
  }

  void count_bins() {
    for (std::size_t i = 0; i < workload_.jobs.size(); ++i) {
      const WorkloadJob& job = workload_.jobs[i];
      const Played& played = played_[i];
      if (played.fate != Played::Fate::ran) continue;
      const double start = since_begin(played.started);
      spread(busy_, start, start + static_cast<double>(job.run.value), job.processors);
      spread(queued_, since_begin(played.submitted), start, 1);
    }
  }

  void label(double at_x, double y, const char* anchor, const std::string& words) {
    text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at_x, y, anchor, words);
  }

  void frame(double y, double height, const std::string& title, double most) {
    text_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#999\"/>\n", left,
                         y, inner, height);
    label(left, y - 6, "start", title);
    label(left - 6, y + 10, "end", fmt::format("{:.0f}", most));
    label(left - 6, y + height, "end", "0");
    constexpr int marks = 5;
    for (int i = 0; i <= marks; ++i) {
      const double seconds = span_ * i / marks;
      label(x(seconds), y + height + 15, i == 0 ? "start" : i == marks ? "end" : "middle", time_text(seconds));
    }
  }

  static std::string time_text(double seconds) {
    constexpr double hour = 3600, day = 86'400;
    if (seconds >= 2 * day) return fmt::format("{:.1f} d", seconds / day);
    return seconds >= 2 * hour ? fmt::format("{:.1f} h", seconds / hour) : fmt::format("{:.0f} s", seconds);
  }

  struct Curve {
    const char* title;
    const char* colour;
    const std::vector<double>& values;  // by bin
    double most;                        // at the upper edge
  };
  void draw_curve(double y, const Curve& curve) {
    std::string points = fmt::format("{:.1f},{:.1f}", left, y + curve_height);
    for (std::size_t i = 0; i < bins; ++i) {
      const double height = curve_height * std::min(1.0, curve.values[i] / curve.most);
      for (const std::size_t edge : {i, i + 1})
        points += fmt::format(" {:.1f},{:.1f}", x(span_ * static_cast<double>(edge) / bins), y + curve_height - height);
    }
    points += fmt::format(" {:.1f},{:.1f}", left + inner, y + curve_height);
    text_ += fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"0.75\"/>\n", points, curve.colour);
    frame(y, curve_height, curve.title, curve.most);
  }

  void draw_lanes(double y) {
    std::size_t unseen = 0;
    const double lane = lanes_height / std::max<double>(1, lanes_);
    for (std::size_t i = 0; i < workload_.jobs.size(); ++i) {
      const WorkloadJob& job = workload_.jobs[i];
      const Played& played = played_[i];
      if (played.fate != Played::Fate::ran) continue;
      const double long_ = inner * static_cast<double>(job.run.value) / span_;
      if (long_ < visible) {
        ++unseen;
        continue;
      }
      for (const Lanes& lanes : played.lanes)
        text_ += fmt::format(
            "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"hsl({},55%,60%)\"><title>job "
            "{}, user "
            "{}, {} CPUs</title></rect>\n",
            x(since_begin(played.started)),
            y + lanes_height - lane * (first_lane_[lanes.node.value] + lanes.first + lanes.count), long_,
            lane * lanes.count, job.user.value * 47 % 360, job.number, job.user.value, job.processors);
    }
    const std::string note = unseen > 0 ? fmt::format(" ({} jobs are too short to be seen)", unseen) : "";
    frame(y, lanes_height, "jobs on CPUs, one colour a user" + note, lanes_);
  }

  const Workload& workload_;
  const std::vector<Played>& played_;
  const ReplayReport& report_;
  std::vector<std::uint32_t> first_lane_;  // by node
  std::uint32_t lanes_ = 0;
  double span_ = 1;
  std::vector<double> busy_ = std::vector<double>(bins), queued_ = std::vector<double>(bins);
  std::string text_;
};

}  // namespace

std::string svg_picture(const ClusterConfig& config, const Workload& workload, const std::vector<Played>& played,
                        const ReplayReport& report) {
  return Picture(config, workload, played, report).draw();
}

}  // namespace slurmxx
