# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Jobs run as who submitted them; daemons of an ordinary user run that user's jobs and refuse those of others in one line."""
import os, pwd, subprocess

import pytest

from harness import Cluster

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="changes users")


def as_user(c, user, *argv, env=()):
    """A command of the cluster as this user, with no groups but those that the user database gives it."""
    line = ["setpriv", "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--init-groups", c.exe(argv[0]), *argv[1:]]
    return subprocess.run(line, env={**c.env(), **dict(env)}, cwd=f"{c.d}/work", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


@pytest.mark.parametrize("user", ["games", "news", "daemon", "backup"])
def test_a_batch_job_has_its_users_ids_groups_and_environment(cluster, user):
    out = f"{cluster.d}/work/id-{user}.out"
    body = 'id -u; id -g; id -G; echo "$HOME $USER $LOGNAME $SLURM_JOB_USER $SLURM_JOB_UID"; stat -c "%U %a" "$0"; echo "$0"; srun id -un'
    home = [("HOME", "/from/submit"), ("USER", user), ("LOGNAME", user)]
    r = as_user(cluster, user, "sbatch", "-W", "-N1", "-o", out, "--wrap", body, env=home)
    assert r.returncode == 0, r.stderr
    job = r.stdout.split()[-1]
    facts = pwd.getpwnam(user)
    lines = open(out).read().splitlines()
    assert lines[:2] == [str(facts.pw_uid), str(facts.pw_gid)]
    assert sorted(lines[2].split()) == sorted(map(str, os.getgrouplist(user, facts.pw_gid)))
    assert lines[3] == f"/from/submit {user} {user} {user} {facts.pw_uid}"
    assert lines[4] == f"{user} 700"
    assert lines[5].endswith(f"/job{int(job):05d}/slurm_script")
    assert lines[6] == user
    assert os.stat(out).st_uid == facts.pw_uid


def test_export_none_still_tells_the_script_who_it_is(cluster):
    out = f"{cluster.d}/work/login.out"
    r = as_user(cluster, "games", "sbatch", "-W", "--export=NONE", "-o", out, "--wrap", 'echo "$HOME $USER $LOGNAME"', env=[("USER", "wrong")])
    assert r.returncode == 0, r.stderr
    assert open(out).read() == f"{pwd.getpwnam('games').pw_dir} games games\n"


def test_a_job_cannot_write_where_its_user_cannot(cluster):
    closed = f"{cluster.d}/closed"
    os.makedirs(closed, mode=0o700, exist_ok=True)
    r = as_user(cluster, "games", "sbatch", "--parsable", "-o", f"{closed}/x.out", "--wrap", "true")
    assert cluster.wait_end(r.stdout.strip()) == "FAILED"
    assert cluster.job(r.stdout.strip())["ExitCode"] == "0:53"
    assert os.listdir(closed) == []


def test_root_submits_for_another_user(cluster):
    user = pwd.getpwnam("games")
    own = ["5", str(user.pw_gid), " ".join(map(str, os.getgrouplist("games", user.pw_gid)))]
    out = f"{cluster.d}/work/for.out"
    assert cluster.run("sbatch", "-W", "--uid=games", "-o", out, "--wrap", "id -u; id -g; id -G; srun id -u").returncode == 0
    assert open(out).read().splitlines() == [*own, "5"] and os.stat(out).st_uid == 5
    assert cluster("squeue -h -t all -u games -o %u").split()[0] == "games"
    for command in (["srun"], ["salloc", "-Q"]):
        r = cluster.run(*command, "--uid=5", "sh", "-c", "id -u; id -g; id -G")
        assert (r.returncode, r.stdout.splitlines()) == (0, own), r.stderr
    r = cluster.run("srun", "--uid=games", "--gid=daemon", "id", "-g")
    assert (r.returncode, r.stdout) == (0, "1\n"), r.stderr


def test_nobody_else_submits_for_another_user(cluster):
    for command in (["sbatch", "--wrap", "true"], ["srun", "true"], ["salloc", "true"]):
        r = as_user(cluster, "games", command[0], "--uid=news", *command[1:])
        assert (r.returncode, r.stderr) == (255, f"{command[0]}: error: --uid only permitted by root user\n")
        r = as_user(cluster, "games", command[0], "--gid=news", *command[1:])
        assert (r.returncode, r.stderr) == (255, f"{command[0]}: error: --gid only permitted by root user\n")
    for option in ("--uid=nosuch", "--gid=nosuch"):
        r = cluster.run("sbatch", option, "--wrap", "true")
        assert (r.returncode, r.stderr) == (255, f"sbatch: error: Invalid {option.split('=')[0]} specification\n")


class OfGames(Cluster):
    """All daemons run as the user games."""

    def write_conf(self, a):
        super().write_conf(a)
        text = open(self.conf).read().replace("SlurmUser=root", "SlurmUser=games").replace("SlurmdUser=root", "SlurmdUser=games")
        open(self.conf, "w").write(text)

    def spawn(self, key, argv):
        subprocess.run(["chown", "-R", "games:games", self.d], check=True)
        return super().spawn(key, ["setpriv", "--reuid", "games", "--regid", "games", "--clear-groups", *argv])


def test_daemons_of_an_ordinary_user_run_its_jobs_and_refuse_those_of_others():
    with OfGames(nodes=2) as c:
        r = as_user(c, "games", "sbatch", "--parsable", "-N2", "-o", f"{c.d}/work/g.out", "--wrap", "id -un; srun hostname")
        assert r.returncode == 0, r.stderr
        assert c.wait_end(r.stdout.strip()) == "COMPLETED"
        assert c.file("g.out").splitlines()[0] == "games"
        r = as_user(c, "news", "sbatch", "--wrap", "true")
        assert r.returncode != 0
        line = r.stderr.strip()
        assert "\n" not in line and "news" in line, line
        assert c("squeue -h -t all -o %u").split() == ["games"]


def test_slurmctld_started_by_root_becomes_slurm_user():
    class SlurmUserIsDaemon(Cluster):
        def write_conf(self, a):
            super().write_conf(a)
            text = open(self.conf).read().replace("SlurmUser=root", "SlurmUser=daemon", 1)
            open(self.conf, "w").write(text)

    with SlurmUserIsDaemon(nodes=1) as c:
        assert os.stat(f"/proc/{c.m['pids']['slurmctld']}").st_uid == pwd.getpwnam("daemon").pw_uid
        r = as_user(c, "games", "sbatch", "-W", "-o", f"{c.d}/work/g.out", "--wrap", "id -un")
        assert r.returncode == 0, r.stderr
        assert c.file("g.out") == "games\n"
        c.kill("slurmctld")
        c.restart_ctld()
        assert c("squeue -h -t all -o '%u %T'").split() == ["games", "COMPLETED"]
