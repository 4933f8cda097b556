// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A failed append ends the process at once: what is on disk is then unknown, and the log decides anew.
#include "daemons/slurmctld/state_loop.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "adapters/time_zone.h"
#include "control/job_completion.h"
#include "daemons/slurmctld/event_line.h"

namespace slurmxx {

StateLoop::StateLoop(Controller& controller, StateLoopPorts ports)
    : controller_(controller),
      ports_(std::move(ports)),
      snapshotter_({ports_.log, ports_.blobs, ports_.log_folder,
                    [this] {
                      const std::lock_guard lock(batches_mutex_);
                      batches_come_.notify_one();
                    },
                    ports_.log_line}),
      committed_requests_(controller.requests()) {}

void StateLoop::push(Input input) {
  const std::lock_guard lock(mutex_);
  inputs_.queue.push_back(std::move(input));
  inputs_come_.notify_one();
}

bool StateLoop::push_call(CallArrived call, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (inputs_.calls >= calls_max || inputs_.call_bytes >= call_bytes_max) return false;
  ++inputs_.calls;
  inputs_.call_bytes += bytes;
  inputs_.queue.push_back(std::move(call));
  inputs_come_.notify_one();
  return true;
}

void StateLoop::ask_reconfigure() {
  const std::lock_guard lock(mutex_);
  reconfigure_ = true;
  inputs_come_.notify_one();
}

void StateLoop::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  inputs_come_.notify_one();
}

std::deque<Input> StateLoop::take_inputs(MonoTime until) {
  std::unique_lock lock(mutex_);
  const auto longest = std::chrono::milliseconds(std::max<std::int64_t>(0, (until - mono_now()).value));
  inputs_come_.wait_for(lock, longest,
                        [this] { return !inputs_.queue.empty() || stopping_ || reconfigure_ || durable_.moved; });
  return std::exchange(inputs_, {}).queue;
}

void StateLoop::serve(std::deque<Input> inputs) {
  controller_.begin({wall_now(), mono_now()});
  for (const Input& input : inputs) {
    const std::uint64_t began = stopwatch_us();
    slurmxx::serve(controller_, input);
    if (const auto* call = std::get_if<CallArrived>(&input))
      statistics_.note(call->call.body, call->caller.uid, stopwatch_us() - began);
  }
  controller_.finish();
  Batch batch{controller_.take_commit(), controller_.state().position(), controller_.publish()};
  if (batch.commit.empty() && batch.picture == handed_on_) return;
  handed_on_ = batch.picture;
  statistics_.count_since(batch.picture->statistics.since);
  std::unique_lock lock(batches_mutex_);
  // A disk that is slower than we are slows us down, before memory fills with what it has not taken.
  batches_taken_.wait(lock, [this] { return batches_.size() < batches_max; });
  batches_.push_back(std::move(batch));
  batches_come_.notify_one();
}

void StateLoop::release_durable() {
  LogPosition durable;
  std::shared_ptr<const Published> picture;
  {
    const std::lock_guard lock(mutex_);
    durable_.moved = false;
    durable = durable_.position;
    picture = std::exchange(durable_.picture, nullptr);
  }
  if (picture) ports_.publish(std::move(picture));
  for (Outgoing& letter : controller_.take_outgoing(durable)) ports_.send(std::move(letter));
}

void StateLoop::reconfigure() {
  auto config = ports_.reread();
  controller_.begin({wall_now(), mono_now()});
  const Status done = config ? controller_.configure(*config) : Status(config.error());
  controller_.tell_reconfigured(done);
  ports_.log_line(done ? "reconfigured" : "error: the old configuration stays in force: " + done.error().message);
}

