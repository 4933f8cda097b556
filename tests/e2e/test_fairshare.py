# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Usage, fairshare and what shows them: sshare, sprio, sdiag, scontrol show assoc_mgr and licenses."""
import json

import pytest

from harness import wait_until
from test_limits import Accounted

CONF = """AccountingStorageEnforce=associations,limits,qos
AccountingStorageTRES=license/matlab
Licenses=matlab:10
PriorityWeightFairshare=1000
PriorityWeightAge=100
PriorityWeightQOS=500"""


@pytest.fixture(scope="module")
def c():
    with Accounted(nodes=1, cpus=4, conf=CONF) as cluster:
        cluster("sacctmgr -i add qos high Priority=100")
        cluster("sacctmgr -i add user daemon account=phys")
        cluster("sacctmgr -i modify user root set qos=normal,high")
        wait_until(lambda: cluster.run("sbatch", "--test-only", "--qos=high", "--wrap", "true").returncode == 0, 10, "QOS high")
        cluster("scontrol reconfigure")
        yield cluster


def shares(c):
    rows = [line.split("|") for line in c("sshare -a -n -P -o Account,User,RawUsage,FairShare").splitlines()]
    return {(account.strip(), user): (int(usage), fair) for account, user, usage, fair in rows}


def test_usage_counts_while_jobs_run_and_survives_a_crash(c):
    job = c.submit("-n4 -L matlab:3", body="sleep 600")
    c.wait_state(job, "RUNNING")
    wait_until(lambda: shares(c)["root", "root"][0] >= 8, 20, "usage of a job that runs")
    assert "Total=10 Used=3 Free=7" in c("scontrol show licenses")
    used = shares(c)["root", "root"][0]
    c.kill("slurmctld", 9)
    c.start_ctld()
    assert shares(c)["root", "root"][0] >= used
    assert shares(c)["root", ""][0] >= used
    c(f"scancel {job}")
    c.wait_end(job)
    after = shares(c)["root", "root"][0]
    assert after >= used
    c("scontrol reconfigure")  # shares are ranked anew
    ranked = shares(c)
    assert float(ranked["phys", "daemon"][1]) > float(ranked["root", "root"][1])
    text = c("sshare --explain root daemon")
    assert "account phys has more left of its shares" in text
    assert "stands above" in text


def test_sprio_sums_up(c):
    running = c.submit("-n4", body="sleep 600")
    c.wait_state(running, "RUNNING")
    plain = c.submit("-n4")
    high = c.submit("-n4 --qos=high")
    wait_until(lambda: len(c("sprio -h").splitlines()) == 2, 10, "two jobs with priorities")
    for line in c("sprio -h -o '%i|%Y|%S|%A|%B|%F|%J|%P|%Q|%N'").splitlines():
        job, total, *terms, nice = [int(word) for word in line.split("|")]
        assert total == sum(terms) - nice
        assert total == int(c(f"squeue -h -j {job} -o %Q"))
    assert [line.split()[0] for line in c("sprio -h -S -Y").splitlines()] == [str(high), str(plain)]
    assert "Waiting does not change that" in c(f"sprio --why {plain} {high}")
    assert c("sprio -w").splitlines()[1].split() == ["Weights", "1", "100", "1000", "500"]
    c(f"scancel {running} {plain} {high}")
    wait_until(lambda: not c("squeue -h").strip(), 30, "an empty queue")


def test_sshare_forms(c):
    assert c("sshare -U -u daemon -n -P -o account,user,rawshares") == "phys|daemon|1\n"
    assert c("sshare -A phys -n -P -o Account,User").splitlines() == ["phys|"]
    assert c.run("sshare", "-o", "bogus").returncode == 1
    told = json.loads(c("sshare -a --json"))["shares"]["shares"]
    assert {row["name"] for row in told} == {"root", "phys", "daemon"}
    assert "TRESRunMins" in c("sshare --helpformat")


def test_raw_usage_is_forgotten(c):
    assert shares(c)["root", "root"][0] > 0
    c("sacctmgr -i modify user root set RawUsage=0")
    wait_until(lambda: shares(c)["root", "root"][0] == 0, 10, "no usage")


def test_usage_stays_with_the_account_whoever_is_deleted(c):
    c("sacctmgr -i add account lab")
    c("sacctmgr -i add user root account=lab")
    wait_until(lambda: c.run("sbatch", "--test-only", "-A", "lab", "--wrap", "true").returncode == 0, 10, "the account")
    job = c.submit("-n4 -A lab", body="sleep 2")
    c.wait_end(job)
    used = shares(c)["lab", ""][0]
    number = "sacctmgr -nP show association where account=lab user=root format=id"
    before = c(number)
    assert used >= 4 and abs(shares(c)["lab", "root"][0] - used) <= 1
    wait_until(lambda: c.run("sacctmgr", "-i", "delete", "user", "root", "where", "account=lab").returncode == 0, 30, "its job to be over")
    wait_until(lambda: ("lab", "root") not in shares(c), 10, "the association to go")
    assert abs(shares(c)["lab", ""][0] - used) <= 1
    c("sacctmgr -i add user root account=lab")
    wait_until(lambda: ("lab", "root") in shares(c), 10, "the association to come back")
    assert c(number) == before
    c.kill("slurmctld", 9)
    c.start_ctld()
    assert shares(c)["lab", "root"][0] == 0 and abs(shares(c)["lab", ""][0] - used) <= 1


def test_sdiag_counts(c):
    before = json.loads(c("sdiag --json"))["statistics"]
    c.submit("--hold")
    after = json.loads(c("sdiag --json"))["statistics"]
    assert after["jobs_submitted"] == before["jobs_submitted"] + 1
    calls = {row["message_type"]: row["count"] for row in after["rpcs_by_message_type"]}
    assert calls["REQUEST_SUBMIT_BATCH_JOB"] >= 1
    assert "Remote Procedure Call statistics by user" in c("sdiag -i")
    assert c("sdiag -r") == "Reset scheduling statistics\n"
    assert "Jobs submitted: 0" in c("sdiag")
    c("scancel -u root")


def test_the_association_manager_shows_limits_and_use(c):
    text = c("scontrol show assoc_mgr flags=qos qos=high")
    assert "QOS=high(" in text and "GrpTRES=cpu=N(0)," in text
    assert "UserName=daemon(1)" in c("scontrol show assoc_mgr flags=users")
    text = c("scontrol show assoc_mgr flags=assoc accounts=phys")
    assert "Account=phys UserName=daemon(1)" in text and text.count("DefAssoc=Yes") == 1
