// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/bind_options.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::uint64_t repeats_max = 65'536;

enum class ListKind { none, numbers, masks };

template <class Kind>
struct Word {
  std::string_view name;
  Kind kind;
  ListKind list = ListKind::none;
};

constexpr std::array<Word<CpuBindKind>, 16> cpu_words{{{"none", CpuBindKind::none},
                                                       {"no", CpuBindKind::none},
                                                       {"rank", CpuBindKind::rank},
                                                       {"map_cpu", CpuBindKind::map_cpu, ListKind::numbers},
                                                       {"mask_cpu", CpuBindKind::mask_cpu, ListKind::masks},
                                                       {"rank_ldom", CpuBindKind::rank_ldom},
                                                       {"map_ldom", CpuBindKind::map_ldom, ListKind::numbers},
                                                       {"mask_ldom", CpuBindKind::mask_ldom, ListKind::masks},
                                                       {"threads", CpuBindKind::threads},
                                                       {"thread", CpuBindKind::threads},
                                                       {"cores", CpuBindKind::cores},
                                                       {"core", CpuBindKind::cores},
                                                       {"sockets", CpuBindKind::sockets},
                                                       {"socket", CpuBindKind::sockets},
                                                       {"ldoms", CpuBindKind::ldoms},
                                                       {"ldom", CpuBindKind::ldoms}}};

constexpr std::array<Word<MemBindKind>, 6> mem_words{{{"none", MemBindKind::none},
                                                      {"no", MemBindKind::none},
                                                      {"rank", MemBindKind::rank},
                                                      {"local", MemBindKind::local},
                                                      {"map_mem", MemBindKind::map_mem, ListKind::numbers},
                                                      {"mask_mem", MemBindKind::mask_mem, ListKind::masks}}};

// One element of a list, "7" or "7*3" (three times 7).
Status add_element(std::string_view text, ListKind kind, std::vector<std::string>& list) {
  const auto star = split_once(text, '*');
  const std::string_view value = star ? star->first : text;
  const auto times = star ? parse_natural(star->second, {1, repeats_max}) : Result<std::uint64_t>(1);
  std::string element;
  if (kind == ListKind::numbers) {
    if (const auto number = parse_natural(value, {0, cpu_ids_max - 1})) element = std::to_string(*number);
  } else if (const auto mask = CpuSet::from_hex(value)) {
    element = mask->hex();
  }
  if (!times || element.empty()) {
    const char* what = kind == ListKind::numbers ? "number" : "hexadecimal mask";
    return fail(fmt::format("Failed to validate number: {}: not a {}, or one repeated as {}*COUNT", text, what, what));
  }
  if (list.size() + *times > cpu_ids_max) return fail(fmt::format("{}: the list is too long", text));
  list.insert(list.end(), *times, element);
  return {};
}

struct Reading {
  const char* option;  // "cpu-bind"
  std::string_view text;
};

// Splits at commas and hands each word to `take`; what it does not know continues the list of the last kind.
template <class Kind, class Words, class Out, class Take>
Status read_words(const Reading& reading, const Words& words, Out& out, const Take& take) {
  ListKind open = ListKind::none;
  for (const std::string_view word : split(reading.text, ',')) {
    if (word.empty() || take(word)) continue;
    const auto colon = split_once(word, ':');
    const std::string_view name = colon ? colon->first : word;
    const Word<Kind>* found = nullptr;
    for (const Word<Kind>& one : words)
      if (equal_ignoring_case(one.name, name)) found = &one;
    if (!found && open != ListKind::none) {
      TRY(add_element(word, open, out.list));
      continue;
    }
    if (!found || (found->list == ListKind::none && colon))
      return fail(fmt::format("unrecognized --{} argument \"{}\"", reading.option, word));
    if (found->list != ListKind::none && (!colon || colon->second.empty()))
      return fail(fmt::format("missing list for \"--{}={}:<list>\"", reading.option, found->name));
    out.kind = found->kind;
    out.list.clear();
    open = found->list;
    if (colon) TRY(add_element(colon->second, open, out.list));
  }
  return {};
}

std::optional<bool> loudness(std::string_view word) {
  if (equal_ignoring_case(word, "v") || equal_ignoring_case(word, "verbose")) return true;
  if (equal_ignoring_case(word, "q") || equal_ignoring_case(word, "quiet")) return false;
  return std::nullopt;
}

}  // namespace

Result<CpuBind> parse_cpu_bind(std::string_view text) {
  CpuBind bind;
  const auto take = [&](std::string_view word) {
    const auto loud = loudness(word);
    if (loud) bind.verbose = *loud;
    return loud.has_value();
  };
  TRY(read_words<CpuBindKind>({"cpu-bind", text}, cpu_words, bind, take));
  return bind;
}

Result<MemBind> parse_mem_bind(std::string_view text) {
  MemBind bind;
  const auto take = [&](std::string_view word) {
    const auto loud = loudness(word);
    if (loud) bind.verbose = *loud;
    const bool prefer = equal_ignoring_case(word, "p") || equal_ignoring_case(word, "prefer");
    const bool sort = equal_ignoring_case(word, "sort");
    bind.prefer = bind.prefer || prefer;
    bind.sort = bind.sort || sort;
    if (equal_ignoring_case(word, "nosort")) bind.sort = false;
    return loud || prefer || sort || equal_ignoring_case(word, "nosort");
  };
  TRY(read_words<MemBindKind>({"mem-bind", text}, mem_words, bind, take));
  return bind;
}

}  // namespace slurmxx
