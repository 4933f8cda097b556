# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Licences: what there are, who holds them, who waits for them."""
import pytest

from harness import Cluster, wait_until


@pytest.fixture(scope="module")
def c():
    with Cluster(nodes=2, conf="Licenses=matlab:3,ansys:1\nAccountingStorageTRES=license/matlab") as cluster:
        yield cluster


def reason(c, job):
    return c(f"squeue -h -j {job} -o %r").strip()


def test_a_job_waits_until_the_licences_it_needs_come_back(c):
    first = c.submit("-L matlab:2", "sleep 300")
    c.wait_state(first, "RUNNING")
    second = c.submit("-L matlab:2,ansys", "sleep 300")
    wait_until(lambda: reason(c, second) == "Licenses", 10, "the reason")
    small = c.submit("-L matlab", "sleep 300")
    c.wait_state(small, "RUNNING")
    assert c.job(first)["LicensesAlloc"] == "matlab:2"
    assert c.job(first)["AllocTRES"].endswith(",license/matlab=2") and c.job(first)["ReqTRES"].endswith(",license/matlab=2")
    assert "ansys" not in c.job(second)["ReqTRES"]
    assert c.job(second)["Licenses"] == "matlab:2,ansys" and c.job(second)["LicensesAlloc"] == "(null)"
    assert c(f"squeue -h -j {first} -o %W").strip() == "matlab:2"
    assert sorted(c("squeue -h -L matlab -o %i").split()) == sorted([first, second, small])
    c.kill("slurmctld")
    c.restart_ctld()
    wait_until(lambda: reason(c, second) == "Licenses", 20, "the reason after a restart")
    c(f"scancel {first}")
    c.wait_state(second, "RUNNING")
    c(f"scancel {second} {small}")


def test_the_first_licence_of_a_choice_that_is_free_is_taken(c):
    one = c.submit("-L ansys|matlab:3", "sleep 300")
    c.wait_state(one, "RUNNING")
    other = c.submit("-L ansys|matlab:3", "sleep 300")
    c.wait_state(other, "RUNNING")
    assert (c.job(one)["LicensesAlloc"], c.job(other)["LicensesAlloc"]) == ("ansys:1", "matlab:3")
    c(f"scancel {one} {other}")


@pytest.mark.parametrize("asked", ["nosuch:1", "matlab:4", "matlab=1", "matlab:x"])
def test_licences_that_there_are_not_are_refused(c, asked):
    c.script("job.sh", "true")
    assert c.refused(f"sbatch -L {asked} job.sh")[1] == "sbatch: error: Batch job submission failed: Invalid license specification\n"


def test_the_licences_of_a_waiting_job_can_be_changed(c):
    job = c.submit("--hold -L matlab")
    c(f"scontrol update JobId={job} Licenses=ansys")
    assert c.job(job)["Licenses"] == "ansys"
    c.refused(f"scontrol update JobId={job} Licenses=nosuch")
    c(f"scancel {job}")


def test_an_operator_may_take_a_job_that_runs_over_the_total(c):
    job = c.submit("-L matlab:2", "sleep 300")
    c.wait_state(job, "RUNNING")
    c(f"scontrol update JobId={job} Licenses=matlab:3")
    assert c.job(job)["LicensesAlloc"] == "matlab:3"
    other = c.submit("", "sleep 300")
    c.wait_state(other, "RUNNING")
    c(f"scontrol update JobId={other} Licenses=matlab:1")
    assert "Used=4" in c("scontrol show licenses matlab")
    c(f"scancel {job} {other}")
