// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "commands/sacct/query.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "commands/sacct/row_text.h"
#include "core/hostlist/hostlist.h"
#include "core/text/instant_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  for (const std::string_view word : split_commas(list)) words.emplace_back(word);
  return words;
}

Result<std::uint8_t> state_number(std::string_view text) {
  struct Named {
    std::string_view name, compact;
    std::uint8_t number;
  };
  constexpr std::uint8_t base = life_end_base;
  constexpr Named others[] = {{"REQUEUED", "RQ", base + static_cast<std::uint8_t>(LifeEnd::requeued)},
                              {"RESIZING", "RS", base + static_cast<std::uint8_t>(LifeEnd::resized)},
                              {"REVOKED", "RV", base + 51}};
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(JobState::out_of_memory); ++i) {
    const auto state = static_cast<JobState>(i);
    if (equal_ignoring_case(text, state_name(state)) || equal_ignoring_case(text, state_short(state))) return i;
  }
  for (const Named& other : others)
    if (equal_ignoring_case(text, other.name) || equal_ignoring_case(text, other.compact)) return other.number;
  return fail(fmt::format("sacct: fatal: unrecognized job state value '{}'", text));
}

// An ended life before the last counts as what it ended as, too.
void add_state(std::vector<std::uint8_t>& states, std::uint8_t state) {
  states.push_back(state);
  if (state == static_cast<std::uint8_t>(JobState::node_fail))
    states.push_back(life_end_base + static_cast<std::uint8_t>(LifeEnd::node_fail));
  if (state == static_cast<std::uint8_t>(JobState::preempted))
    states.push_back(life_end_base + static_cast<std::uint8_t>(LifeEnd::preempted));
}

Result<NumberRange> range_of(const std::string& text) {
  const auto pair = split_once(text, '-');
  const auto min = parse_natural(pair ? pair->first : std::string_view(text));
  const auto max = pair ? parse_natural(pair->second) : min;
  if (!min || !max) return fail(fmt::format("sacct: error: {}: a number or MIN-MAX is wanted", text));
  return NumberRange{*min, *max};
}

Result<Uid> user_of(const std::string& name, const Output& output) {
  if (const auto number = parse_natural(name)) return Uid(static_cast<std::uint32_t>(*number));
  const auto uid = output.user_id ? output.user_id(name) : std::nullopt;
  if (!uid) return fail(fmt::format("sacct: fatal: Invalid user id: {}", name));
  return *uid;
}

Result<WantedJob> wanted_job(std::string_view text) {
  const auto pair = split_once(text, '.');
  WantedJob wanted;
  const auto name = parse_job_name(pair ? pair->first : text);
  if (!name) return fail(fmt::format("sacct: fatal: Bad job/step specified: {}", text));
  wanted.name = *name;
  if (!pair) return wanted;
  wanted.step = parse_step_id(pair->second);
  if (!wanted.step) return fail(fmt::format("sacct: fatal: Bad job/step specified: {}", text));
  return wanted;
}

// sacct(1), DEFAULT TIME WINDOW. With states and a start alone the window reaches up to now
// (docs/guide/differences.md).
Status fill_window(const SacctFilter& filter, const Output& output, JobsQuery& query) {
  const TimeContext context{output.now, *output.zone, PastTimes::keep};
  query.end = output.now;
  query.start = Instant(0);
  if (filter.jobs.empty()) {
    TRY_ASSIGN(const Instant midnight, parse_instant("00:00", context));
    query.start = filter.states.empty() ? midnight : output.now;
  }
  if (!filter.start.empty()) {
    TRY_ASSIGN(query.start, parse_instant(filter.start, context));
  }
  if (!filter.end.empty()) {
    TRY_ASSIGN(query.end, parse_instant(filter.end, context));
  }
  if (query.end < query.start) return fail(fmt::format("sacct: fatal: Start time requested is after end time."));
  return {};
}

Status fill_who(const SacctOptions& options, const Output& output, JobsQuery& query) {
  const SacctFilter& filter = options.filter;
  for (const std::string& name : words_of(filter.users)) {
    TRY_ASSIGN(const Uid uid, user_of(name, output));
    query.users.push_back(uid);
  }
  const bool everybody = options.scope.all_users || output.caller == root_uid || !filter.jobs.empty();
  if (query.users.empty() && !everybody) query.users.push_back(output.caller);
  return {};
}

bool is_flag(const std::string& word) {
  constexpr std::string_view known[] = {"schedsubmit", "schedmain", "schedbackfill", "startreceived"};
  return std::ranges::find(known, word) != std::end(known);
}

Status fill_flags(const SacctFilter& filter, JobSieve& sieve) {
  for (const std::string& word : words_of(filter.flags)) {
    const std::string flag = lower(word);
    if (!is_flag(flag)) return fail(fmt::format("sacct: fatal: Unknown job flag: {}", word));
    sieve.flags.insert(flag);
  }
  return {};
}

