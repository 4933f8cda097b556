// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/slurm_key.h"

#include <fmt/format.h>

#include <algorithm>

#include "state/codec.h"
#include "wire/crypto.h"

namespace slurmxx {

namespace {

constexpr std::size_t nonce_bytes = 16;

struct Token {
  Uid uid;
  Gid gid;
  Instant made;
  std::string nonce;
  std::string cluster;
  std::string payload;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "uid", self.uid);
    v(2, "gid", self.gid);
    v(3, "made", self.made);
    v(4, "nonce", self.nonce);
    v(5, "cluster", self.cluster);
    v(6, "payload", self.payload);
  }
};

std::string mac_of(const std::string& key, std::string_view token) {
  return crypto::hmac_sha256(key, "slurmxx auth/slurm" + std::string(token));
}

Error refuse(std::string what) { return fail(Errc::protocol_authentication, "auth/slurm: " + what); }

Status is_fresh(const Token& token, Instant now) {
  if (token.made > now + SlurmKeyAuth::ttl) return refuse("the credential is from the future (are the clocks right?)");
  if (token.made < now - SlurmKeyAuth::ttl)
    return refuse(fmt::format("the credential is older than {} s (are the clocks right?)", SlurmKeyAuth::ttl.value));
  return {};
}

}  // namespace

Result<SlurmKeyAuth> SlurmKeyAuth::create(std::vector<std::string> keys, SlurmKeyIdentity self, Random& random) {
  SlurmKeyAuth auth(std::move(self), random);
  TRY(auth.set_keys(std::move(keys)));
  return auth;
}

Status SlurmKeyAuth::set_keys(std::vector<std::string> keys) {
  if (keys.empty()) return refuse("no key: slurm.key is missing");
  for (const auto& key : keys)
    if (key.size() < key_bytes_min)
      return refuse(fmt::format("slurm.key has {} bytes, at least {} are needed", key.size(), key_bytes_min));
  keys_ = std::move(keys);
  return {};
}

Result<std::string> SlurmKeyAuth::make_credential(std::string_view payload) {
  return vouch(self_.uid, self_.gid, payload);
}

Result<std::string> SlurmKeyAuth::vouch(Uid uid, Gid gid, std::string_view payload) {
  const Token token{uid, gid, now_, random_->bytes(nonce_bytes), self_.cluster, std::string(payload)};
  std::string bytes = encode(token);
  return mac_of(keys_.front(), bytes) + bytes;
}

Result<SlurmKeyAuth::Judged> SlurmKeyAuth::judge(std::string_view credential) const {
  if (credential.size() <= crypto::mac_bytes) return refuse("the credential is too short");
  const std::string_view mac = credential.substr(0, crypto::mac_bytes);
  const std::string_view bytes = credential.substr(crypto::mac_bytes);
  const bool ours =
      std::any_of(keys_.begin(), keys_.end(), [&](const auto& key) { return crypto::equal(mac, mac_of(key, bytes)); });
  if (!ours) return refuse("the credential was altered, or signed with another slurm.key");
  auto token = decode<Token>(bytes);
  if (!token) return refuse("the credential cannot be read: " + token.error().message);
  if (token->nonce.size() != nonce_bytes) return refuse("the credential has no nonce");
  if (!token->cluster.empty() && !self_.cluster.empty() && token->cluster != self_.cluster)
    return refuse(fmt::format("the credential is for cluster {}, this is {}", token->cluster, self_.cluster));
  TRY(is_fresh(*token, now_));
  return Judged{{token->uid, token->gid, std::move(token->payload)}, token->made, std::move(token->nonce)};
}

Result<Credential> SlurmKeyAuth::check(std::string_view credential) {
  TRY_ASSIGN(Judged judged, judge(credential));
  TRY(remember(judged.made, judged.nonce));
  return std::move(judged.credential);
}

Result<Credential> SlurmKeyAuth::inspect(std::string_view credential) {
  TRY_ASSIGN(Judged judged, judge(credential));
  return std::move(judged.credential);
}

Status SlurmKeyAuth::remember(Instant made, const std::string& nonce) {
  // What is_fresh() refuses by now need not be remembered.
  while (!seen_.empty() && seen_.begin()->first < now_ - ttl) seen_.erase(seen_.begin());
  if (seen_.contains({made, nonce})) return refuse("the credential was used before: a replay");
  // A hello played again opens nothing (the keys are fresh on both sides), so a flood of sessions must not shut the
  // door.
  if (seen_.size() >= nonces_max) seen_.erase(seen_.begin());
  seen_.emplace(made, nonce);
  return {};
}

}  // namespace slurmxx
