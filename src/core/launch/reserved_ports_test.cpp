// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/reserved_ports.h"

#include <doctest/doctest.h>

#include <vector>

using namespace slurmxx;

TEST_CASE("ports of MpiParams are given out from the lowest on, and none twice") {
  CHECK(ports_of_mpi("ports=40000-40009") == PortRange{40'000, 40'009});
  CHECK(ports_of_mpi("other=1,Ports=5-5") == PortRange{5, 5});
  CHECK_FALSE(ports_of_mpi(""));
  CHECK_FALSE(ports_of_mpi("ports=9-5"));
  CHECK_FALSE(ports_of_mpi("ports=1-70000"));
  const PortRange range{100, 104};
  const std::vector<std::string> none, some{"101", "103-104"}, all{"100-102"};
  CHECK(choose_ports(range, none, 3) == "100-102");
  CHECK(choose_ports(range, some, 2) == "100,102");
  CHECK(choose_ports(range, all, 2) == "103-104");
  CHECK_FALSE(choose_ports(range, all, 3));
  CHECK(choose_ports(range, none, 0) == "");
}
