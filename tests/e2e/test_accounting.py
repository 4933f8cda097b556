# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""slurmdbd on SQLite and on MariaDB: its start, its refusals, and what sacct tells of jobs."""
import datetime, json
import os, re, shutil, sqlite3, subprocess

import pytest

from harness import Cluster, let_pass, wait_until


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


# ---- jobs

def told(c, options="", fields="JobID,State,ExitCode"):
    """What sacct says, a list of fields a line."""
    return [line.split("|") for line in c(f"sacct -n -P -a -o {fields} {options}", code=None).splitlines()]


def wait_told(c, options, wanted, seconds=30, fields="JobID,State,ExitCode"):
    """Until sacct says just this."""
    got = []

    def same():
        got[:] = told(c, options, fields)
        return got == wanted
    try:
        wait_until(same, seconds, f"sacct {options}")
    except AssertionError:
        assert got == wanted


@pytest.fixture(scope="module")
def accounted():
    with AccountingCluster(nodes=2, conf="KillWait=1\nAccountingStoreFlags=job_script,job_env,job_comment\n"
                           "JobCompType=jobcomp/filetxt\nJobCompLoc=@DIR@/work/jobcomp.txt") as c:
        yield c


def test_a_job_that_gives_a_node_back_has_a_row_for_each_size(accounted):
    c = accounted
    job = c.submit("-N2 -n2 -t 5", "srun -n2 -m cyclic:block sleep 300")
    wait_until(lambda: told(c, f"-j {job}.0", "State") == [["RUNNING"]], 20, "its step")
    c(f"scontrol update JobId={job} NumNodes=1")
    fields = "JobID,State,NNodes,NodeList,Layout"
    wait_told(c, f"-j {job}", [
        [job, "RESIZING", "2", "n[1-2]", ""], [f"{job}.batch", "RESIZING", "1", "n1", "Unknown"], [f"{job}.0", "RESIZING", "2", "n[1-2]", "CBlock"],
        [job, "RUNNING", "1", "n1", ""], [f"{job}.batch", "RUNNING", "1", "n1", "Unknown"], [f"{job}.0", "RUNNING", "1", "n1", "CBlock"]], fields=fields)
    c(f"scancel {job}")
    c.wait_end(job)
    wait_told(c, f"-X -j {job}", [[job, "RESIZING", "n[1-2]"], [job, "CANCELLED by 0", "n1"]], fields="JobID,State,NodeList")
    first, last = told(c, f"-X -D -j {job}", "Start,End")
    assert first[1] == last[0]


def test_a_job_with_its_script_and_steps(accounted):
    c = accounted
    good = c.submit("-J good -n2", "srun -J inner true")
    bad = c.submit("-J bad", "exit 3")
    c.wait_end(good), c.wait_end(bad)
    wait_told(c, f"-j {good},{bad}", [[good, "good", "COMPLETED", "0:0", ""], [f"{good}.batch", "batch", "COMPLETED", "0:0", "1"],
                                      [f"{good}.0", "inner", "COMPLETED", "0:0", "2"], [bad, "bad", "FAILED", "3:0", ""],
                                      [f"{bad}.batch", "batch", "FAILED", "3:0", "1"]], fields="JobID,JobName,State,ExitCode,NTasks")
    assert told(c, f"-X -j {bad}") == [[bad, "FAILED", "3:0"]]
    assert told(c, f"-j {good}.0") == [[f"{good}.0", "COMPLETED", "0:0"]]
    assert told(c, f"-X --name=bad -s F -S now-1hours -E now+1hours", "JobName") == [["bad"]]
    assert told(c, "-X -S 2020-01-01 -E 2020-01-02") == []
    job, = json.loads(c(f"sacct --json -j {good}"))["jobs"]
    assert (job["job_id"], job["name"], job["state"]["current"]) == (int(good), "good", ["COMPLETED"])
    assert [step["step"]["name"] for step in job["steps"]] == ["batch", "inner"]
    assert {"type": "node", "name": "", "id": 4, "count": 1} in job["tres"]["allocated"]
    assert c(f"sacct -B -j {good}").splitlines()[0] == f"Batch Script for {good}" and "srun -J inner true" in c(f"sacct -B -j {good}")
    assert "\nPATH=" in c(f"sacct --env-vars -j {good}")
    assert told(c, f"-j {good}.0", "SubmitLine") == [["srun -J inner true"]]
    (flags,), = told(c, f"-X -j {good}", "Flags")
    assert re.fullmatch("Sched(Submit|Main|Backfill),StartReceived", flags)
    assert told(c, f"-X -j {good} -F {flags.split(',')[0]}", "JobID") == [[good]]
    assert c.run("sacct", "-F", "nonsense").stderr == "sacct: fatal: Unknown job flag: nonsense\n"
    assoc, = told(c, f"-X -j {good}", "AssocID")
    assert told(c, f"-X -j {good}", "QOSRAW,WCKeyID") == [["1", "0"]]
    assert told(c, f"-X -j {good} -x {assoc[0]}", "JobID") == [[good]] and told(c, f"-X -j {good} -x 9999", "JobID") == []
    sluid, = told(c, f"-X -j {good}", "SLUID")
    assert told(c, f"-X -j {sluid[0]}", "JobID") == [[good]]
    assert c(f"sacctmgr -i modify job where jobid={good} set comment=fine derivedexitcode=1:0").startswith(f" Modified jobs...\n  {good} submitted at")
    assert told(c, f"-X -j {good}", "Comment,DerivedExitCode") == [["fine", "1:0"]]


