// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The PMIx server of a step's tasks on one node: the library answers the tasks, and asks here for what needs other
// nodes (fences, values of their tasks) or the step (an abort). Its calls come on the library's own thread: they only
// note what is to be done and wake the caller's loop. One server a process, since the library keeps its state so.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "adapters/pmix/pmix_library.h"
#include "wire/pmix_messages.h"

namespace slurmxx {

class PmixServer {
 public:
  // Error: one line.
  static Result<std::unique_ptr<PmixServer>> start(const PmixLibrary& library, PmixStart start, std::string folder);
  ~PmixServer();
  PmixServer(const PmixServer&) = delete;

  Result<PmixReady> ready();  // what each task needs
  int wake_fd() const { return wake_.get(); }
  std::vector<PmixOutput> take_output();  // after wake_fd() was readable
  void exchanged(const StepExchanged& all);
  Status relayed(const StepRelayed& message);
  void ended(const PmixTaskEnded& task);  // others wait for it if it had begun with MPI and was not through

 private:
  struct Waiting {  // a call of the library that is answered later
    pmix_modex_cbfunc_t answer = nullptr;
    void* data = nullptr;
  };
  struct Module;  // the functions that the library calls

  PmixServer(const PmixLibrary& library, PmixStart start, std::string folder);
  Status init();
  void post(PmixOutput message);
  void is_in_mpi(std::uint32_t rank, bool in_mpi);
  void later(std::function<void()> call);
  void wake();
  pmix_status_t fence(std::vector<std::uint32_t> ranks, std::string bytes, Waiting waiting);
  pmix_status_t ask(std::uint32_t rank, Waiting waiting);
  std::uint32_t node_of(std::uint32_t rank) const;

  const PmixLibrary library_;
  const PmixStart start_;
  const std::string folder_;
  const std::string namespace_;
  const std::vector<std::uint32_t> node_of_rank_;
  FileDescriptor wake_;

  std::mutex mutex_;  // over all below
  std::vector<PmixOutput> output_;
  std::set<std::uint32_t> in_mpi_;  // ranks between PMIx_Init and PMIx_Finalize
  std::vector<std::function<void()>> calls_;
  std::map<std::string, Waiting> fences_;
  std::map<std::string, std::uint64_t> fence_counts_;
  std::map<std::uint64_t, Waiting> asked_;
  std::uint64_t next_ask_ = 1;
};

}  // namespace slurmxx
