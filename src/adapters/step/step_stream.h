// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The connection between srun and slurmstepd: two clear frames (AttachStep, AttachAnswer), then sealed ones under keys
// made from the step's secret and both nonces. srun's first sealed message is a WindowSize; until it has opened, the
// node starts nothing and sends nothing, since who holds no secret must not see the tasks' output. No call blocks.
// Why so: docs/decisions/0006-steps-are-launched-by-the-controller.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "ports/random.h"
#include "state/codec.h"
#include "wire/frame.h"
#include "wire/session.h"
#include "wire/step_messages.h"

namespace slurmxx {

enum class StepSide { srun, node };

// What both sides know once the clear frames are exchanged.
struct StepSecret {
  std::string secret;
  std::string srun_nonce;
  std::string node_nonce;
};

// A network that is gone for longer ends the step.
inline constexpr Seconds step_break_max{180};

inline constexpr std::size_t step_nonce_bytes = 32;
inline constexpr std::size_t step_chunk_bytes = 64u << 10;     // of one TaskOutput or TaskInput
inline constexpr std::size_t step_pending_bytes = 512u << 10;  // more waits at its source

// Freed memory that srun and slurmstepd keep: buffers come and go with each chunk, and to hand a page back and get it
// again costs more than what is done with its bytes.
inline constexpr int step_memory_kept = 8 << 20;

SessionKeys step_keys(const StepSecret& secret, StepSide side);

class StepStream;
struct Attachment {  // a connection that named its step, and what becomes of it
  const AttachStep& attach;
  const std::string& secret;
  std::string refusal;  // not empty: why it is turned away
};
// The node's answer; after it every frame is sealed. False: it was refused, in one line, or is gone.
bool answer_attachment(StepStream& stream, const Attachment& what, Random& random, Instant now);

// Owns the descriptor and makes it non-blocking.
class StepStream {
 public:
  explicit StepStream(int fd);
  StepStream(StepStream&& other) noexcept;
  StepStream& operator=(StepStream&& other) noexcept;
  ~StepStream();

  int fd() const { return fd_; }
  bool peer_closed() const { return peer_closed_; }
  std::size_t pending() const { return out_.size() - sent_; }  // bytes not sent yet
  std::uint64_t written() const { return written_; }           // bytes that the socket took, ever
  bool has_room() const { return pending() < step_pending_bytes; }
  bool arrived() const;           // all of it is with the other side's kernel
  void secure(SessionKeys keys);  // before: clear frames; after: sealed ones, in both directions

  Status read();   // what is there; sets peer_closed() at the end of the stream
  Status flush();  // what the socket takes
  // Both. Where the other side takes no more, what it said before is still read.
  Status exchange();

  template <class T>
  Status send(const T& message, Instant now) {
    return queue(encode(message), now);
  }
  // nullopt: more bytes are needed.
  template <class T>
  Result<std::optional<T>> next(Instant now) {
    TRY_ASSIGN(auto body, next_body(now));
    if (!body) return std::optional<T>{};
    TRY_ASSIGN(T message, decode<T>(*body));
    return std::optional<T>(std::move(message));
  }

 private:
  Status queue(std::string body, Instant now);
  Result<std::optional<std::string>> next_body(Instant now);

  int fd_;
  bool peer_closed_ = false;
  std::optional<Session> session_;
  FrameReader reader_;
  std::string out_;
  std::size_t sent_ = 0;  // of out_
  std::uint64_t written_ = 0;
};

}  // namespace slurmxx
