// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/handshake.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "state/codec.h"
#include "wire/crypto.h"

namespace slurmxx {

namespace {

const std::string magic = "slurmxx";
const std::string kernel_kind = "kernel";

struct ClientHello {
  std::string magic;
  std::uint32_t version_min = 0;
  std::uint32_t version_max = 0;
  std::string auth_kind;
  std::string public_key;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "magic", self.magic);
    v(2, "version_min", self.version_min);
    v(3, "version_max", self.version_max);
    v(4, "auth_kind", self.auth_kind);
    v(5, "public_key", self.public_key);
  }
};

struct ServerHello {
  std::string magic;
  std::uint32_t version = 0;
  std::string auth_kind;
  std::string public_key;
  std::uint32_t refusal_code = 0;
  std::string refusal;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "magic", self.magic);
    v(2, "version", self.version);
    v(3, "auth_kind", self.auth_kind);
    v(4, "public_key", self.public_key);
    v(5, "refusal_code", self.refusal_code);
    v(6, "refusal", self.refusal);
  }
};

// Either side's first frame: a hello's bytes as they were signed, so that a later version may add fields.
struct Signed {
  std::string hello;
  std::string credential;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "hello", self.hello);
    v(2, "credential", self.credential);
  }
};

// This frame never changes its fields, so it has one form only: any other byte in it is an alteration.
Result<Signed> read_signed(std::string_view bytes) {
  TRY_ASSIGN(Signed frame, decode<Signed>(bytes));
  if (encode(frame) != bytes) return fail(Errc::protocol_version, "it is not in its one canonical form");
  return frame;
}

// What a credential vouches for: all of the hello; the server's names the client's frame too, so that an answer fits
// one question only.
std::string vouched(std::string_view hello) { return crypto::sha256("slurmxx client hello" + std::string(hello)); }

std::string vouched(std::string_view hello, std::string_view client_frame) {
  return crypto::sha256("slurmxx server hello" + crypto::sha256(client_frame) + std::string(hello));
}

struct Directions {
  std::string client_to_server;
  std::string server_to_client;
};

Result<Directions> derive(const std::string& own_secret, const std::string& peer_public, std::string_view transcript) {
  TRY_ASSIGN(const std::string shared, crypto::x25519(own_secret, peer_public));
  const std::string key = crypto::hkdf_extract(crypto::sha256(transcript), shared);
  return Directions{crypto::hkdf_expand(key, "slurmxx client to server"),
                    crypto::hkdf_expand(key, "slurmxx server to client")};
}

Error refuse(std::string what) { return fail(Errc::protocol_authentication, "handshake: " + what); }

// --- the server's ladder ---------------------------------------------------------------------------------------

struct Greeting {
  const HandshakeOptions& options;
  Auth& auth;
  std::string_view bytes;
  Signed frame{};
  ClientHello hello{};
  std::uint32_t version = 0;
  Peer peer{};
};

Status hello_is_readable(Greeting& greeting) {
  auto frame = read_signed(greeting.bytes);
  if (!frame) return refuse("the hello cannot be read: " + frame.error().message);
  auto hello = decode<ClientHello>(frame->hello);
  if (!hello) return refuse("the hello cannot be read: " + hello.error().message);
  greeting.frame = std::move(*frame);
  greeting.hello = std::move(*hello);
  if (greeting.hello.magic != magic) return refuse("the peer does not speak slurmxx's protocol");
  return {};
}

Status versions_meet(Greeting& greeting) {
  const VersionRange ours = greeting.options.versions;
  const std::uint32_t low = std::max(ours.min, greeting.hello.version_min);
  const std::uint32_t high = std::min(ours.max, greeting.hello.version_max);
  if (low > high)
    return fail(Errc::protocol_version,
                fmt::format("handshake: the client speaks protocol versions {} to {}, this server {} to {}",
                            greeting.hello.version_min, greeting.hello.version_max, ours.min, ours.max));
  greeting.version = high;
  return {};
}

Status kinds_agree(Greeting& greeting) {
  const std::string& ours = greeting.options.kernel_peer ? kernel_kind : greeting.options.auth_kind;
  if (greeting.hello.auth_kind != ours)
    return refuse(fmt::format("the client authenticates by {}, this server by {} (AuthType in slurm.conf)",
                              greeting.hello.auth_kind, ours));
  return {};
}

Status client_is_known(Greeting& greeting) {
  if (greeting.options.kernel_peer) {
    greeting.peer = *greeting.options.kernel_peer;
    return {};
  }
  auto credential = greeting.auth.check(greeting.frame.credential);
  if (!credential) return refuse("the client's credential: " + credential.error().message);
  if (!crypto::equal(credential->payload, vouched(greeting.frame.hello)))
    return refuse("the client's credential was made for another hello");
  greeting.peer = {credential->uid, credential->gid};
  return {};
}

constexpr std::array server_ladder = {hello_is_readable, versions_meet, kinds_agree, client_is_known};

// --- the client's ladder ---------------------------------------------------------------------------------------

struct Answer {
  const HandshakeOptions& options;
  Auth& auth;
  std::string_view client_hello;
  std::string_view bytes;
  Signed frame{};
  ServerHello hello{};
  Peer peer{};
};

