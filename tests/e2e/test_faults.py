# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Daemons that are killed or stopped while jobs run: the jobs go on, each result arrives once, nothing is left behind.

SLURMXX_E2E_KILLS raises the number of kills: 20 is the release check.
"""
import collections, os, signal, socket, subprocess, threading

import pytest

from harness import Cluster, wait_until

KILLS = int(os.environ.get("SLURMXX_E2E_KILLS", "6"))


@pytest.fixture(scope="module")
def two():
    with Cluster(nodes=2, conf="SlurmdTimeout=300\nKillWait=1\n") as c:
        yield c


def touch(c, name):
    open(f"{c.d}/work/{name}", "w").close()


def processes(c, job, node=None):
    """Pids of processes that carry the job (and the node) in their environment, zombies aside."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            environment = open(f"/proc/{pid}/environ", "rb").read().split(b"\0")
            state = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        wanted = [f"SLURM_JOB_ID={job}", f"SLURM_CONF={c.conf}"] + ([f"SLURMD_NODENAME={node}"] if node else [])
        if state != "Z" and all(w.encode() in environment for w in wanted):
            found.append(int(pid))
    return found


def stepds(c, node, job):
    """Pids of the slurmstepds of a job on a node."""
    folder = f"{c.d}/spool/{node}/job{int(job):05d}/"
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
        except OSError:
            continue
        if len(words) > 1 and words[0].endswith(b"slurmstepd") and words[1].startswith(folder.encode()):
            found.append(int(pid))
    return found


def test_slurmd_killed_again_and_again_under_running_jobs_loses_and_doubles_nothing(two):
    c = two
    c.script("short.sh", f'echo "$SLURM_JOB_ID" >> {c.d}/work/runs\nsleep 0.$((SLURM_JOB_ID % 7))\nexit $((SLURM_JOB_ID % 3))')
    jobs, stop = [], threading.Event()

    def submit():
        while not stop.is_set():
            jobs.append(c("sbatch --parsable -w n1 -o /dev/null short.sh").strip())
            wait_until(lambda: stop.is_set() or len(c("squeue -h -o %i").split()) < 8, 60, "room in the queue")

    thread = threading.Thread(target=submit)
    thread.start()
    try:
        for _ in range(KILLS):
            seen = len(jobs)
            wait_until(lambda: len(jobs) >= seen + 3, 60, "three more jobs")
            c.kill("slurmd.n1", signal.SIGKILL)
            c.restart_slurmd(1)
    finally:
        stop.set()
        thread.join()
    wait_until(lambda: not c("squeue -h -t PD,CF,R,CG -o %i").strip(), 120, "the end of all jobs")
    runs = collections.Counter(c.file("runs").split())
    assert {j: runs[j] for j in jobs if runs[j] != 1} == {}
    exits = dict(l.split() for l in c("squeue -h -t all -o '%i %T'").splitlines())
    assert {j: exits[j] for j in jobs} == {j: "FAILED" if int(j) % 3 else "COMPLETED" for j in jobs}


def test_a_step_of_srun_goes_on_with_its_srun_attached_while_slurmd_is_away(two):
    c = two
    job = c.submit("-w n1 -o steps.out", "srun sh -c 'echo on; while [ ! -e step-go ]; do sleep 0.1; done; echo off; exit 5'; echo srun said $?")
    c.wait_text("steps.out", "on")
    c.kill("slurmd.n1", signal.SIGKILL)
    c.restart_slurmd(1)
    touch(c, "step-go")
    assert c.wait_end(job) == "COMPLETED"
    lines = c.file("steps.out").splitlines()
    assert lines[:2] == ["on", "off"] and lines[-1] == "srun said 5"
    assert c.job(job)["ExitCode"] == "0:0"


def test_both_daemons_killed_while_jobs_run_and_end(two):
    c = two
    ends = c.submit("-w n1 -o both-a.out", "echo on; while [ ! -e both-go ]; do sleep 0.1; done; echo off; exit 3")
    runs = c.submit("-w n2 -o both-b.out", "echo on; while [ ! -e both-later ]; do sleep 0.1; done; echo off")
    c.wait_text("both-a.out", "on")
    c.wait_text("both-b.out", "on")
    for key in ("slurmctld", "slurmd.n1", "slurmd.n2"):
        c.kill(key, signal.SIGKILL)
    touch(c, "both-go")
    c.wait_text("both-a.out", "off")
    c.restart_ctld()
    for node in (1, 2):
        c.restart_slurmd(node)
    assert c.wait_end(ends) == "FAILED"
    assert c.job(ends)["ExitCode"] == "3:0"
    assert c.state(runs) == "RUNNING"
    touch(c, "both-later")
    assert c.wait_end(runs) == "COMPLETED"
    assert c.file("both-b.out").split() == ["on", "off"]


