// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/grammar.h"

#include <fmt/format.h>

#include <optional>

#include "core/text/words.h"

namespace slurmxx {
namespace {

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1));
}

std::string beside(std::string_view path, std::string_view of) {
  if (path.starts_with('/') || of.rfind('/') == std::string_view::npos) return std::string(path);
  return std::string(of.substr(0, of.rfind('/') + 1)) + std::string(path);
}

// The line up to its comment.
std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '#') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == '#' && !quoted) {
      return line.substr(0, i);
    }
  }
  return line;
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Reads Key=Value pairs from one joined line.
class PairReader {
 public:
  explicit PairReader(std::string_view text) : text_(text) {}

  Result<std::vector<Setting>> read_all() {
    std::vector<Setting> settings;
    while (skip_blanks(), at_ < text_.size()) {
      TRY_ASSIGN(Setting setting, read_one());
      settings.push_back(std::move(setting));
    }
    return settings;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  Result<Setting> read_one() {
    std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '=' && !is_space(text_[at_])) ++at_;
    Setting setting{std::string(text_.substr(start, at_ - start)), {}};
    skip_blanks();
    if (setting.key.empty()) return fail("a '=' without a key before it");
    if (at_ >= text_.size() || text_[at_] != '=')
      return fail(fmt::format("'{}' is not of the form Key=Value", setting.key));
    ++at_;
    if (at_ < text_.size() && is_space(text_[at_]) && !value_follows()) return setting;
    skip_blanks();
    TRY_ASSIGN(setting.value, read_value(setting.key));
    return setting;
  }

  // After "Key= ": whether the next word is the value, and not the next Key=Value.
  bool value_follows() const {
    std::size_t i = at_;
    while (i < text_.size() && is_space(text_[i])) ++i;
    if (i < text_.size() && text_[i] == '"') return true;
    while (i < text_.size() && text_[i] != '=' && !is_space(text_[i])) ++i;
    return i == text_.size() || text_[i] != '=';
  }

  Result<std::string> read_value(const std::string& key) {
    std::string value;
    bool quoted = false;
    for (; at_ < text_.size() && (quoted || !is_space(text_[at_])); ++at_) {
      if (text_[at_] == '"') {
        quoted = !quoted;
        continue;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '#' || text_[at_ + 1] == '"')) ++at_;
      value += text_[at_];
    }
    if (quoted) return fail(fmt::format("the value of {} has no closing quote", key));
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class TextReader {
 public:
  explicit TextReader(const FileReader& read) : read_(read) {}

  Status read_file(const std::string& path, std::size_t depth) {
    if (text_.files.size() >= include_files_max) return fail(fmt::format("more than {} files", include_files_max));
    text_.files.push_back(path);
    TRY_ASSIGN(std::string content, read_(path));
    if (content.find('\0') != std::string::npos) return fail(fmt::format("{}: holds a zero byte", path));
    std::uint32_t number = 0;
    std::uint32_t first = 0;
    std::string joined;
    std::vector<std::string_view> lines = split(content, '\n');
    for (std::string_view line : lines) {
      ++number;
      if (joined.empty()) first = number;
      std::string_view part = trim_right(without_comment(line));
      bool goes_on = part.ends_with('\\');
      if (goes_on) part.remove_suffix(1);
      joined.append(part);
      if (goes_on && number < lines.size()) {
        joined += ' ';
        continue;
      }
      if (Status done = read_line({path, first, {}}, joined, depth); !done) return done;
      joined.clear();
    }
    return {};
  }

  ConfigText take() { return std::move(text_); }

 private:
  Status read_line(Statement statement, std::string_view line, std::size_t depth) {
    line = trim(line);
    if (line.empty()) return {};
    if (std::optional<std::string> target = included(line, statement.file)) {
      if (depth >= include_depth_max) {
        return fail(fmt::format("{}: Include nests deeper than {} files", place_of(statement), include_depth_max));
      }
      Status done = read_file(*target, depth + 1);
      if (done || done.error().message.find(" line ") != std::string::npos) return done;
      return fail(done.error().code, fmt::format("{}: Include: {}", place_of(statement), text_of(done.error())));
    }
    Result<std::vector<Setting>> settings = PairReader(line).read_all();
    if (!settings) return fail(fmt::format("{}: {}", place_of(statement), settings.error().message));
    statement.settings = std::move(*settings);
    for (const Setting& setting : statement.settings) {
      if (equal_ignoring_case(setting.key, "ClusterName")) cluster_name_ = lower(setting.value);
    }
    text_.statements.push_back(std::move(statement));
    return {};
  }

  std::optional<std::string> included(std::string_view line, std::string_view file) const {
    constexpr std::string_view word = "include";
    if (!starts_with_ignoring_case(line, word) || line.size() <= word.size() || !is_space(line[word.size()])) return {};
    std::string_view target = trim(line.substr(word.size()));
    if (target.starts_with('=')) return {};
    if (target.size() >= 2 && target.front() == '"' && target.back() == '"')
      target = target.substr(1, target.size() - 2);
    std::string path(target);
    for (std::size_t at = path.find("%c"); at != std::string::npos; at = path.find("%c", at + cluster_name_.size())) {
      path.replace(at, 2, cluster_name_);
    }
    return beside(path, file);
  }

  const FileReader& read_;
  ConfigText text_;
  std::string cluster_name_;
};

}  // namespace

std::string place_of(const Statement& statement) {
  return fmt::format("{} line {}", base_name(statement.file), statement.line);
}

Result<ConfigText> read_config_text(const std::string& path, const FileReader& read) {
  TextReader reader(read);
  TRY(reader.read_file(path, 0));
  return reader.take();
}

}  // namespace slurmxx
