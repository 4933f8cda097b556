// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A snapshot is one described struct behind a checksummed head; decoding builds the tables anew.
#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

#include "state/codec.h"
#include "state/journal_format.h"
#include "state/usage.h"

namespace slurmxx {
namespace {

constexpr std::string_view snapshot_magic = "SXXSNAP1";

struct NodeRow {
  std::uint32_t index = 0;
  Node node;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "index", self.index);
    v(2, "node", self.node);
  }
};

struct SnapshotBody {
  std::uint32_t schema = 0;
  std::string log;
  LogPosition position;
  Instant at;
  Epoch epoch;
  JobId next_job_id;
  std::string configuration;
  std::vector<NodeRow> nodes;
  std::vector<Partition> partitions;
  std::vector<Job> jobs;
  std::vector<RequestLog::Entry> requests;
  std::shared_ptr<const AccountBook> accounts;
  std::vector<Reservation> reservations;
  std::vector<Trigger> triggers;
  std::uint32_t next_trigger = 1;
  std::vector<UsageRow> usage;
  UsageRules usage_rules;
  struct {
    Seconds longest_wait{0};
    std::uint32_t last_reservation = 0;
  } highest;
  std::vector<Crontab> crontabs;
  std::vector<GlobalValue> settings;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "schema", self.schema);
    v(2, "log", self.log);
    v(3, "position", self.position);
    v(4, "at", self.at);
    v(5, "epoch", self.epoch);
    v(6, "next_job_id", self.next_job_id);
    v(7, "configuration", self.configuration);
    v(8, "nodes", self.nodes);
    v(9, "partitions", self.partitions);
    v(10, "jobs", self.jobs);
    v(11, "requests", self.requests);
    v(12, "accounts", self.accounts);
    v(20, "reservations", self.reservations);
    v(21, "triggers", self.triggers);
    v(22, "next_trigger", self.next_trigger);
    v(30, "usage", self.usage);
    v(31, "usage_rules", self.usage_rules);
    v(32, "longest_wait", self.highest.longest_wait);
    v(131, "crontabs", self.crontabs);
    v(142, "settings", self.settings);
    v(320, "last_reservation", self.highest.last_reservation);
  }
};

std::string checksum_bytes(std::string_view body) {
  XXH64_canonical_t canonical;
  XXH64_canonicalFromHash(&canonical, XXH3_64bits(body.data(), body.size()));
  return std::string(reinterpret_cast<const char*>(canonical.digest), sizeof canonical.digest);
}

}  // namespace

// Reaches into State, which only apply() and this may change.
class SnapshotCodec {
 public:
  static SnapshotBody body_of(const State& state) {
    SnapshotBody body;
    body.schema = journal_schema;
    body.position = state.position_;
    body.at = state.at_;
    body.epoch = state.epoch_;
    body.next_job_id = state.next_job_id_;
    body.configuration = *state.configuration_;
    state.nodes_.for_each([&](std::uint64_t number, const Node& node) {
      body.nodes.push_back({static_cast<std::uint32_t>(number), node});
    });
    for (const auto& partition : state.partitions_) body.partitions.push_back(*partition);
    state.jobs_.for_each([&](std::uint64_t, const Job& job) { body.jobs.push_back(job); });
    body.accounts = state.accounts_;
    for (const auto& reservation : state.reservations_) body.reservations.push_back(*reservation);
    for (const auto& trigger : state.triggers_) body.triggers.push_back(*trigger);
    body.next_trigger = state.next_trigger_;
    state.usage_.for_each([&](std::uint64_t, const UsageRow& row) { body.usage.push_back(row); });
    body.usage_rules = state.usage_rules_;
    body.highest.longest_wait = state.longest_wait_;
    for (const auto& crontab : state.crontabs_) body.crontabs.push_back(*crontab);
    body.settings = state.settings_;
    body.highest.last_reservation = state.last_reservation_;
    return body;
  }

