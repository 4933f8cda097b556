// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The columns of sprio: one table, with what a job and what the row of weights shows in each, and whether the column is
// shown where nobody asked for it by name.
#pragma once

#include <span>
#include <string>

#include "cli/field_format.h"
#include "wire/scheduling_messages.h"

namespace slurmxx {

struct SprioRow {
  const PriorityRow* job = nullptr;  // null: the row of weights
  const PrioritiesReply* reply = nullptr;
};

std::span<const Field<SprioRow>> sprio_fields();

struct SprioLook {
  bool long_format = false;
  bool normalized = false;
  bool with_users = false;
};
// The format for factors that have a weight, or for all of them.
std::string default_format(const PrioritiesReply& reply, const SprioLook& look);

}  // namespace slurmxx
