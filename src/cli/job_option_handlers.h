// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Handlers of the job options that judge their value; the rows that use them are in job_option_rows.cpp, the only
// file to include this.
#pragma once

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/job_options.h"
#include "cli/option_handlers.h"
#include "core/launch/distribution.h"
#include "core/model/mail_types.h"
#include "core/request/cpu_freq.h"
#include "core/text/instant_text.h"
#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx::job_handlers {

using Job = JobOptions;
using Value = const OptionValue&;

template <auto part, auto member>
Status keyword(Job& job, Value value, std::initializer_list<std::string_view> allowed) {
  for (std::string_view one : allowed) {
    if (!equal_ignoring_case(value.text, one)) continue;
    (job.*part).*member = std::string(one);
    return {};
  }
  return value.invalid();
}

template <auto member>
Status time_limit(Job& job, Value value) {
  auto limit = parse_time_limit(value.text);
  if (!limit) return value.invalid();
  // Zero asks for no limit at all.
  job.timing.*member = !limit->unlimited && limit->value.value == 0 ? TimeLimit::none() : *limit;
  return {};
}

template <auto member>
Status instant(Job& job, Value value) {
  auto when = parse_instant(value.text, {.now = job.now, .zone = *job.zone});
  if (!when) {
    value.note(text_of(when.error()));
    return value.invalid();
  }
  job.timing.*member = *when;
  return {};
}

// One unit of memory replaces what was said in another.
template <auto member>
Status memory(Job& job, Value value) {
  auto size = parse_memory(value.text);
  if (!size) return value.invalid();
  job.size.memory_per_node = job.size.memory_per_cpu = job.size.memory_per_gpu = std::nullopt;
  job.size.*member = *size;
  return {};
}

inline Status partition(Job& job, Value value) {
  if (value.text.empty()) return fail(Errc::invalid_partition, "invalid partition specified: (null)");
  job.naming.partition = std::string(value.text);
  return {};
}

template <bool on>
Status requeue(Job& job, Value value) {
  const bool expedite = value.present && equal_ignoring_case(value.text, "expedite");
  const auto said = value.present && !expedite ? parse_yes_no(value.text) : std::optional<bool>(true);
  if (!said) return value.invalid();
  if (*said) job.handling.requeue = on;
  job.handling.requeue_expedite = expedite;
  return {};
}

// As Slurm: what is no number is told apart from a number that it does not take.
inline Status wait_all_nodes(Job& job, Value value) {
  TRY_ASSIGN(const std::int64_t number, number_argument(value, 0));
  if (number > 1) return value.invalid();
  job.handling.wait_all_nodes = number == 1;
  return {};
}

// Words that nobody knows are passed over beside one that is known.
inline Status profile(Job& job, Value value) {
  bool known = false;
  for (std::string_view word : split_commas(value.text))
    for (std::string_view one : {"none", "all", "energy", "task", "filesystem", "lustre", "network"})
      known = known || equal_ignoring_case(word, one);
  if (!known) return fail(fmt::format("invalid --profile={} option", value.text));
  job.handling.profile = std::string(value.text);
  return {};
}

// [SECONDS][S|L]: the login shell's time and kind, of no effect since no shell is started.
inline Status get_user_env(Job& job, Value value) {
  const std::size_t digits = std::min(value.text.find_first_not_of("0123456789"), value.text.size());
  const std::string_view kind = value.text.substr(digits);
  if (!kind.empty() && kind != "S" && kind != "L") return value.invalid();
  job.files.get_user_env = std::string(value.text);
  return {};
}

template <auto member, bool absent>
Status yes_no(Job& job, Value value) {
  auto yes = value.present ? parse_yes_no(value.text) : std::optional<bool>(absent);
  if (!yes) return value.invalid();
  job.handling.*member = *yes;
  return {};
}

