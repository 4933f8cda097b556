// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Commands, as cli/session asks: one session a call, made again when it breaks, the request repeated under the same id
// until it is given up. What an answer promises is told to the oracle.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/head.h"

namespace slurmxx::sim {

class Clients {
 public:
  using Then = std::function<void(const ClientReply& reply)>;  // not called when the call is given up

  Clients(Kernel& kernel, Oracle& oracle, Head& head) : kernel_(kernel), oracle_(oracle), head_(head) {}

  void ask(const Caller& caller, ClientRequest request, Then then);

 private:
  struct Asking {
    Caller caller;
    ClientCall call;
    Then then;
    MonoTime give_up;
    bool patient = false;
    bool over = false;
    std::shared_ptr<Link> link;
  };
  void attempt(const std::shared_ptr<Asking>& asking);
  void again(const std::shared_ptr<Asking>& asking);
  void answered(const std::shared_ptr<Asking>& asking, const ClientAnswer& answer);

  Kernel& kernel_;
  Oracle& oracle_;
  Head& head_;
  std::uint64_t calls_ = 0;
};

}  // namespace slurmxx::sim
