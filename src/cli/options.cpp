// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Drives getopt_long from the rows. getopt prints nothing itself (opterr = 0): the line for the person is made here,
// since getopt's own text goes straight to stderr. What --help and the manual page show is in options_text.cpp.
#include "cli/options.h"

#include <fmt/format.h>
#include <getopt.h>

#include <cstdio>
#include <cstring>

#include "core/text/words.h"

namespace slurmxx {

namespace {

constexpr int first_long_value = 1000;  // above every character, so that getopt's answer tells the form used

std::string key_of(const OptionRow& row) { return *row.name ? std::string(row.name) : std::string(1, row.letter); }

// One more spelling of `--help`, `--usage` and `--version`, which every command has.
constexpr OptionRow help_row{0, "help", Argument::none, "", "Help options", "show this help message"};
constexpr OptionRow usage_row{0, "usage", Argument::none, "", "Help options", "display a brief usage message"};
constexpr OptionRow version_row{'V', "version",      Argument::none,
                                "",  "Help options", "output version information and exit"};

}  // namespace

Error OptionValue::invalid() const {
  if (*row.name) return fail(fmt::format("Invalid --{} specification", row.name));
  return fail(fmt::format("Invalid -{} specification", row.letter));
}

Error OptionValue::answered(std::string text, int exit_code) const {
  if (answer) *answer = std::move(text);
  return fail(exit_code == 0 ? Errc::ok : Errc::not_supported);
}

Environment::Environment(const char* const* envp) {
  for (; envp && *envp; ++envp) {
    const char* equals = std::strchr(*envp, '=');
    if (equals) entries_.emplace(std::string(*envp, equals), equals + 1);
  }
}

const std::string* Environment::find(std::string_view name) const {
  auto it = entries_.find(name);
  return it == entries_.end() ? nullptr : &it->second;
}

void Environment::erase(std::string_view name) {
  if (auto it = entries_.find(name); it != entries_.end()) entries_.erase(it);
}

bool Parsed::has(std::string_view name) const {
  for (std::string_view one : given)
    if (one == name) return true;
  return false;
}

OptionSet::OptionSet(const CommandInfo& info) : info_(info) {}

void OptionSet::add_row(OptionRow row, std::function<Status(const OptionValue&)> apply) {
  entries_.push_back({row, std::move(apply)});
}

std::vector<OptionRow> OptionSet::rows() const {
  std::vector<OptionRow> all;
  for (const Entry& entry : entries_) all.push_back(entry.row);
  all.push_back(help_row);
  all.back().letter = info_.help_letter;
  all.push_back(usage_row);
  all.back().letter = info_.usage_letter;
  all.push_back(version_row);
  return all;
}

const OptionSet::Entry* OptionSet::find(std::string_view name_or_letter) const {
  for (const Entry& entry : entries_) {
    if (entry.row.name == name_or_letter) return &entry;
    if (name_or_letter.size() == 1 && entry.row.letter == name_or_letter[0]) return &entry;
  }
  return nullptr;
}

EarlyExit OptionSet::bad_option(const std::string& line) const {
  return {"", fmt::format("{0}: {1}\nTry \"{0} --help\" for more information\n", info_.name, line),
          info_.bad_option_exit};
}

std::optional<EarlyExit> OptionSet::early_row(const OptionRow& row) const {
  if (row.name == std::string_view("help")) return EarlyExit{help(), "", 0};
  if (row.name == std::string_view("usage")) return EarlyExit{usage(), "", 0};
  if (row.name == std::string_view("version")) return EarlyExit{version(), "", 0};
  return std::nullopt;
}

void OptionSet::apply_entry(const Entry& entry, const char* text, Parsed& parsed) const {
  std::vector<std::string> notes;
  std::string answer;
  OptionValue value{text ? std::string_view(text) : std::string_view(), text != nullptr, entry.row, &notes, &answer};
  Status status = entry.apply(value);
  if (status) {
    parsed.given.push_back(entry.row.name);
    if (!*entry.row.name) parsed.given.back() = std::string_view(&entry.row.letter, 1);
    return;
  }
  if (!answer.empty()) {
    parsed.early = EarlyExit{answer, "", status.error().code == Errc::ok ? 0 : 1};
    return;
  }
  EarlyExit early{"", "", status.error().code == Errc::error ? info_.bad_option_exit : 1};
  for (const std::string& note : notes) early.err += note + "\n";
  std::string message = text_of(status.error());
  for (std::string_view line : split(message, '\n')) early.err += fmt::format("{}: error: {}\n", info_.name, line);
  parsed.early = std::move(early);
}

namespace {

// The rows as getopt wants them. A row's place in `rows` is its long value minus first_long_value.
struct GetoptTables {
  std::string letters;
  std::vector<option> longs;

