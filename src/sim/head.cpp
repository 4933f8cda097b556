// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/head.h"

#include "control/configure.h"
#include "control/launch.h"
#include "control/submission.h"
#include "sim/names.h"
#include "wire/node_frames.h"

namespace slurmxx::sim {

Head::Head(Kernel& kernel, Oracle& oracle, Configs configs)
    : kernel_(kernel),
      oracle_(oracle),
      configs_(std::move(configs)),
      log_folder_(kernel, faults_, "log"),
      blob_folder_(kernel, faults_, "blobs") {
  if (kernel.sabotaged(Sabotage::no_sync)) log_folder_.lie_about_sync();
  if (kernel.sabotaged(Sabotage::forget_blobs)) blob_folder_.lie_about_sync();
}

void Head::later(Millis delay, std::function<void()> what) {
  kernel_.after(delay, [this, life = generation_, what = std::move(what)] {
    if (life != generation_ || !process_) return;
    if (kernel_.now() < hung_until_) return later(hung_until_ - kernel_.now(), what);
    try {
      what();
    } catch (const ProcessDied&) {
      die(kernel_.rng.percent(50) ? Death::machine : Death::process);
    }
  });
}

void Head::die(Death how) {
  if (!process_) return;
  ++kernel_.counts().controller_deaths;
  kernel_.note("head: {}", how == Death::machine ? "power cut" : "process ends");
  process_.reset();
  ++generation_;
  faults_.die_at.reset();
  for (auto& [id, link] : std::exchange(links_, {}))
    how == Death::machine ? link.first->vanish(End::head) : link.first->close(End::head);
  if (how != Death::machine) return;
  ++kernel_.counts().power_cuts;
  log_folder_.power_cut();
  blob_folder_.power_cut();
}

void Head::kill() { die(Death::process); }
void Head::power_cut() { die(Death::machine); }
void Head::kill_in_write(std::uint64_t calls) {
  if (process_) faults_.die_at = calls;
}

void Head::stop() {
  if (!process_) return;
  kernel_.note("head: asked to stop");
  process_->stopping = true;
  plan_serving();
}

void Head::hang(Millis how_long) {
  if (!process_) return;
  kernel_.note("head: hangs for {} ms", how_long.value);
  hung_until_ = kernel_.now() + how_long;
}

void Head::next_config() {
  config_ = (config_ + 1) % configs_.size();
  kernel_.note("head: slurm.conf is now number {}", config_);
}

std::string Head::reason_of(const Job& job) const {
  return process_ ? view_of(*process_->controller->publish(), job).reason : "";
}

void Head::boot() {
  if (process_) return;
  ++generation_;
  try {
    start();
  } catch (const ProcessDied&) {
    die(Death::machine);
  }
}

void Head::start() {
  const unsigned errors = std::exchange(faults_.errors_per_mille, 0u);
  hung_until_ = MonoTime();
  process_ = std::make_unique<Process>();
  Process& p = *process_;
  LogStoreOptions options;
  options.segment_bytes = 24'000;
  options.snapshot_bytes = 90'000;
  options.snapshot_records = 400;
  p.log.emplace(log_folder_, options);
  p.blobs.emplace(blob_folder_);
  if (const Status opened = p.blobs->open(); !opened) violated("blobs cannot be opened: " + text_of(opened.error()));
  LogUuid fresh{};
  for (std::uint8_t& byte : fresh) byte = static_cast<std::uint8_t>(kernel_.rng.next());
  Result<Recovered> found = p.log->open(fresh);
  if (!found) violated("the log refuses the start: " + text_of(found.error()));
  for (const std::string& remark : found->remarks) kernel_.note("head: {}", remark);
  oracle_.recovered(*found);
  check_blobs(found->state);
  while (!check_fits(*configs_[config_], found->state)) next_config();  // the administrator puts one back that fits
  if (kernel_.sabotaged(Sabotage::forget_requests)) found->requests = RequestLog();
  oracle_.begin_log(found->log);
  ControllerOptions controller;
  controller.config = configs_[config_];
  controller.host = "head";
  controller.random = &kernel_.rng;
  p.committed_requests = found->requests;
  p.controller =
      std::make_unique<Controller>(std::move(controller), std::move(*found), Now{kernel_.wall(), kernel_.now()});
  kernel_.note("head: up, epoch {} position {} jobs {}", p.controller->state().epoch().value,
               p.controller->state().position().value, p.controller->state().jobs().size());
  faults_.errors_per_mille = errors;
  plan_serving();
}

// Every job that is still to run must find its script.
void Head::check_blobs(const State& state) {
  state.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (is_ended(job.state)) return;
    for (const std::string* hash : {&job.spec->launch.script_hash, &job.spec->launch.environment_hash}) {
      if (hash->empty()) continue;
      Result<std::string> bytes = process_->blobs->get(*hash);
      if (!bytes || blob_hash(*bytes) != *hash)
        violated(fmt::format("job {} is in the log and its script or environment is not on disk", job.id.value));
    }
  });
}

