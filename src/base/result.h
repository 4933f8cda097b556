// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Result<T>: a value, or an Error with a code a program can act on and one line for the person.
// Expected failures are values; nothing in core throws.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/errc.h"

namespace slurmxx {

struct Error {
  Errc code = Errc::error;
  std::string message;  // what, where, and what would be right; no trailing newline. Empty: text_of(code) says it all.

  bool operator==(const Error&) const = default;
};

inline Error fail(Errc code) { return Error{code, {}}; }
inline Error fail(Errc code, std::string message) { return Error{code, std::move(message)}; }
inline Error fail(std::string message) { return Error{Errc::error, std::move(message)}; }

// The line a person reads: the message, or the code's own text.
std::string text_of(const Error& error);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return content_.index() == 0; }
  bool ok() const { return content_.index() == 0; }

  T& value() & {
    SLURMXX_CHECK(ok());
    return *std::get_if<0>(&content_);
  }
  const T& value() const& {
    SLURMXX_CHECK(ok());
    return *std::get_if<0>(&content_);
  }
  T&& value() && {
    SLURMXX_CHECK(ok());
    return std::move(*std::get_if<0>(&content_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    SLURMXX_CHECK(!ok());
    return *std::get_if<1>(&content_);
  }

 private:
  std::variant<T, Error> content_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }
  bool ok() const { return !error_; }
  const Error& error() const {
    SLURMXX_CHECK(error_.has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

// Return the error of an expression, or go on.
#define TRY(expression)                                                \
  do {                                                                 \
    if (auto status_ = (expression); !status_) return status_.error(); \
  } while (0)

// auto-declare a name from a Result, or return its error.
#define TRY_JOIN_(a, b) a##b
#define TRY_JOIN(a, b) TRY_JOIN_(a, b)
#define TRY_ASSIGN(declaration, expression)                                     \
  auto TRY_JOIN(result_, __LINE__) = (expression);                              \
  if (!TRY_JOIN(result_, __LINE__)) return TRY_JOIN(result_, __LINE__).error(); \
  declaration = std::move(*TRY_JOIN(result_, __LINE__))

}  // namespace slurmxx
