// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The effective global values, already in their one form (keys.h), -> the typed settings. Part of parse_cluster_config.
#pragma once

#include "core/config/cluster_config.h"
#include "core/config/record_reader.h"

namespace slurmxx {

// values: one for every key that is not repeated. Errors begin with `file`.
Status read_settings(const KeyValues& values, const std::string& file, ClusterConfig& config);

// One occurrence of SlurmctldHost, Prolog, Epilog, PrologSlurmctld or EpilogSlurmctld.
Status add_repeated(std::string_view key, std::string_view value, ClusterConfig& config);

}  // namespace slurmxx