std::shared_ptr<Link> Head::connect(ToPeer to_peer) {
  if (!process_ || process_->stopping) return nullptr;
  auto link = std::make_shared<Link>(kernel_, SessionId(++sessions_));
  const SessionId id = link->id();
  links_[id] = {link, std::move(to_peer)};
  link->on_closed(End::head, [this, id] {
    links_.erase(id);
    if (!kernel_.sabotaged(Sabotage::deaf)) push(SessionClosed{id});
  });
  return link;
}

void Head::call(SessionId from, const Caller& caller, ClientCall call) {
  push(CallArrived{from, caller, std::move(call)});
}

void Head::report(SessionId from, NodeReport report) { push(ReportArrived{from, std::move(report)}); }

void Head::push(Input input) {
  if (!process_ || (process_->stopping && !process_->serving)) return;
  process_->inputs.push_back(std::move(input));
  plan_serving();
}

void Head::plan_serving() {
  if (process_->serving) return;
  process_->serving = true;
  later(Millis(kernel_.rng.between(0, 2)), [this] { serve(); });
}

void Head::plan_wake() {
  const std::uint64_t wake = ++process_->wake;
  const Millis until = process_->controller->next_wake() - kernel_.now();
  later(std::max(until, Millis(1)), [this, wake] {
    if (process_->wake == wake) plan_serving();
  });
}

void Head::serve() {
  Process& p = *process_;
  p.serving = false;
  Controller& controller = *p.controller;
  if (controller.reconfigure_asked()) reconfigure();
  controller.begin({kernel_.wall(), kernel_.now()});
  for (const Input& input : std::exchange(p.inputs, {})) slurmxx::serve(controller, input);
  controller.finish();
  p.batches.push_back({controller.take_commit(), controller.state().position(), controller.publish()});
  oracle_.note_resumed(p.batches.back().commit.records);
  oracle_.check_resources(controller.state());
  if (kernel_.sabotaged(Sabotage::early_answers)) send(controller.state().position());
  if (controller.shutdown_asked()) p.stopping = true;
  if (!p.writing) {
    p.writing = true;
    later(Millis(kernel_.rng.between(0, 1)), [this] { write(); });
  }
  if (!p.stopping) plan_wake();
}

void Head::reconfigure() {
  Controller& controller = *process_->controller;
  controller.begin({kernel_.wall(), kernel_.now()});
  const Status done = controller.configure(configs_[config_]);
  controller.tell_reconfigured(done);
  kernel_.note("head: reconfigure: {}", done ? "done" : text_of(done.error()));
}

Status Head::write_batches(const std::deque<Batch>& batches) {
  Process& p = *process_;
  std::vector<Record> records;
  for (const Batch& batch : batches) {
    for (const Blob& blob : batch.commit.blobs) TRY(p.blobs->put(blob.hash, blob.bytes));
    records.insert(records.end(), batch.commit.records.begin(), batch.commit.records.end());
  }
  if (records.empty()) return {};
  TRY(p.blobs->sync());
  oracle_.attempting(records);
  TRY(p.log->commit(records));
  oracle_.committed();
  for (const Record& record : records) {
    p.committed_requests.apply(record);
    kernel_.note("log {}", name_of(record));
  }
  return {};
}

