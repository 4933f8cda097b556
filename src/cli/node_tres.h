// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The trackable resources of a node, as scontrol show node and the data of --json tell them.
#pragma once

#include <string>

#include "core/tres/tres.h"
#include "wire/views.h"

namespace slurmxx {

TresCounts configured_tres(const NodeView& view);  // cpu, mem, billing and each gres as declared
std::string allocated_tres(const NodeView& view);  // empty for an idle node

}  // namespace slurmxx
