# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""sreport: what jobs have used, added up by slurmdbd."""
import getpass

import pytest

from harness import wait_until
from test_accounting import AccountingCluster, wait_told

WINDOW = "start=now-1hour end=now+1hour"


@pytest.fixture(scope="module")
def used():
    with AccountingCluster(nodes=2, conf="KillWait=1") as c:
        jobs = [c.submit("-n1", "sleep 1"), c.submit("-n3", "sleep 1")]
        for job in jobs:
            c.wait_end(job)
        wait_told(c, f"-X -j {','.join(jobs)}", [[job, "COMPLETED", "0:0"] for job in jobs])
        yield c, jobs


def report(c, words):
    return [line.split("|") for line in c(f"sreport -n -P -t seconds {words} {WINDOW}").splitlines()]


def cpu_seconds(c, jobs):
    return [int(line) for line in c(f"sacct -n -P -X -o CPUTimeRAW -j {','.join(jobs)}").split()]


def test_what_users_and_accounts_used_is_what_their_jobs_did(used):
    c, jobs = used
    all_of_them = sum(cpu_seconds(c, jobs))
    assert all_of_them >= 4
    rows = report(c, "cluster accountutilizationbyuser")
    assert rows[0][:3] == ["e2e", "root", ""] and int(rows[0][4]) == all_of_them
    assert [row[2] for row in rows if row[2]] == [getpass.getuser()]
    assert [int(row[4]) for row in report(c, "user topusage")] == [all_of_them]
    assert [int(row[4]) for row in report(c, "cluster userutilizationbyaccount")] == [all_of_them]
    sizes = report(c, "job sizesbyaccount grouping=2")
    assert sizes == [["e2e", "root", *map(str, cpu_seconds(c, jobs)), "2", "100.00%"]]
    assert report(c, f"job sizesbyaccount grouping=2 jobs={jobs[1]}")[0][2:5] == ["0", str(cpu_seconds(c, jobs)[1]), "1"]
    assert report(c, "job sizesbyaccount jobs=9999") == []
    assert report(c, "job sizesbyaccount grouping=2 nodes=n[1-2]") == sizes
    assert report(c, "job sizesbyaccount nodes=n9") == []
    assert report(c, "user topusage format=login,trescount") == [[getpass.getuser(), "8"]]
    assert report(c, "user topusage -T node")[0][4] == "node"
    assert report(c, "cluster accountutilizationbyqos") == [["e2e", "root", "normal", str(all_of_them), "0"]]
    assert [row[3:] for row in report(c, "cluster userutilizationbywckey")] == [["", str(all_of_them)]]
    assert [row[2] for row in report(c, "cluster wckeyutilizationbyuser")] == ["", getpass.getuser()]
    assert report(c, "job sizesbywckey grouping=2")[0][1:] == ["", *sizes[0][2:]]
    assert report(c, "job sizesbyaccountandwckey grouping=2")[0][1:] == ["root:", *sizes[0][2:]]


def test_the_cluster_s_time_adds_up(used):
    c, jobs = used
    row = report(c, "cluster utilization")[0]
    allocated, down, planned_down, idle, planned, reported = map(int, row[1:])
    assert row[0] == "e2e" and allocated == sum(cpu_seconds(c, jobs))
    assert allocated + down + planned_down + idle + planned == reported > 0
    assert report(c, "cluster utilization -T cpu,node format=tresname,trescount") == [["cpu", "8"], ["node", "2"]]


def test_a_node_that_is_drained_counts_as_down(used):
    c, _ = used
    c("scontrol update nodename=n2 state=drain reason=test")
    wait_until(lambda: int(report(c, "cluster utilization")[0][2]) > 0, 20, "time that the node is down")
    c("scontrol update nodename=n2 state=resume")


def test_what_a_job_waits_for_is_planned_and_no_whole_nodes(used):
    c, jobs = used
    later = [c.submit("-n1", "sleep 3"), c.submit("-N2 --exclusive", "sleep 1")]
    for job in later:
        c.wait_end(job)
    wait_told(c, f"-X -j {','.join(later)}", [[job, "COMPLETED", "0:0"] for job in later])
    asked = [line.split("|") for line in c(f"sacct -n -P -X -o ReqCPUS,AllocCPUS,Planned,PlannedCPURAW -j {','.join([*jobs, *later])}").splitlines()]
    assert asked[-1][:2] == ["2", "8"] and int(asked[-1][3]) >= 4
    planned = sum(int(row[3]) for row in asked)
    assert [int(row[5]) for row in report(c, "cluster utilization")] == [planned]
    rows = report(c, "cluster utilization -T cpu,mem,billing format=tresname,planned")
    assert rows[0] == ["cpu", str(planned)] and {row[1] for row in rows[1:]} == {"0"}


def test_named_users_have_no_rows_of_accounts_and_shares_are_of_what_is_told(used):
    c, _ = used
    me = getpass.getuser()
    everything = report(c, "cluster accountutilizationbyuser")
    assert report(c, f"cluster accountutilizationbyuser users={me}") == [row for row in everything if row[2] == me]
    assert c(f"sreport -nP -t percent job sizesbyaccount grouping=100 {WINDOW}").split("|")[2:4] == ["100.00%", "0.00%"]


def test_headings_and_refusals(used):
    c, _ = used
    out = c("sreport cluster utilization start=2024-01-01 end=2024-03-31 -t hourper")
    assert out.splitlines()[1:3] == ["Cluster Utilization 2024-01-01T00:00:00 - 2024-03-30T23:59:59", "Usage reported in CPU Hours/Percentage of Total"]
    assert c.refused("sreport bogus") == (1, "invalid keyword: bogus\n")
