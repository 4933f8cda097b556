// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Fair Tree compares two associations where their paths from the root part: whose Level FS is higher there stands
// above, whatever is below. Levels are shares over usage, so the two cross when usage over shares is equal; with what
// runs now and the decay, that instant has a closed form.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "commands/sshare/run.h"
#include "core/text/time_text.h"

namespace slurmxx {
namespace {

using Path = std::vector<const ShareLine*>;  // from the root down

Result<const ShareLine*> find_line(const SharesReply& reply, const std::string& name) {
  const auto colon = split_once(name, ':');
  const ShareLine* found = nullptr;
  for (const ShareLine& line : reply.lines) {
    const bool is_it = colon ? line.account == colon->first && line.user == colon->second
                             : (line.user.empty() ? line.account : line.user) == name;
    if (!is_it) continue;
    // A user in one account, before an account that bears the same name.
    if (found && !found->user.empty() && !line.user.empty())
      return fail(
          fmt::format("{} is in several accounts: say {}:{} or {}:{}", name, found->account, name, line.account, name));
    if (!found || !line.user.empty()) found = &line;
  }
  if (!found) return fail(fmt::format("no user or account \"{}\" is known here", name));
  return found;
}

Path path_to(const SharesReply& reply, const ShareLine& line) {
  Path path{&line};
  while (path.back()->parent != 0 && path.size() <= reply.lines.size())
    for (const ShareLine& one : reply.lines)
      if (one.id == path.back()->parent) {
        path.push_back(&one);
        break;
      }
  std::ranges::reverse(path);
  return path;
}

std::string name_of(const ShareLine& line) {
  return line.user.empty() ? "account " + line.account : fmt::format("{} in {}", line.user, line.account);
}

std::string level_text(double level) { return std::isinf(level) ? "infinite" : fmt::format("{:.6f}", level); }

double shares_of(const ShareLine& line) { return line.shares.value_or(1); }
double weight(const ShareLine& line, double usage) { return shares_of(line) > 0 ? usage / shares_of(line) : INFINITY; }

// When usage over shares of `above` reaches that of `below`: usage decays by the half-life and grows by what runs.
std::optional<double> seconds_to_cross(const ShareLine& above, const ShareLine& below, Seconds half_life) {
  const double gap = weight(below, below.usage) - weight(above, above.usage);
  const double speed = weight(above, above.rate) - weight(below, below.rate);
  if (!above.shares || !(speed > 0) || !(gap >= 0)) return std::nullopt;
  if (half_life.value <= 0) return gap / speed;
  const double decay = std::log(2.0) / static_cast<double>(half_life.value);
  // gap x = speed (1 - x) / decay, with x what is left of today's usage.
  const double left = speed / decay / (gap + speed / decay);
  return -std::log(left) / decay;
}

std::string figures(const ShareLine& line) {
  return fmt::format("  {:<28} {:>8} {:>12.6f} {:>14.0f} {:>13.6f} {:>12}\n", name_of(line),
                     line.shares ? fmt::to_string(*line.shares) : "parent", line.normal_shares, line.usage,
                     line.effective_usage, level_text(line.level));
}

std::string crossing_text(const ShareLine& above, const ShareLine& below, const SharesReply& reply) {
  if (below.usage <= 0 && above.usage <= 0) return "Neither has used anything: the first to run falls behind.\n";
  std::string text;
  if (const double lead = weight(below, below.usage) * shares_of(above) - above.usage; std::isfinite(lead) && lead >= 0)
    text = fmt::format("They cross when {} has used {:.0f} billed seconds more than now.\n", name_of(above), lead);
  const auto seconds = seconds_to_cross(above, below, reply.half_life);
  if (!seconds) return text + "As things run now they do not cross: decay alone changes both alike.\n";
  const Seconds rounded(static_cast<std::int64_t>(*seconds) + 1);
  return text + fmt::format("As things run now ({:.0f} billed a second against {:.0f}) that is in {}.\n", above.rate,
                            below.rate, duration_long(rounded));
}

}  // namespace

Result<std::string> explain_shares(const SharesReply& reply, const std::string& one, const std::string& other) {
  TRY_ASSIGN(const ShareLine* first, find_line(reply, one));
  TRY_ASSIGN(const ShareLine* second, find_line(reply, other));
  if (first == second) return fail("both are the same association");
  if (!reply.fair_tree) return fail("only Fair Tree is explained: PriorityFlags has NO_FAIR_TREE");
  const Path a = path_to(reply, *first), b = path_to(reply, *second);
  std::size_t fork = 0;
  while (fork < std::min(a.size(), b.size()) && a[fork] == b[fork]) ++fork;
  if (fork == a.size() || fork == b.size())
    return fail(fmt::format("{} is above {} in the tree: they are not compared", one, other));
  const bool a_leads = a[fork]->level >= b[fork]->level;
  const ShareLine& above = a_leads ? *a[fork] : *b[fork];
  const ShareLine& below = a_leads ? *b[fork] : *a[fork];
  std::string text =
      fmt::format("{} and {} part below account {}.\n", name_of(*first), name_of(*second), a[fork - 1]->account);
  text += fmt::format("  {:<28} {:>8} {:>12} {:>14} {:>13} {:>12}\n", "", "Shares", "NormShares", "RawUsage",
                      "EffectvUsage", "LevelFS");
  text += figures(above) + figures(below);
  if (above.level == below.level)
    return text + "They are level there: what is below each of them is ranked together.\n";
  text += fmt::format("{} has more left of its shares (LevelFS {} against {}): it stands above, with all below it.\n",
                      name_of(above), level_text(above.level), level_text(below.level));
  if (!first->user.empty() && !second->user.empty())
    text += fmt::format("FairShare: {} {:.6f}, {} {:.6f}.\n", one, first->fair_share, other, second->fair_share);
  return text + crossing_text(above, below, reply);
}

}  // namespace slurmxx
