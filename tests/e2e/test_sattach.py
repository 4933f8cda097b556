# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""sattach: reads a running step's streams along, types to its tasks, and is never in the step's way."""
import os, pwd, pty, re, signal, subprocess, time

import pytest

from harness import Cluster, wait_until

ROOT = os.geteuid() == 0
USER = "games"
root_only = pytest.mark.skipif(not ROOT, reason="changes users")


@pytest.fixture(scope="module")
def c():
    with Cluster(nodes=4, conf="KillWait=1") as cluster:
        os.chmod(f"{cluster.d}/work", 0o777)
        yield cluster


def line_of(c, user, *argv):
    change = ["setpriv", "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--init-groups"] if ROOT else []
    return [*change, c.exe(argv[0]), *argv[1:]]


class Step:
    """srun of the ordinary user in a job of its own; `.id` is JOB.STEP."""

    def __init__(self, c, *argv, out=subprocess.PIPE, stdin=subprocess.DEVNULL):
        self.c = c
        known = set(c("squeue -h -s -o %i").split())
        self.srun = subprocess.Popen(line_of(c, USER, "srun", "-N4", "-n4", "-l", *argv), env=c.env(), cwd=f"{c.d}/work", stdin=stdin, stdout=out,
                                     stderr=subprocess.STDOUT, text=True)
        self.id = wait_until(lambda: (set(c("squeue -h -s -o %i").split()) - known) or None, 30, "the step").pop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.srun.poll() is None:
            self.srun.kill()
        self.srun.wait()
        self.c(f"scancel {self.id.split('.')[0]}")


