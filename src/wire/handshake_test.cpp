// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/handshake.h"

#include <doctest/doctest.h>

#include "wire/slurm_key.h"

namespace slurmxx {

namespace {

constexpr Instant now{1'700'000'000};

class CountingRandom : public Random {
 public:
  explicit CountingRandom(unsigned char seed) : next_(seed) {}
  std::string bytes(std::size_t count) override {
    std::string out(count, '\0');
    for (char& c : out) c = static_cast<char>(next_ = static_cast<unsigned char>(next_ * 5 + 1));
    return out;
  }

 private:
  unsigned char next_;
};

// A client (uid 1000) and a server (uid 64030) that share a key.
struct Pair {
  CountingRandom client_random{1}, server_random{2};
  SlurmKeyAuth client_auth = auth(Uid(1000), client_random), server_auth = auth(Uid(64030), server_random);
  HandshakeOptions client_options{protocol_versions, "auth/slurm", {}, {Uid(0), Uid(64030)}};
  HandshakeOptions server_options{protocol_versions, "auth/slurm", {}, {}};

  static SlurmKeyAuth auth(Uid uid, Random& random) {
    auto made = SlurmKeyAuth::create({std::string(32, 'k')}, {"c1", uid, Gid(uid.value)}, random);
    REQUIRE(made);
    made->set_now(now);
    return std::move(*made);
  }
  ClientHandshake client() { return ClientHandshake(client_options, {client_auth, client_random}); }
  ServerHandshake server() { return ServerHandshake(server_options, {server_auth, server_random}); }
};

template <class T>
std::string problem(const Result<T>& result) {
  return result ? std::string("accepted") : result.error().message;
}

bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("after a handshake both sides know each other and speak under the same keys") {
  Pair pair;
  auto client = pair.client();
  auto hello = client.hello();
  REQUIRE(hello);
  auto accepted = pair.server().accept(*hello);
  REQUIRE(accepted);
  CHECK(accepted->established.peer == Peer{Uid(1000), Gid(1000)});
  auto done = client.finish(accepted->answer);
  REQUIRE(done);
  CHECK(done->peer.uid == Uid(64030));
  CHECK(done->version == 1);
  const Message message{RequestId(5), 2, "there"};
  auto there = accepted->established.session.open(done->session.seal(message, now), now);
  REQUIRE(there);
  CHECK(*there == message);
  auto back = done->session.open(accepted->established.session.seal(message, now), now);
  REQUIRE(back);
  CHECK(*back == message);
}

TEST_CASE("a hello with any byte altered or cut is refused by the server") {
  Pair sender;
  const auto hello = sender.client().hello();
  REQUIRE(hello);
  for (std::size_t at = 0; at < hello->size(); ++at) {
    CAPTURE(at);
    std::string altered = *hello;
    altered[at] ^= 1;
    Pair fresh;  // a server that has seen no credential yet: the refusal is not about a replay
    CHECK(!fresh.server().accept(altered));
    CHECK(!fresh.server().accept(std::string_view(*hello).substr(0, at)));
  }
  CHECK(sender.server().accept(*hello));
}

TEST_CASE("an answer with any byte altered or cut is refused by the client") {
  std::size_t size = 1;
  for (std::size_t at = 0; at < size; ++at) {
    CAPTURE(at);
    Pair pair;
    auto whole = pair.client();
    auto hello = whole.hello();
    REQUIRE(hello);
    auto accepted = pair.server().accept(*hello);
    REQUIRE(accepted);
    size = accepted->answer.size();
    std::string altered = accepted->answer;
    altered[at] ^= 1;
    CHECK(!whole.finish(altered));
  }
  CHECK(size > 100);
}

TEST_CASE("a recorded hello cannot be played again, and an answer fits one hello only") {
  Pair pair;
  auto first = pair.client(), second = pair.client();
  auto hello = first.hello(), other = second.hello();
  REQUIRE(hello);
  REQUIRE(other);
  auto accepted = pair.server().accept(*hello);
  REQUIRE(accepted);
  CHECK(says(problem(pair.server().accept(*hello)), "replay"));
  CHECK(says(problem(second.finish(accepted->answer)), "another hello"));
}

TEST_CASE("a server that is neither SlurmUser nor root is refused by name") {
  Pair pair;
  pair.client_options.server_uids = {Uid(0)};
  auto client = pair.client();
  auto hello = client.hello();
  REQUIRE(hello);
  auto accepted = pair.server().accept(*hello);
  REQUIRE(accepted);
  CHECK(says(problem(client.finish(accepted->answer)), "uid 64030"));
}

TEST_CASE("versions and kinds that do not meet are refused, and the client learns why") {
  Pair pair;
  pair.client_options.versions = {7, 9};
  auto client = pair.client();
  auto hello = client.hello();
  REQUIRE(hello);
  auto refused = pair.server().accept(*hello);
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::protocol_version);
  auto told = client.finish(refusal_answer(refused.error()));
  REQUIRE(!told);
  CHECK(told.error().code == Errc::protocol_version);
  CHECK(says(told.error().message, "versions 7 to 9"));
  pair.client_options.versions = protocol_versions;
  pair.client_options.auth_kind = "auth/munge";
  auto strange = pair.client().hello();
  REQUIRE(strange);
  CHECK(says(problem(pair.server().accept(*strange)), "auth/munge"));
}

TEST_CASE("over a unix socket the kernel names the peers, and the same hello opens no TCP session") {
  Pair pair;
  pair.client_options.kernel_peer = Peer{Uid(0), Gid(0)};
  auto client = pair.client();
  auto hello = client.hello();
  REQUIRE(hello);
  CHECK(says(problem(pair.server().accept(*hello)), "kernel"));
  pair.server_options.kernel_peer = Peer{Uid(1001), Gid(7)};
  auto accepted = pair.server().accept(*hello);
  REQUIRE(accepted);
  CHECK(accepted->established.peer == Peer{Uid(1001), Gid(7)});
  auto done = client.finish(accepted->answer);
  REQUIRE(done);
  CHECK(accepted->established.session.open(done->session.seal({RequestId(1), 1, "x"}, now), now));
}

}  // namespace slurmxx
