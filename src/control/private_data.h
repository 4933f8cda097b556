// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PrivateData of slurm.conf: what users may not see of each other.
#pragma once

#include <functional>
#include <string>

#include "control/published.h"

namespace slurmxx {

// Narrows a query to what this user may see; operators see everything. An error: nothing of it. The name is asked for
// where it matters.
Status keep_private(const Published& published, Uid caller, const std::function<std::string()>& user_name,
                    ClientRequest& query);

// PrivateData=usage: his own rows of associations, and those of accounts that he coordinates.
bool is_shown_to(std::string_view user, const AccountBook& book, std::string_view account, std::string_view of_user);
void keep_own(AssociationsReply& reply, const std::string& user);

}  // namespace slurmxx
