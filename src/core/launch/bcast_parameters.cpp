// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/bcast_parameters.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::size_t block_max = 32u << 20;  // as a receiver takes it

}  // namespace

BcastParameters parse_bcast_parameters(std::string_view text) {
  BcastParameters out;
  for (const std::string_view word : split_commas(text)) {
    if (equal_ignoring_case(word, "send_libs")) out.send_libs = true;
    const auto pair = split_once(word, '=');
    if (!pair) continue;
    if (equal_ignoring_case(pair->first, "DestDir")) out.dest_dir = std::string(pair->second);
    if (equal_ignoring_case(pair->first, "Compression")) out.compression = lower(pair->second);
    if (equal_ignoring_case(pair->first, "send_libs")) out.send_libs = parse_yes_no(pair->second).value_or(true);
  }
  return out;
}

Result<bool> compresses(const std::optional<std::string>& option, const BcastParameters& site) {
  if (!option && !site.compression) return false;
  std::string library = option ? lower(*option) : *site.compression;
  if (library.empty()) library = site.compression.value_or("lz4");
  if (library == "none") return false;
  if (library == "lz4") return true;
  return fail(fmt::format("compression library \"{}\" is not there: --compress takes lz4 or none", library));
}

std::vector<std::string> excluded_folders(std::string_view list) {
  std::vector<std::string> folders;
  if (equal_ignoring_case(list, "none")) return folders;
  for (const std::string_view folder : split_commas(list)) folders.emplace_back(folder);
  return folders;
}

bool is_below(std::string_view path, const std::vector<std::string>& folders) {
  return std::any_of(folders.begin(), folders.end(), [&](std::string_view folder) {
    while (folder.ends_with('/')) folder.remove_suffix(1);
    return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
  });
}

// "	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)", "	/lib64/ld-linux-x86-64.so.2 (0x...)"
std::vector<SharedObject> shared_objects_of(std::string_view ldd_output) {
  std::vector<SharedObject> found;
  for (std::string_view line : split(ldd_output, '\n')) {
    line = trim(line);
    const std::size_t arrow = line.find(" => ");
    const std::string_view name = line.substr(0, arrow == std::string_view::npos ? line.find(' ') : arrow);
    std::string_view path = arrow == std::string_view::npos ? name : line.substr(arrow + 4);
    path = path.substr(0, path.find(" (0x"));
    if (!path.starts_with('/')) continue;
    found.push_back({std::string(name.substr(name.rfind('/') + 1)), std::string(path)});
  }
  return found;
}

std::string bcast_file_name(std::uint32_t job, std::string_view step, std::string_view node) {
  return fmt::format("slurm_bcast_{}.{}_{}", job, step, node);
}

std::optional<std::size_t> parse_block_size(std::string_view text) {
  std::size_t unit = 1;
  if (text.ends_with('k') || text.ends_with('K')) unit = 1u << 10;
  if (text.ends_with('m') || text.ends_with('M')) unit = 1u << 20;
  if (unit > 1) text.remove_suffix(1);
  constexpr std::uint64_t number_max = 1u << 31;
  const auto number = parse_natural(text, {0, number_max});
  if (!number) return std::nullopt;
  const std::uint64_t bytes = *number * unit;
  if (bytes == 0) return bcast_block_usual;
  return std::clamp<std::size_t>(bytes, bcast_block_min, block_max);
}

}  // namespace slurmxx
