// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who has the jobs of a view: users, and MCS labels by number, since rooms (core/place/node_room.h) keep an owner for
// each job on each node.
#pragma once

#include <map>
#include <string>

#include "core/schedule/view.h"

namespace slurmxx {

class ViewOwners {
 public:
  explicit ViewOwners(const ClusterView& view);  // which must outlive it

  // Somebody insists on nodes of his own, or may come to in this pass: --exclusive=user or mcs, or ExclusiveUser.
  bool any_exclusive() const { return any_exclusive_; }
  std::uint32_t label_of(const JobSpec& spec) const;  // of a job of the view; 0: it has none
  RoomOwner of(const Job& job) const;                 // of a job of the view that has an allocation
  void add_label(const JobSpec& spec, RoomOwner& owner) const;

 private:
  void note(const JobSpec& spec);

  const ClusterView& view_;
  std::map<std::string, std::uint32_t, std::less<>> labels_;
  bool any_exclusive_ = false;
};

}  // namespace slurmxx
