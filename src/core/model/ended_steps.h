// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// EndedSteps: the steps of a job that are over, oldest first. A copy shares them all and costs one pointer a page, so
// that what happens to a job does not cost more with every step it has had. Only accounting reads them.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "core/model/step.h"

namespace slurmxx {

class EndedSteps {
 public:
  using element_type = Step;
  static constexpr std::size_t page_steps = 64;

  std::size_t size() const { return pages_.size() * page_steps + last_.size(); }

  void append(Step step) {
    last_.push_back(std::make_shared<const Step>(std::move(step)));
    if (last_.size() < page_steps) return;
    pages_.push_back(std::make_shared<const Page>(std::exchange(last_, {})));
  }

  void clear() {
    pages_.clear();
    last_.clear();
  }

  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& page : pages_)
      for (const auto& step : *page) visit(*step);
    for (const auto& step : last_) visit(*step);
  }

  // The latest of that id; null: none.
  const Step* find(StepId id) const {
    if (const Step* step = latest_in(last_, id)) return step;
    for (auto page = pages_.rbegin(); page != pages_.rend(); ++page)
      if (const Step* step = latest_in(**page, id)) return step;
    return nullptr;
  }

  // Changes every one: change(Step&).
  template <class Change>
  void rewrite(Change change) {
    EndedSteps changed;
    for_each([&](Step step) {
      change(step);
      changed.append(std::move(step));
    });
    *this = std::move(changed);
  }

 private:
  using Page = std::vector<std::shared_ptr<const Step>>;

  static const Step* latest_in(const Page& page, StepId id) {
    for (auto step = page.rbegin(); step != page.rend(); ++step)
      if ((*step)->id == id) return step->get();
    return nullptr;
  }

  std::vector<std::shared_ptr<const Page>> pages_;  // full ones
  Page last_;
};

}  // namespace slurmxx
