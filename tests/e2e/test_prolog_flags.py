# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""PrologFlags, the extern step, HealthCheckProgram and salloc's interactive step."""
import os, subprocess

import pexpect
import pytest

from harness import Cluster, wait_until
from test_endings import log_of, program


def cluster(flags, more="", nodes=2):
    return Cluster(nodes=nodes, conf=f"KillWait=1\nPrologFlags={flags}\nProlog=@DIR@/etc/prolog.sh\nEpilog=@DIR@/etc/epilog.sh\n{more}")


def calm(c):
    os.chmod(f"{c.d}/work", 0o777)
    program(f"{c.d}/etc/prolog.sh", "exit 0")
    program(f"{c.d}/etc/epilog.sh", "exit 0")


def gate(c, name, node=None):
    """A prolog that says it began and waits for the file NAME-go."""
    only = f'[ "$SLURMD_NODENAME" = {node} ] || exit 0; ' if node else ""
    program(f"{c.d}/etc/prolog.sh", f"{only}touch {c.d}/work/{name}-began-$SLURMD_NODENAME; while [ ! -e {c.d}/work/{name}-go ]; do sleep 0.05; done")


def test_alloc_runs_the_prolog_everywhere_and_salloc_waits_for_it():
    with cluster("Alloc") as c:
        calm(c)
        gate(c, "a", "n2")
        assert "PrologFlags             = Alloc\n" in c("scontrol show config")
        salloc = subprocess.Popen([c.exe("salloc"), "-N2", "touch", "ran"], cwd=f"{c.d}/work", env=c.env(), stderr=subprocess.PIPE, text=True)
        wait_until(lambda: os.path.exists(f"{c.d}/work/a-began-n2"), 20, "the prolog of n2")
        assert c("squeue -h -o '%t %r'").split() == ["R", "Prolog"]
        c.kill("slurmctld")
        c.restart_ctld()
        assert not os.path.exists(f"{c.d}/work/ran")
        open(f"{c.d}/work/a-go", "w").close()
        err = salloc.communicate(timeout=30)[1]
        assert salloc.returncode == 0 and os.path.exists(f"{c.d}/work/ran"), err
        assert "Waiting for resource configuration" in err


def test_no_hold_lets_salloc_go_on_and_steps_wait():
    with cluster("Alloc,NoHold") as c:
        calm(c)
        gate(c, "b")
        c.script("body.sh", "touch here; exec srun -n1 sh -c 'ls b-go'")
        salloc = subprocess.Popen([c.exe("salloc"), "-N1", "./body.sh"], cwd=f"{c.d}/work", env=c.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: os.path.exists(f"{c.d}/work/here"), 20, "salloc's command")
        wait_until(lambda: os.path.exists(f"{c.d}/work/b-began-n1"), 20, "the prolog")
        open(f"{c.d}/work/b-go", "w").close()
        out, err = salloc.communicate(timeout=30)
        assert (salloc.returncode, out) == (0, "b-go\n"), err


def test_defer_batch_waits_for_all_nodes_and_a_failing_prolog_on_any_of_them_requeues():
    with cluster("DeferBatch") as c:
        calm(c)
        gate(c, "c", "n2")
        job = c.submit("-N2 -o /dev/null", "touch deferred")
        wait_until(lambda: os.path.exists(f"{c.d}/work/c-began-n2"), 20, "the prolog of n2")
        c.kill("slurmd.n1")
        c.restart_slurmd(1)
        wait_until(lambda: c.node("n1")["State"] == "MIXED", 20, "n1 back")
        assert not os.path.exists(f"{c.d}/work/deferred")
        open(f"{c.d}/work/c-go", "w").close()
        assert c.wait_end(job) == "COMPLETED"
        assert os.path.exists(f"{c.d}/work/deferred")
        program(f"{c.d}/etc/prolog.sh", '[ "$SLURMD_NODENAME" = n1 ]')
        job = c.submit("-N2 -o /dev/null", "touch never")
        c.wait_node("n2", "drained", seconds=30)
        c.wait_state(job, "PENDING")  # n1 has left it too
        assert not os.path.exists(f"{c.d}/work/never")
        assert c.node("n2")["Reason"].startswith("Prolog error")


