// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes what was committed, folds it into records and puts them into the spool. Of all events of a batch that touch one
// row only its last look is written; a batch in which a life of a job ends and its next begins is folded event by
// event.
#pragma once

#include <memory>
#include <vector>

#include "control/accounting_spool.h"
#include "control/published.h"

namespace slurmxx {

class AccountingRecorder {
 public:
  // `spool` is open. `known`: what the spool has been told up to now.
  AccountingRecorder(AccountingSpool& spool, std::shared_ptr<const Published> known)
      : spool_(spool), known_(std::move(known)) {}

  Status take(const std::vector<Record>& records, std::shared_ptr<const Published> after);
  Status take_everything();  // of what is known
  // All that is known is durable in the spool: the log may forget it.
  Status settle();
  bool full() const { return spool_.bytes() > spool_bytes_max; }

 private:
  std::vector<AccountingRecord> one_by_one(const std::vector<Record>& records, const Published& after) const;

  AccountingSpool& spool_;
  std::shared_ptr<const Published> known_;
};

}  // namespace slurmxx
