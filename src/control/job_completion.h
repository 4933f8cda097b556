// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A line for each job that ends. JobCompType=jobcomp/filetxt: "JobId=4 UserId=root(0) ... ExitCode=0:0 ";
// jobcomp/jsonlines: an object of JSON, its members named as jobcomp/elasticsearch and jobcomp/kafka name them.
#pragma once

#include <optional>
#include <string>

#include "control/published.h"
#include "core/text/time_zone.h"

namespace slurmxx {

enum class CompletionFormat : std::uint8_t { text, json };
struct CompletionFile {
  CompletionFormat format;
  std::string path;
};
// Where slurm.conf has it written; nothing: nowhere.
std::optional<CompletionFile> completion_file(const PluginSettings& plugins);

struct CompletionStyle {
  CompletionFormat format;
  const TimeZone& zone;  // of text; JSON has UTC
};
// The lines of what ended with this record; `after`: the cluster as it was left. Empty: nothing ended.
std::string completion_lines(const Published& after, const Record& record, const CompletionStyle& style);

}  // namespace slurmxx
