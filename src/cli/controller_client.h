// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The seam between a command and slurmctld: commands ask through it and know nothing of sockets, retries or keys, so
// that their tests answer by hand. An answer that is an ErrorReply is returned as it is: what to print is the
// command's to say. The Error of call() means that no answer came.
#pragma once

#include "base/result.h"
#include "wire/client_messages.h"

namespace slurmxx {

class ControllerClient {
 public:
  virtual ~ControllerClient() = default;
  virtual Result<ClientReply> call(ClientRequest request) = 0;
};

}  // namespace slurmxx
