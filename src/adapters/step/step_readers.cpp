// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_readers.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace slurmxx {
namespace {

bool hung_up(int fd) {
  pollfd one{fd, POLLRDHUP, 0};
  return poll(&one, 1, 0) > 0;
}

}  // namespace

void StepReaders::admit(const std::string& reader, const std::string& secret) {
  if (reader.empty() || secret.empty()) return;
  secrets_.push_back({reader, secret});
  if (secrets_.size() > step_reader_secrets_max) secrets_.pop_front();
}

void StepReaders::attach(int fd, const AttachStep& attach, Random& random, Instant now) {
  Reader reader{StepStream(fd)};
  std::string refusal;
  const auto known =
      std::find_if(secrets_.begin(), secrets_.end(), [&](const Secret& one) { return one.reader == attach.reader; });
  if (known == secrets_.end()) refusal = "this reader was not admitted to the step";
  if (readers_.size() >= step_readers_max) {  // one that has proved nothing makes room
    const auto silent = std::find_if(readers_.begin(), readers_.end(), [](const Reader& one) { return !one.proven; });
    if (silent != readers_.end())
      readers_.erase(silent);
    else
      refusal = "as many readers as a step may have are attached to it: wait for one to leave";
  }
  const std::string secret = known == secrets_.end() ? std::string() : known->secret;
  if (!answer_attachment(reader.stream, {attach, secret, std::move(refusal)}, random, now)) return;
  secrets_.erase(known);  // for one connection
  readers_.push_back(std::move(reader));
}

std::vector<TaskInput> StepReaders::serve(const std::vector<StepOutput>& greeting, bool input_wanted, Instant now) {
  std::vector<TaskInput> typed;
  std::size_t room = input_wanted ? step_chunk_bytes : 0;  // of all readers together
  for (Reader& reader : readers_) {
    bool good = reader.stream.flush().ok();
    if (good) good = input_wanted || !reader.proven ? reader.stream.read().ok() : !hung_up(reader.stream.fd());
    if (good && !reader.proven) {
      auto first = reader.stream.next<StepInput>(now);
      good = first.ok();
      reader.proven = good && first->has_value();
      if (reader.proven)
        for (const StepOutput& message : greeting) send(reader, message, now);
    }
    if (good && reader.proven) take(reader, typed, room, now);
    if (!good || reader.stream.peer_closed()) reader.gone = true;
  }
  std::erase_if(readers_, [](const Reader& reader) { return reader.gone; });
  return typed;
}

// Bytes for tasks alone: signals, sizes and ends of input are the step's srun's.
void StepReaders::take(Reader& reader, std::vector<TaskInput>& typed, std::size_t& room, Instant now) {
  reader.more = true;
  while (room > 0) {
    auto message = reader.stream.next<StepInput>(now);
    reader.more = message.ok() && message->has_value();
    if (!message) reader.gone = true;
    if (!reader.more) return;
    auto* input = std::get_if<TaskInput>(&**message);
    if (input == nullptr || input->bytes.empty()) continue;
    if (input->bytes.size() > step_chunk_bytes) return void(reader.gone = true);
    room -= std::min(room, input->bytes.size());
    typed.push_back(std::move(*input));
  }
}

void StepReaders::send(Reader& reader, const StepOutput& message, Instant now) {
  if (!reader.stream.send(message, now)) reader.gone = true;
}

void StepReaders::tell(const StepOutput& message, Instant now) {
  for (Reader& reader : readers_) {
    if (!reader.proven) continue;
    const auto* output = std::get_if<TaskOutput>(&message);
    if (output != nullptr && !output->bytes.empty() && !reader.stream.has_room()) {
      reader.skipped += output->bytes.size();
      continue;
    }
    if (reader.skipped > 0) send(reader, OutputSkipped{std::exchange(reader.skipped, 0)}, now);
    send(reader, message, now);
  }
}

void StepReaders::collect(std::vector<pollfd>& fds, bool input_wanted) const {
  for (const Reader& reader : readers_) {
    const int input = input_wanted || !reader.proven ? POLLIN : POLLRDHUP;
    fds.push_back({reader.stream.fd(), static_cast<short>(input | (reader.stream.pending() > 0 ? POLLOUT : 0)), 0});
  }
}

bool StepReaders::hurried() const {
  return std::any_of(readers_.begin(), readers_.end(), [](const Reader& reader) { return reader.more; });
}

bool StepReaders::pending() const {
  return std::any_of(readers_.begin(), readers_.end(),
                     [](const Reader& reader) { return reader.proven && reader.stream.pending() > 0; });
}

void StepReaders::hang_up() {
  for (const Reader& reader : readers_) shutdown(reader.stream.fd(), SHUT_WR);
}

}  // namespace slurmxx