def test_a_line_for_each_job_that_is_over(accounted):
    c = accounted
    job = c.submit("-J told -n2 -t 5", "exit 4")
    c.wait_end(job)
    path = f"{c.d}/work/jobcomp.txt"
    wait_until(lambda: os.path.exists(path) and f"JobId={job} " in open(path).read(), 20, "its line")
    line, = [line for line in open(path) if line.startswith(f"JobId={job} ")]
    assert re.match(rf"JobId={job} UserId=\S+\(\d+\) GroupId=\S+\(\d+\) Name=told JobState=FAILED Partition=main TimeLimit=5 StartTime=\S+ EndTime=\S+ NodeList=n1 "
                    r"NodeCnt=1 ProcCnt=2 WorkDir=\S+ ReservationName= Tres=\S+ Account=\S+ QOS=\S+ WcKey= Cluster=e2e SubmitTime=\S+ EligibleTime=\S+ "
                    r"DerivedExitCode=0:0 ExitCode=4:0 \n$", line), line
    assert c(f"sacct -c -n -P -j {job} -o JobID,JobName,State,ExitCode") == f"{job}|told|FAILED|4:0\n"
    assert c(f"sacct -c -n -P -j {job} -s CD") == "" and c(f"sacct -c -n -P -S now+1hour -E now+2hours") == ""
    shutil.copy(path, f"{c.d}/work/kept.txt")
    assert c(f"sacct -f kept.txt -n -P -j {job} -o JobID,State") == f"{job}|FAILED\n"
    assert [one["name"] for one in json.loads(c(f"sacct -c --json -j {job}"))["jobs"]] == ["told"]
    assert c("sacct -c -e") == c("sacct -e")


def test_file_names_are_shown_as_written_or_filled_in(accounted):
    c = accounted
    job = c.submit("-J named --array=3 -o out_%A_%a_%x.txt -e %j.err")
    wait_told(c, f"-X -j {job}", [[f"{job}_3", "COMPLETED", "0:0"]])
    work = f"{c.d}/work"
    assert told(c, f"-X -j {job}", "StdOut,StdErr,StdIn") == [[f"{work}/out_%A_%a_%x.txt", "%j.err", "/dev/null"]]
    assert told(c, f"-X -j {job} --expand-patterns", "StdOut,StdErr,StdIn") == [[f"{work}/out_{job}_3_named.txt", f"{work}/{job}.err", "/dev/null"]]


def test_what_held_a_job_back_last(accounted):
    c = accounted
    first = c.submit("-J first", "sleep 1")
    behind = c.submit(f"-J behind --dependency=afterany:{first}")
    held = c.submit("-J held -H")
    given_up = c.submit("-J given_up --begin=now+1hour")
    c.wait_state(held, "PENDING")
    wait_until(lambda: c.shown(given_up, "%r") == "BeginTime" and c.shown(held, "%r") == "JobHeldUser", 20, "their reasons")
    c(f"scancel {given_up}")
    c(f"scontrol release {held}")
    for job in (behind, held):
        c.wait_end(job)
    wait_told(c, f"-X -j {first},{behind},{held},{given_up}", [[first, "None"], [behind, "Dependency"], [held, "JobHeldUser"], [given_up, "BeginTime"]],
              fields="JobID,Reason")
    assert told(c, f"-X -j {first},{held} -R JobHeldUser", "JobID") == [[held]]