void StateLoop::run_state() {
  while (true) {
    std::deque<Input> inputs = take_inputs(controller_.next_wake());
    release_durable();
    bool stop = false;
    bool reread = controller_.reconfigure_asked();
    {
      const std::lock_guard lock(mutex_);
      stop = stopping_;
      reread = std::exchange(reconfigure_, false) || reread;
    }
    if (reread) reconfigure();
    // News of durability alone begin no batch: its own commit would be the next such news, and so on for ever.
    if (!inputs.empty() || reread || stop || mono_now() >= controller_.next_wake()) {
      serve(std::move(inputs));
      release_durable();  // what was only asked waits for no disk
    }
    if (controller_.shutdown_asked()) shutdown_by_client_ = true;
    if (stop || shutdown_by_client_) break;
  }
  const std::lock_guard lock(batches_mutex_);
  no_more_batches_ = true;
  batches_come_.notify_one();
}

Status StateLoop::write_batches(const std::deque<Batch>& batches) {
  std::vector<Record> records;
  for (const Batch& batch : batches) {
    for (const Blob& blob : batch.commit.blobs) TRY(ports_.blobs.put(blob.hash, blob.bytes));
    records.insert(records.end(), batch.commit.records.begin(), batch.commit.records.end());
  }
  if (records.empty()) return {};
  TRY(ports_.blobs.sync());
  TRY(ports_.log.commit(records));
  for (const Record& record : records) committed_requests_.apply(record);
  return {};
}

void StateLoop::log_events(const std::deque<Batch>& batches) {
  for (const Batch& batch : batches)
    for (const Record& record : batch.commit.records)
      if (const auto line = event_line(record.event, batches.back().picture->state)) ports_.log_line(*line);
}

std::deque<StateLoop::Batch> StateLoop::take_batches() {
  std::unique_lock lock(batches_mutex_);
  batches_come_.wait(lock, [this] { return !batches_.empty() || no_more_batches_ || snapshotter_.ready(); });
  batches_taken_.notify_one();
  return std::exchange(batches_, {});
}

// A file that cannot be written is told of, and stops nothing.
void StateLoop::tell_completions(const std::deque<Batch>& batches) {
  for (const Batch& batch : batches) {
    const auto to = completion_file(batch.picture->config->plugins);
    const auto ends = [](const Record& record) { return std::holds_alternative<JobEnded>(record.event); };
    if (!to || !std::ranges::any_of(batch.commit.records, ends)) continue;
    const LocalTimeZone zone;
    std::string lines;
    for (const Record& record : batch.commit.records)
      lines += completion_lines(*batch.picture, record, {to->format, zone});
    if (lines.empty()) continue;
    std::ofstream file(to->path, std::ios::app);
    file << lines << std::flush;
    if (!file)
      ports_.log_line(fmt::format("JobCompLoc={}: cannot be written, completed jobs are not told there", to->path));
  }
}

Status StateLoop::account(const std::deque<Batch>& batches) {
  if (!ports_.accounting) return {};
  for (const Batch& batch : batches) TRY(ports_.accounting->take(batch.commit.records, batch.picture));
  return snapshotter_.ready() ? ports_.accounting->settle() : Status();
}

void StateLoop::give_up(const char* what, const Error& error) {
  ports_.log_line(
      fmt::format("fatal: {} cannot be written: {}: slurmctld ends here and recovers when it is started "
                  "again",
                  what, text_of(error)));
  std::_Exit(1);
}

void StateLoop::run_journal() {
  while (true) {
    std::deque<Batch> batches = take_batches();
    if (batches.empty() && !snapshotter_.ready()) break;
    if (const Status written = write_batches(batches); !written) give_up("the log", written.error());
    if (!batches.empty()) tell_durable(batches.back());
    tell_completions(batches);
    log_events(batches);  // who waits for the answer need not wait for that
    if (const Status taken = account(batches); !taken) give_up("the accounting records", taken.error());
    snapshotter_.serve(committed_, committed_requests_);
  }
  snapshotter_.finish();
  release_durable();  // the state thread has ended
}

void StateLoop::tell_durable(const Batch& last) {
  committed_ = last.picture;
  const std::lock_guard lock(mutex_);
  durable_.position = last.position;
  durable_.picture = last.picture;
  durable_.moved = true;
  inputs_come_.notify_one();
}

}  // namespace slurmxx
