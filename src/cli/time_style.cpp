// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/time_style.h"

#include <fmt/format.h>

#include <ctime>

#include "core/text/instant_text.h"

namespace slurmxx {

namespace {

class StyledZone final : public TimeZone {
 public:
  StyledZone(std::unique_ptr<TimeZone> zone, std::string format, Instant now)
      : zone_(std::move(zone)), format_(std::move(format)), now_(now) {}

  CivilTime civil(Instant instant) const override { return zone_->civil(instant); }
  Instant instant(const CivilTime& civil) const override { return zone_->instant(civil); }

  std::string text(Instant instant) const override {
    if (format_.empty()) return relative_text(instant, {now_, *zone_});
    std::tm tm{};
    const std::time_t seconds = instant.seconds;
    char written[256];  // longer ones do not fit a column of any sense
    if (::localtime_r(&seconds, &tm) == nullptr) return zone_->text(instant);
    const std::size_t size = std::strftime(written, sizeof written, format_.c_str(), &tm);
    return size > 0 ? std::string(written, size) : zone_->text(instant);
  }

 private:
  std::unique_ptr<TimeZone> zone_;
  std::string format_;  // empty: relative
  Instant now_;
};

}  // namespace

Result<std::unique_ptr<TimeZone>> styled_zone(std::unique_ptr<TimeZone> zone, const std::string& style, Instant now) {
  if (style.empty() || style == "standard") return zone;
  if (style == "relative") return std::unique_ptr<TimeZone>(new StyledZone(std::move(zone), "", now));
  if (style.find('%') == std::string::npos) return fail(fmt::format("invalid SLURM_TIME_FORMAT = '{}'", style));
  return std::unique_ptr<TimeZone>(new StyledZone(std::move(zone), style, now));
}

}  // namespace slurmxx
