// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// libpmix, loaded when it is needed: what is used of its server's interface. Headers of PMIx 4 describe it, so another
// major version is refused.
#pragma once

#include <pmix.h>
#include <pmix_server.h>

#include <string>

#include "base/result.h"

namespace slurmxx {

inline constexpr const char* pmix_soname = "libpmix.so.2";                    // of PMIx 3 and 4
inline constexpr const char* pmix_library_variable = "SLURMXX_PMIX_LIBRARY";  // another path, set by the user or site

struct PmixLibrary {
  decltype(&PMIx_Get_version) version = nullptr;
  decltype(&PMIx_Error_string) error_string = nullptr;
  decltype(&PMIx_Info_load) info_load = nullptr;
  decltype(&PMIx_generate_regex) generate_regex = nullptr;
  decltype(&PMIx_generate_ppn) generate_ppn = nullptr;
  decltype(&PMIx_server_init) init = nullptr;
  decltype(&PMIx_server_finalize) finalize = nullptr;
  decltype(&PMIx_server_register_nspace) register_nspace = nullptr;
  decltype(&PMIx_server_register_client) register_client = nullptr;
  decltype(&PMIx_server_setup_fork) setup_fork = nullptr;
  decltype(&PMIx_server_dmodex_request) dmodex_request = nullptr;
};

// Stays loaded for good. Error: one line with the library, what is wrong, and what to set.
Result<PmixLibrary> load_pmix(const std::string& path);

}  // namespace slurmxx
