// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/show_reservation.h"

#include "cli/data_fields.h"
#include "commands/scontrol/record_text.h"
#include "core/reserve/flags.h"
#include "core/text/instant_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

std::string names_of(const NameRule& rule) {
  std::string text;
  for (const std::string& name : rule.names) {
    if (!text.empty()) text += ',';
    if (rule.denies) text += '-';
    text += name;
  }
  return text;
}

std::string names_text(const NameRule& rule) {
  const std::string names = names_of(rule);
  return std::string(or_null(names));
}

// PURGE_COMP without its time.
DataWords flag_words(const Reservation& reservation) {
  DataWords words;
  const std::string text = flags_text(reservation);
  for (const std::string_view flag : split_commas(text)) words.emplace_back(flag.substr(0, flag.find('=')));
  return words;
}

constexpr DataField<ReservationView> reservation_fields[] = {
    {"accounts", [](const ReservationView& v) -> DataValue { return names_of(v.reservation.access.accounts); }},
    {"burst_buffer", [](const ReservationView& v) -> DataValue { return v.reservation.burst_buffer; }},
    {"core_count", [](const ReservationView& v) -> DataValue { return std::int64_t{v.core_count}; }},
    {"end_time",
     [](const ReservationView& v) -> DataValue { return number_of(std::optional(v.reservation.times.end)); }},
    {"features", [](const ReservationView& v) -> DataValue { return v.reservation.features; }},
    {"flags", [](const ReservationView& v) -> DataValue { return flag_words(v.reservation); }},
    {"groups", [](const ReservationView& v) -> DataValue { return names_of(v.reservation.access.groups); }},
    {"licenses", [](const ReservationView& v) -> DataValue { return v.reservation.licenses; }},
    {"max_start_delay",
     [](const ReservationView& v) -> DataValue {
       return v.reservation.times.max_start_delay.value_or(Seconds(0)).value;
     }},
    {"name", [](const ReservationView& v) -> DataValue { return v.reservation.name; }},
    {"node_count", [](const ReservationView& v) -> DataValue { return std::int64_t{v.node_count}; }},
    {"node_list", [](const ReservationView& v) -> DataValue { return v.nodes; }},
    {"partition", [](const ReservationView& v) -> DataValue { return v.reservation.partition; }},
    {"purge_completed.time",
     [](const ReservationView& v) -> DataValue {
       const auto& after = v.reservation.times.purge_after;
       return after ? DataNumber{after->value, false} : DataNumber{};
     }},
    {"start_time",
     [](const ReservationView& v) -> DataValue { return number_of(std::optional(v.reservation.times.start)); }},
    {"tres", [](const ReservationView& v) -> DataValue { return v.tres; }},
    {"users", [](const ReservationView& v) -> DataValue { return names_of(v.reservation.access.users); }},
};

}  // namespace

std::string show_reservation_text(const ReservationView& view, const ShowStyle& style) {
  const Reservation& r = view.reservation;
  RecordText record;
  auto when = [&](Instant at) { return instant_text(at, *style.zone); };
  record.line("ReservationName={} StartTime={} EndTime={} Duration={}", r.name, when(r.times.start), when(r.times.end),
              duration_long(r.times.end - r.times.start));
  record.line("Nodes={} NodeCnt={} CoreCnt={} Features={} PartitionName={} Flags={}", or_null(view.nodes),
              view.node_count, view.core_count, or_null(r.features), or_null(r.partition), flags_text(r));
  record.line("TRES={}", or_null(view.tres));
  record.line("AllowedPartitions={} QOS={}", names_text(r.access.partitions), names_text(r.access.qos));
  record.line("Users={} Groups={} Accounts={} Licenses={} State={} BurstBuffer={}", names_text(r.access.users),
              names_text(r.access.groups), names_text(r.access.accounts), or_null(r.licenses),
              view.active ? "ACTIVE" : "INACTIVE", or_null(r.burst_buffer));
  record.line("MaxStartDelay={}", r.times.max_start_delay ? duration_long(*r.times.max_start_delay) : "(null)");
  record.line_unless_empty("Comment", r.comment);
  return record.text(style.one_line);
}

void write_reservations(const std::vector<const ReservationView*>& rows, const DataTarget& to) {
  write_answer("reservations", to, [&](DataWriter& w) {
    write_array<ReservationView>(w, reservation_fields, rows,
                                 [](const ReservationView* row) -> const ReservationView& { return *row; });
  });
}

}  // namespace slurmxx
