// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Any text as slurm.conf, which every Include gives again: a configuration, or an error of one line that names file and
// line. What was read survives encoding, can be printed, and is read the same again. Corpus: tests/fuzz/corpus/config.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/config/print_config.h"
#include "core/config/write_config.h"
#include "state/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slurmxx;
  const std::string text(reinterpret_cast<const char*>(data), size);
  int opened = 0;
  // Enough for nesting and its bound; a text that includes itself many times over would only repeat.
  constexpr int opened_max = 12;
  const FileReader read = [&](const std::string& path) -> Result<std::string> {
    if (++opened > opened_max) return fail(path + ": no such file");
    return text;
  };
  Warnings warnings;
  const auto config = parse_cluster_config("slurm.conf", read, warnings);
  for (const std::string& warning : warnings) SLURMXX_CHECK(warning.find(" line ") != std::string::npos);
  if (!config) {
    SLURMXX_CHECK(!config.error().message.empty());
    return 0;
  }
  SLURMXX_CHECK(!print_config(*config, {}).empty());
  const auto again = decode<ClusterConfig>(encode(*config));
  SLURMXX_CHECK(again && *again == *config);
  // A backslash at the end of a value has no spelling that every place of a line takes.
  if (text.find(0x5c) != std::string::npos) return 0;
  const std::string text_again = write_config(*config);
  Warnings none;
  auto rewritten = parse_cluster_config(
      "slurm.conf", [&](const std::string&) -> Result<std::string> { return text_again; }, none);
  SLURMXX_CHECK(rewritten);
  rewritten->files = config->files;
  SLURMXX_CHECK(*rewritten == *config);
  opened = 0;
  Warnings other;
  const auto same = parse_cluster_config("slurm.conf", read, other);
  SLURMXX_CHECK(same && *same == *config && other == warnings);
  return 0;
}
