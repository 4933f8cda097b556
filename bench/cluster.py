#!/usr/bin/env python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Start/stop a throw-away cluster of a SLURM-compatible implementation.

Only public interfaces are used (PREFIX/bin/<command>, PREFIX/sbin/slurmctld
-D -f F, slurmd -D -N NODE -f F, slurmdbd -D, slurm.conf, slurmdbd.conf), so
the same harness drives real Slurm and any compatible implementation.

  cluster.py up   --prefix P --dir D --nodes N [--fake-nodes M]
                  [--dbd none|mariadb|sqlite] [--port-base B]
                  [--profile default|htcdoc|tuned] [--auth munge|slurm|none]
                  [--conf-extra FILE] [--conf-dir DIR]
  cluster.py down --dir D            (add --purge to delete D as well)
  cluster.py env  --dir D            (prints `export ...` lines for a shell)
  cluster.py status --dir D

Nodes  : n1..nN  one slurmd each, NodeAddr=127.0.0.1, port B+20+i, CPU count is
         what slurm.conf says (SlurmdParameters=config_overrides).
Fakes  : f1..fM  State=CLOUD with ResumeProgram=true: schedulable ("idle~"),
         jobs placed on them stay CONFIGURING (CF) until ResumeTimeout.  Good
         for scheduling-only tests; nothing is launched on them.
Ports  : B slurmctld, B+1 slurmdbd, B+2 mariadbd, B+20+i slurmd ni.
"""
import argparse, json, os, shutil, signal, socket, subprocess, sys, time

MARK = "BENCH_CLUSTER_DIR"
STAMP = ".bench-cluster"   # only a directory holding this file is ever deleted

PROFILES = {
    # what a site gets without tuning (only the limits the tests need raised)
    "default": "",
    # the sample SchedulerParameters of Slurm's high-throughput guide
    "htcdoc": """
SchedulerParameters=batch_sched_delay=20,bf_continue,bf_interval=300,bf_min_age_reserve=10800,bf_resolution=600,bf_yield_interval=1000000,partition_job_depth=500,sched_max_job_start=200,sched_min_interval=2000000
MessageTimeout=60
SlurmctldDebug=error
SlurmdDebug=error
""",
    # tried here for short jobs on a few nodes
    "tuned": """
