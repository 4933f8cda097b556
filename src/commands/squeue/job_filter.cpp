// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/squeue/job_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/job_text.h"
#include "core/hostlist/hostlist.h"
#include "core/model/job_name.h"
#include "core/model/reservation_hold.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

using Names = std::set<std::string, std::less<>>;

// Words that -t takes. Without a state or a fact: a flag that no job of ours can carry.
struct StateWord {
  const char* name;
  const char* letters;
  std::optional<JobState> state;
  bool (*fact)(const Job&) = nullptr;
};

bool completes(const Job& job) { return job.completing(); }
bool configures(const Job& job) { return job.preparing; }
bool is_special_exit(const Job& job) { return job.is_special_exit(); }
bool is_expediting(const Job& job) { return job.is_expediting(); }

constexpr StateWord state_words[] = {
    {"pending", "PD", JobState::pending},
    {"running", "R", JobState::running},
    {"suspended", "S", JobState::suspended},
    {"completed", "CD", JobState::completed},
    {"cancelled", "CA", JobState::cancelled},
    {"failed", "F", JobState::failed},
    {"timeout", "TO", JobState::timeout},
    {"node_fail", "NF", JobState::node_fail},
    {"preempted", "PR", JobState::preempted},
    {"boot_fail", "BF", JobState::boot_fail},
    {"deadline", "DL", JobState::deadline},
    {"out_of_memory", "OOM", JobState::out_of_memory},
    {"completing", "CG", {}, completes},
    {"configuring", "CF", {}, configures},
    {"expediting", "EX", {}, is_expediting},
    {"resizing", "RS", {}},
    {"resv_del_hold", "RD", {}, lost_reservation},
    {"requeued", "RQ", {}},
    {"requeue_fed", "RF", {}},
    {"requeue_hold", "RH", {}},
    {"revoked", "RV", {}},
    {"signaling", "SI", {}},
    {"special_exit", "SE", {}, is_special_exit},
    {"stage_out", "SO", {}},
    {"stopped", "ST", {}},
};

Error bad_state(std::string_view word) {
  std::string known;
  for (const StateWord& row : state_words) known += fmt::format("{}{}", known.empty() ? "" : ",", row.name);
  return fail(fmt::format("Invalid job state specified: {}\nValid job states include: {}\n", word, known));
}

StateFilter usual_states() {
  return {{JobState::pending, JobState::running, JobState::suspended}, {completes, is_special_exit}};
}

std::optional<Names> names_of(const SqueueFilter::List& list) {
  if (!list) return {};
  Names names;
  for (std::string_view one : split_commas(*list)) names.emplace(one);
  return names;
}

Result<JobName> parse_job_id(std::string_view text) {
  auto name = parse_job_name(text);
  if (!name) return fail(fmt::format("Invalid job id: {}", text));
  return *name;
}

Result<WantedStep> parse_step(std::string_view text) {
  const auto parts = split_once(text, '.');
  WantedStep wanted;
  auto job = parse_job_id(parts ? parts->first : text);
  if (!job) return fail(fmt::format("Invalid job_step id: {}{}", text, parts ? "" : ".\?\?"));
  wanted.job = *job;
  if (!parts) return wanted;
  wanted.step = parse_step_id(parts->second);
  if (!wanted.step) return fail(fmt::format("Invalid step id: {}", text));
  return wanted;
}

// Where this host's slurm.conf names the nodes, a name that is not among them is a slip.
Status check_nodes(const HostNames& wanted, const ClusterConfig* config) {
  if (!config || config->nodes.empty()) return {};
  Names known;
  for (const NodeConfig& node : config->nodes) known.insert(node.name);
  for (const std::string& name : wanted)
    if (!known.contains(name)) return fail(fmt::format("Invalid node name {}", name));
  return {};
}

void take_users(const SqueueFilter& given, const FilterContext& context, JobFilter& filter) {
  if (given.notme) filter.not_user = context.caller;
  if (!given.user && !given.me) return;
  filter.users.emplace();
  if (given.me) filter.users->insert(context.caller);
  const std::string users = given.user.value_or("");
  for (std::string_view one : split_commas(users)) {
    const std::string name(one);
    if (auto number = parse_natural(name, {0, UINT32_MAX - 1})) {
      filter.users->insert(Uid(static_cast<std::uint32_t>(*number)));
    } else if (auto uid = context.user_id ? context.user_id(name) : std::nullopt) {
      filter.users->insert(*uid);
    } else {
      filter.complaints.push_back(fmt::format("Invalid user: {}\n", name));
    }
  }
}

Status take_ids(const SqueueFilter& given, JobFilter& filter) {
  for (std::string_view one : split_job_names(given.jobs)) {
    TRY_ASSIGN(const JobName name, parse_job_id(one));
    filter.jobs.push_back(name);
  }
  for (std::string_view one : split_job_names(given.steps)) {
    TRY_ASSIGN(const WantedStep step, parse_step(one));
    filter.steps.push_back(step);
  }
  return {};
}

