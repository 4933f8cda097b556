// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Any text: expand_hostlist gives names or an error of one line, folding what it gave expands to the same names again,
// and counting agrees. Corpus: tests/fuzz/corpus/hostlist.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/hostlist/hostlist.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slurmxx;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::uint64_t names_max = 2000;
  const auto names = expand_hostlist(text, names_max);
  if (!names) {
    const Error& error = names.error();
    SLURMXX_CHECK(!error.message.empty());
    return 0;
  }
  const auto count = count_hosts(text);
  SLURMXX_CHECK(count && *count == names->size());
  const auto again = expand_hostlist(fold_hosts(*names), names_max);
  SLURMXX_CHECK(again && *again == *names);
  return 0;
}
