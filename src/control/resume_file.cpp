// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/resume_file.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>

#include "core/hostlist/hostlist.h"
#include "core/model/sharing_name.h"
#include "core/text/safe_text.h"

namespace slurmxx {
namespace {

class Writer {
 public:
  explicit Writer(const State& state) : state_(state), json_(buffer_) { json_.SetIndent(' ', 1); }

  void member(const char* key, std::string_view value) {
    const std::string valid = valid_utf8(value);
    json_.Key(key);
    json_.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
  }

  void job(const Job& job, const HostNames& all, const HostNames& resumed) {
    const JobSpec& spec = *job.spec;
    json_.StartObject();
    member("extra", spec.labels.extra);
    json_.Key("job_id");
    json_.Uint(job.id.value);
    member("features", spec.placement.features);
    member("nodes_alloc", fold_hosts_sorted(all));
    member("nodes_resume", fold_hosts_sorted(resumed));
    member("oversubscribe", sharing_name(spec.placement.sharing));
    member("partition", job.allocation->partition);
    member("reservation", spec.labels.reservation);
    json_.EndObject();
  }

  std::string write(const std::set<JobId>& jobs, const std::vector<NodeIndex>& resumed) {
    HostNames names;
    for (const NodeIndex node : resumed) names.push_back(state_.find(node)->name);
    json_.StartObject();
    member("all_nodes_resume", fold_hosts_sorted(std::move(names)));
    json_.Key("jobs");
    json_.StartArray();
    const std::set<NodeIndex> wanted(resumed.begin(), resumed.end());
    for (const JobId id : jobs) {
      const Job& one = *state_.find(id);
      if (!one.runs() || !one.allocation) continue;
      HostNames all, here;
      for (const NodeShare& share : one.allocation->shares) {
        all.push_back(state_.find(share.node)->name);
        if (wanted.contains(share.node)) here.push_back(all.back());
      }
      if (!here.empty()) job(one, all, here);
    }
    json_.EndArray();
    json_.EndObject();
    return std::string(buffer_.GetString(), buffer_.GetSize()) + "\n";
  }

 private:
  const State& state_;
  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> json_;
};

}  // namespace

std::string resume_file(const State& state, const std::set<JobId>& jobs, const std::vector<NodeIndex>& resumed) {
  return Writer(state).write(jobs, resumed);
}

}  // namespace slurmxx
