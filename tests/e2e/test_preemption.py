# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Preemption by tiers of partitions: what becomes of the job that makes room, and what is told of it."""
import os, pytest

from harness import Cluster, let_pass, wait_until

CONF = """KillWait=1
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
PartitionName=cancels Nodes=n[1-2] PriorityTier=1
PartitionName=requeues Nodes=n[1-2] PriorityTier=1 PreemptMode=REQUEUE
PartitionName=suspends Nodes=n[1-2] PriorityTier=1 PreemptMode=SUSPEND,GANG
PartitionName=graceful Nodes=n[1-2] PriorityTier=1 GraceTime=3
PartitionName=high Nodes=n[1-2] PriorityTier=9 PreemptMode=OFF"""


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=2, conf=CONF) as c:
        yield c


def batch(c, partition, script, *options):
    return c.run("sbatch", "--parsable", "-p", partition, "-N2", "-n8", "--mem=100", "-t", "10",
                 "-o", f"{c.d}/work/{partition}-%j.out", *options, "--wrap", script).stdout.strip()


def test_a_job_is_cancelled_for_one_of_a_higher_tier(cluster):
    c = cluster
    low = batch(c, "cancels", "echo on; srun sleep 1000")
    c.wait_text(f"cancels-{low}.out", "on")
    assert "PreemptEligibleTime=20" in c.run("scontrol", "show", "job", low).stdout
    high = batch(c, "high", "true")
    c.wait_end(high)
    assert c.state(high) == "COMPLETED"
    shown = c.run("scontrol", "show", "job", low).stdout
    assert "JobState=PREEMPTED Reason=None" in shown and "ExitCode=0:15" in shown and "PreemptTime=20" in shown
    assert "PreemptEligibleTime" not in c.run("scontrol", "show", "job", high).stdout
    c.wait_text(f"cancels-{low}.out", "DUE TO PREEMPTION ***")


def test_a_job_is_sent_back_to_the_queue_and_runs_again(cluster):
    c = cluster
    marks = f"{c.d}/work/marks"
    low = batch(c, "requeues", f"echo $SLURM_RESTART_COUNT >>{marks}; test $SLURM_RESTART_COUNT -gt 0 || sleep 1000")
    c.wait_state(low, "RUNNING")
    wait_until(lambda: os.path.exists(marks), 20, "the script runs")
    high = batch(c, "high", "true")
    c.wait_end(high)
    c.wait_end(low)
    assert c.state(low) == "COMPLETED" and open(marks).read().split() == ["0", "1"]


def test_a_job_has_its_time_of_grace(cluster):
    c = cluster
    low = batch(c, "graceful", "trap 'echo warned; exit 0' TERM; srun sh -c \"trap 'echo told' TERM; sleep 1000 & wait; wait\"; sleep 1000")
    c.wait_state(low, "RUNNING")
    let_pass(1)
    high = batch(c, "high", "true")
    c.wait_text(f"graceful-{low}.out", "told")
    assert c.state(low) == "RUNNING"
    c.wait_end(high)
    assert c.state(low) == "PREEMPTED"


def test_a_job_is_suspended_and_goes_on_by_itself(cluster):
    c = cluster
    low = batch(c, "suspends", "sleep 4")
    c.wait_state(low, "RUNNING")
    high = batch(c, "high", "sleep 2")
    c.wait_state(high, "RUNNING")
    assert c.state(low) == "SUSPENDED"
    c.wait_end(high)
    c.wait_state(low, "RUNNING", "COMPLETED")
    c.wait_end(low)
    assert c.state(low) == "COMPLETED"


def test_explain_names_who_would_go(cluster):
    c = cluster
    low = batch(c, "cancels", "sleep 1000")
    c.wait_state(low, "RUNNING")
    high = batch(c, "high", "true", "--hold")
    assert f"would be preempted for it: {low}" in c.run("scontrol", "explain", "job", high).stdout
    c.run("scancel", low, high)
    c.wait_end(low)
