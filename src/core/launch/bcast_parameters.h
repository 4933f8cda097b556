// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sbcast and srun --bcast are told by slurm.conf(5), BcastParameters and BcastExclude, and by their options.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

struct BcastParameters {
  std::string dest_dir;                    // empty: the working folder
  std::optional<std::string> compression;  // "lz4", "none"
  bool send_libs = false;
};

// Words that mean nothing are skipped, as elsewhere in slurm.conf.
BcastParameters parse_bcast_parameters(std::string_view text);

// Whether to compress: `option` is that of --compress, "" where it has no value. Error: a library that is not there.
Result<bool> compresses(const std::optional<std::string>& option, const BcastParameters& site);

// Folders whose libraries stay where they are; of "NONE" none.
std::vector<std::string> excluded_folders(std::string_view list);

// Whether it is in one of these folders.
bool is_below(std::string_view path, const std::vector<std::string>& folders);

struct SharedObject {
  std::string name;  // as the program asks for it
  std::string path;
};

// Of what ldd(1) prints. What it did not find is left out.
std::vector<SharedObject> shared_objects_of(std::string_view ldd_output);

// slurm_bcast_7.0_n1
std::string bcast_file_name(std::uint32_t job, std::string_view step, std::string_view node);

inline constexpr std::size_t bcast_block_min = 64u << 10;
inline constexpr std::size_t bcast_block_usual = 8u << 20;

// "100", "512k", "4m": bytes, between the least and the most that a block may have. nullopt: not a size.
std::optional<std::size_t> parse_block_size(std::string_view text);

}  // namespace slurmxx
