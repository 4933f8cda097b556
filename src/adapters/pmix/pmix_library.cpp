// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/pmix/pmix_library.h"

#include <dlfcn.h>

#include <cctype>
#include <string_view>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr const char* cure = "install libpmix2, or name a libpmix of PMIx 4 with SLURMXX_PMIX_LIBRARY";

// "OpenPMIx 4.2.2, repo rev ..." -> 4
char major_of(std::string_view version) {
  for (const char c : version)
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return c;
  return '?';
}

}  // namespace

Result<PmixLibrary> load_pmix(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) return fail(fmt::format("cannot load {} ({}): {}", path, dlerror(), cure));
  std::string missing;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    if (function == nullptr && missing.empty()) missing = name;
  };
  PmixLibrary library;
  find(library.version, "PMIx_Get_version");
  if (library.version != nullptr && major_of(library.version()) != '4')
    return fail(fmt::format("{} is \"{}\", not PMIx 4: {}", path, library.version(), cure));
  find(library.error_string, "PMIx_Error_string");
  find(library.info_load, "PMIx_Info_load");
  find(library.generate_regex, "PMIx_generate_regex");
  find(library.generate_ppn, "PMIx_generate_ppn");
  find(library.init, "PMIx_server_init");
  find(library.finalize, "PMIx_server_finalize");
  find(library.register_nspace, "PMIx_server_register_nspace");
  find(library.register_client, "PMIx_server_register_client");
  find(library.setup_fork, "PMIx_server_setup_fork");
  find(library.dmodex_request, "PMIx_server_dmodex_request");
  if (!missing.empty()) return fail(fmt::format("{} has no {}: {}", path, missing, cure));
  return library;
}

}  // namespace slurmxx
