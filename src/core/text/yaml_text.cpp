// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/yaml_text.h"

#include <fmt/format.h>

#include <optional>

#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Line {
  std::uint32_t number = 0;
  std::size_t indent = 0;
  std::string_view text;  // never empty
};

// A # at the begin or behind a blank starts a comment, unless it is quoted.
std::string_view without_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0)
      quote = c == quote ? 0 : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '#' && (i == 0 || is_space(line[i - 1])))
      return line.substr(0, i);
  }
  return line;
}

std::string unquoted(std::string_view text) {
  text = trim(text);
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return std::string(quoted ? text.substr(1, text.size() - 2) : text);
}

bool is_item(std::string_view text) { return text == "-" || text.starts_with("- "); }

// "key: value" or "key:", not within quotes or brackets.
std::optional<std::pair<std::string_view, std::string_view>> entry_of(std::string_view text) {
  if (text.front() == '"' || text.front() == '\'' || text.front() == '[') return {};
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == ':' && (i + 1 == text.size() || is_space(text[i + 1])))
      return std::pair{trim(text.substr(0, i)), trim(text.substr(i + 1))};
  return {};
}

class YamlReader {
 public:
  explicit YamlReader(std::string_view text) {
    std::uint32_t number = 0;
    for (const std::string_view raw : split(text, '\n')) {
      ++number;
      const std::string_view line = without_comment(raw);
      const std::string_view body = trim(line);
      if (body.empty() || body == "---") continue;
      lines_.push_back({number, static_cast<std::size_t>(body.data() - line.data()), body});
    }
  }

  Result<YamlNode> read() {
    if (lines_.empty()) return YamlNode();
    TRY_ASSIGN(YamlNode root, block(lines_.front().indent, 0));
    if (at_ < lines_.size()) return error("is not indented as what it belongs to");
    return root;
  }

 private:
  Error error(std::string_view what) const {
    const Line& line = lines_[std::min(at_, lines_.size() - 1)];
    return fail(fmt::format("line {}: \"{}\" {}", line.number, line.text, what));
  }
  bool more(std::size_t indent) const { return at_ < lines_.size() && lines_[at_].indent == indent; }

  Result<YamlNode> block(std::size_t indent, std::size_t depth) {
    if (depth > yaml_depth_max) return error("is too deep");
    if (is_item(lines_[at_].text)) return list(indent, depth);
    if (entry_of(lines_[at_].text)) return map(indent, depth);
    YamlNode node = one_line(lines_[at_].text, lines_[at_].number);
    ++at_;
    return node;
  }

  Result<YamlNode> list(std::size_t indent, std::size_t depth) {
    YamlNode node;
    node.kind = YamlNode::Kind::list;
    node.line = lines_[at_].number;
    while (more(indent) && is_item(lines_[at_].text)) {
      Line& line = lines_[at_];
      const std::string_view rest = trim(line.text.substr(1));
      if (rest.empty()) {
        TRY_ASSIGN(YamlNode item, below(indent, depth));
        node.items.push_back(std::move(item));
        continue;
      }
      line.indent += static_cast<std::size_t>(rest.data() - line.text.data());
      line.text = rest;
      TRY_ASSIGN(YamlNode item, block(line.indent, depth + 1));
      node.items.push_back(std::move(item));
    }
    return node;
  }

  Result<YamlNode> map(std::size_t indent, std::size_t depth) {
    YamlNode node;
    node.kind = YamlNode::Kind::map;
    node.line = lines_[at_].number;
    while (more(indent) && !is_item(lines_[at_].text)) {
      const auto entry = entry_of(lines_[at_].text);
      if (!entry) return error("is no \"key: value\"");
      const std::string key = unquoted(entry->first);
      if (node.find(key)) return error("is there twice");
      if (!entry->second.empty()) {
        node.keys.push_back(key);
        node.items.push_back(one_line(entry->second, lines_[at_].number));
        ++at_;
        continue;
      }
      TRY_ASSIGN(YamlNode value, below(indent, depth));
      node.keys.push_back(key);
      node.items.push_back(std::move(value));
    }
    return node;
  }

  // What stands under the line at hand: deeper, or a list right under a key.
  Result<YamlNode> below(std::size_t indent, std::size_t depth) {
    const bool key = !is_item(lines_[at_].text);
    ++at_;
    if (at_ == lines_.size()) return YamlNode();
    const Line& next = lines_[at_];
    if (next.indent > indent || (key && next.indent == indent && is_item(next.text)))
      return block(next.indent, depth + 1);
    return YamlNode();
  }

  static YamlNode one_line(std::string_view text, std::uint32_t number) {
    YamlNode node;
    node.line = number;
    if (!text.starts_with('[') || !text.ends_with(']')) {
      node.kind = YamlNode::Kind::value;
      node.value = unquoted(text);
      return node;
    }
    node.kind = YamlNode::Kind::list;
    for (const std::string_view item : split_commas(text.substr(1, text.size() - 2)))
      node.items.push_back(one_line(item, number));
    return node;
  }

  std::vector<Line> lines_;
  std::size_t at_ = 0;
};

}  // namespace

Result<YamlNode> parse_yaml(std::string_view text) { return YamlReader(text).read(); }

}  // namespace slurmxx
