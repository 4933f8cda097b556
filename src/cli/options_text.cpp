// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What people read about a command's options, made from its rows: --help, --usage, the manual page and completion.
#include <fmt/format.h>

#include <string_view>

#include "base/version.h"
#include "cli/options.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

constexpr std::size_t line_width = 80;
constexpr std::size_t help_column = 30;

bool listed(const OptionRow& row) { return *row.help != 0; }

std::string long_form(const OptionRow& row) {
  if (row.argument == Argument::required) return fmt::format("--{}={}", row.name, row.value_name);
  if (row.argument == Argument::optional) return fmt::format("--{}[={}]", row.name, row.value_name);
  return fmt::format("--{}", row.name);
}

std::string short_form(const OptionRow& row) {
  if (row.argument == Argument::required) return fmt::format("-{} {}", row.letter, row.value_name);
  if (row.argument == Argument::optional) return fmt::format("-{}[{}]", row.letter, row.value_name);
  return fmt::format("-{}", row.letter);
}

// "-a, --array=indexes", "    --mem=MB", "-d"
std::string both_forms(const OptionRow& row) {
  if (!*row.name) return short_form(row);
  if (!row.letter) return "    " + long_form(row);
  return fmt::format("-{}, {}", row.letter, long_form(row));
}

// Items in brackets, as many a line as fit, each line indented.
std::string wrap_items(const std::vector<std::string>& items, std::size_t indent, std::size_t width) {
  std::string text;
  std::size_t column = indent;
  for (const std::string& item : items) {
    if (column > indent && column + 1 + item.size() > width) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      text += ' ';
      ++column;
    }
    text += item;
    column += item.size();
  }
  return text;
}

// Words at `column`, wrapped; the first line has already come that far.
std::string wrap_words(std::string_view text, std::size_t column) {
  std::string wrapped;
  std::size_t at = column;
  for (std::string_view word : split(text, ' ')) {
    if (at > column && at + 1 + word.size() > line_width) {
      wrapped += "\n" + std::string(column, ' ');
      at = column;
    } else if (at > column) {
      wrapped += ' ';
      ++at;
    }
    wrapped += word;
    at += word.size();
  }
  return wrapped;
}

std::string roff(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '-')
      escaped += "\\-";
    else if (c == '\\')
      escaped += "\\\\";
    else
      escaped += c;
  }
  if (!escaped.empty() && (escaped[0] == '.' || escaped[0] == '\'')) escaped.insert(0, "\\&");
  return escaped;
}

std::vector<std::string> groups_of(const std::vector<OptionRow>& rows) {
  std::vector<std::string> groups;
  for (const OptionRow& row : rows) {
    if (!listed(row)) continue;
    bool known = false;
    for (const std::string& group : groups) known = known || group == row.group;
    if (!known) groups.emplace_back(row.group);
  }
  return groups;
}

}  // namespace

std::string OptionSet::help() const {
  const std::vector<OptionRow> all = rows();
  std::string text = fmt::format("Usage: {} {}\n", info_.name, info_.synopsis);
  for (const std::string& group : groups_of(all)) {
    text += fmt::format("\n{}:\n", group);
    for (const OptionRow& row : all) {
      if (!listed(row) || row.group != group) continue;
      std::string forms = "  " + both_forms(row);
      if (forms.size() + 1 >= help_column)
        forms += "\n" + std::string(help_column, ' ');
      else
        forms.append(help_column - forms.size(), ' ');
      text += forms + wrap_words(row.help, help_column) + "\n";
    }
  }
  return text;
}

std::string OptionSet::usage() const {
  std::string text = fmt::format("Usage: {} ", info_.name);
  const std::size_t indent = text.size();
  std::vector<std::vector<std::string>> paragraphs;
  for (const char* paragraph : info_.usage_layout) {
    std::vector<std::string>& items = paragraphs.emplace_back();
    for (std::string_view item : split(paragraph, ';')) items.push_back(fmt::format("[{}]", item));
  }
  if (paragraphs.empty()) {
    std::vector<std::string>& items = paragraphs.emplace_back();
    for (const OptionRow& row : rows())
      if (listed(row)) items.push_back(fmt::format("[{}]", *row.name ? long_form(row) : short_form(row)));
  }
  // A layout of several paragraphs says itself where lines end.
  const std::size_t width = paragraphs.size() == 1 ? line_width : std::string::npos;
  for (std::size_t i = 0; i < paragraphs.size(); ++i) {
    if (i > 0) text += "\n" + std::string(indent, ' ');
    text += wrap_items(paragraphs[i], indent, width);
  }
  if (*info_.usage_tail) text += "\n" + std::string(indent, ' ') + info_.usage_tail;
  return text + "\n";
}

std::string OptionSet::manual_page() const {
  std::string title(info_.name);
  std::string text = fmt::format(".TH {} 1 \"\" \"slurmxx {}\" \"Slurm commands\"\n", roff(title), SLURMXX_VERSION);
  text += fmt::format(".SH NAME\n{} \\- {}\n", roff(title), roff(info_.summary));
  text += fmt::format(".SH SYNOPSIS\n.B {}\n{}\n", roff(title), roff(info_.synopsis));
  text += ".SH OPTIONS\n";
  const std::vector<OptionRow> all = rows();
  for (const std::string& group : groups_of(all)) {
    text += fmt::format(".SS {}\n", roff(group));
    for (const OptionRow& row : all) {
      if (!listed(row) || row.group != group) continue;
      const std::string forms = both_forms(row);
      const std::string trimmed = forms.substr(std::min(forms.find_first_not_of(' '), forms.size()));
      text += fmt::format(".TP\n\\fB{}\\fR\n{}.\n", roff(trimmed), roff(row.help));
    }
  }
  return text;
}

std::string OptionSet::bash_completion() const {
  std::string function = fmt::format("_slurmxx_{}", info_.name);
  std::string words;
  for (const OptionRow& row : rows()) {
    if (!listed(row)) continue;
    if (row.letter) words += fmt::format(" -{}", row.letter);
    if (*row.name) words += fmt::format(" --{}{}", row.name, row.argument == Argument::required ? "=" : "");
  }
  return fmt::format(
      "{0}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}}\n"
      "  case $current in\n"
      "    -*) COMPREPLY=($(compgen -W '{1}' -- \"$current\"))\n"
      "        [[ ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}}\n"
      "complete -o filenames -F {0} {2}\n",
      function, words.substr(words.empty() ? 0 : 1), info_.name);
}

std::string OptionSet::version() const { return fmt::format("slurm {}\n", version_text); }

}  // namespace slurmxx
