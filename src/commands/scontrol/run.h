// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol: one command's words, its exit code. What each word does is a row in run.cpp (verbs) or show.cpp (entities
// of `show`). A word may be cut short where that is unique. scontrol(1).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_output.h"
#include "commands/scontrol/options.h"
#include "core/text/words.h"

namespace slurmxx {

// 0: done; 1: refused, or no answer. `words` are the command and its arguments: {"show", "job", "3"}.
int run(const ScontrolOptions& options, const std::vector<std::string>& words, ControllerClient& controller,
        Output& output);

// What the verbs' functions get.
struct ScontrolCall {
  const ScontrolOptions& options;
  std::span<const std::string> arguments;  // after the verb (after the entity, for show)
  ControllerClient& controller;
  Output& output;
  std::string_view verb;  // as in the table, not as typed

  // "slurm_update error: Invalid node name specified" and 1. The kind holds its own colon and spaces.
  int refused(std::string_view kind, const Error& error) const;

  bool wants_data() const { return options.json || options.yaml; }
  DataFormat format() const { return options.yaml ? DataFormat::yaml : DataFormat::json; }
};

int show(const ScontrolCall& call);
int show_associations(const ScontrolCall& call);  // show assoc_mgr
int update(const ScontrolCall& call);
int write(const ScontrolCall& call);
int create(const ScontrolCall& call);
int remove_entity(const ScontrolCall& call);  // delete
int change_jobs(const ScontrolCall& call);    // hold, uhold, release, requeue, requeuehold, suspend, resume
int top(const ScontrolCall& call);
int ping(const ScontrolCall& call);
int set_debug(const ScontrolCall& call);
int reconfigure_nodes(const ScontrolCall& call);
int set_debug_flags(const ScontrolCall& call);
int set_schedule_log_level(const ScontrolCall& call);
int reboot(const ScontrolCall& call);
int cancel_reboot(const ScontrolCall& call);
int notify(const ScontrolCall& call);
int list_pids(const ScontrolCall& call);
int pid_info(const ScontrolCall& call);
int user_entries(const ScontrolCall& call);  // getent
int host_entries(const ScontrolCall& call);  // gethost
int show_slurmd(const ScontrolCall& call);
int explain(const ScontrolCall& call);
int set_dampening(const ScontrolCall& call);  // fsdampeningfactor
int power(const ScontrolCall& call);
int list_jobs(const ScontrolCall& call);
int list_steps(const ScontrolCall& call);

// The row whose name is `word` or, if only one such, starts with it; case does not matter. Null: none, or several.
template <class Row, std::size_t count>
const Row* find_word(std::span<const Row, count> rows, std::string_view word) {
  const Row* found = nullptr;
  for (const Row& row : rows) {
    if (equal_ignoring_case(row.name, word)) return &row;
    if (word.empty() || !starts_with_ignoring_case(row.name, word)) continue;
    if (found && found->function != row.function) return nullptr;
    if (!found) found = &row;
  }
  return found;
}

}  // namespace slurmxx
