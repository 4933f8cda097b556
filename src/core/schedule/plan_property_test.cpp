// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What holds of every plan, on random clusters with all that a job can ask for. A failure names its seed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/schedule/outlook.h"
#include "core/schedule/scenario.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

class Drawing {
 public:
  explicit Drawing(std::uint32_t seed) : random_(seed) {
    for (std::uint32_t i = 0; i < 6; ++i) nodes_.push_back(node());
    if (pick(3) == 0) more_ += fmt::format("reservation r nodes=n{}-{} from={} to={}\n", 1, 2, 20 + pick(40), 90);
    if (pick(3) == 0) more_ += "policy unit=cpu\n";
    more_ += pick(2) == 0 ? "policy backfill window=1440 bf_licenses\n" : "policy backfill window=1440\n";
    if (pick(4) == 0) more_ += "policy one_resv\n";
    for (std::uint32_t id = 1; id <= 25; ++id) more_ += job(id);
  }

  // Nodes in that order, under those names.
  std::string text(const std::vector<std::size_t>& order, const std::vector<std::string>& names) const {
    std::string text;
    for (const std::size_t place : order) text += fmt::format("node {} {}\n", names[place], nodes_[place]);
    text += fmt::format("partition batch nodes={}\n", join(names, ","));
    text += fmt::format("partition debug max_time=30 nodes={},{}\n", names[0], names[1]);
    text +=
        fmt::format("partition wide nodes={}\n", join(std::vector<std::string>(names.begin() + 2, names.end()), ","));
    text += "policy mem_per_cpu=400\nlicenses a:3,b:2\n";
    std::string more = more_;
    for (std::size_t from; (from = more.find("n1-2 ")) != std::string::npos;)
      more.replace(from, 4, names[0] + "," + names[1]);
    return text + more;
  }
  std::string text() const { return text(numbers(), names()); }
  static std::vector<std::size_t> numbers() { return {0, 1, 2, 3, 4, 5}; }
  static std::vector<std::string> names() { return {"n1", "n2", "n3", "n4", "n5", "n6"}; }

 private:
  std::uint32_t pick(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  std::string node() {
    const char* kinds[] = {" features=intel", " features=amd,ib", " features=intel gres=gpu:a:2",
                           " features=amd gres=gpu:a:1,gpu:b:1"};
    return fmt::format("cpus={} cores={} mem={} weight={}{}", 8, pick(2) == 0 ? 8 : 4, 8000 + 4000 * pick(3),
                       1 + pick(2), kinds[pick(4)]);
  }

  std::string job(std::uint32_t id) {
    const char* partitions[] = {"batch", "debug,batch", "wide", "batch,wide"};
    std::string text = fmt::format("job {} prio={} partition={} t={} user={}", id, 1 + pick(5), partitions[pick(4)],
                                   5 + pick(90), pick(3));
    if (pick(3) == 0)
      text += fmt::format(" N={}-{} n={}", 1 + pick(2), 2 + pick(2), 2 + pick(10));
    else
      text += fmt::format(" n=1 c={}", 1 + pick(8));
    const char* extras[] = {" C=intel",   " C=amd|ib",     " gres=gpu:1",   " gpus=2",    " mem=5000",
                            " exclusive", " licenses=a:2", " licenses=a|b", " time_min=5"};
    for (int i = 0; i < 2; ++i)
      if (const std::uint32_t extra = pick(14); extra < std::size(extras) && text.find(extras[extra]) == text.npos)
        if (const std::string word = extras[extra];
            (word.find("C=") == word.npos || text.find("C=") == text.npos) &&
            (word.find("licenses") == word.npos || text.find("licenses") == text.npos))
          text += word;
    return text + "\n";
  }

  std::mt19937 random_;
  std::vector<std::string> nodes_;
  std::string more_;
};

Scenario drawn(const std::string& text) {
  auto scenario = Scenario::parse(text);
  REQUIRE_MESSAGE(scenario.ok(), text_of(scenario.error()));
  return std::move(*scenario);
}

// By priority, then by number: the order in which room was set aside.
std::vector<std::pair<JobId, Expectation>> expectations(const Scenario& scenario) {
  const std::vector<Decision> decisions = plan(scenario.view(), scenario.policies(), Instant(0));
  std::vector<std::pair<JobId, Expectation>> found;
  for (const Decision& decision : decisions)
    if (const Wait* wait = std::get_if<Wait>(&decision); wait && wait->expected)
      found.emplace_back(wait->job, *wait->expected);
  const auto rank = [&](JobId id) {
    const auto is_it = [&](const auto& job) { return job->id == id; };
    return std::pair(-std::int64_t{*(*std::find_if(scenario.jobs().begin(), scenario.jobs().end(), is_it))->priority},
                     id);
  };
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return rank(a.first) < rank(b.first); });
  return found;
}

