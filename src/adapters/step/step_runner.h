// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One step of srun on one node: waits until the step's srun has attached and proved the secret, starts the tasks,
// carries their streams, reports their ends, and kills what is left. A stream is read only while srun takes it, so
// nothing is lost and nothing piles up. If srun goes, the step goes. Driven by a poll(2) loop: nothing here blocks,
// and the time is an argument. Rules: docs/decisions/0006-steps-are-launched-by-the-controller.md, srun(1).
#pragma once

#include <poll.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/process/launcher.h"
#include "adapters/process/orphans.h"
#include "adapters/process/task_scripts.h"
#include "adapters/step/runner.h"
#include "adapters/step/step_binding.h"
#include "adapters/step/step_forwarder.h"
#include "adapters/step/step_mpi.h"
#include "adapters/step/step_readers.h"
#include "adapters/step/step_stream.h"
#include "core/launch/task_environment.h"
#include "ports/random.h"
#include "wire/step_messages.h"

namespace slurmxx {

inline constexpr std::int64_t attach_wait_ms = 60'000;
inline constexpr std::int64_t bcast_wait_ms = 600'000;     // the same while srun sends the program first
inline constexpr std::int64_t step_kill_wait_ms = 30'000;  // when srun is lost
inline constexpr std::int64_t reader_grace_ms = 1'000;     // for the last output, when all else is over
inline constexpr std::int64_t forward_grace_ms = 5'000;    // for other nodes' bytes, when the step was killed
inline constexpr std::size_t step_candidates_max = 8;      // connections that have not proved the secret

// What the node adds to every step.
struct StepSite {
  std::string host_name;    // short, for %N in file names
  std::string task_prolog;  // of slurm.conf; empty: none
  std::string task_epilog;
  std::int64_t task_epilog_ms = usual_task_epilog_ms;  // after which it is killed; of srun's --task-epilog too
  std::vector<std::string> gpu_variables = {};         // StepdLaunch::gpu_variables
  StepForwarder::Connect connect = connect_to_door;    // to other nodes of the step
  std::uint32_t propagate_priority = 0;                // PropagatePrioProcess
};

class StepRunner final : public Runner {
 public:
  StepRunner(LaunchStep order, Random& random, const TimeZone& zone, StepSite site);
  StepRunner(const StepRunner&) = delete;
  ~StepRunner() override;

  // 0: no srun will attach that has not.
  void signal(int signal, bool shell_only = false) override;
  // Takes the connection over. The AttachStep was read from it, and not a byte more.
  void attach(int fd, const AttachStep& attach, StepTime now);
  // Who proves this secret under this name reads along: sattach.
  void admit(const std::string& reader, const std::string& secret) { others_.readers.admit(reader, secret); }
  void tell(const std::string& line, StepTime now) override;
  void end(const EndWords& words, std::int64_t kill_wait_ms, StepTime now) override;

  void collect(std::vector<pollfd>& fds) const override;
  std::optional<std::int64_t> wake_at_ms() const override;
  bool hurried() const override;
  void serve(StepTime now) override;

  // The highest of this node's tasks, once all have ended and all output is with srun or srun is lost.
  std::optional<ExitCode> result() const override { return result_; }
  bool killed() const override { return signals_.kill; }
  std::vector<pid_t> helpers() const override { return filter().spared; }
  void abandon(StepTime now) override;
  std::vector<TaskProcess> tasks() const override;

 private:
  struct Stream {  // of a task, to srun
    int fd = -1;
    bool is_error = false;
    std::size_t left = 0;  // bytes that stood in it when the task ended: they go out before its end does
  };
  struct Task {
    std::uint32_t id = 0;
    std::optional<LaunchedProcess> process;  // reaped at the very end, so that its pid stays its own
    std::optional<ExitCode> exit;
    bool waits_for_children = false;  // it has ended, and what it left behind has not (--wait-for-children)
    bool end_told = false;
    int input = -1;
    std::string unwritten;
    bool input_over = false;
    LaunchRequest request;
    std::array<int, 3> theirs{-1, -1, -1};  // the task's ends, kept for its epilogs
    std::optional<TaskEpilogs> epilogs;
    bool terminal = false;  // input and streams[0] are the two directions of a pseudo terminal
    Stream streams[2];
  };

  void serve_candidates(StepTime now);
  void serve_srun(StepTime now);
  void take_input(const StepInput& input);
  void start_when_ready(StepTime now);
  void serve_mpi(StepTime now);
  void serve_readers(StepTime now);
  std::vector<StepOutput> greeting() const;
  bool typing_wanted() const;
  bool readers_behind(StepTime now);
  bool carries_on(StepTime now) const;
  void take_window(const WindowSize& size);
  void start_tasks(StepTime now);
  Status prepare_place();
  Status start_task(Task& task, std::uint32_t local, StepTime now);
  Status open_terminal(Task& task);
  Status open_pipes(Task& task);
  void begin_epilogs(Task& task);
  bool serve_epilogs(Task& task, StepTime now);
  void tell_binding(const Task& task, std::uint32_t local, bool unbound, StepTime now);
  void write_inputs();
  void read_streams(StepTime now);
  void look_for_ends(StepTime now);
  void look_at(Task& task, StepTime now);
  void take_end(Task& task, StepTime now);
  void tell_ends(StepTime now);
  void all_over();
  void finish(StepTime now);
  void send(const StepOutput& message, StepTime now);
  void fail_step(const std::string& reason, StepTime now);
  bool input_full() const;
  OrphanFilter filter() const;
  std::vector<pid_t> leaders() const;

  LaunchStep order_;
  Random& random_;
  const TimeZone& zone_;
  StepSite site_;
  StepPlace place_;
  std::optional<StepBinding> binding_;
  std::vector<Task> tasks_;
  std::vector<StepStream> candidates_;
  std::optional<StepStream> srun_;
  std::array<char, step_chunk_bytes> chunk_;
  struct Others {
    StepReaders readers;
    StepForwarder forwarder;
  };
  Others others_;
  std::unique_ptr<StepMpi> mpi_;  // made when srun has attached
  WindowSize window_;
  bool started_ = false;
  bool all_ended_ = false;
  bool done_sent_ = false;
  bool srun_gone_ = false;
  struct Due {                            // instants of the monotonic clock, ms
    std::optional<std::int64_t> attach;   // until when srun may come
    std::optional<std::int64_t> arrival;  // when to look whether srun has it all
    std::optional<std::int64_t> kill;
    std::optional<std::int64_t> look;  // for what SIGKILL has not ended, or a task has left behind
    std::optional<std::int64_t> readers;
    std::optional<std::int64_t> forward;  // until when others' bytes are carried
  };
  Due due_;
  struct Signals {  // that were sent to the tasks by order
    bool any = false;
    bool kill = false;
  };
  Signals signals_;
  std::optional<ExitCode> result_;
};

inline constexpr int step_failed_status = 1;  // of a step that never ran
void close_fd(int& fd);                       // and forgets it

std::uint32_t shell_status(ExitCode code);  // 128 and the number for a signal
// The worse of two ends, as srun's exit status counts them.
ExitCode highest(ExitCode a, ExitCode b);

}  // namespace slurmxx