void Head::write() {
  Process& p = *process_;
  const std::deque<Batch> batches = std::exchange(p.batches, {});
  if (const Status done = write_batches(batches); !done) return die(Death::process);
  const bool anything = !batches.empty() && !(batches.size() == 1 && batches.front().commit.empty());
  Rng& rng = kernel_.rng;
  const Millis took(!anything ? 0 : rng.percent(2) ? rng.between(200, 3000) : rng.between(1, 15));
  later(took, [this, last = batches.empty() ? std::optional<Batch>() : batches.back()] {
    if (last) written(*last);
    if (!process_) return;
    if (process_->draft) adopt_draft();
    if (!process_->drafting && process_->log->snapshot_due()) begin_draft();
    if (!process_->batches.empty()) return write();
    process_->writing = false;
    if (process_->stopping && !process_->serving) end_cleanly();
  });
}

void Head::written(const Batch& last) {
  process_->committed = last.picture;
  send(last.position);
}

void Head::begin_draft() {
  Process& p = *process_;
  p.drafting = true;
  p.draft_position = p.committed->state.position();
  p.blobs->begin_sweep();
  later(Millis(kernel_.rng.between(20, 800)), [this, picture = p.committed, requests = p.committed_requests] {
    write_draft(picture, requests);
    if (process_->writing) return;
    process_->writing = true;
    write();
  });
}

void Head::write_draft(const std::shared_ptr<const Published>& picture, const RequestLog& requests) {
  Process& p = *process_;
  p.draft = p.log->write_draft(log_folder_, picture->state, requests);
  if (!*p.draft) return;
  std::set<std::string> named;
  picture->state.jobs().for_each([&](std::uint64_t, const Job& job) {
    named.insert(job.spec->launch.script_hash);
    named.insert(job.spec->launch.environment_hash);
  });
  static_cast<void>(p.blobs->sweep(named));  // what stays goes with the next
}

void Head::adopt_draft() {
  Process& p = *process_;
  p.drafting = false;
  Status done = *std::exchange(p.draft, std::nullopt);
  if (done) done = p.log->adopt_draft(p.draft_position);
  if (!done) p.log->put_snapshot_off();
  if (done) ++kernel_.counts().snapshots;
  kernel_.note("head: snapshot at {}: {}", p.draft_position.value, done ? "adopted" : text_of(done.error()));
}

void Head::end_cleanly() {
  Process& p = *process_;
  if (p.drafting) return later(Millis(1000), [this] { end_cleanly(); });
  const Status done = p.log->snapshot(p.controller->state(), p.controller->requests());
  kernel_.note("head: ends{}", done ? "" : ": " + text_of(done.error()));
  die(Death::process);
}

void Head::send(LogPosition durable) {
  for (Outgoing& letter : process_->controller->take_outgoing(durable)) send(std::move(letter));
}

// As slurmctld's own child: it ends with it, and is run again.
void Head::run(const SiteScript& script) {
  const bool fails = kernel_.rng.percent(5);
  later(Millis(kernel_.rng.between(1, 3000)), [this, script, fails] {
    kernel_.note("head: {} of {} {}", script.is_epilog ? "epilog" : "prolog", name_of(script.job),
                 fails ? "fails" : "is done");
    push(SiteScriptEnded{script.job, script.is_epilog, fails ? "it failed" : ""});
  });
}

void Head::send(Outgoing letter) {
  if (const auto* script = std::get_if<SiteScript>(&letter.what)) return run(*script);
  if (std::holds_alternative<SiteProgram>(letter.what)) return;
  auto* order = std::get_if<NodeOrder>(&letter.what);
  auto* launch = order ? std::get_if<LaunchBatch>(order) : nullptr;
  if (launch && !launch->spec.launch.script_hash.empty()) {
    auto whole = complete_launch(*launch, process_->controller->config(), "slurm.conf",
                                 [this](const std::string& hash) { return process_->blobs->get(hash); });
    if (!whole) violated(fmt::format("job {} cannot be launched: {}", launch->job.job.value, text_of(whole.error())));
    *launch = std::move(*whole);
  }
  auto link = links_.find(letter.to);
  if (link == links_.end()) return;
  const auto& [wire, to_peer] = link->second;
  if (order)
    wire->send(End::peer,
               [to_peer, bytes = encode(Ordered{std::move(*order)})] { to_peer(carried<Ordered>(bytes).order); });
  else
    wire->send(End::peer, [to_peer, bytes = encode(std::get<ClientAnswer>(letter.what))] {
      to_peer(carried<ClientAnswer>(bytes));
    });
}

}  // namespace slurmxx::sim
