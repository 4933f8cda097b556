# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""The life of a node: DOWN when it is silent, back by ReturnToService, INVAL when the hardware is not what was promised."""
import os, re, signal

import pytest

from harness import Cluster, wait_until


def test_a_silent_node_goes_down_its_job_is_requeued_and_it_returns():
    with Cluster(nodes=2, conf="SlurmdTimeout=5\nReturnToService=2\nKillWait=1") as c:
        job = c.submit("--requeue -N1 -w n1", "sleep 1000")
        c.wait_state(job, "RUNNING")
        c.kill("slurmd.n1", signal.SIGKILL)
        c.wait_node("n1", "down*", seconds=40)
        assert c.node("n1")["Reason"].startswith("Not responding")
        c.wait_state(job, "PENDING", seconds=20)
        assert c.job(job)["Restarts"] == "1"
        c.restart_slurmd(1)
        c.wait_state(job, "RUNNING")
        c(f"scancel {job}")
        c.wait_node("n1", "idle")


def test_without_return_to_service_a_node_stays_down_until_an_operator_resumes_it():
    with Cluster(nodes=1, conf="SlurmdTimeout=5\nReturnToService=0") as c:
        c.kill("slurmd.n1", signal.SIGKILL)
        c.wait_node("n1", "down*", seconds=40)
        c.restart_slurmd(1)
        c.wait_node("n1", "down")
        c("scontrol update NodeName=n1 State=RESUME")
        c.wait_node("n1", "idle")


def test_a_node_that_is_set_down_ends_its_jobs():
    with Cluster(nodes=2, conf="KillWait=1\nReturnToService=0") as c:
        job = c.submit("--no-requeue -w n1", "sleep 1000")
        c.wait_state(job, "RUNNING")
        c("scontrol update NodeName=n1 State=DOWN Reason=broken")
        assert c.wait_end(job) == "NODE_FAIL"
        assert c.node("n1")["Reason"].startswith("broken [")


def test_a_job_over_its_time_limit_ends_as_timeout():
    with Cluster(nodes=1, conf="KillWait=1\nOverTimeLimit=0") as c:
        job = c.submit("-t 1 -o late.out", "trap 'echo warned; exit 1' TERM; echo on; while :; do sleep 0.1; done")
        c.wait_text("late.out", "on")
        c(f"scontrol update JobId={job} TimeLimit=0:01")
        assert c.wait_end(job, seconds=120) == "TIMEOUT"
        assert "warned" in c.file("late.out")


@pytest.fixture(scope="module")
def shared():
    with Cluster(nodes=3, conf="SlurmdTimeout=300\nKillWait=1\nReturnToService=1") as c:
        yield c


def resume(c, name):
    c(f"scontrol update NodeName={name} State=RESUME")
    c.wait_node(name, "idle")


def test_states_by_use_idle_mixed_allocated_and_back(shared):
    c = shared
    assert c.node("n1")["State"] == "IDLE"
    one = c.submit("-w n1 -n1 -o /dev/null", "sleep 1000")
    c.wait_node("n1", "mixed")
    rest = c.submit("-w n1 -n3 -o /dev/null", "sleep 1000")
    c.wait_node("n1", "allocated")
    c(f"scancel {one} {rest}")
    c.wait_node("n1", "idle")


def test_a_node_is_completing_while_its_epilog_or_its_processes_last(shared):
    c = shared
    job = c.submit("-w n1 --exclusive -o comp.out", "trap '' TERM; echo on; while [ ! -e comp-go ]; do sleep 0.1; done")
    c.wait_text("comp.out", "on")
    c("scontrol update NodeName=n1 Comment=x")
    c(f"scancel {job}")
    states = set()
    wait_until(lambda: states.add(c("sinfo -h -n n1 -o %T").strip()) or "idle" in states, 30, "n1 idle")
    assert "completing" in states


@pytest.mark.parametrize("state,busy,free", [("DRAIN", "draining", "drained"), ("FAIL", "failing", "fail")])
def test_orders_of_the_operator_have_a_reason_a_user_and_a_time(shared, state, busy, free):
    c = shared
    job = c.submit("-w n2 -o /dev/null", "sleep 1000")
    c.wait_state(job, "RUNNING")
    c(f"scontrol update NodeName=n2 State={state} Reason='worn out'")
    assert c("sinfo -h -n n2 -o %T").strip() == busy
    user = c("id -un").strip()
    reason, who, when, nodes = c("sinfo -h -R -o %E|%u|%H|%N").strip().split("|")
    assert (reason, who, nodes) == ("worn out", user, "n2") and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", when)
    assert re.fullmatch(rf"worn out \[{user}@\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\]", c.node("n2")["Reason"])
    c(f"scancel {job}")
    c.wait_node("n2", free)
    resume(c, "n2")
    assert "Reason" not in c.node("n2") and c("sinfo -h -R").strip() == ""


def test_undrain_and_down_by_an_operator(shared):
    c = shared
    c("scontrol update NodeName=n2 State=DRAIN Reason=x")
    c("scontrol update NodeName=n2 State=UNDRAIN")
    c.wait_node("n2", "idle")
    c("scontrol update NodeName=n2 State=DOWN Reason=x")
    c.wait_node("n2", "down")
    c.kill("slurmd.n2", signal.SIGTERM)
    c.restart_slurmd(2)
    registered = lambda: "slurmctld answers" in open(f"{c.d}/log/slurmd-n2.log").read().split("slurmd ends")[-1]
    wait_until(registered, 20, "the registration")
    assert c("sinfo -h -n n2 -o %T").strip() == "down"  # ReturnToService=1: it was not silence
    resume(c, "n2")


