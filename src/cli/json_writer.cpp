// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// JSON goes through rapidjson's PrettyWriter; YAML is a block-style emitter of the same events, small enough that no
// command has to link a YAML library to print.
#include "cli/json_writer.h"

#include <rapidjson/prettywriter.h>

#include <charconv>
#include <cmath>

#include "base/check.h"
#include "cli/data_parser.h"
#include "core/text/safe_text.h"

namespace slurmxx {

namespace {

constexpr std::size_t chunk_size = 64 * 1024;
constexpr const char* release = "25.11.0";

// rapidjson's output stream on a sink.
class ChunkStream {
 public:
  using Ch = char;
  explicit ChunkStream(DataSink sink) : sink_(std::move(sink)) {}
  void Put(char c) {
    buffer_ += c;
    if (buffer_.size() >= chunk_size) Flush();
  }
  void put(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= chunk_size) Flush();
  }
  void Flush() {
    if (!buffer_.empty()) sink_(buffer_);
    buffer_.clear();
  }

 private:
  DataSink sink_;
  std::string buffer_;
};

class JsonWriter final : public DataWriter {
 public:
  explicit JsonWriter(DataSink sink) : stream_(std::move(sink)), writer_(stream_) { writer_.SetIndent(' ', 2); }
  void begin_object() override { writer_.StartObject(); }
  void end_object() override { writer_.EndObject(); }
  void begin_array() override { writer_.StartArray(); }
  void end_array() override { writer_.EndArray(); }
  void key(std::string_view name) override {
    const std::string valid = valid_utf8(name);
    writer_.Key(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
  }
  void text(std::string_view value) override {
    const std::string valid = valid_utf8(value);
    writer_.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
  }
  void integer(std::int64_t value) override { writer_.Int64(value); }
  void real(double value) override { std::isfinite(value) ? writer_.Double(value) : writer_.Null(); }
  void boolean(bool value) override { writer_.Bool(value); }
  void null() override { writer_.Null(); }
  void finish() override {
    stream_.Put('\n');
    stream_.Flush();
  }

 private:
  ChunkStream stream_;
  rapidjson::PrettyWriter<ChunkStream> writer_;
};

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (char c : valid_utf8(value)) {
    if (c == '"' || c == '\\') {
      text.append(1, '\\').append(1, c);
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      constexpr char hex[] = "0123456789ABCDEF";
      text.append("\\x").append(1, hex[(c >> 4) & 0xF]).append(1, hex[c & 0xF]);
    } else {
      text += c;
    }
  }
  return text + "\"";
}

class YamlWriter final : public DataWriter {
 public:
  explicit YamlWriter(DataSink sink) : stream_(std::move(sink)) { stream_.put("---"); }
  void begin_object() override { open('{'); }
  void end_object() override { close("{}"); }
  void begin_array() override { open('['); }
  void end_array() override { close("[]"); }
  void key(std::string_view name) override {
    SLURMXX_CHECK(!levels_.empty() && levels_.back().kind == '{');
    new_line();
    stream_.put(quoted(name));
    stream_.Put(':');
    after_key_ = true;
  }
  void text(std::string_view value) override { scalar(quoted(value)); }
  void integer(std::int64_t value) override { scalar(std::to_string(value)); }
  void real(double value) override {
    char digits[40];
    auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    scalar(std::isfinite(value) ? std::string_view(digits, static_cast<std::size_t>(end - digits)) : "null");
  }
  void boolean(bool value) override { scalar(value ? "true" : "false"); }
  void null() override { scalar("null"); }
  void finish() override {
    stream_.put("\n...\n");
    stream_.Flush();
  }

 private:
  struct Level {
    char kind;
    std::size_t indent;
    bool empty = true;
  };

  // Starts the line of one more member; the first member of an object inside a list shares the list's line.
  void new_line() {
    Level& level = levels_.back();
    if (after_dash_ && level.empty) {
      stream_.Put(' ');
    } else {
      stream_.Put('\n');
      for (std::size_t i = 0; i < level.indent; ++i) stream_.Put(' ');
    }
    after_dash_ = false;
    level.empty = false;
  }

