// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/tres/tres_weights.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

double billed(const char* weights, const TresCounts& tres, BillingSum sum = BillingSum::all) {
  return billing_of(tres, *parse_tres_weights(weights), sum);
}

constexpr std::uint64_t gib = 1024;

}  // namespace

TEST_CASE("TRES weights take a unit behind those of memory") {
  const auto weights = parse_tres_weights("CPU=1000,Mem=0.25G,GRES/gpu:A100=-2.5,license/Matlab=3");
  REQUIRE(weights);
  CHECK(*weights ==
        std::vector<TresWeight>{{"cpu", 1000}, {"mem", 0.25 / 1024}, {"gres/gpu:A100", -2.5}, {"license/Matlab", 3}});
  CHECK(parse_tres_weights("")->empty());
  CHECK_FALSE(parse_tres_weights("CPU=1G"));
  CHECK_FALSE(parse_tres_weights("CPU"));
  CHECK_FALSE(parse_tres_weights("nosuch=1"));
  CHECK_FALSE(parse_tres_weights("Mem=x"));
}

TEST_CASE("a job is billed as the documentation's examples are") {
  const char* weights = "CPU=1.0,Mem=0.25G";
  CHECK(billed(weights, {{"cpu", 1}, {"mem", 60 * gib}}) == 16);
  CHECK(billed(weights, {{"cpu", 16}, {"mem", 1 * gib}}) == 16.25);
  CHECK(billed(weights, {{"cpu", 16}, {"mem", 60 * gib}}) == 31);
  CHECK(billed(weights, {{"cpu", 1}, {"mem", 60 * gib}}, BillingSum::max_of_node) == 15);
  CHECK(billed(weights, {{"cpu", 15}, {"mem", 1 * gib}}, BillingSum::max_of_node) == 15);
  CHECK(billed(weights, {{"cpu", 16}, {"mem", 64 * gib}}, BillingSum::max_of_node) == 16);
}

TEST_CASE("without weights CPUs are billed, and what belongs to the whole cluster always adds up") {
  CHECK(billed("", {{"cpu", 5}, {"mem", 1000}}) == 5);
  const TresCounts tres{{"cpu", 4}, {"gres/gpu", 2}, {"license/matlab", 3}};
  const char* weights = "CPU=1,gres/gpu=8,license/matlab=2";
  CHECK(billed(weights, tres) == 4 + 16 + 6);
  CHECK(billed(weights, tres, BillingSum::max_of_node) == 16 + 6);
  CHECK(billed(weights, tres, BillingSum::max_and_gres) == 4 + 16 + 6);
}
