// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What is older than its Purge*After leaves the database, a batch in a transaction; where Archive* asks for it, its
// rows are in a synced file of ArchiveDir before the transaction is committed, so that no crash loses them (it may
// write them twice, which loading does not mind). Usage stays when the jobs go: a job is purged only when its hours are
// rolled up, and hours from before are never rolled up anew. The audit trail is never purged, and tells of each batch.
// slurmdbd.conf(5), Purge*After.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "accounting/handlers.h"
#include "core/accounting/retention.h"

namespace slurmxx {

struct PurgeTable;

struct PurgeBatch {
  bool done = false;  // false: there was nothing to do, or what there is must wait for a roll-up
  std::uint64_t rows = 0;
  std::string file;  // empty: none was written
};

// Remembers what is known to hold nothing more to purge, until the next month, day or hour of its rule.
class Purger {
 public:
  // The next batch. `context.audited` gets its line.
  Result<PurgeBatch> next(DbdContext& context, const Retention& rules);

 private:
  struct Due;
  std::optional<Instant> cutoff_of(const PurgeTable& table, const Retention& rules, Instant now) const;
  Result<std::optional<Due>> next_due(DbdContext& context, const Retention& rules);
  Result<bool> has_rows(DbdContext& context, const Retention& rules, Due& due);
  Status run_script(DbdContext& context, const Retention& rules, const Due& due);

  using Place = std::pair<std::int64_t, std::string>;  // a cluster, and a table or "script"
  std::map<Place, Instant> clean_to_;
};

}  // namespace slurmxx
