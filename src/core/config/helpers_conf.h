// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// helpers.conf beside slurm.conf: features of nodes that a program sets for the next boot
// (NodeFeaturesPlugins=node_features/helpers). slurmctld and slurmd read it. Ruled by helpers.conf(5).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "core/config/grammar.h"

namespace slurmxx {

struct FeatureHelper {
  std::vector<std::string> nodes;  // sorted; empty: all
  std::vector<std::string> features;
  std::string program;      // without an argument it prints those that are set; with one it sets that
  bool rebootless = false;  // what it sets holds at once

  bool is_for(std::string_view node) const;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "nodes", self.nodes);
    v(2, "features", self.features);
    v(3, "program", self.program);
    v(4, "rebootless", self.rebootless);
  }
  bool operator==(const FeatureHelper&) const = default;
};

struct FeatureHelpers {
  std::vector<std::string> users;  // for whose jobs nodes are booted; empty: everybody's
  Seconds boot_time{300};
  Seconds exec_time{10};  // of a program
  std::vector<FeatureHelper> helpers;
  std::vector<std::string> exclusive;  // of each comma list a node has one at most

  bool is_changeable(std::string_view feature) const;
  std::vector<std::string> features_of(std::string_view node) const;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "users", self.users);
    v(2, "boot_time", self.boot_time);
    v(3, "exec_time", self.exec_time);
    v(4, "helpers", self.helpers);
    v(5, "exclusive", self.exclusive);
  }
  bool operator==(const FeatureHelpers&) const = default;
};

// Errors: "helpers.conf line 3: ...".
Result<FeatureHelpers> parse_helpers_conf(const std::string& path, const FileReader& read);

struct ClusterConfig;

// Where slurm.conf (a path) asks for it: puts the file into `config`, and its features among those of the nodes.
Status read_helpers(ClusterConfig& config, const std::string& slurm_conf, const FileReader& read);

}  // namespace slurmxx
