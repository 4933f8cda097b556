// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/crypto.h"

#include <sodium.h>

#include "base/check.h"

namespace slurmxx::crypto {

namespace {

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  static_assert(crypto_auth_hmacsha256_BYTES == mac_bytes);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, raw(key), key.size());
  crypto_auth_hmacsha256_update(&state, raw(bytes), bytes.size());
  std::string mac(mac_bytes, '\0');
  crypto_auth_hmacsha256_final(&state, raw(mac));
  return mac;
}

std::string frame_mac(std::string_view key, std::string_view bytes) {
  static_assert(crypto_generichash_BYTES == mac_bytes && crypto_generichash_KEYBYTES == key_bytes);
  std::string mac(mac_bytes, '\0');
  crypto_generichash(raw(mac), mac.size(), raw(bytes), bytes.size(), raw(key), key.size());
  return mac;
}

std::string blake2b_256(std::string_view bytes) {
  std::string digest(crypto_generichash_BYTES, '\0');
  crypto_generichash(raw(digest), digest.size(), raw(bytes), bytes.size(), nullptr, 0);
  return digest;
}

std::string blake2b_128(std::string_view bytes) {
  std::string digest(crypto_generichash_BYTES_MIN, '\0');
  crypto_generichash(raw(digest), digest.size(), raw(bytes), bytes.size(), nullptr, 0);
  return digest;
}

std::string sha256(std::string_view bytes) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(raw(hash), raw(bytes), bytes.size());
  return hash;
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

KeyPair x25519_keys(std::string_view seed) {
  SLURMXX_CHECK(seed.size() == key_bytes);
  KeyPair pair{std::string(key_bytes, '\0'), std::string(seed)};
  SLURMXX_CHECK(crypto_scalarmult_base(raw(pair.public_key), raw(pair.secret_key)) == 0);
  return pair;
}

Result<std::string> x25519(std::string_view own_secret, std::string_view peer_public) {
  SLURMXX_CHECK(own_secret.size() == key_bytes);
  if (peer_public.size() != key_bytes)
    return fail(Errc::protocol_authentication, "key exchange: the peer's key is not 32 bytes long");
  std::string shared(key_bytes, '\0');
  if (crypto_scalarmult(raw(shared), raw(own_secret), raw(peer_public)) != 0)
    return fail(Errc::protocol_authentication, "key exchange: the peer's key is of small order");
  return shared;
}

std::string hkdf_extract(std::string_view salt, std::string_view secret) { return hmac_sha256(salt, secret); }

std::string hkdf_expand(std::string_view key, std::string_view info) {
  return hmac_sha256(key, std::string(info) + '\1');
}

}  // namespace slurmxx::crypto
