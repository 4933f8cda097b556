# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""The life of a node: DOWN when it is silent, back by ReturnToService, INVAL when the hardware is not what was promised."""
import signal

from harness import Cluster


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
