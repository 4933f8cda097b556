// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// auth/slurm: credentials signed with the shared slurm.key. Whoever can read the key can be anybody, so the file
// belongs to SlurmUser with mode 0600; the adapter that reads it checks that. Several keys overlap during a rotation:
// the first signs, all verify. Time and random bytes are ports. Layout: docs/formats/wire.md.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "ports/auth.h"
#include "ports/random.h"

namespace slurmxx {

struct SlurmKeyIdentity {
  std::string cluster;  // empty: slurmdbd, which serves every cluster that shares the key
  Uid uid;
  Gid gid;
};

class SlurmKeyAuth : public Voucher {
 public:
  static constexpr Seconds ttl{300};
  static constexpr std::size_t key_bytes_min = 32;
  static constexpr std::size_t nonces_max =
      200'000;  // credentials remembered within their ttl; beyond, the oldest is forgotten

  // Error: no key, or one shorter than key_bytes_min.
  static Result<SlurmKeyAuth> create(std::vector<std::string> keys, SlurmKeyIdentity self, Random& random);

  void set_now(Instant now) { now_ = now; }  // the edge's clock reading, before each use
  Status set_keys(std::vector<std::string> keys);
  Result<std::string> make_credential(std::string_view payload) override;
  Result<std::string> vouch(Uid uid, Gid gid, std::string_view payload) override;
  Result<Credential> check(std::string_view credential) override;
  Result<Credential> inspect(std::string_view credential) override;

 private:
  struct Judged {
    Credential credential;
    Instant made;
    std::string nonce;
  };
  SlurmKeyAuth(SlurmKeyIdentity self, Random& random) : self_(std::move(self)), random_(&random) {}
  Result<Judged> judge(std::string_view credential) const;
  Status remember(Instant made, const std::string& nonce);

  std::vector<std::string> keys_;
  SlurmKeyIdentity self_;
  Random* random_;
  Instant now_;
  std::set<std::pair<Instant, std::string>> seen_;  // ordered by time, so the oldest leave first
};

}  // namespace slurmxx
