// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pmi/pmi_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::size_t length_digits = 6;

Error not_pmi(std::string_view text) {
  constexpr std::size_t shown_max = 40;
  return fail(fmt::format("\"{}\" is no message of PMI-1 or PMI-2", text.substr(0, shown_max)));
}

// The first field is the command: "cmd", or "mcmd" of a block.
Result<PmiMessage> with_command(std::vector<std::pair<std::string, std::string>> fields, std::string_view text) {
  if (fields.empty() || (fields.front().first != "cmd" && fields.front().first != "mcmd")) return not_pmi(text);
  PmiMessage message;
  message.command = std::move(fields.front().second);
  fields.erase(fields.begin());
  message.fields = std::move(fields);
  return message;
}

Result<PmiMessage> parse_line(std::string_view line) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const std::string_view word : split(line, ' ')) {
    if (word.empty()) continue;
    const auto field = split_once(word, '=');
    if (!field) return not_pmi(line);
    fields.emplace_back(field->first, field->second);
  }
  return with_command(std::move(fields), line);
}

Result<PmiMessage> parse_counted(std::string_view body) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t equals = body.find('=', at);
    if (equals == std::string_view::npos) return not_pmi(body);
    std::string value;
    std::size_t end = equals + 1;
    for (; end < body.size(); ++end) {
      const bool doubled = body[end] == ';' && end + 1 < body.size() && body[end + 1] == ';';
      if (body[end] == ';' && !doubled) break;
      value += body[end];
      if (doubled) ++end;
    }
    if (end >= body.size()) return not_pmi(body);
    fields.emplace_back(body.substr(at, equals - at), std::move(value));
    at = end + 1;
  }
  return with_command(std::move(fields), body);
}

}  // namespace

const std::string* PmiMessage::find(std::string_view name) const {
  for (const auto& [field, value] : fields)
    if (field == name) return &value;
  return nullptr;
}

std::string PmiMessage::text(std::string_view name) const {
  const std::string* value = find(name);
  return value ? *value : std::string();
}

std::string pmi_text(PmiForm form, const PmiMessage& message) {
  if (form == PmiForm::line) {
    std::string line = "cmd=" + message.command;
    for (const auto& [name, value] : message.fields) line += fmt::format(" {}={}", name, value);
    return line + "\n";
  }
  std::string body = fmt::format("cmd={};", message.command);
  for (const auto& [name, value] : message.fields) {
    body += name + "=";
    for (const char c : value) body += c == ';' ? std::string(";;") : std::string(1, c);
    body += ';';
  }
  return fmt::format("{:6}{}", body.size(), body);
}

Result<std::optional<PmiMessage>> PmiReader::next() { return form_ == PmiForm::line ? next_line() : next_counted(); }

Result<std::optional<PmiMessage>> PmiReader::next_line() {
  while (true) {
    const std::size_t end = bytes_.find('\n');
    if (end == std::string::npos) break;
    const std::string line = bytes_.substr(0, end);
    bytes_.erase(0, end + 1);
    if (line.empty()) continue;
    if (block_ && line == "endcmd") return std::exchange(block_, std::nullopt);
    if (block_) {
      const auto field = split_once(line, '=');
      constexpr std::size_t fields_max = 10'000;
      if (!field || block_->fields.size() >= fields_max) return not_pmi(line);
      block_->fields.emplace_back(field->first, field->second);
      continue;
    }
    TRY_ASSIGN(PmiMessage message, parse_line(line));
    if (!line.starts_with("mcmd=")) return std::optional(std::move(message));
    block_ = std::move(message);
  }
  if (bytes_.size() > pmi_message_bytes_max) return not_pmi(bytes_);
  return std::optional<PmiMessage>();
}

Result<std::optional<PmiMessage>> PmiReader::next_counted() {
  if (bytes_.size() < length_digits) return std::optional<PmiMessage>();
  const auto size = parse_natural(trim(std::string_view(bytes_).substr(0, length_digits)), {1, pmi_message_bytes_max});
  if (!size) return not_pmi(bytes_);
  if (bytes_.size() < length_digits + *size) return std::optional<PmiMessage>();
  TRY_ASSIGN(PmiMessage message, parse_counted(std::string_view(bytes_).substr(length_digits, *size)));
  bytes_.erase(0, length_digits + *size);
  return std::optional(std::move(message));
}

}  // namespace slurmxx
