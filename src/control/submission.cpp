// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The first check that fails answers; nothing is changed before all have passed.
#include "control/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "control/accounts.h"
#include "control/configure.h"
#include "control/dependencies.h"
#include "control/mcs.h"
#include "control/not_built.h"
#include "control/partition_access.h"
#include "control/reservations.h"
#include "control/scheduling.h"
#include "core/hostlist/hostlist.h"
#include "core/model/gres_use.h"
#include "core/request/gres_check.h"
#include "core/schedule/extra_filter.h"
#include "core/schedule/plan.h"
#include "core/schedule/shape_key.h"
#include "core/text/words.h"
#include "wire/crypto.h"

namespace slurmxx {

std::string blob_hash(std::string_view bytes) {
  std::string hex;
  for (const char byte : crypto::blake2b_128(bytes)) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

std::string Submission::keep(const std::string& bytes) {
  std::string hash = blob_hash(bytes);
  c_.commit_.blobs.push_back({hash, bytes});
  return hash;
}

Result<JobOwner> Submission::owner_of(const SubmitRequest& request, const JobSpec& spec) const {
  if (!request.for_owner)
    return JobOwner{caller_.uid, caller_.gid, caller_.user_name, caller_.group_name, caller_.groups};
  if (!c_.is_super_user(caller_))
    return fail(Errc::error,
                fmt::format("{} cannot submit for another user: only root and SlurmUser may (--uid, --gid)",
                            caller_.user_name));
  const JobOwner& owner = spec.owner;
  if (owner.user_name.empty() || owner.group_name.empty()) return fail(Errc::user_id_missing);
  return owner;
}

Status Submission::check_owner(const JobOwner& owner) const {
  if (c_.options_.root || owner.uid == c_.options_.slurm_user) return {};
  // Errc::error: the command prints this line alone.
  return fail(Errc::error,
              fmt::format("the nodes run as {} and cannot start jobs of {}: submit as {}, or run slurmd as "
                          "root (SlurmdUser)",
                          c_.config().identity.slurmd_user, owner.user_name, c_.config().identity.slurmd_user));
}

Status Submission::check_partitions(JobSpec& spec) const {
  TRY(PartitionJudge(c_.state_, c_.config(), caller_).settle(spec));
  respect_memory_per_cpu(spec, c_.config());
  std::set<std::string> named;  // required and excluded at once makes no sense
  for (const std::string* list : {&spec.placement.nodes_required, &spec.placement.nodes_excluded}) {
    if (list->empty()) continue;
    TRY_ASSIGN(const std::vector<std::string> names, expand_hostlist(*list));
    for (const std::string& name : names)
      if (!c_.state_.find_node(name) || named.contains(name)) return fail(Errc::invalid_node_name);
    named.insert(names.begin(), names.end());
  }
  return {};
}

Result<std::optional<ArrayRequest>> Submission::array_of(const SubmitRequest& request) const {
  if (request.array.empty()) return std::optional<ArrayRequest>();
  if (!request.components.empty())
    return fail(Errc::error, "a heterogeneous job cannot be a job array: leave out --array or the ':'");
  TRY_ASSIGN(ArrayText array, parse_array(request.array, c_.config().jobs.max_array_size));
  const std::uint32_t most = c_.planning_.rules->parameters.submission.max_array_tasks;
  if (most > 0 && array.indices.size() > most)
    return fail(Errc::invalid_array, fmt::format("--array={}: {} tasks, at most {} are taken (max_array_tasks)",
                                                 request.array, array.indices.size(), most));
  return std::optional(ArrayRequest{std::move(array.indices), array.throttle});
}

// What the most generous of its partitions gives.
TimeLimit Submission::longest_limit(const JobSpec& spec) const {
  std::optional<Minutes> longest;
  for (const std::string& name : spec.placement.partitions) {
    const Partition* partition = c_.state_.find_partition(name);
    if (!partition || partition->time_max.unlimited || spec.placement.exempt.time) return TimeLimit::none();
    longest = std::max(longest.value_or(Minutes(0)), partition->time_max.value);
  }
  return longest ? TimeLimit::of(*longest) : TimeLimit::none();
}

// --time-min fits into the limit, into what partitions give and into the time until the deadline.
Status Submission::check_times(const JobSpec& spec) const {
  const auto& times = spec.times;
  if (times.deadline && *times.deadline <= c_.now_.wall) return fail(Errc::invalid_time_value);
  const auto exceeds = [&](const TimeLimit& most) {
    return times.limit_min && !most.unlimited && (times.limit_min->unlimited || times.limit_min->value > most.value);
  };
  if (exceeds(times.limit.value_or(TimeLimit::none())) || exceeds(longest_limit(spec)) ||
      (times.limit_min && misses_deadline(times, c_.now_.wall)))
    return fail(Errc::invalid_time_min);
  return {};
}

namespace {

Status check_lengths(const JobSpec& spec, std::uint64_t submit_line_max) {
  if (spec.labels.submit_line.size() > submit_line_max)
    return fail(Errc::pathname_too_long,
                fmt::format("the command line has {} bytes, at most {} are taken (max_submit_line_size)",
                            spec.labels.submit_line.size(), submit_line_max));
  constexpr std::size_t longest = 1024;
  constexpr std::size_t longest_path = 4096;
  struct Row {
    const char* option;
    const std::string& text;
    std::size_t most = longest;
  };
  const JobLabels& labels = spec.labels;
  const Row rows[] = {{"--job-name", labels.name},
                      {"--comment", labels.comment},
                      {"--account", labels.account},
                      {"--qos", labels.qos},
                      {"--wckey", labels.wckey},
                      {"--extra", labels.extra},
                      {"--licenses", labels.licenses},
                      {"--reservation", labels.reservation},
                      {"--mcs-label", labels.mcs_label},
                      {"--mail-user", labels.mail_user},
                      {"--constraint", spec.placement.features},
                      {"--prefer", spec.placement.prefer},
                      {"--chdir", spec.launch.work_dir, longest_path},
                      {"--output", spec.launch.output, longest_path},
                      {"--error", spec.launch.error, longest_path},
                      {"--input", spec.launch.input, longest_path}};
  for (const Row& row : rows)
    if (row.text.size() > row.most)
      return fail(Errc::pathname_too_long,
                  fmt::format("{}: {} characters, at most {} are taken", row.option, row.text.size(), row.most));
  return {};
}

}  // namespace

namespace {

// --core-spec and --thread-spec leave the nodes to the job alone; where slurm.conf does not allow them they do nothing.
void settle_special(PlacementRequest& asked, bool allowed) {
  if (!asked.core_spec && !asked.thread_spec) return;
  if (allowed) {
    asked.sharing = Sharing::exclusive;
  } else {
    asked.core_spec.reset();
    asked.thread_spec.reset();
  }
}

}  // namespace

Status check_reboot(const PlacementRequest& asked, bool administrator, const std::string& program) {
  if (!asked.boot.first) return {};
  if (!administrator) return fail(Errc::access_denied, "--reboot: only administrators have nodes booted");
  if (program.empty()) return fail(Errc::not_supported, "--reboot: slurm.conf has no RebootProgram");
  return {};
}

void settle_switches(PlacementRequest& asked, Seconds most) {
  if (asked.switches > 0) asked.switches_wait = std::min(asked.switches_wait.value_or(most), most);
}

Status Submission::enforce_limits(const JobSpec& spec, const std::optional<TimeLimit>& time_asked) const {
  if (c_.config().scheduling.enforce_part_limits == EnforcePartLimits::no) return {};
  JobSpec asked = spec;
  asked.times.limit = time_asked;
  return PartitionJudge(c_.state_, c_.config(), caller_).enforce(asked, [&](const std::string& partition) {
    return Accounts(c_).admit_to(partition, asked);
  });
}

Result<JobSpec> Submission::completed(const SubmitRequest& request, JobSpec spec) const {
  spec.het.reset();
  TRY_ASSIGN(spec.array, array_of(request));
  TRY_ASSIGN(spec.owner, owner_of(request, spec));
  TRY(check_owner(spec.owner));
  if (spec.policy.batch && request.script.empty()) return fail(Errc::job_script_missing);
  if (const std::uint64_t most = c_.planning_.rules->parameters.submission.max_script_size;
      request.script.size() > most)
    return fail(Errc::pathname_too_long, fmt::format("the script has {} bytes, at most {} are taken (max_script_size)",
                                                     request.script.size(), most));
  if (spec.resources.nodes_set && (spec.resources.nodes_min == 0 || spec.resources.nodes_max == 0u))
    return fail(Errc::invalid_node_count);
  Accounts(c_).exempt(spec);
  TRY(check_partitions(spec));
  TRY(check_times(spec));
  const auto time_asked = spec.times.limit;
  TRY(Accounts(c_).admit(spec));
  TRY(enforce_limits(spec, time_asked));
  TRY(check_lengths(spec, c_.planning_.rules->parameters.submission.max_submit_line_size));
  TRY_ASSIGN(spec.labels.mcs_label, mcs_label_of(spec, caller_, c_.config()));
  TRY(check_not_built(spec, c_.config()));
  TRY(check_gres(spec.resources, c_.config().scheduling.gres_types));
  TRY(ReservationKeeper(c_).check(spec, caller_));
  TRY(DependencyJudge(c_).checked(spec.labels.dependency, {}));
  const bool to_the_front = spec.policy.priority.value_or(0) > 0 || spec.policy.nice < 0;
  if (to_the_front && !c_.is_operator(caller_)) return fail(Errc::access_denied);
  if (spec.labels.name.empty()) spec.labels.name = "sbatch";
  TRY(check_reboot(spec.placement, c_.is_administrator(caller_), c_.config().paths.reboot_program));
  settle_switches(spec.placement, c_.planning_.rules->policies.switches_wait_max);
  settle_special(spec.placement, c_.config().jobs.allow_spec_resources_usage);
  return spec;
}

// One of those named must hold it; what a flexible one lacks it takes elsewhere.
Status Submission::fits_reservation(const JobSpec& spec) const {
  Status outcome;
  for (const std::string_view name : split_commas(spec.labels.reservation)) {
    const Reservation* known = c_.state_.find_reservation(std::string(name));
    const bool binds = known && !known->nodes.empty() && !known->flags.has(ReservationFlag::flex) &&
                       !known->flags.has(ReservationFlag::any_nodes);
    if (!binds) return {};
    JobSpec inside = spec;
    HostNames others;
    c_.state_.nodes().for_each([&](std::uint64_t number, const Node& node) {
      const NodeIndex index(static_cast<std::uint32_t>(number));
      if (!std::binary_search(known->nodes.begin(), known->nodes.end(), index)) others.push_back(node.name);
    });
    std::string& excluded = inside.placement.nodes_excluded;
    if (!others.empty()) excluded += (excluded.empty() ? "" : ",") + fold_hosts_sorted(std::move(others));
    outcome = check_submission(c_.cluster_shape(), policies_of(c_.config()), inside);
    if (outcome) return {};
  }
  return outcome;
}

Result<std::vector<JobSpec>> Submission::components(const SubmitRequest& request) {
  constexpr std::size_t most = 128;
  if (request.components.size() >= most)
    return fail(Errc::error, fmt::format("a heterogeneous job has at most {} components, not {}", most,
                                         request.components.size() + 1));
  if (request.test_only && !request.components.empty())
    return fail(Errc::not_supported, "--test-only of a heterogeneous job is not supported");
  std::vector<JobSpec> specs;
  TRY_ASSIGN(JobSpec first, completed(request, request.spec));
  specs.push_back(std::move(first));
  for (const JobSpec& asked : request.components) {
    JobSpec other = asked;
    other.policy.batch = false;  // the script is component 0's
    TRY_ASSIGN(JobSpec spec, completed(request, std::move(other)));
    specs.push_back(std::move(spec));
  }
  for (const JobSpec& spec : specs) {
    if (c_.planning_.rules->parameters.submission.extra_constraints) TRY(ExtraFilter::parse(spec.labels.extra));
    TRY(c_.judge(spec));
    TRY(fits_reservation(spec));
  }
  TRY(Accounts(c_).check_limits(specs));
  return specs;
}

namespace {

// The first of so many numbers in a row that no job has, from `next` on; behind MaxJobId they begin anew at FirstJobId.
JobId first_free(const State& state, const JobSettings& jobs, JobId next, std::uint32_t count) {
  const std::uint32_t first = jobs.first_job_id, last = std::max(first, jobs.max_job_id);
  std::uint32_t id = next.value, free = 0;
  for (std::uint64_t tried = 0; tried <= 2 * std::uint64_t{last - first} + count; ++tried) {
    if (id - free + count - 1 > last) id = first, free = 0;
    if (state.find(JobId(id)))
      free = 0;
    else if (++free == count)
      return JobId(id - count + 1);
    ++id;
  }
  return next;
}

// The original has a record, with an id of its own, before it finds these out: ids of what is taken follow on as users
// of it know them.
bool had_a_record(Errc refusal) {
  constexpr Errc late[] = {Errc::node_config_unavailable, Errc::invalid_node_count,       Errc::dependency,
                           Errc::invalid_feature,         Errc::cannot_start_immediately, Errc::reservation_access};
  return std::find(std::begin(late), std::end(late), refusal) != std::end(late);
}

}  // namespace

void Submission::note_burst(const Job& job) {
  FreshArrays& fresh = c_.planning_.fresh_arrays;
  fresh.submitted(c_.now_.mono);
  if (!job.array || job.array->tasks.size() == 1) return;
  fresh.add(job.id, c_.now_.mono, c_.planning_.rules->parameters.main.batch_sched_delay);
}

Result<ClientReply> Submission::submit(const SubmitRequest& request) {
  if (const auto known = c_.requests_.find(c_.serving_.request); known && c_.serving_.request != RequestId())
    return ClientReply(SubmitReply{*known, "", {}, {}});
  Result<std::vector<JobSpec>> judged = components(request);
  if (!judged) {
    if (had_a_record(judged.error().code) && !request.test_only) ++c_.planning_.ids_refused;
    return judged.error();
  }
  std::vector<JobSpec> specs = std::move(*judged);
  if (request.test_only) return test_only(specs.front());
  if (c_.state_.jobs().size() + specs.size() > c_.config().jobs.max_job_count)
    return fail(Errc::queue_full,
                fmt::format("the cluster holds {} jobs, as many as MaxJobCount allows: try again when some have ended",
                            c_.state_.jobs().size()));
  const std::string script_hash = request.script.empty() ? "" : keep(request.script);  // never as the client says
  const std::string environment_hash = keep(join(request.environment, std::string(1, '\0')));
  const JobId id = first_free(c_.state_, c_.config().jobs, c_.new_job_id(), static_cast<std::uint32_t>(specs.size()));
  HetJobSubmitted all{id, {}};
  for (std::uint32_t i = 0; i < specs.size(); ++i) {
    JobSpec& spec = specs[i];
    spec.launch.script_hash = i == 0 ? script_hash : "";
    spec.launch.environment_hash = environment_hash;
    if (specs.size() > 1) spec.het = HetPlace{id, i, static_cast<std::uint32_t>(specs.size())};
    const Hold hold = spec.policy.hold ? Hold::user : Hold::none;
    Dependencies dependencies = *parse_dependencies(spec.labels.dependency);
    all.components.push_back(
        {JobId(id.value + i), std::make_shared<const JobSpec>(std::move(spec)), hold, std::move(dependencies)});
  }
  if (all.components.size() == 1)
    c_.emit(std::move(all.components.front()));
  else
    c_.emit(std::move(all));
  note_burst(*c_.state_.find(id));
  return ClientReply(SubmitReply{id, "", {}, {}});
}

JobId Controller::new_job_id() {
  const JobId next(state_.next_job_id().value + std::exchange(planning_.ids_refused, 0));
  return first_free(state_, config().jobs, next, 1);
}

const ClusterView& Controller::cluster_shape() {
  if (shape_.view) return *shape_.view;
  shape_.nodes = state_.nodes();
  ClusterView& view = shape_.view.emplace();
  shape_.nodes.for_each([&](std::uint64_t, const Node& node) { view.nodes.push_back(&node); });
  view.system = planning_.system;
  view.boots = planning_.rules->boots;
  for (const auto& partition : state_.partitions())
    view.partitions.push_back(plan_partition_with_defaults(*partition, *options_.config, &planning_.topologies));
  return view;
}

Status Controller::judge(const JobSpec& spec) {
  constexpr std::size_t kept_max = 4096;
  const std::string key = join(spec.placement.partitions, ",") + '\0' + shape_key(spec);
  if (const auto known = shape_.judged.find(key); known != shape_.judged.end()) return known->second;
  const Status judged = check_submission(cluster_shape(), planning_.rules->policies, spec);
  if (shape_.judged.size() >= kept_max) shape_.judged.clear();
  shape_.judged.emplace(key, judged);
  return judged;
}

}  // namespace slurmxx
