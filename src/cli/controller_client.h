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

class Controller {
 public:
  virtual ~Controller() = default;
  virtual Result<ClientReply> call(ClientRequest request) = 0;
};

// The answer as the type that the request has, the controller's refusal as an Error with its code.
template <class Reply>
Result<Reply> ask(Controller& controller, ClientRequest request) {
  TRY_ASSIGN(ClientReply reply, controller.call(std::move(request)));
  if (Reply* wanted = std::get_if<Reply>(&reply)) return std::move(*wanted);
  if (const ErrorReply* refusal = std::get_if<ErrorReply>(&reply)) return fail(refusal->code, refusal->message);
  return fail(Errc::unexpected_message);
}

}  // namespace slurmxx
