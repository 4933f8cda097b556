// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/signal_text.h"

#include <array>
#include <csignal>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr int signal_max = 64;
constexpr std::uint64_t before_end_max = 65535;  // seconds, by the manual

struct SignalRow {
  int number;
  std::string_view name;
};
constexpr std::array signal_rows{
    SignalRow{SIGHUP, "HUP"},       SignalRow{SIGINT, "INT"},   SignalRow{SIGQUIT, "QUIT"},  SignalRow{SIGILL, "ILL"},
    SignalRow{SIGTRAP, "TRAP"},     SignalRow{SIGABRT, "ABRT"}, SignalRow{SIGBUS, "BUS"},    SignalRow{SIGFPE, "FPE"},
    SignalRow{SIGKILL, "KILL"},     SignalRow{SIGUSR1, "USR1"}, SignalRow{SIGSEGV, "SEGV"},  SignalRow{SIGUSR2, "USR2"},
    SignalRow{SIGPIPE, "PIPE"},     SignalRow{SIGALRM, "ALRM"}, SignalRow{SIGTERM, "TERM"},  SignalRow{SIGCHLD, "CHLD"},
    SignalRow{SIGCONT, "CONT"},     SignalRow{SIGSTOP, "STOP"}, SignalRow{SIGTSTP, "TSTP"},  SignalRow{SIGTTIN, "TTIN"},
    SignalRow{SIGTTOU, "TTOU"},     SignalRow{SIGURG, "URG"},   SignalRow{SIGXCPU, "XCPU"},  SignalRow{SIGXFSZ, "XFSZ"},
    SignalRow{SIGVTALRM, "VTALRM"}, SignalRow{SIGPROF, "PROF"}, SignalRow{SIGWINCH, "WINCH"}};

Error bad_request(std::string_view text) {
  return fail(
      fmt::format("\"{}\" is not a signal request: give [B:|R:]SIGNAL[@SECONDS], as in B:USR1@60", text.substr(0, 60)));
}

}  // namespace

Result<int> parse_signal(std::string_view text) {
  if (auto number = parse_natural(text, {1, signal_max})) return static_cast<int>(*number);
  auto name = text;
  if (starts_with_ignoring_case(name, "SIG")) name.remove_prefix(3);
  std::vector<std::string_view> names;
  for (const auto& row : signal_rows) {
    if (equal_ignoring_case(name, row.name)) return row.number;
    names.push_back(row.name);
  }
  return fail(fmt::format("\"{}\" is not a signal: give a name like USR1 or a number from 1 to {}{}",
                          text.substr(0, 60), signal_max, did_you_mean(name, names)));
}

std::string signal_name(int signal) {
  for (const auto& row : signal_rows)
    if (row.number == signal) return std::string(row.name);
  return std::to_string(signal);
}

Result<SignalRequest> parse_signal_request(std::string_view text) {
  SignalRequest request;
  auto rest = text;
  if (auto flags = split_once(rest, ':')) {
    for (char c : flags->first) {
      bool batch = c == 'B' || c == 'b', reservation = c == 'R' || c == 'r';
      if ((!batch && !reservation) || (batch && request.batch_shell_only) || (reservation && request.for_reservation))
        return bad_request(text);
      request.batch_shell_only |= batch;
      request.for_reservation |= reservation;
    }
    rest = flags->second;
  }
  if (auto timed = split_once(rest, '@')) {
    auto seconds = parse_natural(timed->second, {0, before_end_max});
    if (!seconds) return bad_request(text);
    request.before_end = Seconds(static_cast<std::int64_t>(*seconds));
    rest = timed->first;
  }
  TRY_ASSIGN(request.signal, parse_signal(rest));
  return request;
}

std::string signal_request_text(const SignalRequest& request) {
  bool flags = request.for_reservation || request.batch_shell_only;
  return fmt::format("{}{}{}{}@{}", request.for_reservation ? "R" : "", request.batch_shell_only ? "B" : "",
                     flags ? ":" : "", signal_name(request.signal), request.before_end.value);
}

std::string exit_text(ExitPair exit) { return fmt::format("{}:{}", exit.code, exit.signal); }

std::optional<ExitPair> parse_exit(std::string_view text) {
  auto [code, signal] = split_once(text, ':').value_or(std::pair{text, std::string_view("0")});
  auto code_number = parse_natural(code, {0, 255});
  auto signal_number = parse_natural(signal, {0, 255});
  if (!code_number || !signal_number) return std::nullopt;
  return ExitPair{static_cast<int>(*code_number), static_cast<int>(*signal_number)};
}

}  // namespace slurmxx
