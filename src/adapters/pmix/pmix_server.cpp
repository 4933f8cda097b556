// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// An answer to the library is never given from within its call: it goes through take_output() on the caller's loop.
#include "adapters/pmix/pmix_server.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "adapters/pmix/job_data.h"
#include "core/pmi/pmi_server.h"
#include "core/pmi/process_mapping.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

PmixServer*& the_server() {
  static PmixServer* server = nullptr;
  return server;
}

// The library frees it through the function it is given.
void answer_with(pmix_modex_cbfunc_t answer, void* data, pmix_status_t status, std::string_view bytes) {
  char* copy = bytes.empty() ? nullptr : static_cast<char*>(malloc(bytes.size()));
  if (copy != nullptr) std::memcpy(copy, bytes.data(), bytes.size());
  answer(
      status, copy, bytes.size(), data, [](void* given) { free(given); }, copy);
}

// Ranks in one order on all nodes; a long list is named by its FNV-1a hash.
std::string name_of(const std::vector<std::uint32_t>& ranks) {
  std::uint64_t hash = 14695981039346656037U;
  constexpr std::uint64_t prime = 1099511628211U;
  for (const std::uint32_t rank : ranks)
    for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ (rank >> shift & 0xff)) * prime;
  return ranks.empty() ? std::string("all") : fmt::format("{}-{:x}", ranks.size(), hash);
}

}  // namespace

struct PmixServer::Module {
  static pmix_status_t connected(const pmix_proc_t* task, void*, pmix_info_t*, std::size_t, pmix_op_cbfunc_t done,
                                 void* data) {
    the_server()->is_in_mpi(task->rank, true);
    return succeed(done, data);
  }
  static pmix_status_t finalized(const pmix_proc_t* task, void*, pmix_op_cbfunc_t done, void* data) {
    the_server()->is_in_mpi(task->rank, false);
    return succeed(done, data);
  }
  static pmix_status_t succeed(pmix_op_cbfunc_t done, void* data) {
    if (done != nullptr) the_server()->later([done, data] { done(PMIX_SUCCESS, data); });
    return PMIX_SUCCESS;
  }
  static pmix_status_t abort(const pmix_proc_t* task, void*, int status, const char* message, pmix_proc_t*, std::size_t,
                             pmix_op_cbfunc_t done, void* data) {
    const std::string_view words = message == nullptr ? "" : message;
    const bool none = words == "N/A";  // what Open MPI gives for none
    the_server()->is_in_mpi(task->rank, false);
    the_server()->post(TaskAborted{task->rank, static_cast<std::uint32_t>(status), std::string(none ? "" : words)});
    return succeed(done, data);
  }
  static pmix_status_t fence(const pmix_proc_t* tasks, std::size_t count, const pmix_info_t*, std::size_t, char* bytes,
                             std::size_t size, pmix_modex_cbfunc_t answer, void* data) {
    std::vector<std::uint32_t> ranks;
    bool all = false;
    for (const pmix_proc_t& task : std::span(tasks, count)) {
      if (the_server()->namespace_ != task.nspace) return PMIX_ERR_NOT_SUPPORTED;
      all = all || task.rank == PMIX_RANK_WILDCARD;
      ranks.push_back(task.rank);
    }
    if (all) ranks.clear();
    std::string part(bytes == nullptr ? "" : bytes, bytes == nullptr ? 0 : size);
    free(bytes);
    return the_server()->fence(std::move(ranks), std::move(part), {answer, data});
  }
  static pmix_status_t direct_modex(const pmix_proc_t* task, const pmix_info_t*, std::size_t,
                                    pmix_modex_cbfunc_t answer, void* data) {
    if (the_server()->namespace_ != task->nspace) return PMIX_ERR_NOT_FOUND;
    return the_server()->ask(task->rank, {answer, data});
  }
};

PmixServer::PmixServer(const PmixLibrary& library, PmixStart start, std::string folder)
    : library_(library),
      start_(std::move(start)),
      folder_(std::move(folder)),
      namespace_(pmix_namespace(start_.key)),
      node_of_rank_(node_of_rank(start_.layout.task_count, start_.layout.task_ids)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  the_server() = this;
}

