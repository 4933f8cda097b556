// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Server, Stream and Uplink against each other over real sockets, in a folder of the test's own.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <poll.h>
#include <array>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <future>

#include "adapters/auth/make_auth.h"
#include "adapters/clock/clock.h"
#include "adapters/net/listener.h"
#include "adapters/net/server.h"
#include "adapters/net/uplink.h"
#include "adapters/system_random.h"
#include "wire/slurm_key.h"

namespace slurmxx {
namespace {

struct Folder {
  Folder() {
    std::array<char, 32> name{"/tmp/slurmxx-net-XXXXXX"};
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name.data();
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

// Answers every message with its own body, doubled.
struct EchoServer {
  EchoServer(const std::string& kind, Auth& auth, Random& random, Millis stalled_max = Millis(60'000))
      : EchoServer(ServerOptions{.auth_kind = kind, .stalled_max = stalled_max}, auth, random) {}
  EchoServer(const ServerOptions& options, Auth& auth, Random& random)
      : server(options, {auth, random},
               {[this](SessionId from, const Peer& peer, Message message) {
                  peer_uid = peer.uid;
                  if (message.body == "harm") return Status(fail("this peer means harm"));
                  server.send(from, message.type, message.body + message.body, more);
                  return Status();
                },
                [this](SessionId) { ++closed; }, [](const std::string&) {}, [this](SessionId) { ++drained; }}) {}
  ~EchoServer() { stop(); }
  void start() {
    thread = std::thread([this] {
      while (!over) server.serve(Millis(1000));
    });
  }
  void stop() {
    over = true;
    server.wake();
    if (thread.joinable()) thread.join();
  }
  Server server;
  Uid peer_uid{12345};
  std::atomic<int> closed = 0;
  std::atomic<int> drained = 0;
  std::atomic<bool> more = false;
  std::atomic<bool> over = false;
  std::thread thread;
};

std::string ask(Stream& stream, const std::string& body) {
  REQUIRE(stream.send({RequestId(7), 1, body}, wall_now()));
  const MonoTime until = mono_now() + Seconds(20);
  while (stream.wants_write() && wait_for(stream.fd(), POLLOUT, until)) REQUIRE(stream.flush());
  while (wait_for(stream.fd(), POLLIN, until)) {
    auto messages = stream.receive(wall_now());
    if (!messages) return "error: " + text_of(messages.error());
    if (!messages->empty()) return messages->front().body;
  }
  return "no answer";
}

SlurmKeyAuth key_auth(const std::string& key, Random& random) {
  auto made = SlurmKeyAuth::create({key}, {"c1", Uid(geteuid()), Gid(getegid())}, random);
  REQUIRE(made);
  made->set_now(wall_now());
  return std::move(*made);
}

}  // namespace

TEST_CASE("over a unix socket the kernel names the peer and messages go both ways") {
  Folder folder;
  SystemRandom random;
  auto auth = no_auth();
  EchoServer echo("auth/slurm", *auth, random);
  REQUIRE(echo.server.listen_unix(folder.path + "/s"));
  echo.start();
  auto stream =
      open_stream({folder.path + "/s", "", 0}, {"auth/slurm", {Uid(geteuid())}, Millis(10'000)}, {*auth, random});
  REQUIRE(stream);
  CHECK(stream->peer().uid == Uid(geteuid()));
  CHECK(ask(*stream, "ab") == "abab");
  CHECK(ask(*stream, std::string(3'000'000, 'x')).size() == 6'000'000);
  echo.stop();
  CHECK(echo.peer_uid == Uid(geteuid()));
}

TEST_CASE("a message that the handler refuses ends its session alone") {
  Folder folder;
  SystemRandom random;
  auto auth = no_auth();
  EchoServer echo("auth/slurm", *auth, random);
  REQUIRE(echo.server.listen_unix(folder.path + "/s"));
  echo.start();
  const OpenOptions options{"auth/slurm", {Uid(geteuid())}, Millis(10'000)};
  auto bad = open_stream({folder.path + "/s", "", 0}, options, {*auth, random});
  auto good = open_stream({folder.path + "/s", "", 0}, options, {*auth, random});
  REQUIRE(bad);
  REQUIRE(good);
  CHECK(ask(*bad, "harm").starts_with("error: "));
  CHECK(ask(*good, "ab") == "abab");
  CHECK(echo.closed == 1);
}

TEST_CASE("a peer that does not read what it asked for is dropped, and others are served meanwhile") {
  Folder folder;
  SystemRandom random;
  auto auth = no_auth();
  EchoServer echo("auth/slurm", *auth, random, Millis(300));
  REQUIRE(echo.server.listen_unix(folder.path + "/s"));
  echo.start();
  const Endpoint endpoint{folder.path + "/s", "", 0};
  const OpenOptions options{"auth/slurm", {Uid(geteuid())}, Millis(10'000)};
  auto deaf = open_stream(endpoint, options, {*auth, random});
  auto good = open_stream(endpoint, options, {*auth, random});
  REQUIRE(deaf);
  REQUIRE(good);
  REQUIRE(deaf->send({RequestId(7), 1, std::string(3'000'000, 'x')}, wall_now()));
  const MonoTime until = mono_now() + Seconds(30);
  while (deaf->wants_write() && wait_for(deaf->fd(), POLLOUT, until)) REQUIRE(deaf->flush());
  while (echo.closed == 0 && mono_now() < until) CHECK(ask(*good, "still") == "stillstill");
  CHECK(echo.closed == 1);
}

TEST_CASE("a part that another follows is followed only when it has been read") {
  Folder folder;
  SystemRandom random;
  auto auth = no_auth();
  EchoServer echo("auth/slurm", *auth, random);
  echo.more = true;
  REQUIRE(echo.server.listen_unix(folder.path + "/s"));
  echo.start();
  auto stream =
      open_stream({folder.path + "/s", "", 0}, {"auth/slurm", {Uid(geteuid())}, Millis(10'000)}, {*auth, random});
  REQUIRE(stream);
  REQUIRE(stream->send({RequestId(7), 1, std::string(3'000'000, 'x')}, wall_now()));
  const MonoTime until = mono_now() + Seconds(30);
  while (stream->wants_write() && wait_for(stream->fd(), POLLOUT, until)) REQUIRE(stream->flush());
  CHECK(echo.drained == 0);  // the socket holds less than that
  while (echo.drained == 0 && wait_for(stream->fd(), POLLIN, until)) static_cast<void>(stream->receive(wall_now()));
  CHECK(echo.drained == 1);
}

TEST_CASE("over TCP the key decides: the same key is served, another one is refused") {
  SystemRandom random;
  SlurmKeyAuth server_auth = key_auth(std::string(64, 'k'), random);
  EchoServer echo("auth/slurm", server_auth, random);
  REQUIRE(echo.server.listen_tcp(0));
  echo.start();
  const Endpoint endpoint{"", "127.0.0.1", echo.server.port()};
  const OpenOptions options{"auth/slurm", {Uid(geteuid())}, Millis(10'000)};
  SlurmKeyAuth good = key_auth(std::string(64, 'k'), random);
  auto stream = open_stream(endpoint, options, {good, random});
  REQUIRE(stream);
  CHECK(ask(*stream, "tcp") == "tcptcp");
  SlurmKeyAuth bad = key_auth(std::string(64, 'b'), random);
  CHECK(!open_stream(endpoint, options, {bad, random}));
  CHECK(ask(*stream, "still") == "stillstill");
}

TEST_CASE("while the one who checks credentials hangs, who is known already is served") {
  struct HangingAuth : Auth {
    Result<std::string> make_credential(std::string_view) override { return std::string("mine"); }
    Result<Credential> check(std::string_view) override {
      asked.set_value();
      go_on.get_future().wait();
      return fail(Errc::protocol_authentication, "too late");
    }
    std::promise<void> asked, go_on;
  };
  Folder folder;
  SystemRandom random;
  HangingAuth hanging;
  EchoServer echo("auth/slurm", hanging, random);
  REQUIRE(echo.server.listen_tcp(0));
  REQUIRE(echo.server.listen_unix(folder.path + "/s"));
  echo.start();
  const OpenOptions options{"auth/slurm", {Uid(geteuid())}, Millis(10'000)};
  SlurmKeyAuth key = key_auth(std::string(64, 'k'), random);
  std::thread far([&] { CHECK(!open_stream({"", "127.0.0.1", echo.server.port()}, options, {key, random})); });
  hanging.asked.get_future().wait();
  auto near = open_stream({folder.path + "/s", "", 0}, options, {key, random});
  REQUIRE(near);
  CHECK(ask(*near, "near") == "nearnear");
  hanging.go_on.set_value();
  far.join();
}

TEST_CASE("connections that say nothing give way to one that shakes hands") {
  Folder folder;
  SystemRandom random;
  auto auth = no_auth();
  EchoServer echo(ServerOptions{.auth_kind = "auth/slurm", .connections_max = 4}, *auth, random);
  REQUIRE(echo.server.listen_unix(folder.path + "/s"));
  echo.start();
  const Endpoint endpoint{folder.path + "/s", "", 0};
  std::vector<FileDescriptor> silent;
  for (int i = 0; i < 12; ++i) {
    auto fd = connect_to(endpoint, mono_now() + Seconds(10));
    REQUIRE(fd);
    silent.push_back(std::move(*fd));
  }
  auto stream = open_stream(endpoint, {"auth/slurm", {Uid(geteuid())}, Millis(10'000)}, {*auth, random});
  REQUIRE(stream);
  CHECK(ask(*stream, "ab") == "abab");
}

TEST_CASE("without a descriptor left a newcomer takes the place of another, or is turned away") {
  Folder folder;
  Acceptor acceptor;
  auto listener = listen_on_port(0);
  REQUIRE(listener);
  const Endpoint endpoint{"", "127.0.0.1", port_of(listener->get())};
  const auto knock = [&] { return connect_to(endpoint, mono_now() + Seconds(10)); };
  auto one = knock(), two = knock(), three = knock();
  REQUIRE(three);
  FileDescriptor held(dup(0));
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none_left{static_cast<rlim_t>(held.get()) + 1, before.rlim_max};
  std::vector<FileDescriptor> lower;  // whatever number below is free
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none_left) == 0);
  for (int fd = dup(0); fd >= 0; fd = dup(0)) lower.emplace_back(fd);
  int asked = 0;
  FileDescriptor taken = acceptor.next(listener->get(), [&] {
    if (++asked > 1) return false;
    held = {};
    return true;
  });
  const bool first_came = static_cast<bool>(taken);
  const bool others_came = static_cast<bool>(acceptor.next(listener->get(), [] { return false; }));
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(first_came);
  CHECK(!others_came);
  CHECK(!wait_for(listener->get(), POLLIN, mono_now()));  // nobody is left in the queue
}

TEST_CASE("an address in digits is connected to, and a name is looked up by another") {
  auto listener = listen_on_port(0);
  REQUIRE(listener);
  const std::uint16_t port = port_of(listener->get());
  CHECK(begin_connect_numeric("127.0.0.1", port));
  CHECK(wait_for(listener->get(), POLLIN, mono_now() + Seconds(10)));
  const auto name = begin_connect_numeric("localhost", port);
  REQUIRE(!name);
  CHECK(name.error().message == "localhost: not an address in digits");
  CHECK(numeric_address("127.0.0.1").value() == "127.0.0.1");
  CHECK(!numeric_address("no.such.host.invalid"));
  const auto found = numeric_address("localhost");
  REQUIRE(found);
  CHECK((*found == "127.0.0.1" || *found == "::1"));
}

TEST_CASE("an uplink connects when the server comes, and again when it comes back") {
  Folder folder;
  SystemRandom random;
  auto auth = no_auth();
  std::mutex mutex;
  std::condition_variable news;
  int connected = 0;
  int closed = 0;
  std::vector<std::string> got;
  auto tell = [&](auto&& change) {
    const std::lock_guard lock(mutex);
    change();
    news.notify_all();
  };
  auto wait = [&](auto&& condition) {
    std::unique_lock lock(mutex);
    return news.wait_for(lock, std::chrono::seconds(20), condition);
  };
  UplinkOptions options{
      {{folder.path + "/s", "", 0}}, {"auth/slurm", {Uid(geteuid())}, Millis(10'000)}, Millis(5), Millis(20)};
  Uplink uplink(options, {*auth, random},
                {[&](const Peer&) { tell([&] { ++connected; }); },
                 [&](Message message) { tell([&] { got.push_back(message.body); }); }, [&] { tell([&] { ++closed; }); },
                 [](const std::string&) {}});
  uplink.send(3, "nobody hears this");
  uplink.start();
  for (int life = 1; life <= 2; ++life) {
    EchoServer echo("auth/slurm", *auth, random);
    REQUIRE(echo.server.listen_unix(folder.path + "/s"));
    echo.start();
    REQUIRE(wait([&] { return connected == life; }));
    uplink.send(3, "hi");
    REQUIRE(wait([&] { return got.size() == static_cast<std::size_t>(life); }));
    CHECK(got.back() == "hihi");
    if (life == 2) uplink.stop();
  }
  REQUIRE(wait([&] { return closed == 2; }));
}

}  // namespace slurmxx
