// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol reboot and cancel_reboot: a node is rebooted by its RebootProgram when no job is there any more (ASAP: and
// none starts there before), and is used again when it has registered anew. scontrol(1). And for a job that gets it: to
// have the features that the job asks for (helpers.conf(5)), or because of --reboot.
#pragma once

#include "control/controller.h"

namespace slurmxx {

class Reboots {
 public:
  explicit Reboots(Controller& controller) : c_(controller) {}

  // The request's name is a host list or ALL, its keys are ASAP, NextState, Reason; removed: cancel_reboot.
  Status serve(const UpdateRequest& request, const Caller& caller);
  // Before the job starts there; true: it has to wait for a boot.
  bool begin_for(const Job& job, const Allocation& allocation);
  void tick();  // after changes, and each second while a reboot is under way
  // Whether a node that is to reboot tells of a new life: asked before the registration is noted.
  bool begins_anew(NodeIndex node, const NodeRegistration& registration) const;
  void registered(NodeIndex node, const NodeRegistration& registration, bool begins_anew);
  bool is_away(NodeIndex node) const;  // rebooting: its silence means nothing

 private:
  void ask(NodeIndex node, NodeReboot wish, Uid by);
  Status cancel(std::vector<NodeIndex> nodes);  // an error: not of all
  void cancel(NodeIndex node);
  void issue(NodeIndex node);
  void over(NodeIndex node, const std::string& fault);
  Seconds patience(const NodeReboot& reboot) const;
  void order(NodeIndex node, NodeReboot reboot);

  Controller& c_;
};

}  // namespace slurmxx
