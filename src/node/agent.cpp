// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The life of a job here: queued (an earlier life is not cleared), unused (nothing has come that the prolog is for),
// prolog, running, ending (its steps are told to finish), clearing (the epilog), cleared (until the controller has seen
// it).
#include "node/agent.h"

#include <algorithm>
#include <utility>

#include "node/unkillable.h"

namespace slurmxx {
namespace {

constexpr std::size_t over_max = 10'000;
constexpr std::size_t broadcasts_max = 32;     // of a job, at a time
constexpr std::size_t early_readers_max = 16;  // of a step that waits for its prolog
constexpr ExitCode killed{0, 9};

Incarnation life_of(const StepKey& key) { return {key.job, key.restarts}; }
StepKey key_of(const Incarnation& life, StepId step) { return {life.job, life.restarts, step}; }

}  // namespace

void NodeAgent::restore(const FoundJob& found) {
  HeldJob& job = jobs_[found.job.order.job];
  job.record = found.job;
  for (const FoundJob::FoundStep& step : found.steps) job.steps[step.id].end = step.end;
  job.phase = JobPhase::running;
  if (!job.record.prolog_done) begin(job);
  const bool has_batch = !job.record.order.prolog_only && !job.record.known_by_step;
  if (job.record.prolog_done && has_batch && !job.steps.contains(StepId::batch())) run(job);
}

void NodeAgent::connected() {
  session_ = Session::unwelcome;
  next_hello_.reset();
  NodeHello hello;
  hello.name = options_.node_name;
  hello.dynamic = options_.dynamic;
  hello.registration = host_.registration();
  for (const auto& [id, job] : jobs_) {
    hello.running.push_back(id);
    const bool prepared = job.phase != JobPhase::queued && job.phase != JobPhase::prolog;
    if (job.record.order.prolog_at_once && !prepared) hello.preparing.push_back(id);
    for (const auto& [step, held] : job.steps)
      if (step != StepId::batch() && !held.seen) hello.steps.push_back(key_of(id, step));
  }
  host_.send(hello);
}

void NodeAgent::order(const NodeOrder& order, MonoTime now) {
  if (const auto* first = std::get_if<Welcome>(&order)) return welcome(*first, now);
  if (const auto* no = std::get_if<TurnedAway>(&order)) {
    if (no->deleted) options_.dynamic.clear();
    return host_.turned_away(no->why);
  }
  if (session_ != Session::obeyed) return;
  if (const auto* launch = std::get_if<LaunchBatch>(&order)) launch_batch(*launch);
  if (const auto* launch = std::get_if<LaunchStep>(&order)) launch_step(*launch);
  if (const auto* signal = std::get_if<SignalJob>(&order)) signal_job(*signal);
  if (const auto* end = std::get_if<EndJob>(&order)) end_job(*end);
  if (const auto* stop = std::get_if<SuspendJob>(&order)) suspend_job(*stop, now);
  if (const auto* notify = std::get_if<NotifyJob>(&order)) notify_job(*notify);
  if (const auto* reboot = std::get_if<RebootNode>(&order)) host_.reboot(*reboot);
  if (const auto* seen = std::get_if<ReportSeen>(&order)) report_seen(*seen);
  if (const auto* reader = std::get_if<AdmitReader>(&order)) admit_reader(*reader);
  if (std::holds_alternative<ReadConfiguration>(order)) host_.reconfigure();
  if (const auto* debug = std::get_if<SetDebug>(&order)) host_.set_debug(debug->level);
  if (std::holds_alternative<CheckHealth>(order)) host_.check_health();
  if (std::holds_alternative<Shutdown>(order)) host_.shut_down();
  if (const auto* question = std::get_if<AskUsage>(&order)) tell_usage(*question);
  if (std::holds_alternative<SayHello>(order)) connected();
}

void NodeAgent::welcome(const Welcome& order, MonoTime now) {
  const bool begun_anew = !obeyed_.log.empty() && order.log != obeyed_.log;
  if (begun_anew) {  // no job of the old log is known there, even if an id looks the same
    over_.clear();
    over_order_.clear();
    never_.clear();
  } else if (order.epoch < obeyed_.epoch) {
    return host_.not_obeyed(order.epoch, obeyed_.epoch);  // it was replaced: nothing it says counts
  }
  const ObeyedController obeyed{order.epoch, order.log};
  if (obeyed != obeyed_) host_.keep_obeyed(obeyed);
  obeyed_ = obeyed;
  if (!order.node_name.empty()) host_.named(order.node_name);
  session_ = Session::obeyed;
  heartbeat_every_ = order.heartbeat_every;
  next_beat_ = now;
  next_repeat_ = now + options_.repeat_every;
  std::vector<Incarnation> unknown;
  for (const auto& [id, job] : jobs_) {
    const bool expected = std::find(order.expected.begin(), order.expected.end(), id) != order.expected.end();
    if ((!expected || begun_anew) && job.phase != JobPhase::cleared) unknown.push_back(id);
  }
  for (const Incarnation& id : unknown) finish(jobs_.at(id), {id, options_.kill_wait, "CANCELLED"});
  report_again();
}

NodeAgent::HeldJob& NodeAgent::hold(const Incarnation& id, NodeJob record) {
  HeldJob& job = jobs_[id];
  job.record = std::move(record);
  start_next_life(id.job);
  return job;
}

// One life of a job at a time: they share a folder, and must never run at once.
void NodeAgent::start_next_life(JobId id) {
  auto life = jobs_.lower_bound(Incarnation{id, 0});
  while (life != jobs_.end() && life->first.job == id && life->second.phase == JobPhase::cleared) ++life;
  if (life != jobs_.end() && life->first.job == id && life->second.phase == JobPhase::queued) begin(life->second);
}

// Without PrologFlags=Alloc a node that gets neither script nor step of a job never runs the prolog for it.
void NodeAgent::begin(HeldJob& job) {
  const bool wanted = !job.record.order.prolog_only || job.record.order.prolog_at_once || !job.steps.empty();
  job.phase = wanted ? JobPhase::prolog : JobPhase::unused;
  if (!wanted) return;
  if (const Status kept = host_.keep_job(job.record); !kept) {
    job.phase = JobPhase::running;
    return fail_launch(job, text_of(kept.error()), true);
  }
  host_.run_prolog(job.record.order);
}

void NodeAgent::launch_batch(const LaunchBatch& order) {
  if (const auto held = jobs_.find(order.job); held != jobs_.end()) return take_script(held->second, order);
  if (over_.contains(order.job)) return host_.send(LaunchFailed{order.job, "it has ended here before", false});
  for (auto& [id, job] : jobs_)
    if (id.job == order.job.job) finish(job, {id, options_.kill_wait, "CANCELLED"});
  hold(order.job, {order, false, false});
}

// PrologFlags=DeferBatch: the order with the script comes when all prologs have ended.
void NodeAgent::take_script(HeldJob& job, const LaunchBatch& order) {
  if (order.prolog_only || !job.record.order.prolog_only || job.finish || job.failed) return;
  job.record.order = order;
  job.record.known_by_step = false;
  if (job.phase == JobPhase::unused) return begin(job);
  if (job.phase != JobPhase::running) return;
  if (const Status kept = host_.keep_job(job.record); !kept)
    fail_launch(job, text_of(kept.error()), true);
  else
    run(job);
}

void NodeAgent::launch_step(const LaunchStep& order) {
  const Incarnation life = life_of(order.key);
  if (over_.contains(life)) return host_.send(StepLeft{order.key, killed, ""});
  auto found = jobs_.find(life);
  if (found == jobs_.end()) {
    NodeJob record{{}, false, true};
    record.order.job = life;
    record.order.spec.owner = order.owner;
    record.order.spec.launch.work_dir = order.command.work_dir;
    record.order.node_names = order.layout.nodes;
    record.order.prolog_only = true;
    hold(life, std::move(record));
    found = jobs_.find(life);
  }
  HeldJob& job = found->second;
  if (job.steps.contains(order.key.step)) return;
  if (order.key.step.is_broadcast() && broadcasts_under_way(job) >= broadcasts_max)
    return end_step(job, order.key.step, {{1, 0}, "too many broadcasts of the job are under way", false});
  HeldStep& step = job.steps[order.key.step];
  if (job.phase == JobPhase::queued || job.phase == JobPhase::unused || job.phase == JobPhase::prolog) {
    step.waiting = order;
    if (job.phase == JobPhase::unused) begin(job);
  } else if (job.phase == JobPhase::running && !job.failed && job.suspended) {
    step.waiting = order;
  } else if (job.phase == JobPhase::running && !job.failed) {
    host_.start_step(order);
  } else {
    end_step(job, order.key.step, {killed, "the job is ending", false, {}});
  }
}

void NodeAgent::end_job(const EndJob& order) {
  const auto found = jobs_.find(order.job);
  if (found != jobs_.end()) return finish(found->second, order);
  remember_over(order.job);
  host_.send(NodeCleared{order.job, ""});
}

void NodeAgent::report_seen(const ReportSeen& order) {
  const auto found = jobs_.find(order.job);
  if (found == jobs_.end()) return;
  HeldJob& job = found->second;
  if (order.cleared) {
    if (job.phase != JobPhase::cleared) return;
    jobs_.erase(found);
    return;
  }
  if (!order.step) job.failed.reset();
  const StepId id = order.step.value_or(StepId::batch());
  const auto step = job.steps.find(id);
  if (step == job.steps.end() || !step->second.end || step->second.seen) return;
  step->second.seen = true;
  if (id != StepId::batch()) host_.forget_step(key_of(order.job, id));
  if (id.is_broadcast()) forget_old_broadcasts(job);
}

// sbcast in a loop must not make a long list: a few are kept for who comes too late.
void NodeAgent::forget_old_broadcasts(HeldJob& job) {
  const auto over = [](const auto& entry) { return entry.first.is_broadcast() && entry.second.seen; };
  auto count = static_cast<std::size_t>(std::count_if(job.steps.begin(), job.steps.end(), over));
  std::erase_if(job.steps, [&](const auto& entry) { return over(entry) && count > broadcasts_max && count-- > 0; });
}

std::size_t NodeAgent::broadcasts_under_way(const HeldJob& job) {
  return static_cast<std::size_t>(std::count_if(job.steps.begin(), job.steps.end(), [](const auto& entry) {
    return entry.first.is_broadcast() && !entry.second.end;
  }));
}

// Who asks waits for an answer, be it empty.
void NodeAgent::admit_reader(const AdmitReader& order) {
  const auto found = jobs_.find(life_of(order.key));
  if (found == jobs_.end()) return;
  const auto step = found->second.steps.find(order.key.step);
  if (step == found->second.steps.end() || step->second.end) return;
  if (!step->second.waiting) return host_.admit_reader(order.key, {order.reader, order.secret});
  if (step->second.readers.size() < early_readers_max) step->second.readers.push_back({order.reader, order.secret});
}

void NodeAgent::prolog_done(const Incarnation& id, const std::string& error) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second.phase != JobPhase::prolog) return;
  HeldJob& job = found->second;
  job.phase = JobPhase::running;
  if (!error.empty()) {
    fail_launch(job, error, true);
  } else {
    job.record.prolog_done = true;
    if (const Status kept = host_.keep_job(job.record); !kept) fail_launch(job, text_of(kept.error()), true);
    if (job.record.order.prolog_at_once && !job.failed) host_.send(PrologDone{id});
  }
  if (job.finish)
    finish(job, EndJob(*job.finish));
  else if (!job.failed)
    run(job);
}

