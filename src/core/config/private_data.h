// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PrivateData of slurm.conf and slurmdbd.conf. A word that is not understood would hide nothing: it is an error.
#pragma once

#include <string>
#include <vector>

#include "core/config/record_reader.h"

namespace slurmxx {

// In lower case and in the plural, as the manual has them; "job" means jobs. Empty: none.
void read_private_data(RecordReader& reader, std::string_view key, std::vector<std::string>& out);

}  // namespace slurmxx