  void before_value() {
    if (!after_key_ && !levels_.empty()) {
      new_line();
      stream_.Put('-');
      after_dash_ = true;
    }
  }

  void scalar(std::string_view text) {
    before_value();
    stream_.Put(' ');
    stream_.put(text);
    after_key_ = after_dash_ = false;
  }

  void open(char kind) {
    before_value();
    levels_.push_back({kind, levels_.empty() ? 0 : levels_.back().indent + 2});
    after_key_ = false;
  }

  void close(const char* nothing) {
    SLURMXX_CHECK(!levels_.empty());
    if (levels_.back().empty) {
      stream_.Put(' ');
      stream_.put(nothing);
    }
    levels_.pop_back();
    after_dash_ = false;
  }

  ChunkStream stream_;
  std::vector<Level> levels_;
  bool after_key_ = false;
  bool after_dash_ = false;
};

void triple(DataWriter& writer, std::string_view name, std::optional<std::int64_t> value, bool infinite) {
  writer.key(name);
  writer.begin_object();
  writer.member("set", value.has_value());
  writer.member("infinite", infinite);
  writer.member("number", value.value_or(0));
  writer.end_object();
}

void problems(DataWriter& writer, std::string_view name, std::span<const AnswerProblem> list) {
  writer.key(name);
  writer.begin_array();
  for (const AnswerProblem& problem : list) {
    writer.begin_object();
    writer.member("description", problem.description);
    if (problem.number != 0) writer.member("error_number", problem.number);
    if (!problem.error.empty()) writer.member("error", problem.error);
    writer.member("source", problem.source);
    writer.end_object();
  }
  writer.end_array();
}

void write_meta(DataWriter& writer, const AnswerMeta& meta) {
  writer.key("meta");
  writer.begin_object();
  writer.key("plugin");
  writer.begin_object();
  writer.member("type", "");
  writer.member("name", "");
  writer.member("data_parser", data_parser_name);
  writer.member("accounting_storage", meta.accounting_storage);
  writer.end_object();
  writer.key("client");
  writer.begin_object();
  writer.member("source", meta.source);
  writer.member("user", meta.user);
  writer.member("group", meta.group);
  writer.end_object();
  writer.member("command", std::span<const std::string>(meta.command));
  writer.key("slurm");
  writer.begin_object();
  writer.key("version");
  writer.begin_object();
  writer.member("major", "25");
  writer.member("micro", "0");
  writer.member("minor", "11");
  writer.end_object();
  writer.member("release", release);
  writer.member("cluster", meta.cluster);
  writer.end_object();
  writer.end_object();
}

}  // namespace

void DataWriter::member(std::string_view name, std::span<const std::string> values) {
  key(name);
  begin_array();
  for (const std::string& value : values) text(value);
  end_array();
}

std::unique_ptr<DataWriter> make_data_writer(DataFormat format, DataSink sink) {
  if (format == DataFormat::yaml) return std::make_unique<YamlWriter>(std::move(sink));
  return std::make_unique<JsonWriter>(std::move(sink));
}

void number_member(DataWriter& writer, std::string_view name, std::optional<std::int64_t> value) {
  triple(writer, name, value, false);
}

// As the recorded answers have it: no limit is infinite without being set to a number.
void number_member(DataWriter& writer, std::string_view name, Infinite) { triple(writer, name, std::nullopt, true); }

void begin_answer(DataWriter& writer) { writer.begin_object(); }

void end_answer(DataWriter& writer, const AnswerMeta& meta, std::span<const AnswerProblem> errors,
                std::span<const AnswerProblem> warnings) {
  write_meta(writer, meta);
  problems(writer, "errors", errors);
  problems(writer, "warnings", warnings);
  writer.end_object();
  writer.finish();
}

}  // namespace slurmxx
