// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/hardware.h"

#include <hwloc.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr std::int64_t kib_per_mib = 1024;

MebiBytes memory_line(const std::string& name) {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  std::int64_t kib = 0;
  while (file >> key >> kib) {
    std::getline(file, unit);
    if (key == name) return MebiBytes(kib / kib_per_mib);
  }
  return MebiBytes(0);
}

std::uint32_t count(hwloc_topology_t topology, hwloc_obj_type_t type) {
  return static_cast<std::uint32_t>(std::max(1, hwloc_get_nbobjs_by_type(topology, type)));
}

void find_processors(NodeShape& shape) {
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return;
  if (hwloc_topology_load(topology) == 0) {
    shape.sockets = count(topology, HWLOC_OBJ_PACKAGE);
    const std::uint32_t cores = count(topology, HWLOC_OBJ_CORE);
    shape.cpus = count(topology, HWLOC_OBJ_PU);
    shape.cores_per_socket = std::max(1U, cores / shape.sockets);
    shape.threads_per_core = std::max(1U, shape.cpus / cores);
  }
  hwloc_topology_destroy(topology);
}

}  // namespace

Seconds uptime() {
  timespec up{};
  clock_gettime(CLOCK_BOOTTIME, &up);
  return Seconds(up.tv_sec);
}

NodeRegistration find_hardware(const std::string& tmp_fs) {
  NodeRegistration found;
  find_processors(found.shape);
  found.shape.memory = memory_line("MemTotal:");
  struct statvfs disk {};
  if (statvfs(tmp_fs.c_str(), &disk) == 0)
    found.shape.tmp_disk =
        MebiBytes(static_cast<std::int64_t>(disk.f_blocks) * static_cast<std::int64_t>(disk.f_frsize) >> 20);
  utsname system{};
  uname(&system);
  found.architecture = system.machine;
  found.os = fmt::format("{} {} {}", system.sysname, system.release, system.version);
  found.version = "25.11.0";
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  found.booted = Instant(now.tv_sec - uptime().value);
  std::ifstream("/proc/sys/kernel/random/boot_id") >> found.boot_id;
  return found;
}

Heartbeat find_vitals() {
  Heartbeat vitals;
  double load = 0;
  constexpr double hundredths = 100;
  if (getloadavg(&load, 1) == 1) vitals.load_hundredths = static_cast<std::uint32_t>(load * hundredths);
  vitals.free_memory = memory_line("MemFree:");
  return vitals;
}

}  // namespace slurmxx