def test_processes_that_hide_in_other_sessions_end_with_their_job(two):
    c = two
    body = "(setsid sleep 1001 &) ; nohup sleep 1002 >/dev/null 2>&1 & setsid setsid sh -c 'sleep 1003 & sleep 1004' & sleep 0.3; echo on"
    job = c.submit("-w n1 -o hidden.out", body)
    assert c.wait_end(job) == "COMPLETED"
    wait_until(lambda: not processes(c, job), 20, "the end of all its processes")
    job = c.submit("-w n1 -o hidden2.out", "(setsid sleep 1001 &); echo on; sleep 1000")
    c.wait_text("hidden2.out", "on")
    c(f"scancel {job}")
    assert c.wait_end(job) == "CANCELLED"
    wait_until(lambda: not processes(c, job), 20, "the end of all its processes")


def test_processes_of_a_killed_slurmstepd_are_found_and_ended(two):
    c = two
    job = c.submit("-w n1 -o orphan.out", "(setsid sleep 1001 &); sleep 1002 & echo on; wait")
    c.wait_text("orphan.out", "on")
    bystander = subprocess.Popen(["sleep", "1003"], env={**c.env(), "SLURM_JOB_ID": job})  # in no step: not this job's
    try:
        for pid in stepds(c, "n1", job):
            os.kill(pid, signal.SIGKILL)
        assert c.wait_end(job) == "FAILED"
        assert c.job(job)["ExitCode"] == "0:9"
        wait_until(lambda: processes(c, job) == [bystander.pid], 20, "the end of all its processes")
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    c.wait_node("n1", "idle")


def test_processes_of_a_slurmstepd_killed_together_with_slurmd_are_ended_by_the_next(two):
    c = two
    job = c.submit("-w n1 -o orphan2.out", "(setsid sleep 1001 &); echo on; sleep 1002")
    c.wait_text("orphan2.out", "on")
    c.kill("slurmd.n1", signal.SIGKILL)
    for pid in stepds(c, "n1", job):
        os.kill(pid, signal.SIGKILL)
    assert processes(c, job)
    c.restart_slurmd(1)
    assert c.wait_end(job) == "FAILED"
    wait_until(lambda: not processes(c, job), 20, "the end of all its processes")


def test_an_output_file_that_cannot_be_opened_fails_the_job(two):
    c = two
    job = c.submit("-o /nonexistent/x.out", "true")
    assert c.wait_end(job) == "FAILED"
    assert c.job(job)["ExitCode"] == "0:53"
    log = open(f"{c.d}/log/slurmd-n1.log").read()
    assert f"[{job}.batch] error: cannot open standard output /nonexistent/x.out: No such file or directory" in log


