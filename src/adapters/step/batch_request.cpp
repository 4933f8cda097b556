// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/batch_request.h"

#include "adapters/step/step_binding.h"

namespace slurmxx {

LaunchRequest batch_request(const LaunchBatch& order, const BatchFacts& facts) {
  const LaunchSpec& launch = order.spec.launch;
  LaunchRequest request;
  request.uid = order.spec.owner.uid;
  request.gid = order.spec.owner.gid;
  request.groups = order.spec.owner.groups;
  request.arguments = {facts.script_path};
  request.arguments.insert(request.arguments.end(), launch.arguments.begin(), launch.arguments.end());
  request.environment = order.environment;
  request.work_dir = launch.work_dir;
  FileNameFacts names;
  names.job = order.job.job;
  names.array = order.array;
  names.step = StepId::batch();
  names.node_name = facts.host_name;
  names.user_name = order.spec.owner.user_name;
  names.job_name = order.spec.labels.name;
  request.files = batch_file_names(launch, names);
  request.append = launch.append;
  request.error_head = facts.error_head;
  request.tell_exec_error = true;
  request.umask = launch.umask;
  request.limits = launch.limits;
  bind_batch(order, request);
  return request;
}

}  // namespace slurmxx
