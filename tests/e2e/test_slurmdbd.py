# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""What is asked of slurmdbd itself: statistics, configuration, archives, a password from a script, shutdown, a backup."""
import contextlib, ctypes, glob, os, re, signal, sqlite3, subprocess

import pytest

from harness import wait_until
from test_accounting import AccountingCluster, Daemon, told, wait_told
from test_network_break import own_network
from test_sacctmgr import Accounts, at_terminal

CLONE_NEWUTS, CLONE_NEWNET = 0x04000000, 0x40000000


def conf(c):
    return f"{c.d}/etc/slurmdbd.conf"


def add_lines(c, *lines):
    with open(conf(c), "a") as out:
        out.write("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def c():
    with Accounts(conf="NodeName=n1 CPUs=1\nPartitionName=main Nodes=n1") as daemon:
        daemon.start_dbd()
        yield daemon


def test_statistics(c):
    c("sacctmgr -i add qos counted")
    text = c("sacctmgr show stats")
    assert re.match(r"\*{67}\nsacctmgr show stats output at .* \(\d+\)\nData since +.* \(\d+\)\nAll statistics are in microseconds\n\*{67}\n", text)
    assert re.search(r"\n\tDBD_MODIFY +count:1 +ave_time:\d+ +total_time:\d+\n", text)
    assert re.search(r"\nRemote Procedure Call statistics by user\n\troot +\( +0\) count:\d+", text)
    c("sacctmgr clear stats")
    assert "DBD_MODIFY" not in c("sacctmgr show stats ave_time")
    assert c.refused("sacctmgr clear") == (1, "No valid entity in list command\nInput line must include \"Stats\"\n")


def test_configuration_and_its_change(c):
    def shown(key):
        return re.search(rf"(?m)^{key} += (.*)$", c("sacctmgr show config")).group(1)
    text = c("sacctmgr show config")
    assert text.startswith("Configuration data as of ") and "\n\nSlurmDBD configuration:\nAllowNoDefAcct         = No\n" in text
    assert shown("PurgeJobAfter") == "NONE" and shown("ArchiveScript") == "(null)" and "StoragePass " not in text
    add_lines(c, "PurgeJobAfter=12months", "ArchiveJobs=yes")
    c("sacctmgr reconfigure")
    assert shown("PurgeJobAfter") == "12months" and shown("ArchiveJobs") == "Yes"
    good = open(conf(c)).read()
    add_lines(c, "PurgeJobAfter=soon")
    code, said = c.refused("sacctmgr reconfigure")
    assert code == 1 and "PurgeJobAfter=soon" in said
    assert shown("PurgeJobAfter") == "12months"
    with open(conf(c), "w") as out:
        out.write(good.replace("12months", "30days"))
    os.kill(c.m["pids"]["slurmdbd"], signal.SIGHUP)
    wait_until(lambda: shown("PurgeJobAfter") == "30days", 10, "the file is read again")


def test_words_of_archive(c):
    assert c.refused("sacctmgr archive") == (1, "No valid entity in archive command\nInput line must include, \"Dump\", or \"load\"\n")
    assert "Unknown condition: bogus=3" in c.refused("sacctmgr -i archive dump bogus=3")[1]
    assert "/nonexist" in c.refused("sacctmgr -i archive load file=/nonexist")[1]
    seen, code = at_terminal(c, "sacctmgr archive dump", "n\n")
    assert code == 0 and "Are you sure you want to continue?" in seen and seen.endswith(" Changes Discarded\n")


@pytest.mark.skipif(os.getuid() != 0, reason="other users are needed")
def test_who_may(c):
    sackd = c.spawn("sackd", [c.exe("sackd"), "-D"])
    wait_until(lambda: "serves" in open(f"{c.d}/log/sackd.out").read(), 10, "sackd serves")
    for line in ("archive dump", "reconfigure", "show stats", "shutdown", "clear stats"):
        code, said = c.as_user("games", f"sacctmgr -i {line}")
        assert code == 1 and "your privilege is insufficient" in said, line
    assert c.as_user("games", "sacctmgr show config")[0] == 0
    sackd.terminate()
    assert sackd.wait(10) == 0


def test_shutdown(c):
    c("sacctmgr shutdown")
    wait_until(lambda: "slurmdbd ends" in c.log("slurmdbd"), 10, "it ends")
    wait_until(lambda: not os.path.exists(f"{c.d}/run/slurmdbd.pid"), 10, "its pid file is gone")
    assert c.run("sacctmgr", "shutdown").returncode == 1
    c.start_dbd()
    assert "counted" in c("sacctmgr -n -P show qos format=name")


def test_the_password_comes_from_a_script():
    with Daemon(dbd="mariadb", conf="NodeName=n1 CPUs=1\nPartitionName=main Nodes=n1") as d:
        text = open(conf(d)).read()
        assert "StoragePass=slurm\n" in text
        script = d.script("password", "echo slurm")
        with open(conf(d), "w") as out:
            out.write(text.replace("StoragePass=slurm\n", f"StoragePassScript={script}\n"))
        d.start_dbd()
        assert "normal" in d("sacctmgr -n -P show qos format=name")


def test_old_jobs_leave_and_come_back_and_a_lost_slurmctld_is_noted():
    with AccountingCluster(nodes=1) as c:
        job = c.submit("-J old", "srun true")
        c.wait_end(job)
        wait_told(c, f"-j {job}", [[job, "COMPLETED", "0:0"], [f"{job}.batch", "COMPLETED", "0:0"], [f"{job}.0", "COMPLETED", "0:0"]])
        database = next(line.split("=", 1)[1].strip() for line in open(conf(c)) if line.startswith("StorageLoc="))
        with sqlite3.connect(database) as db:  # as if it had been three days ago
            for column in ("ended", "started", "eligible"):
                db.execute(f"update jobs set {column} = {column} - 259200")
        before = told(c, f"-j {job} -S 2020-01-01")
        os.mkdir(f"{c.d}/archive")
        said = c(f"sacctmgr -i archive dump Directory={c.d}/archive Jobs PurgeJobAfter=1days")
        assert said.endswith(" 1 rows purged\n")
        assert told(c, f"-j {job} -S 2020-01-01") == []
        kinds = sorted(re.sub(r".*/e2e_(\w+)_archive_.*", r"\1", path) for path in glob.glob(f"{c.d}/archive/*"))
        assert kinds == ["job", "step"]
        for path in glob.glob(f"{c.d}/archive/*"):
            assert os.stat(path).st_mode & 0o777 == 0o600
            c(f"sacctmgr -i archive load file={path}")
            assert " 0 rows loaded" in c(f"sacctmgr -i archive load file={path}")
        assert told(c, f"-j {job} -S 2020-01-01") == before
        assert c.run("slurmdbd", "--verify-audit").returncode == 0
        add_lines(c, "TrackSlurmctldDown=yes")
        c("sacctmgr reconfigure")
        def away():
            return [line for line in c("sacctmgr -n -P show events format=reason,timeend").splitlines() if line.startswith("slurmctld disconnect")]
        c.kill("slurmctld")
        wait_until(lambda: away() == ["slurmctld disconnect|Unknown"], 10, "that slurmctld is away is an event")
        c.restart_ctld()
        wait_until(lambda: re.fullmatch(r"slurmctld disconnect\|20\S+", away()[0]), 20, "the event is over")


# ---- a backup

def in_own_host(name):
    """For a child: a host name and a network of its own."""
    libc = ctypes.CDLL(None, use_errno=True)

    def enter():
        if libc.unshare(CLONE_NEWUTS | CLONE_NEWNET) != 0:
            os._exit(97)
        libc.sethostname(name.encode(), len(name))
    return enter


def ip(*words, of=None):
    subprocess.run([*(["nsenter", "-t", str(of), "-n"] if of else []), "ip", *words], check=True)


def test_a_backup_serves_when_the_first_is_gone():
    with contextlib.ExitStack() as stack:
        stack.enter_context(own_network())
        c = stack.enter_context(AccountingCluster(nodes=1, conf="AccountingStorageBackupHost=10.99.0.2"))
        spare = f"{c.d}/spare"
        os.makedirs(f"{spare}/etc")
        with open(conf(c)) as source, open(f"{spare}/etc/slurmdbd.conf", "w") as out:
            for line in source:
                out.write(re.sub(r"^(LogFile|PidFile)=.*", rf"\1={spare}/\1", line.replace("DbdAddr=127.0.0.1", "DbdAddr=10.99.0.1")))
            out.write("DbdBackupHost=spare\nDbdAddr=10.99.0.1\n")
        os.chmod(f"{spare}/etc/slurmdbd.conf", 0o600)
        os.symlink(f"{c.d}/etc/slurm.key", f"{spare}/etc/slurm.key")
        # It waits for its network: a line on its standard input.
        backup = subprocess.Popen(["sh", "-c", f"read line; exec {c.exe('slurmdbd')} -D -f {spare}/etc/slurmdbd.conf"], stdin=subprocess.PIPE,
                                  env=c.env(), preexec_fn=in_own_host("spare"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(lambda: (backup.terminate(), backup.wait(20)))
        ip("link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", str(backup.pid))
        ip("addr", "add", "10.99.0.1/24", "dev", "v0"), ip("link", "set", "v0", "up")
        for words in (("addr", "add", "10.99.0.2/24", "dev", "v1"), ("link", "set", "v1", "up"), ("link", "set", "lo", "up")):
            ip(*words, of=backup.pid)
        backup.stdin.write(b"go\n")
        backup.stdin.flush()

        def said():
            return open(f"{spare}/LogFile").read() if os.path.exists(f"{spare}/LogFile") else ""
        wait_until(lambda: "this is DbdBackupHost" in said() and "serves port" in said(), 20, "the backup is there")
        assert "this one serves" not in said()
        c.kill("slurmdbd")
        job = c.submit("-J moved")
        c.wait_end(job)
        wait_told(c, f"-X -j {job}", [[job, "COMPLETED", "0:0"]])
        c("sacctmgr -i add qos by_the_backup")
        assert "this one serves" in said()
        c.restart_dbd()
        wait_until(lambda: "this one stands by" in said(), 20, "the backup stands by again")
        assert "by_the_backup" in c("sacctmgr -n -P show qos format=name")
        last = c.submit("-J back")
        c.wait_end(last)
        wait_told(c, "-X", [[job, "COMPLETED", "0:0"], [last, "COMPLETED", "0:0"]])
