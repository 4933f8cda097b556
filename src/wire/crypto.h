// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The few cryptographic steps that handshake, session and slurm.key need, over libsodium. Decides nothing.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace slurmxx::crypto {

inline constexpr std::size_t key_bytes = 32;
inline constexpr std::size_t mac_bytes = 32;

struct KeyPair {
  std::string public_key;
  std::string secret_key;
};

std::string hmac_sha256(std::string_view key, std::string_view bytes);  // any key length
std::string frame_mac(std::string_view key, std::string_view bytes);    // BLAKE2b-256, key_bytes of key
std::string sha256(std::string_view bytes);
std::string blake2b_128(std::string_view bytes);     // 16 bytes
std::string blake2b_256(std::string_view bytes);     // 32 bytes
bool equal(std::string_view a, std::string_view b);  // in constant time for equal lengths

KeyPair x25519_keys(std::string_view seed);  // seed: key_bytes random bytes
// Error for a key of the wrong length and for one that contributes nothing (small order).
Result<std::string> x25519(std::string_view own_secret, std::string_view peer_public);
// RFC 5869 with SHA-256, one block: at most 32 bytes, which is all that is asked for.
std::string hkdf_extract(std::string_view salt, std::string_view secret);
std::string hkdf_expand(std::string_view key, std::string_view info);

}  // namespace slurmxx::crypto
