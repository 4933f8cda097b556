// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Bytes of described structs (base/describe.h) in protobuf's wire format, on protobuf-lite's bounds-checked streams.
// One codec serves journal, snapshot and wire. Reading is total: any bytes give a value or an error, never a crash;
// nesting is bounded. Unknown fields are skipped; a plain field that equals its default is not written, so a default is
// part of the format and never changes.
// Choices that surprise: docs/decisions/0001.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"
#include "state/codec_stream.h"

namespace slurmxx {

namespace codec {

template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;
template <class T>
concept Enumeration = std::is_enum_v<T>;

template <class T>
struct IsStrong : std::false_type {};
template <class Tag, class Rep>
struct IsStrong<StrongId<Tag, Rep>> : std::true_type {};
template <>
struct IsStrong<StepId> : std::true_type {};
template <class Tag>
struct IsStrong<Quantity<Tag>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsShared : std::false_type {};
template <class T>
struct IsShared<std::shared_ptr<const T>> : std::true_type {};
template <class T>
struct IsVariant : std::false_type {};
template <class... T>
struct IsVariant<std::variant<T...>> : std::true_type {};
// A list that is no vector: it takes elements at its end and visits them in order.
template <class T>
concept List = requires(T& list, typename T::element_type element, void (*visit)(const typename T::element_type&)) {
  list.append(std::move(element));
  list.for_each(visit);
};
template <class T>
struct IsLimit : std::false_type {};
template <class T>
struct IsLimit<Limit<T>> : std::true_type {};

template <class T>
constexpr bool is_varint = std::same_as<T, bool> || std::same_as<T, double> || Integer<T> || Enumeration<T> ||
                           IsStrong<T>::value || std::same_as<T, Instant>;

template <class T>
std::uint64_t to_varint(const T& value) {
  if constexpr (std::same_as<T, bool>)
    return value ? 1 : 0;
  else if constexpr (std::same_as<T, double>)
    return std::bit_cast<std::uint64_t>(value);
  else if constexpr (std::same_as<T, Instant>)
    return zigzag(value.seconds);
  else if constexpr (IsStrong<T>::value)
    return to_varint(value.value);
  else if constexpr (Enumeration<T>)
    return static_cast<std::uint64_t>(static_cast<std::underlying_type_t<T>>(value));
  else if constexpr (std::signed_integral<T>)
    return zigzag(value);
  else
    return static_cast<std::uint64_t>(value);
}

template <class T>
void from_varint(std::uint64_t raw, T& value) {
  if constexpr (std::same_as<T, bool>)
    value = raw != 0;
  else if constexpr (std::same_as<T, double>)
    value = std::bit_cast<double>(raw);
  else if constexpr (std::same_as<T, Instant>)
    value.seconds = unzigzag(raw);
  else if constexpr (IsStrong<T>::value)
    from_varint(raw, value.value);
  else if constexpr (Enumeration<T>)
    value = static_cast<T>(static_cast<std::underlying_type_t<T>>(raw));
  else if constexpr (std::signed_integral<T>)
    value = static_cast<T>(unzigzag(raw));
  else
    value = static_cast<T>(raw);
}

template <class T>
void write_message(Writer& out, const T& value);
template <class T>
bool read_message(Reader& in, T& value);

// A struct's fields, with the default-made struct beside it: what equals the default is left out.
struct FieldWriter {
  Writer& out;
  const void* self = nullptr;
  const void* defaults = nullptr;
  std::size_t size = 0;

  // The same member of the default-made struct.
  template <class T>
  const T& usual(const T& member) const {
    const auto offset =
        static_cast<std::size_t>(reinterpret_cast<const char*>(&member) - static_cast<const char*>(self));
    SLURMXX_CHECK(offset < size);  // describe() names members, not copies of them
    return *reinterpret_cast<const T*>(static_cast<const char*>(defaults) + offset);
  }

