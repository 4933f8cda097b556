// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/chaos.h"

namespace slurmxx::sim {

void Chaos::begin() {
  keep_head_up();
  if (!kernel_.options().faults) return;
  Rng& rng = kernel_.rng;
  const std::vector<std::int64_t> paces{3'000, 8'000, 20'000, 60'000};
  pace_ms_ = rng.pick(paces);
  for (auto& machine : machines_) {
    if (rng.percent(20)) machine->faults().prolog_fails = 3;
    if (rng.percent(20)) machine->faults().epilog_fails = 3;
    if (rng.percent(20)) machine->faults().start_fails = 3;
    if (rng.percent(20)) machine->faults().keep_fails = 3;
  }
  if (rng.percent(20)) head_.disk_faults().errors_per_mille = 2;
  kernel_.after(Millis(rng.between(1000, pace_ms_)), [this] { act(); });
}

// systemd: the controller is started again when it is down.
void Chaos::keep_head_up() {
  kernel_.after(Millis(kernel_.rng.percent(80) ? kernel_.rng.between(200, 3000) : kernel_.rng.between(3000, 60'000)),
                [this] {
                  head_.boot();
                  keep_head_up();
                });
}

void Chaos::keep_machine_up(Machine& machine, Millis after) {
  kernel_.after(after, [&machine] { machine.start_slurmd(); });
}

void Chaos::act() {
  if (ended_) return;
  Rng& rng = kernel_.rng;
  if (rng.percent(20)) sruns_.kill_one();
  if (rng.percent(35))
    hurt_head();
  else
    hurt_machine();
  kernel_.after(Millis(rng.between(1, pace_ms_ * 2)), [this] { act(); });
}

void Chaos::hurt_head() {
  Rng& rng = kernel_.rng;
  const std::int64_t kind = rng.between(0, 99);
  if (kind < 15) return head_.kill();
  if (kind < 30) return head_.power_cut();
  if (kind < 60) return head_.kill_in_write(static_cast<std::uint64_t>(rng.between(0, 12)));
  if (kind < 70) return head_.stop();
  if (kind < 80) {
    const std::int64_t by = rng.between(-300, 300);
    if (std::abs(wall_moved_ + by) > 600) return;
    wall_moved_ += by;
    kernel_.note("the wall clock jumps by {} s", by);
    return kernel_.shift_wall(Seconds(by));
  }
  if (kind < 86) return head_.hang(Millis(rng.percent(70) ? rng.between(50, 5000) : rng.between(5000, 60'000)));
  std::vector<std::shared_ptr<Link>> links;
  for (const auto& [id, link] : head_.links()) links.push_back(link.first);
  if (!links.empty()) rng.pick(links)->cut();
}

void Chaos::hurt_machine() {
  Rng& rng = kernel_.rng;
  Machine& machine = *rng.pick(machines_);
  const std::int64_t kind = rng.between(0, 99);
  if (kind < 25) {
    machine.kill_slurmd();
    return keep_machine_up(machine, Millis(rng.percent(70) ? rng.between(50, 3000) : rng.between(3000, 90'000)));
  }
  if (kind < 40) {
    machine.reboot();
    return keep_machine_up(machine, Millis(rng.percent(60) ? rng.between(100, 20'000) : rng.between(20'000, 120'000)));
  }
  if (kind < 55) return machine.kill_a_stepd();
  if (kind < 75) return machine.break_session();
  if (kind < 80) return machine.meet_ghost();
  if (kind < 87) return machine.hang(Millis(rng.percent(60) ? rng.between(50, 10'000) : rng.between(10'000, 90'000)));
  machine.part(Millis(rng.percent(60) ? rng.between(100, 20'000) : rng.between(20'000, 120'000)));
  if (rng.percent(50)) machine.break_session();
}

void Chaos::end() {
  ended_ = true;
  kernel_.note("everything is mended");
  head_.disk_faults() = {};
  head_.last_config();
  head_.boot();
  for (auto& machine : machines_) {
    machine->faults() = {};
    machine->start_slurmd();
  }
}

}  // namespace slurmxx::sim
