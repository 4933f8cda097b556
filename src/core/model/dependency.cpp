// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/dependency.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/errc.h"
#include "core/model/index_set.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::array<std::string_view, 7> kinds{"after",      "afterany", "afterburstbuffer", "aftercorr",
                                                "afternotok", "afterok",  "singleton"};
constexpr std::size_t dependencies_max = 1000;  // of one job

// Pieces between separators that stand in no brackets.
std::vector<std::string_view> split_outside_brackets(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  bool inside = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == ']') inside = text[i] == '[';
    if (text[i] != separator || inside) continue;
    pieces.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

// "3", "3_1"; behind a '+' stand the minutes of "after:3+10", else the component that "3+1" is.
Result<Dependency> parse_one(DependencyKind kind, std::string_view text) {
  Dependency one{kind, {}, {}, {}, false};
  std::uint32_t component = 0;
  const auto added = split_once(text, '+');
  if (added) {
    const bool delays = kind == DependencyKind::after;
    const auto number = parse_natural(added->second, {delays ? 1U : 0U, UINT32_MAX});
    if (!number) return fail(Errc::dependency);
    if (delays)
      one.delay = Minutes(static_cast<std::int64_t>(*number));
    else
      component = static_cast<std::uint32_t>(*number);
    text = added->first;
  }
  if (const auto of_array = split_once(text, '_')) {
    const auto task = parse_natural(of_array->second, {0, UINT32_MAX - 2});
    if (!task && of_array->second != "*") return fail(Errc::dependency);
    if (task) one.task = static_cast<std::uint32_t>(*task);
    text = of_array->first;
  }
  const auto id = parse_natural(text, {1, UINT32_MAX - 1});
  if (!id) return fail(Errc::dependency);
  if (*id + component >= UINT32_MAX) return fail(Errc::dependency);
  one.job = JobId(static_cast<std::uint32_t>(*id + component));
  if (added && kind != DependencyKind::after) one.leader = JobId(static_cast<std::uint32_t>(*id));
  if (one.leader && one.task) return fail(Errc::dependency);
  return one;
}

// "3_[1-2,5]" is each of these tasks.
Result<std::vector<Dependency>> parse_tasks(DependencyKind kind, std::string_view text) {
  const auto of_array = split_once(text, '_');
  if (!of_array || !of_array->second.starts_with('[') || !of_array->second.ends_with(']')) {
    TRY_ASSIGN(const Dependency one, parse_one(kind, text));
    return std::vector{one};
  }
  TRY_ASSIGN(Dependency one, parse_one(kind, of_array->first));
  const auto tasks = parse_indices(of_array->second.substr(1, of_array->second.size() - 2), UINT32_MAX - 1);
  if (!tasks || tasks->size() > dependencies_max || one.leader || one.delay.value > 0) return fail(Errc::dependency);
  std::vector<Dependency> all;
  tasks->for_each([&](std::uint32_t task) {
    one.task = task;
    all.push_back(one);
    return true;
  });
  return all;
}

}  // namespace

DependencyState Dependencies::state() const {
  const auto lost = std::count_if(list.begin(), list.end(), [](const Dependency& one) { return one.failed; });
  if (list.empty()) return DependencyState::met;
  const bool never = any ? lost == static_cast<std::ptrdiff_t>(list.size()) : lost > 0;
  return never ? DependencyState::never : DependencyState::waiting;
}

Result<Dependencies> parse_dependencies(std::string_view text) {
  Dependencies all;
  all.any = text.find('?') != std::string_view::npos;
  if (text.empty()) return all;
  std::string list(text);  // with one '?' all that stand in it are alternatives
  if (all.any) std::ranges::replace(list, '?', ',');
  for (const std::string_view one : split_outside_brackets(list, ',')) {
    auto words = split_outside_brackets(one, ':');
    if (parse_natural(words[0].substr(0, words[0].find_first_of("_+")))) words.insert(words.begin(), "afterany");
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](std::string_view name) { return equal_ignoring_case(name, words[0]); });
    if (kind == kinds.end()) return fail(Errc::dependency);
    const auto of = static_cast<DependencyKind>(kind - kinds.begin());
    if ((words.size() == 1) != (of == DependencyKind::singleton)) return fail(Errc::dependency);
    if (of == DependencyKind::singleton) all.list.push_back({of, {}, {}, {}, false});
    for (std::size_t i = 1; i < words.size(); ++i) {
      TRY_ASSIGN(const auto parsed, parse_tasks(of, words[i]));
      for (const Dependency& task : parsed)
        if (std::ranges::find(all.list, task) == all.list.end()) all.list.push_back(task);
    }
    if (all.list.size() > dependencies_max) return fail(Errc::dependency);
  }
  return all;
}

std::string dependencies_text(const Dependencies& dependencies) {
  std::string text;
  for (const Dependency& one : dependencies.list) {
    if (!text.empty()) text += dependencies.any ? '?' : ',';
    text += kinds.at(static_cast<std::size_t>(one.kind));
    if (one.leader)
      text += fmt::format(":{}+{}", one.leader->value, one.job.value - one.leader->value);
    else if (one.kind != DependencyKind::singleton)
      text += fmt::format(":{}", one.job.value);
    if (one.task) text += fmt::format("_{}", *one.task);
    if (one.delay.value > 0) text += fmt::format("+{}", one.delay.value);
    text += one.failed ? "(failed)" : "(unfulfilled)";
  }
  return text;
}

}  // namespace slurmxx
