// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scancel/run.h"

#include <algorithm>
#include <csignal>
#include <limits>

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/model/job_name.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Target {
  JobName name;
  std::optional<StepId> step;
};

std::string text_of(const Target& target) {
  std::string text = to_string(target.name.job);
  if (const auto& tasks = target.name.tasks) {
    const std::string list = tasks->text();
    text += all_digits(list) ? "_" + list : "_[" + list + "]";
  }
  return target.step ? fmt::format("{}.{}", text, to_string(*target.step)) : text;
}

// 12, 12.0, 12.batch.
Result<Target> parse_target(const std::string& text) {
  const auto parts = split_once(text, '.');
  const std::string_view job_text = parts ? parts->first : std::string_view(text);
  auto name = parse_job_name(job_text);
  if (!name) return fail(fmt::format("Invalid job id {}", text));
  Target target{std::move(*name), {}};
  if (!parts) return target;
  target.step = parse_step_id(parts->second);
  if (!target.step) return fail(fmt::format("Invalid step id {}", text));
  return target;
}

bool listed(const std::string& list, const std::string& value) {
  if (list.empty()) return true;
  const auto pieces = split_commas(list);
  return std::find(pieces.begin(), pieces.end(), value) != pieces.end();
}

bool in_state(const std::string& list, JobState state) {
  if (list.empty()) return true;
  const char* name = state == JobState::pending     ? "PENDING PD"
                     : state == JobState::running   ? "RUNNING R"
                     : state == JobState::suspended ? "SUSPENDED S"
                                                    : "";
  for (std::string_view one : split_commas(list))
    for (std::string_view word : split(name, ' '))
      if (!word.empty() && one == word) return true;
  return false;
}

struct Chooser {
  const ScancelFilter& filter;
  std::optional<Uid> user;
  std::vector<std::string> nodes;

  bool picks(const JobView& view) const {
    const Job& job = view.job;
    const JobLabels& labels = job.spec->labels;
    if (is_ended(job.state)) return false;
    if (user && job.spec->owner.uid != *user) return false;
    return listed(filter.account, labels.account) && listed(filter.name, labels.name) &&
           listed(filter.qos, labels.qos) && listed(filter.reservation, reservation_of(job)) &&
           listed(filter.wckey, labels.wckey) && on_partition(view) && in_state(filter.state, job.state) &&
           on_nodes(view);
  }
  bool on_partition(const JobView& view) const {
    if (filter.partition.empty()) return true;
    const auto asked = split_commas(view.partition);
    return std::any_of(asked.begin(), asked.end(),
                       [&](std::string_view one) { return listed(filter.partition, std::string(one)); });
  }
  bool on_nodes(const JobView& view) const {
    if (filter.nodelist.empty()) return true;
    const auto held = expand_hostlist(view.nodes);
    return held && std::any_of(nodes.begin(), nodes.end(), [&](const std::string& node) {
             return std::find(held->begin(), held->end(), node) != held->end();
           });
  }
};

// The filters that were given, as `name=value ` each.
std::string filters_of(const ScancelFilter& filter) {
  const std::pair<const char*, const std::string&> rows[] = {
      {"account", filter.account},     {"job_name", filter.name},  {"nodelist", filter.nodelist},
      {"partition", filter.partition}, {"qos", filter.qos},        {"reservation", filter.reservation},
      {"state", filter.state},         {"user_name", filter.user}, {"wckey", filter.wckey}};
  std::string text;
  for (const auto& [name, value] : rows)
    if (!value.empty()) text += fmt::format("{}={} ", name, value);
  return text;
}

Result<Chooser> make_chooser(const ScancelFilter& filter, const Output& output) {
  Chooser chooser{filter, {}, {}};
  if (filter.me) chooser.user = output.caller;
  if (!filter.user.empty()) {
    chooser.user = output.user_id ? output.user_id(filter.user) : std::nullopt;
    if (!chooser.user) return fail(fmt::format("Invalid user name: {}", filter.user));
  }
  if (!filter.nodelist.empty()) {
    TRY_ASSIGN(chooser.nodes, expand_hostlist(filter.nodelist));
  }
  return chooser;
}

class Scancel {
 public:
  Scancel(const ScancelOptions& options, ControllerClient& controller, const Output& output, const Messages& messages)
      : options_(options), controller_(controller), output_(output), messages_(messages) {}

  int run() {
    if (const Status here = only_own_cluster(options_.clusters, output_); !here)
      return messages_.error(here.error()), 1;
    std::vector<Target> named;
    for (const std::string& text : options_.jobs)
      for (std::string_view one : split_job_names(text)) {
        auto target = parse_target(std::string(one));
        if (!target) return messages_.error(target.error()), 1;
        named.push_back(*target);
      }
    if (!options_.filter.any() && !options_.interactive) {
      send(named);
      return status_;
    }
    if (const Status chosen = choose(named); !chosen) return messages_.error(chosen.error()), 1;
    return status_;
  }