def test_a_missing_work_folder_is_told_and_the_job_runs_in_tmp(two):
    c = two
    job = c.submit(f"-D {c.d}/gone -o {c.d}/work/gone.out", "pwd")
    assert c.wait_end(job) == "COMPLETED"
    told, pwd = c.file("gone.out").splitlines()
    assert f"couldn't chdir to `{c.d}/gone': No such file or directory: going to /tmp instead" in told and pwd == "/tmp"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_spool_disk_refuses_new_jobs_and_loses_no_result(two):
    c = two
    spool = f"{c.d}/spool/n2"
    c.kill("slurmd.n2", signal.SIGTERM)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "small", spool], stderr=subprocess.DEVNULL).returncode:
        c.restart_slurmd(2)
        pytest.skip("cannot mount here")
    try:
        c.restart_slurmd(2)
        c.wait_node("n2", "idle")
        job = c.submit("-w n2 -o full.out", "echo on; while [ ! -e full-go ]; do sleep 0.1; done; exit 6")
        c.wait_text("full.out", "on")
        with open(f"{spool}/ballast", "wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"x" * 4096)
            except OSError:
                pass
        refused = c.submit("-w n2 -o /dev/null", "true")
        wait_until(lambda: c(f"squeue -h -j {refused} -o %r").strip() == "launch failed requeued held", 30, "the refusal")
        assert "No space left on device" in c.node("n2")["Reason"]
        touch(c, "full-go")
        assert c.wait_end(job) == "FAILED"
        assert c.job(job)["ExitCode"] == "6:0"
        os.unlink(f"{spool}/ballast")
        c(f"scancel {refused}")
        c("scontrol update NodeName=n2 State=RESUME")
        c.wait_node("n2", "idle")
    finally:
        c.kill("slurmd.n2", signal.SIGTERM)
        subprocess.run(["umount", "-l", spool], check=True)
        c.restart_slurmd(2)
        c.wait_node("n2", "idle")


def test_junk_and_silence_on_the_ports_hold_nobody_up(two):
    c = two
    import socket
    silent = [socket.create_connection(("127.0.0.1", port), 5) for port in (c.m["port"], c.m["port"] + 21) for _ in range(20)]
    for s in silent[::2]:
        s.sendall(os.urandom(3000))
    try:
        job = c.submit("-w n1 -o /dev/null", "srun true")
        assert c.wait_end(job) == "COMPLETED"
    finally:
        for s in silent:
            s.close()


def test_a_stopped_slurmctld_is_waited_for(two):
    c = two
    pid = c.m["pids"]["slurmctld"]
    job = c.submit("-w n1 -o stopped.out", "echo on; while [ ! -e stopped-go ]; do sleep 0.1; done; echo off")
    c.wait_text("stopped.out", "on")
    os.kill(pid, signal.SIGSTOP)
    try:
        touch(c, "stopped-go")
        c.wait_text("stopped.out", "off")
        c.kill("slurmd.n2", signal.SIGKILL)
        c.restart_slurmd(2)  # knocks at a slurmctld that does not answer
    finally:
        os.kill(pid, signal.SIGCONT)
    assert c.wait_end(job) == "COMPLETED"
    c.wait_node("n2", "idle")


def test_a_slurmd_that_was_stopped_too_long_comes_back_and_its_old_job_is_ended():
    with Cluster(nodes=2, conf="SlurmdTimeout=4\nReturnToService=1\nKillWait=1") as c:
        pid = c.m["pids"]["slurmd.n1"]
        job = c.submit("--no-requeue -w n1 -o old.out", "echo on; sleep 1000")
        c.wait_text("old.out", "on")
        os.kill(pid, signal.SIGSTOP)
        try:
            c.wait_node("n1", "down*", seconds=40)
            assert c.wait_end(job) == "NODE_FAIL"
            assert processes(c, job)
        finally:
            os.kill(pid, signal.SIGCONT)
        c.wait_node("n1", "idle", seconds=40)
        wait_until(lambda: not processes(c, job), 20, "the end of the lost job")
        again = c.submit("-w n1 -o /dev/null", "true")
        assert c.wait_end(again) == "COMPLETED"


def test_srun_is_told_when_its_slurmstepd_is_killed(two):
    c = two
    job = c.submit("-w n1 -o lost-step.out", "srun sh -c 'echo on; sleep 1005'; echo srun said $?")
    c.wait_text("lost-step.out", "on")
    step = [pid for pid in stepds(c, "n1", job) if b"step_0" in open(f"/proc/{pid}/cmdline", "rb").read()]
    assert len(step) == 1
    os.kill(step[0], signal.SIGKILL)
    assert c.wait_end(job) == "COMPLETED"
    assert c.file("lost-step.out").splitlines()[-1] != "srun said 0"
    wait_until(lambda: not processes(c, job), 20, "the end of all its processes")


def test_daemons_with_few_descriptors_serve_on_while_strangers_hold_connections_open():
    class FewDescriptors(Cluster):
        def spawn(self, key, argv):
            return super().spawn(key, ["prlimit", "--nofile=64", *argv])

    with FewDescriptors(nodes=1) as c:
        strangers = [socket.create_connection(("127.0.0.1", port), 5) for port in (c.m["port"], c.m["port"] + 21) for _ in range(150)]
        try:
            before = c.cpu_s("slurmctld"), c.cpu_s("slurmd.n1")
            job = c.submit("-o out.txt", "srun echo hello")
            assert c.wait_end(job) == "COMPLETED"
            assert c.file("out.txt") == "hello\n"
            assert c.cpu_s("slurmctld") - before[0] < 1 and c.cpu_s("slurmd.n1") - before[1] < 1
        finally:
            for s in strangers:
                s.close()
