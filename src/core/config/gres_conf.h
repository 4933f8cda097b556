// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// gres.conf: the generic resources of nodes, which slurmd reads beside slurm.conf. Lines of other nodes (NodeName=) are
// passed over. Whether the device files are there is asked of the caller. Ruled by the manual page gres.conf(5).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/config/grammar.h"
#include "core/model/gres.h"

namespace slurmxx {

struct GresConfig {
  std::vector<GresFound> rows;  // with every file that is named, in order
  std::string detect;           // the line and the word of AutoDetect=, for this node; empty: off
};

// `types` are GresTypes. Errors name the line.
Result<GresConfig> read_gres_conf(const ConfigText& text, std::string_view node_name,
                                  const std::vector<std::string>& types, std::vector<std::string>& warnings);

// What the node has: rows without the files that are not there, and a row for each name of Gres= that gres.conf does
// not know, which is then counted as declared, unless it is to be detected.
std::vector<GresFound> found_gres(const GresConfig& config, std::string_view declared,
                                  const std::function<bool(const std::string& file)>& there);

// The variables that tell a job which gpus it has; by the flags of the rows, or all of them.
std::vector<std::string> gpu_variables(const std::vector<GresFound>& found);

}  // namespace slurmxx
