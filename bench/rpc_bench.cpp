// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Submissions by RPC to a slurmctld that runs: rpc_bench SLURM_CONF CLIENTS JOBS DEPTH [distinct]. Each client is one
// authenticated TCP session with DEPTH calls under way. Prints acknowledged ids, seconds and the median time of a call
// as one JSON line; every id counts once. "distinct": each job has a script of its own, else all share one.
#include <fmt/format.h>
#include <poll.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/net/stream.h"
#include "adapters/system_random.h"
#include "core/config/cluster_config.h"
#include "state/codec.h"
#include "wire/client_messages.h"
#include "wire/message_types.h"

using namespace slurmxx;

namespace {

struct Plan {
  std::string conf_path;
  ClusterConfig config;
  std::uint64_t jobs_per_client = 0;
  std::uint64_t depth = 1;
  bool distinct = false;
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(path + ": cannot read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

double seconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

SubmitRequest request_of(std::uint64_t client, std::uint64_t number, bool distinct) {
  SubmitRequest request;
  request.spec.labels.name = "rpc";
  request.spec.labels.submit_line = "sbatch --hold -o /dev/null job.sh";
  request.spec.resources.tasks_set = true;
  request.spec.launch.work_dir = "/tmp";
  request.spec.launch.output = "/dev/null";
  request.spec.policy.hold = true;
  request.script = "#!/bin/sh\ntrue\n";
  if (distinct) request.script += fmt::format("# {} {}\n", client, number);
  for (int i = 0; i < 30; ++i) request.environment.push_back(fmt::format("VARIABLE_{}=some value of usual length", i));
  return request;
}

// One session with up to `depth` calls under way.
class Client {
 public:
  Client(const Plan& plan, std::uint64_t number) : plan_(plan), number_(number) {}

  void run() {
    if (const Status done = drive(); !done) problem = done.error().message;
  }

  std::vector<std::uint32_t> ids;
  std::vector<double> latencies;
  std::string problem;

 private:
  Status drive() {
    TRY_ASSIGN(const auto auth, make_auth(plan_.config.identity, plan_.conf_path, random_));
    OpenOptions options;
    options.auth_kind = plan_.config.identity.auth_type;
    options.server_uids = {Uid(0), Uid(::geteuid())};
    TRY_ASSIGN(Stream stream, open_stream({"", "127.0.0.1", plan_.config.identity.slurmctld_port}, options, {*auth, random_}));
    std::uint64_t sent = 0;
    while (ids.size() < plan_.jobs_per_client) {
      while (sent < plan_.jobs_per_client && sent - ids.size() < plan_.depth) TRY(send(stream, ++sent));
      pollfd one{stream.fd(), static_cast<short>(POLLIN | (stream.wants_write() ? POLLOUT : 0)), 0};
      if (::poll(&one, 1, 60'000) <= 0) return fail("no answer for a minute");
      if (stream.wants_write()) TRY(stream.flush());
      if (one.revents & POLLIN) TRY(receive(stream));
    }
    return {};
  }

  Status send(Stream& stream, std::uint64_t call) {
    ClientCall message{call, RequestId((number_ << 40) + call + static_cast<std::uint64_t>(::getpid()) * 1'000'003), request_of(number_, call, plan_.distinct)};
    begun_[call] = seconds_now();
    return stream.send({RequestId(), message_type::client_call, encode(message)}, wall_now());
  }

  Status receive(Stream& stream) {
    TRY_ASSIGN(const std::vector<Message> messages, stream.receive(wall_now()));
    for (const Message& message : messages) {
      TRY_ASSIGN(const ClientAnswer answer, decode<ClientAnswer>(message.body));
      const auto* reply = std::get_if<SubmitReply>(&answer.body);
      if (!reply) return fail("a submission was refused");
      ids.push_back(reply->job.value);
      latencies.push_back(seconds_now() - begun_[answer.call]);
      begun_.erase(answer.call);
    }
    return {};
  }

  const Plan& plan_;
  std::uint64_t number_;
  SystemRandom random_;
  std::map<std::uint64_t, double> begun_;
};

int report(const std::vector<std::unique_ptr<Client>>& clients, double seconds) {
  std::set<std::uint32_t> ids;
  std::vector<double> latencies;
  for (const auto& client : clients) {
    ids.insert(client->ids.begin(), client->ids.end());
    latencies.insert(latencies.end(), client->latencies.begin(), client->latencies.end());
    if (!client->problem.empty()) std::fprintf(stderr, "rpc_bench: %s\n", client->problem.c_str());
  }
  std::sort(latencies.begin(), latencies.end());
  const double median = latencies.empty() ? 0 : latencies[latencies.size() / 2];
  fmt::print("{{\"acknowledged\": {}, \"seconds\": {:.4f}, \"rate\": {:.0f}, \"median_ms\": {:.3f}}}\n", ids.size(), seconds,
             static_cast<double>(ids.size()) / seconds, median * 1000);
  return latencies.size() == ids.size() && !ids.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || ::sodium_init() < 0) {
    std::fprintf(stderr, "use: rpc_bench SLURM_CONF CLIENTS JOBS DEPTH [distinct]\n");
    return 1;
  }
  Plan plan;
  plan.conf_path = argv[1];
  Warnings warnings;
  auto config = parse_cluster_config(plan.conf_path, read_file, warnings);
  if (!config) {
    std::fprintf(stderr, "rpc_bench: %s\n", config.error().message.c_str());
    return 1;
  }
  plan.config = std::move(*config);
  const auto count = static_cast<std::uint64_t>(std::max(1, std::atoi(argv[2])));
  plan.jobs_per_client = static_cast<std::uint64_t>(std::atoi(argv[3])) / count;
  plan.depth = static_cast<std::uint64_t>(std::max(1, std::atoi(argv[4])));
  plan.distinct = argc > 5;
  std::vector<std::unique_ptr<Client>> clients;
  for (std::uint64_t i = 0; i < count; ++i) clients.push_back(std::make_unique<Client>(plan, i + 1));
  const double begin = seconds_now();
  std::vector<std::thread> threads;
  for (auto& client : clients) threads.emplace_back([&client] { client->run(); });
  for (std::thread& thread : threads) thread.join();
  return report(clients, seconds_now() - begin);
}
