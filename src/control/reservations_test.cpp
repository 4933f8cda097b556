// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How reservations are made, changed and kept: which nodes they hold, and what is refused.
#include "control/reservations.h"

#include "control/cluster_fixture.h"
#include "control/reservation_access.h"
#include "control/reserved_cores.h"
#include "core/accounting/execute.h"
#include "core/reserve/flags.h"
#include "core/tres/gres_pools.h"
#include "state/journal_format.h"

#include "state/journal_format.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

struct Site : Cluster {
  Site() { all_up(); }

  using Changes = std::vector<KeyValue>;
  Errc make(Changes changes, const std::string& name = "r") {
    const Changes usual{{"Users", "alice"}, {"Duration", "60"}};
    changes.insert(changes.begin(), usual.begin(), usual.end());
    if (std::ranges::none_of(changes, [](const KeyValue& one) { return one.key == "StartTime"; }))
      changes.push_back({"StartTime", std::to_string(seconds + 3600)});
    return refused(admin, UpdateRequest{"reservation", name, changes, UpdateVerb::create});
  }
  Errc change(Changes changes) { return refused(admin, UpdateRequest{"reservation", "r", std::move(changes)}); }
  const Reservation& r() const { return *controller->state().find_reservation("r"); }
  std::string nodes() const {
    std::string text;
    for (const NodeIndex node : r().nodes) text += std::to_string(node.value + 1);
    return text;
  }
  void down(const std::string& name) {
    CHECK(refused(admin, UpdateRequest{"node", name, {{"State", "DOWN"}, {"Reason", "x"}}}) == Errc::ok);
    pass(1);
  }
};

}  // namespace

TEST_CASE("no time below nothing") {
  Site site;
  CHECK(site.make({{"NodeCnt", "1"}, {"Duration", "-5"}}) == Errc::invalid_time_value);
  CHECK(site.make({{"NodeCnt", "1"}}) == Errc::ok);
  const ReservationTimes before = site.r().times;
  CHECK(site.change({{"Duration", "-5"}}) == Errc::invalid_time_value);
  CHECK(site.r().times.end == before.end);
  CHECK(site.change({{"Duration", "-1"}}) == Errc::ok);
  CHECK((site.r().times.end - site.r().times.start).value == 365 * 24 * 3600);
}

TEST_CASE("a number of nodes, or nodes by name") {
  Site site;
  CHECK(site.make({{"NodeCnt", "1,1"}}) == Errc::ok);
  CHECK(site.nodes() == "12");
  CHECK(site.change({{"NodeCnt+", "1"}}) == Errc::ok);
  CHECK(site.nodes() == "123");
  CHECK(site.change({{"NodeCnt-", "2"}}) == Errc::ok);
  CHECK(site.nodes() == "1");
  CHECK(site.change({{"NodeCnt-", "1"}}) == Errc::error);
  CHECK(site.change({{"NodeCnt", "x"}}) == Errc::error);
  CHECK(site.change({{"Nodes", "n4"}}) == Errc::ok);
  CHECK(flags_text(site.r()) == "SPEC_NODES");
  CHECK(site.change({{"Nodes", ""}}) == Errc::ok);  // as many, whichever
  CHECK((site.nodes() + flags_text(site.r())) == "1");
  CHECK(site.change({{"Nodes", "n[2-4]"}, {"NodeCnt", "2"}}) == Errc::ok);
  CHECK((site.nodes() + flags_text(site.r())) == "23SPEC_NODES");
  CHECK(site.change({{"Nodes", "n4"}, {"NodeCnt", "2"}}) == Errc::ok);
  CHECK((site.nodes() + flags_text(site.r())) == "14SPEC_NODES");
}

TEST_CASE("a partition without a number of nodes: all of it, whatever becomes of it") {
  Site site;
  CHECK(site.make({{"PartitionName", "off"}}) == Errc::ok);
  CHECK((site.nodes() + flags_text(site.r())) == "1SPEC_NODES,PART_NODES");
  CHECK(site.refused(admin, UpdateRequest{"partition", "off", {{"Nodes", "n[1-2]"}}}) == Errc::ok);
  site.pass(1);
  CHECK(site.nodes() == "12");
}