 private:
  Status choose(const std::vector<Target>& named) {
    TRY_ASSIGN(const Chooser chooser, make_chooser(options_.filter, output_));
    TRY_ASSIGN(const JobsReply all, ask<JobsReply>(controller_, JobsRequest{{}, false}, output_));
    tell_unknown(named, all);
    std::vector<Target> chosen;
    bool any = false;
    for (const JobView& view : all.jobs) {
      if (!chooser.picks(view)) continue;
      std::vector<Target> targets;
      for (const Target& target : named)
        if (target.name.means(view.job) && (view.job.array || target.name.job == view.job.id))
          targets.push_back(narrowed(target, view.job));
      const auto& het = view.job.spec->het;
      if (named.empty() && !(het && het->offset > 0)) targets.push_back(narrowed({{view.job.id}, {}}, view.job));
      any = any || !targets.empty();
      for (const Target& target : targets)
        if (confirmed(view, target)) chosen.push_back(target);
    }
    send(chosen);
    const std::string filters = filters_of(options_.filter);
    if (!any && !filters.empty() && messages_.level() >= Messages::Level::verbose)
      messages_.error("No active jobs match ALL job filters, including: {}", filters);
    return {};
  }

  // By its own name, where the record is a part of an array: the array's other tasks may not have been chosen. A
  // component goes with its leader.
  static Target narrowed(const Target& target, const Job& job) {
    if (!job.array) return {{job.id, target.name.leader, {}}, target.step};
    const auto& asked = target.name.tasks;
    return {{job.array->array, {}, asked ? job.array->tasks.common(*asked) : job.array->tasks}, target.step};
  }

  // With filters, an id that names no job is a mistake of the caller.
  void tell_unknown(const std::vector<Target>& named, const JobsReply& all) {
    for (const Target& target : named) {
      const auto lives = [&](const JobView& view) { return target.name.means(view.job) && !is_ended(view.job.state); };
      if (std::any_of(all.jobs.begin(), all.jobs.end(), lives)) continue;
      if (messages_.level() >= Messages::Level::normal)
        messages_.error("Kill job error on job id {}: {}", text_of(target), slurmxx::text_of(Errc::invalid_job_id));
      status_ = 1;
    }
  }

  bool confirmed(const JobView& view, const Target& target) const {
    if (!options_.interactive) return true;
    output_.print(fmt::format("{}{} name={} partition={} [y/n]? ", target.step ? "Cancel step_id=" : "Cancel job_id=",
                              text_of(target), view.job.spec->labels.name, view.partition));
    const std::string answer = output_.read_line ? output_.read_line() : "";
    return answer.starts_with('y') || answer.starts_with('Y');
  }

  // Many in one request each: a round trip and a write to the log for each job takes 20 s for 50,000.
  void send(const std::vector<Target>& targets) {
    if (targets.size() == 1) return send(targets.front());
    for (std::size_t begin = 0; begin < targets.size(); begin += job_verbs_max) {
      const std::size_t end = std::min(begin + job_verbs_max, targets.size());
      JobVerbsRequest request;
      for (std::size_t i = begin; i < end; ++i) request.verbs.push_back(order_for(targets[i]));
      auto reply = ask<JobVerbsReply>(controller_, std::move(request), output_);
      if (reply && reply->outcomes.size() != end - begin) reply = fail(Errc::unexpected_message);
      for (std::size_t i = begin; i < end; ++i) {
        if (!reply) {
          refused(targets[i], reply.error());
          continue;
        }
        const ErrorReply& outcome = reply->outcomes[i - begin];
        if (outcome.code != Errc::ok) refused(targets[i], Error{outcome.code, outcome.message});
      }
    }
  }

  void send(const Target& target) {
    const auto reply = ask<DoneReply>(controller_, order_for(target), output_);
    if (!reply) refused(target, reply.error());
  }

  bool ends() const { return options_.signal == 0 || options_.signal == SIGKILL; }

  JobVerbRequest order_for(const Target& target) const {
    const char* kind = target.step ? "step" : "job";
    if (ends())
      messages_.verbose("Terminating {} {}", kind, text_of(target));
    else
      messages_.verbose("Signal {} to {} {}", options_.signal, kind, text_of(target));
    JobVerbRequest request;
    request.job = target.name.job;
    request.leader = target.name.leader;
    request.tasks = target.name.tasks;
    request.step = target.step;
    request.signal = static_cast<std::uint32_t>(options_.signal);
    request.batch_only = options_.batch;
    request.full = options_.full;
    request.cron = options_.cron;
    return request;
  }

  // A job that is not there, or has ended, is what who ends it wanted; a signal has reached nobody.
  void refused(const Target& target, const Error& error) {
    const bool is_over = error.code == Errc::already_done || error.code == Errc::invalid_job_id;
    const bool gone = !target.step && ends() && is_over;
    if (!gone || messages_.level() >= Messages::Level::verbose)
      messages_.error("Kill job error on job{} id {}: {}", target.step ? " step" : "", text_of(target),
                      slurmxx::text_of(error));
    if (gone) return;
    status_ = !ends() && is_over ? 1 : std::max(1, static_cast<int>(error.code) & 0xff);
  }

  const ScancelOptions& options_;
  ControllerClient& controller_;
  const Output& output_;
  const Messages& messages_;
  int status_ = 0;
};

}  // namespace

int run_scancel(const ScancelOptions& options, ControllerClient& controller, const Output& output,
                const Messages& messages) {
  return Scancel(options, controller, output, messages).run();
}

}  // namespace slurmxx
