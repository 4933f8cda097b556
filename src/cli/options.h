// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One table of options a command. The same rows drive getopt_long, --help, --usage, the manual page and shell
// completion, so these cannot disagree. A row's handler writes into the command's own plain options struct; nothing
// here prints or exits: a parse that must not go on returns the text and the exit code (EarlyExit).
//
//   constexpr Option<SqueueOptions> rows[] = {
//     {'h', "noheader", Argument::none, "", "Output", "no headings on output",
//      [](SqueueOptions& o, const OptionValue&) -> Status { o.header = false; return {}; }},
//   };
//   OptionSet set(info);                  // info: name, exit code of a bad option ...
//   set.add(rows, options);               // several tables may fill several structs
//   Parsed parsed = set.parse(arguments);
//   if (parsed.early) return finish(*parsed.early);
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

enum class Argument : std::uint8_t { none, required, optional };

// What a row says, whatever struct its handler fills.
struct OptionRow {
  char letter = 0;        // 0: no short form
  const char* name = "";  // long form; "" for none
  Argument argument = Argument::none;
  const char* value_name = "";
  const char* group = "";  // heading under which --help lists it
  const char* help = "";   // "" hides the row: accepted, never listed
};

// What a handler gets: the text, the row it came by, and a place for lines printed before the error itself.
struct OptionValue {
  std::string_view text;  // "" when an optional argument is absent
  bool present = false;   // an argument was given
  const OptionRow& row;
  std::vector<std::string>* notes = nullptr;
  std::string* answer = nullptr;  // for stdout: what a value such as "help" asks for

  void note(std::string line) const {
    if (notes) notes->push_back(std::move(line));
  }
  Error invalid() const;  // "Invalid --time specification"
  // Ends the command with this text in place of an error.
  Error answered(std::string text, int exit_code = 1) const;
};

// A handler's error with a Slurm number ends the command with 1, a plain one (Errc::error) with the command's own
// code for bad options. Rows of a shared table may be limited to some commands by scope bits.
template <class Options>
struct Option {
  char letter = 0;
  const char* name = "";
  Argument argument = Argument::none;
  const char* value_name = "";
  const char* group = "";
  const char* help = "";
  Status (*apply)(Options&, const OptionValue&) = nullptr;
  unsigned scope = ~0u;

  constexpr OptionRow row() const { return {letter, name, argument, value_name, group, help}; }
};

// An environment variable that stands for an option.
struct EnvironmentOption {
  const char* variable = "";
  const char* option = "";  // long name, or one letter for an option without one
};

// When a variable of an option without argument counts as set: sbatch, salloc and srun read its value, squeue and its
// like look only whether it is there.
enum class FlagVariables { by_presence, empty_yes_or_nonzero };

// The environment as the caller hands it in: never read ambiently. First entry of a name wins, as in getenv.
class Environment {
 public:
  Environment() = default;
  explicit Environment(const char* const* envp);
  Environment(std::initializer_list<std::pair<const std::string, std::string>> entries) : entries_(entries) {}

  const std::string* find(std::string_view name) const;
  const std::map<std::string, std::string, std::less<>>& entries() const { return entries_; }
  void set(std::string name, std::string value) { entries_[std::move(name)] = std::move(value); }
  void erase(std::string_view name);

 private:
  std::map<std::string, std::string, std::less<>> entries_;
};

struct CommandInfo {
  const char* name = "";
  const char* summary = "";               // "submit a batch script"
  const char* synopsis = "[OPTIONS...]";  // after the name, in "Usage:" of --help and in the manual page
  int bad_option_exit = 1;                // 255 for sbatch, srun, salloc
  bool stop_at_operand = false;           // options end where the user's command starts
  char help_letter = 0;                   // 'h' where it does not mean --noheader
  char usage_letter = 0;
  // --usage, items separated by ';': one paragraph is wrapped at 80 columns, several are a line each. Empty: made from
  // the rows in their order.
  std::span<const char* const> usage_layout = {};
  const char* usage_tail = "";  // operands, on a line of their own
};

struct EarlyExit {
  std::string out;  // for stdout
  std::string err;  // for stderr
  int exit_code = 0;
};

struct Parsed {
  std::vector<std::string> operands;    // what is left after the options
  std::vector<std::string_view> given;  // long names (or letters) that were set, in order
  std::optional<EarlyExit> early;       // stop here: --help, --usage, --version, or an error

  bool has(std::string_view name) const;
};

class OptionSet {
 public:
  explicit OptionSet(const CommandInfo& info);

  template <class Options>
  void add(std::span<const Option<Options>> rows, Options& target, unsigned scope = ~0u) {
    for (const Option<Options>& option : rows) {
      if ((option.scope & scope) == 0) continue;
      const auto* source = &option;
      add_row(option.row(), [source, &target](const OptionValue& value) { return source->apply(target, value); });
    }
  }
  template <class Options, std::size_t N>
  void add(const Option<Options> (&rows)[N], Options& target, unsigned scope = ~0u) {
    add(std::span<const Option<Options>>(rows), target, scope);
  }

  // Arguments without the program name. Fills the targets in order and stops at the first error.
  Parsed parse(const std::vector<std::string>& arguments) const;
  // One variable after the other, so that of two for one option the later one in the table wins.
  Parsed apply_environment(std::span<const EnvironmentOption> table, const Environment& environment,
                           FlagVariables flags = FlagVariables::by_presence) const;

  std::string help() const;
  std::string usage() const;
  std::string manual_page() const;  // roff, section 1
  std::string bash_completion() const;
  std::string version() const;  // "slurm 25.11.0-slurmxx0.1.0\n"

  const CommandInfo& info() const { return info_; }
  std::vector<OptionRow> rows() const;

 private:
  struct Entry {
    OptionRow row;
    std::function<Status(const OptionValue&)> apply;
  };

  void add_row(OptionRow row, std::function<Status(const OptionValue&)> apply);
  const Entry* find(std::string_view name_or_letter) const;
  void apply_entry(const Entry& entry, const char* text, Parsed& parsed) const;
  EarlyExit bad_option(const std::string& line) const;
  std::optional<EarlyExit> early_row(const OptionRow& row) const;

  CommandInfo info_;
  std::vector<Entry> entries_;
};

// Whole-number arguments as the commands read them: `Invalid numeric value "abc" for --ntasks.` and exit code 1.
Result<std::int64_t> number_argument(const OptionValue& value, std::int64_t minimum);

// Program name as messages show it: the last part of argv[0].
std::string program_name(const char* argv0);
std::vector<std::string> arguments_of(int argc, const char* const* argv);
// Writes both texts and returns the exit code.
int finish(const EarlyExit& early);

}  // namespace slurmxx
