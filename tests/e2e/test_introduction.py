# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Every accounting command and the runbook of a published introduction to SLURM, typed as it is printed there, on the cluster that
it describes: mycluster, node[01-16] with eight GPUs each, user alice, job 12345.

SLURMXX_INTRODUCTION=FILE names the text, to see that no command of it is forgotten here.
"""
import os, pty, re, select, shlex, subprocess

import pytest

from harness import wait_until
from test_accounting import AccountingCluster

ACCOUNTS = (  # as root, in this order, answered with y
    "sacctmgr add cluster mycluster",
    "sacctmgr add account research_lab cluster=mycluster fairshare=40",
    "sacctmgr add user alice account=research_lab defaultaccount=research_lab",
    r"""sacctmgr add qos gpu_priority \
  MaxTRESPerUser=cpu=256,gres/gpu=8 \
  MaxWallDurationPerJob=48:00:00 \
  Priority=100""",
    "sacctmgr modify user alice set qos+=gpu_priority")
EFFICIENCY = r"""sacct -j 12345 \
  --format=JobID,CPUTime,CPUTimeRAW,AveCPU,MaxRSS,ReqMem,Elapsed \
  --units=G"""
OF_A_USER = r"""sacct -u alice \
  --starttime=$(date -d '30 days ago' +%Y-%m-%d) \
  --format=JobID,JobName,Account,QOS,Partition,NCPUS,NNodes,\
           ReqMem,MaxRSS,CPUTime,Elapsed,State,ExitCode \
  --units=G"""
UTILIZATION = r"""sreport cluster utilization \
  start=2024-01-01 end=2024-03-31 \
  -t hourper"""
WASTED = r"""sacct --format=JobID,ReqMem,MaxRSS,CPUTime,AveCPU \
  --state=COMPLETED \
  --starttime=2024-01-01 \
  | awk '$3 != 0 && ($3/$2) < 0.5 {print $0}'"""
DRAIN = 'scontrol update NodeName=node05 State=DRAIN Reason="scheduled maintenance"'
WHO_IS_THERE = "squeue -w node05"
DRAINED = "scontrol show node node05 | grep State"
RESUME = "scontrol update NodeName=node05 State=RESUME"
HOLD, RELEASE, REQUEUE = "scontrol hold 12345", "scontrol release 12345", "scontrol requeue 12345"
LINES = (*ACCOUNTS, EFFICIENCY, OF_A_USER, UTILIZATION, WASTED, DRAIN, WHO_IS_THERE, DRAINED, RESUME, HOLD, RELEASE, REQUEUE)

SCRIPT = """#!/bin/bash
#SBATCH --job-name=train_llm
#SBATCH --partition=gpu
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=8
#SBATCH --gres=gpu:a100:8
#SBATCH --mem=512G
#SBATCH --time=48:00:00
#SBATCH --account=research_lab
#SBATCH --qos=gpu_priority

module load cuda/12.2
srun python train.py --config config.yaml
"""
TRAIN = """import os, sys
if "SLURM_RESTART_COUNT" not in os.environ:
    os.execlp("sleep", "sleep", "600")
