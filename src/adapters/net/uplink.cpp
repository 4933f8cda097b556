// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A blocking connect, then poll(2) on the session and on the wake-up.
#include "adapters/net/uplink.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>

#include "adapters/clock/clock.h"
#include "base/check.h"

namespace slurmxx {

Uplink::Uplink(UplinkOptions options, HandshakePorts ports, UplinkHandlers handlers)
    : options_(std::move(options)),
      ports_(ports),
      handlers_(std::move(handlers)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  SLURMXX_CHECK(wake_ && !options_.endpoints.empty());
}

Uplink::~Uplink() { stop(); }

void Uplink::start() {
  thread_ = std::thread([this] { run(); });
}

void Uplink::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  thread_.join();
}

void Uplink::send(MessageType type, std::string body) {
  {
    const std::lock_guard lock(mutex_);
    if (!connected_) return;
    letters_.push_back({type, std::move(body)});
  }
  wake();
}

bool Uplink::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Uplink::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

void Uplink::drain_wake() {
  std::uint64_t count = 0;
  static_cast<void>(!::read(wake_.get(), &count, sizeof count));
}

std::vector<Uplink::Letter> Uplink::take_letters() {
  const std::lock_guard lock(mutex_);
  return std::exchange(letters_, {});
}

void Uplink::run() {
  Millis next = options_.retry_first;
  while (!stopping()) {
    if (connect()) {
      next = options_.retry_first;
      serve();
    }
    if (stopping()) return;
    pause(next);
    next = std::min(next * 2, options_.retry_last);
  }
}

bool Uplink::connect() {
  for (const Endpoint& endpoint : options_.endpoints) {
    Result<Stream> opened = open_stream(endpoint, options_.open, ports_);
    if (opened) {
      stream_.emplace(std::move(*opened));
      last_error_.clear();
      return true;
    }
    const std::string line = text_of(opened.error());
    if (line != last_error_) handlers_.log(line);
    last_error_ = line;
  }
  return false;
}

void Uplink::serve() {
  {
    const std::lock_guard lock(mutex_);
    letters_.clear();
    connected_ = true;
  }
  handlers_.connected(stream_->peer());
  Status status;
  while (status && !stopping()) {
    status = exchange();
    if (!status) break;
    const short events = static_cast<short>(POLLIN | (stream_->wants_write() ? POLLOUT : 0));
    std::array<pollfd, 2> waits{pollfd{stream_->fd(), events, 0}, pollfd{wake_.get(), POLLIN, 0}};
    ::poll(waits.data(), waits.size(), -1);
    if (waits[1].revents != 0) drain_wake();
  }
  if (status) status = exchange();  // what was said before stop()
  const MonoTime until = mono_now() + Seconds(1);
  while (status && stream_->wants_write() && wait_for(stream_->fd(), POLLOUT, until)) status = stream_->flush();
  if (!status && status.error().code != Errc::communication) handlers_.log(text_of(status.error()));
  {
    const std::lock_guard lock(mutex_);
    connected_ = false;
  }
  stream_.reset();
  handlers_.closed();
}

Status Uplink::exchange() {
  for (Letter& letter : take_letters())
    TRY(stream_->send({RequestId(), letter.type, std::move(letter.body)}, wall_now()));
  TRY(stream_->flush());
  TRY_ASSIGN(std::vector<Message> messages, stream_->receive(wall_now()));
  for (Message& message : messages) handlers_.message(std::move(message));
  return {};
}

void Uplink::pause(Millis time) {
  const MonoTime until = mono_now() + time;
  while (!stopping() && wait_for(wake_.get(), POLLIN, until)) drain_wake();
}

}  // namespace slurmxx
