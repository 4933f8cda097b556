// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Frames, as they are in the spool and on their way to slurmdbd.
#include "wire/accounting_records.h"

#include <xxhash.h>

#include "state/codec.h"

namespace slurmxx {
namespace {

constexpr std::size_t frame_bytes = sizeof(std::uint32_t) + sizeof(std::uint64_t);

template <class Int>
void append_number(std::string& bytes, Int number) {
  for (std::size_t i = 0; i < sizeof number; ++i) bytes += static_cast<char>(number >> (8 * i));
}

template <class Int>
Int number_at(std::string_view bytes, std::size_t from) {
  Int number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number |= static_cast<Int>(static_cast<std::uint8_t>(bytes[from + i])) << (8 * i);
  return number;
}

}  // namespace

void append_checked(std::string& bytes, std::string_view body) {
  append_number(bytes, static_cast<std::uint32_t>(body.size()));
  append_number(bytes, static_cast<std::uint64_t>(XXH3_64bits(body.data(), body.size())));
  bytes += body;
}

void append_entry(std::string& bytes, const AccountingEntry& entry) { append_checked(bytes, encode(entry)); }

std::optional<EntryBytes> entry_at(std::string_view bytes, std::size_t from) {
  if (from > bytes.size() || bytes.size() - from < frame_bytes) return std::nullopt;
  const auto length = number_at<std::uint32_t>(bytes, from);
  const auto hash = number_at<std::uint64_t>(bytes, from + sizeof(std::uint32_t));
  if (bytes.size() - from - frame_bytes < length) return std::nullopt;
  const std::string_view body = bytes.substr(from + frame_bytes, length);
  if (XXH3_64bits(body.data(), body.size()) != hash) return std::nullopt;
  return EntryBytes{body, from + frame_bytes + length};
}

}  // namespace slurmxx
