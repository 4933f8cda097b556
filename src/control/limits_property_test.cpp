// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Limits in the whole controller: what runs is within them at all times, whatever jobs do and wherever the log is read
// again, and nothing waits that they would let start.
#include <map>
#include <random>

#include "control/accounted_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

constexpr std::uint32_t cpus_of_account = 10, jobs_of_user = 2, submitted_of_user = 4, cpus_of_node = 4;

class Life {
 public:
  explicit Life(std::uint32_t seed) : random_(seed) {}

  void step() {
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        return submit();
      case 3:
        return restart();
      case 4:
        return hold();
      case 5:
        return requeue();
      default:
        return end();
    }
  }

  void check() {
    c.pass(1);
    std::uint32_t cpus = 0;
    std::map<std::string, std::uint32_t> running, there;
    for (const JobId id : jobs_) {
      const Job& job = c.job_of(id);
      ++there[job.spec->owner.user_name];
      if (job.state != JobState::running) continue;
      for (const NodeShare& share : job.allocation->shares) cpus += share.cpus;
      ++running[job.spec->owner.user_name];
    }
    REQUIRE(cpus <= cpus_of_account);
    for (const auto& [user, count] : running) REQUIRE(count <= jobs_of_user);
    for (const auto& [user, count] : there) REQUIRE(count <= submitted_of_user);
    for (const JobId id : jobs_) {
      const Job& job = c.job_of(id);
      if (job.state != JobState::pending || job.hold != Hold::none || job.times.eligible > c.now().wall) continue;
      const bool at_limit = running[job.spec->owner.user_name] == jobs_of_user || cpus + cpus_of(job) > cpus_of_account;
      REQUIRE_MESSAGE((at_limit || !has_room(job)), c.reason(id));
    }
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  static std::uint32_t cpus_of(const Job& job) {
    return job.spec->placement.sharing == Sharing::exclusive ? cpus_of_node : job.spec->resources.tasks;
  }
  bool has_room(const Job& job) {
    std::vector<std::uint32_t> taken(4, 0);
    for (const JobId id : jobs_)
      if (const Job& other = c.job_of(id); other.allocation && !other.unfinished.empty())
        for (const NodeShare& share : other.allocation->shares) taken[share.node.value] += share.cpus;
    return std::ranges::any_of(taken, [&](std::uint32_t used) { return used + cpus_of(job) <= cpus_of_node; });
  }

  void submit() {
    const Caller& owner = below(2) ? alice : bob;
    const auto count =
        std::ranges::count_if(jobs_, [&](JobId id) { return c.job_of(id).spec->owner.uid == owner.uid; });
    SubmitRequest request = c.job(1);
    request.spec.placement.sharing = below(2) ? Sharing::exclusive : Sharing();
    request.spec.resources.tasks = below(2) ? 1 : 3;
    if (static_cast<std::uint32_t>(count) == submitted_of_user) {
      CHECK(c.refused(owner, request) != Errc::ok);
      return;
    }
    jobs_.push_back(c.submit(owner, request));
  }
  void end() {
    if (jobs_.empty()) return;
    const std::size_t at = below(jobs_.size());
    c.end(jobs_[at]);
    jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void hold() {
    if (jobs_.empty()) return;
    const JobId id = jobs_[below(jobs_.size())];
    c.ask(admin, JobVerbRequest{c.job_of(id).hold != Hold::none ? JobVerb::release : JobVerb::hold, id});
  }
  void requeue() {
    if (jobs_.empty()) return;
    const JobId id = jobs_[below(jobs_.size())];
    if (c.job_of(id).state != JobState::running) return;
    const NodeIndex node = c.job_of(id).allocation->shares.front().node;
    const std::uint32_t life = c.job_of(id).life_on_nodes();
    c.ask(admin, JobVerbRequest{JobVerb::requeue, id});
    c.report(node.value + 1, NodeCleared{{id, life}, ""});
  }
  void restart() {
    c.boot();
    std::vector<std::vector<Incarnation>> there(5);
    for (const JobId id : jobs_)
      if (c.job_of(id).state == JobState::running)
        there[c.job_of(id).allocation->shares.front().node.value + 1].push_back({id, c.job_of(id).restarts});
    for (int node = 1; node <= 4; ++node) c.hello(node, there[static_cast<std::size_t>(node)]);
  }

  std::mt19937 random_;
  Accounted c{
      "", {"modify account phys set grptres=cpu=10", "modify qos normal set maxjobsperuser=2 maxsubmitjobsperuser=4"}};
  std::vector<JobId> jobs_;
};

}  // namespace

TEST_CASE("limits hold at all times and hold back nothing that they allow") {
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    Life life(seed);
    for (int step = 0; step < 200; ++step) {
      CAPTURE(seed);
      CAPTURE(step);
      life.step();
      life.check();
    }
  }
}