def test_a_qos_that_jobs_have_is_deleted_with_a_word_and_they_wait(accounted):
    c = accounted
    c("sacctmgr -i add qos passing")
    c("sacctmgr -i modify user root set qos+=passing")
    job = c.submit("--qos=passing -H")
    wait_told(c, f"-X -j {job}", [[job, "passing"]], fields="JobID,QOS")
    gone = c.run("sacctmgr", "-i", "delete", "qos", "passing")
    assert gone.returncode == 0 and gone.stdout == " Deleting QOS(s)...\n  passing\n"
    assert "QOS = passing    C = e2e        Running = 0      Pending = 1\n" in gone.stderr
    c(f"scancel {job}")


def test_a_cluster_that_is_deleted_and_added_knows_its_controller_again(accounted):
    c = accounted
    rows = lambda: c("sacctmgr -n -P show cluster format=cluster,controlhost,controlport,tres,nodenames")
    before = rows()
    assert before.startswith("e2e|127.0.0.1|") and "|cpu=8," in before and before.endswith("|n[1-2]\n")
    c("sacctmgr -i delete cluster e2e")
    assert rows() == ""
    c("sacctmgr -i add cluster e2e")
    wait_until(lambda: rows() == before, 20, "the controller of the cluster")
    assert c("sacctmgr ping") == "slurmdbd(primary) at 127.0.0.1 is UP\n"


def test_what_happened_to_nodes_and_clusters(accounted):
    c = accounted
    cluster = c("sacctmgr -n -P show event event=cluster format=cluster,node,reason").splitlines()
    assert cluster[-1].endswith("||Cluster Registered TRES")
    c("scontrol create reservation=lab starttime=now duration=10 users=root nodes=n1 flags=ignore_jobs,daily")
    wait_until(lambda: "|lab|cpu=" in c("sacctmgr -n -P show reservation"), 20, "the reservation")
    assert c("sreport -n -P reservation utilization end=now+1hour").split("|")[:2] == ["e2e", "lab"]
    name, assocs, flags = c("sacctmgr -n -P show reservation format=name,assoc,flags").splitlines()[0].split("|")
    assert name == "lab" and assocs in c("sacctmgr -n -P show assoc where user=root format=id").split() and "DAILY" in flags
    assert len(c("sacctmgr -n -P show reservation format=start").splitlines()) == 2, "today's, and the next"
    c("scontrol delete reservation=lab")
    c("scontrol update NodeName=n2 State=DRAIN Reason=fan")

    def seen():
        return c("sacctmgr -n -P show event event=node format=node,state,reason,user").splitlines()
    wait_until(lambda: seen() == ["n2|DRAIN|fan|root(0)"], 20, "the event")
    assert c("sacctmgr -n -P show event condflags=open event=node format=node,event") == "n2|Node\n"
    assert c("sacctmgr -n -P show event states=drain format=node") == "n2\n" and c("sacctmgr -n -P show event states=down") == ""
    c("scontrol update NodeName=n2 State=RESUME")
    wait_until(lambda: "Unknown" not in c("sacctmgr -n -P show event nodes=n2 format=end"), 20, "its end")


def test_a_job_that_waits_runs_and_is_cancelled(accounted):
    c = accounted
    held = c.submit("--hold -J held")
    runs = c.submit("-J runs", "sleep 600")
    c.wait_state(runs, "RUNNING")
    wait_told(c, f"-X -j {held},{runs}", [[held, "PENDING", "Unknown", "0"], [runs, "RUNNING", "Unknown", "1"]], fields="JobID,State,End,AllocNodes")
    c(f"scancel {held} {runs}")
    c.wait_end(runs)
    uid = os.getuid()
    wait_told(c, f"-X -j {held},{runs}", [[held, f"CANCELLED by {uid}"], [runs, f"CANCELLED by {uid}"]], fields="JobID,State")
    wait_told(c, f"-j {runs}.batch", [[f"{runs}.batch", "CANCELLED", "0:15"]])


def test_tasks_of_an_array_and_a_requeued_job(accounted):
    c = accounted
    array = c.submit("--array=1-3")
    wait_told(c, f"-X -j {array}", [[f"{array}_{i}", "COMPLETED", "0:0"] for i in (1, 2, 3)])
    assert told(c, f"-X -j {array}_2", "JobID") == [[f"{array}_2"]]
    job = c.submit("", "sleep 600")
    c.wait_state(job, "RUNNING")
    c(f"scontrol requeuehold {job}")
    wait_told(c, f"-X -D -j {job}", [["REQUEUED"], ["PENDING"]], fields="State")
    c(f"scancel {job}")