TEST_CASE("flags of an update are added, and some may not come or go") {
  Site site;
  CHECK(site.make({{"NodeCnt", "1"}, {"Flags", "TIME_FLOAT,DAILY"}}) == Errc::not_supported);
  CHECK(site.make({{"NodeCnt", "1"}, {"Flags", "FLEX"}}) == Errc::ok);
  CHECK(site.change({{"Flags", "DAILY"}}) == Errc::ok);
  CHECK(flags_text(site.r()) == "FLEX,DAILY");
  CHECK(site.change({{"Flags-", "FLEX"}}) == Errc::ok);
  CHECK(flags_text(site.r()) == "DAILY");
  CHECK(site.change({{"Flags", "TIME_FLOAT"}}) == Errc::invalid_time_value);
  CHECK(site.change({{"Nodes", "n1"}}) == Errc::ok);
  CHECK(site.change({{"Flags", "REPLACE"}}) == Errc::not_supported);
}

TEST_CASE("a reservation begins in the future, and once") {
  Site site;
  CHECK(site.make({{"NodeCnt", "1"}, {"StartTime", "5000"}}) == Errc::invalid_time_value);
  CHECK(site.make({{"NodeCnt", "1"}}) == Errc::ok);
  CHECK(site.change({{"StartTime", "5000"}}) == Errc::invalid_time_value);
  CHECK(site.change({{"StartTime", std::to_string(site.seconds)}}) == Errc::ok);
  CHECK(site.change({{"StartTime", std::to_string(site.seconds + 600)}}) == Errc::error);  // it has begun
  CHECK(site.make({{"NodeCnt", "1"}, {"Flags", "TIME_FLOAT"}}, "floats") == Errc::ok);
  const UpdateRequest later{"reservation", "floats", {{"StartTime", std::to_string(site.seconds + 7200)}}};
  CHECK(site.refused(admin, later) == Errc::ok);
  site.pass(100);
  const ReservationTimes& times = site.controller->state().find_reservation("floats")->times;
  CHECK((times.start == Instant(7200) && times.end == Instant(7200 + 3600)));  // ahead of whatever time it is
}

TEST_CASE("at no moment more of a licence is reserved than there is") {
  Site site;
  site.begin_with(std::string(conf) + "Licenses=matlab:3,ansys:2\n");
  const auto make = [&](const std::string& name, const std::string& what, std::int64_t from, const char* minutes) {
    return site.make({{"Licenses", what},
                      {"Flags", "LICENSE_ONLY"},
                      {"StartTime", std::to_string(site.seconds + 3600 * from)},
                      {"Duration", minutes}},
                     name);
  };
  CHECK(make("r", "matlab:2", 1, "60") == Errc::ok);
  CHECK(make("b", "matlab:2", 1, "60") == Errc::invalid_licenses);
  CHECK(make("b", "matlab:1,ansys:2", 1, "60") == Errc::ok);
  CHECK(make("c", "matlab:2", 2, "60") == Errc::ok);                 // begins when they end
  CHECK(make("d", "matlab:1", 1, "120") == Errc::invalid_licenses);  // the first hour is full
  CHECK(make("e", "matlab:1", 2, "60") == Errc::ok);
  CHECK(site.change({{"Licenses", "matlab:3"}}) == Errc::invalid_licenses);
  CHECK(site.change({{"Licenses", "matlab:1"}}) == Errc::ok);
  CHECK(make("d", "matlab:1", 1, "60") == Errc::ok);
  CHECK(site.change({{"Duration", "120"}}) == Errc::invalid_licenses);
}

