// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a daemon derives from the names of its host and node. Apart from identity.h, since slurmstepd is static and must
// not ask the name service (docs/decisions/0008-programs-that-start-fast.md).
#pragma once

#include <string>

namespace slurmxx {

std::string short_host_name();  // up to the first dot
// A path of slurm.conf for one node's daemon: %n is the node, %h this host.
std::string path_for_node(std::string path, const std::string& node);
// A daemon's unix socket: its pid file with .sock for .pid.
std::string socket_beside(const std::string& pid_file);

}  // namespace slurmxx
