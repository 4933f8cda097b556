// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a word is in a list: as it stands, also where the case differs it is another.
#pragma once

#include <algorithm>
#include <string_view>

namespace slurmxx {

template <class List>
bool has_word(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

}  // namespace slurmxx
