// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A plain struct tells its fields once, and codecs, printers and comparers follow:
//
//   struct Point {
//     int x = 0;
//     std::string label;
//     template <class Self, class V> static void describe(Self& self, V& v) {
//       v(1, "x", self.x);
//       v(2, "label", self.label);
//     }
//     bool operator==(const Point&) const = default;
//   };
//
// Rules: the number is the field's protobuf number, rises through the function and is never reused for another
// meaning; the name is the protobuf name. A field that may be absent is std::optional; a list is std::vector; an
// alternative is std::variant (numbered from 1 by position: append only). Maps do not occur: their order is not
// replayable.
#pragma once

#include <concepts>

namespace slurmxx {

struct AnyVisitor {
  template <class T>
  void operator()(int, const char*, T&&) {}
};

template <class T>
concept Described = requires(T& t, AnyVisitor& v) {
  T::describe(t, v);
};

}  // namespace slurmxx
