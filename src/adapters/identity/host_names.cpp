// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/identity/host_names.h"

#include <unistd.h>

namespace slurmxx {

std::string short_host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  const std::string whole(name);
  return whole.substr(0, whole.find('.'));
}

std::string path_for_node(std::string path, const std::string& node) {
  const auto replace = [&path](const char* pattern, const std::string& value) {
    for (std::size_t at = path.find(pattern); at != std::string::npos; at = path.find(pattern, at + value.size()))
      path.replace(at, 2, value);
  };
  replace("%n", node);
  replace("%h", short_host_name());
  return path;
}

std::string socket_beside(const std::string& pid_file) {
  return (pid_file.ends_with(".pid") ? pid_file.substr(0, pid_file.size() - 4) : pid_file) + ".sock";
}

}  // namespace slurmxx
