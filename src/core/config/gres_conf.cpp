// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/gres_conf.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/config/record_reader.h"
#include "core/hostlist/hostlist.h"
#include "core/text/size_text.h"
#include "core/text/words.h"
#include "core/tres/gres.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t cores_max = 65'536;
constexpr std::uint64_t files_max = 1024;

constexpr std::string_view keys[] = {"AutoDetect", "Count",       "Cores",   "CPUs",  "File",          "Files",
                                     "Flags",      "Ignore",      "Link",    "Links", "Name",          "NodeName",
                                     "Type",       "CpuAffinity", "LinkIDs", "Plane", "MultipleFiles", "UniqueId"};

struct GpuFlag {
  std::string_view flag;
  std::string_view variable;
};

constexpr GpuFlag gpu_flags[] = {{"nvidia_gpu_env", "CUDA_VISIBLE_DEVICES"},
                                 {"amd_gpu_env", "ROCR_VISIBLE_DEVICES"},
                                 {"intel_gpu_env", "ZE_AFFINITY_MASK"},
                                 {"opencl_env", "GPU_DEVICE_ORDINAL"},
                                 {"no_gpu_env", ""}};

constexpr std::string_view other_flags[] = {"countonly",   "explicit",    "one_sharing",  "all_sharing",
                                            "no_consume",  "has_file",    "has_type",     "shared",
                                            "gres_nvidia", "env_default", "multiplefiles"};

Result<std::string> flags_of(std::string_view text, std::string_view place) {
  std::string flags;
  for (const std::string_view word : split_commas(text)) {
    const std::string flag = lower(word);
    const bool known = std::ranges::find(other_flags, flag) != std::end(other_flags) ||
                       std::ranges::any_of(gpu_flags, [&](const GpuFlag& one) { return one.flag == flag; });
    if (!known) return fail(fmt::format("{}: Flags={}: {} is no flag of gres.conf", place, text, word));
    flags += (flags.empty() ? "" : ",") + flag;
  }
  return flags;
}

bool has_flag(const GresFound& row, std::string_view flag) {
  const auto flags = split_commas(row.flags);
  return std::ranges::find(flags, flag) != flags.end();
}

// "0-3,8", also "0,1,2,3"; all of the node's where it is not given.
Result<IndexSet> cores_of(const KeyValues& values, std::string_view place) {
  for (const char* key : {"cores", "cpus"}) {
    const auto found = values.find(key);
    if (found == values.end() || found->second.empty()) continue;
    auto cores = parse_indices(found->second, cores_max);
    if (!cores) return fail(fmt::format("{}: Cores={}: numbers are wanted, as in 0-3,8", place, found->second));
    return cores;
  }
  return IndexSet();
}

Result<std::vector<std::string>> files_of(const KeyValues& values, std::string_view place) {
  for (const char* key : {"file", "files", "multiplefiles"}) {
    const auto found = values.find(key);
    if (found == values.end() || found->second.empty()) continue;
    auto files = expand_hostlist(found->second, files_max);
    if (!files) return fail(fmt::format("{}: File={}: {}", place, found->second, text_of(files.error())));
    return files;
  }
  return std::vector<std::string>();
}

std::string value_of(const KeyValues& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? "" : found->second;
}

Result<GresFound> row_of(const KeyValues& values, std::string_view place) {
  GresFound row;
  row.name = value_of(values, "name");
  row.type = value_of(values, "type");
  row.links = values.contains("links") ? value_of(values, "links") : value_of(values, "link");
  TRY_ASSIGN(row.flags, flags_of(value_of(values, "flags"), place));
  TRY_ASSIGN(row.cores, cores_of(values, place));
  TRY_ASSIGN(row.files, files_of(values, place));
  if (values.contains("multiplefiles")) {  // several files that are one device
    if (!row.files.empty()) row.files = {join(row.files, ",")};
  }
  const std::string count = value_of(values, "count");
  row.count = row.files.empty() ? 1 : row.files.size();
  if (!count.empty()) {
    TRY_ASSIGN(row.count, parse_count(count));
    if (!row.files.empty() && row.count != row.files.size())
      return fail(fmt::format("{}: Count={} and {} files of Name={}: leave out Count, or give as many files", place,
                              count, row.files.size(), row.name));
  }
  if (has_flag(row, "countonly")) row.files.clear();
  return row;
}

