// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The folder of one step in slurmd's spool, shared by slurmd (which makes it) and slurmstepd (which writes its end):
//   launch   the order, written before slurmstepd starts
//   socket   slurmd's way to slurmstepd; connects as long as slurmstepd lives
//   started  slurmstepd began to launch: without it nothing of the step has run
//   end      how it ended; durable before the socket closes
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