def test_the_time_that_a_job_is_suspended_is_not_its(accounted):
    c = accounted
    job = c.submit("-J stands", "sleep 4")
    c.wait_state(job, "RUNNING")
    c(f"scontrol suspend {job}")
    wait_told(c, f"-X -j {job}", [[job, "SUSPENDED", "0:0"]])
    assert told(c, f"-j {job}", "State") == [["SUSPENDED"], ["SUSPENDED"]]
    let_pass(2)
    c(f"scontrol resume {job}")
    c.wait_end(job)
    wait_told(c, f"-X -j {job}", [[job, "COMPLETED", "0:0"]])
    start, end, suspended, elapsed = told(c, f"-X -j {job}", "Start,End,Suspended,ElapsedRaw")[0]
    whole = (datetime.datetime.fromisoformat(end) - datetime.datetime.fromisoformat(start)).seconds
    away = int(suspended[-2:])
    assert away >= 2 and int(elapsed) == whole - away
    step_start, step_end, step_elapsed = told(c, f"-j {job}.batch", "Start,End,ElapsedRaw")[0]
    of_step = (datetime.datetime.fromisoformat(step_end) - datetime.datetime.fromisoformat(step_start)).seconds
    assert int(step_elapsed) == of_step - away
    late = (datetime.datetime.fromisoformat(end) - datetime.timedelta(seconds=2)).isoformat()
    assert told(c, f"-X -T -j {job} -S {late} -E {end}", "Start,ElapsedRaw") == [[late, "2"]]
    assert told(c, f"-X -s S --name=stands -S {start} -E {end}", "JobID") == [[job]]
    assert told(c, f"-X -s S --name=stands -S {late} -E {end}", "JobID") == []
    rows = c("sreport -n -P -t seconds user topusage start=now-1hour end=now+1hour").splitlines()
    used = sum(int(line) for line in c("sacct -a -D -n -P -X -o CPUTimeRAW").split())
    assert int(rows[0].split("|")[4]) == used


def test_what_accounting_shares_out_is_a_licence(accounted):
    c = accounted
    c("sacctmgr -i add resource name=ansys server=flex count=10 type=license cluster=e2e allowed=50")
    wait_until(lambda: "LicenseName=ansys@flex" in c("scontrol show licenses"), 10, "slurmctld has it as a licence")
    job = c.submit("-L ansys@flex:2", "sleep 600")
    c.wait_state(job, "RUNNING")
    assert "Total=5 Used=2 Free=3 Reserved=0 Remote=yes" in c("scontrol show licenses ansys@flex")
    assert c.run("sbatch", "-L", "ansys", "--wrap=true").returncode == 1
    c("sacctmgr -i modify resource name=ansys set lastconsumed=9")  # 7 of others, and 5 of the 10 are not ours
    wait_until(lambda: "Total=5 Used=2 Free=1 " in c("scontrol show licenses ansys@flex"), 10, "what others have is not free")
    assert re.search(r"\n    LastConsumed=9 LastDeficit=2 LastUpdate=20\d\d-", c("scontrol show licenses ansys@flex"))
    row, = [one for one in json.loads(c("scontrol --json show lic"))["licenses"] if one["LicenseName"] == "ansys@flex"]
    assert (row["Free"], row["LastConsumed"], row["LastDeficit"], row["LastUpdate"] > 0) == (1, 9, 2, True)
    waits = c.submit("-L ansys@flex:2")
    wait_until(lambda: c.shown(waits, "%r") == "Licenses", 10, "its reason")
    assert "2 in use outside the cluster" in c(f"scontrol explain job {waits}")
    c("sacctmgr -i modify resource name=ansys set lastconsumed=3")
    c.wait_end(waits)
    c(f"scancel {job}")
    c("sacctmgr -i delete resource name=ansys")


