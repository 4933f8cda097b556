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
    assert r.returncode == 1 and r.stdout == ""
    said = f"srun: error: n2: task 0: Prolog error: {c.d}/etc/prolog.d/bad ended with status 4; the node was drained, look at scontrol show node n2"
    assert said in r.stderr
    wait_until(lambda: "drain" in c("sinfo -h -n n2 -o %T"), 30, "n2 drained")
    wait_until(lambda: c("squeue -h").strip() == "", 30, "the job's end")
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


# ---- when it runs, and what it knows

CONTROLLER = "KillWait=1\nPrologSlurmctld=@DIR@/etc/prolog-ctld.sh\nEpilogSlurmctld=@DIR@/etc/epilog-ctld.sh\nProlog=@DIR@/etc/p1.sh\nProlog=@DIR@/etc/p2.sh\nEpilog=@DIR@/etc/epilog.sh"


@pytest.fixture(scope="module")
def controlled():
    with Cluster(nodes=2, conf=CONTROLLER) as c:
        os.chmod(f"{c.d}/work", 0o777)
        calm(c)
        yield c


def calm(c):
    for name in ("prolog-ctld", "epilog-ctld", "p1", "p2", "epilog"):
        program(f"{c.d}/etc/{name}.sh", "exit 0")


def variables(text):
    return dict(l.split("=", 1) for l in text.splitlines() if "=" in l)


def test_the_prolog_runs_where_a_step_runs_and_the_epilog_on_every_node(controlled):
    c = controlled
    calm(c)
    for name in ("p1", "p2", "epilog"):
        program(f"{c.d}/etc/{name}.sh", f"echo {name}-$SLURMD_NODENAME >> {c.d}/work/where")
    r = c.run("salloc", "-N2", "true")
    assert r.returncode == 0, r.stderr
    c.wait_text("where", "epilog")
    wait_until(lambda: c.file("where").count("epilog") == 2, 20, "both epilogs")
    assert sorted(c.file("where").split()) == ["epilog-n1", "epilog-n2"]
    os.unlink(f"{c.d}/work/where")
    r = c.run("salloc", "-N2", c.exe("srun"), "-N1", "-n1", "true")
    assert r.returncode == 0, r.stderr
    wait_until(lambda: c.file("where").count("epilog") == 2, 20, "both epilogs")
    lines = c.file("where").split()
    assert lines[:2] == ["p1-n1", "p2-n1"] and sorted(lines[2:]) == ["epilog-n1", "epilog-n2"]


def test_a_prolog_of_an_allocation_knows_the_job_and_an_epilog_how_it_ended(controlled):
    c = controlled
    calm(c)
    for name in ("p1", "epilog", "epilog-ctld"):
        program(f"{c.d}/etc/{name}.sh", f"env > {c.d}/work/{name}.new; mv {c.d}/work/{name}.new {c.d}/work/{name}.env")
    r = c.run("srun", "-N1", "-J", "named", "--comment=hi", "sh", "-c", "exit 3")
    assert r.returncode == 3
    wait_until(lambda: all(os.path.exists(f"{c.d}/work/{n}.env") for n in ("p1", "epilog", "epilog-ctld")), 20, "the scripts")
    for name, context in (("p1", "prolog_slurmd"), ("epilog", "epilog_slurmd"), ("epilog-ctld", "epilog_slurmctld")):
        env = variables(c.file(f"{name}.env"))
        wanted = {"SLURM_JOB_NAME": "named", "SLURM_JOB_COMMENT": "hi", "SLURM_JOB_PARTITION": "main", "SLURM_JOB_NODELIST": "n1", "SLURM_JOB_NUM_NODES": "1",
                  "SLURM_SCRIPT_CONTEXT": context, "SLURM_CLUSTER_NAME": "e2e", "SLURM_JOB_RESTART_COUNT": "0"}
        assert {k: env.get(k) for k in wanted} == wanted
        if name != "p1":
            assert (env["SLURM_JOB_EXIT_CODE"], env["SLURM_JOB_EXIT_CODE2"], env["SLURM_JOB_DERIVED_EC"]) == ("768", "3:0", "768")
        assert ("SLURMD_NODENAME" in env) == (name != "epilog-ctld")


def test_a_job_is_configuring_while_prolog_slurmctld_runs_and_completing_while_epilog_slurmctld_does(controlled):
    c = controlled
    calm(c)
    for name in ("prolog-ctld", "epilog-ctld"):
        program(f"{c.d}/etc/{name}.sh", f"touch {c.d}/work/{name}.began; while [ ! -e {c.d}/work/{name}.go ]; do sleep 0.05; done")
    job = c.submit("-N2 -o /dev/null", "touch ran")
    wait_until(lambda: os.path.exists(f"{c.d}/work/prolog-ctld.began"), 20, "PrologSlurmctld")
    assert c(f"squeue -h -j {job} -o '%t %T'").split() == ["CF", "CONFIGURING"]
    assert c.job(job)["JobState"] == "CONFIGURING"
    c.kill("slurmctld")  # killed in the middle: it is run again
    os.unlink(f"{c.d}/work/prolog-ctld.began")
    c.restart_ctld()
    wait_until(lambda: os.path.exists(f"{c.d}/work/prolog-ctld.began"), 20, "PrologSlurmctld once more")
    assert not os.path.exists(f"{c.d}/work/ran")
    open(f"{c.d}/work/prolog-ctld.go", "w").close()
    wait_until(lambda: os.path.exists(f"{c.d}/work/epilog-ctld.began"), 20, "EpilogSlurmctld")
    assert os.path.exists(f"{c.d}/work/ran")
    assert c.state(job) == "COMPLETING"
    open(f"{c.d}/work/epilog-ctld.go", "w").close()
    assert c.wait_end(job) == "COMPLETED"


def test_a_failing_prolog_slurmctld_requeues_a_batch_job_and_cancels_an_interactive_one(controlled):
    c = controlled
    calm(c)
    program(f"{c.d}/etc/prolog-ctld.sh", f"[ -e {c.d}/work/may-pass ]")
    r = c.run("srun", "-N1", "echo", "ran", timeout=60)
    assert r.returncode != 0 and r.stdout == "", r.stderr
    job = c.submit("-N1 -o /dev/null", "true")
    wait_until(lambda: int(c.job(job)["Restarts"]) >= 1, 30, "a requeue")
    open(f"{c.d}/work/may-pass", "w").close()
    wait_until(lambda: c.state(job) in ("PENDING", "COMPLETED"), 30, "its end")
    if c.state(job) == "PENDING":  # MaxBatchRequeue was quicker
        c(f"scontrol release {job}", code=None)
    assert c.wait_end(job) == "COMPLETED"
    assert c("sinfo -h -o %T").strip() == "idle"
    os.unlink(f"{c.d}/work/may-pass")


def test_a_job_that_must_not_be_requeued_fails_with_its_prolog(controlled):
    c = controlled
    calm(c)
    program(f"{c.d}/etc/p2.sh", marked(c, "n2", "exit 9"))
    job = c.submit("-w n2 --no-requeue -o /dev/null", "true")
    assert c.wait_end(job) == "FAILED"
    assert c.node("n2")["Reason"].startswith(f"Prolog error: {c.d}/etc/p2.sh ended with status 9")
    calm(c)
    c("scontrol update NodeName=n2 State=RESUME")
    c.wait_node("n2", "idle")