inline Status nodes(Job& job, Value value) {
  auto range = parse_node_count(value.text);
  if (!range) return fail(text_of(range.error()));
  job.size.nodes = *range;
  return {};
}

inline Status extra_node_info(Job& job, Value value) {
  const std::array<std::optional<std::int64_t>*, 3> targets{&job.size.sockets_per_node, &job.size.cores_per_socket,
                                                            &job.size.threads_per_core};
  auto fields = split(value.text, ':');
  if (fields.size() > targets.size()) return value.invalid();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] == "*") continue;
    auto count = parse_natural(fields[i].substr(0, fields[i].find('-')), {1, UINT16_MAX});
    if (!count) return value.invalid();
    *targets[i] = static_cast<std::int64_t>(*count);
  }
  constexpr std::array<const char*, 3> units{"sockets", "cores", "threads"};
  job.size.binding_unit = units[fields.size() - 1];
  return {};
}

inline Status cpu_freq(Job& job, Value value) {
  if (const Status fine = check_cpu_freq(value.text); !fine)
    return fail(fine.error().message + "\n" + value.invalid().message);
  job.place.cpu_freq = std::string(value.text);
  return {};
}

inline Status distribution(Job& job, Value value) {
  const auto parsed = parse_distribution(value.text);
  if (!parsed && parsed.error().message.starts_with("Invalid plane"))
    return fail(parsed.error().message + "\n" + value.invalid().message);
  if (!parsed || value.text.empty()) return value.invalid();
  job.place.distribution = std::string(value.text);
  return {};
}

inline Status exclusive(Job& job, Value value) {
  static constexpr std::pair<std::string_view, Exclusive> kinds[] = {{"", Exclusive::node},
                                                                     {"exclusive", Exclusive::node},
                                                                     {"user", Exclusive::user},
                                                                     {"mcs", Exclusive::mcs},
                                                                     {"topo", Exclusive::topo}};
  for (const auto& [name, kind] : kinds) {
    if (!equal_ignoring_case(value.text, name)) continue;
    job.place.exclusive = kind;
    job.place.oversubscribe = false;
    return {};
  }
  return value.invalid();
}

inline Status switches(Job& job, Value value) {
  auto wait = split_once(value.text, '@');
  const OptionValue count{wait ? wait->first : value.text, true, value.row};
  TRY_ASSIGN(job.place.switches, number_argument(count, 0));
  if (!wait) return {};
  auto limit = parse_duration(wait->second);
  if (!limit || limit->unlimited) return value.invalid();
  job.place.switches_wait = limit->value;
  return {};
}

inline constexpr const char* hint_help =
    "Application hint options:\n"
    "    --hint=             Bind tasks as suits the application\n"
    "        compute_bound   all cores of each socket, a thread of each\n"
    "        memory_bound    one core of each socket, a thread of each\n"
    "        [no]multithread [not] more than one thread of a core\n"
    "        help            show this text\n";

// What a hint asks of cores and threads, as if it had been given by the options for these.
inline Status hint(Job& job, Value value) {
  if (equal_ignoring_case(value.text, "help")) return value.answered(hint_help);
  const auto known = keyword<&Job::place, &JobPlace::hint>(
      job, value, {"compute_bound", "memory_bound", "multithread", "nomultithread"});
  // Any code but Errc::error: the commands end with 1 here.
  if (!known)
    return fail(Errc::not_supported, fmt::format("unrecognized --hint argument \"{}\", see --hint=help", value.text));
  if (job.place.hint == "memory_bound") job.size.cores_per_socket = 1;
  if (job.place.hint != "multithread") job.size.threads_per_core = 1;
  return {};
}

inline Status signal(Job& job, Value value) {
  auto warn = parse_signal_request(value.text);
  if (!warn) return value.invalid();
  job.timing.signal = *warn;
  return {};
}

