// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// auth/munge: credentials made and checked by munged over its unix socket (libmunge). munged refuses replays and
// credentials past their life; this file adds nothing to that and names its errors.
#pragma once

#include <string>
#include <string_view>

#include "ports/auth.h"

namespace slurmxx {

class MungeAuth : public Auth {
 public:
  // auth_info: AuthInfo of slurm.conf, "socket=PATH[,...]"; without socket= munged's usual one. Other words are not
  // this file's to judge.
  static MungeAuth from_auth_info(std::string_view auth_info);

  Result<std::string> make_credential(std::string_view payload) override;
  Result<Credential> check(std::string_view credential) override;
  const std::string& socket() const { return socket_; }  // empty: munged's usual one

 private:
  explicit MungeAuth(std::string socket) : socket_(std::move(socket)) {}

  std::string socket_;
};

}  // namespace slurmxx
