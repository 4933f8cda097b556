// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Measurements are written as none, until nodes report them.
#include "cli/step_data.h"

#include "cli/data_answer.h"
#include "cli/exit_data.h"
#include "core/hostlist/hostlist.h"

namespace slurmxx {

namespace {

using R = const StepRow&;
using V = DataValue;

V zero(R) { return std::int64_t{0}; }
V text_none(R) { return std::string(); }
V unset(R) { return DataNumber{}; }
V no_rows(R) { return DataWords{}; }

std::string nodes(R row) { return nodes_of_step(*row.view, *row.step); }
DataWords node_names(R row) {
  auto names = expand_hostlist(nodes(row));
  return names ? DataWords(names->begin(), names->end()) : DataWords{};
}
std::int64_t elapsed(R row) { return (row.step->ended.value_or(row.context->now) - row.step->started).value; }

struct TresRow {
  const char* type;
  std::int64_t id;
  std::int64_t count;
};

// The ids are those that every accounting database begins with.
void write_allocated(DataWriter& w, R row) {
  TresRow cpu{"cpu", 1, 0}, memory{"mem", 2, 0};
  for (const NodeShare& share : row.step->shares) {
    cpu.count += share.cpus;
    memory.count += share.memory.value;
  }
  w.begin_array();
  for (const TresRow& tres : {cpu, memory, TresRow{"node", 4, static_cast<std::int64_t>(row.step->shares.size())}}) {
    w.begin_object();
    w.member("type", tres.type);
    w.member("name", "");
    w.member("id", tres.id);
    w.member("count", tres.count);
    w.end_object();
  }
  w.end_array();
}

constexpr DataField<StepRow> fields[] = {
    {"time.elapsed", [](R r) -> V { return elapsed(r); }},
    {"time.end", [](R r) -> V { return number_of(r.step->ended); }},
    {"time.start", [](R r) -> V { return number_of(std::optional(r.step->started)); }},
    {"time.suspended", zero},
    {"time.system.seconds", zero},
    {"time.system.microseconds", zero},
    {"time.limit", [](R r) -> V { return number_of(limit_of_step(*r.step)); }},
    {"time.total.seconds", zero},
    {"time.total.microseconds", zero},
    {"time.user.seconds", zero},
    {"time.user.microseconds", zero},
    {"exit_code.status", [](R r) -> V { return exit_words(r.step->exit, r.step->ended.has_value()); }},
    {"exit_code.return_code", [](R r) -> V { return number_of(r.step->exit.status); }},
    {"exit_code.signal.id", [](R r) -> V { return signal_number(r.step->exit); }},
    {"exit_code.signal.name", [](R r) -> V { return signal_name(r.step->exit); }},
    {"nodes.count", [](R r) -> V { return static_cast<std::int64_t>(r.step->shares.size()); }},
    {"nodes.range", [](R r) -> V { return nodes(r); }},
    {"nodes.list", [](R r) -> V { return node_names(r); }},
    {"tasks.count", [](R r) -> V { return std::int64_t{r.step->tasks}; }},
    {"pid", text_none},
    {"CPU.requested_frequency.min", unset},
    {"CPU.requested_frequency.max", unset},
    {"CPU.governor", [](R) -> V { return std::string("0"); }},
    {"kill_request_user", text_none},
    {"state", [](R r) -> V { return DataWords{r.step->ended ? "COMPLETED" : "RUNNING"}; }},
    {"statistics.CPU.actual_frequency", zero},
    {"statistics.energy.consumed", unset},
    {"step.id", [](R r) -> V { return step_id_text(r); }},
    {"step.name", [](R r) -> V { return r.step->name; }},
    {"step.stderr", text_none},
    {"step.stdin", text_none},
    {"step.stdout", text_none},
    {"step.stderr_expanded", text_none},
    {"step.stdin_expanded", text_none},
    {"step.stdout_expanded", text_none},
    {"task.distribution", [](R r) -> V { return r.step->layout.empty() ? "Unknown" : r.step->layout; }},
    {"tres.requested.max", no_rows},
    {"tres.requested.min", no_rows},
    {"tres.requested.average", no_rows},
    {"tres.requested.total", no_rows},
    {"tres.consumed.max", no_rows},
    {"tres.consumed.min", no_rows},
    {"tres.consumed.average", no_rows},
    {"tres.consumed.total", no_rows},
    {"tres.allocated",
     [](R r) -> V {
       return std::function<void(DataWriter&)>([row = &r](DataWriter& w) { write_allocated(w, *row); });
     }},
};

}  // namespace

void write_steps(const std::vector<StepRow>& rows, Instant now, DataFormat format, const Output& output) {
  write_answer("steps", {format, output, now},
               [&](DataWriter& w) { write_array<StepRow>(w, fields, rows, [](const StepRow& row) { return row; }); });
}

}  // namespace slurmxx
