# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""A throw-away cluster for a test: real daemons and commands from an installed tree, on free ports, in a fresh folder.

Speaks only through public commands and files, so the same tests run against a packaged Slurm
(SLURMXX_PREFIX=/usr SLURMXX_E2E_AUTH=munge). Waiting is polling with a bound, here and nowhere else.
"""
import os, pwd, re, shlex, shutil, signal, socket, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{ROOT}/bench")
import cluster as bench_cluster

PREFIX = os.environ.get("SLURMXX_PREFIX", f"{ROOT}/build/dev/prefix")
AUTH = os.environ.get("SLURMXX_E2E_AUTH", "slurm")
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE", "PREEMPTED")


def wait_until(condition, seconds, what):
    """Poll until condition() gives something true, and return that."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.05)


def let_pass(seconds):
    """For moments that no event marks: a kill at random, a time limit that must not strike."""
    time.sleep(seconds)


def free_base(count):
    """The first of a stretch of free ports: B slurmctld, B+1 slurmdbd, B+2 mariadbd, B+20+i slurmd of ni."""
    start, end = 22000 + os.getpid() % 300 * 30, 31000
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # its own stretch: a daemon that restarts finds its port free
        start = 20000 + int(worker.removeprefix("gw")) % 8 * 1500
        end = start + 1400
    for base in range(start, end, 10):
        sockets = []
        try:
            for port in (base, base + 1, base + 2, *range(base + 21, base + 21 + count)):
                s = socket.socket()
                sockets.append(s)
                s.bind(("0.0.0.0", port))
            return base
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()
    raise RuntimeError("no free ports")


class Cluster(bench_cluster.Cluster):
    """Built by `with Cluster(nodes=3, conf="KillWait=1") as c`."""

    def __init__(self, nodes=3, conf="", auth=AUTH, cpus=4, mem=4000, conf_dir=None, name="e2e"):
        super().__init__(tempfile.mkdtemp(prefix="slurmxx-e2e."))
        os.chmod(self.d, 0o755)
        self.extra = f"{self.d}/extra.conf"
        with open(self.extra, "w") as out:
            out.write(conf + "\n")
        self.arguments = bench_cluster.parser().parse_args(
            ["up", "--prefix", PREFIX, "--dir", self.d, "--nodes", str(nodes), "--auth", auth, "--cpus", str(cpus), "--mem", str(mem),
             "--port-base", str(free_base(nodes)), "--cluster-name", name, "--conf-extra", self.extra] + (["--conf-dir", conf_dir] if conf_dir else []))

    def __enter__(self):
        try:
            self.up(self.arguments)
        except BaseException:
            self.print_logs()
            self.down(purge=True)
            raise
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.print_logs()
        self.down(purge=True)

    def print_logs(self):
        if os.path.isdir(f"{self.d}/log"):
            for name in sorted(os.listdir(f"{self.d}/log")):
                text = open(f"{self.d}/log/{name}", errors="replace").read()
                print(f"--- {name}\n{text[-3000:]}")

    def write_conf(self, a):
        super().write_conf(a)
        user = pwd.getpwuid(os.getuid()).pw_name
        text = open(self.conf).read()
        with open(self.conf, "w") as out:
            out.write(re.sub(r"(?m)^(SlurmUser|SlurmdUser)=root$", rf"\1={user}", text))

    # ---- commands: a line as one would type it

    def __call__(self, line, code=0, timeout=60):
        """Run a command line without a shell; stdout. The exit code must be `code`, unless that is None."""
        r = self.run(*shlex.split(line), timeout=timeout)
        assert code is None or r.returncode == code, f"{line}: exit code {r.returncode}\n{r.stdout}{r.stderr}"
        return r.stdout

    def refused(self, line):
        """(exit code, stderr) of a command that must fail."""
        r = self.run(*shlex.split(line), timeout=60)
        assert r.returncode != 0, f"{line} was accepted: {r.stdout}"
        return r.returncode, r.stderr

    def script(self, name, body):
        path = f"{self.d}/work/{name}"
        with open(path, "w") as out:
            out.write(body if body.startswith("#!") else f"#!/bin/sh\n{body}\n")
        os.chmod(path, 0o755)
        return path

    def submit(self, options="", body="true", name="job.sh"):
        self.script(name, body)
        return self(f"sbatch --parsable {options} {name}").strip()

    def sbatch(self, *argv):
        r = self.run("sbatch", "--parsable", *argv)
        assert r.returncode == 0, r.stderr
        return r.stdout.strip()

    def shown(self, jobid, form):
        """What squeue -o says of the job."""
        return self.run("squeue", "-h", "-j", jobid, "-o", form).stdout.strip()

    def file(self, name):
        return open(f"{self.d}/work/{name}").read()

    def wait_text(self, name, text, seconds=20):
        """Until the file holds the text."""
        there = lambda: os.path.exists(f"{self.d}/work/{name}") and text in self.file(name)
        wait_until(there, seconds, f"\"{text}\" in {name}")

    def job(self, jobid):
        """The fields of scontrol show job."""
        return fields(self(f"scontrol -o show job {jobid}"))

    def node(self, name):
        return fields(self(f"scontrol -o show node {name}"))

    def state(self, jobid):
        return self(f"squeue -h -t all -j {jobid} -o %T").strip()

    def wait_state(self, jobid, *states, seconds=30):
        return wait_until(lambda: (s := self.state(jobid)) in states and s, seconds, f"job {jobid} {'/'.join(states)}")

    def wait_end(self, jobid, seconds=60):
        return self.wait_state(jobid, *ENDED, seconds=seconds)

    def wait_node(self, name, state, seconds=30):
        wait_until(lambda: self(f"sinfo -h -n {name} -o %T").split()[:1] == [state], seconds, f"{name} {state}")

    # ---- daemons

    def kill(self, key, sig=signal.SIGKILL):
        """End a daemon of ours: "slurmctld", "slurmd.n1"."""
        self.stop_pid(self.m["pids"][key], sig, 30)

    def restart_ctld(self):
        self.start_ctld(wait=True)

    def restart_slurmd(self, i):
        self.start_slurmd(i)
        self.save()


def fields(line):
    """{"JobState": "RUNNING", ...}: a value reaches to the next " Key="."""
    found = list(re.finditer(r"(?:^|\s)([A-Z][\w:/.]*)=", line))
    return {m.group(1): line[m.end():(found[i + 1].start() if i + 1 < len(found) else len(line))].strip() for i, m in enumerate(found)}
