// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/link.h"

#include <algorithm>

namespace slurmxx::sim {

void Link::send(End to, std::function<void()> deliver) {
  Side& there = side(to);
  if (there.lost || !side(other(to)).open) return;
  Rng& rng = kernel_.rng;
  const Millis delay(rng.percent(3) ? rng.between(100, 4000) : rng.between(0, 20));
  there.last = std::max(there.last, kernel_.now() + delay);
  there.coming.emplace_back(there.last, std::move(deliver));
  pump(to);
}

void Link::pump(End to) {
  Side& there = side(to);
  if (there.pumping || there.coming.empty()) return;
  there.pumping = true;
  const MonoTime at = std::max({there.coming.front().first, stalled_until_, kernel_.now()});
  kernel_.after(at - kernel_.now(), [self = shared_from_this(), to] {
    Side& arrived = self->side(to);
    arrived.pumping = false;
    if (arrived.coming.empty()) return;
    if (self->stalled_until_ > self->kernel_.now()) return self->pump(to);
    auto deliver = std::move(arrived.coming.front().second);
    arrived.coming.pop_front();
    if (arrived.open && !arrived.lost) deliver();
    self->pump(to);
  });
}

void Link::notice(End end) {
  Side& here = side(end);
  if (!here.open) return;
  here.open = false;
  side(other(end)).lost = true;
  if (here.closed) std::exchange(here.closed, nullptr)();
}

void Link::close(End by) {
  if (!side(by).open) return;
  send(other(by), [self = shared_from_this(), by] { self->notice(other(by)); });
  side(by).open = false;
  side(by).closed = nullptr;
}

void Link::lose(End to, Millis notice_after) {
  side(to).lost = true;
  side(to).coming.clear();
  kernel_.after(notice_after, [self = shared_from_this(), to] { self->notice(to); });
}

void Link::vanish(End by) {
  side(by).open = false;
  side(by).closed = nullptr;
  lose(other(by), Millis(kernel_.rng.between(20, 40'000)));
}

void Link::cut() {
  ++kernel_.counts().breaks;
  const bool late = kernel_.rng.percent(20);
  for (End end : {End::head, End::peer})
    if (side(end).open) lose(end, Millis(kernel_.rng.between(0, late ? 90'000 : 3'000)));
}

void Link::stall(MonoTime until) { stalled_until_ = std::max(stalled_until_, until); }

}  // namespace slurmxx::sim
