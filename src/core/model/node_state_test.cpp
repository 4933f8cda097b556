// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/node_state.h"

#include <doctest/doctest.h>

namespace slurmxx {
namespace {

Node up_node() {
  Node node;
  node.declared.cpus = 8;
  node.condition.base = NodeBase::up;
  return node;
}

}  // namespace

TEST_CASE("node state: use tells idle, mixed, allocated and completing apart") {
  Node node = up_node();
  CHECK(node_state(node) == NodeState::idle);
  node.use.jobs = 1;
  node.use.cpus = 3;
  CHECK(node_state_compact_text(node) == "mix");
  node.use.cpus = 8;
  CHECK(node_state_long_text(node) == "allocated");
  node.use.completing_jobs = 1;
  CHECK(node_state_long_text(node) == "allocated+");
  CHECK(node_state_complete(node) == "ALLOCATED+COMPLETING");
  node.use.jobs = 0;
  CHECK(node_state_long_text(node) == "completing");
  CHECK(node_state_complete(node) == "IDLE+COMPLETING");
}

TEST_CASE("node state: a job that holds the whole node allocates it, however few CPUs it asked for") {
  Node node = up_node();
  node.use.jobs = 1;
  node.use.cpus = 2;
  node.use.whole_node_job = JobId(7);
  CHECK(node_state(node) == NodeState::allocated);
}

TEST_CASE("node state: a drained node is draining while jobs are on it") {
  Node node = up_node();
  node.condition.drain = true;
  CHECK(node_state_long_text(node) == "drained");
  CHECK(node_state_compact_text(node) == "drain");
  CHECK(node_state_complete(node) == "IDLE+DRAIN");
  node.use.completing_jobs = 1;
  CHECK(node_state_long_text(node) == "draining");
  node.use = {};
  node.condition.base = NodeBase::down;
  CHECK(node_state_long_text(node) == "drained");
  CHECK(node_state_complete(node) == "DOWN+DRAIN");
  CHECK_FALSE(is_available(node));
}

TEST_CASE("node state: a star marks the node that does not respond") {
  Node node = up_node();
  node.condition.not_responding = true;
  CHECK(node_state_long_text(node) == "idle*");
  CHECK(node_state_complete(node) == "IDLE+NOT_RESPONDING");
  CHECK_FALSE(is_available(node));
  node.condition.base = NodeBase::unknown;
  CHECK(node_state_compact_text(node) == "unk*");
}

TEST_CASE("node state: fail, a registration that does not fit and future have their names") {
  Node node = up_node();
  node.condition.fail = true;
  CHECK(node_state_long_text(node) == "fail");
  node.use.jobs = 1;
  CHECK(node_state_compact_text(node) == "failg");
  node.condition.invalid_registration = true;
  CHECK(node_state_compact_text(node) == "inval");
  node = {};
  node.condition.base = NodeBase::future;
  CHECK(node_state_compact_text(node) == "futr");
}

TEST_CASE("node state: sorting by state puts flags above mixed, allocated, idle and down") {
  Node idle = up_node(), silent = up_node(), down = up_node(), full = up_node();
  silent.condition.not_responding = true;
  down.condition.base = NodeBase::down;
  full.use.jobs = 1;
  full.use.cpus = 8;
  CHECK(node_state_rank(silent) > node_state_rank(full));
  CHECK(node_state_rank(full) > node_state_rank(idle));
  CHECK(node_state_rank(idle) > node_state_rank(down));
  CHECK(is_available(idle));
}

}  // namespace slurmxx
