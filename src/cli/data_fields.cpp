// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/data_fields.h"

#include "core/text/words.h"

namespace slurmxx {

namespace {

void write_value(DataWriter& writer, std::string_view name, const DataValue& value) {
  if (const auto* number = std::get_if<DataNumber>(&value)) {
    if (number->infinite) return number_member(writer, name, Infinite{});
    return number_member(writer, name, number->value);
  }
  if (const auto* words = std::get_if<DataWords>(&value))
    return writer.member(name, std::span<const std::string>(*words));
  writer.key(name);
  if (const auto* text = std::get_if<std::string>(&value)) return writer.text(*text);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return writer.integer(*integer);
  if (const auto* real = std::get_if<double>(&value)) return writer.real(*real);
  if (const auto* truth = std::get_if<bool>(&value)) return writer.boolean(*truth);
  std::get<std::function<void(DataWriter&)>>(value)(writer);
}

}  // namespace

void DataObject::close_to(std::size_t depth) {
  for (; open_.size() > depth; open_.pop_back()) writer_.end_object();
}

void DataObject::write(std::string_view path, const DataValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return;
  const std::vector<std::string_view> names = split(path, '.');
  std::size_t same = 0;
  while (same < open_.size() && same + 1 < names.size() && open_[same] == names[same]) ++same;
  close_to(same);
  for (; same + 1 < names.size(); ++same) {
    writer_.key(names[same]);
    writer_.begin_object();
    open_.push_back(names[same]);
  }
  write_value(writer_, names.back(), value);
}

void DataObject::finish() {
  close_to(0);
  writer_.end_object();
}

}  // namespace slurmxx
