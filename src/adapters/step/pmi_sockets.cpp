// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/pmi_sockets.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/launch/task_environment.h"
#include "core/pmi/process_mapping.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

constexpr std::size_t unsent_bytes_max = 4u << 20;  // to a task that asks and does not read

PmiJob job_of(const LaunchStep& order) {
  const StepLayout& layout = order.layout;
  StepPlace place;
  place.nodes = layout.nodes;
  place.task_count = layout.task_count;
  place.task_ids = layout.task_ids;
  place.node_rank = order.node_rank;
  PmiJob job;
  job.name = fmt::format("{}.{}", order.told_job().value, to_string(order.key.step));
  job.size = static_cast<std::uint32_t>(layout.task_ids.size());
  job.ranks = tasks_of_node(place);
  job.process_mapping = process_mapping(node_of_rank(layout.task_count, layout.task_ids));
  return job;
}

}  // namespace

PmiSockets::PmiSockets(const LaunchStep& order) : job_(job_of(order)), server_(job_), connections_(job_.ranks.size()) {}

Status PmiSockets::prepare(std::uint32_t local, LaunchRequest& request) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(fmt::format("--mpi=pmi2: cannot open a socket pair: {}", strerror(errno)));
  Connection& connection = connections_[local];
  connection.ours = FileDescriptor(ends[0]);
  connection.theirs = FileDescriptor(ends[1]);
  request.inherited.push_back(ends[1]);
  set_variable(request.environment, "PMI_FD", std::to_string(ends[1]));
  set_variable(request.environment, "PMI_RANK", std::to_string(job_.ranks[local]));
  set_variable(request.environment, "PMI_SIZE", std::to_string(job_.size));
  set_variable(request.environment, "PMI_JOBID", job_.name);
  set_variable(request.environment, "SLURM_MPI_TYPE", "pmi2");
  return {};
}

void PmiSockets::exchanged(const StepExchanged& all) {
  std::vector<PmiFence> fences;
  for (const std::string& part : all.parts) {
    auto fence = decode<PmiFence>(part);
    if (!fence) {
      failure_ = "--mpi=pmi2: another node's part of a fence cannot be read: " + text_of(fence.error());
      return;
    }
    fences.push_back(std::move(*fence));
  }
  server_.fenced(fences);
}

void PmiSockets::relayed(const StepRelayed& message) {
  const auto answer = decode<PmiNameAnswer>(message.bytes);
  if (answer) return server_.named(*answer);
  failure_ = "--mpi=pmi2: srun's answer about a published name cannot be read: " + text_of(answer.error());
}

void PmiSockets::collect(std::vector<pollfd>& fds) const {
  for (const Connection& connection : connections_)
    if (connection.ours) {
      const int reading = connection.unsent.size() < unsent_bytes_max ? POLLIN : 0;
      const int writing = connection.unsent.empty() ? 0 : POLLOUT;
      fds.push_back({connection.ours.get(), static_cast<short>(reading | writing), 0});
    }
}

Status PmiSockets::serve() {
  for (std::uint32_t local = 0; local < connections_.size(); ++local) read(local);
  for (const PmiEffect& effect : server_.effects()) act(effect);
  for (Connection& connection : connections_) flush(connection);
  if (!failure_.empty()) return fail(failure_);
  return {};
}

void PmiSockets::read(std::uint32_t local) {
  Connection& connection = connections_[local];
  if (!connection.ours || connection.theirs || connection.unsent.size() >= unsent_bytes_max) return;
  std::array<char, 64u << 10> bytes;
  const ssize_t n = recv(connection.ours.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (n > 0) return server_.take(local, {bytes.data(), static_cast<std::size_t>(n)});
  if (n == 0 || (errno != EAGAIN && errno != EINTR)) connection.ours = FileDescriptor();
}

void PmiSockets::flush(Connection& connection) {
  while (connection.ours && !connection.unsent.empty()) {
    const std::string& bytes = connection.unsent;
    const ssize_t n = send(connection.ours.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) connection.ours = FileDescriptor();
    if (n > 0) connection.unsent.erase(0, static_cast<std::size_t>(n));
  }
}

void PmiSockets::act(const PmiEffect& effect) {
  if (const auto* reply = std::get_if<PmiReply>(&effect)) connections_[reply->local].unsent += reply->bytes;
  if (const auto* fence = std::get_if<PmiFence>(&effect))
    output_.push_back(StepExchange{fmt::format("pmi2.{}", fences_++), encode(*fence), {}});
  if (const auto* call = std::get_if<PmiNameCall>(&effect))
    output_.push_back(StepRelay{step_relay_to_srun, encode(*call)});
  if (const auto* abort = std::get_if<PmiAbort>(&effect))
    output_.push_back(TaskAborted{job_.ranks[abort->local], abort->exit_code, abort->message});
  if (const auto* note = std::get_if<PmiNote>(&effect))
    output_.push_back(TaskOutput{job_.ranks[note->local], true, "slurmstepd: error: " + note->line + "\n"});
  if (const auto* drop = std::get_if<PmiDrop>(&effect)) {
    output_.push_back(
        TaskOutput{job_.ranks[drop->local], true, fmt::format("slurmstepd: error: --mpi=pmi2: {}\n", drop->why)});
    connections_[drop->local].ours = FileDescriptor();
  }
}

}  // namespace slurmxx
