// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pmi/pmi_names.h"

namespace slurmxx {

PmiNameAnswer PmiNames::serve(const PmiNameCall& call) {
  PmiNameAnswer given{call.local, false, ""};
  const auto found = ports_.find(call.name);
  const bool there = found != ports_.end();
  if (call.verb == PmiNameVerb::publish) {
    const bool short_enough = call.name.size() <= pmi_value_bytes_max && call.port.size() <= pmi_value_bytes_max;
    given.done = !there && !call.name.empty() && short_enough && ports_.size() < pmi_names_max;
    if (given.done) ports_[call.name] = call.port;
    return given;
  }
  given.done = there;
  if (there && call.verb == PmiNameVerb::lookup) given.port = found->second;
  if (there && call.verb == PmiNameVerb::unpublish) ports_.erase(found);
  return given;
}

}  // namespace slurmxx
