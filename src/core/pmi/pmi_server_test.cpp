// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/pmi/pmi_server.h"

using namespace slurmxx;

namespace {

// Two tasks here, two on the node behind.
PmiJob job(std::uint32_t node = 0) { return {"7.0", 4, {2 * node, 2 * node + 1}, "(vector,(0,2,2))"}; }

// What a task hears next, all in one text.
std::string heard(PmiServer& server, std::uint32_t local = 0) {
  std::string text;
  for (const PmiEffect& effect : server.effects()) {
    const auto* reply = std::get_if<PmiReply>(&effect);
    if (reply && reply->local == local) text += reply->bytes;
  }
  return text;
}

std::string ask(PmiServer& server, const std::string& bytes, std::uint32_t local = 0) {
  server.take(local, bytes);
  return heard(server, local);
}

template <class T>
std::optional<T> only(const std::vector<PmiEffect>& effects) {
  std::optional<T> found;
  for (const PmiEffect& effect : effects)
    if (const auto* one = std::get_if<T>(&effect)) {
      CHECK(!found);
      found = *one;
    }
  return found;
}

std::string second(const std::string& body) { return fmt::format("{:6}{}", body.size(), body); }

void begin_second(PmiServer& server, std::uint32_t local) {
  CHECK(ask(server, "cmd=init pmi_version=2 pmi_subversion=0\n", local) ==
        "cmd=response_to_init pmi_version=2 pmi_subversion=0 rc=0\n");
}

}  // namespace

TEST_CASE("PMI-1: what MPICH asks when it starts") {
  PmiServer server(job());
  CHECK(ask(server, "cmd=init pmi_version=1 pmi_subversion=1\n") ==
        "cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0\n");
  CHECK(ask(server, "cmd=get_maxes\n") == "cmd=maxes kvsname_max=256 keylen_max=64 vallen_max=1024\n");
  CHECK(ask(server, "cmd=get_appnum\n") == "cmd=appnum appnum=0\n");
  CHECK(ask(server, "cmd=get_my_kvsname\n") == "cmd=my_kvsname kvsname=7.0\n");
  CHECK(ask(server, "cmd=get_universe_size\n") == "cmd=universe_size size=4\n");
  CHECK(ask(server, "cmd=get kvsname=7.0 key=PMI_process_mapping\n") ==
        "cmd=get_result rc=0 msg=success value=(vector,(0,2,2))\n");
  CHECK(ask(server, "cmd=get kvsname=7.0 key=absent\n") == "cmd=get_result rc=-1 msg=key_not_found value=unknown\n");
  CHECK(ask(server, "cmd=finalize\n") == "cmd=finalize_ack\n");
}

TEST_CASE("a fence waits for the node's tasks, then brings their puts, then answers with everybody's") {
  PmiServer server(job());
  CHECK(ask(server, "cmd=put kvsname=7.0 key=a value=1\n") == "cmd=put_result rc=0 msg=success\n");
  server.take(0, "cmd=barrier_in\n");
  CHECK(server.effects().empty());
  server.take(1, "cmd=barrier_in\n");
  const auto fence = only<PmiFence>(server.effects());
  REQUIRE(fence);
  REQUIRE(fence->puts.size() == 1);
  CHECK(fence->puts[0].key == "a");
  server.fenced({*fence, PmiFence{{{"b", "2"}}}});
  CHECK(heard(server) == "cmd=barrier_out\n");
  CHECK(ask(server, "cmd=get kvsname=7.0 key=b\n") == "cmd=get_result rc=0 msg=success value=2\n");
  server.take(0, "cmd=barrier_in\n");
  server.take(1, "cmd=finalize\n");
  const auto later = only<PmiFence>(server.effects());
  REQUIRE(later);
  CHECK(later->puts.empty());
}

TEST_CASE("PMI-2: what a task asks when it starts, with its thread's mark sent back") {
  PmiServer server(job(1));
  begin_second(server, 1);
  CHECK(ask(server, second("cmd=fullinit;pmijobid=7.0;pmirank=3;threaded=FALSE;"), 1) ==
        second("cmd=fullinit-response;pmi-version=2;pmi-subversion=0;rank=3;size=4;appnum=0;debugged=FALSE;"
               "pmiverbose=FALSE;rc=0;"));
  CHECK(ask(server, second("cmd=job-getid;thrid=9;"), 1) == second("cmd=job-getid-response;thrid=9;jobid=7.0;rc=0;"));
  CHECK(ask(server, second("cmd=info-getjobattr;key=PMI_process_mapping;"), 1) ==
        second("cmd=info-getjobattr-response;found=TRUE;value=(vector,(0,2,2));rc=0;"));
  CHECK(ask(server, second("cmd=info-getjobattr;key=other;"), 1) ==
        second("cmd=info-getjobattr-response;found=FALSE;rc=0;"));
  CHECK(ask(server, second("cmd=kvs-put;key=k;value=1;;2;"), 1) == second("cmd=kvs-put-response;rc=0;"));
  CHECK(ask(server, second("cmd=kvs-get;jobid=7.0;srcid=-1;key=k;"), 1) ==
        second("cmd=kvs-get-response;found=TRUE;value=1;;2;rc=0;"));
  CHECK(ask(server, second("cmd=job-connect;jobid=8.0;"), 1) ==
        second("cmd=job-connect-response;rc=1;errmsg=this command is not known;"));
}