TEST_CASE("licences alone are reserved where that is said") {
  Site site;
  site.begin_with(std::string(conf) + "Licenses=matlab:4\n");
  CHECK(site.make({{"Licenses", "matlab:2"}}) == Errc::invalid_node_name);
  CHECK(site.make({{"Licenses", "matlab:2"}, {"Flags", "LICENSE_ONLY"}}) == Errc::ok);
}

TEST_CASE("nodes that were chosen are replaced when they go down, unless they are static") {
  Site site;
  CHECK(site.make({{"NodeCnt", "1"}}) == Errc::ok);
  site.down("n1");
  CHECK(site.nodes() == "2");
  CHECK(site.change({{"Flags", "STATIC_ALLOC"}}) == Errc::ok);
  site.down("n2");
  CHECK(site.nodes() == "2");
  CHECK(site.change({{"Flags-", "STATIC_ALLOC"}, {"Nodes", "n2"}}) == Errc::ok);
  site.pass(1);
  CHECK(site.nodes() == "2");  // it was named
}

TEST_CASE("cores that were chosen are replaced by as many of another node") {
  Site site;
  CHECK(site.make({{"NodeCnt", "2"}, {"TRESPerNode", "cpu=2"}}) == Errc::ok);
  CHECK(site.nodes() == "12");
  site.down("n1");
  CHECK(site.nodes() == "23");
  CHECK(site.r().cores.size() == 2);
  for (const ReservedCores& some : site.r().cores) CHECK(some.cpu_ids == std::vector<std::uint32_t>{0, 1});
  site.down("n4");
  site.down("n3");
  CHECK(site.nodes() == "23");  // nothing better is to be had
}

TEST_CASE("a reservation that jobs could not ask for, and devices that no node has, are refused") {
  Site site;
  CHECK(site.make({{"NodeCnt", "1"}}, "a,b") == Errc::error);
  CHECK(site.make({{"NodeCnt", "1"}}, "a b") == Errc::error);
  CHECK(site.make({{"NodeCnt", "1"}}, "a\x1b[31m") == Errc::error);
  CHECK(site.make({{"NodeCnt", "1"}}, std::string(256, 'a')) == Errc::error);
  CHECK(site.make({{"TRESPerNode", "gres/gpu=1"}}) == Errc::error);
  CHECK(site.make({{"TRES", "gres/gpu=1"}}) == Errc::error);
}

TEST_CASE("a reservation whose nodes have left the cluster goes, and its jobs are held") {
  Site site;
  CHECK(site.make({{"Nodes", "n4"}}) == Errc::ok);
  SubmitRequest request = site.job();
  request.spec.labels.reservation = "r";
  const JobId job = site.submit(alice, request);
  std::string text = conf;
  text.replace(text.find("NodeName=n4 CPUs=4 RealMemory=1000"), 34, "");
  site.config = parsed(text);
  site.boot();
  site.pass(1);
  CHECK(!site.controller->state().find_reservation("r"));
  CHECK(site.job_of(job).hold == Hold::admin);
}

TEST_CASE("TRES of a reservation: CPUs of each node, and nodes by the thousand") {
  Site site;
  CHECK(site.make({{"Nodes", "n[1-3]"}, {"TRES", "cpu=2,2,1,node=3"}}) == Errc::ok);
  std::string counts;
  for (const ReservedCores& some : site.r().cores) counts += std::to_string(some.cpu_ids.size());
  CHECK(counts == "221");
  CHECK(site.make({{"TRES", "node=1k"}}, "all") == Errc::nodes_busy);
  CHECK(site.make({{"TRES", "2"}}, "all") == Errc::error);
}

TEST_CASE("FIRST_CORES: the lowest cores of each node, or none of it") {
  Site site;
  CHECK(site.make({{"Nodes", "n1"}, {"CoreCnt", "1"}}, "low") == Errc::ok);
  CHECK(site.make({{"NodeCnt", "2"}, {"CoreCnt", "2,1"}, {"Flags", "FIRST_CORES"}}) == Errc::ok);
  CHECK(site.nodes() == "23");
  REQUIRE(site.r().cores.size() == 2);
  CHECK(site.r().cores[0].cpu_ids == std::vector<std::uint32_t>{0, 1});
  CHECK(site.r().cores[1].cpu_ids == std::vector<std::uint32_t>{0});
  CHECK(flags_text(site.r()) == "FIRST_CORES");
  CHECK(site.make({{"Nodes", "n1"}, {"CoreCnt", "1"}, {"Flags", "FIRST_CORES"}}, "again") == Errc::reservation_overlap);
  CHECK(site.change({{"Flags-", "FIRST_CORES"}}) == Errc::error);
}

