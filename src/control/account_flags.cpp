// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What flags of a QOS, the wckey of a job and the lists of partitions and reservations mean for it.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "control/accounts.h"
#include "control/configure.h"
#include "control/limit_request.h"
#include "control/reservation_access.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {
namespace {

TresCounts counts_of(const Node& node) {
  TresCounts tres{{"cpu", node.declared.cpus}, {"node", 1}, {"billing", node.declared.cpus}};
  tres.set("mem", static_cast<std::uint64_t>(node.declared.memory.value));
  tres.add(gres_tres(std::span(node.gres)));
  return tres;
}

TresCounts whole_for(const Qos& qos, const State& state, const ClusterConfig& config) {
  TresCounts whole;
  for (const PartitionConfig& partition : config.partitions) {
    if (!equal_ignoring_case(partition.access.qos, qos.name)) continue;
    const Partition* known = state.find_partition(partition.name);
    for (const NodeIndex index : known ? known->nodes : std::vector<NodeIndex>())
      whole.add(counts_of(*state.find(index)));
    return whole;
  }
  state.nodes().for_each([&](std::uint64_t, const Node& node) { whole.add(counts_of(node)); });
  return whole;
}

void make_absolute(Qos& qos, const TresCounts& whole) {
  constexpr std::uint64_t hundred = 100;
  constexpr LimitKind kinds[] = {
      LimitKind::grp_tres,          LimitKind::max_tres_per_job,     LimitKind::max_tres_per_node,
      LimitKind::max_tres_per_user, LimitKind::max_tres_per_account, LimitKind::min_tres_per_job};
  for (const LimitKind kind : kinds) {
    TresCounts counts;
    for (const TresCount& entry : qos.limits.tres(kind).entries())
      counts.set(entry.name, whole[entry.name] * entry.count / hundred);
    qos.limits.set(kind, std::move(counts));
  }
}

bool is_relative(const Qos& qos) { return qos.has_flag("Relative"); }

}  // namespace

void Accounts::measure_anew() {
  const auto book = c_.state_.accounts();
  if (book && std::any_of(book->qos.begin(), book->qos.end(), is_relative)) renew();
}

std::shared_ptr<const AccountBook> with_relative_limits(std::shared_ptr<const AccountBook> book, const State& state,
                                                        const ClusterConfig& config) {
  if (!book || std::none_of(book->qos.begin(), book->qos.end(), is_relative)) return book;
  auto absolute = std::make_shared<AccountBook>(*book);
  for (Qos& qos : absolute->qos)
    if (is_relative(qos)) make_absolute(qos, whole_for(qos, state, config));
  return absolute;
}

namespace {

// What the components before would have, were they alone in the cluster.
class Together : public LimitLookup {
 public:
  Tally of(const Holder& holder) const override {
    const auto found = tallies_.find(holder);
    return found == tallies_.end() ? Tally() : found->second;
  }
  void add(const LimitRequest& request) {
    for (const Holder& holder : holders_of(request)) {
      Tally& tally = tallies_[holder];
      tally.submitted += request.tasks;
      ++tally.running;
      tally.tres.add(request.tres);
    }
  }

 private:
  std::map<Holder, Tally> tallies_;
};

class Queued : public LimitLookup {
 public:
  Queued(const LimitUsage& usage, const Together& before) : usage_(usage), before_(before) {}
  Tally of(const Holder& holder) const override {
    Tally tally = usage_.of(holder);
    tally.submitted += before_.of(holder).submitted;
    return tally;
  }

 private:
  const LimitUsage& usage_;
  const Together& before_;
};

}  // namespace

Status Accounts::check_limits(std::span<const JobSpec> components) const {
  const Controller::AccountsInUse& own = c_.index_.accounts;
  if (!own.enforced.limits || !own.directory) return {};
  Together before;
  for (const JobSpec& spec : components) {
    std::optional<LimitRequest> request = request_to_submit(spec);
    if (!request) continue;
    if (spec.array) request->tasks = spec.array->indices.size();
    if (const auto found = submit_obstacle(*request, Queued(own.usage, before), before))
      return fail(Errc::accounting_policy, found->reason);
    before.add(*request);
  }
  return {};
}

std::optional<LimitRequest> Accounts::request_to_submit(const JobSpec& spec) const {
  const Controller::AccountsInUse& own = c_.index_.accounts;
  const auto& partitions = spec.placement.partitions;
  const Partition* partition = partitions.empty() ? nullptr : c_.state_.find_partition(partitions.front());
  if (!partition) return std::nullopt;
  LimitRequest request = standing(*own.directory, c_.config(), spec, partition->name);
  ask_for(request, {spec, plan_partition_with_defaults(*partition, c_.config()), *c_.planning_.rules});
  request.safe = own.enforced.safe;
  return request;
}

