# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""scontrol suspend and resume: what stands still, what others may have meanwhile, and what becomes of the time limit."""
import os, pytest

from harness import Cluster, let_pass, wait_until


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=1, conf="KillWait=1") as c:
        yield c


def lines(path):
    return open(path).read().count("\n") if os.path.exists(path) else 0


def counter(c, name, *options):
    """A job that writes a line every tenth of a second, in a child of its script."""
    log = f"{c.d}/work/{name}.log"
    script = f"(while :; do echo x >>{log}; sleep 0.1; done) & wait"
    job = c.run("sbatch", "--parsable", "-J", name, *options, "--wrap", script).stdout.strip()
    wait_until(lambda: lines(log) > 2, 30, "the job counts")
    return job, log


def test_all_processes_of_a_suspended_job_stand_still_and_go_on(cluster):
    c = cluster
    job, log = counter(c, "still", "-t", "10")
    assert c.run("scontrol", "suspend", job).returncode == 0
    assert c.run("squeue", "-h", "-j", job, "-o", "%t %T").stdout == "S SUSPENDED\n"
    wait_until(lambda: stands_still(log), 20, "its processes stop")
    shown = c.run("scontrol", "show", "job", job).stdout
    assert "JobState=SUSPENDED" in shown and "SuspendTime=None" not in shown
    assert c.run("scontrol", "suspend", job).returncode == 0
    assert c.run("scontrol", "resume", job).returncode == 0
    before = lines(log)
    wait_until(lambda: lines(log) > before + 2, 20, "it goes on")
    assert c.run("squeue", "-h", "-j", job, "-o", "%t").stdout == "R\n"
    again = c.run("scontrol", "resume", job)
    assert (again.returncode, again.stderr) == (1, f"Job is not suspended for job {job}\n")
    c.run("scancel", job)
    c.wait_end(job)


def stands_still(log):
    before = lines(log)
    let_pass(0.4)
    return lines(log) == before


def test_others_get_the_cpus_and_not_the_memory(cluster):
    c = cluster
    job, _ = counter(c, "first", "-n4", "--mem=2000")
    c.run("scontrol", "suspend", job)
    other = c.run("sbatch", "--parsable", "-n4", "--mem=1000", "--wrap", "sleep 1000").stdout.strip()
    c.wait_state(other, "RUNNING")
    third = c.run("sbatch", "--parsable", "-n1", "--mem=2000", "--wrap", "true").stdout.strip()
    assert c.run("scontrol", "resume", job).returncode == 0  # both have the CPUs now
    assert c.run("sinfo", "-h", "-o", "%C").stdout == "4/0/0/4\n"
    c.run("scancel", other)
    c.wait_end(other)
    assert c.run("sinfo", "-h", "-o", "%C").stdout == "4/0/0/4\n"
    assert c.run("squeue", "-h", "-j", third, "-o", "%t").stdout == "PD\n"
    c.run("scancel", job)
    c.wait_state(third, "COMPLETED")
    assert c.run("sinfo", "-h", "-o", "%C").stdout == "0/4/0/4\n"


def test_a_suspended_job_can_be_cancelled_and_is_held_when_requeued(cluster):
    c = cluster
    job, log = counter(c, "gone")
    c.run("scontrol", "suspend", job)
    c.run("scancel", job)
    c.wait_state(job, "CANCELLED")
    wait_until(lambda: stands_still(log), 20, "its processes are gone")
    job, _ = counter(c, "back")
    c.run("scontrol", "suspend", job)
    assert c.run("scontrol", "requeue", job).returncode == 0
    wait_until(lambda: c.run("squeue", "-h", "-j", job, "-o", "%t %r").stdout == "PD job requeued in held state\n", 20, "it is held")
    c.run("scancel", job)


def test_it_stays_suspended_while_the_daemons_restart(cluster):
    c = cluster
    job, log = counter(c, "kept")
    c.run("scontrol", "suspend", job)
    c.restart_ctld()
    c.restart_slurmd(1)
    c.wait_node("n1", "idle")
    wait_until(lambda: stands_still(log), 20, "it stands still")
    assert c.run("squeue", "-h", "-j", job, "-o", "%t").stdout == "S\n"
    c.run("scontrol", "resume", job)
    before = lines(log)
    wait_until(lambda: lines(log) > before, 20, "it goes on")
    c.run("scancel", job)


def test_only_operators_may(cluster):
    c = cluster
    assert c.run("scontrol", "suspend", "4711").stderr == "Unexpected message received for job 4711\n"
    job = c.run("sbatch", "--parsable", "--hold", "--wrap", "true").stdout.strip()
    refused = c.run("scontrol", "suspend", job)
    assert refused.stderr == f"Job is pending execution for job {job}\n"
    c.run("scancel", job)


def test_notify_writes_into_the_jobs_errors(cluster):
    c = cluster
    job, _ = counter(c, "told")
    assert c.run("scontrol", "notify", job, "the", "roof", "leaks").returncode == 0
    wait_until(lambda: "the roof leaks\n" in open(f"{c.d}/work/slurm-{job}.out").read(), 20, "the message")
    pids = c.run("scontrol", "listpids", job).stdout.split("\n")
    assert pids[0] == "PID      JOBID    STEPID   LOCALID GLOBALID" and len(pids) > 2
    pid = pids[1].split()[0]
    assert c.run("scontrol", "pidinfo", pid).stdout.startswith(f"Slurm job id {job} ends at ")
    c.run("scancel", job)
