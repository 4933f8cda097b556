// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/gres_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/launch/gpu_binding.h"
#include "core/place/gres_choice.h"
#include "core/request/gres_check.h"
#include "core/text/words.h"
#include "core/tres/gres.h"

namespace slurmxx {
namespace {

Error bad_gres(std::string_view why) {
  return fail(fmt::format("{}{}{}", why, why.empty() ? "" : "\n", text_of(Errc::invalid_gres)));
}

std::string text_of_list(const std::vector<GresRequest>& list) {
  std::string text;
  for (const GresRequest& one : list)
    text +=
        fmt::format("{}{}{}{}:{}", text.empty() ? "" : ",", one.name, one.type.empty() ? "" : ":", one.type, one.count);
  return text;
}

Result<std::string> checked_list(std::string_view text) {
  auto list = parse_gres_request(text);
  if (!list) return bad_gres("");
  return text_of_list(*list);
}

// --gpus=a100:2,v100 is a list of gpus without their name.
Result<std::string> gpu_list(std::string_view text) {
  std::string full;
  for (const std::string_view piece : split_commas(text))
    full += fmt::format("{}{}{}", full.empty() ? "" : ",", piece.starts_with("gpu:") ? "" : "gpu:", piece);
  return checked_list(full);
}

// cpu=2,gres/gpu:a100=1,license/matlab=1: the resources of a task; cpus and licences are the request's own.
Result<std::string> tres_of_task(std::string_view text, ResourceRequest& request) {
  std::string list;
  std::string& licenses = request.gres.licenses_per_task;
  for (const std::string_view piece : split_commas(text)) {
    if (piece.starts_with("license/")) {
      const std::string_view license = piece.substr(std::string_view("license/").size());
      const auto sides = split_once(license, license.find('=') != std::string_view::npos ? '=' : ':');
      const auto count = sides ? parse_natural(sides->second, {1, INT32_MAX}) : Result<std::uint64_t>(1);
      if (!count) return fail(fmt::format("--tres-per-task={}: give license/NAME=N", text));
      licenses += fmt::format("{}{}:{}", licenses.empty() ? "" : ",", sides ? sides->first : license, *count);
      continue;
    }
    if (piece.starts_with("gres/") || piece.starts_with("gres:")) {
      list += (list.empty() ? "" : ",") + std::string(piece.substr(5));
      continue;
    }
    const auto sides = piece.find('=') != std::string_view::npos ? split_once(piece, '=') : split_once(piece, ':');
    const auto count = sides ? parse_natural(sides->second, {1, INT32_MAX}) : Result<std::uint64_t>(fail(""));
    if (!sides || sides->first != "cpu" || !count)
      return fail(fmt::format("--tres-per-task={}: give cpu=N, gres/NAME[:TYPE]=N and license/NAME=N", text));
    request.cpus_per_task = static_cast<std::uint32_t>(*count);
    request.cpus_per_task_set = true;
  }
  return checked_list(list);
}

std::string joined(const std::string& a, const std::string& b) { return a.empty() || b.empty() ? a + b : a + "," + b; }

std::uint64_t gpus_of(const std::string& text) {
  const auto list = parse_gres_request(text);
  return list ? gpus_in(*list) : 0;
}

Status check_flags(std::string_view flags) {
  constexpr std::string_view known[] = {"disable-binding", "enforce-binding", "allow-task-sharing",
                                        "one-task-per-sharing", "multiple-tasks-per-sharing"};
  for (const std::string_view flag : split_commas(flags))
    if (std::ranges::find(known, lower(flag)) == std::end(known))
      return fail(Errc::error, "Invalid --gres-flags specification");
  return {};
}

// gres/gpu:[verbose,]TYPE[+gres/NAME:...]: the binding to gpus. Others are checked and bind nothing.
Result<std::string> gpu_part_of_tres_bind(std::string_view text) {
  std::string gpu;
  for (std::string_view part : split(text, '+')) {
    if (text.empty()) break;
    const bool named = part.starts_with("gres/") || part.starts_with("gres:");
    if (named) part.remove_prefix(5);
    const auto sides = split_once(part, ':');
    const bool known = sides && !sides->first.empty() && (named || sides->first == "gpu");
    if (!known || sides->second.empty() || !check_gpu_bind(sides->second))
      return fail(fmt::format("Invalid --tres-bind argument: {}", text));
    if (sides->first == "gpu") gpu = sides->second;
  }
  return gpu;
}

// [memory=]low|medium|high|highm1|MHZ,...[,verbose]
Status check_gpu_freq(std::string_view text) {
  for (const std::string_view word : split_commas(text)) {
    if (equal_ignoring_case(word, "verbose")) continue;
    const auto sides = split_once(word, '=');
    const std::string_view value = sides ? sides->second : word;
    constexpr std::string_view words[] = {"low", "medium", "high", "highm1"};
    const bool known = std::ranges::any_of(words, [&](auto one) { return equal_ignoring_case(one, value); }) ||
                       parse_natural(value, {1, UINT32_MAX}).ok();
    if (!known || (sides && !equal_ignoring_case(sides->first, "memory")))
      return fail(fmt::format("Invalid --gpu-freq argument: gpu:{}", text));
  }
  return {};
}

bool is_multiple(std::uint64_t of_whole, std::uint64_t of_part) {
  return of_whole == 0 || of_part == 0 || (of_whole >= of_part && of_whole % of_part == 0);
}

// What is asked of each node, or of each of its sockets.
std::uint64_t gpus_of_node(const ResourceRequest& request) {
  const std::uint64_t of_node = gpus_of(request.gres.per_node);
  return of_node > 0 ? of_node : gpus_of(request.gres.per_socket) * request.sockets_per_node.value_or(1);
}

// --gpus is shared out over nodes, sockets and tasks without rest.
Status check_shares(const JobOptions& o, const ResourceRequest& request) {
  const std::uint64_t all = gpus_of(request.gres.per_job), of_node = gpus_of_node(request);
  const std::uint64_t of_socket = gpus_of(request.gres.per_socket), of_task = gpus_of(request.gres.per_task);
  if (!is_multiple(all, of_node)) return bad_gres(fmt::format("--gpus={} is no multiple of {} a node", all, of_node));
  if (!is_multiple(all, of_task)) return bad_gres(fmt::format("--gpus={} is no multiple of {} a task", all, of_task));
  if (!is_multiple(of_node, of_socket))
    return bad_gres(fmt::format("{} gpus a node are no multiple of --gpus-per-socket={}", of_node, of_socket));
  if (all > 0 && of_node > 0 && o.size.nodes) {
    const std::uint64_t nodes = all / of_node;
    if (nodes < o.size.nodes->min || nodes > o.size.nodes->max)
      return bad_gres(
          fmt::format("--gpus={} with {} a node takes {} nodes, other than --nodes says", all, of_node, nodes));
  }
  if (all > 0 && of_task > 0 && o.size.ntasks && all / of_task != static_cast<std::uint64_t>(*o.size.ntasks))
    return bad_gres(
        fmt::format("--gpus={} with {} a task makes {} tasks, other than --ntasks says", all, of_task, all / of_task));
  return {};
}

Status check_gpus_there(const JobOptions& o, const ResourceRequest& request) {
  const GresOptions& gres = request.gres;
  const std::uint64_t gpus = gpus_of(gres.per_job) + gpus_of(gres.per_node) + gpus_of(gres.per_task);
  if (gpus + gpus_of(gres.per_socket) > 0) return {};
  if (gres.memory_per_gpu)
    return bad_gres("--mem-per-gpu without any gpu: give --gpus or another option that asks for some");
  if (gres.tasks_per_gpu && !o.size.nodes)
    return bad_gres("--ntasks-per-gpu needs the number of gpus, tasks or nodes: give --gpus, --ntasks or --nodes");
  return {};
}

Status check_together(const JobOptions& o, const ResourceRequest& request) {
  const std::uint64_t gpus = gpus_of(request.gres.per_job);
  TRY(check_shares(o, request));
  TRY(check_gpus_there(o, request));
  if (!request.gres.per_socket.empty() && !o.size.sockets_per_node)
    return bad_gres("--gpus-per-socket option requires --sockets-per-node specification");
  if (!o.resources.gpus_per_task.empty() && gpus == 0 && !o.size.ntasks && !o.size.ntasks_per_node)
    return bad_gres("--gpus-per-task needs the number of tasks: give --ntasks or --gpus");
  if (o.resources.cpus_per_gpu && o.size.cpus_per_task)
    return bad_gres("--cpus-per-gpu and --cpus-per-task exclude one another");
  if (gpus > 0 && o.size.nodes && gpus < o.size.nodes->min)
    return bad_gres(fmt::format("--gpus={} on {} nodes: each node needs one", gpus, o.size.nodes->min));
  return {};
}

// --gpus=4 --gpus-per-node=2 is on two nodes.
void derive_nodes(const JobOptions& o, ResourceRequest& request) {
  const std::uint64_t all = gpus_of(request.gres.per_job), of_node = gpus_of_node(request);
  if (all == 0 || of_node == 0) return;
  request.nodes_min = static_cast<std::uint32_t>(std::min<std::uint64_t>(all / of_node, INT32_MAX));
  request.nodes_max = request.nodes_min;
  request.nodes_set = request.nodes_set || !o.size.nodes;
}

// Without --ntasks the gpus say how many tasks there are.
void derive_tasks(const JobOptions& o, ResourceRequest& request) {
  if (o.size.ntasks) return;
  const std::uint64_t nodes = std::max(1U, request.nodes_min);
  const std::uint64_t total = gpus_of(request.gres.per_job);
  const std::uint64_t gpus = total > 0 ? total : nodes * gpus_of(request.gres.per_node);
  const std::uint64_t of_task = gpus_of(request.gres.per_task);
  std::uint64_t tasks = 0;
  if (request.gres.tasks_per_gpu) tasks = gpus * *request.gres.tasks_per_gpu;
  if (of_task > 0 && total > 0) tasks = total / of_task;
  if (tasks == 0) return;
  request.tasks = static_cast<std::uint32_t>(std::min<std::uint64_t>(tasks, INT32_MAX));
  request.tasks_set = true;
}

// -n 4 --ntasks-per-gpu=2 asks for 2 gpus.
void derive_gpus(const JobOptions& o, ResourceRequest& request) {
  const auto& each = request.gres.tasks_per_gpu;
  const bool asked = gpus_of(request.gres.per_job) + gpus_of(request.gres.per_node) > 0;
  if (!each || asked || !o.size.ntasks) return;
  request.gres.per_job = fmt::format("gpu:{}", (*o.size.ntasks + *each - 1) / *each);
}

}  // namespace

Status add_gres_options(const JobOptions& options, const std::vector<std::string>& types, ResourceRequest& request) {
  const JobGenericResources& asked = options.resources;
  GresOptions& gres = request.gres;
  TRY_ASSIGN(gres.gpus_per_node, gpu_list(asked.gpus_per_node));
  TRY_ASSIGN(const std::string per_node, checked_list(asked.gres));
  request.gres.per_node = joined(per_node, gres.gpus_per_node);
  TRY_ASSIGN(gres.per_job, gpu_list(asked.gpus));
  TRY_ASSIGN(gres.per_socket, gpu_list(asked.gpus_per_socket));
  TRY_ASSIGN(const std::string gpus_per_task, gpu_list(asked.gpus_per_task));
  TRY_ASSIGN(const std::string tres_per_task, tres_of_task(asked.tres_per_task, request));
  gres.per_task = tres_per_task.find("gpu") != std::string::npos ? tres_per_task : joined(gpus_per_task, tres_per_task);
  if (asked.cpus_per_gpu) gres.cpus_per_gpu = static_cast<std::uint32_t>(*asked.cpus_per_gpu);
  gres.memory_per_gpu = options.size.memory_per_gpu;
  if (options.size.ntasks_per_gpu) gres.tasks_per_gpu = static_cast<std::uint32_t>(*options.size.ntasks_per_gpu);
  gres.flags = lower(asked.gres_flags);
  TRY(check_flags(gres.flags));
  TRY_ASSIGN(const std::string tres_bind, gpu_part_of_tres_bind(asked.tres_bind));
  gres.gpu_bind = asked.gpu_bind.empty() ? tres_bind : asked.gpu_bind;
  TRY(check_gpu_bind(gres.gpu_bind));
  TRY(check_gpu_freq(asked.gpu_freq));
  gres.gpu_freq = asked.gpu_freq;
  gres.tres_bind = asked.tres_bind;
  derive_gpus(options, request);
  if (const Status fine = check_gres(request, types); !fine)
    return fine.error().message.empty() ? bad_gres("") : fail(fine.error().message);
  TRY(check_together(options, request));
  derive_nodes(options, request);
  derive_tasks(options, request);
  return {};
}

bool asks_for_gres(const JobOptions& o) {
  const JobGenericResources& r = o.resources;
  return !r.gres.empty() || !r.gpus.empty() || !r.gpus_per_node.empty() || !r.gpus_per_socket.empty() ||
         !r.gpus_per_task.empty() || !r.tres_per_task.empty() || o.size.ntasks_per_gpu;
}

void forget_gres(JobOptions& o) {
  JobGenericResources& r = o.resources;
  for (std::string* text :
       {&r.gres, &r.gpus, &r.gpus_per_node, &r.gpus_per_socket, &r.gpus_per_task, &r.tres_per_task, &r.gpu_bind})
    text->clear();
  o.size.ntasks_per_gpu.reset();
}

std::optional<EarlyExit> gres_help(const JobOptions& options, const std::vector<std::string>& types) {
  if (options.resources.gres != "help") return std::nullopt;
  EarlyExit help;
  help.out = "Valid gres options are:\n";
  for (const std::string& type : types) help.out += type + "[[:type]:count]\n";
  return help;
}

}  // namespace slurmxx
