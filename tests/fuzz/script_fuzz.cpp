// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a batch script: it is refused in words, or its #SBATCH lines give options or an error that names the
// line. Corpus: tests/fuzz/corpus/script.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/request/batch_script.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slurmxx;
  const std::string_view script(reinterpret_cast<const char*>(data), size);
  if (const Status sound = check_batch_script(script); !sound) {
    SLURMXX_CHECK(!sound.error().message.empty());
    return 0;
  }
  const auto options = batch_script_options(script, "job.sh");
  if (!options) {
    SLURMXX_CHECK(options.error().message.starts_with("job.sh: line "));
    return 0;
  }
  std::size_t bytes = 0;
  for (const std::string& option : *options) bytes += option.size();
  SLURMXX_CHECK(bytes <= size);
  return 0;
}
