// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacctmgr/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/version.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Refusal {
  const char* verb;
  const char* entities;
};

int no_entity(const SacctmgrCall& call, const char* verb, const char* entities) {
  call.output().error_line(fmt::format("No valid entity in {} command\n{}", verb, entities));
  return 1;
}

// Without a condition everything there is would be modified.
bool agrees_to_all(const SacctmgrCall& call) {
  if (call.options.immediate) return true;
  call.output().print(
      "You didn't set any conditions with 'WHERE'.\nAre you sure you want to continue? (You have 30 seconds to "
      "decide)\n"
      "(N/y): ");
  return call.world.agrees();
}

// slurmdbd may live by another clock: it is told seconds.
Status resolve_times(const SacctmgrCall& call, Terms& where) {
  for (Term& term : where) {
    if (term.key != "start" && term.key != "end") continue;
    TRY_ASSIGN(const Instant at, parse_instant(term.value, {call.output().now, *call.output().zone, PastTimes::keep}));
    term.value = fmt::to_string(at.seconds);
  }
  return {};
}

int change(const SacctmgrCall& call, BookVerb verb) {
  constexpr Refusal refusals[] = {
      {"add",
       "Input line must include, \"Account\", \"Cluster\", \"Coordinator\", \"Federation\",\n\"QOS\", "
       "\"Resource\", \"User\", or \"WCKey\""},
      {"modify",
       "Input line must include \"Account\", \"Cluster\", \"Federation\", \"Job\",\n\"QOS\", \"Resource\", "
       "or \"User\""},
      {"delete",
       "Input line must include \"Account\", \"Cluster\", \"Coordinator\",\n\"Federation\", \"QOS\", "
       "\"Resource\", or \"User\""}};
  const Refusal& refusal = refusals[static_cast<std::size_t>(verb)];
  if (call.options.read_only) {
    call.output().error_line("Can't run this command in readonly mode.");
    return 1;
  }
  const auto entity = call.words.empty() ? std::nullopt : find_entity(call.words.front());
  if (!entity) return no_entity(call, refusal.verb, refusal.entities);
  if (*entity == Entity::job && verb != BookVerb::modify) return no_entity(call, refusal.verb, refusal.entities);
  if (*entity == Entity::wckey && verb != BookVerb::add) return no_entity(call, refusal.verb, refusal.entities);
  auto order = parse_order(verb, *entity, std::span(call.words).subspan(1));
  if (order)
    if (const Status told = resolve_times(call, order->where); !told) return call.refused(told.error());
  if (!order) {  // as recorded: on standard output
    call.output().line(text_of(order.error()));
    return 1;
  }
  if (verb == BookVerb::modify && order->where.empty() && !agrees_to_all(call)) {
    call.output().line("\nAborted");
    return 0;
  }
  return carry_out(call, *order);
}

int add(const SacctmgrCall& call) { return change(call, BookVerb::add); }
int modify(const SacctmgrCall& call) { return change(call, BookVerb::modify); }
int remove_records(const SacctmgrCall& call) { return change(call, BookVerb::remove); }

int version(const SacctmgrCall& call) {
  call.output().line(fmt::format("slurm {}", version_text));
  return 0;
}

int help(const SacctmgrCall& call) {
  SacctmgrOptions scratch;
  call.output().print(sacctmgr_option_set(scratch).help());
  return 0;
}

int quiet(const SacctmgrCall& call) {
  call.options.quiet = true;
  return 0;
}

int verbose(const SacctmgrCall& call) {
  ++call.options.verbose;
  return 0;
}

struct VerbRow {
  std::string_view name;
  std::size_t shortest;
  int (*act)(const SacctmgrCall&);
};
constexpr VerbRow verbs[] = {
    {"add", 1, add},
    {"create", 2, add},
    {"show", 3, show_records},
    {"list", 1, show_records},
    {"modify", 1, modify},
    {"update", 1, modify},
    {"delete", 3, remove_records},
    {"remove", 3, remove_records},
    {"dump", 2, dump_cluster},
    {"load", 2, load_file},
    {"version", 4, version},
    {"help", 1, help},
    {"archive", 2, archive_records},
    {"ping", 1, ping_servers},
    {"clear", 2, clear_server},
    {"reconfigure", 3, reconfigure_server},
    {"shutdown", 8, shut_down_server},
    {"quiet", 4, quiet},
    {"verbose", 4, verbose},
};

}  // namespace

int SacctmgrCall::refused(const Error& error) const {
  output().error_line("sacctmgr: error: " + text_of(error));
  return 1;
}

int carry_out(const SacctmgrCall& call, const BookOrder& order) {
  const bool ask = !call.options.immediate;
  const auto tell = [&](const DbdBookOutcome& outcome) {
    if (!call.options.quiet || outcome.exit_code != 0) call.output().print(outcome.out);
    call.output().err(outcome.err);
  };
  auto outcome = ask_dbd<DbdBookOutcome>(call.world.dbd, DbdBookOrder{order, !ask});
  if (!outcome) return call.refused(outcome.error());
  tell(*outcome);
  if (!ask || !outcome->changes) return outcome->exit_code;
  call.output().print("Would you like to commit changes? (You have 30 seconds to decide)\n(N/y): ");
  if (!call.world.agrees()) {
    call.output().line(" Changes Discarded");
    return 0;
  }
  outcome = ask_dbd<DbdBookOutcome>(call.world.dbd, DbdBookOrder{order, true});
  if (!outcome) return call.refused(outcome.error());
  if (outcome->exit_code != 0) tell(*outcome);  // it became impossible meanwhile
  return outcome->exit_code;
}

int run_sacctmgr(SacctmgrOptions& options, const std::vector<std::string>& words, SacctmgrWorld& world) {
  if (words.empty()) return 0;
  for (const VerbRow& row : verbs)
    if (means(words[0], row.name, row.shortest)) return row.act({options, world, {words.begin() + 1, words.end()}});
  world.output.error_line(fmt::format("invalid keyword: {}", words[0]));
  return 1;
}

int run_sacctmgr_prompt(SacctmgrOptions options, SacctmgrWorld& world, const ReadLine& read_line) {
  const auto ends = [](std::string_view word) { return means(word, "exit", 1) || means(word, "quit", 4); };
  const auto run_line = [&](const std::vector<std::string>& words) { return run_sacctmgr(options, words, world); };
  return run_prompt({"sacctmgr", world.output, read_line, ends, run_line});
}

}  // namespace slurmxx
