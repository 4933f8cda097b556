# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Heterogeneous jobs: components with a ':' between them, or "#SBATCH hetjob" in the script."""
import json

import pytest

from harness import Cluster, wait_until

SCRIPT = """#!/bin/sh
#SBATCH -J het -n1 -t 5
#SBATCH hetjob
#SBATCH -N2 -n3
env | grep -E 'SLURM_(HET|JOB_ID|JOB_NODELIST|NTASKS|JOB_NUM)' | sort
sleep 1000
"""


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=4) as c:
        yield c


@pytest.fixture
def running(cluster):
    """The id of a heterogeneous job that runs, on n1 and n[2-3]; cancelled afterwards."""
    job = cluster.submit("--exclusive -o het-%j.out", body=SCRIPT, name="het.sh")
    cluster.wait_text(f"het-{job}.out", "SLURM_NTASKS_HET_GROUP_1")
    yield int(job)
    cluster(f"scancel {job}", code=None)
    wait_until(lambda: not cluster("squeue -h"), 30, "an empty queue")


def test_the_script_is_told_of_every_component(cluster, running):
    lines = dict(line.split("=", 1) for line in cluster.file(f"het-{running}.out").splitlines())
    assert lines["SLURM_HET_SIZE"] == "2"
    assert lines["SLURM_JOB_ID"] == lines["SLURM_JOB_ID_HET_GROUP_0"] == str(running)
    assert lines["SLURM_JOB_ID_HET_GROUP_1"] == str(running + 1)
    assert lines["SLURM_JOB_NODELIST"] == lines["SLURM_JOB_NODELIST_HET_GROUP_0"]
    assert lines["SLURM_JOB_NUM_NODES_HET_GROUP_1"] == "2"
    assert (lines["SLURM_NTASKS"], lines["SLURM_NTASKS_HET_GROUP_1"]) == ("1", "3")


def test_the_queue_and_the_records_name_the_components(cluster, running):
    assert cluster(f"squeue -h -j {running} -o '%i %D %t' -S i").splitlines() == [f"{running}+0 1 R", f"{running}+1 2 R"]
    assert cluster(f"squeue -h -j {running}+1 -o %i").split() == [f"{running}+1"]
    text = cluster(f"scontrol show job {running}")
    assert f"JobId={running} HetJobId={running} HetJobOffset=0 JobName=het\n   HetJobIdSet={running}-{running + 1}\n" in text
    assert f"JobId={running + 1} HetJobId={running} HetJobOffset=1 JobName=het\n" in text
    assert "HetJobOffset=0" not in cluster(f"scontrol show job {running}+1")
    parts = json.loads(cluster(f"squeue --json -j {running}"))["jobs"]
    assert {(p["job_id"], p["het_job_id"]["number"], p["het_job_offset"]["number"], p["het_job_id_set"]) for p in parts} == {
        (running, running, 0, f"{running}-{running + 1}"), (running + 1, running, 1, f"{running}-{running + 1}")}


def test_a_component_can_be_cancelled_alone_and_the_leader_takes_all(cluster, running):
    cluster(f"scancel {running}+1")
    assert cluster.wait_state(running + 1, "CANCELLED") and cluster.state(f"{running}+0") == "RUNNING"
    cluster(f"scancel {running}+5")  # no such component: as silent as for a job that is not there
    assert cluster.state(f"{running}+0") == "RUNNING"


def test_a_pending_one_can_only_be_cancelled_whole(cluster):
    job = int(cluster("sbatch --parsable -H -N1 : -N2 --wrap true"))
    code, err = cluster.refused(f"scancel {job}+1")
    assert code != 0 and "cannot be cancelled alone" in err
    cluster(f"scontrol update jobid={job} comment=all")
    cluster(f"scontrol update jobid={job}+1 timelimit=7")
    assert cluster.job(job + 1)["Comment"] == cluster.job(f"{job}+0")["Comment"] == "all"
    assert cluster.job(job + 1)["TimeLimit"] == "00:07:00"
    cluster(f"scancel {job}")
    assert cluster.state(job).split() == ["CANCELLED", "CANCELLED"]


def test_it_survives_a_restart_of_slurmctld(cluster, running):
    cluster.kill("slurmctld")
    cluster.restart_ctld()
    assert cluster(f"squeue -h -j {running} -o '%i %t' -S i").splitlines() == [f"{running}+0 R", f"{running}+1 R"]


def test_options_of_the_command_line_reach_their_component(cluster):
    job = int(cluster("sbatch --parsable -H -A acct -t 3 -N1 -C x : -N2 --comment=two --wrap true", code=None) or 0)
    if not job:  # no node has feature x
        job = int(cluster("sbatch --parsable -H -A acct -t 3 -N1 : -N2 --comment=two --wrap true"))
    one, two = cluster.job(f"{job}+0"), cluster.job(f"{job}+1")
    assert one["TimeLimit"] == two["TimeLimit"] == "00:03:00" and one["Account"] == two["Account"] == "acct"
    assert "Comment" not in one and two["Comment"] == "two"
    assert (one["NumNodes"].split("-")[0], two["NumNodes"].split("-")[0]) == ("1", "2")
    cluster(f"scancel {job}")
