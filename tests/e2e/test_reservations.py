# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Reservations: who gets the nodes, what others are told, and how scontrol makes, changes and removes them."""
import os
import pytest

from harness import Cluster, wait_until


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=3, conf="KillWait=1\nAllowSpecResourcesUsage=YES") as c:
        yield c


@pytest.fixture(autouse=True)
def clean(cluster):
    yield
    cluster.run("scancel", "-u", "root")
    wait_until(lambda: cluster.run("squeue", "-h").stdout == "", 30, "the queue is empty")
    for line in cluster.run("sinfo", "-h", "-T").stdout.split("\n"):
        if line and not line.startswith("No "):
            cluster.run("scontrol", "delete", f"ReservationName={line.split()[0]}")


def create(c, *words):
    r = c.run("scontrol", "create", "reservation", *words)
    assert r.returncode == 0, r.stderr
    return r.stdout.split()[-1]


def test_a_job_that_asks_runs_there_and_others_stay_away(cluster):
    c = cluster
    create(c, "ReservationName=r", "StartTime=now", "Duration=60", "Nodes=n1", "Users=root")
    assert c.run("sinfo", "-h", "-N", "-o", "%N %t").stdout == "n1 resv\nn2 idle\nn3 idle\n"
    inside = c.run("sbatch", "--parsable", "--reservation=r", "-t1", "--wrap", "sleep 1000").stdout.strip()
    c.wait_state(inside, "RUNNING")
    assert c.run("squeue", "-h", "-j", inside, "-o", "%N %v").stdout == "n1 r\n"
    outside = c.run("sbatch", "--parsable", "-t1", "-w", "n1", "--wrap", "true").stdout.strip()
    wait_until(lambda: c.run("squeue", "-h", "-j", outside, "-o", "%t").stdout == "PD\n", 20, "it waits")
    wait_until(lambda: "ReqNodeNotAvail" in c.run("squeue", "-h", "-j", outside, "-o", "%r").stdout, 20, "and is told why")
    elsewhere = c.run("sbatch", "--parsable", "-t1", "--wrap", "true").stdout.strip()
    c.wait_state(elsewhere, "COMPLETED")
    used = c.run("scontrol", "delete", "ReservationName=r")
    assert (used.returncode, used.stderr) == (1, "delete_reservation ReservationName=r: Requested reservation is in use\n")
    c.run("scancel", inside)
    c.wait_end(inside)
    assert c.run("scontrol", "delete", "reservation", "r").returncode == 0
    c.wait_state(outside, "COMPLETED")


def test_cores_of_a_node_are_reserved_and_the_rest_is_for_others(cluster):
    c = cluster
    create(c, "ReservationName=some", "StartTime=now", "Duration=60", "Nodes=n1", "CoreCnt=3", "Users=root")
    shown = c.run("scontrol", "show", "reservation", "some").stdout
    assert "Nodes=n1 NodeCnt=1 CoreCnt=3 " in shown and "TRES=cpu=3\n" in shown
    assert c.run("sinfo", "-h", "-n", "n1", "-o", "%t").stdout == "idle\n"
    script = "echo $SLURM_CPUS_ON_NODE $SLURM_JOB_CPUS_PER_NODE; sleep 1000"
    inside = c.run("sbatch", "--parsable", "--reservation=some", "-n3", "-N1", "-t1", "--wrap", script).stdout.strip()
    outside = c.run("sbatch", "--parsable", "-w", "n1", "-t1", "--wrap", script).stdout.strip()
    for job, cpus in [(inside, "0-2"), (outside, "3")]:
        c.wait_state(job, "RUNNING")
        assert f"Nodes=n1 CPU_IDs={cpus} " in c.run("scontrol", "-d", "show", "job", job).stdout
    waits = c.run("sbatch", "--parsable", "-w", "n1", "-t1", "--wrap", script).stdout.strip()
    wait_until(lambda: c.run("squeue", "-h", "-j", waits, "-o", "%t %r").stdout == "PD Resources\n", 20, "it waits")
    c.run("scancel", outside)
    c.wait_state(waits, "RUNNING")
    assert "CPU_IDs=3 " in c.run("scontrol", "-d", "show", "job", waits).stdout


def test_reserved_cores_draw_jobs_in(cluster):
    c = cluster
    create(c, "ReservationName=some", "StartTime=now", "Duration=60", "Nodes=n1", "CoreCnt=2", "Users=root", "Flags=MAGNETIC")
    for tasks, cpus, reservation in [(1, "0", "some"), (2, "2-3", ""), (1, "1", "some")]:
        job = c.run("sbatch", "--parsable", "-w", "n1", f"-n{tasks}", "-N1", "-t1", "--wrap", "sleep 1000").stdout.strip()
        c.wait_state(job, "RUNNING")
        shown = c.run("scontrol", "-d", "show", "job", job).stdout
        assert f"Nodes=n1 CPU_IDs={cpus} " in shown
        assert ("Reservation=some" in shown) == (reservation == "some")