  template <class T>
  void operator()(int number, const char*, const T& value) {
    if constexpr (IsOptional<T>::value) {
      if (value) always(number, *value);
    } else if constexpr (IsVector<T>::value) {
      for (const auto& element : value) always(number, static_cast<typename T::value_type>(element));
    } else if constexpr (List<T>) {
      value.for_each([&](const auto& element) { always(number, element); });
    } else if constexpr (is_varint<T>) {
      if (to_varint(value) != to_varint(usual(value))) always(number, value);
    } else if constexpr (std::same_as<T, std::string>) {
      if (value != usual(value)) always(number, value);
    } else if constexpr (IsShared<T>::value) {
      if (value) always(number, *value);
    } else {
      always(number, value);
    }
  }

  template <class T>
  void always(int number, const T& value) {
    if constexpr (is_varint<T>) {
      out.varint_field(number, to_varint(value));
    } else if constexpr (std::same_as<T, std::string>) {
      out.bytes_field(number, value);
    } else {
      Writer::Nested nested(out, number);
      write_message(out, value);
    }
  }
};

// Fields come in rising order from our own writer, so one pass over describe() reads all; others cost more passes.
struct FieldReader {
  Reader& in;
  bool progress = false;

  template <class T>
  void operator()(int number, const char*, T& value) {
    while (in.field() == number && in.good()) {
      progress = true;
      one(value);
      in.next();
    }
  }

  template <class T>
  void one(T& value) {
    if constexpr (is_varint<T>) {
      const std::uint64_t raw = in.varint();
      from_varint(raw, value);
      if (in.good() && to_varint(value) != raw) in.fail("a number is too large for its field");
    } else if constexpr (std::same_as<T, std::string>) {
      in.bytes(value);
    } else if constexpr (IsOptional<T>::value) {
      one(value.emplace());
    } else if constexpr (IsVector<T>::value) {
      typename T::value_type element{};
      one(element);
      value.push_back(std::move(element));
    } else if constexpr (List<T>) {
      typename T::element_type element{};
      one(element);
      value.append(std::move(element));
    } else if constexpr (IsShared<T>::value) {
      auto fresh = std::make_shared<std::remove_const_t<typename T::element_type>>();
      one(*fresh);
      value = std::move(fresh);
    } else {
      Reader::Nested nested(in);
      if (in.good()) read_message(in, value);
    }
  }
};

template <class T>
void write_message(Writer& out, const T& value) {
  if constexpr (IsVariant<T>::value) {
    FieldWriter writer{out};
    std::visit([&](const auto& alternative) { writer.always(static_cast<int>(value.index()) + 1, alternative); },
               value);
  } else if constexpr (IsLimit<T>::value) {
    if (!value.unlimited) FieldWriter{out}.always(1, value.value);
  } else {
    static_assert(Described<T>, "give the struct a describe()");
    static const T defaults{};
    FieldWriter writer{out, &value, &defaults, sizeof(T)};
    T::describe(value, writer);
  }
}

template <class Variant, std::size_t index = 0>
bool read_alternative(Reader& in, Variant& value) {
  if constexpr (index < std::variant_size_v<Variant>) {
    if (in.field() != static_cast<int>(index) + 1) return read_alternative<Variant, index + 1>(in, value);
    FieldReader{in}.one(value.template emplace<index>());
    in.next();
    return in.good();
  } else {
    in.fail("an alternative this version does not know");
    return false;
  }
}

template <class T>
bool read_message(Reader& in, T& value) {
  in.next();
  if constexpr (IsVariant<T>::value) {
    return read_alternative(in, value) && (in.at_end() || (in.fail("bytes after an alternative"), false));
  } else {
    while (in.good() && !in.at_end()) {
      FieldReader reader{in};
      if constexpr (IsLimit<T>::value) {
        value.unlimited = false;
        reader(1, "value", value.value);
      } else {
        T::describe(value, reader);
      }
      if (in.good() && !in.at_end() && !reader.progress) in.skip();
    }
    return in.good();
  }
}

}  // namespace codec

template <class T>
std::string encode(const T& value) {
  std::string bytes;
  codec::Writer writer(bytes);
  codec::write_message(writer, value);
  return bytes;
}

// Error: what in the bytes is wrong.
template <class T>
Result<T> decode(std::string_view bytes) {
  T value{};
  codec::Reader reader(bytes);
  if (!codec::read_message(reader, value)) return fail(Errc::protocol_version, reader.problem());
  return value;
}

}  // namespace slurmxx
