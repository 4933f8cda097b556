// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --json and --yaml: one stream of events, two spellings. The shapes that Slurm's readers know are here: numbers that
// may be unset or infinite as {"set", "infinite", "number"}, and the meta, errors and warnings blocks around every
// answer. Nothing is kept but the open levels: long lists stream to the sink.
//
//   auto writer = make_data_writer(DataFormat::json, sink);
//   begin_answer(*writer); writer->key("jobs"); writer->begin_array(); ... writer->end_array();
//   end_answer(*writer, meta);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slurmxx {

enum class DataFormat { json, yaml };

class DataWriter {
 public:
  virtual ~DataWriter() = default;
  virtual void begin_object() = 0;
  virtual void end_object() = 0;
  virtual void begin_array() = 0;
  virtual void end_array() = 0;
  virtual void key(std::string_view name) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void real(double value) = 0;  // a value that is no number is written as null
  virtual void boolean(bool value) = 0;
  virtual void null() = 0;
  virtual void finish() = 0;  // after the outermost value: last newline, everything to the sink

  // One member of the open object.
  void member(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void member(std::string_view name, const char* value) {
    key(name);
    text(value);
  }
  void member(std::string_view name, const std::string& value) {
    key(name);
    text(value);
  }
  void member(std::string_view name, bool value) {
    key(name);
    boolean(value);
  }
  void member(std::string_view name, double value) {
    key(name);
    real(value);
  }
  template <std::integral Int>
  requires(!std::same_as<Int, bool>) void member(std::string_view name, Int value) {
    key(name);
    integer(static_cast<std::int64_t>(value));
  }
  void member(std::string_view name, std::span<const std::string> values);  // an array of texts
};

using DataSink = std::function<void(std::string_view)>;
std::unique_ptr<DataWriter> make_data_writer(DataFormat format, DataSink sink);

struct Infinite {};

// {"set": true, "infinite": false, "number": 4}; nothing: all unset; Infinite: no limit.
void number_member(DataWriter& writer, std::string_view name, std::optional<std::int64_t> value);
void number_member(DataWriter& writer, std::string_view name, Infinite);

// {"return_code": ["SUCCESS"...]} and the like are the commands' own; this is what every answer carries.
struct AnswerMeta {
  std::string cluster;
  std::vector<std::string> command;  // argv of the program
  std::string user;
  std::string group;
  std::string source;              // terminal or file the answer goes to; "" if unknown
  std::string accounting_storage;  // plugin type, "" without accounting
};

struct AnswerProblem {
  std::string description;
  std::int64_t number = 0;
  std::string error;
  std::string source;
};

void begin_answer(DataWriter& writer);
void end_answer(DataWriter& writer, const AnswerMeta& meta, std::span<const AnswerProblem> errors = {},
                std::span<const AnswerProblem> warnings = {});

}  // namespace slurmxx
