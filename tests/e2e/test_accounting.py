# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""slurmdbd on SQLite and on MariaDB: its start, its refusals, and what sacct tells of jobs."""
import os, re, shutil, subprocess

import pytest

from harness import Cluster, wait_until


class AccountingCluster(Cluster):
    """A cluster whose jobs are recorded; slurmdbd is d.restart_dbd() and d.kill("slurmdbd")."""

    def __init__(self, dbd="sqlite", **kw):
        super().__init__(**kw)
        self.arguments.dbd = dbd

    def restart_dbd(self):
        self.start_dbd()

    def log(self, name):
        return open(f"{self.d}/log/{name}.log", errors="replace").read()


class Daemon(AccountingCluster):
    """slurmdbd alone."""

    def up(self, a):
        a.nodes = 0
        for sub in ("etc", "log", "state", "run", "work"):
            os.makedirs(f"{self.d}/{sub}", exist_ok=True)
        self.m = dict(prefix=os.path.abspath(a.prefix), port=a.port_base, nodes=0, fake=0, cpus=1, dbd=a.dbd, auth=a.auth,
                      profile="default", pids={})
        self.write_conf(a)
        open(f"{self.d}/.bench-cluster", "w").close()
        self.save()
        self.start_munge()
        if a.dbd == "mariadb":
            self.start_db()

    def try_dbd(self):
        return subprocess.run([self.exe("slurmdbd"), "-D"], env=self.env(), capture_output=True, text=True, timeout=20)


@pytest.fixture
def storage(request):
    if request.param == "mariadb" and not shutil.which("mariadbd"):
        pytest.skip("no mariadbd here: ./dev deps")
    return request.param


both = pytest.mark.parametrize("storage", ["sqlite", "mariadb"], indirect=True)


@both
def test_it_starts_ends_and_starts_again(storage):
    with Daemon(dbd=storage) as d:
        for _ in range(2):
            d.start_dbd()
            wait_until(lambda: "serves port" in d.log("slurmdbd"), 10, "slurmdbd serves")
            assert open(f"{d.d}/run/slurmdbd.pid").read().strip() == str(d.m["pids"]["slurmdbd"])
            d.kill("slurmdbd", 15)
            assert not os.path.exists(f"{d.d}/run/slurmdbd.pid")
        assert "error" not in d.log("slurmdbd")


def test_its_file_is_closed_to_others():
    with Daemon() as d:
        os.chmod(f"{d.d}/etc/slurmdbd.conf", 0o640)
        refused = d.try_dbd()
        assert refused.returncode == 1
        assert "its mode is 0640, and it holds a password: chmod 0600" in refused.stderr


def test_what_is_wrong_in_its_file_is_named():
    with Daemon() as d:
        path = f"{d.d}/etc/slurmdbd.conf"
        text = open(path).read()
        for line, complaint in (("StorageTyp=x", "did you mean StorageType?"), ("StorageType=accounting_storage/pgsql", "accounting_storage/sqlite"),
                                ("DbdPort=0", "DbdPort=0")):
            with open(path, "w") as out:
                out.write(text + line + "\n")
            refused = d.try_dbd()
            assert refused.returncode == 1 and complaint in refused.stderr, refused.stderr


def test_a_database_that_is_away_does_not_keep_it_from_serving():
    if not shutil.which("mariadbd"):
        pytest.skip("no mariadbd here: ./dev deps")
    with Daemon(dbd="mariadb") as d:
        d.kill("mariadbd")
        d.start_dbd()
        wait_until(lambda: re.search("error: .*slurmdbd goes on and tries again", d.log("slurmdbd")), 10, "the complaint")
