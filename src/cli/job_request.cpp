// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/job_request.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/gres_options.h"
#include "core/hostlist/hostlist.h"
#include "core/launch/bind_options.h"
#include "core/launch/distribution.h"
#include "core/licenses/licenses.h"
#include "core/priority/priority.h"
#include "core/request/cpu_freq.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

template <class Number>
std::optional<Number> narrow(const std::optional<std::int64_t>& value) {
  if (!value) return std::nullopt;
  return static_cast<Number>(*value);  // number_argument has kept it within 0 .. INT32_MAX
}

// Asked-for things that no field of the specification can hold yet.
struct Unsupported {
  const char* option;
  bool (*asked)(const JobOptions&);
};

constexpr Unsupported unsupported[] = {
    {"bb", [](const JobOptions& o) { return !o.resources.bb.empty(); }},
    {"bbf", [](const JobOptions& o) { return !o.resources.bbf.empty(); }},
    {"cluster-constraint", [](const JobOptions& o) { return !o.naming.cluster_constraint.empty(); }},
    {"container", [](const JobOptions& o) { return !o.naming.container.empty(); }},
    {"container-id", [](const JobOptions& o) { return !o.naming.container_id.empty(); }},
    {"stepmgr", [](const JobOptions& o) { return o.handling.stepmgr; }},
    {"x11", [](const JobOptions& o) { return !o.handling.x11.empty(); }},
};

Status check_supported(const JobOptions& options, const SubmitContext& context) {
  for (const Unsupported& one : unsupported) {
    if (one.asked(options)) return fail(Errc::not_supported, fmt::format("--{} is not supported", one.option));
  }
  const std::string& clusters = options.naming.clusters;  // any of them will do
  const auto is_own = [&](std::string_view name) {
    return name == context.cluster_name || equal_ignoring_case(name, "all");
  };
  if (!clusters.empty() && std::ranges::none_of(split_commas(clusters), is_own)) {
    return fail(Errc::not_supported,
                fmt::format("--clusters={}: this cluster is {} and knows no other", clusters, context.cluster_name));
  }
  return {};
}

// What could only fail later.
Status check_words(const JobOptions& options, const SubmitContext& context) {
  if (context.governors) TRY(check_governor(options.place.cpu_freq, *context.governors));
  if (const auto bind = parse_mem_bind(options.place.mem_bind); !bind) return bind.error();
  const auto distribution = parse_distribution(options.place.distribution);
  const bool by_hosts = distribution && distribution->nodes == NodeDeal::arbitrary;
  if (by_hosts && options.place.nodelist.empty() && options.place.nodefile.empty())
    return fail("With Arbitrary distribution you need to specify a nodelist or hostfile with the -w option");
  return {};
}

Result<std::string> node_names(const std::string& given, const SubmitContext& context) {
  if (given.find('/') == std::string::npos) return given;
  if (!context.read_file) return fail(fmt::format("{}: a file of node names cannot be read here", given));
  TRY_ASSIGN(const std::string content, context.read_file(given));
  return nodes_of_file(content);
}

JobLabels labels_of(const JobOptions& options, const SubmitContext& context) {
  const JobNaming& naming = options.naming;
  JobLabels labels;
  labels.name = naming.job_name.empty() ? context.default_name : naming.job_name;
  labels.comment = naming.comment;
  labels.extra = naming.extra;
  labels.account = naming.account;
  labels.qos = naming.qos;
  labels.wckey = naming.wckey;
  labels.mcs_label = naming.mcs_label;
  labels.reservation = naming.reservation;
  labels.dependency = naming.dependency;
  labels.mail_user = options.handling.mail_user;
  labels.mail_types = options.handling.mail_types;
  labels.submit_line = context.submit_line;
  labels.submit_host = context.submit_host;
  labels.submit_sid = context.submit_sid;
  return labels;
}

// -B, and sockets or cores beside a fixed -N, make a task for each of the threads that they ask for; 0: they do not.
std::uint64_t tasks_of_layout(const JobSize& size) {
  const bool fixed = size.nodes && size.nodes->min == size.nodes->max && size.nodes->min > 0;
  if (size.ntasks || size.ntasks_per_node || (size.nodes && !fixed)) return 0;
  if (!size.sockets_per_node && !size.cores_per_socket && !(size.threads_per_core && !size.binding_unit.empty()))
    return 0;
  if (!fixed && size.binding_unit.empty()) return 0;
  std::uint64_t tasks = fixed ? size.nodes->min : 1;
  for (const auto& count : {size.sockets_per_node, size.cores_per_socket, size.threads_per_core})
    tasks = std::min<std::uint64_t>(tasks * static_cast<std::uint64_t>(count.value_or(1)), INT32_MAX);
  return tasks;
}

