# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Keys of partitions that say who may submit what."""
import pytest

from harness import Cluster

PARTITIONS = """
PartitionName=login Nodes=ALL AllocNodes=nowhere[1-3]
PartitionName=noroot Nodes=ALL DisableRootJobs=YES
PartitionName=resv Nodes=ALL ReqResv=YES
PartitionName=short Nodes=ALL MaxNodes=1 MaxTime=10
PartitionName=wide Nodes=ALL MinNodes=2
PartitionName=memcpu Nodes=ALL MaxMemPerCPU=100
PartitionName=closed Nodes=ALL State=DRAIN
PartitionName=moved Nodes=ALL State=INACTIVE Alternate=short
"""


def refusal(c, options):
    c.script("job.sh", "true")
    return c.refused(f"sbatch {options} job.sh")[1].split("failed: ")[1].strip()


@pytest.fixture(scope="module")
def c():
    with Cluster(nodes=2, conf=PARTITIONS) as cluster:
        yield cluster


def test_partitions_refuse_whom_they_are_not_for(c):
    assert refusal(c, "-p login") == "Access/permission denied"
    assert refusal(c, "-p noroot") == "Invalid user id"
    assert refusal(c, "-p resv") == "Access/permission denied"
    assert refusal(c, "-p closed") == "Required partition not available (inactive or drain)"


def test_an_alternate_takes_the_jobs_of_a_closed_partition(c):
    assert c.job(c.submit("-p moved --hold"))["Partition"] == "short"


def test_without_enforcement_a_job_waits_for_the_limit(c):
    job = c.submit("-p short -N2")
    c.wait_state(job, "PENDING")
    assert c.job(job)["Reason"] in ("PartitionNodeLimit", "None")
    c(f"scancel {job}")


def test_more_memory_a_cpu_than_allowed_brings_more_cpus(c):
    job = c.job(c.submit("-p memcpu --mem-per-cpu=200 --hold"))
    assert (job["NumCPUs"], job["CPUs/Task"], job["MinMemoryCPU"]) == ("2", "2", "100M")


def test_min_nodes_raises_a_request_that_names_none(c):
    job = c.submit("-p wide", "sleep 300")
    c.wait_state(job, "RUNNING")
    assert c.job(job)["NumNodes"] == "2"
    c(f"scancel {job}")


def test_enforce_part_limits():
    with Cluster(nodes=2, conf=PARTITIONS + "EnforcePartLimits=ALL\n") as c:
        assert refusal(c, "-p short -N2") == "Node count specification invalid"
        assert refusal(c, "-p short -t 20") == "Requested time limit is invalid (missing or exceeds some limit)"
        assert refusal(c, "-p short,wide -N2") == "Node count specification invalid"
        assert refusal(c, "-p wide -n 40") == "More processors requested than permitted"
        assert refusal(c, "-p wide -N1") == "Node count specification invalid"
        c.submit("-p short -N1 -t 5")


def test_hidden_partitions_are_shown_on_request():
    with Cluster(nodes=1, conf="PartitionName=secret Nodes=ALL Hidden=YES\n") as c:
        job = c.submit("-p secret --hold")
        assert c("sinfo --hide -h -o %P").split() == ["main*"]
        assert "secret" in c("sinfo -a -h -o %P")
        assert "secret" in c("sinfo --hide -p secret -h -o %P")
        assert c("squeue --hide -h -o %i").strip() == ""
        assert c("squeue -a -h -o %i").strip() == job
        assert c("squeue --hide -p secret -h -o %i").strip() == job
