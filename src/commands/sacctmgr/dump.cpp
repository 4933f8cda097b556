// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr dump CLUSTER file=FILE, and load FILE: a cluster's accounts and users as lines
//   Account - 'cs':Description='Computer Science':Organization='LC':Fairshare=399
// A file that was dumped is loaded by the same orders that a person would give.
#include <fmt/format.h>

#include <algorithm>

#include "commands/sacctmgr/dump_text.h"
#include "commands/sacctmgr/load_report.h"
#include "commands/sacctmgr/run.h"
#include "core/accounting/execution.h"
#include "core/accounting/load.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct FileLine {
  std::string kind;  // "Account"
  std::string name;
  std::vector<std::string> words;  // "Description=Computer Science"
};

// Parts at colons, but not inside quotes.
Result<FileLine> read_line(std::string_view line) {
  const std::size_t dash = line.find(" - ");
  if (dash == std::string_view::npos) return fail(fmt::format("\"{}\": KIND - 'NAME':OPTION=VALUE is wanted", line));
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (const char c : line.substr(dash + 3)) {
    if (c == '\'')
      quoted = !quoted;
    else if (c == ':' && !quoted)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  FileLine read{std::string(trim(line.substr(0, dash))), parts.front(), {}};
  // A time has colons of its own: what has no = belongs to what stands before it.
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].find('=') == std::string::npos && !read.words.empty())
      read.words.back() += ":" + parts[i];
    else
      read.words.push_back(parts[i]);
  }
  return read;
}

// Flags of accounts: nothing here acts on them.
bool has_no_use(std::string_view kind, const std::string& word) {
  return equal_ignoring_case(kind, "Account") && starts_with_ignoring_case(word, "Flags=");
}

// What can only be told once all that it names is there.
bool is_for_later(std::string_view word) {
  constexpr std::string_view starts[] = {"Preempt=", "Coordinator=", "DefaultWCKey="};
  return std::any_of(std::begin(starts), std::end(starts),
                     [&](std::string_view start) { return starts_with_ignoring_case(word, start); });
}

class Loader {
 public:
  // Without what is there when the file begins anew; `cluster` stands in for the one that the file names.
  Loader(const AccountBook* there, std::string cluster) : there_(there), instead_(std::move(cluster)) {}

  Status read(const FileLine& line, std::uint32_t number) {
    number_ = number;
    const bool is_below = !equal_ignoring_case(line.kind, "Cluster") && !equal_ignoring_case(line.kind, "QOS");
    if (is_below) TRY(need_cluster());
    if (equal_ignoring_case(line.kind, "Parent")) {
      const std::string name = lower(line.name);
      if (name != "root" && !contains(accounts_, name) && !(there_ && there_->find(cluster_, name)))
        return fail(fmt::format(
            " line({}) You need to add this parent ({}) as a child before you can add children to it.", number, name));
      return parent_ = line.name, Status();
    }
    if (equal_ignoring_case(line.kind, "Account")) accounts_.push_back(lower(line.name));
    std::vector<std::string> words;
    for (const std::string& word : line.words)
      if (!is_for_later(word) && !has_no_use(line.kind, word)) words.push_back(word);
    if (equal_ignoring_case(line.kind, "Cluster")) {
      cluster_ = instead_.empty() ? line.name : instead_;
      return step({Entity::cluster, cluster_, {}, words, {}});
    }
    if (equal_ignoring_case(line.kind, "QOS")) {
      for (const std::string& word : line.words)
        if (is_for_later(word)) TRY(later(BookVerb::modify, Entity::qos, {line.name, "set", word}));
      return step({Entity::qos, line.name, {}, words, {}});
    }
    const std::string cluster = "cluster=" + cluster_;
    if (equal_ignoring_case(line.kind, "Account"))
      return step({Entity::account, line.name, {cluster}, words, {"parent=" + parent_}});
    if (!equal_ignoring_case(line.kind, "User"))
      return fail(fmt::format("{}: Cluster, Parent, Account, User or QOS is wanted", line.kind));
    for (const std::string& word : line.words) {
      if (!is_for_later(word)) continue;
      const std::string accounts = word.substr(word.find('=') + 1);
      if (starts_with_ignoring_case(word, "Coordinator="))
        TRY(later(BookVerb::add, Entity::coordinator, {"account=" + accounts, "names=" + line.name}));
      else
        TRY(later(BookVerb::modify, Entity::user, {line.name, "set", word}));
    }
    return step(of_user(line, std::move(words)));
  }

