// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmstepd and its slurmxx-pmix talk over a socket pair in frames (wire/frame.h) of these; end of file ends
// slurmxx-pmix. Both are of one build: nothing here has to be understood by another version.
// Why so: docs/decisions/0009-pmix-in-a-program-of-its-own.md.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "wire/step_messages.h"

namespace slurmxx {

struct PmixStart {  // the first message to slurmxx-pmix
  StepKey key;
  Uid uid;
  Gid gid;
  StepLayout layout;
  std::uint32_t node_rank = 0;
  std::string folder;   // the server's files go into a fresh folder in it
  std::string library;  // path or soname of libpmix
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "uid", self.uid);
    v(3, "gid", self.gid);
    v(4, "layout", self.layout);
    v(5, "node_rank", self.node_rank);
    v(6, "folder", self.folder);
    v(7, "library", self.library);
  }
};

struct PmixTaskEnded {
  std::uint32_t local = 0;
  std::uint32_t exit_code = 0;  // 128 and the signal's number for one that was killed
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "local", self.local);
    v(2, "exit_code", self.exit_code);
  }
};

using PmixInput = std::variant<PmixStart, StepExchanged, StepRelayed, PmixTaskEnded>;

struct PmixTask {
  std::vector<std::string> environment;  // NAME=value: what the task needs to find its server
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "environment", self.environment);
  }
};

struct PmixReady {
  std::vector<PmixTask> tasks;  // by local id
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "tasks", self.tasks);
  }
};

struct PmixFailed {  // slurmxx-pmix ends after it
  std::string reason;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reason", self.reason);
  }
};

using PmixOutput = std::variant<PmixReady, PmixFailed, StepExchange, StepRelay, TaskAborted>;

// ---- within StepRelay: one server asks another for what a task of its has put, and did not bring to a fence

struct PmixModexAsk {
  std::uint64_t number = 0;
  std::uint32_t rank = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "number", self.number);
    v(2, "rank", self.rank);
  }
};

struct PmixModexAnswer {
  std::uint64_t number = 0;
  std::int64_t status = 0;  // a pmix_status_t
  std::string bytes;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "number", self.number);
    v(2, "status", self.status);
    v(3, "bytes", self.bytes);
  }
};

using PmixNodeMessage = std::variant<PmixModexAsk, PmixModexAnswer>;

}  // namespace slurmxx
