// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/usage.h"

#include <algorithm>

namespace slurmxx {
namespace {

void merge_figure(UsageFigure& figure, const UsageFigure& added) {
  figure.total += added.total;
  if (added.max > figure.max) {
    figure.max = added.max;
    figure.max_node = added.max_node;
    figure.max_task = added.max_task;
  }
  if (added.min < figure.min) {
    figure.min = added.min;
    figure.min_node = added.min_node;
    figure.min_task = added.min_task;
  }
}

}  // namespace

void StepUsage::add_task(std::uint32_t task, const TaskFigures& values) {
  StepUsage one{1, 0, 0, {}};
  for (const std::uint64_t value : values) one.figures.push_back({value, value, value, {}, {}, task, task});
  merge(one);
}

void StepUsage::set_node(NodeIndex node) {
  for (UsageFigure& figure : figures) figure.max_node = figure.min_node = node;
}

void StepUsage::merge(const StepUsage& other) {
  user_us += other.user_us;
  system_us += other.system_us;
  if (other.tasks == 0) return;
  if (tasks == 0)
    figures = other.figures;
  else
    for (std::size_t i = 0; i < std::min(figures.size(), other.figures.size()); ++i)
      merge_figure(figures[i], other.figures[i]);
  tasks += other.tasks;
}

}  // namespace slurmxx
