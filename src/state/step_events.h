// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Events of steps (state/event.h).
#pragma once

#include <optional>

#include "base/ids.h"
#include "core/model/step.h"

namespace slurmxx {

struct StepStarted {
  JobId job;
  Step step;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "step", self.step);
  }
};

struct StepEnded {
  JobId job;
  StepId step;
  ExitCode exit;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "step", self.step);
    v(3, "exit", self.exit);
  }
};

// The tasks of a step are over on one node; on the last, the step has ended.
struct StepLeftNode {
  JobId job;
  StepId step;
  NodeIndex node;
  ExitCode exit;
  std::optional<StepUsage> usage = {};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "step", self.step);
    v(3, "node", self.node);
    v(4, "exit", self.exit);
    v(5, "usage", self.usage);
  }
};

// What a node tells of a step, or of the script, that was over before by the job's end: for accounting alone.
struct StepToldLate {
  JobId job;
  StepId step;
  NodeIndex node;
  ExitCode exit;
  std::optional<StepUsage> usage = {};
  bool former = false;  // of the life that a requeue ended
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "step", self.step);
    v(3, "node", self.node);
    v(4, "exit", self.exit);
    v(5, "usage", self.usage);
    v(304, "former", self.former);
  }
};

// What may be changed of a step that runs, as it is from now on.
struct StepChanged {
  JobId job;
  StepId step;
  std::optional<Instant> limit_at;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "step", self.step);
    v(3, "limit_at", self.limit_at);
  }
};

}  // namespace slurmxx
