// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What PrologFlags and HealthCheckNodeState say, word by word. Their texts: core/config/launch_words.h.
#pragma once

namespace slurmxx {

// PrologFlags, with what each of them implies. slurm.conf(5).
struct PrologFlags {
  bool alloc = false;    // Prolog at the allocation, not before the first step
  bool contain = false;  // an extern step holds the job's container
  bool defer_batch = false;
  bool force_requeue = false;
  bool no_hold = false;
  bool serial = false;
  bool run_in_job = false;  // Prolog and Epilog belong to the job's container
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "alloc", self.alloc);
    v(2, "contain", self.contain);
    v(3, "defer_batch", self.defer_batch);
    v(4, "force_requeue", self.force_requeue);
    v(5, "no_hold", self.no_hold);
    v(6, "serial", self.serial);
    v(7, "run_in_job", self.run_in_job);
  }
  bool operator==(const PrologFlags&) const = default;
};

// HealthCheckNodeState; `any` stands for all of them.
struct HealthCheckStates {
  bool any = true;
  bool alloc = false;
  bool idle = false;
  bool mixed = false;
  bool nondrained_idle = false;
  bool cycle = false;       // spread over the interval
  bool start_only = false;  // when slurmd starts and never again
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "any", self.any);
    v(2, "alloc", self.alloc);
    v(3, "idle", self.idle);
    v(4, "mixed", self.mixed);
    v(5, "nondrained_idle", self.nondrained_idle);
    v(6, "cycle", self.cycle);
    v(7, "start_only", self.start_only);
  }
  bool operator==(const HealthCheckStates&) const = default;
};

}  // namespace slurmxx
