// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Big-endian integers in byte strings, for the fixed headers of frames. The reader's caller has checked the length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"

namespace slurmxx {

inline void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>((value >> shift) & 0xff));
}

inline void append_u64(std::string& out, std::uint64_t value) {
  append_u32(out, static_cast<std::uint32_t>(value >> 32));
  append_u32(out, static_cast<std::uint32_t>(value));
}

inline std::uint32_t read_u32(std::string_view bytes) {
  SLURMXX_CHECK(bytes.size() >= 4);
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

inline std::uint64_t read_u64(std::string_view bytes) {
  return (std::uint64_t{read_u32(bytes)} << 32) | read_u32(bytes.substr(4));
}

}  // namespace slurmxx
