// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Answers of PMI-1 are named after the command in a way of their own, those of PMI-2 "COMMAND-response" with the
// thread's mark (thrid) sent back.
#include "core/pmi/pmi_server.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr const char* mapping_key = "PMI_process_mapping";
constexpr const char* no_spawn =
    "--mpi=pmi2 starts no further tasks (MPI_Comm_spawn): ask for all of them with srun -n";

PmiNameVerb verb_of(const std::string& command) {
  if (command.find("unpublish") != std::string::npos) return PmiNameVerb::unpublish;
  return command.find("publish") != std::string::npos ? PmiNameVerb::publish : PmiNameVerb::lookup;
}

}  // namespace

constexpr PmiForm line = PmiForm::line;
constexpr PmiForm counted = PmiForm::counted;

const PmiServer::Row PmiServer::rows[] = {
    {line, "init", &PmiServer::init},
    {line, "get_maxes", &PmiServer::maxes},
    {line, "get_appnum", &PmiServer::appnum},
    {line, "get_universe_size", &PmiServer::universe_size},
    {line, "get_my_kvsname", &PmiServer::space_name},
    {line, "put", &PmiServer::put},
    {line, "get", &PmiServer::get},
    {line, "barrier_in", &PmiServer::fence},
    {line, "finalize", &PmiServer::finalize},
    {line, "abort", &PmiServer::abort},
    {line, "spawn", &PmiServer::spawn},
    {line, "publish_name", &PmiServer::name_call},
    {line, "unpublish_name", &PmiServer::name_call},
    {line, "lookup_name", &PmiServer::name_call},
    {counted, "fullinit", &PmiServer::full_init},
    {counted, "finalize", &PmiServer::finalize},
    {counted, "abort", &PmiServer::abort},
    {counted, "job-getid", &PmiServer::job_id},
    {counted, "info-getjobattr", &PmiServer::job_attribute},
    {counted, "info-putnodeattr", &PmiServer::put_attribute},
    {counted, "info-getnodeattr", &PmiServer::get_attribute},
    {counted, "kvs-put", &PmiServer::put},
    {counted, "kvs-get", &PmiServer::get},
    {counted, "kvs-fence", &PmiServer::fence},
    {counted, "name-publish", &PmiServer::name_call},
    {counted, "name-unpublish", &PmiServer::name_call},
    {counted, "name-lookup", &PmiServer::name_call},
    {counted, "spawn", &PmiServer::spawn},
};

PmiServer::PmiServer(PmiJob job) : job_(std::move(job)) {
  for (std::uint32_t local = 0; local < job_.ranks.size(); ++local) clients_.push_back({.local = local});
  if (job_.process_mapping.size() < pmi_value_bytes_max) space_[mapping_key] = job_.process_mapping;
}

std::vector<PmiEffect> PmiServer::effects() { return std::exchange(effects_, {}); }

void PmiServer::take(std::uint32_t local, std::string_view bytes) {
  if (local >= clients_.size()) return;
  Client& client = clients_[local];
  if (client.dropped) return;
  client.reader.feed(bytes);
  while (true) {
    auto message = client.reader.next();
    if (message && !*message) return;
    if (message) {
      obey(client, **message);
      if (!client.dropped) continue;
    }
    client.dropped = true;
    if (!message) effects_.push_back(PmiDrop{local, message.error().message});
    return;
  }
}

void PmiServer::obey(Client& client, const PmiMessage& message) {
  const PmiForm form = client.reader.form();
  for (const Row& row : rows)
    if (row.form == form && message.command == row.command) return (this->*row.handler)(client, message);
  if (form == counted) return answer(client, message, {"", {{"rc", "1"}, {"errmsg", "this command is not known"}}});
  client.dropped = true;
  effects_.push_back(PmiDrop{client.local, fmt::format("\"{}\" is no command of PMI-1", message.command)});
}

// In PMI-2 the answer's name follows from the request's.
void PmiServer::answer(const Client& client, const PmiMessage& to, PmiMessage answer) {
  const PmiForm form = client.reader.form();
  if (form == counted) {
    answer.command = to.command + "-response";
    if (const std::string* thread = to.find("thrid")) answer.fields.emplace(answer.fields.begin(), "thrid", *thread);
  }
  effects_.push_back(PmiReply{client.local, pmi_text(form, answer)});
}

void PmiServer::good(const Client& client, const PmiMessage& to, Fields fields) {
  fields.emplace_back("rc", "0");
  answer(client, to, {"", std::move(fields)});
}

void PmiServer::init(Client& client, const PmiMessage& message) {
  client.begun = true;
  const bool second = message.text("pmi_version") == "2";
  const std::string version = second ? "2" : "1";
  const std::string subversion = second ? "0" : "1";
  answer(client, message,
         {"response_to_init", {{"pmi_version", version}, {"pmi_subversion", subversion}, {"rc", "0"}}});
  if (second) client.reader.set_form(counted);
}

