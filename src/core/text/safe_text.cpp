// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/safe_text.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace slurmxx {
namespace {

struct Character {
  std::size_t bytes = 0;  // 0: no UTF-8 here
  std::uint32_t code = 0;
};

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
}

// RFC 3629: the shortest form only, no surrogates, up to U+10FFFF.
Character character_at(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at);
  if (first < 0x80) return {1, first};
  const std::size_t bytes = first >= 0xF5 ? 0 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (bytes == 0) return {};
  std::uint32_t code = first & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const std::uint8_t next = byte_at(text, at + i);
    if ((next & 0xC0) != 0x80) return {};
    code = code << 6 | (next & 0x3Fu);
  }
  const std::uint32_t least = bytes == 4 ? 0x10000 : bytes == 3 ? 0x800 : 0x80;
  if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {bytes, code};
}

bool is_control(std::uint32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

bool is_plain(char c) { return c >= 0x20 && c < 0x7F; }

}  // namespace

std::string printable(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string safe;
  for (std::size_t at = 0; at < text.size();) {
    const Character one = character_at(text, at);
    const std::size_t bytes = std::max<std::size_t>(one.bytes, 1);
    const std::uint32_t code = one.bytes == 0 ? byte_at(text, at) : one.code;
    is_control(code) ? safe.append(1, '?') : safe.append(text.substr(at, bytes));
    at += bytes;
  }
  return safe;
}

std::string valid_utf8(std::string_view text, std::string_view instead) {
  if (std::ranges::all_of(text, [](char c) { return static_cast<std::uint8_t>(c) < 0x80; })) return std::string(text);
  std::string valid;
  for (std::size_t at = 0; at < text.size();) {
    const Character one = character_at(text, at);
    one.bytes == 0 ? valid.append(instead) : valid.append(text.substr(at, one.bytes));
    at += std::max<std::size_t>(one.bytes, 1);
  }
  return valid;
}

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (const char c : valid_utf8(text)) {
    if (c == '"' || c == '\\')
      json += '\\', json += c;
    else if (static_cast<unsigned char>(c) < ' ')
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      json += c;
  }
  return json + '"';
}

}  // namespace slurmxx
