// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The folder of one step in slurmd's spool, shared by slurmd (which makes it) and slurmstepd (which writes its end):
//   launch   the order, written before slurmstepd starts
//   socket   slurmd's way to slurmstepd; connects as long as slurmstepd lives
//   started  slurmstepd began to launch: without it nothing of the step has run
//   end.new  room for the end, taken before anything runs: a disk that is full by then loses no result
//   end      how it ended; there before the socket closes
// Docs: docs/formats/spool.md.
#pragma once

#include <optional>
#include <string>

#include "adapters/net/file_descriptor.h"
#include "base/result.h"
#include "wire/stepd_messages.h"

namespace slurmxx {

inline constexpr int stepd_socket_fd = 3;  // the listening socket, as slurmstepd inherits it

// Writes a file whole or not at all. `durable`: also through a crash of the machine.
Status write_whole(const std::string& path, const std::string& bytes, bool durable);
Result<std::string> read_whole(const std::string& path);

// `started`: written by the calling slurmstepd; read as its start time (clock ticks since boot), 0 if unknown.
Status mark_started(const std::string& folder);
std::uint64_t step_started(const std::string& folder);

// `end`: room for it, then the end itself. `durable`: also through a crash of the machine, which only a batch script's
// needs: a step's job is over by then.
Status reserve_end(const std::string& folder);
Status write_end(const std::string& folder, const std::string& bytes, bool durable);

// Any path, however long: unix(7) allows 107 bytes, so the folder is named by a descriptor.
Result<FileDescriptor> listen_in(const std::string& folder);
Result<FileDescriptor> connect_in(const std::string& folder);  // non-blocking

// One command, with a descriptor for StepdAttach, or -1.
Status send_command(int socket, const StepdCommand& command, int passed);
struct ReceivedCommand {
  StepdCommand command;
  FileDescriptor passed;
};
// nullopt: nothing there now. Errc::communication: the other side is gone.
Result<std::optional<ReceivedCommand>> receive_command(int socket);

}  // namespace slurmxx
