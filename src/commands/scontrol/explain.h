// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// `scontrol explain job N`: why a job waits, as a page for people.
#pragma once

#include <string>

#include "core/text/time_zone.h"
#include "wire/client_messages.h"

namespace slurmxx {

std::string explanation_text(const ExplainReply& reply, const TimeZone& zone);

}  // namespace slurmxx
