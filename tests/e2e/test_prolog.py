# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Prolog and Epilog: when they run, what they know, and what becomes of job and node when one fails."""
import os, stat

import pytest

from harness import Cluster, wait_until


def program(path, body):
    with open(path, "w") as out:
        out.write(f"#!/bin/sh\n{body}\n")
    os.chmod(path, 0o755)


@pytest.fixture(scope="module")
def scripted():
    conf = "KillWait=1\nProlog=@DIR@/etc/prolog.d/*\nEpilog=@DIR@/etc/epilog.sh\nPrologEpilogTimeout=3"
    with Cluster(nodes=2, conf=conf) as c:
        os.makedirs(f"{c.d}/etc/prolog.d")
        quiet(c)
        yield c


def quiet(c):
    for name in os.listdir(f"{c.d}/etc/prolog.d"):
        os.unlink(f"{c.d}/etc/prolog.d/{name}")
    program(f"{c.d}/etc/epilog.sh", "exit 0")


def marked(c, name, line):
    return f'[ "$SLURMD_NODENAME" = {name} ] || exit 0; {line}'


def test_prologs_of_a_glob_run_in_order_before_the_script_and_the_epilog_after_it(scripted):
    c = scripted
    quiet(c)
    log = f"{c.d}/work/order"
    program(f"{c.d}/etc/prolog.d/10-first", marked(c, "n1", f"echo first >> {log}"))
    program(f"{c.d}/etc/prolog.d/20-second", marked(c, "n1", f"echo second >> {log}"))
    program(f"{c.d}/etc/epilog.sh", f"echo epilog-$SLURMD_NODENAME >> {log}")
    job = c.submit("-N2 -o /dev/null", f"echo script >> {log}")
    assert c.wait_end(job) == "COMPLETED"
    wait_until(lambda: c.file("order").count("epilog") == 2, 20, "both epilogs")
    lines = c.file("order").split()
    assert lines[:3] == ["first", "second", "script"] and sorted(lines[3:]) == ["epilog-n1", "epilog-n2"]


def test_prolog_and_epilog_know_their_job(scripted):
    c = scripted
    quiet(c)
    program(f"{c.d}/etc/prolog.d/env", f"env > {c.d}/work/prolog.env; id -u >> {c.d}/work/prolog.env")
    program(f"{c.d}/etc/epilog.sh", f"env > {c.d}/work/epilog.env")
    job = c.submit("-w n1 -J known --comment=hello -o /dev/null", "true")
    assert c.wait_end(job) == "COMPLETED"
    wait_until(lambda: os.path.exists(f"{c.d}/work/epilog.env") and "SLURM_SCRIPT_CONTEXT" in c.file("epilog.env"), 20, "the epilog")
    for name in ("prolog", "epilog"):
        env = dict(l.split("=", 1) for l in c.file(f"{name}.env").splitlines() if "=" in l)
        wanted = {"SLURM_JOB_ID": job, "SLURM_JOBID": job, "SLURM_JOB_NAME": "known", "SLURM_JOB_USER": c("id -un").strip(),
                  "SLURM_JOB_UID": str(os.getuid()), "SLURM_UID": str(os.getuid()), "SLURM_JOB_GID": str(os.getgid()), "SLURM_JOB_PARTITION": "main",
                  "SLURM_JOB_NODELIST": "n1", "SLURMD_NODENAME": "n1", "SLURM_CLUSTER_NAME": "e2e", "SLURM_CONF": c.conf,
                  "SLURM_SCRIPT_CONTEXT": f"{name}_slurmd", "SLURM_JOB_WORK_DIR": f"{c.d}/work"}
        assert {k: env.get(k) for k in wanted} == wanted
    assert c.file("prolog.env").splitlines()[-1] == str(os.getuid())


def test_a_failing_prolog_drains_the_node_and_holds_the_job(scripted):
    c = scripted
    quiet(c)
    program(f"{c.d}/etc/prolog.d/bad", marked(c, "n2", "exit 4"))
    job = c.submit("-w n2 -o never.out", "echo ran")
    wait_until(lambda: "drain" in c("sinfo -h -n n2 -o %T"), 30, "n2 drained")
    c.wait_state(job, "PENDING")
    assert c(f"squeue -h -j {job} -o %r").strip() == "launch failed requeued held"
    assert c.job(job)["Restarts"] == "1"
    assert c.node("n2")["Reason"].startswith("Prolog error")
    quiet(c)
    c("scontrol update NodeName=n2 State=RESUME")
    c(f"scontrol release {job}")
    assert c.wait_end(job) == "COMPLETED"
    assert c.file("never.out") == "ran\n"


def test_a_failing_epilog_drains_the_node_and_the_job_stays_completed(scripted):
    c = scripted
    quiet(c)
    program(f"{c.d}/etc/epilog.sh", marked(c, "n2", "exit 1"))
    job = c.submit("-w n2 -o /dev/null", "true")
    assert c.wait_end(job) == "COMPLETED"
    c.wait_node("n2", "drained")
    assert c.node("n2")["Reason"].startswith("Epilog error")
    quiet(c)
    c("scontrol update NodeName=n2 State=RESUME")
    c.wait_node("n2", "idle")


def test_a_prolog_over_its_time_is_killed_and_counts_as_failed(scripted):
    c = scripted
    quiet(c)
    program(f"{c.d}/etc/prolog.d/slow", marked(c, "n2", "sleep 1000"))
    job = c.submit("-w n2 -o /dev/null", "true")
    wait_until(lambda: "drain" in c("sinfo -h -n n2 -o %T"), 30, "n2 drained")
    assert "longer than 3 s" in c.node("n2")["Reason"]
    quiet(c)
    c(f"scancel {job}")
    c("scontrol update NodeName=n2 State=RESUME")
    c.wait_node("n2", "idle")


def test_a_step_of_srun_waits_for_the_prolog_and_a_failing_one_ends_the_job(scripted):
    c = scripted
    quiet(c)
    program(f"{c.d}/etc/prolog.d/bad", marked(c, "n2", "exit 4"))
    r = c.run("srun", "-w", "n2", "echo", "ran", timeout=60)
    assert r.returncode != 0 and r.stdout == "" and r.stderr.strip()
    wait_until(lambda: "drain" in c("sinfo -h -n n2 -o %T"), 30, "n2 drained")
    assert c("squeue -h").strip() == ""
    quiet(c)
    c("scontrol update NodeName=n2 State=RESUME")
    c.wait_node("n2", "idle")


def test_slurmd_killed_in_the_middle_of_a_launch_starts_the_script_once(scripted):
    c = scripted
    quiet(c)
    program(f"{c.d}/etc/prolog.d/wait", marked(c, "n1", f"echo begun >> {c.d}/work/launch; while [ ! -e {c.d}/work/launch-go ]; do sleep 0.1; done"))
    job = c.submit("-w n1 -o /dev/null", f"echo script >> {c.d}/work/launch")
    c.wait_text("launch", "begun")
    c.kill("slurmd.n1")
    c.restart_slurmd(1)
    wait_until(lambda: "waits for one that an earlier slurmd started" in open(f"{c.d}/log/slurmd-n1.log").read(), 10, "the new slurmd waits")
    assert c.file("launch").count("begun") == 1  # never two at once
    open(f"{c.d}/work/launch-go", "w").close()
    assert c.wait_end(job) == "COMPLETED"
    assert c.file("launch").split() == ["begun", "begun", "script"]
    quiet(c)