void NodeAgent::run(HeldJob& job) {
  if (job.suspended) return;
  const LaunchBatch& order = job.record.order;
  if (!order.prolog_only && !job.steps.contains(StepId::batch())) {
    job.steps[StepId::batch()];
    host_.start_batch(order);
  }
  for (auto& [id, step] : job.steps) {
    if (!step.waiting) continue;
    const LaunchStep launch = std::move(*step.waiting);
    step.waiting.reset();
    host_.start_step(launch);
    for (const StepdAdmit& reader : std::exchange(step.readers, {})) host_.admit_reader(launch.key, reader);
  }
}

void NodeAgent::fail_launch(HeldJob& job, const std::string& reason, bool node_fault) {
  job.failed = LaunchFailed{job.record.order.job, reason, node_fault};
  host_.send(*job.failed);
  for (auto& [id, step] : job.steps)
    if (step.waiting) end_step(job, id, {{1, 0}, reason, false, {}});
}

void NodeAgent::finish(HeldJob& job, const EndJob& order) {
  const Incarnation id = job.record.order.job;
  job.finish = order;
  if (job.phase == JobPhase::queued) {
    job_cleared(id, "");
    return;
  }
  if (job.phase == JobPhase::cleared) return host_.send(NodeCleared{id, job.epilog_error});
  if (job.phase == JobPhase::prolog || job.phase == JobPhase::clearing) return;
  job.phase = JobPhase::ending;
  for (auto& [step_id, step] : job.steps) {
    if (step.waiting)
      end_step(job, step_id, {killed, "the job is ending", false, {}});
    else if (!step.end)
      host_.finish_step(key_of(id, step_id), {order.why, order.kill_wait});
  }
  clear_if_over(job);
}

