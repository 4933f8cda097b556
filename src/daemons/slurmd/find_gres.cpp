// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/find_gres.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/step/step_folder.h"
#include "core/config/gres_conf.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {
namespace {

Result<GresConfig> read_gres(const ClusterConfig& config, const NodeConfig& node, const GresSources& sources) {
  const std::string path = sources.slurm_conf.substr(0, sources.slurm_conf.rfind('/') + 1) + "gres.conf";
  if (::access(path.c_str(), F_OK) != 0) return GresConfig();
  TRY_ASSIGN(const ConfigText text, read_config_text(path, read_whole));
  std::vector<std::string> warnings;
  auto gres = read_gres_conf(text, node.name, config.scheduling.gres_types, warnings);
  for (const std::string& warning : warnings) sources.log("warning: " + warning);
  return gres;
}

}  // namespace

Result<std::vector<GresFound>> find_gres(const ClusterConfig& config, const NodeConfig& node,
                                         const GresSources& sources) {
  if (config.scheduling.gres_types.empty()) return std::vector<GresFound>();
  TRY_ASSIGN(const GresConfig gres, read_gres(config, node, sources));
  std::vector<GresFound> found = found_gres(gres, node.gres, [&](const std::string& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0) return true;
    sources.log(fmt::format("error: gres.conf: File={}: {}", file, strerror(errno)));
    return false;
  });
  if (!gres.detect.empty() && !gres_lack(node.gres, found).empty())
    return fail(gres.detect + ": devices are not found by themselves: name those of Gres= with File=");
  return found;
}

std::string found_gres_text(const std::vector<GresFound>& found) {
  std::string text;
  for (const GresFound& one : found) {
    text += fmt::format("Gres Name={} ", one.name);
    if (!one.type.empty()) text += fmt::format("Type={} ", one.type);
    text += fmt::format("Count={}", one.count);
    if (!one.files.empty()) text += fmt::format(" File={}", join(one.files, ","));
    if (!one.cores.empty()) text += fmt::format(" Cores={}", one.cores.text());
    if (!one.links.empty()) text += fmt::format(" Links={}", one.links);
    if (!one.flags.empty()) text += fmt::format(" Flags={}", one.flags);
    text += '\n';
  }
  return text;
}

}  // namespace slurmxx
