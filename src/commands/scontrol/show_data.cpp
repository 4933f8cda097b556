// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/show_data.h"

#include "core/text/words.h"

namespace slurmxx {

namespace {

constexpr DataField<LicenseRow> license_fields[] = {
    {"LicenseName", [](const LicenseRow& r) -> DataValue { return r.name; }},
    {"Total", [](const LicenseRow& r) -> DataValue { return static_cast<std::int64_t>(r.total); }},
    {"Used", [](const LicenseRow& r) -> DataValue { return std::int64_t{r.used}; }},
    {"Free", [](const LicenseRow& r) -> DataValue { return std::int64_t{r.free()}; }},
    {"Remote", [](const LicenseRow& r) -> DataValue { return r.remote; }},
    {"Reserved", [](const LicenseRow& r) -> DataValue { return std::int64_t{r.reserved}; }},
    {"LastConsumed", [](const LicenseRow& r) -> DataValue { return std::int64_t{r.last_consumed}; }},
    {"LastDeficit", [](const LicenseRow& r) -> DataValue { return std::int64_t{r.last_deficit}; }},
    {"LastUpdate", [](const LicenseRow& r) -> DataValue { return r.last_update.seconds; }},
    {"Nodes", [](const LicenseRow&) -> DataValue { return std::string(); }},
};

}  // namespace

void write_licenses(const std::vector<LicenseRow>& rows, const DataTarget& to) {
  write_answer("licenses", to, [&](DataWriter& w) {
    write_array<LicenseRow>(w, license_fields, rows, [](const LicenseRow& row) { return row; });
  });
}

void write_config_data(const std::vector<std::string>& lines, const DataTarget& to) {
  write_answer("config", to, [&](DataWriter& w) {
    w.begin_object();
    for (const std::string& line : lines) {
      const auto pair = split_once(line, '=');
      if (pair) w.member(trim(pair->first), trim(pair->second));
    }
    w.end_object();
  });
}

void write_ping(std::string_view host, bool responds, std::int64_t latency, const DataTarget& to) {
  write_answer("pings", to, [&](DataWriter& w) {
    w.begin_array();
    w.begin_object();
    w.member("hostname", host);
    w.member("pinged", responds ? "UP" : "DOWN");
    w.member("responding", responds);
    w.member("latency", latency);
    w.member("mode", "primary");
    w.member("primary", true);
    w.end_object();
    w.end_array();
  });
}

void write_running(std::string_view name, const std::vector<RunningStep>& rows, const DataTarget& to) {
  write_answer(name, to, [&](DataWriter& w) {
    const auto rank = [&](std::string_view key, const std::string& text) {
      if (const auto number = parse_natural(text)) w.member(key, static_cast<std::int64_t>(*number));
    };
    w.begin_array();
    for (const RunningStep& row : rows) {
      w.begin_object();
      w.member("job_id", std::int64_t{row.job});
      if (row.step) w.member("step_id", std::string_view(*row.step));
      if (row.pid) w.member("pid", *row.pid);
      rank("local_id", row.local);
      rank("global_id", row.global);
      w.end_object();
    }
    w.end_array();
  });
}

}  // namespace slurmxx