def test_a_state_survives_a_restart_of_slurmctld(shared):
    c = shared
    c("scontrol update NodeName=n3 State=DRAIN Reason=kept")
    c.kill("slurmctld", signal.SIGKILL)
    c.restart_ctld()
    c.wait_node("n3", "drained")
    assert c.node("n3")["Reason"].startswith("kept [")
    resume(c, "n3")


def test_an_unexpected_reboot_is_down_until_an_operator_resumes_it(shared):
    c = shared
    c.kill("slurmd.n3", signal.SIGTERM)
    c.spawn("slurmd.n3", [c.exe("slurmd"), "-D", "-b", "-f", c.conf, "-N", "n3"])
    c.save()
    c.wait_node("n3", "down")
    assert c.node("n3")["Reason"].startswith("Node unexpectedly rebooted [")
    resume(c, "n3")


def test_return_to_service_2_takes_back_what_an_operator_set_down_when_it_registers():
    with Cluster(nodes=1, conf="SlurmdTimeout=300\nReturnToService=2") as c:
        c("scontrol update NodeName=n1 State=DOWN Reason=x")
        c.wait_node("n1", "down")
        c.kill("slurmd.n1", signal.SIGTERM)
        c.restart_slurmd(1)
        c.wait_node("n1", "idle")


def test_hardware_below_the_promise_is_inval_with_its_reason_until_slurm_conf_fits():
    with Cluster(nodes=1, conf="SlurmdParameters=\nSlurmdTimeout=300", mem=100, cpus=1) as c:

        def promise(megabytes):
            text = open(c.conf).read()
            open(c.conf, "w").write(re.sub(r"RealMemory=\d+", f"RealMemory={megabytes}", text))
            c("scontrol reconfigure")
            c.kill("slurmd.n1", signal.SIGTERM)
            c.restart_slurmd(1)

        promise(100000000)
        c.wait_node("n1", "inval")
        node = c.node("n1")
        assert re.match(r"Low RealMemory \(reported:\d+ < .*configured:100000000\) \[", node["Reason"])
        assert "INVALID_REG" in node["State"]
        waiting = c.submit("-o /dev/null")
        promise(100)
        assert c.wait_end(waiting) == "COMPLETED"
        c.wait_node("n1", "idle")


def test_with_slurmd_timeout_0_a_silent_node_is_never_down():
    with Cluster(nodes=1, conf="SlurmdTimeout=0") as c:
        c.kill("slurmd.n1", signal.SIGKILL)
        log = open(f"{c.d}/log/slurmctld.log").read()
        assert "Not responding" not in log
        assert c("sinfo -h -n n1 -o %T").strip() == "idle"
        c.restart_slurmd(1)
        assert c.wait_end(c.submit("-o /dev/null")) == "COMPLETED"


def test_no_requeue_ends_as_node_fail_and_requeue_counts_the_restart():
    with Cluster(nodes=2, conf="SlurmdTimeout=4\nReturnToService=2\nKillWait=1") as c:
        kept = c.submit("--no-requeue -w n1 -n1 -o /dev/null", "sleep 1000")
        back = c.submit("--requeue -w n1 -n1 --open-mode=append -o back.out", 'echo "restart ${SLURM_RESTART_COUNT:-none}"; [ "$SLURM_RESTART_COUNT" = 1 ] || sleep 1000')
        c.wait_text("back.out", "restart")
        c.wait_state(kept, "RUNNING")
        c.kill("slurmd.n1", signal.SIGKILL)
        assert c.wait_end(kept) == "NODE_FAIL"
        c.wait_state(back, "PENDING", seconds=40)
        c.restart_slurmd(1)
        assert c.wait_end(back) == "COMPLETED"
        assert c.file("back.out").splitlines()[-1] == "restart 1"


def test_a_job_that_loses_its_second_node_is_requeued_and_one_with_no_kill_goes_on():
    with Cluster(nodes=2, conf="SlurmdTimeout=4\nReturnToService=1\nKillWait=1") as c:
        waits = "echo on; while [ ! -e second-go ]; do sleep 0.1; done; echo off"
        usual = c.submit("-N2 -n2 --requeue --open-mode=append -o usual.out", waits)
        stays = c.submit("-N2 -n2 --no-kill -o stays.out", waits)
        c.wait_text("usual.out", "on")
        c.wait_text("stays.out", "on")
        c.kill("slurmd.n2", signal.SIGKILL)
        c.wait_node("n2", "down*", seconds=40)
        c.wait_state(usual, "PENDING")
        assert c.state(stays) == "RUNNING"
        c.restart_slurmd(2)
        open(f"{c.d}/work/second-go", "w").close()
        assert c.wait_end(stays) == "COMPLETED"
        assert c.wait_end(usual) == "COMPLETED"
        assert c.job(usual)["Restarts"] == "1"
        assert c.file("usual.out").splitlines().count("off") == 1
