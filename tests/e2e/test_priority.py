# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Priorities as users see them: squeue, scontrol show job, and who starts first."""
import pytest

from harness import Cluster, wait_until

CONF = """PriorityType=priority/multifactor
PriorityWeightPartition=1000
PriorityWeightJobSize=100
PartitionName=slow Nodes=ALL PriorityJobFactor=5
PartitionName=fast Nodes=ALL PriorityJobFactor=10
"""


@pytest.fixture(scope="module")
def c():
    with Cluster(nodes=2, conf=CONF) as cluster:
        yield cluster


def priority(c, job):
    return int(c(f"squeue -h -j {job} -o %Q"))


def test_the_factors_add_up_and_the_higher_priority_starts_first(c):
    filler = c.submit("-N2 --exclusive -t 5", "sleep 300")
    c.wait_state(filler, "RUNNING")
    c.wait_state(filler, "RUNNING")
    slow = c.submit("-p slow -N2 --exclusive -t 5", "sleep 300")
    both = c.submit("-p slow,fast -N2 --exclusive -t 5 --nice=100", "sleep 300")
    assert priority(c, slow) == 500 + 62  # two of two nodes, two of eight CPUs: (1 + 0.25) / 2
    assert priority(c, both) == 1000 + 62 - 100
    assert c.job(both)["Priority"] == "962"
    assert c("squeue -h -t PD -S -p -o %i").split() == [both, slow]
    c(f"scancel {filler}")
    c.wait_state(both, "RUNNING")
    assert c.job(both)["Partition"] == "fast"
    assert c.state(slow) == "PENDING"
    c(f"scancel {slow} {both}")


def test_a_priority_set_by_hand_holds_until_it_is_released(c):
    filler = c.submit("-N2 --exclusive -t 5", "sleep 300")
    c.wait_state(filler, "RUNNING")
    job = c.submit("-p slow -N2 --exclusive -t 5", "sleep 300")
    c(f"scontrol update JobId={job} Priority=77")
    assert priority(c, job) == 77
    c(f"scontrol hold {job}")
    assert priority(c, job) == 0
    c(f"scontrol release {job}")
    wait_until(lambda: priority(c, job) == 562, 10, "the derived priority")
    c(f"scontrol update JobId={job} Nice=62")
    assert priority(c, job) == 500
    c(f"scancel {filler} {job}")


def test_top_moves_jobs_to_the_front_of_those_like_them(c):
    filler = c.submit("-N2 --exclusive -t 5", "sleep 300")
    c.wait_state(filler, "RUNNING")
    first, second, third = [c.submit("-p slow -N2 --exclusive -t 5", "sleep 300") for _ in range(3)]
    other = c.submit("-p fast -N2 --exclusive -t 5", "sleep 300")
    assert c.run("scontrol", "top", f"{third},{second}").returncode == 0
    wait_until(lambda: c("squeue -h -p slow -t PD -S -p -o %i").split() == [third, second, first], 10, "the new order")
    now = [priority(c, job) for job in (first, second, third)]
    assert now[0] < now[1] < now[2] and sum(now) == 3 * 562
    assert priority(c, other) == 1062
    c(f"scontrol hold {first}")
    refused = c.run("scontrol", "top", first)
    assert (refused.returncode, refused.stderr) == (
        1, f"Job is in held state, pending scheduler release for job {first}\n")
    c(f"scancel {filler} {first} {second} {third} {other}")


def test_priority_basic_is_first_come_first_served():
    with Cluster(nodes=1, conf="PriorityType=priority/basic") as c:
        jobs = [c.submit("--begin=now+1hour") for _ in range(3)]
        numbers = [priority(c, job) for job in jobs]
        assert numbers == [4294901760, 4294901759, 4294901758]
