# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""A job's end when something of it does not end: what cannot be killed, and what escaped its steps.

A process that nothing can kill: the first of a pid namespace, dead already, waits in the kernel for a member of the
namespace that its parent outside (nsenter, stopped) does not reap. SIGCONT to that parent releases it.
"""
import os, signal, subprocess

import pytest

from harness import Cluster, wait_until
from test_users import as_user


def program(path, body):
    with open(path, "w") as out:
        out.write(f"#!/bin/sh\n{body}\n")
    os.chmod(path, 0o755)


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def log_of(c, node="n1"):
    return open(f"{c.d}/log/slurmd-{node}.log").read()


class Stuck:
    """What `start` printed as its pid namespace's first process cannot be killed from now on, until release()."""

    def __init__(self, pid):
        self.pid = pid
        self.holder = subprocess.Popen(["nsenter", "-t", str(pid), "-U", "-p", "--preserve-credentials", "sleep", "1000"],
                                       stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]})
        inside = lambda: subprocess.run(["pgrep", "-P", str(self.holder.pid)], capture_output=True, text=True).stdout.strip()
        wait_until(lambda: inside() and os.readlink(f"/proc/{inside()}/ns/pid") == os.readlink(f"/proc/{pid}/ns/pid"), 10, "a guest in the namespace")
        os.kill(self.holder.pid, signal.SIGSTOP)

    def release(self):
        os.kill(self.holder.pid, signal.SIGCONT)
        self.holder.wait(10)
        wait_until(lambda: not alive(self.pid), 10, "the process gone")


def namespace_script(c, name):
    """The body of a job whose process in a namespace of its own has its pid in the file."""
    return f"unshare -r -p -f --mount-proc sleep 1000 & echo $! > {c.d}/work/{name}.new; mv {c.d}/work/{name}.new {c.d}/work/{name}; wait"


def first_in_namespace(c, name):
    wait_until(lambda: os.path.exists(f"{c.d}/work/{name}"), 20, "the job's process")
    parent = c.file(name).strip()
    children = lambda: subprocess.run(["pgrep", "-P", parent], capture_output=True, text=True).stdout.split()
    wait_until(lambda: children() and open(f"/proc/{children()[0]}/comm").read() == "sleep\n", 20, "the first process of the namespace")
    return int(children()[0])


needs_namespaces = pytest.mark.skipif(subprocess.run(["unshare", "-r", "-p", "-f", "--mount-proc", "true"], capture_output=True).returncode != 0,
                                      reason="user namespaces are not allowed here")


@pytest.fixture(scope="module")
def hard():
    conf = "KillWait=1\nUnkillableStepTimeout=2\nUnkillableStepProgram=@DIR@/etc/unkillable.sh\nEpilog=@DIR@/etc/epilog.sh"
    with Cluster(nodes=2, conf=conf) as c:
        program(f"{c.d}/etc/unkillable.sh", f'echo "$SLURM_JOB_ID $SLURM_STEP_ID $SLURMD_NODENAME" >> {c.d}/work/unkillable; echo seen')
        program(f"{c.d}/etc/epilog.sh", f"echo epilog $SLURM_JOB_ID >> {c.d}/work/epilogs")
        os.chmod(f"{c.d}/work", 0o777)
        yield c


@needs_namespaces
@pytest.mark.parametrize("user", ["root", "games"])
def test_what_cannot_be_killed_drains_the_node_and_the_job_ends(hard, user):
    c = hard
    if user != "root" and os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    name = f"stuck-{user}"
    submit = ["sbatch", "--parsable", "-w", "n1", "-o", "/dev/null", "--wrap", namespace_script(c, name)]
    r = as_user(c, user, *submit) if os.geteuid() == 0 else c.run(*submit)
    job = r.stdout.strip()
    assert job.isdigit(), r.stderr
    stuck = Stuck(first_in_namespace(c, name))
    c(f"scancel {job}")
    c.wait_node("n1", "drained", seconds=20)
    assert c.wait_end(job) == "CANCELLED"
    assert alive(stuck.pid)
    reason = c.node("n1")["Reason"]
    assert reason.startswith(f"Kill task failed: {job}.batch: pid {stuck.pid} (sleep) in state S at zap_pid_ns_processes"), reason
    wait_until(lambda: f"epilog {job}" in c.file("epilogs"), 10, "the epilog")
    c.wait_text("unkillable", f"{job} -5 n1")
    wait_until(lambda: "UnkillableStepProgram: seen" in log_of(c), 10, "its output in the log")
    assert "nothing is left" not in log_of(c).split(f"{job}.batch", 1)[1]
    stuck.release()
    wait_until(lambda: f"{job}.batch: nothing is left of it" in log_of(c), 10, "the end of the remains in the log")
    c("scontrol update NodeName=n1 State=RESUME")
    c.wait_node("n1", "idle")


@needs_namespaces
def test_srun_is_told_of_the_end_of_tasks_that_cannot_be_killed(hard):
    c = hard
    c.script("task.sh", namespace_script(c, "stuck-step"))
    srun = subprocess.Popen([c.exe("srun"), "-w", "n2", "./task.sh"], cwd=f"{c.d}/work", env=c.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    stuck = Stuck(first_in_namespace(c, "stuck-step"))
    c(f"scancel {c('squeue -h -o %i').strip()}")
    out, err = srun.communicate(timeout=40)
    assert srun.returncode != 0
    wait_until(lambda: "drain" in c("sinfo -h -n n2 -o %T"), 20, "n2 drained")
    assert f".0: pid {stuck.pid} (sleep)" in c.node("n2")["Reason"]
    wait_until(lambda: c("squeue -h").strip() == "", 20, "no job left")
    stuck.release()
    wait_until(lambda: ".0: nothing is left of it" in log_of(c, "n2"), 10, "the end of the remains in the log")
    c("scontrol update NodeName=n2 State=RESUME")
    c.wait_node("n2", "idle")


def test_a_process_that_left_the_steps_of_its_job_is_told_and_killed(hard):
    c = hard
    job = c.submit("-w n1 -o /dev/null", "touch began; while [ ! -e end ]; do sleep 0.1; done")
    wait_until(lambda: os.path.exists(f"{c.d}/work/began"), 20, "the script")
    env = {"PATH": os.environ["PATH"], "SLURM_JOB_ID": job, "SLURMD_NODENAME": "n1"}
    escaped = subprocess.Popen(["sleep", "1000"], env=env, start_new_session=True)
    other_node = subprocess.Popen(["sleep", "1000"], env={**env, "SLURMD_NODENAME": "n2"}, start_new_session=True)
    try:
        open(f"{c.d}/work/end", "w").close()
        assert c.wait_end(job) == "COMPLETED"
        assert escaped.wait(10) == -signal.SIGKILL
        assert f"job {job}: process {escaped.pid} (sleep) has left the job's steps: killed" in log_of(c)
        wait_until(lambda: f"epilog {job}" in c.file("epilogs"), 10, "the epilog")
        assert other_node.poll() is None
        assert c.node("n1")["State"] == "IDLE"
    finally:
        other_node.kill()
        other_node.wait()
