// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/pmi/pmi_text.h"

using namespace slurmxx;

TEST_CASE("a line comes in pieces and is one message") {
  PmiReader reader;
  reader.feed("cmd=put kvsname=1.0 key=a");
  CHECK(!reader.next().value());
  reader.feed(" value=x=y\ncmd=barrier_in\n");
  const auto put = reader.next().value();
  REQUIRE(put);
  CHECK(put->command == "put");
  CHECK(put->text("value") == "x=y");
  CHECK(put->find("port") == nullptr);
  CHECK(reader.next().value()->command == "barrier_in");
  CHECK(!reader.next().value());
}

TEST_CASE("a block of lines is one message") {
  PmiReader reader;
  reader.feed("mcmd=spawn\nnprocs=2\nexecname=a b\n");
  CHECK(!reader.next().value());
  reader.feed("endcmd\n");
  const auto spawn = reader.next().value();
  REQUIRE(spawn);
  CHECK(spawn->command == "spawn");
  CHECK(spawn->text("execname") == "a b");
}

TEST_CASE("a counted message keeps semicolons of its values") {
  const PmiMessage message{"kvs-put", {{"key", "a"}, {"value", "1;;2;"}, {"empty", ""}}};
  const std::string text = pmi_text(PmiForm::counted, message);
  CHECK(text == "    40cmd=kvs-put;key=a;value=1;;;;2;;;empty=;");
  PmiReader reader;
  reader.set_form(PmiForm::counted);
  reader.feed(text.substr(0, 20));
  CHECK(!reader.next().value());
  reader.feed(text.substr(20));
  CHECK(reader.next().value() == message);
}

TEST_CASE("what is no PMI is an error that shows it") {
  PmiReader reader;
  reader.feed("GET / HTTP/1.1\n");
  CHECK(reader.next().error().message == "\"GET / HTTP/1.1\" is no message of PMI-1 or PMI-2");
  PmiReader counted;
  counted.set_form(PmiForm::counted);
  counted.feed("cmd=init");
  CHECK(!counted.next().ok());
  PmiReader endless;
  endless.feed(std::string(pmi_message_bytes_max + 1, 'a'));
  CHECK(!endless.next().ok());
}