// As the recorded command does, text that is no number counts as 0; --nice alone means 100.
inline Status nice(Job& job, Value value) {
  constexpr std::int64_t most = 2147483645;
  const auto digits = value.text.starts_with('-') || value.text.starts_with('+') ? value.text.substr(1) : value.text;
  const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  const auto number = parse_integer(value.text, {-most, most});
  if (value.present && is_number && !number)
    return fail(fmt::format("Invalid --nice value, out of range (+/- {})", most));
  job.timing.nice = value.present ? (number ? *number : 0) : 100;
  return {};
}

inline Status priority(Job& job, Value value) {
  job.timing.priority_top = equal_ignoring_case(value.text, "TOP");
  if (job.timing.priority_top) return {};
  auto number = parse_natural(value.text, {0, 4294967293u});
  if (!number) return value.invalid();
  job.timing.priority = static_cast<std::int64_t>(*number);
  return {};
}

inline Status immediate(Job& job, Value value) {
  if (!value.present) {
    job.timing.immediate = 1;
    return {};
  }
  TRY_ASSIGN(job.timing.immediate, number_argument(value, 0));
  return {};
}

inline Status delay_boot(Job& job, Value value) {
  auto limit = parse_time_limit(value.text);
  if (!limit || limit->unlimited) return value.invalid();
  job.timing.delay_boot = limit->value;
  return {};
}

// "30", "task=30,energy=60": a number alone is of tasks, and of the other kinds nothing is sampled.
inline Status acctg_freq(Job& job, Value value) {
  static constexpr std::string_view kinds[] = {"task", "energy", "filesystem", "network"};
  for (const std::string_view item : split(value.text, ',')) {
    const std::size_t equals = item.find('=');
    const std::string kind = equals == std::string_view::npos ? "task" : lower(item.substr(0, equals));
    const auto seconds =
        parse_natural(equals == std::string_view::npos ? item : item.substr(equals + 1), {0, INT32_MAX});
    if (!seconds || std::ranges::find(kinds, kind) == std::end(kinds))
      return fail(fmt::format("Invalid --acctg-freq specification: {}", item));
    if (kind == "task") job.handling.sample_every = Seconds(static_cast<std::int64_t>(*seconds));
  }
  return {};
}

inline Status open_mode(Job& job, Value value) {
  const std::string mode = lower(value.text);
  if (mode != "a" && mode != "append" && mode != "t" && mode != "truncate") return value.invalid();
  job.files.open_append = mode[0] == 'a';
  return {};
}

inline Status mail_type(Job& job, Value value) {
  std::vector<std::string> types;
  for (std::string_view one : split_commas(value.text)) {
    types.push_back(upper(one));
    if (!is_mail_type(types.back())) return value.invalid();
  }
  if (types.empty()) return value.invalid();
  job.handling.mail_types = std::move(types);
  return {};
}

inline Status no_kill(Job& job, Value value) {
  const bool off = equal_ignoring_case(value.text, "off") || equal_ignoring_case(value.text, "no");
  if (value.present && !off && !value.text.empty()) return value.invalid();
  job.handling.no_kill = !off;
  return {};
}

inline Status x11(Job& job, Value value) {
  if (!value.present) {
    job.handling.x11 = "batch";
    return {};
  }
  return keyword<&Job::handling, &JobHandling::x11>(job, value, {"all", "batch", "first", "last"});
}

inline Status resv_ports(Job& job, Value value) {
  job.place.resv_ports = 0;
  if (!value.present) return {};
  TRY_ASSIGN(job.place.resv_ports, number_argument(value, 0));
  return {};
}

inline Status tmp(Job& job, Value value) {
  auto size = parse_memory(value.text);
  if (!size) return value.invalid();
  job.size.tmp_disk = *size;
  return {};
}

inline Status oversubscribe(Job& job, Value) {
  job.place.oversubscribe = true;
  job.place.exclusive = Exclusive::unset;
  return {};
}

}  // namespace slurmxx::job_handlers
