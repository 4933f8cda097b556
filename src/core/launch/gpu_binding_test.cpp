// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/gpu_binding.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace slurmxx;

namespace {

std::string bound(const char* bind, std::uint32_t tasks, std::vector<bool> near = {}) {
  const GpuGrant grant{{4, 5, 7}, 0};
  std::string text;
  for (const GpuIndexes& own : bind_gpus(bind, grant, {tasks, std::move(near)}))
    text += fmt::format("{}{}", text.empty() ? "" : " ", fmt::join(own, "+"));
  return text;
}

}  // namespace

TEST_CASE("which gpus a task gets") {
  CHECK(bound("", 2) == "4+5+7 4+5+7");
  CHECK(bound("none", 1) == "4+5+7");
  CHECK(bound("single:1", 4) == "4 5 7 4");
  CHECK(bound("single:2", 4) == "4 4 5 5");
  CHECK(bound("per_task:1", 3) == "4 5 7");
  CHECK(bound("per_task:2", 2) == "4+5 4+7");
  CHECK(bound("map_gpu:1,0*2", 4) == "5 4 4 5");
  CHECK(bound("mask_gpu:0x3,0x4", 2) == "4+5 7");
  CHECK(bound("verbose,closest", 1, {false, true, true}) == "5+7");
  CHECK(bound("closest", 1, {false, false, false}) == "4+5+7");
}

TEST_CASE("where tasks are bound to CPUs, closest goes by those of each") {
  const GpuGrant grant{{4, 5, 7}, 0};
  const GpuBindFacts facts{2, {true, true, true}, {{false, true, true}, {true, false, false}}};
  CHECK(bind_gpus("closest", grant, facts) == std::vector<GpuIndexes>{{5, 7}, {4}});
  CHECK(bind_gpus("near,per_task:1", grant, facts) == std::vector<GpuIndexes>{{5}, {4}});
  const GpuBindFacts alike{3, {}, {{true, false, false}, {true, false, false}, {true, false, false}}};
  CHECK(bind_gpus("near,per_task:1", grant, alike) == std::vector<GpuIndexes>{{4}, {5}, {7}});
  CHECK(bind_gpus("near,per_task:2", grant, facts) == std::vector<GpuIndexes>{{4, 5}, {4, 7}});  // too few for each
  CHECK_FALSE(check_gpu_bind("near,per_task:1"));
}

TEST_CASE("what verbose tells of a task's gpus") {
  const GpuGrant grant{{4, 5, 7}, 0};
  CHECK(gpu_bind_line("verbose,single:1", grant, {5}) ==
        "gpu-bind: usable_gres=0x20; bit_alloc=0xb0; local_inx=3; global_list=5; local_list=5");
  CHECK(gpu_bind_line("single:1", grant, {5}).empty());
  CHECK(gpu_bind_line("verbose,none", {}, {}).empty());
}

TEST_CASE("forms of --gpu-bind") {
  for (const char* good : {"", "none", "closest", "single:2", "v,per_task:1", "map_gpu:0,1", "mask_gpu:0x1"})
    CHECK(check_gpu_bind(good));
  for (const char* bad : {"foo", "single", "single:0", "map_gpu:", "closest:1"}) CHECK_FALSE(check_gpu_bind(bad));
}

TEST_CASE("a task reads its gpus from its environment") {
  const std::vector<std::string> names{"CUDA_VISIBLE_DEVICES"};
  const std::vector<GresShare> shares{{"gpu", "a100", 2, {0, 1}, {}}};
  const GpuGrant grant = gpu_grant(shares);
  CHECK(fmt::format("{}", fmt::join(gpu_environment(grant, {1}, names, false), " ")) ==
        "CUDA_VISIBLE_DEVICES=1 SLURM_STEP_GPUS=1 SLURM_GPUS_ON_NODE=2");
  CHECK(fmt::format("{}", fmt::join(gpu_environment(grant, grant.gpus, {}, true), " ")) ==
        "SLURM_JOB_GPUS=0,1 SLURM_GPUS_ON_NODE=2");
  CHECK(gpu_environment({}, {}, names, true).empty());
}
