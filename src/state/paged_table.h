// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PagedTable<T>: a table by rising number whose copy costs one pointer a page and shares everything. It is what makes
// a copy of State the snapshot that readers get: the state thread goes on and clones only the pages and rows it
// changes. Rows are immutable once shared; change() clones a row that a snapshot still holds.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"

namespace slurmxx {

template <class T>
class PagedTable {
 public:
  static constexpr std::uint64_t page_rows = 128;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  const T* find(std::uint64_t number) const {
    const std::size_t at = page_at(number / page_rows);
    if (at == pages_.size() || pages_[at].number != number / page_rows) return nullptr;
    return pages_[at].page->rows[number % page_rows].get();
  }

  // The row to change in place; it must be there.
  T& change(std::uint64_t number) {
    std::shared_ptr<T>& row = slot(number);
    SLURMXX_CHECK(row != nullptr);
    if (row.use_count() > 1) row = std::make_shared<T>(*row);
    return *row;
  }

  // A new row; its number must be free.
  T& insert(std::uint64_t number, T value) {
    std::shared_ptr<T>& row = slot(number);
    SLURMXX_CHECK(row == nullptr);
    row = std::make_shared<T>(std::move(value));
    ++size_;
    ++writable(page_at(number / page_rows)).used;
    return *row;
  }

  void erase(std::uint64_t number) {
    std::shared_ptr<T>& row = slot(number);
    SLURMXX_CHECK(row != nullptr);
    row.reset();
    --size_;
    const std::size_t at = page_at(number / page_rows);
    if (--writable(at).used == 0) pages_.erase(pages_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  // Whether nothing was changed, inserted or erased here since the other was copied from it, or the other way round.
  bool shares_all_with(const PagedTable& other) const {
    return std::ranges::equal(pages_, other.pages_, [](const Entry& a, const Entry& b) { return a.page == b.page; });
  }

  // Visits rows in rising order of number: visit(number, const T&).
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Entry& entry : pages_)
      for (std::uint64_t i = 0; i < page_rows; ++i)
        if (const T* row = entry.page->rows[i].get()) visit(entry.number * page_rows + i, *row);
  }

  // The same from `first` on, until visit() says false.
  template <class Visit>
  void for_each_from(std::uint64_t first, Visit visit) const {
    for (std::size_t at = page_at(first / page_rows); at < pages_.size(); ++at) {
      const std::uint64_t begin = pages_[at].number * page_rows;
      for (std::uint64_t i = first > begin ? first - begin : 0; i < page_rows; ++i)
        if (const T* row = pages_[at].page->rows[i].get(); row && !visit(begin + i, *row)) return;
    }
  }

 private:
  struct Page {
    std::array<std::shared_ptr<T>, page_rows> rows;
    std::uint32_t used = 0;
  };
  struct Entry {
    std::uint64_t number;
    std::shared_ptr<Page> page;
  };

  std::size_t page_at(std::uint64_t page_number) const {
    auto before = [](const Entry& entry, std::uint64_t n) { return entry.number < n; };
    return static_cast<std::size_t>(std::lower_bound(pages_.begin(), pages_.end(), page_number, before) -
                                    pages_.begin());
  }

  Page& writable(std::size_t at) {
    std::shared_ptr<Page>& page = pages_[at].page;
    if (page.use_count() > 1) page = std::make_shared<Page>(*page);
    return *page;
  }

  std::shared_ptr<T>& slot(std::uint64_t number) {
    const std::uint64_t page_number = number / page_rows;
    const std::size_t at = page_at(page_number);
    if (at == pages_.size() || pages_[at].number != page_number)
      pages_.insert(pages_.begin() + static_cast<std::ptrdiff_t>(at), Entry{page_number, std::make_shared<Page>()});
    return writable(at).rows[number % page_rows];
  }

  std::vector<Entry> pages_;  // by number
  std::size_t size_ = 0;
};

}  // namespace slurmxx
