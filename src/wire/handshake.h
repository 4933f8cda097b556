// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The first frame each way: who is there, which protocol version, and the keys of the session. Each side signs an
// ephemeral X25519 key with a credential (ports/auth.h), so nothing secret travels, and a recorded handshake is useless
// to who plays it again. Over a unix socket the kernel names the peer, and neither credential nor MAC is used.
// Bytes in, bytes out. It decides who the peer is, never what that peer may do. Layout: docs/formats/wire.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ports/auth.h"
#include "ports/random.h"
#include "wire/session.h"

namespace slurmxx {

struct VersionRange {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
  bool operator==(const VersionRange&) const = default;
};
inline constexpr VersionRange protocol_versions{1, 1};  // what this build speaks

struct Peer {
  Uid uid;
  Gid gid;
  bool operator==(const Peer&) const = default;
};

struct HandshakeOptions {
  VersionRange versions = protocol_versions;
  std::string auth_kind;            // AuthType: "auth/slurm", "auth/munge"; not used with kernel_peer
  std::optional<Peer> kernel_peer;  // SO_PEERCRED of a unix socket: no credential, no MAC
  std::vector<Uid> server_uids;     // client only: who may answer as the server (SlurmUser, root); empty refuses all
};

// Both outlive the handshake. Neither is asked for anything when the kernel names the peer.
struct HandshakePorts {
  Auth& auth;
  Random& random;
};

struct Established {
  Session session;
  Peer peer;
  std::uint32_t version = 0;
};

class ClientHandshake {
 public:
  ClientHandshake(HandshakeOptions options, HandshakePorts ports) : options_(std::move(options)), ports_(ports) {}

  Result<std::string> hello();                          // the first frame to send; once
  Result<Established> finish(std::string_view answer);  // the server's first frame; once

 private:
  enum class Stage { fresh, waiting, over };

  HandshakeOptions options_;
  HandshakePorts ports_;
  Stage stage_ = Stage::fresh;
  std::string secret_key_;
  std::string hello_;
};

struct Accepted {
  std::string answer;  // the frame to send before anything else
  Established established;
};

class ServerHandshake {
 public:
  ServerHandshake(HandshakeOptions options, HandshakePorts ports) : options_(std::move(options)), ports_(ports) {}

  Result<Accepted> accept(std::string_view hello);  // once

 private:
  HandshakeOptions options_;
  HandshakePorts ports_;
  bool over_ = false;
};

// What a server sends before it closes, so that the client's error names the cause. Not signed: good for prose only.
std::string refusal_answer(const Error& error);

}  // namespace slurmxx
