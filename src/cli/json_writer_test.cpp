// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/json_writer.h"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <limits>

using namespace slurmxx;

namespace {

template <class Fill>
std::string written(DataFormat format, Fill fill) {
  std::string out;
  auto writer = make_data_writer(format, [&](std::string_view chunk) { out += chunk; });
  fill(*writer);
  return out;
}

void sample(DataWriter& writer) {
  writer.begin_object();
  writer.member("name", "a \"b\"\n");
  number_member(writer, "limit", 4);
  writer.key("none");
  writer.begin_array();
  writer.end_array();
  writer.key("list");
  writer.begin_array();
  writer.begin_object();
  writer.member("x", 1);
  writer.member("y", true);
  writer.end_object();
  writer.integer(7);
  writer.begin_array();
  writer.real(0.5);
  writer.null();
  writer.end_array();
  writer.begin_object();
  writer.end_object();
  writer.end_array();
  writer.end_object();
  writer.finish();
}

}  // namespace

TEST_CASE("JSON is indented by two") {
  std::string out = written(DataFormat::json, sample);
  CHECK(
      out.starts_with("{\n  \"name\": \"a \\\"b\\\"\\n\",\n  \"limit\": {\n    \"set\": true,\n    \"infinite\": "
                      "false,\n    \"number\": 4\n  },\n  \"none\": [],\n"));
  CHECK(out.ends_with("}\n"));
}

TEST_CASE("YAML spells the same events in blocks") {
  CHECK(written(DataFormat::yaml, sample) ==
        "---\n"
        "\"name\": \"a \\\"b\\\"\\n\"\n"
        "\"limit\":\n"
        "  \"set\": true\n"
        "  \"infinite\": false\n"
        "  \"number\": 4\n"
        "\"none\": []\n"
        "\"list\":\n"
        "  - \"x\": 1\n"
        "    \"y\": true\n"
        "  - 7\n"
        "  - - 0.5\n"
        "    - null\n"
        "  - {}\n"
        "...\n");
}

TEST_CASE("a number without limit is infinite and not set") {
  std::string out = written(DataFormat::json, [](DataWriter& writer) {
    writer.begin_object();
    number_member(writer, "time", Infinite{});
    number_member(writer, "nothing", std::nullopt);
    writer.member("bad", std::numeric_limits<double>::quiet_NaN());
    writer.end_object();
    writer.finish();
  });
  rapidjson::Document document;
  REQUIRE_FALSE(document.Parse(out.c_str()).HasParseError());
  CHECK(document["time"]["infinite"].GetBool());
  CHECK_FALSE(document["time"]["set"].GetBool());
  CHECK_FALSE(document["nothing"]["infinite"].GetBool());
  CHECK(document["bad"].IsNull());
}

TEST_CASE("every answer ends with meta, errors and warnings") {
  AnswerMeta meta;
  meta.cluster = "golden";
  meta.command = {"sinfo", "--json"};
  const AnswerProblem errors[] = {{"no such job", 2017, "Invalid job id specified", "squeue"}};
  std::string out = written(DataFormat::json, [&](DataWriter& writer) {
    begin_answer(writer);
    end_answer(writer, meta, errors);
  });
  rapidjson::Document document;
  REQUIRE_FALSE(document.Parse(out.c_str()).HasParseError());
  CHECK(std::string(document["meta"]["slurm"]["cluster"].GetString()) == "golden");
  CHECK(std::string(document["meta"]["slurm"]["version"]["minor"].GetString()) == "11");
  CHECK(std::string(document["meta"]["command"][1].GetString()) == "--json");
  CHECK(document["errors"][0]["error_number"].GetInt() == 2017);
  CHECK(document["warnings"].Empty());
}

TEST_CASE("bytes that are no UTF-8 do not make the answer unreadable") {
  std::string out = written(DataFormat::json, [](DataWriter& writer) {
    writer.begin_object();
    writer.key("name");
    writer.text("a\xFF\x1b\n");
    writer.end_object();
  });
  rapidjson::Document document;
  REQUIRE_FALSE(document.Parse<rapidjson::kParseValidateEncodingFlag>(out.c_str()).HasParseError());
  CHECK(std::string(document["name"].GetString()) == "a\xEF\xBF\xBD\x1b\n");
}
