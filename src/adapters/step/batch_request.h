// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// From the controller's order to what the launcher needs for a batch script: its file, environment, output files.
// Nothing is opened here.
#pragma once

#include <string>

#include "adapters/process/launcher.h"
#include "wire/node_messages.h"

namespace slurmxx {

struct BatchFacts {
  std::string host_name;  // short, for %N
  std::string script_path;
  std::string error_head;
};

LaunchRequest batch_request(const LaunchBatch& order, const BatchFacts& facts);

}  // namespace slurmxx