def test_serial_runs_one_prolog_at_a_time_on_a_node():
    with cluster("Serial", nodes=1) as c:
        calm(c)
        program(f"{c.d}/etc/prolog.sh", f"mkdir {c.d}/work/alone || exit 1; sleep 0.3; rmdir {c.d}/work/alone")
        jobs = [c.submit("-n1 -o /dev/null", "true") for _ in range(3)]
        for job in jobs:
            assert c.wait_end(job) == "COMPLETED"


def test_what_the_flags_do_not_allow_is_told_in_one_line():
    with cluster("Alloc") as c:
        calm(c)
        for flags, line in (("X11", "X11 forwarding is not supported: leave X11 out"), ("Contain,NoHold", "NoHold does not go together with Contain")):
            text = open(c.conf).read()
            with open(c.conf, "w") as out:
                out.write(text.replace("PrologFlags=Alloc", f"PrologFlags={flags}"))
            code, err = c.refused("scontrol reconfigure")
            assert line in err and "PrologFlags" in err
            with open(c.conf, "w") as out:
                out.write(text)


# ---- the extern step


@pytest.fixture(scope="module")
def contained():
    with cluster("Contain") as c:
        calm(c)
        yield c


def stepds(c, job):
    """Pids of the slurmstepds of the job's extern step."""
    out = subprocess.run(["pgrep", "-f", f"slurmstepd {c.d}.*/job{int(job):05d}/step_-4"], capture_output=True, text=True).stdout
    return [int(pid) for pid in out.split()]


def test_an_extern_step_lives_as_long_as_its_job_on_every_node(contained):
    c = contained
    assert "PrologFlags             = Alloc,Contain\n" in c("scontrol show config")
    job = c.submit("-N2 -o /dev/null", "while [ ! -e end ]; do sleep 0.05; done")
    c.wait_state(job, "RUNNING")
    wait_until(lambda: len(stepds(c, job)) == 2, 20, "both slurmstepds")
    assert f"{job}.extern" in c(f"squeue -h -s -j {job} -o %i").split()
    assert f"StepId={job}.extern" in c(f"scontrol show step {job}.extern")
    for pid in stepds(c, job):
        assert open(f"/proc/{pid}/stat").read()  # it is there: the job's container
    c.kill("slurmd.n1")
    c.restart_slurmd(1)
    wait_until(lambda: "goes on" in log_of(c), 20, "adoption")
    open(f"{c.d}/work/end", "w").close()
    assert c.wait_end(job) == "COMPLETED"
    wait_until(lambda: stepds(c, job) == [], 20, "its end")
    os.unlink(f"{c.d}/work/end")


def test_scancel_ends_the_extern_step_alone(contained):
    c = contained
    job = c.submit("-N1 -o /dev/null", "sleep 1000")
    c.wait_state(job, "RUNNING")
    wait_until(lambda: len(stepds(c, job)) == 1, 20, "slurmstepd")
    c(f"scancel {job}.extern")
    wait_until(lambda: stepds(c, job) == [], 20, "its end")
    wait_until(lambda: f"{job}.extern" not in c(f"squeue -h -s -j {job} -o %i").split(), 10, "its end told")
    assert c.state(job) == "RUNNING"
    c(f"scancel {job}")
    assert c.wait_end(job) == "CANCELLED"


def test_srun_in_an_allocation_with_an_extern_step(contained):
    c = contained
    r = c.run("salloc", "-N2", "-Q", c.exe("srun"), "sh", "-c", "echo $SLURM_STEP_ID")
    assert (r.returncode, r.stdout) == (0, "0\n0\n"), r.stderr
    wait_until(lambda: c("squeue -h").strip() == "", 20, "no job")


# ---- health