def test_the_audit_trail_tells_who_did_what_and_shows_what_was_changed(accounted):
    c = accounted
    def verify():
        return c.run("slurmdbd", "--verify-audit")
    def trail():
        with sqlite3.connect(database) as db:
            return db.execute("select action, target, uid, origin, value_after, value_before from audit order by number").fetchall()
    database = next(line.split("=", 1)[1].strip() for line in open(f"{c.d}/etc/slurmdbd.conf") if line.startswith("StorageLoc="))
    c("sacctmgr -i add qos audited")
    c("scontrol update nodename=n2 state=drain reason=looked_at")
    wait_until(lambda: any(row[1] == "node n2" for row in trail()), 20, "the order about the node is in the trail")
    c("scontrol update nodename=n2 state=resume")
    assert ("Add QOS", 0, "127.0.0.1") in [(row[0], row[2], row[3]) for row in trail()]
    asked_from = ("local", "127.0.0.1")
    action, target, uid, origin = next(row for row in trail() if row[1] == "node n2")[:4]
    assert (action, target, uid) == ("update node", "node n2", 0) and origin in asked_from
    job = c.submit("--hold --comment=old")
    c(f"scontrol update JobId={job} Comment=new TimeLimit=7")
    wait_until(lambda: any(row[:2] == ("update job", f"job {job}") for row in trail()), 20, "the change of the job is in the trail")
    row = next(row for row in trail() if row[:2] == ("update job", f"job {job}"))
    assert row[2] == os.getuid() and row[3] in asked_from and "=new" in row[4] and "=old" in row[5]
    wait_told(c, f"-X -j {job}", [["new", "00:07:00"]], fields="Comment,Timelimit")
    partition = c("sinfo -h -o %R").split()[0]
    c(f"scontrol update PartitionName={partition} MaxTime=1-0")
    c(f"scontrol create reservation ReservationName=audit Users=root StartTime=now+1hour Duration=5 Nodes=n2")
    c("scontrol delete ReservationName=audit")
    orders = [("update partition", f"partition {partition}"), ("create reservation", "reservation audit"), ("delete reservation", "reservation audit")]
    wait_until(lambda: set(orders) <= {row[:2] for row in trail()}, 20, "the orders about partition and reservation are in the trail")
    assert {row[2] for row in trail() if row[:2] in orders} == {0} and {row[3] for row in trail() if row[:2] in orders} <= set(asked_from)
    c(f"scancel {job}")
    assert verify().returncode == 0
    with sqlite3.connect(database) as db:
        number, = db.execute("select number from audit where target = 'node n2' order by number").fetchone()
        db.execute("update audit set uid = 1000 where number = ?", (number,))
    found = verify()
    assert found.returncode == 1 and f"record {number} (" in found.stdout and "was changed" in found.stdout
    with sqlite3.connect(database) as db:
        db.execute("update audit set uid = 0 where number = ?", (number,))
    assert verify().returncode == 0


def test_no_job_that_slurmctld_knows_is_a_runaway(accounted):
    c = accounted
    job = c.submit("-J there", "sleep 100")
    wait_told(c, f"-X -j {job}", [[job, "RUNNING", "0:0"]])
    c(f"sacctmgr -i modify job where jobid={job} set comment=watched")
    assert c("sacctmgr show runawayjobs") == "Runaway Jobs: No runaway jobs found on cluster e2e\n"
    assert json.loads(c("sacctmgr --json show runawayjobs"))["jobs"] == []
    c(f"scancel {job}")
    c.wait_end(job)
    wait_told(c, f"-X -j {job}", [[job, "CANCELLED by 0", "watched"]], fields="JobID,State,Comment")


def test_how_it_prints(accounted):
    c = accounted
    job = c.submit("-J a_name_too_long_for_it")
    c.wait_end(job)
    wait_told(c, f"-X -j {job}", [[job, "COMPLETED", "0:0"]])
    lines = c(f"sacct -X -j {job} -o JobID,JobName,State%-12,ExitCode").splitlines()
    assert lines[0] == "JobID           JobName State        ExitCode "
    assert lines[1] == "------------ ---------- ------------ -------- "
    assert lines[2] == f"{job:<12} a_name_to+ COMPLETED         0:0 "
    assert c(f"sacct -X -j {job} -p --delimiter=; -n -o JobID,State") == f"{job};COMPLETED;\n"
    assert c(f"sacct -X -j {job} -b -n -P") == f"{job}|COMPLETED|0:0\n"
    assert c.refused("sacct -o nosuchfield") == (1, 'sacct: error: Invalid field requested: "nosuchfield"\n')
    assert c.refused("sacct -s bogus") == (1, "sacct: fatal: unrecognized job state value 'bogus'\n")
    assert c.refused("sacct -S bogus") == (1, "Invalid time specification (pos=0): bogus\n")
    assert "TRESUsageOutTot     UID" in c("sacct -e")


