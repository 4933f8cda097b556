// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// MCSParameters: whose nodes are kept apart by the MCS label of jobs.
#pragma once

#include <cstdint>

namespace slurmxx {

enum class LabelRule : std::uint8_t {
  on_request,  // ondemandselect: of jobs with --exclusive=mcs
  always,      // select: of all that have a label
  never,       // noselect
};

}  // namespace slurmxx
