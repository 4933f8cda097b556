// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The audit trail: who did what, when, from where, with old and new values. Rows are only ever added; each carries the
// BLAKE2b-256 hash of itself and of the one before, and the newest stands in audit_head beside their number. So a row
// that was changed, taken out or moved is found, and named. docs/guide/audit.md.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "ports/database.h"

namespace slurmxx {

struct AuditEntry {
  std::int64_t number = 0;  // from 1; given when it is added
  Instant at;
  std::string actor;
  std::optional<Uid> uid;  // absent: not known
  std::string from;        // address of who asked slurmdbd; "slurmctld": its log
  std::string cluster;
  std::string action;
  std::string target;
  std::string before;
  std::string after;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "number", self.number);
    v(2, "at", self.at);
    v(3, "actor", self.actor);
    v(4, "uid", self.uid);
    v(5, "from", self.from);
    v(6, "cluster", self.cluster);
    v(7, "action", self.action);
    v(8, "target", self.target);
    v(9, "before", self.before);
    v(10, "after", self.after);
  }
};

// Within the caller's transaction. Returns a line of JSON for each, for syslog.
Result<std::vector<std::string>> append_audit(Database& database, std::vector<AuditEntry> entries);

struct AuditVerdict {
  std::uint64_t good = 0;  // records from the first on
  std::string last_hash;   // of them, in hexadecimal digits
  std::string fault;       // empty: none
};
Result<AuditVerdict> verify_audit(Database& database);

std::string audit_json(const AuditEntry& entry, const std::string& hash);

}  // namespace slurmxx
