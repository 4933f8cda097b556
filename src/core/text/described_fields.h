// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A described struct (base/describe.h) as lines "path.to.field" and value, and what differs between two of them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/describe.h"
#include "base/units.h"

namespace slurmxx {

using FieldTexts = std::map<std::string, std::string>;

// What is at its default is left out, so that it reads as absent.
class FieldLister {
 public:
  FieldLister(FieldTexts& texts, std::string path) : texts_(texts), path_(std::move(path)) {}

  template <class T>
  void operator()(int, const char* name, const T& value) {
    list(path_.empty() ? name : path_ + "." + name, value);
  }

 private:
  void list(const std::string& path, const std::string& value) { put(path, value); }
  template <class T>
  void list(const std::string& path, const std::optional<T>& value) {
    if (value) list(path, *value);
  }
  template <class T>
  void list(const std::string& path, const std::shared_ptr<T>& value) {
    if (value) list(path, *value);
  }
  template <class T>
  void list(const std::string& path, const std::vector<T>& values) {
    std::size_t number = 0;
    for (const auto& value : values) list(fmt::format("{}[{}]", path, number++), static_cast<const T&>(value));
  }
  template <class... T>
  void list(const std::string& path, const std::variant<T...>& value) {
    std::visit([&](const auto& one) { list(path, one); }, value);
  }
  template <class T>
  void list(const std::string& path, const Limit<T>& limit) {
    if (limit.unlimited)
      put(path, "UNLIMITED");
    else
      list(path, limit.value);
  }
  template <class T>
  void list(const std::string& path, const T& value) {
    if constexpr (Described<T>) {
      FieldLister below(texts_, path);
      T::describe(value, below);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (value) put(path, "yes");
    } else if constexpr (std::is_enum_v<T>) {
      put(path, fmt::to_string(static_cast<std::int64_t>(value)));
    } else if constexpr (std::is_arithmetic_v<T>) {
      put(path, fmt::to_string(value));
    } else if constexpr (requires { value.seconds; }) {
      put(path, fmt::to_string(value.seconds));
    } else if constexpr (requires { fmt::to_string(value.value); }) {
      put(path, fmt::to_string(value.value));
    }
  }
  void put(const std::string& path, const std::string& text) {
    if (!text.empty()) texts_[path] = text;
  }

  FieldTexts& texts_;
  std::string path_;
};

template <class T>
FieldTexts fields_of(const T& value) {
  FieldTexts texts;
  FieldLister lister(texts, "");
  T::describe(value, lister);
  return texts;
}

struct FieldChange {
  std::string before;  // "a=1 b=2"
  std::string after;
};
FieldChange changed_fields(const FieldTexts& before, const FieldTexts& after);

}  // namespace slurmxx
