// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A snapshot that cannot be written costs only a longer replay: it is told and tried again later.
#include "daemons/slurmctld/snapshotter.h"

#include <fmt/format.h>

#include "adapters/disk/disk_folder.h"

namespace slurmxx {

std::set<std::string> named_blobs(const State& state) {
  std::set<std::string> named;
  state.jobs().for_each([&](std::uint64_t, const Job& job) {
    named.insert(job.spec->launch.script_hash);
    named.insert(job.spec->launch.environment_hash);
  });
  return named;
}

void Snapshotter::serve(const std::shared_ptr<const Published>& durable, const RequestLog& requests) {
  if (ready_) adopt();
  if (!thread_.joinable() && ports_.log.snapshot_due()) begin(durable, requests);
}

void Snapshotter::begin(std::shared_ptr<const Published> picture, RequestLog requests) {
  position_ = picture->state.position();
  ports_.blobs.begin_sweep();
  thread_ = std::thread([this, picture = std::move(picture), requests = std::move(requests)] {
    written_ = write(picture->state, requests);
    if (written_) sweep_blobs(picture->state);
    ready_ = true;
    ports_.wake();
  });
}

Status Snapshotter::write(const State& state, const RequestLog& requests) {
  TRY_ASSIGN(DiskFolder folder, DiskFolder::open(ports_.log_folder));
  return ports_.log.write_draft(folder, state, requests);
}

void Snapshotter::sweep_blobs(const State& state) {
  const std::size_t removed = ports_.blobs.sweep(named_blobs(state));
  if (removed > 0) ports_.log_line(fmt::format("removed {} scripts and environments of jobs that are gone", removed));
}

void Snapshotter::adopt() {
  thread_.join();
  ready_ = false;
  Status done = written_;
  if (done) done = ports_.log.adopt_draft(position_);
  if (done) return ports_.log_line(fmt::format("snapshot at log position {}", position_.value));
  ports_.log_line(fmt::format("error: no snapshot, the journal grows on: {}: free some space there, or mend the disk",
                              done.error().message));
  ports_.log.put_snapshot_off();
}

void Snapshotter::finish() {
  if (thread_.joinable()) adopt();
}

}  // namespace slurmxx