def test_cores_are_left_to_the_system(cluster):
    c = cluster
    job = c.run("sbatch", "--parsable", "-S1", "-H", "-o", f"{c.d}/spec.out", "--wrap",
                "echo $SLURM_CPUS_ON_NODE $SLURM_JOB_CPUS_PER_NODE; srun sh -c 'echo $SLURM_CPUS_ON_NODE'; sleep 1000").stdout.strip()
    assert " CoreSpec=1\n" in c.run("scontrol", "show", "job", job).stdout
    assert c.run("scontrol", "update", f"JobId={job}", "ThreadSpec=2").returncode == 0
    assert c.run("squeue", "-h", "-j", job, "-o", "%X").stdout == "2 Threads\n"
    assert c.run("scontrol", "update", f"JobId={job}", "CoreSpec=1").returncode == 0
    assert c.run("squeue", "-h", "-j", job, "-o", "%X").stdout == "1\n"
    c.run("scontrol", "release", job)
    c.wait_state(job, "RUNNING")
    shown = c.run("scontrol", "-d", "show", "job", job).stdout
    assert "NumCPUs=4 " in shown and "CPU_IDs=0-2 " in shown and "OverSubscribe=NO " in shown
    told = lambda: os.path.exists(f"{c.d}/spec.out") and open(f"{c.d}/spec.out").read()
    wait_until(lambda: told() == "3 3\n3\n", 20, "what the script was told")


def test_nothing_runs_into_a_reservation_to_come(cluster):
    c = cluster
    create(c, "ReservationName=soon", "StartTime=now+5minutes", "Duration=60", "Nodes=ALL", "Users=root", "Flags=MAINT")
    long = c.run("sbatch", "--parsable", "-t10", "--wrap", "true").stdout.strip()
    short = c.run("sbatch", "--parsable", "-t1", "--wrap", "true").stdout.strip()
    c.wait_state(short, "COMPLETED")
    wait_until(lambda: c.run("squeue", "-h", "-j", long, "-o", "%r").stdout ==
               "ReqNodeNotAvail, Reserved for maintenance\n", 20, "the reason")
    asks = c.run("sbatch", "--parsable", "-t1", "--reservation=soon", "--wrap", "true").stdout.strip()
    wait_until(lambda: c.run("squeue", "-h", "-j", asks, "-o", "%r").stdout == "Reservation\n", 20, "its reason")
    used = c.run("scontrol", "delete", "res=soon")
    assert (used.returncode, used.stderr) == (1, "delete_reservation res=soon: Requested reservation is in use\n")
    past = c.run("scontrol", "update", "res=soon", "start=2020-01-01T00:00", "EndTime=2020-01-01T01:00")
    assert (past.returncode, past.stderr) == (1, "slurm_update error: Invalid time specified\n")
    assert c.run("scontrol", "update", f"JobId={asks}", "StartTime=now+1hour").returncode == 0
    assert c.run("scontrol", "update", "res=soon", "start=now", "EndTime=now+2seconds").returncode == 0
    c.wait_state(long, "COMPLETED")
    # It may not run elsewhere unasked.
    wait_until(lambda: c.run("squeue", "-h", "-j", asks, "-o", "%t %T %r").stdout == "RD RESV_DEL_HOLD Reservation soon was deleted\n", 20, "the job of a reservation that is over")
    c.run("scontrol", "release", asks)
    c.run("scontrol", "update", f"JobId={asks}", "StartTime=now")
    c.wait_state(asks, "COMPLETED")


def test_it_is_there_after_a_restart_and_gone_when_over(cluster):
    c = cluster
    name = create(c, "StartTime=now", "EndTime=now+12seconds", "NodeCnt=2", "Users=root", "Flags=IGNORE_JOBS")
    assert name.startswith("root_")
    c.restart_ctld()
    shown = c.run("scontrol", "-o", "show", "reservation", name).stdout
    assert "NodeCnt=2 " in shown and "PartitionName=" in shown and "State=ACTIVE" in shown
    wait_until(lambda: c.run("scontrol", "show", "reservation").stdout == "No reservations in the system\n", 40, "it ends")


def test_refusals(cluster):
    c = cluster
    create(c, "ReservationName=a", "StartTime=now", "Duration=60", "Nodes=n1", "Users=root")
    for words, message in [
        (["ReservationName=b", "StartTime=now", "Duration=60", "Nodes=n1", "Users=root"],
         "Error creating the reservation: Requested reservation overlaps with another reservation\n"),
        (["ReservationName=b", "StartTime=now", "Duration=60", "NodeCnt=3", "Users=root"],
         "Error creating the reservation: Requested nodes are busy\n"),
        (["ReservationName=b", "StartTime=now", "Duration=60", "NodeCnt=1", "Users=root", "Flags=BOGUS"],
         "Error parsing flags BOGUS.  No reservation created.\n"),
        (["ReservationName=b", "Duration=60", "NodeCnt=1", "Users=root"],
         "scontrol: error: A start time must be given.  No reservation created.\n"),
    ]:
        r = c.run("scontrol", "create", "reservation", *words)
        assert (r.returncode, r.stderr) == (1, message)
    assert create(c, "ReservationName=b", "StartTime=now", "Duration=60", "Nodes=n1", "Users=root", "Flags=OVERLAP") == "b"
    r = c.run("sbatch", "--reservation=nosuch", "--wrap", "true")
    assert r.stderr == "sbatch: error: Batch job submission failed: Requested reservation is invalid\n"
    c.run("scontrol", "update", "ReservationName=b", "Users=daemon")
    r = c.run("sbatch", "--reservation=b", "--wrap", "true")
    assert r.stderr == "sbatch: error: Batch job submission failed: Access denied to requested reservation\n"
