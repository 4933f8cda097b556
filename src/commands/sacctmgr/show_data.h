// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Members of --json and --yaml that have limits, and what they share with the others.
#pragma once

#include <functional>
#include <span>

#include "cli/data_fields.h"
#include "commands/sacctmgr/list.h"
#include "core/tres/tres.h"

namespace slurmxx {

std::span<const DataField<ShowRow>> association_data_fields();
std::span<const DataField<ShowRow>> qos_data_fields();

// [{"type", "name", "id", "count"}, ...]
std::function<void(DataWriter&)> counts_list(const AccountBook& book, TresCounts counts);
TresCounts counts_in(std::string_view text);

}  // namespace slurmxx
