// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/command_line.h"

#include <fmt/format.h>

#include "base/version.h"
#include "core/text/words.h"

namespace slurmxx {

Status read_daemon_line(int argc, char** argv, const DaemonLine& line, const TakeOption& take) {
  static constexpr option no_names[] = {{nullptr, 0, nullptr, 0}};
  const option* names = line.names ? line.names : no_names;
  opterr = 0;
  const std::string letters = std::string(":") + line.letters;
  int letter = 0;
  while ((letter = getopt_long(argc, argv, letters.c_str(), names, nullptr)) != -1) {
    const char* word = argv[optind - 1];
    const bool one_letter = optopt > ' ' && optopt < 127;  // as it may stand among others: -Dq
    const std::string wrong = one_letter ? fmt::format("-{}", static_cast<char>(optopt)) : word;
    if (letter == ':') return fail(fmt::format("{} needs a value\n{}", wrong, line.usage));
    if (letter == '?') return fail(fmt::format("{}: no such option\n{}", wrong, line.usage));
    TRY(take(letter, optarg, word));
  }
  if (optind < argc) return fail(fmt::format("{}: no argument is wanted here\n{}", argv[optind], line.usage));
  return {};
}

Status take_daemon_option(DaemonOptions& options, int letter, const char* value, const char* usage) {
  if (letter == 'D') options.foreground = true;
  if (letter == 'f') options.conf = value;
  if (letter == 'L') options.log_file = value;
  if (letter == 's') options.to_log_folder = true;
  if (letter == 'v') ++options.verbosity;
  if (letter == 'V') options.print = fmt::format("slurm {}\n", version_text);
  if (letter == 'h') options.print = usage;
  if (letter != 'n') return {};
  const auto nice = parse_integer(value, {-20, 19});
  if (!nice) return fail(fmt::format("-n {}: a nice value is from -20 to 19", value));
  options.nice = static_cast<int>(*nice);
  return {};
}

}  // namespace slurmxx