def test_the_health_check_runs_before_the_node_registers_and_again_each_interval():
    more = "HealthCheckProgram=@DIR@/etc/health.sh\nHealthCheckInterval=1\nHealthCheckNodeState=IDLE,CYCLE\nHealthCheckTimeout=2\nSlurmdTimeout=60"
    with Cluster(nodes=2, conf=f"KillWait=1\n{more}") as c:
        assert "HealthCheckNodeState    = IDLE,CYCLE\n" in c("scontrol show config")
        program(f"{c.d}/etc/health.sh", f"echo $SLURMD_NODENAME >> {c.d}/work/checked; echo all is well; sleep 1000 & [ -e {c.d}/work/hang ] || exit 0; wait")
        wait_until(lambda: {"n1", "n2"} <= set(c.file("checked").split() if os.path.exists(f"{c.d}/work/checked") else []), 20, "both checked")
        wait_until(lambda: "HealthCheckProgram: all is well" in log_of(c), 10, "its output in the log")
        job = c.submit("-w n1 --exclusive -o /dev/null", "sleep 1000")
        c.wait_state(job, "RUNNING")
        before = c.file("checked").split().count("n1")
        n2 = c.file("checked").split().count("n2")
        wait_until(lambda: c.file("checked").split().count("n2") > n2 + 2, 20, "n2 checked again and again")
        assert c.file("checked").split().count("n1") <= before + 1
        c(f"scancel {job}")
        open(f"{c.d}/work/hang", "w").close()
        wait_until(lambda: "HealthCheckProgram error" in log_of(c, "n2") and "ran longer than 2 s" in log_of(c, "n2"), 20, "a hanging one killed")
        os.unlink(f"{c.d}/work/hang")


def test_a_health_check_may_drain_the_node_before_it_takes_work():
    more = "HealthCheckProgram=@DIR@/etc/health.sh\nHealthCheckInterval=600\nHealthCheckNodeState=START_ONLY"
    with Cluster(nodes=1, conf=f"KillWait=1\n{more}") as c:
        c.kill("slurmd.n1")
        program(f"{c.d}/etc/health.sh", f"SLURM_CONF=$SLURM_CONF {c.exe('scontrol')} update NodeName=$SLURMD_NODENAME State=DRAIN Reason=broken; echo drained")
        c.restart_slurmd(1)
        c.wait_node("n1", "drained")
        assert c.node("n1")["Reason"].startswith("broken")
        log = log_of(c).rsplit("slurmd ", 1)[-1]
        assert "HealthCheckProgram: drained" in log_of(c)
        assert log


# ---- salloc


def test_salloc_opens_its_shell_in_an_interactive_step_on_the_first_node():
    with Cluster(nodes=2, conf="KillWait=1\nLaunchParameters=use_interactive_step") as c:
        env = dict(c.env(), SHELL="/bin/sh", PS1="there> ", TERM="xterm", ENV="")
        shell = pexpect.spawn(c.exe("salloc"), ["-N2", "-n3"], env=env, timeout=30, encoding="utf-8", cwd=f"{c.d}/work")
        shell.expect_exact("there> ")
        shell.sendline("echo $SLURMD_NODENAME $SLURM_NNODES $SLURM_NTASKS; tty | cut -c1-8")
        shell.expect_exact("n1 2 3\r\n/dev/pts\r\n")
        job = c("squeue -h -o %i").strip()
        assert f"{job}.interactive" in c("squeue -h -s -o %i").split()
        shell.sendline(f"{c.exe('srun')} -l true; {c.exe('srun')} sh -c 'echo node-$SLURMD_NODENAME' | sort | uniq -c")
        shell.expect(r"2 node-n1\r\n\s+1 node-n2\r\n")
        shell.sendline("exit 5")
        shell.expect_exact(f"salloc: Relinquishing job allocation {job}")
        shell.expect(pexpect.EOF)
        shell.close()
        assert shell.exitstatus == 5
        r = c.run("salloc", "-N1", "sh", "-c", "echo here-$SLURMD_NODENAME")
        assert (r.returncode, r.stdout) == (0, "here-\n"), r.stderr


def test_salloc_tells_that_its_allocation_was_revoked_and_signals_its_command_if_asked_to():
    with Cluster(nodes=1, conf="KillWait=1") as c:
        c.script("stay.sh", "trap 'exit 9' TERM; touch stays; while :; do sleep 0.05; done")
        salloc = subprocess.Popen([c.exe("salloc"), "-N1", "-K", "./stay.sh"], cwd=f"{c.d}/work", env=c.env(), stderr=subprocess.PIPE, text=True)
        wait_until(lambda: os.path.exists(f"{c.d}/work/stays"), 20, "the command")
        job = c("squeue -h -o %i").strip()
        c(f"scancel {job}")
        err = salloc.communicate(timeout=20)[1]
        assert salloc.returncode == 9
        assert err.splitlines()[-1] == f"salloc: Job allocation {job} has been revoked."
