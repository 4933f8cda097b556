// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Any bytes of two tasks: the PMI server answers, drops the connection or waits, and every fence and every answer about
// a name that it asks for it can take back. A byte 0xff hands over to the other task. Corpus: tests/fuzz/corpus/pmi.
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/check.h"
#include "core/pmi/pmi_server.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slurmxx;
  PmiServer server({"1.0", 2, {0, 1}, "(vector,(0,1,2))"});
  PmiNames names;
  std::uint32_t local = 0;
  std::string bytes;
  const auto turn = [&] {
    server.take(local, bytes);
    bytes.clear();
    for (const PmiEffect& effect : server.effects()) {
      if (const auto* fence = std::get_if<PmiFence>(&effect)) server.fenced({*fence});
      if (const auto* call = std::get_if<PmiNameCall>(&effect)) server.named(names.serve(*call));
    }
    for (const PmiEffect& effect : server.effects()) SLURMXX_CHECK(!std::holds_alternative<PmiNameCall>(effect));
  };
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] != 0xff) {
      bytes += static_cast<char>(data[i]);
      continue;
    }
    turn();
    local = 1 - local;
  }
  turn();
  return 0;
}
