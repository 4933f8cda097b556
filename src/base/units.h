// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Quantities carry their unit in the type. Time of day is an Instant; it comes in as an argument, never from a clock.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace slurmxx {

template <class Tag>
struct Quantity {
  std::int64_t value = 0;

  constexpr Quantity() = default;
  constexpr explicit Quantity(std::int64_t v) : value(v) {}
  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator+(Quantity o) const { return Quantity(value + o.value); }
  constexpr Quantity operator-(Quantity o) const { return Quantity(value - o.value); }
  constexpr Quantity operator*(std::int64_t n) const { return Quantity(value * n); }
  constexpr Quantity& operator+=(Quantity o) {
    value += o.value;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity o) {
    value -= o.value;
    return *this;
  }
};

using Seconds = Quantity<struct SecondsTag>;
using Minutes = Quantity<struct MinutesTag>;
using Millis = Quantity<struct MillisTag>;
using MebiBytes = Quantity<struct MebiBytesTag>;
using Cpus = Quantity<struct CpusTag>;

constexpr Seconds to_seconds(Minutes m) { return Seconds(m.value * 60); }

// Wall-clock instant: seconds since 1970-01-01 UTC.
struct Instant {
  std::int64_t seconds = 0;

  constexpr Instant() = default;
  constexpr explicit Instant(std::int64_t s) : seconds(s) {}
  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Seconds d) const { return Instant(seconds + d.value); }
  constexpr Instant operator-(Seconds d) const { return Instant(seconds - d.value); }
  constexpr Seconds operator-(Instant o) const { return Seconds(seconds - o.seconds); }
};

// Monotonic instant: milliseconds since an unknown start; only differences mean anything. Never journalled.
struct MonoTime {
  std::int64_t millis = 0;

  constexpr MonoTime() = default;
  constexpr explicit MonoTime(std::int64_t ms) : millis(ms) {}
  constexpr auto operator<=>(const MonoTime&) const = default;
  constexpr MonoTime operator+(Millis d) const { return MonoTime(millis + d.value); }
  constexpr MonoTime operator+(Seconds d) const { return MonoTime(millis + d.value * 1000); }
  constexpr Millis operator-(MonoTime o) const { return Millis(millis - o.millis); }
};

// A limit in T, or none.
template <class T>
struct Limit {
  bool unlimited = true;
  T value{};

  static constexpr Limit none() { return Limit{}; }
  static constexpr Limit of(T v) { return Limit{false, v}; }
  constexpr bool operator==(const Limit&) const = default;
  constexpr bool allows(T amount) const { return unlimited || amount <= value; }
};

using TimeLimit = Limit<Minutes>;

}  // namespace slurmxx