Status answer_is_readable(Answer& answer) {
  auto frame = read_signed(answer.bytes);
  if (!frame) return refuse("the server's answer cannot be read: " + frame.error().message);
  auto hello = decode<ServerHello>(frame->hello);
  if (!hello) return refuse("the server's answer cannot be read: " + hello.error().message);
  answer.frame = std::move(*frame);
  answer.hello = std::move(*hello);
  if (answer.hello.magic != magic) return refuse("the server does not speak slurmxx's protocol");
  return {};
}

Status server_is_willing(Answer& answer) {
  if (answer.hello.refusal.empty()) return {};
  return fail(answer.hello.refusal_code == static_cast<std::uint32_t>(Errc::protocol_version)
                  ? Errc::protocol_version
                  : Errc::protocol_authentication,
              "refused by the server: " + answer.hello.refusal);
}

Status version_was_offered(Answer& answer) {
  const VersionRange ours = answer.options.versions;
  if (answer.hello.version < ours.min || answer.hello.version > ours.max)
    return fail(Errc::protocol_version,
                fmt::format("handshake: the server chose protocol version {}, offered were {} to {}",
                            answer.hello.version, ours.min, ours.max));
  return {};
}

Status answer_kind_agrees(Answer& answer) {
  const std::string& ours = answer.options.kernel_peer ? kernel_kind : answer.options.auth_kind;
  if (answer.hello.auth_kind != ours)
    return refuse(fmt::format("the server authenticates by {}, this client by {}", answer.hello.auth_kind, ours));
  return {};
}

Status server_is_known(Answer& answer) {
  if (answer.options.kernel_peer) {
    answer.peer = *answer.options.kernel_peer;
    return {};
  }
  auto credential = answer.auth.check(answer.frame.credential);
  if (!credential) return refuse("the server's credential: " + credential.error().message);
  if (!crypto::equal(credential->payload, vouched(answer.frame.hello, answer.client_hello)))
    return refuse("the server's credential was made for another hello");
  answer.peer = {credential->uid, credential->gid};
  return {};
}

Status server_is_trusted(Answer& answer) {
  const auto& uids = answer.options.server_uids;
  if (std::find(uids.begin(), uids.end(), answer.peer.uid) == uids.end())
    return refuse(fmt::format("the server runs as uid {}, which is neither SlurmUser nor root", answer.peer.uid.value));
  return {};
}

constexpr std::array client_ladder = {answer_is_readable, server_is_willing, version_was_offered,
                                      answer_kind_agrees, server_is_known,   server_is_trusted};

}  // namespace

Result<std::string> ClientHandshake::hello() {
  SLURMXX_CHECK(stage_ == Stage::fresh);
  stage_ = Stage::waiting;
  ClientHello hello;
  hello.magic = magic;
  hello.version_min = options_.versions.min;
  hello.version_max = options_.versions.max;
  hello.auth_kind = options_.kernel_peer ? kernel_kind : options_.auth_kind;
  if (!options_.kernel_peer) {
    auto keys = crypto::x25519_keys(ports_.random.bytes(crypto::key_bytes));
    secret_key_ = std::move(keys.secret_key);
    hello.public_key = std::move(keys.public_key);
  }
  Signed frame{encode(hello), {}};
  if (!options_.kernel_peer) {
    TRY_ASSIGN(frame.credential, ports_.auth.make_credential(vouched(frame.hello)));
  }
  hello_ = encode(frame);
  return hello_;
}

Result<Established> ClientHandshake::finish(std::string_view bytes) {
  SLURMXX_CHECK(stage_ == Stage::waiting);
  stage_ = Stage::over;
  Answer answer{options_, ports_.auth, hello_, bytes};
  for (const auto& step : client_ladder) TRY(step(answer));
  if (options_.kernel_peer) return Established{Session::trusted(), answer.peer, answer.hello.version};
  TRY_ASSIGN(Directions keys, derive(secret_key_, answer.hello.public_key, hello_ + std::string(bytes)));
  return Established{Session::with_keys({keys.client_to_server, keys.server_to_client}), answer.peer,
                     answer.hello.version};
}

Result<Accepted> ServerHandshake::accept(std::string_view bytes) {
  SLURMXX_CHECK(!over_);
  over_ = true;
  Greeting greeting{options_, ports_.auth, bytes};
  for (const auto& step : server_ladder) TRY(step(greeting));
  ServerHello answer;
  answer.magic = magic;
  answer.version = greeting.version;
  answer.auth_kind = greeting.hello.auth_kind;
  if (options_.kernel_peer)
    return Accepted{encode(Signed{encode(answer), {}}), {Session::trusted(), greeting.peer, greeting.version}};
  auto keys = crypto::x25519_keys(ports_.random.bytes(crypto::key_bytes));
  answer.public_key = keys.public_key;
  Signed frame{encode(answer), {}};
  TRY_ASSIGN(frame.credential, ports_.auth.make_credential(vouched(frame.hello, bytes)));
  const std::string answer_bytes = encode(frame);
  TRY_ASSIGN(Directions ways, derive(keys.secret_key, greeting.hello.public_key, std::string(bytes) + answer_bytes));
  return Accepted{
      answer_bytes,
      {Session::with_keys({ways.server_to_client, ways.client_to_server}), greeting.peer, greeting.version}};
}

std::string refusal_answer(const Error& error) {
  ServerHello answer;
  answer.magic = magic;
  answer.refusal_code = static_cast<std::uint32_t>(error.code);
  answer.refusal = text_of(error);
  return encode(Signed{encode(answer), {}});
}

}  // namespace slurmxx
