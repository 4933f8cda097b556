// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The security label of a job: MCSPlugin and MCSParameters of slurm.conf(5), --mcs-label of sbatch(1).
#pragma once

#include <string>

#include "base/result.h"
#include "control/published.h"
#include "core/config/cluster_config.h"
#include "core/model/job_spec.h"
#include "core/place/label_rule.h"

namespace slurmxx {

bool gives_labels(const ClusterConfig& config);  // MCSPlugin is one that jobs get labels by

// Empty: it has none. An error: the label asked for is not one that its owner may have.
Result<std::string> mcs_label_of(const JobSpec& spec, const Caller& caller, const ClusterConfig& config);

// A node has the label of the first of its jobs that has one; where none can have one, no job is looked at. Nodes by
// NodeIndex.
void label_nodes(const Published& published, std::vector<NodeView>& nodes);

LabelRule label_rule_of(const ClusterConfig& config);  // by the first of its words

}  // namespace slurmxx