def attach(c, *argv, user=USER, stdin=subprocess.DEVNULL):
    return subprocess.Popen(line_of(c, user, "sattach", *argv), env=c.env(), cwd=f"{c.d}/work", stdin=stdin, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


WAITING = "while [ ! -e {go} ]; do sleep 0.1; done; "


def waiting(c, name, then):
    """A task that goes on when the file is there, and the file."""
    go = f"{c.d}/work/{name}"
    return go, ["sh", "-c", WAITING.format(go=go) + then]


def attached(c, one):
    """Waits until it says (-v) that it is."""
    assert "attached to step" in one.stderr.readline()


def test_output_errors_labels_and_the_highest_status(c):
    go, command = waiting(c, "go1", "echo out; echo err >&2; exit $SLURM_PROCID")
    with Step(c, *command) as step:
        one = attach(c, "-v", "-l", step.id)
        attached(c, one)
        open(go, "w").close()
        out, err = one.communicate(timeout=30)
        assert one.returncode == 3
        assert sorted(out.splitlines()) == [f"{i}: out" for i in range(4)]
        assert {f"{i}: err" for i in range(4)} <= set(err.splitlines())
        assert {f"sattach: error: task {i} exited with exit code {i}" for i in (1, 2, 3)} <= set(err.splitlines())
        own = step.srun.communicate(timeout=30)[0]
        assert step.srun.returncode == 3 and own.count("out") == 4  # its srun has everything, too


def test_filters_pick_tasks(c):
    go, command = waiting(c, "go2", "echo out; echo err >&2")
    with Step(c, *command) as step:
        one = attach(c, "-v", "-l", "--output-filter=1", "--error-filter", "2", step.id)
        attached(c, one)
        open(go, "w").close()
        out, err = one.communicate(timeout=30)
        assert (one.returncode, out, err) == (0, "1: out\n", "2: err\n")


def test_what_is_typed_reaches_all_tasks_or_one_and_its_end_is_not_theirs(c):
    go, command = waiting(c, "go3", "read a; echo got $a; read b; echo got $b")
    reading, writing = os.pipe()
    with Step(c, *command, stdin=reading) as step:  # srun's own input stays open
        os.close(reading)
        open(go, "w").close()
        first = attach(c, "-v", step.id, stdin=subprocess.PIPE)
        attached(c, first)
        first.stdin.write("one\n")
        first.stdin.close()
        assert [first.stdout.readline() for _ in range(4)] == ["got one\n"] * 4
        second = attach(c, "-v", "-l", "--input-filter=2", step.id, stdin=subprocess.PIPE)
        attached(c, second)
        second.stdin.write("two\n")
        second.stdin.flush()
        os.write(writing, b"three\n")
        os.close(writing)
        own = step.srun.communicate(timeout=30)[0]
        assert {l for l in own.splitlines() if "got one" in l} == {f"{i}: got one" for i in range(4)}
        lines = own.splitlines()
        assert any(l in lines for l in ("2: got two", "2: got three"))
        assert all(f"{i}: got three" in lines for i in (0, 1, 3))
        for one in (first, second):
            one.stdin = None
            one.communicate(timeout=30)


def test_layout(c):
    go, command = waiting(c, "go4", "true")
    with Step(c, *command) as step:
        one = attach(c, "--layout", step.id)
        out, err = one.communicate(timeout=30)
        assert (one.returncode, err) == (0, "")
        assert out == "Job step layout:\n\t4 tasks, 4 nodes (n[1-4])\n\n" + "".join(f"\tNode {i} (n{i + 1}), 1 task(s): {i} \n" for i in range(4))
        open(go, "w").close()
        step.srun.communicate(timeout=30)


def test_a_reader_that_stops_or_dies_never_holds_the_step(c):
    go, command = waiting(c, "go5", "head -c 30000000 /dev/zero | tr '\\0' 'x' | fold -w 99; echo; echo done")
    with Step(c, *command, out=open(f"{c.d}/work/big.out", "w")) as step:
        stopped, killed = attach(c, "-v", step.id), attach(c, "-v", step.id)
        attached(c, stopped)
        attached(c, killed)
        stopped.send_signal(signal.SIGSTOP)
        open(go, "w").close()
        wait_until(lambda: os.path.getsize(f"{c.d}/work/big.out") > 1_000_000, 30, "output")
        killed.kill()
        killed.communicate()
        assert step.srun.wait(timeout=100) == 0
        text = open(f"{c.d}/work/big.out").read()
        assert text.count("x") == 4 * 30_000_000 and text.count("done") == 4
        stopped.send_signal(signal.SIGCONT)
        out, err = stopped.communicate(timeout=30)  # it has lost output, and knows, or was cut off at the end
        assert out.count("x") < 4 * 30_000_000
        wait_until(lambda: c.state(step.id.split(".")[0]) == "COMPLETED", 20, "the job's end")


def test_a_reader_that_types_much_does_not_keep_signals_from_the_tasks(c):
    go, command = waiting(c, "never", "true")
    reading, writing = os.pipe()
    with Step(c, *command, stdin=reading) as step:
        flood = attach(c, "-v", step.id, stdin=open("/dev/zero"))
        attached(c, flood)
        wait_until(lambda: int(open(f"/proc/{flood.pid}/io").read().split()[1]) > 1_000_000, 20, "the flood")  # as much as fits on the way
        c.run("scancel", "-s", "KILL", step.id)
        step.srun.communicate(timeout=30)
        flood.communicate(timeout=30)
        assert flood.returncode in (137, 143)
    os.close(reading), os.close(writing)


def test_ctrl_c_ends_sattach_and_nothing_else(c):
    go, command = waiting(c, "go6", "echo over")
    with Step(c, *command) as step:
        one = attach(c, "-v", step.id)
        attached(c, one)
        one.send_signal(signal.SIGINT)
        one.communicate(timeout=20)
        assert one.returncode == 130
        open(go, "w").close()
        assert step.srun.communicate(timeout=30)[0].count("over") == 4


@root_only
def test_only_the_owner_and_operators_may_read(c):
    go, command = waiting(c, "go7", "echo secret")
    with Step(c, *command) as step:
        other = attach(c, step.id, user="news")
        out, err = other.communicate(timeout=30)
        assert (other.returncode, out) == (1, "") and "Access/permission denied" in err
        one = attach(c, "-v", step.id, user="root")
        attached(c, one)
        open(go, "w").close()
        assert one.communicate(timeout=30)[0].count("secret") == 4
        step.srun.communicate(timeout=30)


@pytest.mark.parametrize("what,said", [
    ("", "one step is wanted, and 0 are named"), ("5.0 6.0", "one step is wanted, and 2 are named"), ("5", "5: not a step; give JOB.STEP"),
    ("foo.1", "foo.1: not a step"), ("5.x", "5.x: not a step"), ("5+1.0", "Could not get job step info: Invalid job id specified"), ("5_1.0", "tasks of arrays are not supported"), ("5.batch", "cannot be attached to"),
    ("5.extern", "cannot be attached to"), ("999999.0", "Could not get job step info: Invalid job id specified"),
    ("--pty --output-filter=1 5.0", "don't specify both --pty and I/O filtering"), ("--input-filter=x 5.0", "Invalid numeric value"),
])
def test_refusals(c, what, said):
    code, err = c.refused(f"sattach {what}")
    assert code == 1 and err.startswith("sattach: error: ") and said in err and len(err.splitlines()) <= 2, err


def test_pty_shares_the_terminal(c):
    main, other = pty.openpty()
    srun = subprocess.Popen(line_of(c, USER, "srun", "-N1", "--pty", "sh"), env=c.env(), cwd=f"{c.d}/work", stdin=other, stdout=other, stderr=other)
    os.close(other)
    try:
        step = wait_until(lambda: c(f"squeue -h -s -o %i").split(), 30, "the step")[-1]
        mine, theirs = pty.openpty()
        one = subprocess.Popen(line_of(c, USER, "sattach", "--pty", step), env=c.env(), cwd=f"{c.d}/work", stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        os.set_blocking(mine, False)
        os.set_blocking(main, False)
        seen = {mine: "", main: ""}

        def see(fd, text):
            try:
                seen[fd] += os.read(fd, 4096).decode(errors="replace")
            except (BlockingIOError, OSError):
                pass
            return re.search(text, seen[fd])
        started = time.monotonic()
        wait_until(lambda: os.write(mine, b"echo $((40+2))\n") and see(mine, "42") or time.monotonic() - started > 20, 30, "the shell's answer")
        assert see(mine, "42")
        wait_until(lambda: see(main, "42"), 10, "the same at srun's terminal")
        os.write(mine, b"exit 7\n")
        assert srun.wait(timeout=30) == 7
        wait_until(lambda: see(mine, "\0never") or one.poll() is not None, 20, "sattach's end")
        assert one.returncode == 7
    finally:
        srun.kill()


def test_pty_of_a_step_without_terminal_is_refused(c):
    go, command = waiting(c, "go8", "true")
    with Step(c, *command) as step:
        code, err = c.refused(f"sattach --pty {step.id}")
        assert (code, err) == (1, "sattach: error: the step has no terminal: --pty wants one that srun --pty started\n")
        open(go, "w").close()
        step.srun.communicate(timeout=30)


def test_it_attaches_after_a_restart_of_slurmctld_and_of_slurmd():
    with Cluster(nodes=1, conf="KillWait=1") as c:
        go, command = waiting(c, "go", "echo out")
        job = c.submit("-n1 -o job.out", "srun " + " ".join([command[0], command[1], f"'{command[2]}'"]))
        wait_until(lambda: f"{job}.0" in c("squeue -h -s -o %i").split(), 20, "the step")
        c.kill("slurmctld")
        c.restart_ctld()
        c.kill("slurmd.n1")
        answers = lambda: open(f"{c.d}/log/slurmd-n1.log").read().count("slurmctld answers")
        before = answers()
        c.restart_slurmd(1)
        wait_until(lambda: answers() > before, 30, "slurmd to reach slurmctld")
        c.wait_node("n1", "mixed")
        one = subprocess.Popen([c.exe("sattach"), "-v", f"{job}.0"], env=c.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        attached(c, one)
        open(go, "w").close()
        assert one.communicate(timeout=30)[0] == "out\n"
        c.wait_end(job)
