// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The two forms in which MPI libraries talk to their process manager over PMI_FD. PMI-1 (MPICH as Debian builds it): a
// line of words "cmd=put kvsname=1.0 key=a value=b"; "mcmd=spawn", lines, "endcmd" for what does not fit a line. PMI-2:
// six characters of length, then "cmd=kvs-put;key=a;value=b;" with ';' doubled inside a value. A connection begins in
// PMI-1's form, and its first line says which one follows. Text alone; any bytes give a message or an error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace slurmxx {

enum class PmiForm { line, counted };  // PMI-1, PMI-2

inline constexpr std::size_t pmi_message_bytes_max = 64u << 10;

struct PmiMessage {
  std::string command;
  std::vector<std::pair<std::string, std::string>> fields;

  const std::string* find(std::string_view name) const;
  std::string text(std::string_view name) const;  // empty when it is not there
  bool operator==(const PmiMessage&) const = default;
};

// As it goes over the wire, with its newline or its length.
std::string pmi_text(PmiForm form, const PmiMessage& message);

class PmiReader {
 public:
  PmiForm form() const { return form_; }
  void set_form(PmiForm form) { form_ = form; }
  void feed(std::string_view bytes) { bytes_ += bytes; }
  // The next whole message; nullopt: more bytes are needed. After an error the connection is lost.
  Result<std::optional<PmiMessage>> next();

 private:
  Result<std::optional<PmiMessage>> next_line();
  Result<std::optional<PmiMessage>> next_counted();

  PmiForm form_ = PmiForm::line;
  std::string bytes_;
  std::optional<PmiMessage> block_;  // of mcmd=, until endcmd
};

}  // namespace slurmxx
