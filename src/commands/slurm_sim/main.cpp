// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurm-sim(1).
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "adapters/clock/clock.h"
#include "cli/session.h"
#include "cli/this_process.h"
#include "commands/slurm_sim/run.h"

int main(int argc, char** argv) {
  using namespace slurmxx;
  SimOptions options;
  const Parsed parsed = read_slurm_sim_options({argv + 1, argv + argc}, options);
  if (parsed.early) return leave_early(*parsed.early);
  SimWorld world;
  world.out = [](std::string_view text) { write_all(STDOUT_FILENO, text); };
  world.err = [](std::string_view text) { write_all(STDERR_FILENO, text); };
  constexpr std::size_t most = std::size_t{4} << 30;
  world.read = [](const std::string& path) {
    return path == "-" ? read_standard_input(most) : read_whole_file(path, most);
  };
  world.list = [](const std::string& path) -> std::optional<std::vector<std::string>> {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) return {};
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path, error))
      names.push_back(entry.path().filename().string());
    return names;
  };
  world.write = [](const std::string& path, std::string_view text) -> Status {
    std::FILE* file = std::fopen(path.c_str(), "w");
    const bool written = file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if ((file && std::fclose(file) != 0) || !written) return fail("cannot write " + path);
    return {};
  };
  MonoTime last = mono_now();
  if (!options.quiet && isatty(STDERR_FILENO))
    world.progress_due = [&last] {
      const MonoTime now = mono_now();
      if (now - last < Millis(200)) return false;
      last = now;
      return true;
    };
  return run_slurm_sim(options, world);
}
