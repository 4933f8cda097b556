// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node has of each GRES: Gres= of slurm.conf says how much may be used, and what slurmd found gives the devices
// and the cores near them (slurm.conf(5), gres.conf(5)). And how all this is printed.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/gres.h"
#include "core/model/node.h"
#include "core/tres/tres.h"

namespace slurmxx {

// `found` is what was registered; nothing: there are no devices yet. A text that does not parse has no resources.
std::vector<GresPool> gres_pools(std::string_view declared, std::span<const GresFound> found);

// What the node lacks of what slurm.conf promises: "gres/gpu count reported lower than configured (1 < 2)"; or empty.
std::string gres_lack(std::string_view declared, std::span<const GresFound> found);

std::string gres_pools_text(const Node& node);  // gpu:a100:2(S:0),bw:4G  (scontrol show node, sinfo %G)
std::string gres_used_text(const Node& node);   // gpu:a100:1(IDX:0),gpu:v100:0(IDX:N/A),bw:0
std::string gres_shares_text(std::span<const GresShare> shares);  // gpu:a100:1(IDX:0),nic(CNT:1)  (show job -d)

// gres/gpu=2,gres/gpu:a100=2
TresCounts gres_tres(std::span<const GresPool> pools);
TresCounts gres_tres(std::span<const GresShare> shares);

// Only names that are tracked are shown: AccountingStorageTRES.
TresCounts only_tracked(const TresCounts& counts, std::string_view tracked_names);
std::string tracked_gres(
    std::span<const std::string> accounting_storage_tres);  // by commas, as only_tracked() takes it

}  // namespace slurmxx