  // A snapshot from before the highest number was kept has it in those that there are.
  static void take_reservations(SnapshotBody& body, State& state) {
    state.last_reservation_ = body.highest.last_reservation;
    for (Reservation& reservation : body.reservations) {
      state.last_reservation_ = std::max(state.last_reservation_, reservation.number);
      state.reservations_.push_back(std::make_shared<const Reservation>(std::move(reservation)));
    }
  }

  static Result<State> state_of(SnapshotBody& body) {
    State state;
    state.position_ = body.position;
    state.at_ = body.at;
    state.epoch_ = body.epoch;
    state.next_job_id_ = body.next_job_id;
    state.configuration_ = std::make_shared<const std::string>(std::move(body.configuration));
    state.accounts_ = body.accounts;
    for (NodeRow& row : body.nodes) {
      if (state.nodes_.find(row.index)) return fail(fmt::format("node number {} comes twice", row.index));
      state.nodes_.insert(row.index, std::move(row.node));
    }
    for (Partition& partition : body.partitions)
      state.partitions_.push_back(std::make_shared<const Partition>(std::move(partition)));
    take_reservations(body, state);
    for (Trigger& trigger : body.triggers)
      state.triggers_.push_back(std::make_shared<const Trigger>(std::move(trigger)));
    state.next_trigger_ = body.next_trigger;
    state.usage_rules_ = body.usage_rules;
    state.longest_wait_ = body.highest.longest_wait;
    for (Crontab& crontab : body.crontabs)
      state.crontabs_.push_back(std::make_shared<const Crontab>(std::move(crontab)));
    state.settings_ = std::move(body.settings);
    for (UsageRow& row : body.usage) {
      const std::uint64_t number = usage_number(row.holder, row.id);
      if (state.usage_.find(number)) return fail(fmt::format("the usage of number {} comes twice", number));
      state.usage_.insert(number, std::move(row));
    }
    std::shared_ptr<const JobSpec> last;
    for (Job& job : body.jobs) {
      // As apply() does: jobs that were submitted alike share what they asked for.
      if (last && job.spec && *last == *job.spec) job.spec = last;
      last = job.spec;
      if (!job.spec || state.find(job.id)) return fail(fmt::format("job {} comes twice or is empty", job.id.value));
      const std::uint32_t number = job.id.value;
      state.jobs_.insert(number, std::move(job));
    }
    return state;
  }
};

std::string encode_snapshot(const LogUuid& log, const State& state, const RequestLog& requests) {
  SnapshotBody body = SnapshotCodec::body_of(state);
  body.log.assign(reinterpret_cast<const char*>(log.data()), log.size());
  body.requests.assign(requests.entries().begin(), requests.entries().end());
  const std::string bytes = encode(body);
  return std::string(snapshot_magic) + checksum_bytes(bytes) + bytes;
}

Result<Snapshot> decode_snapshot(std::string_view bytes) {
  if (bytes.size() < 16 || bytes.substr(0, 8) != snapshot_magic)
    return fail("no snapshot header; is this a snapshot of slurmxx?");
  const std::string_view body_bytes = bytes.substr(16);
  if (bytes.substr(8, 8) != checksum_bytes(body_bytes)) return fail("the snapshot's checksum is wrong");
  TRY_ASSIGN(SnapshotBody body, decode<SnapshotBody>(body_bytes));
  if (body.schema != journal_schema)
    return fail(Errc::protocol_version,
                fmt::format("snapshot of schema {}, this version reads {}", body.schema, journal_schema));
  Snapshot snapshot;
  if (body.log.size() != snapshot.log.size()) return fail("the snapshot names no log");
  for (std::size_t i = 0; i < snapshot.log.size(); ++i) snapshot.log[i] = static_cast<std::uint8_t>(body.log[i]);
  for (RequestLog::Entry& entry : body.requests) snapshot.requests.remember(entry);
  TRY_ASSIGN(snapshot.state, SnapshotCodec::state_of(body));
  return snapshot;
}

}  // namespace slurmxx