TEST_CASE("PMI-2: a node attribute is waited for") {
  PmiServer server(job());
  begin_second(server, 0);
  begin_second(server, 1);
  CHECK(ask(server, second("cmd=info-getnodeattr;key=shm;wait=FALSE;")) ==
        second("cmd=info-getnodeattr-response;found=FALSE;rc=0;"));
  CHECK(ask(server, second("cmd=info-getnodeattr;key=shm;wait=TRUE;")).empty());
  server.take(1, second("cmd=info-putnodeattr;key=shm;value=/x;"));
  CHECK(heard(server) == second("cmd=info-getnodeattr-response;found=TRUE;value=/x;rc=0;"));
}

// It must not need a node whose tasks may have ended.
TEST_CASE("names are asked of srun, whichever node the task is on") {
  PmiServer first(job()), other(job());
  PmiNames names;
  const auto answered = [&](PmiServer& server) {
    const auto call = only<PmiNameCall>(server.effects());
    REQUIRE(call);
    server.named(names.serve(*call));
    return heard(server);
  };
  first.take(0, "cmd=publish_name service=s port=p\n");
  CHECK(answered(first) == "cmd=publish_result info=ok msg=success rc=0\n");
  begin_second(other, 0);
  other.take(0, second("cmd=name-lookup;name=s;"));
  CHECK(answered(other) == second("cmd=name-lookup-response;value=p;found=TRUE;rc=0;"));
  first.take(0, "cmd=unpublish_name service=s\n");
  CHECK(answered(first) == "cmd=unpublish_result info=ok msg=success rc=0\n");
  first.take(0, "cmd=lookup_name service=s\n");
  CHECK(answered(first) == "cmd=lookup_result info=fail msg=not_done rc=1\n");
}

TEST_CASE("an abort carries its code, PMI-2's its message") {
  PmiServer server(job());
  server.take(1, "cmd=abort exitcode=7\n");
  const auto abort = only<PmiAbort>(server.effects());
  REQUIRE(abort);
  CHECK(abort->local == 1);
  CHECK(abort->exit_code == 7);
  begin_second(server, 0);
  server.take(0, second("cmd=abort;isworld=TRUE;msg=no luck;"));
  const auto worded = only<PmiAbort>(server.effects());
  REQUIRE(worded);
  CHECK(worded->exit_code == 1);
  CHECK(worded->message == "no luck");
}

TEST_CASE("spawn is refused with a line, other bytes end the connection") {
  PmiServer server(job());
  server.take(0, "mcmd=spawn\ntotspawns=2\nspawnssofar=1\nendcmd\n");
  CHECK(server.effects().empty());
  server.take(0, "mcmd=spawn\ntotspawns=2\nspawnssofar=2\nendcmd\n");
  const auto effects = server.effects();
  CHECK(only<PmiNote>(effects)->line.find("srun -n") != std::string::npos);
  CHECK(only<PmiReply>(effects)->bytes == "cmd=spawn_result rc=-1 msg=spawn_is_refused\n");
  server.take(0, "cmd=nonsense\n");
  CHECK(only<PmiDrop>(server.effects())->why == "\"nonsense\" is no command of PMI-1");
  server.take(0, "cmd=get_maxes\n");
  CHECK(server.effects().empty());
}

TEST_CASE("puts between two fences have a bound") {
  PmiServer server(job());
  const std::string refused = "cmd=put_result rc=-1 msg=no_key_or_no_room\n";
  CHECK(ask(server, "cmd=put kvsname=7.0 key=k value=" + std::string(1025, 'v') + "\n") == refused);
  const std::string value(1024, 'v');
  std::string last;
  for (int i = 0; i < 8200; ++i) last = ask(server, fmt::format("cmd=put kvsname=7.0 key=k{} value={}\n", i, value));
  CHECK(last == refused);
}

TEST_CASE(
    "a task that ends between init and finalize is an abort: at once when it failed, else when it is waited for") {
  PmiServer server(job());
  ask(server, "cmd=init pmi_version=1 pmi_subversion=1\n", 0);
  ask(server, "cmd=init pmi_version=1 pmi_subversion=1\n", 1);
  server.ended(1, 0);
  CHECK(server.effects().empty());
  server.take(0, "cmd=barrier_in\n");
  const auto waited_for = only<PmiAbort>(server.effects());
  REQUIRE(waited_for);
  CHECK((waited_for->local == 1 && waited_for->message == "it ended without MPI_Finalize"));

  PmiServer other(job());
  ask(other, "cmd=init pmi_version=1 pmi_subversion=1\n", 0);
  other.ended(1, 3);  // it has not begun
  CHECK(other.effects().empty());
  other.ended(0, 3);
  CHECK(only<PmiAbort>(other.effects())->exit_code == 3);

  PmiServer done(job());
  ask(done, "cmd=init pmi_version=1 pmi_subversion=1\n", 0);
  ask(done, "cmd=finalize\n", 0);
  done.ended(0, 3);
  CHECK(done.effects().empty());
}
