# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""OverSubscribe and gang scheduling with real processes: who has the same cores takes turns. And the host of --batch."""
import os, pytest

from harness import Cluster, wait_until

CONF = """KillWait=1
PreemptMode=GANG
SchedulerTimeSlice=5
PartitionName=forced Nodes=n1 OverSubscribe=FORCE:2
PartitionName=asked Nodes=n2 OverSubscribe=YES:2"""


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=2, conf=CONF) as c:
        yield c


def count(c, name):
    log = f"{c.d}/work/{name}.log"
    return os.path.getsize(log) if os.path.exists(log) else 0


def counter(c, name, *options):
    """A job that writes a byte every tenth of a second."""
    script = f"while :; do printf x >>{c.d}/work/{name}.log; sleep 0.1; done"
    return c.sbatch("-n4", "--mem=100", "-t", "10", "-o", "/dev/null", *options, "--wrap", script)


def test_jobs_on_the_same_cores_take_turns(cluster):
    c = cluster
    assert "OverSubscribe=FORCE:2" in c("scontrol show partition forced")
    first = counter(c, "first", "-p", "forced")
    c.wait_state(first, "RUNNING")
    second = counter(c, "second", "-p", "forced", "--exclusive")
    c.wait_state(second, "SUSPENDED")
    third = counter(c, "third", "-p", "forced")
    assert c.shown(second, "%h %t") == "YES S" and c.shown(third, "%t") == "PD"
    assert c.job(first)["OverSubscribe"] == "YES"
    wait_until(lambda: c.state(second) == "RUNNING" and count(c, "second") > 2, 20, "the second job's turn")
    assert c.state(first) == "SUSPENDED"
    before = count(c, "first")
    wait_until(lambda: c.state(first) == "RUNNING" and count(c, "first") > before + 2, 20, "the first job's turn")
    c(f"scancel {first}")
    c.wait_state(third, "SUSPENDED", "RUNNING")
    c(f"scancel {second} {third}")
    c.wait_end(third)


def test_cores_are_shared_by_those_who_ask(cluster):
    c = cluster
    alone = c.sbatch("-p", "asked", "-n2", "--mem=100", "--wrap", "sleep 1000")
    c.wait_state(alone, "RUNNING")
    one = c.sbatch("-p", "asked", "-n2", "-s", "--mem=100", "--wrap", "sleep 1000")
    two = c.sbatch("-p", "asked", "-n2", "-s", "--mem=100", "--wrap", "sleep 1000")
    c.wait_state(two, "RUNNING", "SUSPENDED")
    three = c.sbatch("-p", "asked", "-n2", "-s", "--mem=100", "--wrap", "true")
    wait_until(lambda: c.job(three)["Reason"] == "Resources", 10, "the third waits")
    assert c.node("n2")["CPUAlloc"] == "4"
    c(f"scancel {alone} {one} {two} {three}")
    c.wait_end(alone)


def test_the_script_runs_where_batch_says(cluster):
    c = cluster
    c("scontrol update nodename=n2 AvailableFeatures=head ActiveFeatures=head")
    job = c.sbatch("-N2", "-C", "head*1", "--batch=head", "-o", "host.out", "--wrap", "echo $SLURMD_NODENAME; srun -N2 true")
    c.wait_end(job)
    assert c.file("host.out") == "n2\n"
    assert "BatchHost=n2" in c(f"scontrol show job {job}")
