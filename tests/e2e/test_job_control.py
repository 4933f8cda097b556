# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""scontrol beside hold and release: the special exit, nodes that a job gives back, SiteFactor, shutdown of all."""
import json

import pytest

from harness import Cluster, wait_until

CONF = "KillWait=1\nRequeueExitHold=8\nPriorityType=priority/multifactor\nPriorityWeightPartition=1000"


@pytest.fixture(scope="module")
def c():
    with Cluster(nodes=2, conf=CONF) as cluster:
        yield cluster


def test_a_special_exit_is_a_state_of_its_own(c):
    job = c.submit("-N1 -t 5", "sleep 300")
    c.wait_state(job, "RUNNING")
    c(f"scontrol requeuehold State=SpecialExit {job}")
    wait_until(lambda: c.state(job) == "SPECIAL_EXIT", 10, "its node is clear")
    assert c("squeue -h -o '%i %t %T %r %Q'") == f"{job} SE SPECIAL_EXIT job requeued in held state 0\n"
    assert c("squeue -h -t PD") == ""
    assert c("squeue -h -t SE -o %i") == f"{job}\n" == c("squeue -h -t special_exit -o %i")
    shown = json.loads(c("squeue --json"))["jobs"][0]
    assert shown["job_state"] == ["PENDING", "SPECIAL_EXIT"] and shown["hold"] is True
    assert "Job is pending execution for job" in c.refused(f"scontrol requeuehold State=SpecialExit {job}")[1]
    assert c.job(job)["JobState"] == "SPECIAL_EXIT"
    c(f"scontrol release {job}")
    c.wait_state(job, "RUNNING")
    c(f"scancel {job}")
    c.wait_end(job)
    failed = c.submit("-t 5", "exit 8")
    c.wait_state(failed, "SPECIAL_EXIT")
    assert c.shown(failed, "%r") == "JobHeldUser"
    c(f"scancel {failed}")


def test_a_job_gives_a_node_back_and_goes_on_with_the_others(c):
    script = "srun sleep 300 > /dev/null 2>&1 & scontrol update JobId=$SLURM_JOB_ID NumNodes=1; . ./slurm_job_*_resize.sh; " \
             "echo $SLURM_JOB_NODELIST $SLURM_NNODES ${SLURM_NTASKS-none}; sleep 300"
    job = c.submit("-N2 -t 5 -o resized.out", script)
    c.wait_text("resized.out", "none")
    assert c.file("resized.out").split("\n")[-2] == "n1 1 none"
    assert "For bash or sh shells:  . ./slurm_job_" in c.file("resized.out")
    shown = c.job(job)
    assert (shown["NodeList"], shown["NumNodes"]) == ("n1", "1") and shown["ResizeTime"] != "N/A"
    assert c.state(job) == "RUNNING"
    other = c.submit("-w n2 --exclusive -t 5", "true")
    c.wait_state(other, "COMPLETED")
    assert "not supported" in c.refused(f"scontrol update JobId={job} NumNodes=2")[1]
    c(f"scancel {job}")
    c.wait_end(job)


def test_the_site_factor_counts_and_sprio_tells_of_who_may_start(c):
    filler = c.submit("-N2 --exclusive -t 5", "sleep 300")
    c.wait_state(filler, "RUNNING")
    job = c.submit("-N2 --exclusive -t 5")
    c.submit("-N2 --begin=now+1hour -t 5")
    c(f"scontrol update JobId={job} SiteFactor=500")
    assert c("sprio -h -o '%i %Y %S'").split() == [job, "1500", "500"]
    assert c.refused("sprio -j abc") == (1, "sprio: error: Invalid job id: abc\n")
    assert len(c("sprio -j 99999").splitlines()) == 1  # the header alone, as recorded
    c(f"scontrol update JobId={job} ResetAccrueTime")
    c("scancel -u root")
    c.wait_end(filler)


def has_ended(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_shutdown_ends_the_slurmds_as_well(c):
    daemons = [pid for name, pid in c.m["pids"].items() if name.startswith("slurm")]
    assert len(daemons) == 3
    c("scontrol shutdown")
    wait_until(lambda: all(has_ended(pid) for pid in daemons), 15, "all daemons have ended")
