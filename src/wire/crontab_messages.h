// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What scrontab asks slurmctld. client_messages.h has the variants.
#pragma once

#include <string>
#include <vector>

#include "base/errc.h"
#include "core/model/job_spec.h"

namespace slurmxx {

struct CrontabRequest {  // the file as it is; answered by CrontabReply
  Uid user;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "user", self.user);
  }
};

struct CrontabJob {
  JobSpec spec;  // its `cron` says when, and which lines it comes from
  std::string script;
  std::vector<std::string> environment;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "spec", self.spec);
    v(2, "script", self.script);
    v(3, "environment", self.environment);
  }
};

// In place of the file before; an empty text removes it. Answered by CrontabReply: one job that is refused refuses all.
struct SetCrontabRequest {
  Uid user;
  std::string text;
  std::vector<CrontabJob> jobs;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "user", self.user);
    v(2, "text", self.text);
    v(3, "jobs", self.jobs);
  }
};

struct CrontabReply {
  std::string text;
  std::vector<JobId> jobs;  // in the order in which they were asked for
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "text", self.text);
    v(2, "jobs", self.jobs);
  }
};

}  // namespace slurmxx