memory = b"x" * ((200 << 20) if os.environ["SLURM_PROCID"] == "0" else 0)
print(*sys.argv[1:], os.environ["SLURM_STEP_GPUS"])
os.system("sleep 2")
"""
NODES = "\n".join(f"NodeName=node{i:02} NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT{i}@ CPUs=64 RealMemory=600000 Gres=gpu:a100:8" for i in range(1, 17))
CONF = f"""FirstJobId=12345
KillWait=1
GresTypes=gpu
SelectTypeParameters=CR_Core_Memory
JobAcctGatherFrequency=1
PriorityWeightQOS=1000
AccountingStorageEnforce=associations,limits,qos
AccountingStorageTRES=gres/gpu
{NODES}
PartitionName=gpu Nodes=node[01-16] MaxTime=INFINITE DefaultTime=24:00:00 State=UP Default=YES
PartitionName=debug Nodes=node[01-02] MaxTime=1:00:00 State=UP"""


class Introduced(AccountingCluster):
    """The cluster of the text, its accounts made before slurmctld starts. self.session: what the person saw, by line."""

    def __init__(self):
        super().__init__(dbd=os.environ.get("SLURMXX_E2E_DBD", "sqlite"), nodes=16, cpus=64, conf=CONF)
        self.arguments.cluster_name = "mycluster"
        self.session = {}

    def write_conf(self, a):
        super().write_conf(a)
        others = [line for line in open("/etc/passwd") if not line.startswith("alice:")]
        with open(f"{self.d}/etc/passwd", "w") as out:
            out.writelines([*others, "alice:x:7001:100:alice:/tmp:/bin/sh\n"])
        with open(f"{self.d}/etc/gres.conf", "w") as out:
            out.write("NodeName=node[01-16] Name=gpu Type=a100 Count=8\n")

    def knowing_alice(self, *argv):
        return ["unshare", "--mount", "sh", "-c", f'mount --bind {self.d}/etc/passwd /etc/passwd && exec "$@"', "sh", self.exe(argv[0]), *argv[1:]]

    def run(self, *argv, **kw):
        return super().run(*self.knowing_alice(*argv), **kw)

    def spawn(self, key, argv):
        return super().spawn(key, self.knowing_alice(*argv))

    def start_dbd(self):
        super().start_dbd()
        self.session = {line: self.at_terminal(line) for line in ACCOUNTS}

    def start_slurmd(self, i):
        self.spawn(f"slurmd.n{i}", [self.exe("slurmd"), "-D", "-f", self.conf, "-N", f"node{i:02}"])

    def typed(self, line):
        """What a line prints when it is typed into a shell that gives it to its tools."""
        r = self.run("bash", "-c", line)
        assert (r.returncode, r.stderr) == (0, ""), f"{line}: exit code {r.returncode}\n{r.stderr}"
        return r.stdout

    def at_terminal(self, line, answer=b"y\n"):
        """What a person sees who types the line, and answers when asked; and the exit code."""
        argv = self.knowing_alice("bash", "-c", line)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe(argv[0], argv, self.env())
        seen = b""
        while part := read(terminal):
            seen += part
            if b"(N/y): " in seen and answer:
                os.write(terminal, answer)
                answer = None
        os.close(terminal)
        return seen.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def by_alice(self, *argv):
        path = f"PATH={self.d}/work/bin:{self.env()['PATH']}"
        r = self.run("setpriv", "--reuid=alice", "--regid=100", "--clear-groups", "env", path, *argv)
        assert r.returncode == 0, r.stderr
        return r.stdout


def read(terminal):
    ready, _, _ = select.select([terminal], [], [], 30)
    assert ready, "nothing more came"
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""


@pytest.fixture(scope="module")
def c():
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("user alice is one of a private /etc/passwd, and nothing can be mounted here")
    with Introduced() as cluster:
        os.mkdir(f"{cluster.d}/work/bin")
        os.symlink("/usr/bin/python3", f"{cluster.d}/work/bin/python")
        cluster.script("train.sh", SCRIPT)
        with open(f"{cluster.d}/work/train.py", "w") as out:
            out.write(TRAIN)
        yield cluster


@pytest.fixture(scope="module")
def trained(c):
    """Job 12345 as it was queued, held, released, started and requeued: what was printed, by moment. Jobs 12346 and 12347 are others."""
    seen = {"submitted": c.by_alice("sbatch", "train.sh")}
    wait_until(lambda: c.shown("12345", "%r") == "QOSMaxGRESPerUser", 10, "a reason")
    seen["factors"] = c("sprio -h -j 12345 -o %i|%Y|%Q").strip()
    c.typed(HOLD)
    seen["held"] = c.shown("12345", "%T %r")
    c.typed(RELEASE)
    wait_until(lambda: c.shown("12345", "%r") == "QOSMaxGRESPerUser", 10, "a reason once more")
    seen["released"] = c.job("12345")["Priority"]
    c("sacctmgr -i modify qos gpu_priority set MaxTRESPerUser=gres/gpu=32")
    c.wait_state("12345", "RUNNING")
    wait_until(lambda: c("squeue -h -s -j 12345 -o %i").split() == ["12345.0", "12345.batch"], 10, "its steps")
    seen["nodes"] = c.shown("12345", "%N")
    seen["live"] = c("sstat -n -P -j 12345.0 -o JobID,NTasks").strip()
    c.typed(REQUEUE)
    c.run("scontrol", "update", "JobId=12345", "StartTime=now")  # elsewhere it waits for two minutes; here it may run by now
    assert c.submit("-J other -w node05", "until [ -e enough ]; do sleep 0.1; done", "other.sh") == "12346"
    c.wait_state("12346", "RUNNING")
    assert c.wait_end("12345") == "COMPLETED"
    assert c.by_alice("sbatch", "--parsable", "-A", "research_lab", "-J", "fails", "-o", "none", "--wrap", "exit 3") == "12347\n"
    assert c.wait_end("12347") == "FAILED"
    wait_until(lambda: told(c, "sacct -X -n -P -o State -j 12345,12347") == [["COMPLETED"], ["FAILED"]], 20, "their records")
    yield seen


def told(c, line):
    return [row.split("|") for row in c.typed(line).splitlines()]


def table(text):
    """The rows below the line of dashes, each a list by the columns of those dashes."""
    lines = text.splitlines()
    columns = [m.span() for m in re.finditer("-+", lines[1])]
    assert set(lines[1]) == {"-", " "}
    return [[line[a:b].strip() for a, b in columns] for line in (lines[0], *lines[2:])]


# ---- the lines

def test_no_line_is_forgotten():
    path = os.environ.get("SLURMXX_INTRODUCTION")
    if not path:
        pytest.skip("SLURMXX_INTRODUCTION does not name the text")
    text = open(path).read()
    assert [line for line in LINES if f"\n{line}\n" not in text] == []
    names = "sacct|sacctmgr|sreport|sshare|sprio|sstat|seff|squeue|sinfo|scancel|scontrol(?! token)"  # tokens are not there yet
    commands = re.findall(rf"(?m)^(?:{names}) (?!/)(?:.*\\\n)*.*", text)
    assert len(commands) == len(LINES) and [line for line in commands if line not in LINES] == []
    assert f"\n{SCRIPT}" in text


def test_the_accounts_are_made(c):
    answered = "Would you like to commit changes? (You have 30 seconds to decide)\n(N/y): y\n"
    told = (" Adding Cluster(s)\n  Name           = mycluster\n",
            " Associations =\n  C = mycluster  A = research_lab        \n Settings\n  Fairshare     = 40\n",
            " Adding User(s)\n  alice\n Settings\n  Default Account = research_lab\n",
            " Adding QOS(s)\n  gpu_priority\n Settings\n  Description    = gpu_priority\n  MaxWall                  = 2-00:00:00\n",
            " Modified user associations...\n  C = mycluster  A = research_lab         U = alice    \n")
    for line, part in zip(ACCOUNTS, told, strict=True):
        seen, code = c.session[line]
        assert code == 0 and part in seen and seen.endswith(answered), seen
    assert c("sacctmgr -n -P show assoc where account=research_lab format=cluster,account,user,share,qos") == \
        "mycluster|research_lab||40|normal\nmycluster|research_lab|alice|1|gpu_priority,normal\n"
    assert c("sacctmgr -n -P show user alice format=user,defaultaccount") == "alice|research_lab\n"
    assert c("sacctmgr -n -P show qos gpu_priority format=priority,maxwall") == "100|2-00:00:00\n"
    assert c("sshare -n -P -A research_lab -u alice -o account,user,rawshares") == "research_lab||40\n research_lab|alice|1\n"


def test_the_job_waits_for_its_qos_and_is_held_and_released(c, trained):
    assert trained["submitted"] == "Submitted batch job 12345\n"
    assert trained["factors"] == "12345|1000|1000"
    assert trained["held"] == "PENDING JobHeldAdmin" and trained["released"] == "1000"


def test_the_job_runs_is_requeued_and_ends(c, trained):
    assert trained["nodes"] == "node[01-04]" and trained["live"] == "12345.0|32"
    assert c.job("12345")["Restarts"] == "1"
    printed = c.file("slurm-12345.out").splitlines()
    assert "module: command not found" in printed[0] and printed[1:] == ["--config config.yaml 0,1,2,3,4,5,6,7"] * 32
    lives = told(c, "sacct -X -n -P -D -j 12345 -o JobID,State,NodeList,ReqTRES,AllocTRES")
    tres = "billing=32,cpu=32,gres/gpu=32,mem=2T,node=4"
    assert lives == [["12345", state, "node[01-04]", tres, tres] for state in ("REQUEUED", "COMPLETED")]


def test_a_node_is_drained_and_returns(c, trained):
    assert c.typed(DRAIN) == ""
    header, other = c.typed(WHO_IS_THERE).splitlines()
    assert header.split() == ["JOBID", "PARTITION", "NAME", "USER", "ST", "TIME", "NODES", "NODELIST(REASON)"]
    assert other.split()[:5] == ["12346", "gpu", "other", "root", "R"] and other.endswith(" node05")
    assert c.typed(DRAINED).split()[0] == "State=MIXED+DRAIN"
    c.script("enough", "")
    assert c.wait_end("12346") == "COMPLETED"
    c.wait_node("node05", "drained")
    assert c.typed(WHO_IS_THERE).splitlines() == [header]
    assert c.typed(DRAINED).split()[0] == "State=IDLE+DRAIN"
    assert c.typed(RESUME) == ""
    c.wait_node("node05", "idle")
    assert c.typed(DRAINED).split()[0] == "State=IDLE"


def seconds(text):
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def test_the_efficiency_of_a_job(c, trained):
    header, job, batch, step = table(c.typed(EFFICIENCY))
    assert header == ["JobID", "CPUTime", "CPUTimeRAW", "AveCPU", "MaxRSS", "ReqMem", "Elapsed"]
    assert [row[0] for row in (job, batch, step)] == ["12345", "12345.batch", "12345.0"]
    for row, cpus in ((job, 32), (batch, 8), (step, 32)):
        assert seconds(row[1]) == int(row[2]) == cpus * seconds(row[6]) and seconds(row[6]) >= 2
    assert job[3:5] == ["", ""] and batch[5] == step[5] == ""
    assert 0.19 <= float(step[4].removesuffix("G")) < 0.3 > float(batch[4].removesuffix("G")), "one task holds 200 MB"
    assert seconds(step[3]) <= 4
    assert f"Cores per node: 8\n" in c("seff 12345") and f" of {job[1]} core-walltime\n" in c("seff 12345")


def test_the_units_of_the_memory_that_was_asked_for(c, trained):
    assert table(c.typed(EFFICIENCY))[1][5] == "2048G"


def test_thirty_days_of_a_user(c, trained):
    """The text breaks the list of fields in two, and its second half is then an argument, as slurm says too."""
    r = c.run("bash", "-c", OF_A_USER)
    assert r.returncode == 1 and r.stdout == "" and "error: Unknown arguments" in r.stderr and "ReqMem,MaxRSS,CPUTime,Elapsed,State,ExitCode" in r.stderr
    header, *rows = table(c.typed(re.sub(r",\\\n +", ",", OF_A_USER)))
    assert header == "JobID JobName Account QOS Partition NCPUS NNodes ReqMem MaxRSS CPUTime Elapsed State ExitCode".split()
    keep = lambda row: row[:7] + row[11:]
    assert [keep(row) for row in rows] == [
        ["12345", "train_llm", "research_+", "gpu_prior+", "gpu", "32", "4", "COMPLETED", "0:0"],
        ["12345.batch", "batch", "research_+", "", "", "8", "1", "COMPLETED", "0:0"],
        ["12345.0", "python", "research_+", "", "", "32", "4", "COMPLETED", "0:0"],
        ["12347", "fails", "research_+", "normal", "gpu", "1", "1", "FAILED", "3:0"],
        ["12347.batch", "batch", "research_+", "", "", "1", "1", "FAILED", "3:0"]]


def test_the_wasted_resources(c, trained):
    asked, filter = WASTED.rsplit("  | ", 1)
    header, *rows = table(c.typed(asked))
    assert header == ["JobID", "ReqMem", "MaxRSS", "CPUTime", "AveCPU"]
    assert [row[0] for row in rows][:3] == ["12345", "12345.batch", "12345.0"] and not any(row[0].startswith("12347") for row in rows)
    number = lambda text: float(re.match(r"[0-9.]*", text)[0] or 0)
    words = [line.split() for line in c.typed(asked).splitlines()[2:]]
    low = [row for row in words if len(row) > 2 and row[2] != "0" and number(row[1]) and number(row[2]) / number(row[1]) < 0.5]
    r = c.run("bash", "-c", WASTED)
    if "division by zero" in r.stderr:  # awks that mind that the header is no number
        assert shlex.split(filter)[0] == "awk" and r.returncode == 2
    else:
        assert r.returncode == 0 and [line.split() for line in r.stdout.splitlines()] == low and ["12345", "2T", rows[0][3]] in low


def test_the_utilization_of_the_cluster(c, trained):
    title, of, unit, to, names, dashes = c.typed(UTILIZATION).splitlines()
    assert (title, to) == ("-" * 80, "-" * 80) and unit == "Usage reported in CPU Hours/Percentage of Total"
    assert of == "Cluster Utilization 2024-01-01T00:00:00 - 2024-03-30T23:59:59"
    assert names.split() == ["Cluster", "Allocated", "Down", "PLND", "Down", "Idle", "Planned", "Reported"]
    lately = UTILIZATION.replace("2024-01-01", "now-1hour").replace("2024-03-31", "now+1hour")
    shown = dict(zip(names.replace("PLND D", "D").split(), c.typed(lately).splitlines()[6].split()))
    assert shown["Cluster"] == "mycluster" and shown["Reported"].endswith("(100.00%)")
    assert re.fullmatch(r"\d+\(\d\.\d\d%\)", shown["Planned"]), "jobs of the fixture waited for seconds at most"
    row = told(c, lately.replace("hourper", "seconds -n -P"))[0]
    parts = [int(part) for part in row[1:]]
    used = sum(int(row[0]) for row in told(c, "sacct -a -n -P -X -D -o CPUTimeRAW"))
    assert row[0] == "mycluster" and parts[0] == used > 0 and sum(parts[:5]) == parts[5]
    assert abs(parts[5] / (16 * 64) - float(shown["Reported"].split("(")[0]) * 3600 / (16 * 64)) < 2
