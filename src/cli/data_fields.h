// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Tables of --json and --yaml: a row a member, its place as a path ("exit_code.signal.id"). Rows of one object stand
// together, objects open and close as the paths say. Names and types are those of the published OpenAPI description
// (data_parser v0.0.44), so that readers written for it work.
//
//   constexpr DataField<JobRow> fields[] = {{"account", [](const JobRow& r) -> DataValue { return r.account; }}, ...};
//   write_fields<JobRow>(writer, fields, row);
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/units.h"
#include "cli/json_writer.h"

namespace slurmxx {

// {"set", "infinite", "number"}.
struct DataNumber {
  std::optional<std::int64_t> value;
  bool infinite = false;
};

inline DataNumber number_of(std::optional<Instant> at) { return {at ? at->seconds : 0, false}; }  // 0: not yet
inline DataNumber number_of(std::uint32_t value) { return {value, false}; }
inline DataNumber number_of(const TimeLimit& limit) {
  return limit.unlimited ? DataNumber{{}, true} : DataNumber{limit.value.value, false};
}
inline DataNumber number_of(const Limit<std::uint32_t>& limit) {
  return limit.unlimited ? DataNumber{{}, true} : DataNumber{limit.value, false};
}

using DataWords = std::vector<std::string>;
// monostate: the member is left out.
using DataValue = std::variant<std::monostate, std::string, std::int64_t, double, bool, DataNumber, DataWords,
                               std::function<void(DataWriter&)>>;

template <class Row>
struct DataField {
  const char* path = "";
  DataValue (*value)(const Row&) = nullptr;
};

// Opens and closes the objects that a path stands in.
class DataObject {
 public:
  explicit DataObject(DataWriter& writer) : writer_(writer) { writer_.begin_object(); }
  void write(std::string_view path, const DataValue& value);
  void finish();

 private:
  void close_to(std::size_t depth);

  DataWriter& writer_;
  std::vector<std::string_view> open_;
};

template <class Row>
void write_fields(DataWriter& writer, std::span<const DataField<Row>> fields, const Row& row) {
  DataObject object(writer);
  for (const DataField<Row>& field : fields) object.write(field.path, field.value(row));
  object.finish();
}

}  // namespace slurmxx
