// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// SLURMXX_CHECK states what only our own bug can break. It stays on in production: a controller that has lost its
// invariants must stop and recover from its log, never write on. Bad input is an Error (result.h), not a SLURMXX_CHECK.
#pragma once

namespace slurmxx {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}

#define SLURMXX_CHECK(expression) \
  (static_cast<bool>(expression) ? void(0) : ::slurmxx::check_failed(#expression, __FILE__, __LINE__))
