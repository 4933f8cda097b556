// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/side_program.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr std::size_t lines_max = 200;  // of one run: a log is no place for more
constexpr std::size_t line_max = 2000;

}  // namespace

SideProgram::SideProgram(ScriptOrder order, std::function<void(const std::string&)> log, MonoTime now)
    : name_(order.name), log_(std::move(log)) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) == 0) {
    output_ = FileDescriptor(ends[0]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
  }
  const FileDescriptor theirs(ends[1]);
  order.output = theirs.get();
  chain_.emplace(std::move(order), now);
}

void SideProgram::collect(std::vector<pollfd>& fds) const {
  if (output_) fds.push_back({output_.get(), POLLIN, 0});
}

void SideProgram::serve(MonoTime now) {
  chain_->tick(now);
  read_output();
  log_lines(over());
  if (!over() || told_) return;
  told_ = true;
  if (!chain_->outcome()->empty()) log_("error: " + *chain_->outcome());
}

void SideProgram::read_output() {
  char part[4096];
  while (output_) {
    const ssize_t n = ::read(output_.get(), part, sizeof part);
    if (n < 0) return;
    if (n == 0) output_ = FileDescriptor();
    if (lines_ <= lines_max && text_.size() <= line_max) text_.append(part, static_cast<std::size_t>(n));
  }
}

void SideProgram::log_lines(bool rest) {
  while (!text_.empty()) {
    const std::size_t end = text_.find('\n');
    if (end == std::string::npos && !rest && text_.size() < line_max) return;
    const std::string line = text_.substr(0, end);
    text_.erase(0, end == std::string::npos ? end : end + 1);
    if (++lines_ <= lines_max) log_(fmt::format("{}: {}", name_, line));
    if (lines_ == lines_max) log_(fmt::format("{}: the rest of its output is left out", name_));
  }
}

}  // namespace slurmxx