// Without -n there is a task for each node, or as many a node as --ntasks-per-node says.
std::uint32_t tasks_of(const JobSize& size) {
  if (size.ntasks) return static_cast<std::uint32_t>(*size.ntasks);
  if (const std::uint64_t tasks = tasks_of_layout(size); tasks > 0)
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(tasks, INT32_MAX));
  const std::uint64_t nodes = size.nodes ? std::max<std::uint32_t>(size.nodes->min, 1) : 1;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(nodes * static_cast<std::uint64_t>(size.ntasks_per_node.value_or(1)), UINT32_MAX));
}

ResourceRequest resources_of(const JobOptions& options) {
  const JobSize& size = options.size;
  ResourceRequest request;
  if (size.nodes) {
    request.nodes_min = size.nodes->min;
    request.nodes_max = size.nodes->max;
  }
  request.nodes_set = size.nodes.has_value();
  request.tasks = tasks_of(size);
  request.tasks_set = size.ntasks.has_value() || tasks_of_layout(size) > 0;
  request.cpus_per_task = static_cast<std::uint32_t>(size.cpus_per_task.value_or(1));
  request.cpus_per_task_set = size.cpus_per_task.has_value();
  request.tasks_per_node = narrow<std::uint32_t>(size.ntasks_per_node);
  request.tasks_per_socket = narrow<std::uint32_t>(size.ntasks_per_socket);
  request.tasks_per_core = narrow<std::uint32_t>(size.ntasks_per_core);
  request.cpus_per_node_min = narrow<std::uint32_t>(size.mincpus);
  request.sockets_per_node = narrow<std::uint32_t>(size.sockets_per_node);
  request.cores_per_socket = narrow<std::uint32_t>(size.cores_per_socket);
  request.threads_per_core = narrow<std::uint32_t>(size.threads_per_core);
  const std::string& hint = options.place.hint;
  if (!request.threads_per_core && !hint.empty() && hint != "multithread") request.threads_per_core = 1;
  request.memory_per_node = size.memory_per_node;
  request.memory_per_cpu = size.memory_per_cpu;
  request.tmp_disk_per_node = size.tmp_disk.value_or(MebiBytes(0));
  request.overcommit = size.overcommit;
  return request;
}

Sharing sharing_of(const JobPlace& place) {
  switch (place.exclusive) {
    case Exclusive::node:
      return Sharing::exclusive;
    case Exclusive::user:
      return Sharing::exclusive_user;
    case Exclusive::mcs:
      return Sharing::exclusive_mcs;
    case Exclusive::topo:
      return Sharing::exclusive_topo;
    case Exclusive::unset:
      break;
  }
  return place.oversubscribe ? Sharing::oversubscribe : Sharing::unset;
}

// --nodelist and --nodefile.
Result<std::string> nodes_asked_for(const JobPlace& place, const SubmitContext& context) {
  TRY_ASSIGN(std::string names, node_names(place.nodelist, context));
  if (place.nodefile.empty()) return names;
  if (!context.read_file) return fail(fmt::format("{}: a file of node names cannot be read here", place.nodefile));
  TRY_ASSIGN(const std::string content, context.read_file(place.nodefile));
  const std::string in_file = nodes_of_file(content);
  if (in_file.empty()) return fail(fmt::format("Invalid --nodefile node file: {} names no node", place.nodefile));
  return names.empty() ? in_file : names + "," + in_file;
}

Result<PlacementRequest> placement_of(const JobOptions& options, const SubmitContext& context) {
  const JobPlace& place = options.place;
  PlacementRequest request;
  for (std::string_view partition : split_commas(options.naming.partition)) request.partitions.emplace_back(partition);
  TRY_ASSIGN(request.nodes_required, nodes_asked_for(place, context));
  TRY_ASSIGN(request.nodes_excluded, node_names(place.exclude, context));
  request.features = options.naming.constraint;
  request.prefer = options.naming.prefer;
  request.sharing = sharing_of(place);
  request.contiguous = place.contiguous;
  request.batch_features = place.batch;
  request.switches = static_cast<std::uint32_t>(place.switches.value_or(0));
  request.switches_wait = place.switches_wait;
  request.segment = static_cast<std::uint32_t>(place.segment.value_or(0));
  request.spread_segments = place.spread_segments;
  request.spread = place.spread_job;
  request.use_min_nodes = place.use_min_nodes;
  request.distribution = place.distribution;
  request.core_spec = narrow<std::uint32_t>(options.size.core_spec);
  request.thread_spec = narrow<std::uint32_t>(options.size.thread_spec);
  request.boot.first = options.handling.reboot;
  request.boot.delay = options.timing.delay_boot;
  if (request.core_spec || request.thread_spec || request.boot.first) request.sharing = Sharing::exclusive;
  return request;
}

