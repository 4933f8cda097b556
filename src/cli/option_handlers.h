// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Handlers for the rows that only store: the member pointers name the place, through one inner struct if need be.
//   {'A', "account", Argument::required, "name", "Filters", "...", set_text<&SqueueOptions::filter, &Filter::account>},
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>

#include "cli/data_parser.h"
#include "cli/options.h"

namespace slurmxx {

template <auto outer, auto inner, class Options>
auto& place_of(Options& options) {
  if constexpr (std::is_null_pointer_v<decltype(inner)>)
    return options.*outer;
  else
    return (options.*outer).*inner;
}

template <auto outer, auto inner = nullptr, class Options>
Status set_text(Options& options, const OptionValue& value) {
  place_of<outer, inner>(options) = std::string(value.text);
  return {};
}

template <auto outer, auto inner = nullptr, class Options>
Status set_flag(Options& options, const OptionValue&) {
  place_of<outer, inner>(options) = true;
  return {};
}

template <auto outer, auto inner = nullptr, class Options>
Status clear_flag(Options& options, const OptionValue&) {
  place_of<outer, inner>(options) = false;
  return {};
}

template <auto outer, auto inner = nullptr, class Options>
Status count_up(Options& options, const OptionValue&) {
  ++place_of<outer, inner>(options);
  return {};
}

template <auto to, auto outer, auto inner = nullptr, class Options>
Status set_to(Options& options, const OptionValue&) {
  place_of<outer, inner>(options) = to;
  return {};
}

// --json and --yaml: a flag, and behind it which description's form is asked for.
template <auto outer, auto inner = nullptr, class Options>
Status set_data(Options& options, const OptionValue& value) {
  TRY(check_data_parser(value));
  place_of<outer, inner>(options) = true;
  return {};
}

template <std::int64_t minimum, auto outer, auto inner = nullptr, class Options>
Status set_number(Options& options, const OptionValue& value) {
  TRY_ASSIGN((place_of<outer, inner>(options)), number_argument(value, minimum));
  return {};
}

// --iterate of sinfo: whole seconds from 1 on.
template <auto outer, auto inner = nullptr, class Options>
Status iterate_seconds(Options& options, const OptionValue& value) {
  auto seconds = number_argument(value, 1);
  if (!seconds) return fail("Error: invalid entry for --iterate=" + std::string(value.text));
  place_of<outer, inner>(options) = *seconds;
  return {};
}

// For options that a controller of today has nothing to do with: accepted, so that old scripts run.
template <class Options>
Status accepted(Options&, const OptionValue&) {
  return {};
}

}  // namespace slurmxx
