// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The words of JobDefaults= and CpuBind=, of slurm.conf and of scontrol update alike. Ruled by slurm.conf(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/config/record_reader.h"
#include "core/place/gres_room.h"

namespace slurmxx {

// "DefCpuPerGPU=2,DefMemPerGPU=100". Error: which words are known.
Result<GpuDefaults> parse_job_defaults(std::string_view text);

// As slurm.conf writes it; "off" is no binding of its own: empty. Nothing: no such word.
std::optional<std::string> known_cpu_bind(std::string_view text);
inline constexpr std::string_view cpu_bind_words = "one of none, socket, ldom, core, thread, off";

void read_cpu_bind(RecordReader& reader, std::string& out);

}  // namespace slurmxx