Result<JobSieve::Het> het_meant(const std::string& word) {
  if (word.empty()) return JobSieve::Het::as_named;
  if (equal_ignoring_case(word, "yes")) return JobSieve::Het::whole;
  if (equal_ignoring_case(word, "no")) return JobSieve::Het::named_alone;
  return fail(fmt::format("sacct: fatal: --whole-hetjob={}: yes or no is wanted", word));
}

Status fill_sieve(const SacctOptions& options, SacctQuestion& question) {
  const SacctFilter& filter = options.filter;
  JobSieve& sieve = question.sieve;
  for (const std::string_view word : split_job_names(filter.jobs)) {
    TRY_ASSIGN(const WantedJob wanted, wanted_job(word));
    sieve.jobs.push_back(wanted);
    question.query.ids.push_back(wanted.name.leader.value_or(wanted.name.job));
  }
  sieve.features = words_of(filter.constraints);
  for (const std::string& reason : words_of(filter.reasons)) sieve.reasons.insert(lower(reason));
  if (!filter.nodes.empty()) {
    TRY_ASSIGN(const HostNames names, expand_hostlist(filter.nodes));
    sieve.nodes.insert(names.begin(), names.end());
  }
  if (!filter.nnodes.empty()) {
    TRY_ASSIGN(sieve.node_count, range_of(filter.nnodes));
  }
  if (!filter.ncpus.empty()) {
    TRY_ASSIGN(sieve.cpu_count, range_of(filter.ncpus));
  }
  if (!filter.time_limit_min.empty()) {
    const std::string& most = options.scope.time_limit_max;
    const auto least = parse_time_limit(filter.time_limit_min);
    const auto largest = parse_time_limit(most.empty() ? filter.time_limit_min : most);
    if (!least || !largest || least->value.value == 0) return fail("sacct: fatal: Invalid time limit specification");
    sieve.minutes =
        NumberRange{static_cast<std::uint64_t>(least->value.value), static_cast<std::uint64_t>(largest->value.value)};
  }
  for (const std::string& name : words_of(filter.groups)) sieve.groups.insert(name);
  TRY(fill_flags(filter, sieve));
  for (const std::string& word : words_of(filter.associations)) {
    const auto id = parse_natural(word, {0, UINT32_MAX});
    if (!id) return fail(fmt::format("sacct: fatal: Invalid association id: {}", word));
    sieve.associations.insert(static_cast<std::uint32_t>(*id));
  }
  TRY_ASSIGN(sieve.het, het_meant(options.scope.whole_het));
  sieve.duplicates = options.scope.duplicates;
  return {};
}

}  // namespace

Result<SacctQuestion> sacct_question(const SacctOptions& options, const Output& output) {
  SacctQuestion question;
  JobsQuery& query = question.query;
  const SacctFilter& filter = options.filter;
  TRY(fill_window(filter, output, query));
  for (const std::string& word : words_of(filter.states)) {
    TRY_ASSIGN(const std::uint8_t state, state_number(word));
    add_state(query.states, state);
  }
  TRY(fill_who(options, output, query));
  TRY(fill_sieve(options, question));
  query.clusters = words_of(filter.clusters);
  query.all_clusters = options.scope.all_clusters || filter.clusters == "all";
  if (query.all_clusters) query.clusters.clear();
  query.accounts = words_of(lower(filter.accounts));  // as they are kept
  query.partitions = words_of(filter.partitions);
  query.qos = words_of(filter.qos);
  query.wckeys = words_of(filter.wckeys);
  query.names = words_of(filter.names);
  query.not_eligible_too = !filter.jobs.empty();
  query.with_steps = !options.scope.allocations;
  return question;
}

bool JobSieve::passes(const FoundJob& job) const {
  const Job& record = job.record.view.job;
  const auto named = [&](const WantedJob& wanted) {
    if (het == Het::named_alone && record.spec->het) return wanted.name.job == record.id;
    return wanted.name.means(record);
  };
  if (!jobs.empty() && std::none_of(jobs.begin(), jobs.end(), named)) return false;
  for (const std::string& feature : features)
    if (record.spec->placement.features.find(feature) == std::string::npos) return false;
  if (!reasons.empty() && !reasons.contains(lower(job.record.view.reason))) return false;
  const auto is_asked_for = [&](std::string_view flag) { return flags.contains(lower(flag)); };
  if (!flags.empty() && std::ranges::none_of(job_flags(record), is_asked_for)) return false;
  if (node_count && !node_count->holds(job.record.view.node_count)) return false;
  if (cpu_count && !cpu_count->holds(job.record.view.cpu_count)) return false;
  const TimeLimit& limit = job.record.view.time_limit;
  if (minutes && (limit.unlimited || !minutes->holds(static_cast<std::uint64_t>(limit.value.value)))) return false;
  const JobOwner& owner = record.spec->owner;
  if (!groups.empty() && !groups.contains(owner.group_name) && !groups.contains(std::to_string(owner.gid.value)))
    return false;
  if (nodes.empty()) return true;
  const auto names = expand_hostlist(job.record.view.nodes);
  return names && std::any_of(names->begin(), names->end(), [&](const auto& name) { return nodes.contains(name); });
}