void PmiServer::full_init(Client& client, const PmiMessage& message) {
  good(client, message,
       {{"pmi-version", "2"},
        {"pmi-subversion", "0"},
        {"rank", std::to_string(job_.ranks[client.local])},
        {"size", std::to_string(job_.size)},
        {"appnum", "0"},
        {"debugged", "FALSE"},
        {"pmiverbose", "FALSE"}});
}

void PmiServer::maxes(Client& client, const PmiMessage& message) {
  answer(
      client, message,
      {"maxes", {{"kvsname_max", "256"}, {"keylen_max", "64"}, {"vallen_max", std::to_string(pmi_value_bytes_max)}}});
}

void PmiServer::appnum(Client& client, const PmiMessage& message) {
  answer(client, message, {"appnum", {{"appnum", "0"}}});
}

void PmiServer::universe_size(Client& client, const PmiMessage& message) {
  answer(client, message, {"universe_size", {{"size", std::to_string(job_.size)}}});
}

void PmiServer::space_name(Client& client, const PmiMessage& message) {
  answer(client, message, {"my_kvsname", {{"kvsname", job_.name}}});
}

// The tasks' words are kept in a process of root: all of them have a bound.
bool PmiServer::store(const std::string& key, const std::string& value) {
  const std::size_t bytes = key.size() + value.size();
  if (key.size() > pmi_value_bytes_max || value.size() > pmi_value_bytes_max) return false;
  if (space_bytes_ + bytes > pmi_space_bytes_max) return false;
  space_bytes_ += bytes;
  space_[key] = value;
  return true;
}

void PmiServer::put(Client& client, const PmiMessage& message) {
  const std::string key = message.text("key");
  const std::string value = message.text("value");
  const std::size_t bytes = unsent_bytes_ + key.size() + value.size();
  const bool fits = bytes <= pmi_fence_bytes_max && !key.empty() && store(key, value);
  if (fits) {
    unsent_bytes_ = bytes;
    unsent_.puts.push_back({key, value});
  }
  if (client.reader.form() == line)
    return answer(client, message,
                  {"put_result", {{"rc", fits ? "0" : "-1"}, {"msg", fits ? "success" : "no_key_or_no_room"}}});
  if (fits) return good(client, message, {});
  answer(client, message,
         {"", {{"rc", "1"}, {"errmsg", "no key, over 1024 bytes, or more than 8 MiB between two fences"}}});
}

void PmiServer::get(Client& client, const PmiMessage& message) {
  const std::string key = message.text("key");
  const auto found = space_.find(key);
  const bool there = found != space_.end();
  if (client.reader.form() == counted && there)
    return good(client, message, {{"found", "TRUE"}, {"value", found->second}});
  if (client.reader.form() == counted) return good(client, message, {{"found", "FALSE"}});
  if (there)
    return answer(client, message, {"get_result", {{"rc", "0"}, {"msg", "success"}, {"value", found->second}}});
  answer(client, message, {"get_result", {{"rc", "-1"}, {"msg", "key_not_found"}, {"value", "unknown"}}});
}

void PmiServer::fence(Client& client, const PmiMessage& message) {
  client.in_fence = message;
  fence_if_all();
}

void PmiServer::ended(std::uint32_t local, std::uint32_t exit_code) {
  Client& client = clients_[local];
  if (!client.begun || client.finalized || job_.size < 2) return;
  client.lost = true;
  if (exit_code != 0) return give_up(client, exit_code);
  fence_if_all();
}

void PmiServer::give_up(const Client& lost, std::uint32_t exit_code) {
  effects_.push_back(PmiAbort{lost.local, exit_code, std::string(ended_without_finalize)});
}

void PmiServer::fence_if_all() {
  const auto arrived = [](const Client& client) { return client.in_fence || client.finalized; };
  const auto waits = [](const Client& client) { return client.in_fence.has_value(); };
  const auto lost = std::ranges::find_if(clients_, &Client::lost);
  if (lost != clients_.end() && std::ranges::any_of(clients_, waits)) return give_up(*lost, 1);
  if (fencing_ || !std::all_of(clients_.begin(), clients_.end(), arrived)) return;
  if (std::none_of(clients_.begin(), clients_.end(), waits)) return;
  fencing_ = true;
  unsent_bytes_ = 0;
  effects_.push_back(std::exchange(unsent_, {}));
}

