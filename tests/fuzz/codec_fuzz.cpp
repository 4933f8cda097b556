// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Any bytes: decoding a job's spec gives a value or an error of one line, and what was decoded survives another round.
// docs/formats/encoding.md. Corpus: tests/fuzz/corpus/codec.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/model/job_spec.h"
#include "state/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slurmxx;
  const auto spec = decode<JobSpec>(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!spec) {
    SLURMXX_CHECK(!spec.error().message.empty());
    return 0;
  }
  const std::string bytes = encode(*spec);
  const auto again = decode<JobSpec>(bytes);
  SLURMXX_CHECK(again && encode(*again) == bytes);
  return 0;
}