void NodeAgent::clear_if_over(HeldJob& job) {
  if (job.phase != JobPhase::ending) return;
  for (const auto& [id, step] : job.steps)
    if (!step.end) return;
  job.phase = JobPhase::clearing;
  host_.clear_job(job.record.order, *job.finish);
}

void NodeAgent::step_ended(const StepKey& key, const StepEnd& end) {
  const auto found = jobs_.find(life_of(key));
  if (found == jobs_.end()) return;
  end_step(found->second, key.step, end);
  if (!end.survivors.empty()) host_.step_unkillable(key, end);
  clear_if_over(found->second);
}

void NodeAgent::end_step(HeldJob& job, StepId id, const StepEnd& end) {
  HeldStep& step = job.steps[id];
  if (step.end) return;
  step.waiting.reset();
  step.end = end;
  report_step(job, id);
}

void NodeAgent::report_step(const HeldJob& job, StepId id) {
  const HeldStep& step = job.steps.at(id);
  const Incarnation life = job.record.order.job;
  const std::string fault = fault_of(key_of(life, id), *step.end);
  if (id != StepId::batch()) return host_.send(StepLeft{key_of(life, id), step.end->exit, fault, step.end->usage});
  if (!step.end->failure.empty()) return host_.send(LaunchFailed{life, step.end->failure, step.end->node_fault});
  host_.send(BatchEnded{life, step.end->exit, fault, step.end->usage});
}