bool JobSieve::passes(const FoundJob& job, const StepRecord& step) const {
  if (jobs.empty()) return true;
  return std::any_of(jobs.begin(), jobs.end(), [&](const WantedJob& wanted) {
    return wanted.name.means(job.record.view.job) && (!wanted.step || *wanted.step == step.step.id);
  });
}

bool JobSieve::wants_job_line(const FoundJob& job) const {
  if (jobs.empty()) return true;
  return std::any_of(jobs.begin(), jobs.end(),
                     [&](const WantedJob& wanted) { return !wanted.step && wanted.name.means(job.record.view.job); });
}

namespace {

// Of the lives of a job the last, with all its sizes.
void drop_duplicates(FoundJobs& jobs) {
  using Life = std::pair<Instant, std::uint32_t>;
  const auto life_of = [](const FoundJob& job) {
    return Life(job.record.view.job.times.submitted, job.record.view.job.restarts);
  };
  std::map<std::pair<std::string, JobId>, Life> last;
  for (const auto& job : jobs) {
    Life& known = last[{job->cluster, job->record.view.job.id}];
    known = std::max(known, life_of(*job));
  }
  if (last.size() == jobs.size()) return;
  std::erase_if(jobs, [&](const auto& job) { return last[{job->cluster, job->record.view.job.id}] != life_of(*job); });
}

}  // namespace

void put_in_order(FoundJobs& jobs, bool duplicates) {
  if (!duplicates) drop_duplicates(jobs);
  // The last task of an array has the array's id, and comes behind those that were split off before.
  std::map<std::pair<std::string_view, JobId>, JobId> highest;
  for (const auto& job : jobs)
    if (const auto& array = job->record.view.job.array) {
      JobId& id = highest[{job->cluster, array->array}];
      id = std::max(id, job->record.view.job.id);
    }
  const auto place = [&](const FoundJob& job) {
    const Job& record = job.record.view.job;
    const bool last_task = record.array && record.array->split && record.array->array == record.id;
    const JobId id = last_task ? highest[{job.cluster, record.id}] : record.id;
    return std::tuple(std::string_view(job.cluster), id, last_task, job.record.key());
  };
  const auto before = [&](const auto& a, const auto& b) { return place(*a) < place(*b); };
  if (!std::ranges::is_sorted(jobs, before)) std::ranges::stable_sort(jobs, before);
}

namespace {

Status read_job(AccountedJob& row, FoundJob& job) {
  job.cluster = std::move(row.cluster);
  job.script = std::move(row.script);
  job.environment = std::move(row.environment);
  job.suspensions = suspensions_of(row.suspensions);
  TRY_ASSIGN(job.record, decode<JobRecord>(row.job));
  if (!job.record.view.job.spec) job.record.view.job.spec = std::make_shared<const JobSpec>();
  for (const std::string& step : row.steps) {
    TRY_ASSIGN(StepRecord record, decode<StepRecord>(step));
    job.steps.push_back(std::move(record));
  }
  return {};
}

// All that the conditions of the question let through.
Result<FoundJobs> fetch(SacctQuestion question, DbdClient& slurmdbd) {
  FoundJobs jobs;
  slurmdbd.ask_ahead(question.query);
  do {
    TRY_ASSIGN(JobsPage page, reply_as<JobsPage>(slurmdbd.answer()));
    question.query.after = page.next;
    if (!page.next.empty()) slurmdbd.ask_ahead(question.query);
    for (AccountedJob& row : page.jobs) {
      auto job = std::make_unique<FoundJob>();
      TRY(read_job(row, *job));
      if (question.sieve.passes(*job)) jobs.push_back(std::move(job));
    }
  } while (!question.query.after.empty());
  return jobs;
}

// --whole-hetjob=yes: names of components become those of the jobs that they are part of.
Status name_leaders(SacctQuestion& question, DbdClient& slurmdbd) {
  TRY_ASSIGN(const FoundJobs named, fetch(question, slurmdbd));
  for (const auto& job : named) {
    const Job& record = job->record.view.job;
    if (!record.spec->het) continue;
    const JobId leader = record.spec->het->leader;
    for (WantedJob& wanted : question.sieve.jobs)
      if (wanted.name.means(record)) wanted.name = {.job = leader};
    std::ranges::replace(question.query.ids, record.id, leader);
  }
  return {};
}

}  // namespace

Result<FoundJobs> fetch_jobs(SacctQuestion& question, DbdClient& slurmdbd) {
  if (question.sieve.het == JobSieve::Het::whole && !question.sieve.jobs.empty()) TRY(name_leaders(question, slurmdbd));
  TRY_ASSIGN(FoundJobs jobs, fetch(question, slurmdbd));
  put_in_order(jobs, question.sieve.duplicates);
  return jobs;
}

SacctContext sacct_context(const SacctOptions& options, const Output& output) {
  SacctContext context;
  context.now = output.now;
  context.zone = output.zone;
  context.user_name = output.user_name;
  context.noconvert = options.output.noconvert;
  context.expand_patterns = options.output.expand_patterns;
  return context;
}

}  // namespace slurmxx