TEST_CASE("where associations are enforced each user of a reservation has one") {
  const AccountBook book = register_cluster(first_book(), {"test", "head", 6817, 11776, {}}, Instant(1)).book;
  const Directory directory(std::make_shared<const AccountBook>(book));
  ReservationAccess access;
  access.users.names = {"root"};
  CHECK(check_known_names(access, &directory, true).ok());
  access.users.names = {"root", "games"};
  CHECK(check_known_names(access, &directory, true).error().code == Errc::invalid_account);
  CHECK(check_known_names(access, &directory, false).ok());
}

TEST_CASE("devices of a reservation: so many of each node, or together; those in use are left alone") {
  const auto gpu = [](std::string type, std::initializer_list<std::uint32_t> indexes) {
    GresPool pool{"gpu", std::move(type), indexes.size(), true, {}};
    for (const std::uint32_t index : indexes) pool.devices.push_back({index, 1, {}});
    return pool;
  };
  const std::vector<GresPool> pools{gpu("a100", {0, 1}), gpu("v100", {2, 3})};
  const auto text = [&](const DeviceWish& wish, const std::vector<GresShare>& used) {
    const auto found = wish.of_node(pools, used);
    return found ? gres_shares_text(*found) : "none";
  };
  ReservationDraft each;
  each.gres = {{"gpu", "", 3, true}};
  const DeviceWish three(each, 2);
  CHECK((three.is_met() && !three.empty()));  // it is for each node to say
  CHECK(text(three, {}) == "gpu:a100:2(IDX:0-1),gpu:v100:1(IDX:2)");
  CHECK(text(three, {{"gpu", "a100", 1, {0}, {}}}) == "gpu:a100:1(IDX:1),gpu:v100:2(IDX:2-3)");
  CHECK(text(three, {{"gpu", "a100", 2, {0, 1}, {}}}) == "none");
  ReservationDraft together;
  together.gres = {{"gpu", "v100", 3, false}};
  DeviceWish over_two(together, 2), anywhere(together, 0);
  CHECK(text(over_two, {}) == "gpu:v100:2(IDX:2-3)");
  over_two.take(*over_two.of_node(pools, {}));
  CHECK_FALSE(over_two.is_met());
  CHECK(text(over_two, {}) == "gpu:v100:1(IDX:2)");
  CHECK(text(anywhere, {{"gpu", "v100", 1, {3}, {}}}) == "gpu:v100:1(IDX:2)");
  CHECK(text(anywhere, {{"gpu", "v100", 2, {2, 3}, {}}}) == "none");
}

TEST_CASE("a number that a reservation has had is never given again, nor after a restart or from a snapshot") {
  Site site;
  CHECK(site.make({{"NodeCnt", "1"}}) == Errc::ok);
  CHECK(site.make({{"NodeCnt", "1"}}, "s") == Errc::ok);
  for (const char* name : {"r", "s"})
    CHECK(site.refused(admin, UpdateRequest{"reservation", name, {}, UpdateVerb::remove}) == Errc::ok);
  const std::string snapshot = encode_snapshot({1, 2, 3, 4}, site.controller->state(), RequestLog());
  const auto decoded = decode_snapshot(snapshot);
  REQUIRE(decoded.ok());
  CHECK(decoded->state.last_reservation() == 2);
  site.boot();
  site.all_up();
  CHECK(site.make({{"NodeCnt", "1"}}) == Errc::ok);
  CHECK(site.r().number == 3);
}
