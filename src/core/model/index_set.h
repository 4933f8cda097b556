// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A set of task numbers of a job array. It is kept by ranges, so that four million numbers cost what their ranges do.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

class IndexSet {
 public:
  struct Range {  // first, first + step, ... last; last is one of them
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t step = 1;

    std::uint32_t size() const { return (last - first) / step + 1; }
    bool contains(std::uint32_t index) const { return index >= first && index <= last && (index - first) % step == 0; }
    template <class Self, class V>
    static void describe(Self& self, V& v) {
      v(1, "first", self.first);
      v(2, "last", self.last);
      v(3, "step", self.step);
    }
    bool operator==(const Range&) const = default;
  };

  IndexSet() = default;
  explicit IndexSet(std::uint32_t index) : ranges_{{index, index, 1}} {}
  // In any order, overlapping or not; steps are not 0 and no range ends before it begins.
  explicit IndexSet(std::vector<Range> ranges);

  bool empty() const { return ranges_.empty(); }
  std::uint32_t size() const;
  std::uint32_t front() const { return ranges_.front().first; }
  std::uint32_t back() const { return ranges_.back().last; }
  bool contains(std::uint32_t index) const;
  IndexSet common(const IndexSet& other) const;   // what is in both
  IndexSet without(const IndexSet& other) const;  // what is not in the other
  const std::vector<Range>& ranges() const { return ranges_; }

  // In rising order, until `use` returns false.
  template <class Use>
  void for_each(Use use) const {
    for (const Range& range : ranges_)
      for (std::uint64_t index = range.first; index <= range.last; index += range.step)
        if (!use(static_cast<std::uint32_t>(index))) return;
  }

  // "1-3,7"; "0-20:4" when all of it is one such row that is long enough. Longer than `most` characters: cut behind a
  // comma, and "..." follows.
  std::string text(std::size_t most = std::numeric_limits<std::size_t>::max()) const;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "ranges", self.ranges_);
  }
  bool operator==(const IndexSet&) const = default;

 private:
  std::vector<Range> ranges_;  // rising; each ends before the next begins
};

// "0-99", "1,3,5-7", "0-20:4", all numbers below `end`. Errc::invalid_array.
Result<IndexSet> parse_indices(std::string_view text, std::uint32_t end);

// --array, as far as slurm-wlm takes it: the limit may stand behind any piece ("1-10%2,20"), the first one counts, and
// what is no number limits nothing.
struct ArrayText {
  IndexSet indices;
  std::uint32_t throttle = 0;  // 0: no limit
};
Result<ArrayText> parse_array(std::string_view text, std::uint32_t end);

}  // namespace slurmxx
