// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Any stream of bytes, fed whole or in pieces, gives the same frames or the same refusal.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "wire/frame.h"

namespace {

struct Outcome {
  std::vector<std::string> frames;
  bool lost = false;
  bool operator==(const Outcome&) const = default;
};

Outcome read_in_pieces(std::string_view bytes, std::size_t piece) {
  slurmxx::FrameReader reader(4096);
  Outcome outcome;
  for (std::size_t at = 0; at < bytes.size() && !outcome.lost; at += piece) {
    reader.feed(bytes.substr(at, piece));
    for (;;) {
      auto frame = reader.next();
      outcome.lost = !frame;
      if (!frame || !*frame) break;
      outcome.frames.push_back(**frame);
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read_in_pieces(bytes, size + 1);
  for (std::size_t piece : {1u, 3u, 7u})
    if (!(read_in_pieces(bytes, piece) == whole)) std::abort();
  return 0;
}