bool is_for(const KeyValues& values, std::string_view node_name, Status& status, std::string_view place) {
  const std::string nodes = value_of(values, "nodename");
  if (nodes.empty()) return true;
  auto names = expand_hostlist(nodes);
  if (!names) {
    status = fail(fmt::format("{}: NodeName={}: {}", place, nodes, text_of(names.error())));
    return false;
  }
  return std::ranges::find(*names, node_name) != names->end();
}

// "gres.conf:2: AutoDetect=nvml"; empty: off.
Result<std::string> detection_of(std::string_view word, std::string_view place) {
  constexpr std::string_view words[] = {"off", "nvidia", "nvml", "rsmi", "oneapi", "nrt"};
  if (std::ranges::find(words, lower(word)) == std::end(words))
    return fail(fmt::format("{}: AutoDetect={}: off, nvidia, nvml, rsmi, oneapi or nrt is wanted", place, word));
  return equal_ignoring_case(word, "off") ? "" : fmt::format("{}: AutoDetect={}", place, word);
}

}  // namespace

Result<GresConfig> read_gres_conf(const ConfigText& text, std::string_view node_name,
                                  const std::vector<std::string>& types, std::vector<std::string>& warnings) {
  GresConfig config;
  bool detect_for_node = false;
  for (const Statement& statement : text.statements) {
    KeyValues values;
    TRY(add_settings(statement, {"gres", keys, {}}, values, warnings));
    const std::string place = place_of(statement);
    Status status;
    const bool own = is_for(values, node_name, status, place);
    TRY(std::move(status));
    if (!own || equal_ignoring_case(value_of(values, "ignore"), "yes")) continue;
    if (const std::string word = value_of(values, "autodetect"); !word.empty()) {
      TRY_ASSIGN(const std::string detect, detection_of(word, place));
      if (values.contains("nodename") || !detect_for_node) config.detect = detect;
      detect_for_node = detect_for_node || values.contains("nodename");
    }
    if (!values.contains("name")) continue;
    TRY_ASSIGN(GresFound row, row_of(values, place));
    if (std::ranges::find(types, row.name) == types.end()) {
      warnings.push_back(fmt::format("{}: Name={} is not among GresTypes of slurm.conf: the line counts for nothing",
                                     place, row.name));
      continue;
    }
    config.rows.push_back(std::move(row));
  }
  return config;
}

std::vector<GresFound> found_gres(const GresConfig& config, std::string_view declared,
                                  const std::function<bool(const std::string& file)>& there) {
  std::vector<GresFound> found;
  for (GresFound row : config.rows) {
    if (!row.files.empty()) {
      std::erase_if(row.files, [&](const std::string& files) {
        const auto list = split_commas(files);  // of MultipleFiles
        return !std::ranges::all_of(list, [&](std::string_view file) { return there(std::string(file)); });
      });
      row.count = row.files.size();
    }
    if (row.count > 0) found.push_back(std::move(row));
  }
  const auto offers = parse_node_gres(declared);
  if (!offers) return found;
  for (const NodeGres& offer : *offers) {
    const bool known = std::ranges::any_of(config.rows, [&](const GresFound& row) { return row.name == offer.name; });
    const bool detected = offer.name == "gpu" && !config.detect.empty();
    if (!known && !detected) found.push_back({offer.name, offer.type, offer.count, {}, {}, "", ""});
  }
  return found;
}

std::vector<std::string> gpu_variables(const std::vector<GresFound>& found) {
  std::vector<std::string> names;
  bool chosen = false;
  for (const GresFound& row : found)
    for (const GpuFlag& one : gpu_flags) {
      if (row.name != "gpu" || !has_flag(row, one.flag)) continue;
      chosen = true;
      const std::string name(one.variable);
      if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  if (chosen) return names;
  return {"CUDA_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK"};
}

}  // namespace slurmxx
