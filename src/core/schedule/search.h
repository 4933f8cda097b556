// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The nodes during one pass, and the search for room on them. Within a pass nodes only fill up: what did not fit will
// not fit later. So jobs that ask for the same (shape_key.h) share one list of nodes, one place from which to look on,
// and one answer when there is none.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/schedule/candidates.h"
#include "core/schedule/demand.h"
#include "core/schedule/view.h"

namespace slurmxx {

using SharedReason = std::shared_ptr<const Reason>;

class Search {
 public:
  Search(const ClusterView& view, const Policies& policies);

  struct Refusal {
    SharedReason reason;
    bool waits_for_room = false;  // it could run on these nodes as they are, were they empty
  };
  // Takes the room on success. `partition` is a place in view.partitions.
  std::variant<Allocation, Refusal> place_job(const JobSpec& spec, std::size_t partition);

 private:
  struct Pool {  // candidates of a partition
    Candidates found;
    std::vector<NodeSpace*> spaces;
    SharedReason none;  // why there are none
  };
  struct Shape {
    const Pool* pool = nullptr;
    Demand demand;
    PlaceCursor cursor;
    std::optional<Refusal> refused;
  };
  using Key = std::pair<std::size_t, std::string>;  // of a partition

 public:
  // For jobs that start together or not at all: undo() takes back what was placed since mark(). Copies every node.
  struct Mark {
    std::vector<NodeSpace> spaces;
    std::map<Key, Shape> shapes;
  };
  Mark mark() const { return {spaces_, shapes_}; }
  void undo(Mark mark);

 private:
  void note_users(const Job& job);
  const Pool& pool_of(const JobSpec& spec, std::size_t partition);
  Pool make_pool(const JobSpec& spec, const PlanPartition& partition);
  Shape& shape_of(const JobSpec& spec, std::size_t partition);
  Refusal refuse(const Shape& shape, const Shortage& shortage);
  enum class Availability : std::uint8_t { up_only, all };  // all: as if no node were down or drained
  bool fits_empty(const Shape& shape, Availability availability);
  std::string unavailable(const Candidates& found) const;

  const ClusterView& view_;
  const Policies& policies_;
  std::vector<NodeSpace> spaces_;  // by NodeIndex
  std::vector<NodeSpace> empty_;   // the same without jobs; made when a job is first refused
  std::map<Key, Pool> pools_;
  std::map<Key, Shape> shapes_;
};

}  // namespace slurmxx
