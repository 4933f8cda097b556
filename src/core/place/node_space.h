// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What is free on one node while a plan is made: a scratch copy of the node's use from which planned jobs take. It
// decides which CPUs a share gets (core_choice.h), in whole cores where cores are the unit (select/cons_tres).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/model/job.h"
#include "core/model/node.h"
#include "core/place/core_choice.h"

namespace slurmxx {

enum class CpuUnit : std::uint8_t { cpu, core };  // SelectTypeParameters=CR_CPU*, CR_Core*

class NodeSpace {
 public:
  NodeSpace(NodeIndex index, const Node& node, CpuUnit unit);
  static NodeSpace empty(NodeIndex index, const Node& node, CpuUnit unit);  // as if no job held anything

  NodeIndex index() const { return index_; }
  const Node& node() const { return *node_; }
  std::uint32_t threads_per_unit() const { return threads_; }  // CPUs that are given out together
  std::uint32_t units_free() const { return units_free_; }     // whole ones only
  std::uint32_t units_total() const { return static_cast<std::uint32_t>(taken_.size()) / threads_; }
  MebiBytes memory_free() const { return memory_free_; }
  MebiBytes memory_total() const { return node_->declared.memory; }
  bool idle() const { return jobs_ == 0; }
  bool available() const { return available_; }
  bool closed() const { return closed_; }  // a job holds the whole node, or it is clearing
  const std::vector<Uid>& users() const { return users_; }
  const std::optional<Uid>& only_user() const { return only_user_; }  // a job with --exclusive=user is there

  void note_user(Uid uid, bool exclusively);  // of a job that already runs here

  struct Take {
    std::uint32_t units = 0;
    MebiBytes memory;
    bool whole = false;
    Uid user;
    bool only_user = false;
    CoreChoice choice;  // its threads_per_unit is filled in
  };
  // Requires units <= units_free() and memory <= memory_free().
  NodeShare take(const Take& what);

 private:
  NodeSpace() = default;
  void count_units();
  bool unit_free(std::uint32_t unit) const;
  std::vector<std::vector<std::uint32_t>> free_by_socket() const;

  NodeIndex index_;
  const Node* node_ = nullptr;
  std::vector<bool> taken_;  // by CPU id; core k has the ids k*threads .. (k+1)*threads-1
  std::uint32_t threads_ = 1;
  std::uint32_t units_free_ = 0;
  MebiBytes memory_free_;
  std::uint32_t jobs_ = 0;
  bool available_ = true;
  bool closed_ = false;
  std::vector<Uid> users_;
  std::optional<Uid> only_user_;
};

}  // namespace slurmxx