Status Accounts::check_denied(const JobSpec& spec) const {
  const Controller::AccountsInUse& own = c_.index_.accounts;
  if (!own.enforced.limits || !own.directory) return {};
  const std::optional<LimitRequest> request = request_to_submit(spec);
  if (!request) return {};
  const Together nothing;  // it was counted when it was submitted
  if (const auto found = submit_obstacle(*request, nothing, nothing))
    return fail(Errc::accounting_policy, found->reason);
  return {};
}

bool Accounts::may_reserve(const Controller& c, const Job& job, std::uint32_t priority) {
  const Directory* directory = c.index_.accounts.directory.get();
  if (!directory) return true;
  LimitRequest request;
  request.qos = directory->qos(job.spec->labels.qos);
  if (request.qos && request.qos->has_flag("NoReserve")) return false;
  const std::string partition = job.spec->placement.partitions.empty() ? "" : job.spec->placement.partitions.front();
  const Association* own = directory->find(job.spec->owner.user_name, job.spec->labels.account, partition);
  if (own) request.chain = directory->chain(*own);
  return priority >= priority_threshold(request);
}

void Accounts::exempt_by(const Qos& qos, JobSpec& spec) {
  spec.placement.exempt.nodes_max = qos.has_flag("PartitionMaxNodes");
  spec.placement.exempt.nodes_min = qos.has_flag("PartitionMinNodes");
  spec.placement.exempt.time = qos.has_flag("PartitionTimeLimit");
}

// Before the partitions are judged (EnforcePartLimits); admit() says whether the QOS may be used at all.
void Accounts::exempt(JobSpec& spec) const {
  const Directory* directory = c_.index_.accounts.directory.get();
  if (!directory) return;
  const JobLabels& labels = spec.labels;
  std::string name = labels.qos;
  if (name.empty()) {
    const UserRow* user = directory->user(spec.owner.user_name);
    const std::string account = labels.account.empty() && user ? user->default_account : labels.account;
    const std::string partition = spec.placement.partitions.empty() ? "" : spec.placement.partitions.front();
    if (const Association* own = directory->find(spec.owner.user_name, account, partition))
      name = directory->default_qos(*own);
  }
  if (const Qos* qos = directory->qos(name)) exempt_by(*qos, spec);
}

Status Accounts::obey_flags(const Qos& qos, JobSpec& spec) {
  exempt_by(qos, spec);
  if (qos.has_flag("RequiresReservation") && spec.labels.reservation.empty())
    return fail(Errc::invalid_qos, fmt::format("QOS {} is for jobs in a reservation: give --reservation", qos.name));
  return {};
}

// A key that comes from the user's row has an asterisk before it. Root and SlurmUser need none.
Status Accounts::admit_wckey(JobSpec& spec) const {
  const Controller::AccountsInUse& own = c_.index_.accounts;
  const Directory& directory = *own.directory;
  const UserRow* user = directory.user(spec.owner.user_name);
  std::string& key = spec.labels.wckey;
  if (key.empty()) key = "*" + (user ? user->default_wckey : "");  // who has none is not kept out
  if (!own.enforced.wckeys) return {};
  if (key == "*" || spec.owner.uid == root_uid || spec.owner.user_name == c_.config().identity.slurm_user) return {};
  const std::string_view name = key.starts_with('*') ? std::string_view(key).substr(1) : std::string_view(key);
  for (const WcKeyRow& row : directory.book().wckeys)
    if (row.user == spec.owner.user_name && row.name == name) return {};
  return fail(Errc::error, "Invalid wckey specification");
}

std::shared_ptr<const Reservation> Accounts::with_sub_accounts(const Controller& controller,
                                                               const std::shared_ptr<const Reservation>& reservation) {
  const Controller::AccountsInUse& own = controller.index_.accounts;
  if (!own.directory || !own.enforced.associations) return reservation;
  return slurmxx::with_sub_accounts(reservation, *own.directory);
}

Status Accounts::admit_to_partitions(const JobSpec& spec) const {
  const EnforcePartLimits enforce = c_.config().scheduling.enforce_part_limits;
  if (enforce == EnforcePartLimits::no) return {};
  Status refusal;
  for (const std::string& partition : spec.placement.partitions) {
    Status judged = admit_to(partition, spec);
    if (judged && enforce == EnforcePartLimits::any) return {};
    if (!judged) refusal = std::move(judged);
  }
  return refusal;
}

}  // namespace slurmxx
