// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// strigger: triggers are set and cleared, and every second looked at; who has fired and is not permanent goes.
#pragma once

#include "control/controller.h"
#include "core/trigger/trigger_event.h"

namespace slurmxx {

class Triggers {
 public:
  explicit Triggers(Controller& controller) : c_(controller) {}

  Status set(const SetTriggerRequest& request, const Caller& caller);
  Status clear(const ClearTriggersRequest& request, const Caller& caller);
  void tick();
  void happened(TriggerEvent event);  // of a daemon
  void resumed(NodeIndex node);       // by scontrol update State=RESUME

 private:
  void note_nodes();
  static std::uint32_t bits_of(const Node& node);  // of what it is now: a bit an event
  Status check(const Caller& caller) const;
  void look_at_nodes(const Trigger& trigger);
  void look_at_job(const Trigger& trigger);
  void fire(const Trigger& trigger, const std::string& argument);

  Controller& c_;
};

}  // namespace slurmxx