  GetoptTables(const std::vector<OptionRow>& rows, bool stop_at_operand) {
    letters = stop_at_operand ? "+:" : ":";
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const OptionRow& row = rows[i];
      if (row.letter) letters.append(1, row.letter).append(static_cast<std::size_t>(row.argument), ':');
      if (*row.name)
        longs.push_back({row.name, static_cast<int>(row.argument), nullptr, first_long_value + static_cast<int>(i)});
    }
    longs.push_back({nullptr, 0, nullptr, 0});
  }
};

// The line for what getopt answered with '?' or ':'.
std::string diagnose(int answer, int culprit, const std::string& argument, const std::vector<OptionRow>& rows) {
  if (culprit >= first_long_value) {
    const char* name = rows[static_cast<std::size_t>(culprit - first_long_value)].name;
    return fmt::format("option '--{}' {}", name, answer == ':' ? "requires an argument" : "doesn't allow an argument");
  }
  if (culprit != 0) {
    return fmt::format("{} -- '{}'", answer == ':' ? "option requires an argument" : "invalid option",
                       static_cast<char>(culprit));
  }
  std::string_view name = std::string_view(argument).substr(std::min<std::size_t>(2, argument.size()));
  name = name.substr(0, name.find('='));
  std::string possibilities;
  for (const OptionRow& row : rows)
    if (std::string_view(row.name).starts_with(name)) possibilities += fmt::format(" '--{}'", row.name);
  if (!possibilities.empty()) return fmt::format("option '{}' is ambiguous; possibilities:{}", argument, possibilities);
  return fmt::format("unrecognized option '{}'", argument);
}

}  // namespace

Parsed OptionSet::parse(const std::vector<std::string>& arguments) const {
  Parsed parsed;
  const std::vector<OptionRow> all = rows();
  const GetoptTables tables(all, info_.stop_at_operand);

  std::vector<std::string> copies = arguments;  // getopt reorders the pointers and wants them writable
  std::vector<char*> argv{const_cast<char*>(info_.name)};
  for (std::string& copy : copies) argv.push_back(copy.data());
  argv.push_back(nullptr);
  const int argc = static_cast<int>(argv.size()) - 1;

  optind = 0;  // glibc: start anew, forget a scan that was left in the middle
  opterr = 0;
  for (;;) {
    optopt = 0;
    const int answer = getopt_long(argc, argv.data(), tables.letters.c_str(), tables.longs.data(), nullptr);
    if (answer == -1) break;
    if (answer == '?' || answer == ':') {
      parsed.early = bad_option(diagnose(answer, optopt, argv[static_cast<std::size_t>(optind) - 1], all));
      return parsed;
    }
    std::size_t index = 0;
    if (answer >= first_long_value) {
      index = static_cast<std::size_t>(answer - first_long_value);
    } else {
      while (all[index].letter != answer) ++index;
    }
    if (index < entries_.size()) {
      apply_entry(entries_[index], optarg, parsed);
    } else {
      parsed.early = early_row(all[index]);
    }
    if (parsed.early) return parsed;
  }
  for (int i = optind; i < argc; ++i) parsed.operands.emplace_back(argv[static_cast<std::size_t>(i)]);
  return parsed;
}

Parsed OptionSet::apply_environment(std::span<const EnvironmentOption> table, const Environment& environment,
                                    FlagVariables flags) const {
  Parsed parsed;
  for (const EnvironmentOption& one : table) {
    const std::string* text = environment.find(one.variable);
    if (!text) continue;
    const Entry* entry = find(one.option);
    SLURMXX_CHECK(entry != nullptr);
    if (entry->row.argument == Argument::none && flags == FlagVariables::empty_yes_or_nonzero) {
      auto number = parse_integer(*text);
      if (!text->empty() && !equal_ignoring_case(*text, "yes") && !(number && *number != 0)) continue;
    }
    const bool absent =
        entry->row.argument == Argument::none || (entry->row.argument == Argument::optional && text->empty());
    apply_entry(*entry, absent ? nullptr : text->c_str(), parsed);
    if (parsed.early) return parsed;
  }
  return parsed;
}

Result<std::int64_t> number_argument(const OptionValue& value, std::int64_t minimum) {
  auto number = parse_integer(value.text, {minimum, INT32_MAX});
  if (number) return *number;
  // Any code but Errc::error: the commands end with 1 here, not with their code for a bad option.
  return fail(Errc::invalid_cpu_count,
              fmt::format("Invalid numeric value \"{}\" for --{}.", value.text, key_of(value.row)));
}

std::string program_name(const char* argv0) {
  const char* slash = argv0 ? std::strrchr(argv0, '/') : nullptr;
  return slash ? slash + 1 : (argv0 ? argv0 : "");
}

std::vector<std::string> arguments_of(int argc, const char* const* argv) {
  return argc > 1 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>{};
}

int finish(const EarlyExit& early) {
  std::fwrite(early.out.data(), 1, early.out.size(), stdout);
  std::fflush(stdout);
  std::fwrite(early.err.data(), 1, early.err.size(), stderr);
  return early.exit_code;
}

}  // namespace slurmxx
