// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <memory>

#include <doctest/doctest.h>

#include "adapters/step/step_readers.h"
#include "adapters/system_random.h"

using namespace slurmxx;

namespace {

const Instant when{1'700'000'000};
const std::vector<StepOutput> greeting{StepFacts{}};

// sattach's end of one connection.
class Visitor {
 public:
  Visitor(StepReaders& readers, const std::string& reader, const std::string& secret) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    stream_.emplace(ends[0]);
    const AttachStep attach{{}, random_.bytes(step_nonce_bytes), reader};
    readers.attach(ends[1], attach, random_, when);
    REQUIRE(stream_->read());
    const auto answer = stream_->next<AttachAnswer>(when);
    REQUIRE(answer.ok());
    REQUIRE(answer->has_value());
    refusal = (*answer)->refusal;
    if (!refusal.empty()) return;
    stream_->secure(step_keys({secret, attach.nonce, (*answer)->nonce}, StepSide::srun));
    send(WindowSize{});
  }
  void send(const StepInput& input) {
    REQUIRE(stream_->send(input, when));
    REQUIRE(stream_->flush());
  }
  // Messages that are there; none once the connection or its key is bad.
  std::vector<StepOutput> heard() {
    std::vector<StepOutput> messages;
    if (!stream_->read()) return messages;
    while (true) {
      auto message = stream_->next<StepOutput>(when);
      if (!message || !*message) return messages;
      messages.push_back(std::move(**message));
    }
  }
  void leave() { stream_.reset(); }
  std::string refusal;

 private:
  SystemRandom random_;
  std::optional<StepStream> stream_;
};

StepOutput text(std::size_t bytes) { return TaskOutput{0, false, std::string(bytes, 'x')}; }

}  // namespace

TEST_CASE("readers: who proves an admitted secret is greeted and hears what comes from then on") {
  StepReaders readers;
  readers.admit("r", std::string(32, 's'));
  readers.tell(text(1), when);
  Visitor visitor(readers, "r", std::string(32, 's'));
  readers.serve(greeting, true, when);
  readers.tell(text(5), when);
  readers.serve(greeting, true, when);
  const auto heard = visitor.heard();
  REQUIRE(heard.size() == 2);
  CHECK(std::holds_alternative<StepFacts>(heard[0]));
  CHECK(std::get<TaskOutput>(heard[1]).bytes == "xxxxx");
}

TEST_CASE("readers: unknown names, wrong secrets and a secret's second use get nothing") {
  StepReaders readers;
  CHECK(Visitor(readers, "r", "s").refusal == "this reader was not admitted to the step");
  readers.admit("", "s");
  CHECK(!Visitor(readers, "", "s").refusal.empty());
  readers.admit("r", std::string(32, 's'));
  Visitor wrong(readers, "r", std::string(32, 'w'));
  CHECK(wrong.refusal.empty());
  readers.serve(greeting, true, when);
  readers.tell(text(5), when);
  readers.serve(greeting, true, when);
  CHECK(wrong.heard().empty());
  CHECK(!Visitor(readers, "r", std::string(32, 's')).refusal.empty());
}

TEST_CASE("readers: one that does not read loses output, is told how much, and nothing grows") {
  StepReaders readers;
  readers.admit("r", std::string(32, 's'));
  Visitor visitor(readers, "r", std::string(32, 's'));
  readers.serve(greeting, true, when);
  const std::size_t chunk = step_chunk_bytes / 2;
  for (int i = 0; i < 1000; ++i) {
    readers.tell(text(chunk), when);
    readers.serve(greeting, true, when);
  }
  CHECK(readers.pending());
  std::size_t got = 0, skipped = 0;
  for (int turn = 0; turn < 100; ++turn) {
    for (const StepOutput& message : visitor.heard()) {
      if (const auto* output = std::get_if<TaskOutput>(&message)) got += output->bytes.size();
      if (const auto* gap = std::get_if<OutputSkipped>(&message)) skipped += gap->bytes;
    }
    readers.serve(greeting, true, when);
    if (turn == 50) readers.tell(text(1), when);
  }
  CHECK(skipped > 0);
  CHECK(got + skipped == 1000 * chunk + 1);
  CHECK(!readers.pending());
}

TEST_CASE("readers: bytes for tasks are passed on within bounds; signals and ends of input are not theirs to send") {
  StepReaders readers;
  readers.admit("r", std::string(32, 's'));
  Visitor visitor(readers, "r", std::string(32, 's'));
  readers.serve(greeting, false, when);
  visitor.send(TaskSignal{9});
  visitor.send(TaskInput{{}, ""});
  visitor.send(TaskInput{2, "hello"});
  CHECK(readers.serve(greeting, false, when).empty());
  const auto typed = readers.serve(greeting, true, when);
  REQUIRE(typed.size() == 1);
  CHECK(typed[0].bytes == "hello");
  CHECK(typed[0].task == 2);
  for (int i = 0; i < 3; ++i) visitor.send(TaskInput{{}, std::string(step_chunk_bytes, 'y')});
  std::size_t bytes = 0;
  for (int turn = 0; turn < 20; ++turn) {
    std::size_t now = 0;
    for (const TaskInput& one : readers.serve(greeting, true, when)) now += one.bytes.size();
    CHECK(now <= step_chunk_bytes);
    bytes += now;
  }
  CHECK(bytes == 3 * step_chunk_bytes);
  CHECK(!readers.hurried());
}

TEST_CASE("readers: one that leaves is forgotten, and there may be so many") {
  StepReaders readers;
  std::vector<std::unique_ptr<Visitor>> visitors;
  for (std::size_t i = 0; i <= step_readers_max; ++i) {
    readers.admit(std::to_string(i), std::string(32, 's'));
    visitors.push_back(std::make_unique<Visitor>(readers, std::to_string(i), std::string(32, 's')));
    readers.serve(greeting, true, when);
  }
  CHECK(visitors.back()->refusal.find("as many readers") != std::string::npos);
  visitors.front()->leave();
  readers.serve(greeting, false, when);
  readers.serve(greeting, false, when);
  CHECK(Visitor(readers, std::to_string(step_readers_max), std::string(32, 's')).refusal.empty());
}