SchedulerParameters=batch_sched_delay=1,sched_min_interval=50000,default_queue_depth=5000,sched_max_job_start=0,bf_interval=30,bf_continue,bf_max_job_test=100,defer_batch
MessageTimeout=60
SlurmctldDebug=error
SlurmdDebug=error
""",
}


def lines_with(text, key):
    return any(l.strip().lower().startswith(key.lower() + "=") for l in text.splitlines())


# every name of the family: one that PREFIX lacks must fail, never fall through to a packaged Slurm on PATH
NAMES = ("sacct sacctmgr salloc sattach sbatch sbcast scancel scontrol scrontab sdiag seff sinfo sprio squeue sreport srun sshare sstat "
         "strigger slurmctld slurmd slurmdbd slurmrestd slurmstepd sackd").split()


class Cluster:
    def __init__(self, d):
        self.d = os.path.abspath(d)
        self.conf = os.path.join(self.d, "etc", "slurm.conf")
        self.meta_file = os.path.join(self.d, "cluster.json")
        self.m = json.load(open(self.meta_file)) if os.path.exists(self.meta_file) else {}

    # ---- small helpers -------------------------------------------------
    def save(self):
        json.dump(self.m, open(self.meta_file + ".new", "w"), indent=1)
        os.replace(self.meta_file + ".new", self.meta_file)

    @property
    def prefix(self):
        return self.m["prefix"]

    def env(self):
        e = {k: v for k, v in os.environ.items()
             if not k.startswith(("SLURM", "SBATCH", "SRUN", "SQUEUE", "SINFO", "SALLOC", "SACCT"))}
        e["SLURM_CONF"] = self.conf
        e["PATH"] = f"{self.prefix}/bin:{self.prefix}/sbin:{self.d}/absent:" + e.get("PATH", "/usr/bin:/bin")
        e["TZ"] = "UTC"
        e["LC_ALL"] = "C"
        e[MARK] = self.d
        return e

    def exe(self, name):
        for sub in ("bin", "sbin"):
            p = f"{self.prefix}/{sub}/{name}"
            if os.path.exists(p):
                return p
        return f"{self.d}/absent/{name}" if name in NAMES else name

    def run(self, *argv, timeout=600, check=False, **kw):
        kw.setdefault("cwd", os.path.join(self.d, "work"))
        r = subprocess.run([self.exe(argv[0]), *map(str, argv[1:])], env=self.env(),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           stdin=subprocess.DEVNULL, text=True, errors="replace",
                           timeout=timeout, **kw)
        if check and r.returncode:
            raise RuntimeError(f"{argv}: rc={r.returncode} {r.stderr.strip()}")
        return r

    def spawn(self, key, argv):
        out = open(f"{self.d}/log/{key}.out", "ab")
        p = subprocess.Popen(argv, env=self.env(), stdin=subprocess.DEVNULL, stdout=out,
                             stderr=subprocess.STDOUT, start_new_session=True, cwd=self.d)
        self.m.setdefault("pids", {})[key] = p.pid
        self.procs = getattr(self, "procs", {})
        self.procs[key] = p
        return p

    def alive(self, pid):
        try:  # a child of ours may be a zombie while threads of it still hold its sockets
            return os.waitpid(pid, os.WNOHANG)[0] == 0
        except OSError:
            pass
        try:
            st = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]
        except OSError:
            return False
        return st != "Z"

    def owned(self, pid):
        """True when this pid carries our marker: we started it."""
        try:
            return f"{MARK}={self.d}".encode() in open(f"/proc/{pid}/environ", "rb").read().split(b"\0")
        except OSError:
            return False

    def stop_pid(self, pid, sig=signal.SIGTERM, wait=10):
        if not (self.alive(pid) and self.owned(pid)):
            return
        os.kill(pid, sig)
        end = time.time() + wait
        while time.time() < end and self.alive(pid):
            time.sleep(0.02)
        if self.alive(pid):
            os.kill(pid, signal.SIGKILL)
            while self.alive(pid):
                time.sleep(0.02)

    def rss_kb(self, key="slurmctld"):
        for l in open(f"/proc/{self.m['pids'][key]}/status"):
            if l.startswith("VmRSS"):
                return int(l.split()[1])

    def cpu_s(self, key="slurmctld"):
        f = open(f"/proc/{self.m['pids'][key]}/stat").read().rsplit(")", 1)[1].split()
        return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")

    def wait_for(self, fn, secs, what, step=0.05):
        end = time.time() + secs
        while time.time() < end:
            if fn():
                return
            time.sleep(step)
        raise SystemExit(f"{what}: not ready after {secs}s (logs in {self.d}/log)")

    def tcp_open(self, port):
        s = socket.socket()
        s.settimeout(1)
        try:
            s.connect(("127.0.0.1", port))
            return True
        except OSError:
            return False
        finally:
            s.close()

    # ---- daemons -------------------------------------------------------
    def start_munge(self):
        a = f"{self.d}/auth"
        os.makedirs(a, exist_ok=True)
        os.chmod(a, 0o755)
        kind = self.m["auth"]
        if kind == "munge":
            key = f"{a}/munge.key"
            if not os.path.exists(key):
                open(key, "wb").write(os.urandom(128))
                os.chmod(key, 0o400)
            self.spawn("munged", ["munged", "--foreground", "--force", f"--key-file={key}",
                                  f"--socket={a}/munge.socket", f"--pid-file={a}/munged.pid",
                                  f"--log-file={a}/munged.log", f"--seed-file={a}/munge.seed",
                                  "--num-threads=10"])
            self.wait_for(lambda: os.path.exists(f"{a}/munge.socket"), 10, "munged")
        elif kind == "slurm":
            key = f"{self.d}/etc/slurm.key"
            if not os.path.exists(key):
                open(key, "wb").write(os.urandom(1024))
                os.chmod(key, 0o600)

    def start_db(self):
        port, dd = self.m["port"] + 2, f"{self.d}/mariadb"
        base = ["--no-defaults", f"--datadir={dd}", "--user=root"]
        if not os.path.isdir(dd):
            subprocess.run(["mariadb-install-db", *base, "--auth-root-authentication-method=normal",
                            "--skip-test-db"], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        self.spawn("mariadbd", ["mariadbd", *base, f"--socket={self.d}/my.sock", f"--port={port}",
                                "--bind-address=127.0.0.1", f"--pid-file={self.d}/my.pid",
                                "--innodb-buffer-pool-size=1G", "--innodb-lock-wait-timeout=900",
                                "--innodb-log-file-size=256M", "--max-allowed-packet=64M"])
        sql = lambda q: subprocess.run(["mariadb", "--no-defaults", f"--socket={self.d}/my.sock", "-uroot", "-e", q],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        self.wait_for(lambda: sql("select 1"), 60, "mariadbd")
        sql("create user if not exists 'slurm'@'127.0.0.1' identified by 'slurm';"
            "create user if not exists 'slurm'@'localhost' identified by 'slurm';"
            "grant all on *.* to 'slurm'@'127.0.0.1'; grant all on *.* to 'slurm'@'localhost'; flush privileges;")

    def start_dbd(self):
        self.spawn("slurmdbd", [self.exe("slurmdbd"), "-D"])
        self.wait_for(lambda: self.tcp_open(self.m["port"] + 1), 60, "slurmdbd")
        self.save()

    def start_ctld(self, wait=True, extra=()):
        self.spawn("slurmctld", [self.exe("slurmctld"), "-D", "-f", self.conf, *extra])
        self.save()
        if wait:
            self.wait_ping(60)

    def wait_ping(self, secs):
        self.wait_for(lambda: self.run("squeue", "-h", "-j", "1", timeout=60).returncode in (0, 1)
                      and "UP" in self.run("scontrol", "ping", timeout=60).stdout, secs, "slurmctld")

    def kill_ctld(self, sig=signal.SIGKILL):
        self.stop_pid(self.m["pids"]["slurmctld"], sig, 60)

    def start_slurmd(self, i):
        self.spawn(f"slurmd.n{i}", [self.exe("slurmd"), "-D", "-f", self.conf, "-N", f"n{i}"])

    # ---- configuration --------------------------------------------------
    def write_conf(self, a):
        m, d = self.m, self.d
        p = m["port"]
        extra = open(a.conf_extra).read() if a.conf_extra else ""
        extra += PROFILES[a.profile]
        c = [f"ClusterName={a.cluster_name}",
             "SlurmctldHost=localhost(127.0.0.1)", f"SlurmctldPort={p}",
             "SlurmUser=root", "SlurmdUser=root",
             f"StateSaveLocation={d}/state", f"SlurmdSpoolDir={d}/spool/%n",
             f"SlurmctldPidFile={d}/run/slurmctld.pid", f"SlurmdPidFile={d}/run/slurmd-%n.pid",
             f"SlurmctldLogFile={d}/log/slurmctld.log", f"SlurmdLogFile={d}/log/slurmd-%n.log"]
        defaults = {
            "ProctrackType": "proctrack/linuxproc", "TaskPlugin": "task/none",
            "JobAcctGatherType": "jobacct_gather/linux", "MpiDefault": "none",
            "SelectType": "select/cons_tres", "SelectTypeParameters": "CR_CPU",
            "SchedulerType": "sched/backfill", "PriorityType": "priority/multifactor",
            "ReturnToService": "2", "SlurmdTimeout": "0", "InactiveLimit": "0", "KillWait": "5",
            "MaxJobCount": "200000", "MaxArraySize": "200001", "MinJobAge": "3600",
            "SlurmdParameters": "config_overrides",
        }
        if m["auth"] == "munge":
            defaults.update(AuthType="auth/munge", CredType="cred/munge", AuthInfo=f"socket={d}/auth/munge.socket")
        elif m["auth"] == "slurm":
            defaults.update(AuthType="auth/slurm", CredType="auth/slurm")
        else:
            defaults.update(AuthType="auth/none", CredType="cred/none")
        if m["dbd"] != "none":
            defaults.update(AccountingStorageType="accounting_storage/slurmdbd",
                            AccountingStorageHost="127.0.0.1", AccountingStoragePort=str(p + 1))
            if m["auth"] == "munge":  # real Slurm takes the socket for slurmdbd from here, not from AuthInfo
                defaults["AccountingStoragePass"] = f"{d}/auth/munge.socket"
        if m["fake"]:
            defaults.update(ResumeProgram="/bin/true", SuspendProgram="/bin/true", ResumeTimeout="7200",
                            SuspendTimeout="5", SuspendTime="86400", ResumeRate="0", SuspendRate="0",
                            PrivateData="cloud")
        c += [f"{k}={v}" for k, v in defaults.items() if not lines_with(extra, k)]
        c.append(extra)
        if not lines_with(extra, "NodeName"):
            shape = f"Sockets=1 CoresPerSocket={a.cpus} ThreadsPerCore=1 CPUs={a.cpus} RealMemory={a.mem}"
            for i in range(1, m["nodes"] + 1):
                c.append(f"NodeName=n{i} NodeHostname=localhost NodeAddr=127.0.0.1 Port={p + 20 + i} {shape} State=UNKNOWN")
            allnodes = f"n[1-{m['nodes']}]" if m["nodes"] else ""
            fk = f"f[1-{m['fake']}]"
            if m["fake"]:
                c.append(f"NodeName={fk} {shape} State=CLOUD")
                c.append(f"PartitionName=fake Nodes={fk} Default=NO MaxTime=INFINITE State=UP")
            c.append(f"PartitionName=main Nodes={allnodes or fk} Default=YES MaxTime=INFINITE State=UP")
        text = "\n".join(c) + "\n"
        if m["dbd"] == "none":  # nothing to enforce limits from
            text = "\n".join(l for l in text.split("\n") if not l.startswith("AccountingStorage") or l.startswith("AccountingStorageTRES"))
        text = text.replace("@DIR@", d).replace("@PORT@", str(p))
        for i in range(1, m["nodes"] + 1):
            text = text.replace(f"@PORT{i}@", str(p + 20 + i))
        open(self.conf, "w").write(text)
        # Debian 12's slurm-wlm (22.05) does not know "disabled" yet
        v = subprocess.run([self.exe("slurmd"), "-V"], stdout=subprocess.PIPE, text=True).stdout
        open(f"{d}/etc/cgroup.conf", "w").write("CgroupPlugin=cgroup/v1\n" if " 22." in v else "CgroupPlugin=disabled\n")
        if a.conf_dir:  # additional files: gres.conf, topology.conf, ...
            for f in os.listdir(a.conf_dir):
                t = open(os.path.join(a.conf_dir, f)).read().replace("@DIR@", d).replace("@PORT@", str(p))
                open(f"{d}/etc/{f}", "w").write(t)
        if m["dbd"] != "none":
            b = ["DbdHost=localhost", "DbdAddr=127.0.0.1", f"DbdPort={p + 1}", "SlurmUser=root",
                 f"LogFile={d}/log/slurmdbd.log", f"PidFile={d}/run/slurmdbd.pid", "DebugLevel=info"]
            if m["auth"] == "munge":
                b += ["AuthType=auth/munge", f"AuthInfo=socket={d}/auth/munge.socket"]
            else:
                b += [f"AuthType=auth/{m['auth']}"]
            if m["dbd"] == "mariadb":
                b += ["StorageType=accounting_storage/mysql", "StorageHost=127.0.0.1",
                      f"StoragePort={p + 2}", "StorageUser=slurm", "StoragePass=slurm",
                      "StorageLoc=slurm_acct_db"]
            else:
                b += ["StorageType=accounting_storage/sqlite", f"StorageLoc={d}/acct.sqlite"]
            if a.profile != "default":
                b += ["CommitDelay=1"]
            f = f"{d}/etc/slurmdbd.conf"
            open(f, "w").write("\n".join(b) + "\n")
            os.chmod(f, 0o600)

    # ---- up / down --------------------------------------------------------
    def up(self, a):
        for sub in ("etc", "log", "state", "spool", "run", "work"):
            os.makedirs(f"{self.d}/{sub}", exist_ok=True)
        for n in range(1, a.nodes + 1):
            os.makedirs(f"{self.d}/spool/n{n}", exist_ok=True)
        open(f"{self.d}/{STAMP}", "w").close()
        os.makedirs(f"{self.d}/absent", exist_ok=True)
        for n in NAMES:
            with open(f"{self.d}/absent/{n}", "w") as f:
                f.write(f"#!/bin/sh\necho '{n}: not in the prefix under test' >&2\nexit 127\n")
            os.chmod(f"{self.d}/absent/{n}", 0o755)
        os.chmod(f"{self.d}/work", 0o777)
        self.m = dict(prefix=os.path.abspath(a.prefix), port=a.port_base, nodes=a.nodes, fake=a.fake_nodes,
                      cpus=a.cpus, dbd=a.dbd, auth=a.auth, profile=a.profile, pids={})
        self.write_conf(a)
        self.save()
        self.start_munge()
        if a.dbd == "mariadb":
            self.start_db()
        if a.dbd != "none":
            self.start_dbd()
        self.start_ctld()
        for i in range(1, a.nodes + 1):
            self.start_slurmd(i)
        self.save()

        def idle():
            o = self.run("sinfo", "-h", "-N", "-o", "%N %T").stdout.split("\n")
            return len({l.split()[0] for l in o if l.startswith("n") and l.split()[1].lower() == "idle"}) >= a.nodes
        if a.nodes:
            self.wait_for(idle, 30 + a.nodes, "nodes")
        if a.dbd != "none":
            def registered():
                r = self.run("sacctmgr", "-n", "-P", "show", "cluster", "format=cluster")
                return a.cluster_name in r.stdout or r.returncode == 127  # a prefix without sacctmgr
            self.wait_for(registered, 30, "cluster registration")
        self.save()

    def down(self, purge=False):
        pids = self.m.get("pids", {})
        order = [k for k in pids if k.startswith("slurmd.")] + ["slurmctld", "slurmdbd", "mariadbd", "munged"]
        for k in order:
            if k.startswith("slurmd.") and self.alive(pids[k]) and self.owned(pids[k]):
                os.kill(pids[k], signal.SIGTERM)
        for k in order:
            if k in pids:
                self.stop_pid(pids[k], wait=30)
        self.sweep()
        self.m["pids"] = {}
        if purge:
            if os.path.exists(f"{self.d}/{STAMP}"):
                shutil.rmtree(self.d, ignore_errors=True)
        elif self.m.get("prefix"):
            self.save()

    def sweep(self):
        """Kill what our daemons left (step daemons, job processes), by marker."""
        for p in os.listdir("/proc"):
            if p.isdigit() and int(p) not in (os.getpid(), os.getppid()) and self.owned(int(p)):
                try:
                    os.kill(int(p), signal.SIGKILL)
                except OSError:
                    pass


def parser():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("action", choices=["up", "down", "env", "status"])
    ap.add_argument("--prefix")
    ap.add_argument("--dir", required=True)
    ap.add_argument("--nodes", type=int, default=4)
    ap.add_argument("--fake-nodes", type=int, default=0)
    ap.add_argument("--dbd", choices=["none", "mariadb", "sqlite"], default="none")
    ap.add_argument("--auth", choices=["munge", "slurm", "none"], default="munge")
    ap.add_argument("--profile", choices=list(PROFILES), default="default")
    ap.add_argument("--port-base", type=int, default=28000)
    ap.add_argument("--cpus", type=int, default=16)
    ap.add_argument("--mem", type=int, default=64000)
    ap.add_argument("--cluster-name", default="bench")
    ap.add_argument("--conf-extra", help="lines appended to slurm.conf (replacing defaults of the same key)")
    ap.add_argument("--conf-dir", help="directory of further files for etc/ (gres.conf, topology.conf...)")
    ap.add_argument("--purge", action="store_true")
    return ap


def main(argv=None):
    a = parser().parse_args(argv)
    c = Cluster(a.dir)
    if a.action == "up":
        c.up(a)
        print(json.dumps(dict(dir=c.d, conf=c.conf, pids=len(c.m["pids"]))))
    elif a.action == "down":
        c.down(a.purge)
    elif a.action == "env":
        print(f"export SLURM_CONF={c.conf}\nexport PATH={c.prefix}/bin:{c.prefix}/sbin:$PATH\nexport TZ=UTC LC_ALL=C")
    else:
        print(json.dumps({k: dict(pid=p, alive=c.alive(p)) for k, p in c.m.get("pids", {}).items()}, indent=1))
    return c


if __name__ == "__main__":
    main()
