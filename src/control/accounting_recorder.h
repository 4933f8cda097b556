// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes what was committed, folds it into records and puts them into the spool. Of all events of a batch that touch one
// row only its last look is written; a batch in which a life of a job ends and its next begins is folded event by
// event.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/accounting_spool.h"
#include "control/published.h"

namespace slurmxx {

class AccountingRecorder {
 public:
  // `spool` is open. `known`: what the spool has been told up to now.
  // `read_text`: a script or an environment by its hash, as far as it is still there.
  using ReadText = std::function<std::optional<std::string>(const std::string& hash)>;
  AccountingRecorder(AccountingSpool& spool, std::shared_ptr<const Published> known, ReadText read_text = {})
      : spool_(spool), known_(std::move(known)), read_text_(std::move(read_text)) {}

  Status take(const std::vector<Record>& records, std::shared_ptr<const Published> after);
  Status take_everything();  // of what is known
  // All that is known is durable in the spool: the log may forget it.
  Status settle();
  bool full() const { return spool_.bytes() > spool_bytes_max; }

 private:
  std::vector<AccountingRecord> one_by_one(const std::vector<Record>& records, const Published& after) const;

  // Of the jobs that wait or run among these, what AccountingStoreFlags has kept and was not told yet.
  std::vector<AccountingRecord> texts_of(const std::vector<AccountingRecord>& records);

  AccountingSpool& spool_;
  std::shared_ptr<const Published> known_;
  ReadText read_text_;
  // Hashes, and when; forgotten when there are many: a text may be told twice. It is told again after an hour, as
  // slurmdbd may have purged it.
  std::map<std::string, Instant> told_;
};

}  // namespace slurmxx
