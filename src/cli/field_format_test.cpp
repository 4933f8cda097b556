// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/field_format.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

struct Row {
  int id = 0;
  std::string name;
  std::string partition;
  int place = 0;
};

constexpr Field<Row> fields[] = {
    {'i', "JobID", "JOBID", [](const Row& r) { return std::to_string(r.id); },
     [](const Row& r) { return sort_value(r.id); }},
    {'j', "Name", "NAME", [](const Row& r) { return r.name; }},
    {'P', "Partition", "PARTITION", [](const Row& r) { return r.partition; }, nullptr,
     [](const Row& r) { return sort_value(r.place); }},
    {0, "NameOnly", "NAMEONLY", [](const Row& r) { return r.name; }},
    {'l', "Whole", "WHOLE", [](const Row& r) { return r.name; }, nullptr, nullptr, nullptr, true},
};
const std::span<const Field<Row>> table = fields;
const Row wrap{12, "wrapped", "batch", 2};

std::string letters(std::string_view text) {
  FormatParse parsed = parse_letters(field_names(fields), text, "job");
  CHECK(parsed.complaints.empty());
  return heading_line(parsed.format, field_names(fields)) + row_line(parsed.format, table, wrap);
}

std::string names(std::string_view text) {
  FormatParse parsed = parse_names(field_names(fields), text, "job");
  CHECK(parsed.complaints.empty());
  return heading_line(parsed.format, field_names(fields)) + row_line(parsed.format, table, wrap);
}

}  // namespace

TEST_CASE("-o pads only where a size is given and keeps the text between") {
  CHECK(letters("%i %j") == "JOBID NAME\n12 wrapped\n");
  CHECK(letters("[%.8i|%10P]x") == "[   JOBID|PARTITION ]x\n[      12|batch     ]x\n");
  CHECK(letters("no field") == "no field\nno field\n");
}

TEST_CASE("-o cuts a value at its size, from the right on either side") {
  CHECK(letters("%.4j|%4j") == "NAME|NAME\nwrap|wrap\n");
}

TEST_CASE("-o leaves an unknown field as text and complains about its letter") {
  FormatParse parsed = parse_letters(field_names(fields), "%#N|%.6i%", "node");
  CHECK(parsed.complaints == std::vector<std::string>{"Invalid node format specification: #"});
  CHECK(row_line(parsed.format, table, wrap) == "%#N|    12\n");
}

TEST_CASE("%all shows every lettered field between bars") {
  CHECK(letters("%all") == "JOBID|NAME|PARTITION|WHOLE\n12|wrapped|batch|wrapped\n");
}

TEST_CASE("our own formats may leave a size to the widest value") {
  FormatParse parsed = parse_letters(field_names(fields), "%#P %.#j", "node", AutomaticSize::allowed);
  CHECK(parsed.complaints.empty());
  std::vector<Row> rows{wrap, {1, "a", "longpartition", 1}};
  fit_columns(parsed.format, table, rows, 9);
  CHECK(row_line(parsed.format, table, rows[0]) == "batch           wrapped\n");
}

TEST_CASE("-O gives 20 columns unless told, and a suffix") {
  CHECK(names("JobID,Name") == "JOBID               NAME                \n12                  wrapped             \n");
  CHECK(names("jobid:4,nameonly:.6x,Name:+") == "JOBINAMEONxNAME+\n12  wrappexwrapped+\n");
}

TEST_CASE("-O leaves out a name it does not know") {
  FormatParse parsed = parse_names(field_names(fields), "JobID:3,NoSuchField", "job");
  CHECK(parsed.complaints == std::vector<std::string>{"Invalid job format specification: NoSuchField"});
  CHECK(row_line(parsed.format, table, wrap) == "12 \n");
}

TEST_CASE("a value that must be read whole runs over its size; its heading does not") {
  CHECK(letters("%.4l|%9l|") == "WHOL|WHOLE    |\nwrapped|wrapped  |\n");
}

TEST_CASE("-O with a suffix and no size is as wide as the value") {
  CHECK(names("JobID:|,Partition: ,Name:.") == "JOBID|PARTITION NAME\n12|batch wrapped\n");
}

TEST_CASE("rows are sorted by several keys, each way") {
  std::vector<Row> rows{{2, "b", "x", 1}, {10, "b", "a", 2}, {1, "a", "a", 2}};
  auto ids = [&](std::string_view spec) {
    auto keys = parse_sort(field_names(fields), spec);
    REQUIRE(keys);
    std::vector<Row> sorted = rows;
    sort_rows<Row>(*keys, table, sorted);
    std::string text;
    for (const Row& row : sorted) text += std::to_string(row.id) + " ";
    return text;
  };
  CHECK(ids("i") == "1 2 10 ");
  CHECK(ids("-i") == "10 2 1 ");
  CHECK(ids("j,-i") == "1 10 2 ");
  CHECK(ids("P,i") == "1 10 2 ");
  CHECK(ids("#P,i") == "2 1 10 ");
  CHECK(ids("+partition,-i") == "10 1 2 ");
  CHECK(ids("Pi") == "1 10 2 ");  // letters that stand together
  CHECK(ids("-+i") == "1 2 10 ");
  CHECK(ids("-i,+,,") == "10 2 1 ");  // a sign alone says nothing
  CHECK(ids("-") == "2 10 1 ");
  const auto refused = [](std::string_view spec, ConfiguredOrder configured = ConfiguredOrder::allowed) {
    return parse_sort(field_names(fields), spec, configured).error().message;
  };
  CHECK(refused("i,?") == "Invalid sort specification: ?");
  CHECK(refused("nosuch") == "Invalid sort specification: nosuch");
  CHECK(refused("P,#i", ConfiguredOrder::refused) == "Invalid sort specification: #");
}

TEST_CASE("widths are counted in characters, not bytes") {
  CHECK(fit("größe", 4, false) == "größ");
  CHECK(fit("größe", 7, true) == "  größe");
}

TEST_CASE("a painted value is cut and padded as a plain one") {
  std::string line;
  append_painted({0, 4, true, false, "|"}, "R", "32", line);
  append_painted({0, 4, true, false, "|"}, "R", "", line);
  CHECK(line == "\x1b[32m   R\x1b[0m|   R|");
}
