// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a process that may not read slurm.key asks of a daemon of its host over a unix socket (SOCK_SEQPACKET: one
// question, one answer): a credential that binds its uid, as the kernel tells it, to a payload; or a look at the
// credential of somebody else. docs/formats/wire.md.
#pragma once

#include <string>

#include "base/ids.h"

namespace slurmxx {

inline constexpr std::size_t proof_bytes_max = 16u << 10;

struct ProofRequest {
  bool check = false;
  std::string bytes;  // the payload to sign, or the credential to look at
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "check", self.check);
    v(2, "bytes", self.bytes);
  }
};

struct ProofReply {
  std::string refusal;  // not empty: why not
  std::string bytes;    // the credential, or the payload of the one looked at
  Uid uid;              // whose it is
  Gid gid;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "refusal", self.refusal);
    v(2, "bytes", self.bytes);
    v(3, "uid", self.uid);
    v(4, "gid", self.gid);
  }
};

}  // namespace slurmxx
