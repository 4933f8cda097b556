# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of what takes part in a launch, at any moment of it: no process and no allocation stays, the nodes come back.

SLURMXX_E2E_LAUNCHES raises the number of random rounds (200 is the release check), SLURMXX_E2E_SEED repeats them.
"""
import os, random, signal, subprocess

import pytest

from harness import Cluster, let_pass, wait_until
from test_faults import processes, stepds

ROUNDS = int(os.environ.get("SLURMXX_E2E_LAUNCHES", "12"))
SEED = int(os.environ.get("SLURMXX_E2E_SEED", str(random.SystemRandom().randrange(10**6))))
CONF = "SlurmdTimeout=300\nKillWait=1\nMessageTimeout=2\nInactiveLimit=4\nProlog={0}/etc/prolog\nEpilog={0}/etc/epilog\n"


class Launches(Cluster):
    def write_conf(self, a):
        for name in ("prolog", "epilog"):
            with open(f"{self.d}/etc/{name}", "w") as out:
                out.write("#!/bin/sh\nsleep 0.05\n")
            os.chmod(f"{self.d}/etc/{name}", 0o755)
        with open(self.extra, "w") as out:
            out.write(CONF.format(self.d))
        super().write_conf(a)

    def start(self, line):
        """A command in the background; its standard input stays open."""
        argv = line.split()
        return subprocess.Popen([self.exe(argv[0]), *argv[1:]], env=self.env(), cwd=f"{self.d}/work", stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def live(self):
        return self("squeue -h -o %i").split()

    def all_processes(self):
        """Of any job of this cluster, and slurmstepds of its steps."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
                environment = open(f"/proc/{pid}/environ", "rb").read().split(b"\0")
                state = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if state == "Z" or f"SLURM_CONF={self.conf}".encode() not in environment:
                continue
            task = any(v.startswith(b"SLURM_PROCID=") for v in environment)
            if task or (words[0].endswith(b"slurmstepd") and not words[1].startswith(b"--")):
                found.append((pid, b" ".join(words)))
        return found

    def quiet(self, seconds=30):
        """Until no job, process or busy node is left."""
        wait_until(lambda: not self.live(), seconds, f"the end of all jobs (seed {SEED})")
        wait_until(lambda: not self.all_processes(), seconds, f"the end of all processes (seed {SEED})")
        for i in range(1, self.m["nodes"] + 1):
            self.wait_node(f"n{i}", "idle", seconds)


@pytest.fixture(scope="module")
def two():
    with Launches(nodes=2) as c:
        yield c


def kill(process):
    process.kill()
    process.wait()


def test_the_allocation_of_a_killed_srun_ends_with_it(two):
    c = two
    srun = c.start("srun -N2 -n2 sleep 1000")
    wait_until(lambda: len([p for p in c.all_processes() if b"sleep 1000" in p[1]]) == 2, 20, "both tasks")
    job = c.live()[0]
    kill(srun)
    c.quiet()
    assert c.state(job) == "CANCELLED"


def test_a_killed_srun_or_salloc_that_waits_leaves_no_job(two):
    c = two
    holder = c.start("srun -N2 --exclusive sleep 1000")
    wait_until(lambda: c("squeue -h -t R -o %i").split(), 20, "a job that runs")
    running = c.live()
    waiting = [c.start(f"{command} -N1 true") for command in ("srun", "salloc")]
    wait_until(lambda: len(c("squeue -h -t PD -o %i").split()) == 2, 20, "two jobs that wait")
    for process in waiting:
        kill(process)
    wait_until(lambda: c.live() == running, 20, "the end of those that waited")
    kill(holder)
    c.quiet()


