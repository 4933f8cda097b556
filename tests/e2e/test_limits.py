# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Accounts, QOS and limits as slurmctld obeys them: what is refused, what waits with which Reason, what comes at once."""
import shlex, subprocess

import pytest

from harness import Cluster, wait_until


class Accounted(Cluster):
    """A cluster with slurmdbd; `dbd` is mariadb or sqlite."""

    def __init__(self, dbd="sqlite", conf="AccountingStorageEnforce=associations,limits,qos", **kw):
        super().__init__(conf=conf, **kw)
        self.arguments.dbd = dbd

    def up(self, arguments):
        super().up(arguments)
        self("sacctmgr -i add account phys Description=physics Organization=sci")

    def told(self, line, code=0):
        """Both streams of a command."""
        r = self.run(*shlex.split(line), timeout=60)
        assert r.returncode == code, f"{line}: exit code {r.returncode}\n{r.stdout}{r.stderr}"
        return r.stdout + r.stderr

    def as_user(self, user, line):
        r = subprocess.run(["setpriv", f"--reuid={user}", "--clear-groups", self.exe(shlex.split(line)[0]), *shlex.split(line)[1:]],
                           env=self.env(), capture_output=True, text=True, timeout=60, cwd=f"{self.d}/work")
        return r.returncode, r.stdout + r.stderr


@pytest.fixture(scope="module")
def c():
    with Accounted(nodes=2, cpus=4) as cluster:
        cluster("sacctmgr -i add qos tiny MaxJobsPerUser=1 MaxSubmitJobsPerUser=2 Flags=DenyOnLimit")
        cluster("sacctmgr -i add qos small MaxTRESPerUser=cpu=2 MaxWall=30")
        cluster("sacctmgr -i add account chem parent=phys")
        cluster("sacctmgr -i modify user root set qos=normal,tiny,small")
        cluster("sacctmgr -i add user root account=chem")
        arrives(cluster, "small")
        yield cluster


@pytest.fixture(autouse=True)
def empty(c):
    yield
    c("scancel -u root", code=None)
    wait_until(lambda: not c("squeue -h").strip(), 30, "an empty queue")


def arrives(c, qos):
    """Changes reach slurmctld within a moment: a submission with the QOS is taken."""
    wait_until(lambda: c.run("sbatch", "--test-only", f"--qos={qos}", "--wrap", "true").returncode == 0, 10, f"QOS {qos} in slurmctld")


def reason(c, job, name):
    wait_until(lambda: c(f"squeue -h -j {job} -o %r").strip() == name, 10, f"{name} of job {job}, which has {c(f'squeue -h -j {job} -o %r')}")


def test_account_and_qos_are_filled_in(c):
    job = c.submit("--hold")
    fields = c.job(job)
    assert (fields["Account"], fields["QOS"]) == ("root", "normal")
    assert c(f"squeue -h -j {job} -o '%a %q'").split() == ["root", "normal"]


def test_what_the_user_may_not_use_is_refused(c):
    assert c.refused("sbatch -A nosuch --wrap true")[1] == \
        "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified\n"
    assert c.refused("sbatch --qos=nosuch --wrap true")[1] == "sbatch: error: Batch job submission failed: Invalid qos specification\n"
    assert c.as_user("daemon", "sbatch --wrap true")[1] == \
        "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified\n"
    assert c.refused("sbatch -A chem --qos=tiny --wrap true")[1].endswith("Invalid qos specification\n")


def test_submit_limits_refuse(c):
    for _ in range(2):
        c.submit("--qos=tiny --hold")
    assert c.refused("sbatch --qos=tiny --hold --wrap true")[1] == (
        "sbatch: error: QOSMaxSubmitJobPerUserLimit\n"
        "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)\n")


def test_jobs_wait_with_the_reason_and_start_when_there_is_room(c):
    first = c.submit("--qos=small -n2 -t 5", body="sleep 600")
    c.wait_state(first, "RUNNING")
    second = c.submit("--qos=small -n1 -t 5", body="sleep 600")
    reason(c, second, "QOSMaxCpuPerUserLimit")
    free = c.submit("-n1", body="sleep 600")
    c.wait_state(free, "RUNNING")
    c(f"scancel {first}")
    c.wait_state(second, "RUNNING")
    long = c.submit("--qos=small -t 2:00:00")
    reason(c, long, "QOSMaxWallDurationPerJobLimit")


def test_changes_come_at_once_and_slurmctld_needs_no_database(c):
    job = c.submit("-A chem -n2", body="sleep 600")
    c.wait_state(job, "RUNNING")
    c("sacctmgr -i modify account chem set grptres=cpu=3")
    second = wait_until(lambda: c.submit("-A chem -n2", body="sleep 600"), 5, "a job")
    wait_until(lambda: c(f"squeue -h -j {second} -o %r").strip() in ("AssocGrpCpuLimit", "None"), 10, "a verdict")
    if c.state(second) == "PENDING":
        reason(c, second, "AssocGrpCpuLimit")
        c("sacctmgr -i modify account chem set grptres=cpu=-1")
        c.wait_state(second, "RUNNING")
    c.kill("slurmdbd", 9)
    c.kill("slurmctld", 9)
    c.start_ctld()
    third = c.submit("-A chem --hold")
    assert c.job(third)["Account"] == "chem"
    assert c.refused("sbatch -A nosuch --wrap true")[1].endswith("account/partition combination specified\n")
    c.start_dbd()


def test_an_account_with_jobs_is_not_deleted(c):
    c("sacctmgr -i add account doomed")
    c("sacctmgr -i add user root account=doomed")
    wait_until(lambda: c.run("sbatch", "--test-only", "-A", "doomed", "--wrap", "true").returncode == 0, 10, "the account in slurmctld")
    job = c.submit("-A doomed", body="sleep 600")
    c.wait_state(job, "RUNNING")
    wait_until(lambda: c("sacct -n -X -A doomed -o jobid").split(), 20, "the job in slurmdbd")
    for what in ("user root account=doomed", "account doomed"):
        code, said = c.refused(f"sacctmgr -i delete {what}")
        assert code == 1 and said.splitlines()[0] == " Error with request: Job(s) active, cancel job(s) before remove" and f"JobID = {job} " in said
    c(f"scancel {job}")
    wait_until(lambda: c.run("sacctmgr", "-i", "delete", "user", "root", "account=doomed").returncode == 0, 20, "the end in slurmdbd")
