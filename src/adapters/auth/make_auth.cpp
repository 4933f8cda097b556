// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The key's file is judged before it is read.
#include "adapters/auth/make_auth.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/auth/proof_socket.h"
#include "adapters/clock/clock.h"
#include "adapters/identity/identity.h"
#include "adapters/munge/munge_auth.h"
#include "adapters/net/file_descriptor.h"
#include "wire/slurm_key.h"

namespace slurmxx {
namespace {

class ClockedKeyAuth : public Voucher {
 public:
  explicit ClockedKeyAuth(SlurmKeyAuth auth) : auth_(std::move(auth)) {}
  Result<std::string> make_credential(std::string_view payload) override {
    auth_.set_now(wall_now());
    return auth_.make_credential(payload);
  }
  Result<std::string> vouch(Uid uid, Gid gid, std::string_view payload) override {
    auth_.set_now(wall_now());
    return auth_.vouch(uid, gid, payload);
  }
  Result<Credential> check(std::string_view credential) override {
    auth_.set_now(wall_now());
    return auth_.check(credential);
  }
  Result<Credential> inspect(std::string_view credential) override {
    auth_.set_now(wall_now());
    return auth_.inspect(credential);
  }

 private:
  SlurmKeyAuth auth_;
};

class NoAuth : public Auth {
 public:
  Result<std::string> make_credential(std::string_view) override { return refusal(); }
  Result<Credential> check(std::string_view) override { return refusal(); }

 private:
  static Error refusal() { return fail(Errc::protocol_authentication, "no AuthType is set up for this session"); }
};

std::string key_path(const std::string& conf_path) { return conf_path.substr(0, conf_path.rfind('/')) + "/slurm.key"; }

Result<std::string> read_key(const std::string& path, const IdentitySettings& identity) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd)
    return fail(Errc::protocol_authentication,
                fmt::format("{}: {}: AuthType=auth/slurm needs it; `./dev up` and `dd if=/dev/random bs=1024 count=1 "
                            "of={}` make one",
                            path, std::strerror(errno), path));
  struct stat facts {};
  ::fstat(fd.get(), &facts);
  const auto slurm_user = uid_of(identity.slurm_user);
  const bool owner_good =
      facts.st_uid == 0 || facts.st_uid == ::geteuid() || (slurm_user && facts.st_uid == slurm_user->value);
  if (!owner_good) return fail(Errc::protocol_authentication, path + ": must belong to root or SlurmUser");
  if (facts.st_mode & 0077)
    return fail(Errc::protocol_authentication, fmt::format("{}: open to others: chmod 0600 {}", path, path));
  std::string key(4096, '\0');
  const ssize_t got = ::read(fd.get(), key.data(), key.size());
  key.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return key;
}

}  // namespace

std::unique_ptr<Auth> no_auth() { return std::make_unique<NoAuth>(); }

Result<std::unique_ptr<Voucher>> make_voucher(const IdentitySettings& identity, const std::string& conf_path,
                                              Random& random) {
  TRY_ASSIGN(std::string key, read_key(key_path(conf_path), identity));
  TRY_ASSIGN(
      SlurmKeyAuth auth,
      SlurmKeyAuth::create({std::move(key)}, {identity.cluster_name, Uid(::geteuid()), Gid(::getegid())}, random));
  return std::unique_ptr<Voucher>(std::make_unique<ClockedKeyAuth>(std::move(auth)));
}

Result<std::unique_ptr<Auth>> make_auth(const IdentitySettings& identity, const std::string& conf_path,
                                        Random& random) {
  if (identity.auth_type == "auth/munge")
    return std::unique_ptr<Auth>(std::make_unique<MungeAuth>(MungeAuth::from_auth_info(identity.auth_info)));
  if (identity.auth_type != "auth/slurm")
    return fail(fmt::format("AuthType={}: this version has auth/slurm and auth/munge", identity.auth_type));
  TRY_ASSIGN(std::unique_ptr<Voucher> voucher, make_voucher(identity, conf_path, random));
  return std::unique_ptr<Auth>(std::move(voucher));
}

Result<std::unique_ptr<Auth>> make_user_auth(const ClusterConfig& config, const std::string& conf_path,
                                             Random& random) {
  const bool by_key = config.identity.auth_type != "auth/slurm" || ::access(key_path(conf_path).c_str(), R_OK) == 0;
  if (by_key) return make_auth(config.identity, conf_path, random);
  std::vector<Uid> servers{root_uid};
  for (const std::string& name : {config.identity.slurm_user, config.identity.slurmd_user})
    if (const auto uid = uid_of(name)) servers.push_back(*uid);
  return std::unique_ptr<Auth>(std::make_unique<ProofAuth>(proof_sockets(config), std::move(servers)));
}

}  // namespace slurmxx
