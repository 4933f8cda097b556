// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who sent these bytes: a credential binds a payload to the uid and gid of the process that made it. Behind it stand
// munged (adapters/munge) or slurm.key (wire/slurm_key.h). Used twice a session, never for a single message.
// The port never decides what a uid may do.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace slurmxx {

struct Credential {
  Uid uid;
  Gid gid;
  std::string payload;

  bool operator==(const Credential&) const = default;
};

class Auth {
 public:
  virtual ~Auth() = default;
  virtual Result<std::string> make_credential(std::string_view payload) = 0;
  // Each credential is accepted once; a second time is a replay and an error.
  virtual Result<Credential> check(std::string_view credential) = 0;
};

// Who holds the cluster's key can sign for others: it must know for certain who they are.
class Voucher : public Auth {
 public:
  virtual Result<std::string> vouch(Uid uid, Gid gid, std::string_view payload) = 0;
  // Judges a credential for somebody else, who alone can tell whether it came before.
  virtual Result<Credential> inspect(std::string_view credential) = 0;
};

}  // namespace slurmxx