void NodeAgent::job_cleared(const Incarnation& id, const std::string& epilog_error) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  HeldJob& job = found->second;
  job.phase = JobPhase::cleared;
  job.epilog_error = epilog_error;
  remember_over(id);
  host_.send(NodeCleared{id, epilog_error});
  start_next_life(id.job);
}

void NodeAgent::remember_over(const Incarnation& id) {
  if (!over_.insert(id).second) return;
  over_order_.push_back(id);
  if (over_order_.size() <= over_max) return;
  over_.erase(over_order_.front());
  over_order_.pop_front();
}

void NodeAgent::report_again() {
  for (const auto& [id, job] : jobs_) report_job(job);
}

void NodeAgent::report_job(const HeldJob& job) {
  if (job.failed) host_.send(*job.failed);
  for (const auto& [id, step] : job.steps)
    if (step.end && !step.seen) report_step(job, id);
  if (job.phase == JobPhase::cleared) host_.send(NodeCleared{job.record.order.job, job.epilog_error});
}

void NodeAgent::tick(MonoTime now) {
  stop_who_was_told(now);
  if (session_ == Session::unwelcome) {  // it may have learnt of us since
    if (next_hello_ && now >= *next_hello_) connected();
    if (!next_hello_) next_hello_ = now + options_.repeat_every;
    return;
  }
  if (session_ != Session::obeyed) return;
  if (now >= next_beat_) {
    host_.send(host_.vitals());
    next_beat_ = now + heartbeat_every_;
  }
  if (now >= next_repeat_) {
    report_again();
    next_repeat_ = now + options_.repeat_every;
  }
  ask_for_awaited(now);
}

std::optional<MonoTime> NodeAgent::wake_at() const {
  std::optional<MonoTime> at;
  const auto by = [&](MonoTime other) { at = at ? std::min(*at, other) : other; };
  for (const auto& [job, stop_at] : stop_at_) by(stop_at);
  if (session_ == Session::unwelcome && next_hello_) by(*next_hello_);
  if (session_ != Session::obeyed) return at;
  by(std::min(next_beat_, next_repeat_));
  for (const auto& [step, ask_at] : ask_at_) by(ask_at);
  return at;
}

NodeAgent::StepView NodeAgent::view(const StepKey& key) const {
  if (over_.contains(life_of(key))) return StepView::over;
  if (std::find(never_.begin(), never_.end(), key) != never_.end()) return StepView::over;
  const auto found = jobs_.find(life_of(key));
  if (found == jobs_.end()) return StepView::coming;
  const auto step = found->second.steps.find(key.step);
  if (step == found->second.steps.end()) return StepView::coming;
  if (step->second.end) return StepView::over;
  return step->second.waiting ? StepView::coming : StepView::running;
}

std::string NodeAgent::launch_fault(const StepKey& key) const {
  const auto found = jobs_.find(life_of(key));
  if (found == jobs_.end() || !found->second.failed || !found->second.failed->node_fault) return "";
  return found->second.failed->reason;
}

}  // namespace slurmxx
