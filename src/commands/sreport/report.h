// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One report: its window and TRES, the question to slurmdbd, its heading and its rows.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "commands/sreport/run.h"
#include "wire/accounting_messages.h"

namespace slurmxx {

// What a row of the answer is of.
enum class RowsBy : std::uint8_t { account_and_user, size, qos, wckey, wckey_and_size, reservation };

class Report {
 public:
  // The window is in whole hours. Errors: a time or a TRES that is none, no answer.
  static Result<Report> fetch(const SreportOptions& options, ReportTerms terms, SreportWorld& world, RowsBy rows);

  const SreportOptions& options() const { return *options_; }
  const ReportTerms& terms() const { return terms_; }
  const UsageSummary& summary() const { return summary_; }
  const std::vector<ReservedRow>& reservations() const { return reservations_; }
  RowsBy rows_by() const { return rows_by_; }
  const Output& output() const { return world_->output; }
  const std::vector<std::string>& tres() const { return query_.tres; }
  bool names_tres() const { return !options_->tres.empty(); }
  std::vector<std::string> clusters() const;  // that have anything, by name
  const AccountBook& book() const { return book_; }
  std::string proper_name(const std::string& user) const {
    return world_->proper_name ? world_->proper_name(user) : "";
  }

  // "12", "12.34%", "12(12.34%)": of the cluster's whole.
  std::string amount(std::uint64_t seconds, const std::string& cluster, const std::string& tres) const;
  std::string amount_of(std::uint64_t seconds, std::uint64_t all) const;
  int amount_width() const;
  std::uint64_t average_count(std::uint64_t whole) const;                                   // over the window
  const ClusterUsage* usage_of(const std::string& cluster, const std::string& tres) const;  // nullptr: it has none
  std::uint64_t whole(const std::string& cluster, const std::string& tres) const;
  // "Cluster Utilization 2026-01-01T00:00:00 - ...", between rules; nothing where no headings are wanted.
  std::string title(const std::string& name, const std::string& units, bool with_seconds) const;
  std::string units() const;  // "Usage reported in CPU Minutes"

 private:
  const SreportOptions* options_ = nullptr;
  SreportWorld* world_ = nullptr;
  ReportTerms terms_;
  UsageQuery query_;
  UsageSummary summary_;
  RowsBy rows_by_ = RowsBy::account_and_user;
  std::vector<ReservedRow> reservations_;
  AccountBook book_;
};

struct ReportRow {
  std::string cluster;
  std::string account;
  std::string login;
  std::string proper_name;
  std::string tres;
  std::uint64_t used = 0;
  const ClusterUsage* whole = nullptr;
  std::string qos = {};
  std::string wckey = {};
};

// The columns of a format= list, or of a report's own; then the rows. Error: an unknown field.
Result<std::string> print_rows(const Report& report, const char* usual_format, const std::vector<ReportRow>& rows);

Result<std::string> cluster_utilization(const Report& report);
Result<std::string> account_utilization_by_user(const Report& report);
Result<std::string> user_utilization_by_account(const Report& report);
Result<std::string> account_utilization_by_qos(const Report& report);
Result<std::string> user_utilization_by_wckey(const Report& report);
Result<std::string> wckey_utilization_by_user(const Report& report);
Result<std::string> reservation_utilization(const Report& report);
Result<std::string> top_usage(const Report& report);
Result<std::string> sizes_by_account(const Report& report);
Result<std::string> sizes_by_wckey(const Report& report);
Result<std::string> sizes_by_account_and_wckey(const Report& report);

}  // namespace slurmxx