  const std::string& cluster() const { return cluster_; }

  std::vector<LoadStep> take() {
    steps_.insert(steps_.end(), later_.begin(), later_.end());
    return std::move(steps_);
  }

 private:
  struct Wanted {
    Entity entity;
    std::string name;
    std::vector<std::string> where;  // and set, when it is added
    std::vector<std::string> settings;
    std::vector<std::string> of_adding;
  };

  Wanted of_user(const FileLine& line, std::vector<std::string> words) const {
    Wanted wanted{Entity::user, line.name, {"cluster=" + cluster_, "account=" + parent_}, {}, {}};
    for (std::string& word : words) {
      const bool where = starts_with_ignoring_case(word, "Partition=");
      const bool added = starts_with_ignoring_case(word, "WCKeys=");
      (where ? wanted.where : added ? wanted.of_adding : wanted.settings).push_back(std::move(word));
    }
    return wanted;
  }

  Status need_cluster() {
    if (cluster_.empty()) cluster_ = instead_;
    if (!cluster_.empty()) return {};
    return fail(" You need to specify a cluster name first with 'Cluster - $NAME' in your file");
  }

  Status step(const Wanted& wanted) {
    std::vector<std::string> add{wanted.name};
    for (const auto* words : {&wanted.settings, &wanted.where, &wanted.of_adding})
      add.insert(add.end(), words->begin(), words->end());
    TRY_ASSIGN(BookOrder adding, parse_order(BookVerb::add, wanted.entity, add));
    LoadStep step{std::move(adding), {}, number_};
    if (!wanted.settings.empty()) {
      std::vector<std::string> change{wanted.name};
      change.insert(change.end(), wanted.where.begin(), wanted.where.end());
      change.push_back("set");
      change.insert(change.end(), wanted.settings.begin(), wanted.settings.end());
      TRY_ASSIGN(step.change, parse_order(BookVerb::modify, wanted.entity, change));
    }
    steps_.push_back(std::move(step));
    return {};
  }

  Status later(BookVerb verb, Entity entity, const std::vector<std::string>& words) {
    TRY_ASSIGN(BookOrder order, parse_order(verb, entity, words));
    later_.push_back({std::move(order), {}, number_});
    return {};
  }

  const AccountBook* there_;
  std::string instead_;
  std::uint32_t number_ = 0;           // of the line
  std::vector<std::string> accounts_;  // of the file so far
  std::string cluster_;
  std::string parent_ = "root";
  std::vector<LoadStep> steps_;
  std::vector<LoadStep> later_;
};

// load [clean] [file=]FILE [cluster=NAME]
struct LoadWords {
  std::string path;
  std::string cluster;
  bool clean = false;
};

LoadWords read_words(const std::vector<std::string>& words) {
  LoadWords read;
  for (const std::string& word : words) {
    const auto pair = split_once(word, '=');
    if (equal_ignoring_case(word, "clean"))
      read.clean = true;
    else if (pair && equal_ignoring_case(pair->first, "file"))
      read.path = pair->second;
    else if (pair && equal_ignoring_case(pair->first, "cluster"))
      read.cluster = lower(pair->second);
    else
      read.path = word;
  }
  return read;
}

struct LoadFile {
  LoadOrder order;
  std::string cluster;
};

Result<LoadFile> read_order(const std::string& text, const LoadWords& words, const AccountBook& there) {
  Loader loader(words.clean ? nullptr : &there, words.cluster);
  std::uint32_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (trim(line).empty() || trim(line).starts_with('#')) continue;
    TRY_ASSIGN(const FileLine read, read_line(trim(line)));
    TRY(loader.read(read, number));
  }
  if (words.clean && loader.cluster().empty())
    return fail(fmt::format("{}: a file to begin anew from needs its line Cluster - 'NAME'", words.path));
  return LoadFile{{words.clean ? loader.cluster() : std::string(), loader.take()}, loader.cluster()};
}

