// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The grammar that slurm.conf, gres.conf, cgroup.conf and slurmdbd.conf share (slurm.conf(5), first section): a
// statement is a line of Key=Value pairs between blanks. # starts a comment (not within quotes; \# is a plain #), a
// backslash at the end of a line joins the next one, "..." holds blanks together and vanishes, Include PATH reads
// another file in place. What keys mean is not decided here; keys keep the case they are written in.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

// Reads one whole file. An error's message should name the path.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

struct Setting {
  std::string key;
  std::string value;  // quotes removed
  bool operator==(const Setting&) const = default;
};

struct Statement {
  std::string file;
  std::uint32_t line = 0;         // from 1: the line where the statement begins
  std::vector<Setting> settings;  // never empty
  bool operator==(const Statement&) const = default;
};

struct ConfigText {
  std::vector<Statement> statements;
  std::vector<std::string> files;  // in the order they were opened
};

inline constexpr std::size_t include_depth_max = 10;
inline constexpr std::size_t include_files_max = 1000;

// Include paths are relative to the folder of the file that includes; %c in them is the ClusterName read so far.
// Errors begin with "FILE line N: ".
Result<ConfigText> read_config_text(const std::string& path, const FileReader& read);

// "slurm.conf line 12": the start of every message about a statement. The file's last component is enough to find it.
std::string place_of(const Statement& statement);

}  // namespace slurmxx