void PmiServer::fenced(const std::vector<PmiFence>& all) {
  for (const PmiFence& node : all)
    for (const PmiPut& put : node.puts) store(put.key, put.value);
  fencing_ = false;
  for (Client& client : clients_) {
    const auto waiting = std::exchange(client.in_fence, std::nullopt);
    if (!waiting) continue;
    if (client.reader.form() == line)
      answer(client, *waiting, {"barrier_out", {}});
    else
      good(client, *waiting, {});
  }
}

void PmiServer::finalize(Client& client, const PmiMessage& message) {
  client.finalized = true;
  if (client.reader.form() == line)
    answer(client, message, {"finalize_ack", {}});
  else
    good(client, message, {});
  fence_if_all();
}

void PmiServer::abort(Client& client, const PmiMessage& message) {
  client.finalized = true;
  const auto code = parse_natural(message.text("exitcode"), {0, INT32_MAX});
  effects_.push_back(PmiAbort{client.local, code ? static_cast<std::uint32_t>(*code) : 1, message.text("msg")});
}

void PmiServer::spawn(Client& client, const PmiMessage& message) {
  if (client.reader.form() == counted) {
    effects_.push_back(PmiNote{client.local, no_spawn});
    return answer(client, message, {"", {{"rc", "1"}, {"errmsg", "spawn is refused"}}});
  }
  if (message.text("spawnssofar") != message.text("totspawns")) return;  // one block of several: the last is answered
  effects_.push_back(PmiNote{client.local, no_spawn});
  answer(client, message, {"spawn_result", {{"rc", "-1"}, {"msg", "spawn_is_refused"}}});
}

void PmiServer::name_call(Client& client, const PmiMessage& message) {
  const bool first = client.reader.form() == line;
  const PmiNameCall call{verb_of(message.command), message.text(first ? "service" : "name"), message.text("port"),
                         client.local};
  client.for_name = message;
  effects_.push_back(call);
}

void PmiServer::named(const PmiNameAnswer& given) {
  if (given.local >= clients_.size() || !clients_[given.local].for_name) return;
  const Client& client = clients_[given.local];
  const PmiMessage asked = *std::exchange(clients_[given.local].for_name, std::nullopt);
  const bool lookup = verb_of(asked.command) == PmiNameVerb::lookup;
  const bool first = client.reader.form() == line;
  Fields fields;
  if (first) fields.emplace_back("info", given.done ? "ok" : "fail");
  if (lookup && given.done) fields.emplace_back(first ? "port" : "value", given.port);
  if (lookup && !first) fields.emplace_back("found", given.done ? "TRUE" : "FALSE");
  if (first) fields.emplace_back("msg", given.done ? "success" : "not_done");
  fields.emplace_back("rc", given.done ? "0" : "1");
  if (!first && !given.done) fields.emplace_back("errmsg", "the name is taken or not published");
  const std::string name = asked.command.substr(0, asked.command.find('_')) + "_result";
  answer(client, asked, {name, std::move(fields)});
}

void PmiServer::job_id(Client& client, const PmiMessage& message) { good(client, message, {{"jobid", job_.name}}); }

void PmiServer::job_attribute(Client& client, const PmiMessage& message) {
  const std::string key = message.text("key");
  if (key == mapping_key && job_.process_mapping.size() < pmi_value_bytes_max)
    return good(client, message, {{"found", "TRUE"}, {"value", job_.process_mapping}});
  if (key == "universeSize") return good(client, message, {{"found", "TRUE"}, {"value", std::to_string(job_.size)}});
  if (key == "hasNameServ") return good(client, message, {{"found", "TRUE"}, {"value", "1"}});
  good(client, message, {{"found", "FALSE"}});
}

void PmiServer::put_attribute(Client& client, const PmiMessage& message) {
  const std::string key = message.text("key");
  const std::string value = message.text("value");
  const bool fits = key.size() <= pmi_value_bytes_max && value.size() <= pmi_value_bytes_max;
  if (!fits || attributes_.size() >= pmi_names_max)
    return answer(client, message, {"", {{"rc", "1"}, {"errmsg", "over 1024 bytes, or too many attributes"}}});
  attributes_[key] = value;
  good(client, message, {});
  for (Client& other : clients_) {
    if (!other.for_attribute || other.for_attribute->text("key") != key) continue;
    const PmiMessage asked = *std::exchange(other.for_attribute, std::nullopt);
    good(other, asked, {{"found", "TRUE"}, {"value", attributes_[key]}});
  }
}

void PmiServer::get_attribute(Client& client, const PmiMessage& message) {
  const auto found = attributes_.find(message.text("key"));
  if (found != attributes_.end()) return good(client, message, {{"found", "TRUE"}, {"value", found->second}});
  if (message.text("wait") == "TRUE")
    client.for_attribute = message;
  else
    good(client, message, {{"found", "FALSE"}});
}

}  // namespace slurmxx