PmixServer::~PmixServer() {
  library_.finalize();
  the_server() = nullptr;
}

Result<std::unique_ptr<PmixServer>> PmixServer::start(const PmixLibrary& library, PmixStart start, std::string folder) {
  if (start.node_rank >= start.layout.nodes.size()) return fail("the step's layout does not hold this node");
  std::unique_ptr<PmixServer> server(new PmixServer(library, std::move(start), std::move(folder)));
  if (!server->wake_) return fail(fmt::format("cannot open an eventfd: {}", strerror(errno)));
  TRY(server->init());
  return server;
}

Status PmixServer::init() {
  static pmix_server_module_t module{};  // the library keeps the pointer
  module.client_connected2 = &Module::connected;
  module.client_finalized = &Module::finalized;
  module.abort = &Module::abort;
  module.fence_nb = &Module::fence;
  module.direct_modex = &Module::direct_modex;
  PmixInfos infos(library_);
  infos.text(PMIX_SERVER_NSPACE, "slurmxx-pmix");
  infos.rank(PMIX_SERVER_RANK, start_.node_rank);
  infos.text(PMIX_SERVER_TMPDIR, folder_);
  infos.text(PMIX_SYSTEM_TMPDIR, folder_);
  infos.text(PMIX_HOSTNAME, start_.layout.nodes[start_.node_rank]);
  const auto good = [&](const char* what, pmix_status_t status) -> Status {
    if (status == PMIX_SUCCESS || status == PMIX_OPERATION_SUCCEEDED) return {};
    return fail(fmt::format("{}: {}", what, library_.error_string(status)));
  };
  TRY(good("PMIx_server_init", library_.init(&module, infos.data(), infos.size())));
  TRY_ASSIGN(PmixInfos job, pmix_job_data(library_, start_, folder_));
  const std::vector<std::uint32_t> local = ranks_of_node(start_.layout, start_.node_rank);
  const int count = static_cast<int>(local.size());
  TRY(good("PMIx_server_register_nspace",
           library_.register_nspace(namespace_.c_str(), count, job.data(), job.size(), nullptr, nullptr)));
  for (const std::uint32_t rank : local) {
    pmix_proc_t task{};
    namespace_.copy(task.nspace, sizeof task.nspace - 1);
    task.rank = rank;
    TRY(good("PMIx_server_register_client",
             library_.register_client(&task, start_.uid.value, start_.gid.value, nullptr, nullptr, nullptr)));
  }
  return {};
}

Result<PmixReady> PmixServer::ready() {
  PmixReady ready;
  for (const std::uint32_t rank : ranks_of_node(start_.layout, start_.node_rank)) {
    pmix_proc_t task{};
    namespace_.copy(task.nspace, sizeof task.nspace - 1);
    task.rank = rank;
    char** environment = nullptr;
    const pmix_status_t status = library_.setup_fork(&task, &environment);
    if (status != PMIX_SUCCESS) return fail(fmt::format("PMIx_server_setup_fork: {}", library_.error_string(status)));
    PmixTask& one = ready.tasks.emplace_back();
    for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
      one.environment.emplace_back(*entry);
      free(*entry);
    }
    free(environment);
  }
  return ready;
}

void PmixServer::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

void PmixServer::post(PmixOutput message) {
  const std::lock_guard lock(mutex_);
  output_.push_back(std::move(message));
  wake();
}

void PmixServer::is_in_mpi(std::uint32_t rank, bool in_mpi) {
  const std::lock_guard lock(mutex_);
  if (in_mpi)
    in_mpi_.insert(rank);
  else
    in_mpi_.erase(rank);
}

// As with PMI (core/pmi/pmi_server.h), one that says that it succeeded is believed.
void PmixServer::ended(const PmixTaskEnded& task) {
  const std::vector<std::uint32_t> local = ranks_of_node(start_.layout, start_.node_rank);
  if (task.exit_code == 0 || task.local >= local.size() || node_of_rank_.size() < 2) return;
  const std::uint32_t rank = local[task.local];
  std::unique_lock lock(mutex_);
  const bool in_mpi = in_mpi_.erase(rank) > 0;
  lock.unlock();
  if (in_mpi) post(TaskAborted{rank, task.exit_code, std::string(ended_without_finalize)});
}