struct Quality {
  std::uint64_t jobs = 0;
  std::uint64_t cpus = 0;
};
Quality quality_of(const std::vector<Decision>& decisions) {
  Quality quality;
  for (const Decision& decision : decisions)
    if (const Start* start = std::get_if<Start>(&decision)) {
      ++quality.jobs;
      for (const NodeShare& share : start->allocation.shares) quality.cpus += share.cpus;
    }
  return quality;
}

constexpr std::uint32_t seeds = 150;

}  // namespace

TEST_CASE("property: the same input gives the same plan, one decision a job") {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const Scenario scenario = drawn(Drawing(seed).text());
    const ClusterView view = scenario.view();
    const auto first = plan(view, scenario.policies(), Instant(0));
    CHECK(first == plan(view, scenario.policies(), Instant(0)));
    CHECK(first.size() == 25);
  }
}

TEST_CASE("property: CPUs, memory, GRES and licences are given out once, and nobody is on a node that is not for him") {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    Scenario scenario = drawn(Drawing(seed).text());
    REQUIRE(scenario.apply_starts().ok());  // CPUs and GRES
    for (const auto& node : scenario.nodes()) {
      CHECK(node->use.memory <= node->declared.memory);
      CHECK(node->use.cpus <= node->declared.cpus);
      if (node->use.whole_node_job) CHECK(node->use.jobs == 1);
    }
    const ClusterView view = scenario.view();
    for (const LicenseTable::Row& row : view.licenses.rows()) CHECK(row.used <= row.total);
    for (const auto& job : scenario.jobs()) {
      if (!job->allocation) continue;
      const PlanPartition* partition = view.find_partition(job->allocation->partition);
      REQUIRE(partition);
      for (const NodeShare& share : job->allocation->shares) {
        CHECK(std::binary_search(partition->nodes.begin(), partition->nodes.end(), share.node));
        if (job->spec->placement.features == "intel")
          CHECK(scenario.nodes()[share.node.value]->features_active == "intel");
      }
    }
  }
}

// Once the starts are carried out, the same queue is planned anew: the first whose room is another one than before may
// only be better off. What comes behind follows from that. Without --time-min, whose room may be longer or shorter, and
// with room in one partition alone: a second one is not told.
TEST_CASE("property: what starts delays nobody's reserved start") {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    std::string text = Drawing(seed).text();
    for (std::size_t at; (at = text.find(" time_min=5")) != std::string::npos;) text.erase(at, 11);
    Scenario scenario = drawn(text + "policy one_resv\n");
    const auto before = expectations(scenario);
    REQUIRE(scenario.apply_starts().ok());
    const auto after = expectations(scenario);
    const std::size_t both = std::min(before.size(), after.size());
    const auto differs =
        std::mismatch(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(both), after.begin());
    if (differs.first == before.begin() + static_cast<std::ptrdiff_t>(both)) continue;
    const auto& [job, expected] = *differs.first;
    CAPTURE(job.value);
    const auto again = std::find_if(after.begin(), after.end(), [&](const auto& one) { return one.first == job; });
    CHECK((again == after.end() || again->second.start <= expected.start));
  }
}

