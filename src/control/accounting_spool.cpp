// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A segment begins with eight bytes that name the format and the sixteen of the log.
#include "control/accounting_spool.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "state/codec.h"

namespace slurmxx {
namespace {

constexpr std::string_view magic = "sxacct01";
constexpr std::size_t header_bytes = magic.size() + std::tuple_size_v<LogUuid>;
constexpr std::string_view stem = "records.";
constexpr const char* place_file = "sent";
constexpr const char* place_draft = "sent.new";

std::string name_of(std::uint64_t number) { return fmt::format("{}{:020}", stem, number); }

std::uint64_t number_of(std::string_view name) { return std::strtoull(name.substr(stem.size()).data(), nullptr, 10); }

Result<std::vector<std::string>> segments_in(Folder& folder) {
  TRY_ASSIGN(std::vector<std::string> files, folder.list());
  std::erase_if(files, [](const std::string& file) { return !file.starts_with(stem); });
  return files;
}

std::optional<LogUuid> log_of(std::string_view bytes) {
  if (bytes.size() < header_bytes || !bytes.starts_with(magic)) return std::nullopt;
  LogUuid log{};
  std::memcpy(log.data(), bytes.data() + magic.size(), log.size());
  return log;
}

// Of a file that is not there, or cannot be read, the beginning: slurmdbd knows what it has.
Result<SpoolPlace> place_in(Folder& folder) {
  TRY_ASSIGN(const std::vector<std::string> files, folder.list());
  if (std::find(files.begin(), files.end(), place_file) == files.end()) return SpoolPlace();
  TRY_ASSIGN(const std::string bytes, folder.read(place_file));
  auto place = decode<SpoolPlace>(bytes);
  return place ? *place : SpoolPlace();
}

}  // namespace

Status AccountingSpool::open(const LogUuid& log) {
  log_ = log;
  TRY_ASSIGN(const SpoolPlace sent, place_in(folder_));
  TRY_ASSIGN(const std::vector<std::string> segments, segments_in(folder_));
  for (const std::string& name : segments) TRY(read_segment(name, name == segments.back(), sent));
  return {};
}

Status AccountingSpool::read_segment(const std::string& name, bool is_last, const SpoolPlace& sent) {
  TRY_ASSIGN(const std::string bytes, folder_.read(name));
  bytes_ += bytes.size();
  number_ = number_of(name);
  const auto log = log_of(bytes);
  if (!log) {
    if (!is_last) return fail(fmt::format("accounting/{}: it does not begin as a file of records does", name));
    return folder_.remove(name);  // the crash came while it was begun
  }
  std::size_t good = header_bytes;
  while (const auto entry = entry_at(bytes, good)) {
    if (*log == log_) {
      TRY_ASSIGN(const AccountingEntry whole, decode<AccountingEntry>(entry->body));
      position_ = std::max(position_, whole.position);
    }
    const bool is_sent = number_ < sent.segment || (number_ == sent.segment && good < sent.offset);
    waiting_ += is_sent ? 0 : 1;
    good = entry->end;
  }
  if (good == bytes.size() && *log == log_ && is_last) {
    segment_ = name;
    segment_size_ = good;
  }
  if (good == bytes.size()) return {};
  if (!is_last) return fail(fmt::format("accounting/{}: damaged at byte {}", name, good));
  TRY(folder_.truncate(name, good));
  return folder_.sync(name);
}

Status AccountingSpool::begin_segment() {
  if (!segment_.empty()) TRY(folder_.sync(segment_));
  segment_ = name_of(++number_);
  std::string header(magic);
  header.append(reinterpret_cast<const char*>(log_.data()), log_.size());
  TRY(folder_.append(segment_, header));
  segment_size_ = header.size();
  bytes_ += header.size();
  return {};
}

Status AccountingSpool::append(const AccountingEntry& entry) {
  if (segment_.empty() || segment_size_ > spool_segment_bytes) TRY(begin_segment());
  std::string bytes;
  append_entry(bytes, entry);
  TRY(folder_.append(segment_, bytes));
  segment_size_ += bytes.size();
  bytes_ += bytes.size();
  position_ = entry.position;
  ++waiting_;
  return {};
}

Status AccountingSpool::sync() {
  if (segment_.empty()) return {};
  TRY(folder_.sync(segment_));
  return folder_.sync_folder();
}

Status SpoolReader::open() {
  TRY_ASSIGN(place_, place_in(folder_));
  return {};
}

namespace {

// Behind whole entries of `room` bytes; an entry that is larger goes alone, where there is room for all that may be.
std::size_t end_of_what_fits(std::string_view bytes, std::size_t begin, std::size_t room) {
  std::size_t end = begin;
  while (const auto entry = entry_at(bytes, end)) {
    const bool alone = end == begin && room == SpoolReader::chunk_bytes_max;
    if (entry->end - begin > room && !alone) break;
    end = entry->end;
  }
  return end;
}

}  // namespace

Result<std::optional<SpoolChunk>> SpoolReader::next() {
  TRY_ASSIGN(const std::vector<std::string> segments, segments_in(folder_));
  SpoolChunk chunk;
  for (const std::string& name : segments) {
    const std::uint64_t number = number_of(name);
    if (number < place_.segment) continue;
    TRY_ASSIGN(const std::string bytes, folder_.read(name));
    const auto log = log_of(bytes);
    if (!log) continue;  // just begun
    if (!chunk.entries.empty() && *log != chunk.log) break;
    const std::size_t begin =
        number == place_.segment ? std::max<std::size_t>(place_.offset, header_bytes) : header_bytes;
    const std::size_t end = end_of_what_fits(bytes, begin, chunk_bytes_max - chunk.entries.size());
    if (end == begin && chunk.entries.empty()) continue;
    if (end == begin) break;
    chunk.log = *log;
    chunk.entries.append(bytes, begin, end - begin);
    chunk.next = {number, end};
    for (std::size_t at = begin; at < end; ++chunk.count) at = entry_at(bytes, at)->end;
    if (end < bytes.size()) break;
  }
  return chunk.entries.empty() ? std::optional<SpoolChunk>() : std::optional(std::move(chunk));
}

Status SpoolReader::sent(const SpoolChunk& chunk) {
  pass(chunk);
  TRY_ASSIGN(const std::vector<std::string> files, folder_.list());
  if (std::find(files.begin(), files.end(), place_draft) != files.end()) TRY(folder_.remove(place_draft));
  TRY(folder_.append(place_draft, encode(place_)));
  TRY(folder_.rename(place_draft, place_file));
  for (const std::string& file : files)
    if (file.starts_with(stem) && number_of(file) < place_.segment) TRY(folder_.remove(file));
  return {};
}

}  // namespace slurmxx
