// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Keys that older versions of Slurm knew: they are passed over with a warning.
#include "core/config/keys.h"

namespace slurmxx {
namespace {

constexpr RetiredKey retired[] = {{"AccountingStorageLoc", ""},
                                  {"AccountingStorageUser", "slurmdbd.conf has StorageUser"},
                                  {"AccountingStoreJobComment", "use AccountingStoreFlags=job_comment"},
                                  {"CacheGroups", ""},
                                  {"CheckpointType", ""},
                                  {"ControlAddr", "use SlurmctldHost"},
                                  {"ControlMachine", "use SlurmctldHost"},
                                  {"BackupAddr", "use SlurmctldHost"},
                                  {"BackupController", "use SlurmctldHost"},
                                  {"CoreSpecPlugin", ""},
                                  {"CryptoType", "use CredType"},
                                  {"ExtSensorsFreq", ""},
                                  {"ExtSensorsType", ""},
                                  {"FastSchedule", ""},
                                  {"GetEnvTimeout", ""},
                                  {"JobCheckpointDir", ""},
                                  {"JobContainerType", "use NamespaceType"},
                                  {"JobCredentialPrivateKey", ""},
                                  {"JobCredentialPublicCertificate", ""},
                                  {"KeepAliveTime", "use CommunicationParameters"},
                                  {"LaunchType", ""},
                                  {"MemLimitEnforce", ""},
                                  {"PowerParameters", ""},
                                  {"PowerPlugin", ""},
                                  {"RoutePlugin", "use TopologyParam"},
                                  {"SallocDefaultCommand", "use LaunchParameters=use_interactive_step"},
                                  {"SlurmctldPlugstack", ""},
                                  {"TaskAffinity", "use TaskPlugin=task/affinity"}};

}  // namespace

std::span<const RetiredKey> retired_config_keys() { return retired; }

}  // namespace slurmxx
