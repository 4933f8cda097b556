// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The process manager's side of PMI-1 and PMI-2 for the tasks of a step on one node: bytes of tasks and answers of
// other nodes go in, effects come out. It keeps the key-value space (own puts at once, those of other nodes with the
// fence), node attributes, and on node 0 the published names of the step. It does no I/O and knows no sockets.
// MPI_Comm_spawn is refused. Which tasks exist and where comes with PmiJob and never changes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/pmi/pmi_names.h"
#include "core/pmi/pmi_text.h"

namespace slurmxx {

struct PmiJob {
  std::string name;  // of the key-value space: "JOB.STEP"
  std::uint32_t size = 0;
  std::vector<std::uint32_t> ranks;  // of this node's tasks, by local id
  std::string process_mapping;
};

// ---- between the nodes of a step

struct PmiPut {
  std::string key;
  std::string value;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "value", self.value);
  }
};

struct PmiFence {  // what one node brings to an all-gather: its puts since the last one
  std::vector<PmiPut> puts;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "puts", self.puts);
  }
};

// ---- effects

struct PmiReply {
  std::uint32_t local = 0;
  std::string bytes;
};
struct PmiAbort {  // MPI_Abort: the step is to end
  std::uint32_t local = 0;
  std::uint32_t exit_code = 1;
  std::string message;
};
struct PmiNote {  // a line for the task's standard error
  std::uint32_t local = 0;
  std::string line;
};
struct PmiDrop {  // what the task says is no PMI: close its connection
  std::uint32_t local = 0;
  std::string why;
};
using PmiEffect = std::variant<PmiReply, PmiFence, PmiNameCall, PmiAbort, PmiNote, PmiDrop>;

inline constexpr std::string_view ended_without_finalize = "it ended without MPI_Finalize";
inline constexpr std::size_t pmi_fence_bytes_max = 8u << 20;    // puts of one node between two fences
inline constexpr std::size_t pmi_space_bytes_max = 256u << 20;  // the whole key-value space

class PmiServer {
 public:
  explicit PmiServer(PmiJob job);

  void take(std::uint32_t local, std::string_view bytes);
  // The task has ended by itself with this exit code, 128 and the number for a signal. One that has begun and not said
  // that it is done is an abort when it failed, or as soon as others of the node wait for it in a fence.
  void ended(std::uint32_t local, std::uint32_t exit_code);
  void fenced(const std::vector<PmiFence>& all);  // the answer to the PmiFence effect: one of each node, in order
  void named(const PmiNameAnswer& given);         // the answer to a PmiNameCall
  std::vector<PmiEffect> effects();               // since the last call

 private:
  struct Client {
    std::uint32_t local = 0;
    PmiReader reader;
    bool begun = false;
    bool finalized = false;
    bool lost = false;  // has ended between the two
    bool dropped = false;
    std::optional<PmiMessage> in_fence;  // as they came, to be answered
    std::optional<PmiMessage> for_name;  // waits for srun
    std::optional<PmiMessage> for_attribute;
  };
  using Handler = void (PmiServer::*)(Client&, const PmiMessage&);
  struct Row {
    PmiForm form;
    const char* command;
    Handler handler;
  };
  using Fields = std::vector<std::pair<std::string, std::string>>;
  static const Row rows[];

  void obey(Client& client, const PmiMessage& message);
  void answer(const Client& client, const PmiMessage& to, PmiMessage answer);
  void good(const Client& client, const PmiMessage& to, Fields fields);
  void init(Client& client, const PmiMessage& message);
  void full_init(Client& client, const PmiMessage& message);
  void maxes(Client& client, const PmiMessage& message);
  void appnum(Client& client, const PmiMessage& message);
  void universe_size(Client& client, const PmiMessage& message);
  void space_name(Client& client, const PmiMessage& message);
  void put(Client& client, const PmiMessage& message);
  void get(Client& client, const PmiMessage& message);
  void fence(Client& client, const PmiMessage& message);
  void finalize(Client& client, const PmiMessage& message);
  void abort(Client& client, const PmiMessage& message);
  void spawn(Client& client, const PmiMessage& message);
  void name_call(Client& client, const PmiMessage& message);
  void job_id(Client& client, const PmiMessage& message);
  void job_attribute(Client& client, const PmiMessage& message);
  void put_attribute(Client& client, const PmiMessage& message);
  void get_attribute(Client& client, const PmiMessage& message);
  void fence_if_all();
  void give_up(const Client& lost, std::uint32_t exit_code);
  bool store(const std::string& key, const std::string& value);

  PmiJob job_;
  std::vector<Client> clients_;
  std::map<std::string, std::string, std::less<>> space_;
  std::map<std::string, std::string, std::less<>> attributes_;
  PmiFence unsent_;
  std::size_t unsent_bytes_ = 0;
  std::size_t space_bytes_ = 0;
  bool fencing_ = false;
  std::vector<PmiEffect> effects_;
};

}  // namespace slurmxx
