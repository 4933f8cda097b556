# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Trust: the same cluster under auth/munge with a private munged, and what happens to those who hold no key."""
import os, re, shutil, signal, subprocess

import pytest

from harness import Cluster


@pytest.mark.skipif(os.geteuid() != 0, reason="changes users")
def test_other_users_may_look_and_submit_but_not_touch_what_is_not_theirs():
    with Cluster(nodes=1) as c:
        job = c.submit("--hold")

        def as_games(*argv):
            return subprocess.run(["setpriv", "--reuid", "games", "--regid", "games", "--clear-groups", c.exe(argv[0]), *argv[1:]],
                                  env={**c.env(), "HOME": "/tmp"}, cwd=f"{c.d}/work", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert as_games("squeue", "-h", "-o", "%i %u").stdout.split() == [job, "root"]
        assert as_games("scancel", job).returncode != 0
        assert as_games("scontrol", "update", f"JobId={job}", "TimeLimit=1").returncode != 0
        assert as_games("scontrol", "update", "NodeName=n1", "State=DRAIN", "Reason=x").returncode != 0
        assert as_games("scontrol", "shutdown").returncode != 0
        assert c.state(job) == "PENDING"
        os.chmod(f"{c.d}/work", 0o777)
        mine = as_games("sbatch", "--parsable", "-o", f"{c.d}/work/games.out", "--wrap", "id -un").stdout.strip()
        assert c.wait_end(mine) == "COMPLETED"
        assert c.file("games.out") == "games\n"


def as_elsewhere(c, folder, *argv):
    """A command of user games as on a host without slurmctld: its local socket is not there, and slurm.key cannot be read."""
    conf = f"{c.d}/{folder}/slurm.conf"
    if not os.path.exists(conf):
        os.mkdir(f"{c.d}/{folder}")
        text = re.sub(r"(?m)^SlurmctldPidFile=.*$", f"SlurmctldPidFile={c.d}/{folder}/slurmctld.pid", open(c.conf).read())
        open(conf, "w").write(text)
        shutil.copy2(f"{os.path.dirname(c.conf)}/slurm.key", f"{c.d}/{folder}/slurm.key")
    return subprocess.run(["setpriv", "--reuid", "games", "--regid", "games", "--clear-groups", c.exe(argv[0]), *argv[1:]],
                          env={**c.env(), "SLURM_CONF": conf, "HOME": "/tmp"}, cwd="/tmp", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="changes users")
def test_a_user_without_the_key_on_another_host_is_vouched_for_by_slurmd():
    with Cluster(nodes=1, auth="slurm") as c:
        os.chmod(f"{c.d}/work", 0o777)
        r = as_elsewhere(c, "far", "sbatch", "--parsable", "-o", f"{c.d}/work/far.out", "--wrap", "id -un")
        assert r.returncode == 0, r.stderr
        assert c.wait_end(r.stdout.strip()) == "COMPLETED"
        assert c.file("far.out") == "games\n"
        c.kill("slurmd.n1", signal.SIGTERM)
        alone = as_elsewhere(c, "far", "squeue")
        assert alone.returncode != 0 and "start slurmd, or sackd" in alone.stderr
        sackd = subprocess.Popen([f"{c.prefix}/sbin/sackd", "-D", "-f", f"{c.d}/far/slurm.conf"], stderr=subprocess.PIPE, text=True)
        try:
            assert "serves" in sackd.stderr.readline()
            assert as_elsewhere(c, "far", "squeue", "-h").returncode == 0
        finally:
            sackd.terminate()
            assert sackd.wait(10) == 0
