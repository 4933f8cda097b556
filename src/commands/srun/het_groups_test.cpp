// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/het_groups.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

using Groups = std::vector<std::uint32_t>;

Groups groups_of(std::string_view text) { return parse_het_groups(text).value(); }

}  // namespace

TEST_CASE("het groups are numbers and ranges, each once") {
  CHECK(groups_of("2") == Groups{2});
  CHECK(groups_of("1,3-5") == Groups{1, 3, 4, 5});
  CHECK(groups_of("[4,0-1,1]") == Groups{0, 1, 4});
  for (const char* bad : {"", "x", "1,", "2-1", "-1", "1-128"})
    CHECK(parse_het_groups(bad).error().message == "Invalid --het-group value: " + std::string(bad));
}

TEST_CASE("a lone colon parts an srun wherever it stands") {
  CHECK(split_at_colons({"-n1", "a", ":", "-n2", "b"}) ==
        std::vector<std::vector<std::string>>{{"-n1", "a"}, {"-n2", "b"}});
  CHECK(split_at_colons({"a", "b:c"}).size() == 1);
}

TEST_CASE("a component's sizes are its own, and the job stays the leader") {
  const Environment caller{{"SLURM_JOB_ID", "7"},
                           {"SLURM_NTASKS", "4"},
                           {"SLURM_CPUS_PER_TASK", "2"},
                           {"SLURM_JOB_ID_HET_GROUP_0", "7"},
                           {"SLURM_NTASKS_HET_GROUP_0", "1"},
                           {"SLURM_JOB_ID_HET_GROUP_1", "8"},
                           {"SLURM_NTASKS_HET_GROUP_1", "3"},
                           {"SLURM_JOB_NUM_NODES_HET_GROUP_1", "2"}};
  const Environment second = component_environment(caller, 1);
  CHECK(*second.find("SLURM_JOB_ID") == "7");
  CHECK(*second.find("SLURM_NTASKS") == "3");
  CHECK(*second.find("SLURM_NNODES") == "2");
  CHECK(second.find("SLURM_CPUS_PER_TASK") == nullptr);
  CHECK(*component_environment(second, 0).find("SLURM_NTASKS") == "1");

  Environment other = caller;  // a job that was submitted from within the heterogeneous one
  other.set("SLURM_JOB_ID", "9");
  CHECK(*component_environment(other, 1).find("SLURM_NTASKS") == "4");
}
