// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/survivors.h"

#include <filesystem>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::size_t frames_max = 6;

// "1234 (name of it) S 1 ...": the letter behind the last bracket.
char state_of(const std::string& stat) {
  const std::size_t end = stat.rfind(')');
  return end != std::string::npos && end + 2 < stat.size() ? stat[end + 2] : '?';
}

// "[<0>] io_schedule+0x46/0x80" a line.
std::string frames_of(const std::string& stack) {
  std::string text;
  std::size_t count = 0;
  for (std::string_view line : split(stack, '\n')) {
    if (const std::size_t mark = line.find("] "); mark != std::string_view::npos) line.remove_prefix(mark + 2);
    line = line.substr(0, line.find('+'));
    if (line.empty()) continue;
    if (count++ == frames_max) break;
    text += (text.empty() ? "" : " < ") + std::string(line);
  }
  return text;
}

// The thread that is in an uninterruptible sleep says more than the first one.
std::string stuck_thread(pid_t pid) {
  const std::string first = fmt::format("/proc/{}", pid);
  std::error_code error;
  for (std::filesystem::directory_iterator it(first + "/task", error), end; !error && it != end; it.increment(error))
    if (state_of(proc_file(it->path().string() + "/stat")) == 'D') return it->path().string();
  return first;
}

}  // namespace

Survivor describe_survivor(const FoundProcess& process) {
  Survivor survivor;
  survivor.pid = process.pid;
  survivor.start_time = process.start_time;
  const std::string thread = stuck_thread(process.pid);
  const std::string stat = proc_file(thread + "/stat");
  survivor.state = std::string(1, state_of(stat));
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open != std::string::npos && close != std::string::npos && open < close)
    survivor.program = stat.substr(open + 1, close - open - 1);
  survivor.where = frames_of(proc_file(thread + "/stack"));
  if (survivor.where.empty()) survivor.where = proc_file(thread + "/wchan");
  if (survivor.where == "0") survivor.where.clear();
  return survivor;
}

std::vector<Survivor> describe_survivors(const std::vector<FoundProcess>& processes) {
  std::vector<Survivor> survivors;
  for (const FoundProcess& process : processes) survivors.push_back(describe_survivor(process));
  return survivors;
}

bool is_there(const Survivor& survivor) { return is_alive({survivor.pid, survivor.start_time}); }

}  // namespace slurmxx
