// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What an event means for accounting: the records of the rows that it changes. A fold of the log: it looks at the state
// before and after, and remembers nothing of its own.
#pragma once

#include <vector>

#include "control/published.h"
#include "wire/accounting_records.h"

namespace slurmxx {

class AccountingFold {
 public:
  // The rows of the life that a requeue is about to end, as it was before the event.
  static std::vector<AccountingRecord> before(const Published& published, const Record& record);
  // The rows as they are from now on.
  static std::vector<AccountingRecord> after(const Published& published, const Record& record);
  // All there is: what a database that knows nothing yet must be told.
  static std::vector<AccountingRecord> everything(const Published& published);
};

}  // namespace slurmxx