bool within(const std::optional<Names>& wanted, std::string_view value) { return !wanted || wanted->contains(value); }

bool uses_license(const std::optional<Names>& wanted, const std::string& licenses) {
  if (!wanted) return true;
  const auto used = split_commas(licenses);
  return std::any_of(used.begin(), used.end(),
                     [&](std::string_view one) { return wanted->contains(one.substr(0, one.find_first_of(":@"))); });
}

bool on_nodes(const std::optional<Names>& wanted, const JobView& view) {
  if (!wanted) return true;
  const auto names = expand_hostlist(node_text(view));
  return names && std::any_of(names->begin(), names->end(), [&](const auto& name) { return wanted->contains(name); });
}

}  // namespace

Result<StateFilter> parse_job_states(std::string_view text) {
  StateFilter filter;
  for (std::string_view word : split_commas(text)) {
    const bool all = equal_ignoring_case(word, "all");
    bool known = all;
    for (const StateWord& row : state_words) {
      if (!all && !equal_ignoring_case(word, row.name) && !equal_ignoring_case(word, row.letters)) continue;
      known = true;
      if (row.state) filter.states.insert(*row.state);
      if (row.fact) filter.facts.push_back(row.fact);
    }
    if (!known) return bad_state(word);
  }
  return filter;
}

Result<JobFilter> make_job_filter(const SqueueOptions& options, const FilterContext& context) {
  const SqueueFilter& given = options.filter;
  JobFilter filter;
  filter.states = usual_states();
  if (options.output.start) filter.states = {{JobState::pending}, {}};
  if (given.states) {
    TRY_ASSIGN(filter.states, parse_job_states(*given.states));
  }
  filter.accounts = names_of(given.account);
  filter.names = names_of(given.name);
  filter.partitions = names_of(given.partition);
  filter.qos = names_of(given.qos);
  filter.reservations = names_of(given.reservation);
  filter.licenses = names_of(given.licenses);
  if (given.nodelist) {
    TRY_ASSIGN(const HostNames nodes, expand_hostlist(*given.nodelist));
    TRY(check_nodes(nodes, context.config));
    filter.nodes.emplace(nodes.begin(), nodes.end());
  }
  const bool sees_all = options.all || given.partition || (context.caller == root_uid && !options.hide);
  for (const PartitionConfig& partition :
       sees_all || !context.config ? std::vector<PartitionConfig>() : context.config->partitions)
    if (partition.access.hidden) filter.hidden.insert(partition.name);
  take_users(given, context, filter);
  TRY(take_ids(given, filter));
  filter.running_over = given.running_over;
  filter.running_under = given.running_under;
  return filter;
}

bool JobFilter::matches_partition(std::string_view list) const {
  if (!partitions) return true;
  for (std::string_view one : split(list, ','))
    if (partitions->contains(one)) return true;
  return false;
}

bool JobFilter::is_hidden(std::string_view list) const {
  if (hidden.empty()) return false;
  const auto names = split(list, ',');
  return std::all_of(names.begin(), names.end(), [this](std::string_view name) { return hidden.contains(name); });
}

bool JobFilter::matches(const JobView& view, Instant now) const {
  const Job& job = view.job;
  const JobLabels& labels = job.spec->labels;
  const Uid owner = job.spec->owner.uid;
  if (!states.matches(job)) return false;
  const auto meant = [&](const JobName& name) { return name.means(job); };
  if (!jobs.empty() && std::ranges::none_of(jobs, meant)) return false;
  if (users && !users->contains(owner)) return false;
  if (not_user && *not_user == owner) return false;
  if (!within(names, labels.name)) return false;
  if (!within(accounts, labels.account) || !within(qos, labels.qos)) return false;
  if (!within(reservations, reservation_of(job)) || !uses_license(licenses, labels.licenses)) return false;
  if (!matches_partition(view.partition) || is_hidden(view.partition) || !on_nodes(nodes, view)) return false;
  const bool runs = job.state == JobState::running;
  if (running_over && !(runs && time_used(view, now) > *running_over)) return false;
  if (running_under && !(runs && time_used(view, now) < *running_under)) return false;
  return true;
}

bool JobFilter::matches_task(const Job& job, std::uint32_t task) const {
  return jobs.empty() || std::ranges::any_of(jobs, [&](const JobName& name) {
           return name.means(job) && (!name.tasks || name.tasks->contains(task));
         });
}

bool JobFilter::matches_step(const Job& job, const Step& step) const {
  return steps.empty() || std::any_of(steps.begin(), steps.end(), [&](const WantedStep& wanted) {
           return wanted.job.means(job) && (!wanted.step || *wanted.step == step.id);
         });
}

}  // namespace slurmxx
