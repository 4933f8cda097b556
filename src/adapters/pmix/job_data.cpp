// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/pmix/job_data.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "core/launch/task_environment.h"
#include "core/pmi/process_mapping.h"

namespace slurmxx {
namespace {

std::string commas(const std::vector<std::uint32_t>& numbers) { return fmt::format("{}", fmt::join(numbers, ",")); }

Status add_maps(const PmixLibrary& library, const StepLayout& layout, PmixInfos& infos) {
  std::vector<std::string> ranks;
  for (std::size_t node = 0; node < layout.nodes.size(); ++node) ranks.push_back(commas(ranks_of_node(layout, node)));
  char* nodes = nullptr;
  char* procs = nullptr;
  const std::string names = fmt::format("{}", fmt::join(layout.nodes, ","));
  const std::string lists = fmt::format("{}", fmt::join(ranks, ";"));
  const bool good = library.generate_regex(names.c_str(), &nodes) == PMIX_SUCCESS &&
                    library.generate_ppn(lists.c_str(), &procs) == PMIX_SUCCESS;
  if (good) infos.regex(PMIX_NODE_MAP, nodes);
  if (good) infos.regex(PMIX_PROC_MAP, procs);
  free(nodes);
  free(procs);
  if (!good) return fail("libpmix cannot fold the step's nodes and tasks");
  return {};
}

void add_node(const PmixLibrary& library, const PmixStart& start, std::size_t node, PmixInfos& infos) {
  const std::vector<std::uint32_t> ranks = ranks_of_node(start.layout, node);
  PmixInfos info(library);
  info.text(PMIX_HOSTNAME, start.layout.nodes[node]);
  info.number(PMIX_NODEID, static_cast<std::uint32_t>(node));
  info.number(PMIX_LOCAL_SIZE, static_cast<std::uint32_t>(ranks.size()));
  info.number(PMIX_NODE_SIZE, static_cast<std::uint32_t>(ranks.size()));
  info.text(PMIX_LOCAL_PEERS, commas(ranks));
  if (!ranks.empty()) info.rank(PMIX_LOCALLDR, *std::min_element(ranks.begin(), ranks.end()));
  infos.list(PMIX_NODE_INFO_ARRAY, info);
}

void add_tasks(const PmixLibrary& library, const PmixStart& start, const std::string& folder, PmixInfos& infos) {
  for (std::size_t node = 0; node < start.layout.nodes.size(); ++node) {
    std::uint16_t local = 0;
    for (const std::uint32_t rank : ranks_of_node(start.layout, node)) {
      PmixInfos info(library);
      info.rank(PMIX_RANK, rank);
      info.number(PMIX_APPNUM, 0);
      info.rank(PMIX_GLOBAL_RANK, rank);
      info.rank(PMIX_APP_RANK, rank);
      info.small(PMIX_LOCAL_RANK, local);
      info.small(PMIX_NODE_RANK, local);
      info.number(PMIX_NODEID, static_cast<std::uint32_t>(node));
      info.text(PMIX_HOSTNAME, start.layout.nodes[node]);
      if (node == start.node_rank) info.text(PMIX_PROCDIR, fmt::format("{}/{}", folder, rank));
      infos.list(PMIX_PROC_INFO_ARRAY, info);
      ++local;
    }
  }
}

}  // namespace

void PmixInfos::add(const char* key, const void* value, pmix_data_type_t type) {
  library_->info_load(&infos_.emplace_back(), key, value, type);
}

void PmixInfos::text(const char* key, const std::string& value) { add(key, value.c_str(), PMIX_STRING); }
void PmixInfos::number(const char* key, std::uint32_t value) { add(key, &value, PMIX_UINT32); }
void PmixInfos::small(const char* key, std::uint16_t value) { add(key, &value, PMIX_UINT16); }
void PmixInfos::rank(const char* key, std::uint32_t value) { add(key, &value, PMIX_PROC_RANK); }
void PmixInfos::flag(const char* key, bool value) { add(key, &value, PMIX_BOOL); }
void PmixInfos::regex(const char* key, const char* value) { add(key, value, PMIX_REGEX); }

void PmixInfos::list(const char* key, PmixInfos& infos) {
  pmix_data_array_t array{};
  array.type = PMIX_INFO;
  array.size = infos.size();
  array.array = infos.data();
  add(key, &array, PMIX_DATA_ARRAY);
}

std::string pmix_namespace(const StepKey& key) {
  return fmt::format("slurm.pmix.{}.{}", key.job.value, to_string(key.step));
}

std::vector<std::uint32_t> ranks_of_node(const StepLayout& layout, std::size_t node) {
  StepPlace place;
  place.nodes = layout.nodes;
  place.task_count = layout.task_count;
  place.task_ids = layout.task_ids;
  place.node_rank = static_cast<std::uint32_t>(node);
  return tasks_of_node(place);
}

Result<PmixInfos> pmix_job_data(const PmixLibrary& library, const PmixStart& start, const std::string& folder) {
  const StepLayout& layout = start.layout;
  const auto size = static_cast<std::uint32_t>(layout.task_ids.size());
  const std::vector<std::uint32_t> local = ranks_of_node(layout, start.node_rank);
  PmixInfos infos(library);
  infos.text(PMIX_JOBID, pmix_namespace(start.key));
  infos.text(PMIX_RM_NAME, "slurm");
  infos.number(PMIX_UNIV_SIZE, size);
  infos.number(PMIX_JOB_SIZE, size);
  infos.number(PMIX_MAX_PROCS, size);
  infos.number(PMIX_APP_SIZE, size);
  infos.number(PMIX_JOB_NUM_APPS, 1);
  infos.number(PMIX_NUM_NODES, static_cast<std::uint32_t>(layout.nodes.size()));
  infos.rank(PMIX_NPROC_OFFSET, 0);
  infos.rank(PMIX_APPLDR, 0);
  infos.flag(PMIX_SPAWNED, false);
  infos.number(PMIX_LOCAL_SIZE, static_cast<std::uint32_t>(local.size()));
  infos.number(PMIX_NODE_SIZE, static_cast<std::uint32_t>(local.size()));
  infos.text(PMIX_LOCAL_PEERS, commas(local));
  if (!local.empty()) infos.rank(PMIX_LOCALLDR, *std::min_element(local.begin(), local.end()));
  infos.text(PMIX_ANL_MAP, process_mapping(node_of_rank(layout.task_count, layout.task_ids)));
  infos.text(PMIX_TMPDIR, folder);
  infos.text(PMIX_NSDIR, folder);
  infos.flag(PMIX_TDIR_RMCLEAN, true);
  TRY(add_maps(library, layout, infos));
  for (std::size_t node = 0; node < layout.nodes.size(); ++node) add_node(library, start, node, infos);
  add_tasks(library, start, folder, infos);
  return infos;
}

}  // namespace slurmxx
