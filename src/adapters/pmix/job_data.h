// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a PMIx server tells its tasks about the step: sizes, who is where, folders. The keys are those that Open MPI 4
// reads; the PMIx standard 4.1, section 11, and pmix_common.h name them.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "adapters/pmix/pmix_library.h"
#include "wire/pmix_messages.h"

namespace slurmxx {

// A list of PMIx infos. The library copies what it is given, and the list lives as long as the server.
class PmixInfos {
 public:
  explicit PmixInfos(const PmixLibrary& library) : library_(&library) {}

  void text(const char* key, const std::string& value);
  void number(const char* key, std::uint32_t value);
  void small(const char* key, std::uint16_t value);
  void rank(const char* key, std::uint32_t value);
  void flag(const char* key, bool value);
  void regex(const char* key, const char* value);
  void list(const char* key, PmixInfos& infos);

  pmix_info_t* data() { return infos_.data(); }
  std::size_t size() const { return infos_.size(); }

 private:
  void add(const char* key, const void* value, pmix_data_type_t type);

  const PmixLibrary* library_;
  std::vector<pmix_info_t> infos_;
};

std::string pmix_namespace(const StepKey& key);  // "slurm.pmix.JOB.STEP"

// Ranks of the node, in their local order.
std::vector<std::uint32_t> ranks_of_node(const StepLayout& layout, std::size_t node);

// For PMIx_server_register_nspace. `folder`: the server's own.
Result<PmixInfos> pmix_job_data(const PmixLibrary& library, const PmixStart& start, const std::string& folder);

}  // namespace slurmxx