TimeRequest times_of(const JobTiming& timing) {
  TimeRequest times;
  times.limit = timing.time;
  times.limit_min = timing.time_min;
  times.begin = timing.begin;
  times.deadline = timing.deadline;
  if (timing.signal) {
    times.signal = {static_cast<std::uint32_t>(timing.signal->signal), timing.signal->before_end,
                    timing.signal->batch_shell_only};
  }
  return times;
}

}  // namespace

std::string work_dir_of(const JobFiles& files, const SubmitContext& context) {
  if (files.chdir.empty()) return context.work_dir;
  return files.chdir[0] == '/' ? files.chdir : context.work_dir + "/" + files.chdir;
}

namespace {

LaunchSpec launch_of(const JobFiles& files, const JobHandling& handling, const SubmitContext& context) {
  LaunchSpec launch;
  launch.work_dir = work_dir_of(files, context);
  launch.output = files.output;
  launch.error = files.error;
  launch.input = files.input;
  launch.append = files.open_append.value_or(false);
  launch.load_login_environment = files.get_user_env.has_value();
  launch.umask = context.umask;
  launch.limits = context.limits;
  launch.sample_every = handling.sample_every;
  return launch;
}

JobPolicy policy_of(const JobOptions& options, const SubmitContext& context) {
  JobPolicy policy;
  policy.batch = context.batch;
  policy.requeue = options.handling.requeue;
  policy.requeue_expedite = options.handling.requeue_expedite;
  policy.kill_on_node_fail = !options.handling.no_kill.value_or(false);
  policy.hold = options.timing.hold;
  policy.kill_on_invalid_dependency = options.handling.kill_on_invalid_dependency;
  policy.nice = options.timing.nice.value_or(0);
  policy.priority = narrow<std::uint32_t>(options.timing.priority);
  if (options.timing.priority_top) policy.priority = highest_priority;
  if (options.timing.immediate) policy.immediate = Seconds(*options.timing.immediate);
  return policy;
}

// -m arbitrary -w n1,n1,n2 names a host for each task.
Status place_by_hosts(const JobOptions& options, JobSpec& spec) {
  const auto distribution = parse_distribution(options.place.distribution);
  if (!distribution || distribution->nodes != NodeDeal::arbitrary) return {};
  TRY_ASSIGN(const HostNames hosts, expand_hostlist(spec.placement.nodes_required));
  const HostNames nodes = unique_hosts(hosts);
  if (nodes.size() == hosts.size()) return {};
  ResourceRequest& request = spec.resources;
  request.nodes_min = static_cast<std::uint32_t>(nodes.size());
  request.nodes_max = request.nodes_min;
  request.nodes_set = true;
  std::ptrdiff_t most = 1;
  for (const std::string& node : nodes) most = std::max(most, std::ranges::count(hosts, node));
  request.tasks_per_node = static_cast<std::uint32_t>(most);
  if (!request.tasks_set) request.tasks = static_cast<std::uint32_t>(hosts.size());
  request.tasks_set = true;
  spec.placement.nodes_required = fold_hosts(nodes);
  return {};
}

// --tres-per-task=license/NAME=n: for all tasks together, beside those of --licenses.
Result<std::string> with_licenses_of_tasks(const std::string& asked, const ResourceRequest& request) {
  if (request.gres.licenses_per_task.empty()) return asked;
  TRY_ASSIGN(LicenseRequest all, parse_license_request(asked));
  TRY_ASSIGN(const LicenseRequest of_task, parse_license_request(request.gres.licenses_per_task));
  if (all.any_of) return fail(fmt::format("--licenses={} and licences of --tres-per-task exclude one another", asked));
  const std::uint64_t tasks = tasks_on(request, request.nodes_min);
  for (const LicenseCount& one : of_task.counts) {
    const auto same = std::ranges::find(all.counts, one.name, &LicenseCount::name);
    LicenseCount& sum = same != all.counts.end() ? *same : all.counts.emplace_back(LicenseCount{one.name, 0});
    sum.count = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum.count + one.count * tasks, UINT32_MAX));
  }
  return license_text(all.counts);
}

// Each name once; none where they are counted task by task, or where they cannot be read, which is told later.
HostNames hosts_asked_for(const JobOptions& options, const SubmitContext& context) {
  const auto distribution = parse_distribution(options.place.distribution);
  if (distribution && distribution->nodes == NodeDeal::arbitrary) return {};
  const auto list = nodes_asked_for(options.place, context);
  if (!list || list->empty()) return {};
  auto names = expand_hostlist(*list);
  return names ? unique_hosts(std::move(*names)) : HostNames();
}