def test_the_allocation_of_a_killed_salloc_ends_after_inactive_limit_also_over_a_restart(two):
    c = two
    sallocs = {name: c.start(f"salloc -K -N1 -n1 -J {name} sleep 1000") for name in ("dead", "alive")}
    jobs = wait_until(lambda: (found := dict(line.split() for line in c("squeue -h -t R -o %j:%i").replace(":", " ").splitlines())).keys() == sallocs.keys() and found,
                      20, "two jobs that run")
    kill(sallocs["dead"])
    c.kill("slurmctld")
    c.restart_ctld()
    wait_until(lambda: c.state(jobs["dead"]) == "TIMEOUT", 20, "the end of the job that nobody answers for")
    assert "Reason=InactiveLimit" in c(f"scontrol show job {jobs['dead']}")
    assert c.state(jobs["alive"]) == "RUNNING"
    c(f"scancel {jobs['alive']}")
    assert b"has been revoked" in sallocs["alive"].communicate(timeout=20)[0]
    c.quiet()


def test_an_srun_whose_controller_restarts_keeps_its_allocation(two):
    c = two
    srun = c.start("srun -N2 -n2 sh -c sleep${IFS}6;echo${IFS}done")
    wait_until(lambda: len(c.all_processes()) >= 4, 20, "both tasks")
    c.kill("slurmctld")
    c.restart_ctld()
    out = srun.communicate()[0].decode()
    assert (srun.returncode, out.split()) == (0, ["done", "done"])
    c.quiet()
    assert c("squeue -h -t all -o %T").split()[-1] == "COMPLETED" or "COMPLETED" in c("squeue -h -t all -o %T")


def test_a_killed_fork_server_is_replaced(two):
    c = two
    servers = lambda: {p for p in filter(str.isdigit, os.listdir("/proc")) if fork_server_of(c, p)}
    before = wait_until(servers, 20, "fork servers")
    for pid in before:
        os.kill(int(pid), signal.SIGKILL)
    assert c("srun -N2 -n2 hostname").count("\n") == 2
    wait_until(lambda: len(servers() - before) == 2, 20, "new fork servers")
    assert c("srun -N2 -n2 hostname").count("\n") == 2
    c.quiet()


def fork_server_of(c, pid):
    try:
        words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
        environment = open(f"/proc/{pid}/environ", "rb").read().split(b"\0")
    except OSError:
        return False
    return len(words) > 1 and words[1].startswith(b"--fork-server") and f"SLURM_CONF={c.conf}".encode() in environment


def victims(c, srun):
    return {
        "srun": lambda: srun.kill(),
        "slurmctld": lambda: c.kill("slurmctld"),
        "slurmd": lambda: c.kill("slurmd.n1"),
        "slurmstepd": lambda: [os.kill(int(pid), signal.SIGKILL) for pid, words in c.all_processes() if b"slurmstepd" in words],
    }


@pytest.mark.parametrize("round", range(ROUNDS))
def test_whoever_is_killed_at_a_random_moment_nothing_is_left(two, round):
    c = two
    rng = random.Random(SEED * 1000 + round)
    victim = rng.choice(["srun", "srun", "slurmctld", "slurmd", "slurmstepd", "both"])
    line = rng.choice(["srun -N2 -n2 true", "srun -N1 -n2 sleep 0.1", "srun -N2 -n2 hostname", "salloc -N2 srun -n2 true", "srun -N2 -n2 sleep 1000"])
    delay = rng.uniform(0, 0.35)
    print(f"seed {SEED} round {round}: {victim} after {delay * 1000:.0f} ms of {line}")
    command = c.start(line)
    let_pass(delay)
    kills = victims(c, command)
    for name in ["slurmd", "slurmctld"] if victim == "both" else [victim]:
        try:
            kills[name]()
        except ProcessLookupError:
            pass
    if victim in ("slurmctld", "both"):
        c.restart_ctld()
    if victim in ("slurmd", "both"):
        c.restart_slurmd(1)
    if "1000" in line and command.poll() is None:
        let_pass(0.3)
        command.kill()
    if victim == "srun" and line.startswith("salloc"):
        c("scancel -u root", code=None)
    command.communicate(timeout=90)
    c.quiet(60)