// Where jobs take whole nodes, a plan says all of itself: if everybody takes his time limit, each start that it keeps
// room for can be met, since no two jobs are on a node at a time.
TEST_CASE("property: on whole nodes what starts and what has room set aside never meet") {
  std::size_t set_aside = 0;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const std::string drawing = Drawing(seed).text();
    std::string text;
    for (std::string_view line : split(drawing, '\n')) {
      if (line.empty()) continue;
      text += line;
      const bool shares = line.starts_with("job ") && line.find(" exclusive") == line.npos;
      text += shares ? " exclusive\n" : "\n";
    }
    for (std::size_t at; (at = text.find(" time_min=5")) != std::string::npos;) text.erase(at, 11);
    const Scenario scenario = drawn(text);
    std::map<NodeIndex, std::vector<std::pair<Instant, Instant>>> taken;
    const auto take = [&](JobId id, NodeIndex node, Instant from) {
      const auto is_it = [&](const auto& job) { return job->id == id; };
      const Job& job = **std::find_if(scenario.jobs().begin(), scenario.jobs().end(), is_it);
      taken[node].emplace_back(from, from + to_seconds(job.spec->times.limit->value));
    };
    for (const Decision& decision : plan(scenario.view(), scenario.policies(), Instant(0))) {
      if (const Start* start = std::get_if<Start>(&decision))
        for (const NodeShare& share : start->allocation.shares) take(start->job, share.node, Instant(0));
      const Wait* wait = std::get_if<Wait>(&decision);
      if (!wait || !wait->expected) continue;
      ++set_aside;
      for (const NodeIndex node : wait->expected->nodes) take(wait->job, node, wait->expected->start);
    }
    for (auto& [node, spans] : taken) {
      CAPTURE(node.value);
      std::sort(spans.begin(), spans.end());
      for (std::size_t i = 1; i < spans.size(); ++i) CHECK(spans[i - 1].second <= spans[i].first);
    }
  }
  CHECK(set_aside > seeds);
}

TEST_CASE("property: what nodes are called changes nothing") {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const Drawing drawing(seed);
    const std::vector<std::string> renamed{"z9", "a1", "m5", "b2", "y8", "c3"};
    const Scenario one = drawn(drawing.text()), other = drawn(drawing.text(Drawing::numbers(), renamed));
    CHECK(plan(one.view(), one.policies(), Instant(0)) == plan(other.view(), other.policies(), Instant(0)));
  }
}

TEST_CASE("property: the order of the nodes changes how much starts by next to nothing") {
  Quality one, other;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    const Drawing drawing(seed);
    std::vector<std::size_t> order = Drawing::numbers();
    std::mt19937 random(seed);
    std::shuffle(order.begin(), order.end(), random);
    const Scenario drawn_so = drawn(drawing.text());
    const Scenario shuffled = drawn(drawing.text(order, Drawing::names()));
    const auto add = [](Quality& sum, const Quality& more) {
      sum.jobs += more.jobs;
      sum.cpus += more.cpus;
    };
    add(one, quality_of(plan(drawn_so.view(), drawn_so.policies(), Instant(0))));
    add(other, quality_of(plan(shuffled.view(), shuffled.policies(), Instant(0))));
  }
  CHECK(static_cast<double>(other.jobs) == doctest::Approx(static_cast<double>(one.jobs)).epsilon(0.03));
  CHECK(static_cast<double>(other.cpus) == doctest::Approx(static_cast<double>(one.cpus)).epsilon(0.03));
}

TEST_CASE("property: until the moment that the outlook tells, the same state gets the same plan") {
  std::size_t steady = 0;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    Scenario scenario = drawn(Drawing(seed).text());
    REQUIRE(scenario.apply_starts().ok());
    const ClusterView view = scenario.view();
    const auto planned = plan(view, scenario.policies(), Instant(0));
    const Outlook outlook = outlook_of(view, scenario.policies(), planned, Instant(0));
    if (outlook.drifts || !outlook.next) continue;
    ++steady;
    for (const std::int64_t later : {std::int64_t{1}, outlook.next->seconds / 2, outlook.next->seconds - 1}) {
      const auto again = plan(view, scenario.policies(), Instant(later));
      REQUIRE(again == planned);
      for (std::size_t i = 0; i < planned.size(); ++i) {
        const Wait *was = std::get_if<Wait>(&planned[i]), *is = std::get_if<Wait>(&again[i]);
        if (!was) continue;
        REQUIRE(bool(was->expected) == bool(is->expected));
        if (was->expected) CHECK(*was->expected == *is->expected);
      }
    }
  }
  CHECK(steady > seeds / 5);
}

TEST_CASE("--time-min: a job that is shortened gets as long as there is, in minutes") {
  const Scenario scenario = drawn(
      "node n1 cpus=4\nnode n2 cpus=4\npartition p nodes=n1,n2\npolicy no_memory backfill\n"
      "job 1 runs=n1:4 left=10\njob 2 prio=9 N=2 exclusive t=60\njob 3 prio=8 n=4 t=30 time_min=5");
  const auto decisions = plan(scenario.view(), scenario.policies(), Instant(0));
  const Start* start = std::get_if<Start>(&decisions.front());
  REQUIRE(start);
  CHECK(start->time_limit == TimeLimit::of(Minutes(10)));
}