// -w n1,n2 -N1 could never start.
Status check_node_count(const JobSpec& spec) {
  const auto& most = spec.resources.nodes_max;
  if (!most || spec.placement.nodes_required.empty()) return {};
  TRY_ASSIGN(const HostNames names, expand_hostlist(spec.placement.nodes_required));
  if (names.size() <= *most) return {};
  return fail(fmt::format("invalid number of nodes (-N {}-{})", names.size(), *most));
}

}  // namespace

std::string fit_nodes_to_tasks(JobOptions& options, const SubmitContext& context) {
  JobSize& size = options.size;
  if (!size.ntasks || *size.ntasks < 1) return "";
  const auto tasks = static_cast<std::uint32_t>(*size.ntasks);
  HostNames names = hosts_asked_for(options, context);
  const std::uint32_t asked = std::max(size.nodes ? size.nodes->min : 0, static_cast<std::uint32_t>(names.size()));
  if (tasks >= asked) {
    if (size.nodes && names.empty()) size.nodes->max = std::min(size.nodes->max, tasks);
    return "";
  }
  size.nodes = NodeCountRange{tasks, std::min(size.nodes ? size.nodes->max : tasks, tasks)};
  if (names.size() > tasks) {
    names.resize(tasks);
    options.place.nodelist = fold_hosts(names);
    options.place.nodefile.clear();
  }
  return fmt::format("Warning: can't run {} processes on {} nodes, setting nnodes to {}", tasks, asked, tasks);
}

std::string drop_tasks_per_node_that_are_too_few(JobOptions& options) {
  JobSize& size = options.size;
  if (!size.ntasks_per_node || !size.ntasks || !size.nodes) return "";
  if (*size.ntasks <= *size.ntasks_per_node * static_cast<std::int64_t>(size.nodes->max)) return "";
  const std::int64_t per_node = *std::exchange(size.ntasks_per_node, std::nullopt);
  return fmt::format(
      "Warning: can't honor --ntasks-per-node set to {} which doesn't match the requested tasks {} with the number of "
      "requested nodes {}. Ignoring --ntasks-per-node.",
      per_node, *size.ntasks, size.nodes->max);
}

std::string drop_special_cores(JobOptions& options, bool allowed) {
  const bool asked = options.size.core_spec || options.size.thread_spec;
  if (!asked || allowed) return "";
  const std::string_view option = options.size.core_spec ? "-S" : "--thread-spec";
  options.size.core_spec.reset();
  options.size.thread_spec.reset();
  return fmt::format("Ignoring {} since it's not allowed by configuration (AllowSpecResourcesUsage = No)", option);
}

std::string foretold_text(const SubmitReply& reply, const TimeZone& zone) {
  return fmt::format("Job {} to start at {} using {} processors on nodes {} in partition {}", reply.job.value,
                     instant_text(reply.expected_start.value_or(Instant()), zone), reply.processors, reply.nodes,
                     reply.partition);
}

Result<JobSpec> make_job_spec(const JobOptions& options, const SubmitContext& context) {
  TRY(check_supported(options, context));
  TRY(check_words(options, context));
  JobSpec spec;
  spec.owner = context.owner;
  spec.labels = labels_of(options, context);
  spec.resources = resources_of(options);
  TRY(add_gres_options(options, context.gres_types, spec.resources));
  TRY_ASSIGN(spec.placement, placement_of(options, context));
  TRY(place_by_hosts(options, spec));
  TRY_ASSIGN(spec.labels.licenses, with_licenses_of_tasks(options.naming.licenses, spec.resources));
  TRY(check_node_count(spec));
  spec.times = times_of(options.timing);
  if (spec.times.begin && spec.times.deadline && *spec.times.begin > *spec.times.deadline)
    return fail("Incompatible begin and deadline time specification");
  spec.launch = launch_of(options.files, options.handling, context);
  spec.launch.network = options.naming.network;
  spec.launch.cpu_freq = options.place.cpu_freq;
  spec.policy = policy_of(options, context);
  return spec;
}

std::string nodes_of_file(std::string_view content) {
  std::string names;
  std::size_t depth = 0;
  for (char c : content) {
    if (c == '[') ++depth;
    if (c == ']' && depth > 0) --depth;
    const bool separates = is_space(c) || (c == ',' && depth == 0);
    if (!separates)
      names += c;
    else if (!names.empty() && names.back() != ',')
      names += ',';
  }
  if (!names.empty() && names.back() == ',') names.pop_back();
  return names;
}

}  // namespace slurmxx
