// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/forward_channels.h"

#include <sys/socket.h>
#include <unistd.h>

#include <deque>

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

struct Ends {
  FileDescriptor ours, theirs;
};

Ends socket_pair() {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Two ends of one connection with a channel 7 on each; what passes between them is counted.
struct Bridge {
  ForwardChannels near, far;
  FileDescriptor near_program, far_program;
  std::size_t passed = 0;

  Bridge() {
    Ends a = socket_pair(), b = socket_pair();
    near.open(7, std::move(a.ours));
    far.open(7, std::move(b.ours));
    near_program = std::move(a.theirs);
    far_program = std::move(b.theirs);
  }
  static Status pass(ForwardChannels& from, ForwardChannels& to, std::size_t& passed) {
    std::deque<ForwardMessage> messages;
    TRY(from.serve(true, [&](const ForwardMessage& message) {
      messages.push_back(message);
      return Status();
    }));
    for (ForwardMessage& message : messages) {
      if (const auto* bytes = std::get_if<ForwardBytes>(&message)) passed += bytes->bytes.size();
      TRY(to.take(std::move(message)));
    }
    return {};
  }
  void turn() {
    std::size_t back = 0;
    REQUIRE(pass(near, far, passed));
    REQUIRE(pass(far, near, back));
  }
};

std::size_t read_all(int fd) {
  std::size_t all = 0;
  char bytes[4096];
  for (ssize_t n = 0; (n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0;) all += static_cast<std::size_t>(n);
  return all;
}

std::size_t write_all(int fd, std::size_t count) {
  const std::string bytes(4096, 'x');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t n = send(fd, bytes.data(), std::min(bytes.size(), count - done), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace

TEST_CASE("bytes and their end come out at the other end of a channel, which is over when both sides have ended") {
  Bridge bridge;
  REQUIRE(write(bridge.near_program.get(), "hello", 5) == 5);
  bridge.turn();
  char bytes[8];
  CHECK(read(bridge.far_program.get(), bytes, sizeof bytes) == 5);
  bridge.near_program = FileDescriptor();
  bridge.turn();
  CHECK(read(bridge.far_program.get(), bytes, sizeof bytes) == 0);
  CHECK(!bridge.near.idle());
  bridge.far_program = FileDescriptor();
  bridge.turn();
  bridge.turn();
  CHECK(bridge.near.idle());
  CHECK(bridge.far.idle());
}

TEST_CASE("a program that does not read stops the other after a window, and nothing is lost") {
  Bridge bridge;
  std::size_t sent = 0;
  for (int i = 0; i < 500; ++i) {
    sent += write_all(bridge.near_program.get(), 1 << 20);
    bridge.turn();
  }
  const std::size_t stuck = bridge.passed;
  CHECK(stuck < (2u << 20));
  std::size_t read = 0;
  for (int i = 0; i < 500 && read < sent; ++i) {
    read += read_all(bridge.far_program.get());
    bridge.turn();
  }
  CHECK(read == sent);
}

TEST_CASE("a program that is gone ends its channel, however much was on the way to it") {
  Bridge bridge;
  for (int i = 0; i < 100; ++i) {
    write_all(bridge.near_program.get(), 1 << 20);
    bridge.turn();
  }
  bridge.far_program = FileDescriptor();
  for (int i = 0; i < 100; ++i) {
    write_all(bridge.near_program.get(), 1 << 20);
    bridge.turn();
  }
  char byte = 0;
  CHECK(recv(bridge.near_program.get(), &byte, 1, MSG_DONTWAIT) == 0);  // it is told
  bridge.near_program = FileDescriptor();
  for (int i = 0; i < 100; ++i) bridge.turn();
  CHECK(bridge.near.idle());
  CHECK(bridge.far.idle());
}

TEST_CASE("a side that sends more than its window is not believed") {
  Bridge bridge;
  REQUIRE(bridge.near.take(ForwardBytes{7, std::string(forward_window_bytes, 'x')}));
  CHECK(!bridge.near.take(ForwardBytes{7, "x"}));
  CHECK(bridge.near.take(ForwardBytes{8, "of a channel that is over"}));
}
