// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/gres_conf.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

const std::vector<std::string> types{"gpu", "nic", "shard"};

Result<GresConfig> read(const std::string& text, std::vector<std::string>& warnings, const char* node = "n1") {
  const auto parsed = read_config_text("gres.conf", [&](const std::string&) { return Result<std::string>(text); });
  REQUIRE(parsed);
  return read_gres_conf(*parsed, node, types, warnings);
}

const auto all_there = [](const std::string&) { return true; };

}  // namespace

TEST_CASE("lines of other nodes are passed over, files are expanded") {
  std::vector<std::string> warnings;
  const std::string text =
      "NodeName=n[1-2] Name=gpu Type=a100 File=/dev/nvidia[0-1] Cores=0-3,8 Links=-1,4 Flags=nvidia_gpu_env\n"
      "NodeName=n3 Name=gpu File=/dev/nvidia0\n"
      "Name=nic Count=2K\n"
      "AutoDetect=off\n";
  const auto config = read(text, warnings);
  REQUIRE(config);
  REQUIRE(config->rows.size() == 2);
  CHECK(config->rows[0].files == std::vector<std::string>{"/dev/nvidia0", "/dev/nvidia1"});
  CHECK(config->rows[0].cores.text() == "0-3,8");
  CHECK(config->rows[1].count == 2048);
  CHECK(warnings.empty());
  CHECK(gpu_variables(config->rows) == std::vector<std::string>{"CUDA_VISIBLE_DEVICES"});
}

TEST_CASE("what the node has: files that are not there do not count, what gres.conf does not name is as declared") {
  std::vector<std::string> warnings;
  const auto config = read("Name=gpu File=/dev/nvidia[0-3]\n", warnings);
  REQUIRE(config);
  const auto found = found_gres(*config, "gpu:4,nic:2", [](const std::string& file) { return file != "/dev/nvidia2"; });
  REQUIRE(found.size() == 2);
  CHECK(found[0].count == 3);
  CHECK(found[1] == GresFound{"nic", "", 2, {}, {}, "", ""});
}

TEST_CASE("what is to be detected is not taken as declared; the node's own line counts before that of all") {
  std::vector<std::string> warnings;
  const auto all = read("AutoDetect=nvml\n", warnings);
  REQUIRE(all);
  CHECK(all->detect == "gres.conf line 1: AutoDetect=nvml");
  const auto found = found_gres(*all, "gpu:4,nic:2", all_there);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "nic");
  const auto own = read("NodeName=n1 AutoDetect=off Name=gpu File=/dev/nvidia0\nAutoDetect=nvml\n", warnings);
  REQUIRE(own);
  CHECK(own->detect.empty());
}

TEST_CASE("MultipleFiles are one device, CountOnly has none") {
  std::vector<std::string> warnings;
  const auto config =
      read("Name=gpu MultipleFiles=/dev/nvidia[0-1]\nName=nic Count=2 File=/dev/n[0-1] Flags=CountOnly\n", warnings);
  REQUIRE(config);
  CHECK(found_gres(*config, "", all_there)[0].files.size() == 1);
  CHECK(found_gres(*config, "", all_there)[1].files.empty());
  CHECK(found_gres(*config, "", all_there)[1].count == 2);
}

TEST_CASE("mistakes name their line") {
  std::vector<std::string> warnings;
  CHECK(read("Name=gpu Flags=foo\n", warnings).error().message ==
        "gres.conf line 1: Flags=foo: foo is no flag of gres.conf");
  CHECK_FALSE(read("Name=gpu Count=3 File=/dev/nvidia[0-1]\n", warnings));
  CHECK_FALSE(read("AutoDetect=maybe\n", warnings));
  CHECK_FALSE(read("Name=gpu Cores=x\n", warnings));
  CHECK(read("Name=tpu Count=3\n", warnings));
  CHECK(warnings.size() == 1);
}
