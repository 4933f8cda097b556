# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""sacctmgr on slurmdbd alone: the introduction's session with prompts at a terminal, rights, storage, dump and load."""
import datetime, json, os, pty, select, shlex, subprocess

import pytest

from harness import wait_until
from test_accounting import Daemon


class Accounts(Daemon):
    def told(self, line, code=0):
        """Both streams of a command."""
        r = self.run(*shlex.split(line), timeout=60)
        assert r.returncode == code, f"{line}: exit code {r.returncode}\n{r.stdout}{r.stderr}"
        return r.stdout + r.stderr

    def as_user(self, user, line):
        """Exit code and both streams of a command of another user."""
        words = shlex.split(line)
        r = subprocess.run(["setpriv", f"--reuid={user}", "--clear-groups", self.exe(words[0]), *words[1:]],
                           env=self.env(), capture_output=True, text=True, timeout=60, cwd="/")
        return r.returncode, r.stdout + r.stderr


def at_terminal(c, line, answer):
    """What a person sees who types the line, and the answer when asked; and the exit code."""
    words = shlex.split(line)
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(c.exe(words[0]), words, c.env())
    seen = b""
    while True:
        ready, _, _ = select.select([fd], [], [], 30)
        assert ready, f"nothing more came: {seen}"
        try:
            part = os.read(fd, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
        if b"(N/y): " in seen and answer:
            os.write(fd, answer.encode())
            answer = None
    _, status = os.waitpid(pid, 0)
    return seen.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


@pytest.fixture(scope="module")
def c():
    with Accounts(conf="NodeName=n1 CPUs=1\nPartitionName=main Nodes=n1") as daemon:
        daemon.start_dbd()
        daemon("sacctmgr -i add cluster mycluster")
        yield daemon


def test_what_a_new_database_holds(c):
    assert c("sacctmgr -n -P show qos format=name,priority").splitlines()[0] == "normal|0"
    assert c("sacctmgr -n -P show assoc where account=root format=account,user,share,qos") == "root||1|normal\nroot|root|1|normal\n"
    assert c("sacctmgr -n -P show user root format=user,defaultaccount,adminlevel") == "root|root|Administrator\n"


def test_the_session_of_the_introduction(c):
    question = "Would you like to commit changes? (You have 30 seconds to decide)\n(N/y): "
    for line, told in (
            ("sacctmgr add account research_lab cluster=mycluster fairshare=40", " Settings\n  Fairshare     = 40\n"),
            ("sacctmgr add user alice account=research_lab defaultaccount=research_lab",
             " Adding User(s)\n  alice\n Settings\n  Default Account = research_lab\n"),
            ("sacctmgr add qos gpu_priority MaxTRESPerUser=cpu=256,gres/gpu=8 MaxWallDurationPerJob=48:00:00 Priority=100",
             " Adding QOS(s)\n  gpu_priority\n"),
            ("sacctmgr modify user alice set qos+=gpu_priority",
             " Modified user associations...\n  C = mycluster  A = research_lab         U = alice    \n")):
        seen, code = at_terminal(c, line, "y\n")
        assert code == 0 and told in seen and question in seen, seen
    assert c("sacctmgr -n -P show assoc where user=alice format=account,user,qos") == "research_lab|alice|gpu_priority,normal\n"
    assert c("sacctmgr -n -P show qos gpu_priority format=name,priority,maxtrespu,maxwall") == "gpu_priority|100|cpu=256,gres/gpu=8|2-00:00:00\n"


def test_no_means_no(c):
    seen, code = at_terminal(c, "sacctmgr add account never", "n\n")
    assert code == 0 and seen.endswith(" Changes Discarded\n")
    assert c("sacctmgr -n -P show account never") == ""


@pytest.mark.skipif(os.getuid() != 0, reason="other users are needed")
def test_only_those_who_may_change_what_is_there(c):
    sackd = c.spawn("sackd", [c.exe("sackd"), "-D"])  # proves who a user is
    wait_until(lambda: "serves" in open(f"{c.d}/log/sackd.out").read(), 10, "sackd serves")
    evil = (1, " error: Only admins/operators/coordinators can add accounts\n")
    assert c.as_user("games", "sacctmgr -i add account evil") == evil
    code, text = c.as_user("games", "sacctmgr dump mycluster file=/tmp/never.cfg")
    assert code == 1 and "does not have sufficient privileges to dump clusters" in text
    code, text = c.as_user("games", "sacctmgr dump mycluster")
    assert code == 1 and text.startswith(" No filename given, using ./mycluster.cfg.\n")
    c("sacctmgr -i add account phys")
    c("sacctmgr -i add user games account=phys")
    c("sacctmgr -i add coordinator account=phys names=games")
    assert c.as_user("games", "sacctmgr -i add user news account=phys")[0] == 0
    assert c.as_user("games", "sacctmgr -i modify user root set maxjobs=1")[0] == 1
    assert c.as_user("games", "sacctmgr -i add account evil") == evil
    code, text = c.as_user("games", "sacctmgr dump mycluster file=/tmp/never.cfg")
    assert code == 1 and "does not have sufficient privileges to dump clusters" in text
    c("sacctmgr -i modify user games set adminlevel=operator")
    assert c.as_user("games", "sacctmgr -i add account chem")[0] == 0
    sackd.terminate()
    assert sackd.wait(10) == 0


def test_what_is_stored_outlives_the_daemon(c):
    c("sacctmgr -i add qos kept priority=7 flags=denyonlimit")
    lists = ("sacctmgr -P show assoc", "sacctmgr -P show qos", "sacctmgr -P show user", "sacctmgr -P show transactions")
    before = [c(line) for line in lists]
    c.kill("slurmdbd", 9)
    c.start_dbd()
    assert [c(line) for line in lists] == before
    assert "Add QOS|root|kept\n" in c("sacctmgr -P show transactions format=action,actor,where")


def test_a_dump_is_loaded_again(c):
    c("sacctmgr -i add account lab2 Description='second lab' fairshare=4 maxjobs=5")
    c("sacctmgr -i add user news account=lab2 qos=+normal")
    c(f"sacctmgr dump mycluster file={c.d}/work/dump.cfg")
    assert "Account - 'lab2':Description='second lab':Organization='lab2':Fairshare=4:MaxJobs=5\n" in c.file("dump.cfg")
    shown = "sacctmgr -n -P show assoc format=account,user,share,maxjobs,qos"
    before = c(shown)
    c("sacctmgr -i delete account lab2")
    assert "lab2" not in c(shown)
    told = c(f"sacctmgr -i load {c.d}/work/dump.cfg")
    assert told.startswith("For cluster mycluster\nAccounts\n      Name ") and "\n      lab2           second lab                 lab2 " in told
    assert "\nUser Associations\n" in told and "\n      news       lab2 " in told and "Modified" not in told
    assert c(shown) == before
    assert c(f"sacctmgr -i load {c.d}/work/dump.cfg") == "For cluster mycluster\n Nothing new added.\n"
    bad = c.script("bad.cfg", "Cluster - 'mycluster'\nParent - 'nosuch'\nUser - 'x'\n")
    assert " You need to add this parent (nosuch) as a child before" in c.refused(f"sacctmgr -i load {bad}")[1]
    assert c(shown) == before
    anywhere = c.script("anywhere.cfg", "Parent - 'root'\nAccount - 'slip'\n")
    assert c.refused(f"sacctmgr -i load {anywhere}")[1] == " You need to specify a cluster name first with 'Cluster - $NAME' in your file\n"
    assert c(shown) == before
    c("sacctmgr -i add qos q\\'x")
    c(f"sacctmgr dump mycluster file={c.d}/work/dump.cfg")
    assert c(f"sacctmgr -i load {c.d}/work/dump.cfg") == "For cluster mycluster\n Nothing new added.\n"
    c("sacctmgr -i delete qos q\\'x")


def test_a_qos_comes_back_whole(c):
    c("sacctmgr -i add qos whole PreemptExemptTime=00:00:10 UsageFactor=0.5 LimitFactor=2 UsageThreshold=0.3 MinPrioThreshold=5 GrpJobsAccrue=4 preempt=normal")
    fields = "name,preemptexempttime,usagefactor,limitfactor,usagethreshold,minpriothreshold,grpjobsaccrue,preempt"
    before = c(f"sacctmgr -n -P show qos whole format={fields}")
    c(f"sacctmgr dump mycluster file={c.d}/work/whole.cfg")
    c("sacctmgr -i modify qos whole set LimitFactor=-1 GrpJobsAccrue=9")
    c(f"sacctmgr -i load {c.d}/work/whole.cfg")
    assert before == "whole|00:00:10|0.500000|2.000000|0.300000|5|4|normal\n" == c(f"sacctmgr -n -P show qos whole format={fields}")


def test_what_clusters_share(c):
    assert c("sacctmgr -i add resource name=ansys server=flex count=100 type=license cluster=mycluster allowed=40").startswith(" Adding Resource(s)\n  ansys@flex\n")
    assert c("sacctmgr -n -P show resource withclusters format=name,server,count,cluster,allowed,allocated") == "ansys|flex|100|mycluster|40|40\n"
    c("sacctmgr -i modify resource name=ansys set lastconsumed=30")
    consumed, updated = c("sacctmgr -n -P show resource format=lastconsumed,lastupdate").strip().split("|")
    assert consumed == "30" and abs(datetime.datetime.now() - datetime.datetime.fromisoformat(updated)).seconds < 60
    c("sacctmgr -i delete resource name=ansys")
    assert c("sacctmgr -n -P show resource withdeleted format=name,flags") == "ansys|Deleted\n" and c("sacctmgr -n show resource") == ""


def test_lists_as_json(c):
    def listed(entity):
        return json.loads(c(f"sacctmgr --json show {entity}"))
    qos, = [q for q in listed("qos")["qos"] if q["name"] == "normal"]
    assert qos["limits"]["max"]["active_jobs"]["count"] == {"set": False, "infinite": True, "number": 0}
    assert qos["usage_factor"] == {"set": True, "infinite": False, "number": 1.0} and qos["preempt"]["mode"] == ["DISABLED"]
    root, = [u for u in listed("user")["users"] if u["name"] == "root"]
    assert root["administrator_level"] == ["Administrator"] and root["associations"][0]["account"] == "root"
    assert listed("account")["accounts"][-1]["name"] == "root"
    assert {a["lineage"] for a in listed("assoc")["associations"] if a["account"] == "root"} == {"/", "/0-root/"}
    assert {t["type"] for t in listed("tres")["TRES"]} >= {"cpu", "mem", "node"} and listed("cluster")["clusters"][0]["name"] == "mycluster"
    assert listed("transactions")["transactions"][0]["action"] and listed("wckey")["errors"] == []
    assert c("sacctmgr --yaml show tres").startswith('---\n"TRES":\n')
    config = listed("config")["config"]
    assert config["slurm"]["AccountingStorageType"] == "accounting_storage/slurmdbd" and config["slurmdbd"]["DbdHost"]


def numbers_in(tree):
    """Every number of it, however deep."""
    if isinstance(tree, dict):
        return {n for value in tree.values() for n in numbers_in(value)}
    if isinstance(tree, list):
        return {n for value in tree for n in numbers_in(value)}
    return {tree} if isinstance(tree, (int, float)) and not isinstance(tree, bool) else set()


def test_json_has_every_limit(c):
    both = ["GrpJobs", "GrpJobsAccrue", "GrpSubmitJobs", "GrpTRES", "GrpTRESMins", "GrpTRESRunMins", "GrpWall", "MaxTRESPerJob",
            "MaxTRESPerNode", "MaxTRESMinsPerJob", "MaxWallDurationPerJob", "MinPrioThreshold", "Priority"]
    of_associations = both + ["MaxJobs", "MaxJobsAccrue", "MaxSubmitJobs", "Fairshare"]
    of_qos = both + ["MaxJobsPerUser", "MaxJobsPerAccount", "MaxJobsAccruePerUser", "MaxJobsAccruePerAccount", "MaxSubmitJobsPerUser",
                     "MaxSubmitJobsPerAccount", "MaxTRESPerUser", "MaxTRESPerAccount", "MaxTRESRunMinsPerUser", "MaxTRESRunMinsPerAccount",
                     "MinTRESPerJob", "UsageFactor", "UsageThreshold", "LimitFactor", "GraceTime", "PreemptExemptTime"]

    def settings(keys):
        values = {key: 70001 + i for i, key in enumerate(keys)}
        text = lambda k, v: f"{v // 3600}:{v % 3600 // 60:02}:{v % 60:02}" if k == "PreemptExemptTime" else v
        words = [f"{k}={'cpu=' if 'TRES' in k else ''}{text(k, v)}" for k, v in values.items()]
        return " ".join(words), set(values.values())

    words, wanted = settings(of_associations)
    c(f"sacctmgr -i add account limited {words}")
    c("sacctmgr -i add user limited account=limited")
    row, = json.loads(c("sacctmgr --json show assoc account=limited user="))["associations"][:1]
    assert wanted - numbers_in(row) == set()
    of_user = [a for a in json.loads(c("sacctmgr --json show assoc"))["associations"] if a["user"] == "limited"]
    assert {v for v in numbers_in(of_user) if 70000 < v < 80000}  # what it inherits
    words, wanted = settings(of_qos)
    c(f"sacctmgr -i add qos limited {words}")
    row, = [q for q in json.loads(c("sacctmgr --json show qos"))["qos"] if q["name"] == "limited"]
    assert wanted - numbers_in(row) == set()
    for entity in ("user", "account"):
        assert "limited" in c(f"sacctmgr --json show {entity} limited withassoc")
    c("sacctmgr -i delete user limited")
    c("sacctmgr -i delete account limited")
    c("sacctmgr -i delete qos limited")


def test_transactions_by_their_filters(c):
    c("sacctmgr -i add account filtered")
    c("sacctmgr -i add user backup account=filtered")
    shown = "sacctmgr -n -P show transactions format=action"
    assert c(f"{shown} account=filtered").splitlines() == ["Add Accounts", "Add Associations", "Add Associations"]
    assert c(f"{shown} user=backup").splitlines() == ["Add Users", "Add Associations"]
    assert c(f"{shown} start=now+1hour") == "" and c(f"{shown} actor=nobody") == ""
    assert c(f"sacctmgr -n -P show transactions withassoc user=backup action='Add Associations' format=user,account") == "backup|filtered\n"


def test_conditions_of_lists_choose_or_are_refused(c):
    for line in ("qos picky preemptmode=cancel", "account picked", "account below parent=picked", "user news account=picked qos=picky", "user mail account=below"):
        c(f"sacctmgr -i add {line}")
    def rows(words):
        return c(f"sacctmgr -n -P show {words}").splitlines()
    assert rows("assoc where qos=picky format=account,user") == ["picked|news"]
    assert rows("assoc where parent=picked format=account,user") == ["below|"]
    assert {"picked|", "below|"} <= set(rows("assoc where user= format=account,user")) and not [r for r in rows("assoc where user= format=user") if r]
    assert rows("account picked,below withassoc where user=news format=account,user") == ["below|", "picked|news"]
    assert rows("qos where preemptmode=cancel format=name") == ["picky"] and rows("qos where description=picky format=name") == ["picky"]
    assert rows("tres where type=fs") == ["fs|disk|6"] and rows("tres where type=gres") == [] and rows("tres where id=1,2") == ["cpu||1", "mem||2"]
    assert rows("cluster where classification=none format=cluster") == ["mycluster"] == rows("cluster where rpc=0 format=cluster")
    assert rows("-i user where qos=picky format=user") == ["news"] and rows("wckey where user=news") == []
    seen, code = at_terminal(c, "sacctmgr show user where account=picked", "n\n")
    assert "only valid when querying with the withassoc option." in seen and "Aborted" in seen and code == 0
    assert c.told("sacctmgr show assoc where qos=nosuch", 1).startswith("sacctmgr: error: You gave a bad qos 'nosuch'. Valid QOS's are normal,")
    assert "Unknown condition: preempt=high" in c.told("sacctmgr show qos where preempt=high", 1)
    assert "bad action 'addusers'" in c.told("sacctmgr show transactions where action=addusers", 1)
    assert "Valid events are Cluster and Node." in c.told("sacctmgr show events where event=foo", 1)
    c("sacctmgr -i modify user where name=news account=picked set maxjobs=7 maxwall=1:00:00 grptres=cpu=4,node=2")
    for limit in ("maxjobs=7", "maxjobs=3,7", "maxwall=60", "grptres=node=2", "grpcpus=4"):
        assert rows(f"assoc where {limit} format=account,user") == ["picked|news"], limit
    assert "picked|news" not in rows("assoc where maxjobs=-1 format=account,user") and rows("assoc where maxjobs=6") == []
    assert " Bad value for maxjobs: x" in c.told("sacctmgr show assoc where maxjobs=x", 1)
    assert rows("user news withassoc wolimits where account=picked") == ["news|phys|None|mycluster|picked|"]
    assert c("sacctmgr -P show assoc wolimits").splitlines()[0] == "Cluster|Account|User|Partition"
    c("sacctmgr -i delete user news,mail")
    c("sacctmgr -i delete account picked")


def test_federations_classification_and_coordinators_below(c):
    c("sacctmgr -i add federation fed clusters=mycluster")
    c("sacctmgr -i modify cluster mycluster set classification=capacity features=a,b")
    assert c("sacctmgr -n -P show federation") == "fed|mycluster|1|a,b|ACTIVE\n"
    assert c("sacctmgr -n -P show federation tree") == "fed||||\n|mycluster|1|a,b|ACTIVE\n"
    assert c("sacctmgr -n -P show cluster withfed format=cluster,federation,class") == "mycluster|fed|Capacity\n"
    assert json.loads(c("sacctmgr --json show federation"))["federations"][0]["clusters"][0]["name"] == "mycluster"
    c("sacctmgr -i delete federation fed")
    assert c("sacctmgr -n show federation") == ""
    for line in ("account up", "account down parent=up", "user backup account=up", "coordinator account=up names=backup"):
        c(f"sacctmgr -i add {line}")
    assert c("sacctmgr -n -P show user backup withcoord format=user,coord") == "backup|down,up\n"
    assert c("sacctmgr -n -P show account down withcoord format=account,coord") == "down|backup\n"


def test_a_file_is_loaded_whole_or_not_at_all(c, tmp_path):
    file = tmp_path / "accounts.cfg"
    file.write_text("Cluster - 'mycluster'\nParent - 'root'\nAccount - 'fine'\nParent - 'fine'\nUser - 'news':QOS='nosuch'\n")
    assert " Problem with line(5)\n" in c.told(f"sacctmgr -i load {file}", 1)
    assert c("sacctmgr -n show account fine") == ""
    file.write_text("Cluster - 'mycluster':QOS='normal'\nParent - 'root'\nAccount - 'only'\nParent - 'only'\nUser - 'news'\n")
    c(f"sacctmgr -i load clean file={file}")
    assert c("sacctmgr -n -P show assoc format=account,user") == "root|\nroot|root\nonly|\nonly|news\n"


def test_a_file_of_thousands_is_loaded(c, tmp_path):
    lines = ["Cluster - 'mycluster':QOS='normal'", "Parent - 'root'"]
    lines += [f"Account - 'many{i:04}':Description='d':Organization='o'" for i in range(1000)]
    for i in range(1000):
        lines += [f"Parent - 'many{i:04}'"] + [f"User - 'u{i * 4 + k:04}':DefaultAccount='many{i:04}':Fairshare={k + 1}" for k in range(4)]
    file = tmp_path / "many.cfg"
    file.write_text("\n".join(lines) + "\n")
    for changed in (True, False):
        told = c(f"sacctmgr -i load {file}", timeout=60)
        assert ("Nothing new added" in told) != changed
    assert c("sacctmgr -n -P show assoc format=user,share user=u3999") == "u3999|4\n"
    assert len(c("sacctmgr -n -P show assoc format=user account=many0500").splitlines()) == 5
    (tmp_path / "few.cfg").write_text("Cluster - 'mycluster':QOS='normal'\nParent - 'root'\n")
    c(f"sacctmgr -i load clean file={tmp_path}/few.cfg", timeout=60)


def test_all_of_them_is_asked_about(c):
    seen, code = at_terminal(c, "sacctmgr modify user set maxjobs=3", "n\n")
    assert "You didn't set any conditions with 'WHERE'." in seen and "Aborted" in seen and code == 0


def test_words_that_are_wrong(c):
    assert c.told("sacctmgr bogus", 1) == "invalid keyword: bogus\n"
    assert c.told("sacctmgr -i modify qos normal set bogus=60", 1) == " Unknown option: bogus=60\n Use keyword 'where' to modify condition\n"
    assert c.told("sacctmgr show bogus", 1).startswith("No valid entity in list command\n")
