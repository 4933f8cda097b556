// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sruns with allocations of their own: each keeps its session, asks for the allocation and its first step in one
// request, stays while the step runs and gives the allocation back. It may be killed at any moment; what belonged to it
// must then go by itself.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/head.h"
#include "sim/machine.h"

namespace slurmxx::sim {

using Machines = std::vector<std::unique_ptr<Machine>>;

class Sruns {
 public:
  Sruns(Kernel& kernel, Oracle& oracle, Head& head, Machines& machines)
      : kernel_(kernel), oracle_(oracle), head_(head), machines_(machines) {}

  void start(const Caller& caller, SubmitRequest request);
  void kill_one();
  void check_none_is_survived() const;  // by its allocation, a while after all is mended

 private:
  using Then = std::function<void(const ClientReply& reply)>;
  struct Srun {
    Caller caller;
    RequestId submission;
    ClientCall call;
    Then then;  // empty: it asks for nothing just now
    MonoTime give_up;
    std::shared_ptr<Link> link;
    std::optional<StepRequest> step;
    std::optional<StepKey> runs;
    bool alive = true;
    bool gave_back = false;
  };
  using Handle = std::shared_ptr<Srun>;

  void ask(const Handle& srun, ClientRequest request, Then then);
  void attempt(const Handle& srun);
  void again(const Handle& srun);
  void broken(const Handle& srun);
  void answered(const Handle& srun, const ClientAnswer& answer);
  void allocated(const Handle& srun, JobId job);
  void attend(const Handle& srun, const StepKey& step);
  void end(const Handle& srun);

  Kernel& kernel_;
  Oracle& oracle_;
  Head& head_;
  Machines& machines_;
  std::uint64_t calls_ = 1'000'000;
  std::vector<Handle> all_;
};

}  // namespace slurmxx::sim
