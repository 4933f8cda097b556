// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurm-sim: a workload and one or two clusters in, figures out.
#pragma once

#include <functional>
#include <string>

#include "commands/slurm_sim/options.h"
#include "core/config/grammar.h"

namespace slurmxx {

struct SimWorld {
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  FileReader read;                                                                       // "-" is standard input
  std::function<std::optional<std::vector<std::string>>(const std::string& path)> list;  // nothing: it is no folder
  std::function<Status(const std::string& path, std::string_view text)> write;
  std::function<bool()> progress_due;  // it is time to say how far it is; empty: never
};

int run_slurm_sim(const SimOptions& options, const SimWorld& world);

}  // namespace slurmxx