def test_slurmdbd_is_away_and_comes():
    with AccountingCluster(nodes=1, cpus=8) as c:
        c.kill("slurmdbd")
        jobs = [c.submit("-J away") for _ in range(20)]
        for job in jobs:
            c.wait_end(job)
        assert c.run("sacct", "-n", "-P").returncode == 1
        c.restart_dbd()
        wait_told(c, "-X --name=away", [[job, "COMPLETED", "0:0"] for job in jobs])
        c.kill("slurmctld")
        c.restart_ctld()
        last = c.submit("-J after")
        c.wait_end(last)
        wait_told(c, "-X", [[job, "COMPLETED", "0:0"] for job in [*jobs, last]])


def test_jobs_from_before_the_records_are_told_when_slurmctld_starts():
    """As when accounting is switched on for a cluster that has jobs, or its records are lost."""
    with AccountingCluster(nodes=1) as c:
        job = c.submit("-J before")
        c.wait_end(job)
        c.kill("slurmctld"), c.kill("slurmdbd")
        shutil.rmtree(f"{c.d}/state/accounting")
        for file in os.listdir(f"{c.d}/etc"):
            for line in open(f"{c.d}/etc/{file}") if file == "slurmdbd.conf" else ():
                if line.startswith("StorageLoc="):
                    os.remove(line.split("=", 1)[1].strip())
        c.restart_dbd()
        c.restart_ctld()
        after = c.submit("-J after")
        c.wait_end(after)
        wait_told(c, "-X", [[job, "COMPLETED", "0:0"], [after, "COMPLETED", "0:0"]])


def test_every_job_once_although_all_of_it_is_killed():
    if not shutil.which("mariadbd"):
        pytest.skip("no mariadbd here: ./dev deps")
    with AccountingCluster(dbd="mariadb", nodes=1, cpus=16) as c:
        jobs = []
        for round in range(6):
            jobs += [c.submit(f"-J r{round}", f"exit {i}") for i in range(6)]
            victim = ("slurmdbd", "mariadbd", "slurmctld")[round % 3]
            c.kill(victim)
            jobs += [c.submit(f"-J r{round}", f"exit {i}") for i in range(6)] if victim != "slurmctld" else []
            dict(slurmdbd=c.restart_dbd, mariadbd=c.start_db, slurmctld=c.restart_ctld)[victim]()
        for job in jobs:
            c.wait_end(job)
        wanted = sorted((int(job) for job in jobs))
        wait_until(lambda: sorted(int(line[0]) for line in told(c, "-X -D") if line[1] in ("COMPLETED", "FAILED")) == wanted, 60, "every job once")
        steps = [line[0] for line in told(c, "-D") if ".batch" in line[0]]
        assert sorted(steps) == sorted(f"{job}.batch" for job in jobs)


@both
def test_words_that_are_no_utf8_hold_up_nobody(storage):
    with AccountingCluster(dbd=storage, nodes=1) as c:
        c.script("job.sh", "true")
        odd = subprocess.run([c.exe("sbatch"), "--parsable", "-J", b"bad\xff\xfeutf", "job.sh"], env=c.env(), cwd=f"{c.d}/work", capture_output=True, check=True)
        for change in ([b"state=drain", b"reason=why \xe4 not"], [b"state=resume"]):
            subprocess.run([c.exe("scontrol"), "update", "nodename=n1", *change], env=c.env(), check=True)
        after = c.submit("-J after")
        wait_told(c, "-X", [[odd.stdout.decode().strip(), "COMPLETED", "0:0"], [after, "COMPLETED", "0:0"]])
        assert "why ? not" in c("sacctmgr -nP show event nodes=n1 format=reason")


def test_steps_and_jobs_that_are_not_wanted_are_not_recorded():
    with AccountingCluster(nodes=1, conf="AccountingStorageEnforce=NoSteps") as c:
        job = c.submit("", "srun true")
        assert c.wait_end(job) == "COMPLETED"
        wait_until(lambda: "COMPLETED" in c(f"sacct -n -X -j {job} -o state"), 20, "the job's record")
        assert c(f"sacct -n -P -j {job} -o jobid").split() == [job]
        c.kill("slurmctld", 15)
        with open(c.conf) as conf:
            text = conf.read().replace("AccountingStorageEnforce=NoSteps", "AccountingStorageEnforce=nojobs")
        with open(c.conf, "w") as conf:
            conf.write(text)
        c.restart_ctld()
        hidden = c.submit("", "true")
        assert c.wait_end(hidden) == "COMPLETED"
        assert c(f"sacct -n -X -j {hidden}") == ""
