# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""auth/munge with a real private munged: jobs and steps, a munged that dies and comes back, a key that differs."""
import os, signal, subprocess

import pytest

from harness import Cluster, wait_until


@pytest.fixture(scope="module")
def munged():
    with Cluster(nodes=2, auth="munge", conf="SlurmdTimeout=300\nKillWait=1") as c:
        yield c


def log(c, name):
    return open(f"{c.d}/log/{name}").read()


def test_under_munge_a_job_on_two_nodes_runs(munged):
    job = munged.submit("-N2 -n2 -o munge.out", "srun sh -c 'echo $SLURMD_NODENAME'")
    assert munged.wait_end(job) == "COMPLETED"
    assert sorted(munged.file("munge.out").split()) == ["n1", "n2"]
    r = munged.run("srun", "-N2", "sh", "-c", "echo $SLURM_PROCID")
    assert (r.returncode, sorted(r.stdout.split())) == (0, ["0", "1"])


def test_sessions_outlive_munged_and_new_ones_wait_for_it(munged):
    c = munged
    job = c.submit("-w n1 -o alive.out", "echo on; while [ ! -e munge-go ]; do sleep 0.1; done; echo off")
    c.wait_text("alive.out", "on")
    c.kill("munged", signal.SIGTERM)
    open(f"{c.d}/work/munge-go", "w").close()
    c.wait_text("alive.out", "off")
    c.kill("slurmd.n2", signal.SIGTERM)
    c.restart_slurmd(2)
    wait_until(lambda: "auth/munge: " in log(c, "slurmd-n2.log"), 20, "the complaint of slurmd")
    lines = [l for l in log(c, "slurmd-n2.log").splitlines() if "auth/munge: " in l]
    assert len(lines) == 1 and "munge.socket" in lines[0], lines
    c.start_munge()
    c.save()
    assert c.wait_end(job) == "COMPLETED"  # the session of n1 stood all the time
    wait_until(lambda: log(c, "slurmd-n2.log").rstrip().endswith("slurmctld answers"), 60, "n2 back")
    again = c.submit("-w n2 -o /dev/null", "srun true")
    assert c.wait_end(again) == "COMPLETED"


def test_a_node_with_another_key_is_refused_in_one_line_on_both_sides(munged):
    c = munged
    other = f"{c.d}/other"
    os.makedirs(other)
    with open(f"{other}/munge.key", "wb") as key:
        key.write(os.urandom(128))
    os.chmod(f"{other}/munge.key", 0o400)
    c.spawn("munged.other", ["munged", "--foreground", "--force", f"--key-file={other}/munge.key", f"--socket={other}/munge.socket",
                             f"--pid-file={other}/munged.pid", f"--log-file={other}/munged.log", f"--seed-file={other}/munge.seed"])
    c.save()
    wait_until(lambda: os.path.exists(f"{other}/munge.socket"), 10, "the other munged")
    conf = f"{other}/slurm.conf"
    open(conf, "w").write(open(c.conf).read().replace(f"socket={c.d}/auth/munge.socket", f"socket={other}/munge.socket"))
    c.kill("slurmd.n2", signal.SIGTERM)
    seen = {name: len(log(c, name)) for name in ("slurmd-n2.log", "slurmctld.log")}
    c.spawn("slurmd.n2", [c.exe("slurmd"), "-D", "-f", conf, "-N", "n2"])
    c.save()
    try:
        for name in seen:
            wait_until(lambda: "nvalid credential" in log(c, name)[seen[name]:], 20, f"a line in {name}")
        told = [l for l in log(c, "slurmd-n2.log")[seen["slurmd-n2.log"]:].splitlines() if "nvalid credential" in l]
        assert len(told) == 1, told
        r = subprocess.run([c.exe("sbatch"), "--wrap", "true"], env={**c.env(), "SLURM_CONF": conf}, cwd=f"{c.d}/work",
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        assert r.returncode == 0  # on the controller's host the unix socket proves the uid, whatever the key
    finally:
        c.kill("slurmd.n2", signal.SIGTERM)
        c.kill("munged.other", signal.SIGTERM)
        c.restart_slurmd(2)
        c.wait_node("n2", "idle")
