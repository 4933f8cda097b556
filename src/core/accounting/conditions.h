// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Conditions of `sacctmgr show|modify|delete ... where` beyond names: what they choose, and which an order obeys.
// One that is not obeyed is refused: it must not be taken for none.
#pragma once

#include <string>

#include "core/accounting/book.h"
#include "core/accounting/order.h"

namespace slurmxx {

// Modify and delete ask for the QOS that an association has itself, lists for those that it may use.
enum class QosMeant : std::uint8_t { own, effective };

// Of an association, and of the user or the account that it is of: all conditions that are not about its names.
bool meets(const AccountBook& book, const Association& row, const Terms& where, QosMeant qos = QosMeant::own);
// Whether `where` has any that meets() looks at.
bool has_conditions(const Terms& where);
// Of QOS alone: they choose associations, and no users as such.
bool has_association_conditions(const Terms& where);
// The first key that modify and delete do not look at for this kind; empty: none.
std::string unobeyed_key(BookVerb verb, Entity entity, const Terms& where);

}  // namespace slurmxx