// What the file makes of the book, worked out here: slurmdbd does the same.
std::string report_of(const LoadFile& file, AccountBook there, const std::string& user, Instant now) {
  const Outcome done = execute_all(there, {user, AdminLevel::administrates}, file.order, now);
  if (!file.order.clean.empty())
    std::erase_if(there.associations,
                  [&](const Association& row) { return row.cluster == file.order.clean && row.account != "root"; });
  return load_report(there, done.book, file.cluster);
}

// root and SlurmUser, operators and administrators.
bool may_dump(const SacctmgrCall& call, const AccountBook& book) {
  const Output& output = call.output();
  const ClusterConfig* config = call.world.config;
  const bool of_slurm = output.caller == root_uid || (config && output.caller_name == config->identity.slurm_user);
  return of_slurm || admin_level(book, output.caller_name) != AdminLevel::none;
}

}  // namespace

int dump_cluster(const SacctmgrCall& call) {
  std::string cluster, file;
  for (const std::string& word : call.words) {
    const auto pair = split_once(word, '=');
    if (pair && starts_with_ignoring_case("file", pair->first))
      file = pair->second;
    else if (pair)
      cluster = pair->second;
    else
      cluster = word;
  }
  if (cluster.empty()) return call.refused(fail("We need a cluster to dump."));
  if (file.empty()) {
    file = "./" + cluster + ".cfg";
    call.output().line(fmt::format(" No filename given, using {}.", file));
  }
  const auto answer = ask_dbd<DbdBook>(call.world.dbd, DbdBookRequest{});
  if (!answer) return call.refused(answer.error());
  if (!may_dump(call, answer->book)) {
    call.output().error_line(" Your user does not have sufficient privileges to dump clusters.");
    return 1;
  }
  if (!answer->book.find(cluster, "root")) return call.refused(fail(fmt::format("No cluster {}", cluster)));
  std::string text = dump_preamble;
  for (const std::string& line : dump_lines(answer->book, cluster)) {
    call.output().error_line("sacctmgr: " + line);
    text += line + "\n";
  }
  const Status written = call.world.write_file(file, text);
  return written ? 0 : call.refused(written.error());
}

int load_file(const SacctmgrCall& call) {
  if (call.words.empty()) return call.refused(fail("No filename given"));
  if (call.options.read_only) return call.refused(fail("Can't run this command in readonly mode."));
  const LoadWords words = read_words(call.words);
  if (words.path.empty()) return call.refused(fail("No filename given"));
  const auto text = call.world.read_file(words.path);
  const auto there = ask_dbd<DbdBook>(call.world.dbd, DbdBookRequest{});
  if (!there) return call.refused(there.error());
  const auto load = text ? read_order(*text, words, there->book) : Result<LoadFile>(text.error());
  if (!load && text) return call.output().error_line(text_of(load.error())), 1;
  if (!load) return call.refused(load.error());
  if (!load->cluster.empty() && !call.options.quiet) call.output().line("For cluster " + load->cluster);
  const bool ask = !call.options.immediate;
  auto outcome = ask_dbd<DbdBookOutcome>(call.world.dbd, DbdLoadOrder{load->order, !ask});
  if (!outcome) return call.refused(outcome.error());
  call.output().err(outcome->err);
  if (!call.options.quiet)
    call.output().print(outcome->changes ? report_of(*load, there->book, call.output().caller_name, call.output().now)
                                         : " Nothing new added.\n");
  if (!ask || !outcome->changes) return outcome->exit_code;
  call.output().print("Would you like to commit changes? (You have 30 seconds to decide)\n(N/y): ");
  if (!call.world.agrees()) {
    call.output().line(" Changes Discarded");
    return 0;
  }
  outcome = ask_dbd<DbdBookOutcome>(call.world.dbd, DbdLoadOrder{load->order, true});
  if (!outcome) return call.refused(outcome.error());
  call.output().err(outcome->err);
  return outcome->exit_code;
}

}  // namespace slurmxx