void PmixServer::later(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(std::move(call));
  wake();
}

std::vector<PmixOutput> PmixServer::take_output() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = read(wake_.get(), &count, sizeof count);
  std::unique_lock lock(mutex_);
  const auto calls = std::exchange(calls_, {});
  auto output = std::exchange(output_, {});
  lock.unlock();
  for (const auto& call : calls) call();
  return output;
}

std::uint32_t PmixServer::node_of(std::uint32_t rank) const {
  return rank < node_of_rank_.size() ? node_of_rank_[rank] : UINT32_MAX;
}

pmix_status_t PmixServer::fence(std::vector<std::uint32_t> ranks, std::string bytes, Waiting waiting) {
  std::sort(ranks.begin(), ranks.end());
  std::set<std::uint32_t> nodes;
  for (const std::uint32_t rank : ranks) nodes.insert(node_of(rank));
  if (nodes.contains(UINT32_MAX)) return PMIX_ERR_BAD_PARAM;
  const std::lock_guard lock(mutex_);
  const std::string name = name_of(ranks);
  const std::string id = fmt::format("pmix.{}.{}", name, fence_counts_[name]++);
  fences_[id] = waiting;
  output_.push_back(StepExchange{id, std::move(bytes), {nodes.begin(), nodes.end()}});
  wake();
  return PMIX_SUCCESS;
}

void PmixServer::exchanged(const StepExchanged& all) {
  std::unique_lock lock(mutex_);
  const auto found = fences_.find(all.id);
  if (found == fences_.end()) return;
  const Waiting waiting = found->second;
  fences_.erase(found);
  lock.unlock();
  std::string bytes;
  for (const std::string& part : all.parts) bytes += part;
  answer_with(waiting.answer, waiting.data, PMIX_SUCCESS, bytes);
}

pmix_status_t PmixServer::ask(std::uint32_t rank, Waiting waiting) {
  const std::uint32_t node = node_of(rank);
  if (node == UINT32_MAX) return PMIX_ERR_NOT_FOUND;
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = next_ask_++;
  asked_[number] = waiting;
  output_.push_back(StepRelay{node, encode(PmixNodeMessage(PmixModexAsk{number, rank}))});
  wake();
  return PMIX_SUCCESS;
}

Status PmixServer::relayed(const StepRelayed& message) {
  TRY_ASSIGN(const auto decoded, decode<PmixNodeMessage>(message.bytes));
  if (const auto* answer = std::get_if<PmixModexAnswer>(&decoded)) {
    std::unique_lock lock(mutex_);
    const auto found = asked_.find(answer->number);
    if (found == asked_.end()) return {};
    const Waiting waiting = found->second;
    asked_.erase(found);
    lock.unlock();
    answer_with(waiting.answer, waiting.data, static_cast<pmix_status_t>(answer->status), answer->bytes);
    return {};
  }
  const auto& ask = std::get<PmixModexAsk>(decoded);
  struct Asked {
    std::uint32_t node;
    std::uint64_t number;
  };
  pmix_proc_t task{};
  namespace_.copy(task.nspace, sizeof task.nspace - 1);
  task.rank = ask.rank;
  const auto give = [](pmix_status_t status, char* bytes, std::size_t size, void* data) {
    const std::unique_ptr<Asked> asked(static_cast<Asked*>(data));
    PmixModexAnswer answer{asked->number, status, bytes == nullptr ? std::string() : std::string(bytes, size)};
    the_server()->post(StepRelay{asked->node, encode(PmixNodeMessage(std::move(answer)))});
  };
  auto asked = std::make_unique<Asked>(Asked{message.from_node, ask.number});
  const pmix_status_t status = library_.dmodex_request(&task, give, asked.get());
  if (status == PMIX_SUCCESS)
    static_cast<void>(asked.release());
  else
    give(status, nullptr, 0, asked.release());
  return {};
}

}  // namespace slurmxx
