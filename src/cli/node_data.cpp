// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/node_data.h"

#include "cli/data_answer.h"
#include "cli/node_tres.h"
#include "core/model/node_state.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {

namespace {

struct NodeDataRow {
  const NodeView* view = nullptr;
  const NodeDataContext* context = nullptr;
  const Node& node() const { return view->node; }
};

using R = const NodeDataRow&;
using V = DataValue;

V text_none(R) { return std::string(); }
V zero(R) { return std::int64_t{0}; }
V number_zero(R) { return DataNumber{0, false}; }
V integer(std::int64_t value) { return value; }
V empty_object(R) {
  return std::function<void(DataWriter&)>([](DataWriter& w) {
    w.begin_object();
    w.end_object();
  });
}

DataWords words(std::string_view list) {
  DataWords all;
  for (std::string_view one : split_commas(list)) all.emplace_back(one);
  return all;
}

const NodeRegistration* found(R row) { return row.node().registered ? &*row.node().registered : nullptr; }
const NodeReason* reason(R row) { return row.node().condition.reason ? &*row.node().condition.reason : nullptr; }
std::string user_of_reason(R row) {
  if (!reason(row)) return {};
  return row.context->user_name ? row.context->user_name(reason(row)->uid) : to_string(reason(row)->uid);
}

constexpr DataField<NodeDataRow> fields[] = {
    {"architecture", [](R r) -> V { return found(r) ? found(r)->architecture : std::string(); }},
    {"burstbuffer_network_address", text_none},
    {"boards", [](R r) -> V { return integer(r.node().declared.boards); }},
    {"boot_time",
     [](R r) -> V {
       return DataNumber{found(r) ? found(r)->booted.seconds : 0, false};
     }},
    {"cluster_name", [](R r) -> V { return r.context->cluster; }},
    {"cores", [](R r) -> V { return integer(r.node().declared.cores_per_socket); }},
    {"specialized_cores", [](R r) -> V { return integer(r.view->cores_special); }},
    {"cpu_binding", zero},
    {"cpu_load", [](R r) -> V { return integer(r.view->load_hundredths); }},
    {"free_mem",
     [](R r) -> V {
       return r.view->free_memory ? DataNumber{r.view->free_memory->value, false} : DataNumber{};
     }},
    {"cpus", [](R r) -> V { return integer(r.node().declared.cpus); }},
    {"effective_cpus", [](R r) -> V { return integer(r.view->cpus_effective()); }},
    {"specialized_cpus", [](R r) -> V { return r.view->cpus_special; }},
    {"energy.average_watts", zero},
    {"energy.base_consumed_energy", zero},
    {"energy.consumed_energy", zero},
    {"energy.current_watts", number_zero},
    {"energy.previous_consumed_energy", zero},
    {"energy.last_collected", zero},
    {"active_features", [](R r) -> V { return words(r.node().features_active); }},
    {"features", [](R r) -> V { return words(r.view->features); }},
    {"gpu_spec", text_none},
    {"gres", [](R r) -> V { return r.view->gres; }},
    {"gres_drained", [](R) -> V { return std::string("N/A"); }},
    {"gres_used", [](R r) -> V { return gres_used_text(r.node()); }},
    {"instance_id", [](R r) -> V { return r.node().overrides.instance_id.value_or(""); }},
    {"instance_type", [](R r) -> V { return r.node().overrides.instance_type.value_or(""); }},
    {"last_busy", [](R r) -> V { return number_of(r.node().use.last_busy); }},
    {"mcs_label", [](R r) -> V { return r.view->mcs_label; }},
    {"specialized_memory", [](R r) -> V { return integer(r.view->memory_special.value); }},
    {"name", [](R r) -> V { return r.node().name; }},
    {"next_state_after_reboot",
     [](R r) -> V { return DataWords{next_state_name(r.node()) ? next_state_name(r.node()) : "INVALID"}; }},
    {"address", [](R r) -> V { return r.view->address; }},
    {"hostname", [](R r) -> V { return r.view->host_name; }},
    {"state", [](R r) -> V { return node_state_words(r.node()); }},
    {"operating_system", [](R r) -> V { return found(r) ? found(r)->os : std::string(); }},
    {"owner", text_none},
    {"partitions", [](R r) -> V { return r.view->partitions; }},
    {"port", [](R r) -> V { return integer(r.view->port); }},
    {"real_memory", [](R r) -> V { return integer(r.node().declared.memory.value); }},
    {"res_cores_per_gpu", zero},
    {"comment", [](R r) -> V { return r.node().comment; }},
    {"reason", [](R r) -> V { return reason(r) ? reason(r)->text : std::string(); }},
    {"reason_changed_at",
     [](R r) -> V {
       return DataNumber{reason(r) ? reason(r)->at.seconds : 0, false};
     }},
    {"reason_set_by_user", [](R r) -> V { return user_of_reason(r); }},
    {"resume_after", [](R r) -> V { return number_of(r.node().power.resume_after); }},
    {"reservation", text_none},
    {"alloc_memory", [](R r) -> V { return integer(r.node().use.memory.value); }},
    {"alloc_cpus", [](R r) -> V { return integer(r.node().use.cpus); }},
    {"alloc_idle_cpus",
     [](R r) -> V { return integer(std::int64_t{r.node().declared.cpus} - std::int64_t{r.node().use.cpus}); }},
    {"tres_used", [](R r) -> V { return allocated_tres(*r.view); }},
    {"tres_weighted", [](R) -> V { return 0.0; }},
    {"slurmd_start_time",
     [](R r) -> V {
       return DataNumber{found(r) ? found(r)->slurmd_started.seconds : 0, false};
     }},
    {"sockets", [](R r) -> V { return integer(r.node().declared.sockets); }},
    {"threads", [](R r) -> V { return integer(r.node().declared.threads_per_core); }},
    {"temporary_disk", [](R r) -> V { return integer(r.node().declared.tmp_disk.value); }},
    {"weight", [](R r) -> V { return integer(r.node().weight); }},
    {"topology", [](R r) -> V { return r.view->topology; }},
    {"tres", [](R r) -> V { return tres_text(configured_tres(*r.view)); }},
    {"version", [](R r) -> V { return found(r) ? found(r)->version : std::string(); }},
    {"extra", [](R r) -> V { return r.node().extra; }},
    {"tls_cert_last_renewal", [](R) -> V { return DataNumber{}; }},
    {"cert_flags", [](R) -> V { return DataWords{}; }},
    {"external_sensors", empty_object},
    {"power", empty_object},
};

}  // namespace

void write_nodes(const std::vector<const NodeView*>& views, const NodeDataContext& context, DataFormat format,
                 const Output& output) {
  write_answer("nodes", {format, output, context.now}, [&](DataWriter& w) {
    write_array<NodeDataRow>(w, fields, views, [&](const NodeView* view) { return NodeDataRow{view, &context}; });
  });
}

}  // namespace slurmxx
