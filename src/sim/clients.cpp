// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/clients.h"

#include "sim/names.h"

namespace slurmxx::sim {

void Clients::ask(const Caller& caller, ClientRequest request, Then then) {
  auto asking = std::make_shared<Asking>();
  asking->caller = caller;
  asking->patient = std::holds_alternative<WaitRequest>(request) || std::holds_alternative<StepRequest>(request);
  asking->call = {++calls_, RequestId(kernel_.rng.next() | 1), std::move(request)};
  asking->then = std::move(then);
  asking->give_up = kernel_.now() + Seconds(10);
  kernel_.note("client {}: {} as request {}", asking->call.call, name_of(asking->call.body),
               asking->call.request.value);
  attempt(asking);
}

void Clients::attempt(const std::shared_ptr<Asking>& asking) {
  asking->link = head_.connect([this, asking](const auto& what) { answered(asking, std::get<ClientAnswer>(what)); });
  if (!asking->link) return again(asking);
  asking->link->on_closed(End::peer, [this, asking] { again(asking); });
  asking->link->send(End::head, [this, caller = asking->caller, id = asking->link->id(), bytes = encode(asking->call)] {
    head_.call(id, caller, carried<ClientCall>(bytes));
  });
  if (!asking->patient && kernel_.rng.percent(2)) asking->link->cut();
}

void Clients::again(const std::shared_ptr<Asking>& asking) {
  if (asking->over) return;
  if (kernel_.now() >= asking->give_up) {
    asking->over = true;
    kernel_.note("client {}: gives up", asking->call.call);
    return;
  }
  ++kernel_.counts().retries;
  kernel_.after(Millis(kernel_.rng.between(50, 400)), [this, asking] { attempt(asking); });
}

void Clients::answered(const std::shared_ptr<Asking>& asking, const ClientAnswer& answer) {
  if (asking->over || answer.call != asking->call.call) return;
  asking->over = true;
  asking->link->close(End::peer);
  const auto* error = std::get_if<ErrorReply>(&answer.body);
  kernel_.note("client {}: {}", answer.call, error ? "error: " + text_of(Error{error->code, error->message}) : "done");
  if (const auto* submitted = std::get_if<SubmitReply>(&answer.body))
    oracle_.acknowledged(asking->call.request, submitted->job);
  if (asking->then) asking->then(answer.body);
}

}  // namespace slurmxx::sim
