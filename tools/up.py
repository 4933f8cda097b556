#!/usr/bin/python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""The private cluster of `./dev up` and `./dev down`: its folder, its processes, its first job.

One folder holds everything: configuration, key, state, spool, logs, programs. It bears a stamp, and only a stamped
folder is ever removed. A process is ours when its pid and start time are in the stamp, or when its environment names
our slurm.conf and it is a daemon of ours or belongs to a job: a shell that merely exported SLURM_CONF is left alone.
"""
import argparse, fcntl, json, os, pwd, select, shutil, signal, socket, subprocess, sys, time

STAMP = ".slurmxx-up"
MARK = "SLURMXX_UP"
FOREIGN = ("SLURM", "SBATCH", "SRUN", "SQUEUE", "SINFO", "SALLOC", "SCANCEL", "SCONTROL")
READY_SECONDS, JOB_SECONDS, STOP_SECONDS, GRACE_SECONDS = 60, 60, 20, 3
LONGEST_FOLDER = 70  # a unix socket's path has 107 characters, and ours stand a few levels down

HELLO = """#!/bin/sh
#SBATCH --job-name=hello
#SBATCH --nodes={n}
#SBATCH --ntasks={n}
#SBATCH --time=1
echo "job $SLURM_JOB_ID runs on $SLURM_JOB_NODELIST"
srun --label sh -c 'echo "task $SLURM_PROCID of $SLURM_NTASKS on $SLURMD_NODENAME"'
"""


def fail(text):
    sys.exit(f"dev: {text}")


def default_folder():
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.environ.get("SLURMXX_UP_DIR") or os.path.join(state, "slurmxx", "up")


# ---- processes ---------------------------------------------------------------------------------------------------

def start_time(pid):
    """Clock ticks since boot at which the process began; None when it is gone or a zombie."""
    try:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def environment(pid):
    try:
        return dict(e.split(b"=", 1) for e in open(f"/proc/{pid}/environ", "rb").read().split(b"\0") if b"=" in e)
    except OSError:
        return {}


def own_line():
    """This process and its ancestors."""
    line, pid = set(), os.getpid()
    while pid > 1:
        line.add(pid)
        try:
            pid = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
        except OSError:
            break
    return line


def belonging(folder):
    """{pid: start} of the daemons with our mark, and of the processes of jobs under our slurm.conf."""
    found, me, conf = {}, own_line(), f"{folder}/etc/slurm.conf".encode()
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) in me:
            continue
        env = environment(entry)
        job = env.get(b"SLURM_CONF") == conf and b"SLURM_JOB_ID" in env
        if job or env.get(MARK.encode()) == folder.encode():
            began = start_time(entry)
            if began:
                found[int(entry)] = began
    return found


def stop(processes, sig, seconds):
    """Signal {pid: start} and wait for their ends; returns those that still live."""
    handles = {}
    for pid, began in processes.items():
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            continue
        if start_time(pid) != began:  # the number belongs to somebody else by now
            os.close(handle)
            continue
        handles[handle] = pid
        try:
            signal.pidfd_send_signal(handle, sig)
        except ProcessLookupError:
            pass
    poll, end = select.poll(), time.monotonic() + seconds
    for handle in handles:
        poll.register(handle, select.POLLIN)
    waiting = set(handles)
    while waiting and time.monotonic() < end:
        for handle, _ in poll.poll(max(0, end - time.monotonic()) * 1000):
            poll.unregister(handle)
            waiting.discard(handle)
    left = {handles[h]: processes[handles[h]] for h in waiting}
    for handle in handles:
        os.close(handle)
    return left


def stop_firmly(processes, seconds=STOP_SECONDS):
    left = stop(processes, signal.SIGTERM, seconds)
    return stop(left, signal.SIGKILL, STOP_SECONDS) if left else {}


# ---- the folder ----------------------------------------------------------------------------------------------------

class Cluster:
    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        self.stamp = f"{self.folder}/{STAMP}"
        self.conf = f"{self.folder}/etc/slurm.conf"
        self.started = {}
        self.note = json.load(open(self.stamp)) if os.path.exists(self.stamp) else None

    def save(self):
        with open(self.stamp + ".new", "w") as out:
            json.dump(self.note, out)
        os.replace(self.stamp + ".new", self.stamp)

    def alive(self):
        """The recorded daemons that still run."""
        return {int(p): t for p, t in (self.note or {}).get("daemons", {}).items() if start_time(p) == t}

    def make(self):
        if len(self.folder) > LONGEST_FOLDER:
            fail(f"{self.folder} has {len(self.folder)} characters, and unix sockets below it allow {LONGEST_FOLDER}; give a shorter one: --dir DIR")
        if os.path.isdir(self.folder) and os.listdir(self.folder) and self.note is None:
            fail(f"{self.folder} holds files that ./dev up did not make; give another folder: --dir DIR")
        made, path = [], self.folder
        while not os.path.isdir(path):
            made.append(path)
            path = os.path.dirname(path)
        os.makedirs(self.folder, exist_ok=True)
        if self.note is None:
            self.note = dict(made=made, daemons={})
        self.save()
        for sub in ("etc", "run", "log", "state", "spool", "work"):
            os.makedirs(f"{self.folder}/{sub}", exist_ok=True)

    def remove(self):
        made = self.note.get("made", [])
        for entry in os.scandir(self.folder):
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
        for parent in made:
            try:
                os.rmdir(parent)
            except OSError:
                break

    def configure(self, nodes):
        d, user = self.folder, pwd.getpwuid(os.getuid()).pw_name
        ports = free_ports(nodes + 1)
        lines = f"""# Made by ./dev up; ./dev down removes it.
ClusterName=up
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/slurm
CredType=auth/slurm
StateSaveLocation={d}/state
SlurmdSpoolDir={d}/spool/%n
SlurmctldPidFile={d}/run/slurmctld.pid
SlurmdPidFile={d}/run/slurmd-%n.pid
SlurmctldLogFile={d}/log/slurmctld.log
SlurmdLogFile={d}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SlurmdTimeout=30
ReturnToService=2
KillWait=5
MinJobAge=3600
""".splitlines()
        for i in range(1, nodes + 1):
            os.makedirs(f"{d}/spool/n{i}", exist_ok=True)
            lines.append(f"NodeName=n{i} NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[i]} "
                         "CPUs=4 Sockets=1 CoresPerSocket=4 ThreadsPerCore=1 RealMemory=4000 State=UNKNOWN")
        lines.append(f"PartitionName=main Nodes={'n1' if nodes == 1 else f'n[1-{nodes}]'} Default=YES MaxTime=INFINITE State=UP")
        write(self.conf, "\n".join(lines) + "\n")
        write(f"{d}/etc/cgroup.conf", "CgroupPlugin=disabled\n")
        write(f"{d}/etc/slurm.key", os.urandom(1024), 0o600)
        write(f"{d}/work/hello.sh", HELLO.format(n=min(3, nodes)), 0o755)
        self.note["nodes"] = nodes
        self.save()

    def install(self, programs):
        shutil.rmtree(f"{self.folder}/prefix", ignore_errors=True)
        shutil.copytree(programs, f"{self.folder}/prefix", symlinks=True)
        missing = [p for p in ("sbin/slurmctld", "sbin/slurmd", "sbin/slurmstepd", "bin/sbatch", "bin/squeue", "bin/sinfo", "bin/scontrol")
                   if not os.path.exists(f"{self.folder}/prefix/{p}")]
        if missing:
            fail("the build has no " + ", ".join(missing))

    # ---- daemons and commands

    def env(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        return {**env, "SLURM_CONF": self.conf, "PATH": f"{self.folder}/prefix/bin:{self.folder}/prefix/sbin:{os.environ.get('PATH', '/usr/bin:/bin')}"}

    def start(self, name, *argv):
        with open(f"{self.folder}/log/{name}.out", "ab") as out:
            p = subprocess.Popen([f"{self.folder}/prefix/sbin/{argv[0]}", "-D", "-f", self.conf, *argv[1:]], cwd=self.folder,
                                 env={**self.env(), MARK: self.folder}, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                 start_new_session=True)
        self.started[name] = p
        self.note["daemons"][str(p.pid)] = start_time(p.pid)
        self.save()

    def start_all(self):
        self.note["daemons"] = {}
        self.start("slurmctld", "slurmctld")
        for i in range(1, self.note["nodes"] + 1):
            self.start(f"slurmd-n{i}", "slurmd", "-N", f"n{i}")

    def run(self, *argv, timeout=20):
        """(exit code, stdout + stderr); a command that hangs is an answer too."""
        try:
            r = subprocess.run(argv, env=self.env(), cwd=f"{self.folder}/work", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            return 124, f"no answer within {timeout} s"
        return r.returncode, r.stdout

    def wait_idle(self):
        wanted, end, shown, text = self.note["nodes"], time.monotonic() + READY_SECONDS, None, ""
        while time.monotonic() < end:
            for name, p in self.started.items():
                if p.poll() is not None:
                    self.explain(f"{name} ended with {p.returncode}", name)
            code, text = self.run("sinfo", "-h", "-N", "-o", "%N %T")
            idle = {l.split()[0] for l in text.splitlines() if code == 0 and l.split()[1:] == ["idle"]}
            if len(idle) != shown:
                shown = len(idle)
                print(f"   {shown} of {wanted} nodes idle", flush=True)
            if len(idle) >= wanted:
                return
            time.sleep(0.1)
        self.explain(f"the nodes are not idle after {READY_SECONDS} s; sinfo says: {text.strip()}", "slurmctld")

    def explain(self, what, name):
        for log in (f"{self.folder}/log/{name}.out", f"{self.folder}/log/{name}.log"):
            if os.path.exists(log):
                print("".join(open(log, errors="replace").readlines()[-10:]), end="", file=sys.stderr)
        fail(f"{what} (logs: {self.folder}/log; ./dev down cleans up)")

    def show(self, *argv, timeout=20):
        shown = " ".join(a if " " not in a else f"'{a}'" for a in argv)
        print(f"\n$ {shown}", flush=True)
        code, text = self.run(*argv, timeout=timeout)
        print(text, end="", flush=True)
        if code:
            self.explain(f"\"{shown}\" ended with {code}", "slurmctld")
        return text

    def first_job(self):
        job = self.show("sbatch", "--wait", "hello.sh", timeout=JOB_SECONDS).split()[-1]
        self.show("cat", f"slurm-{job}.out")
        self.show("sinfo")
        self.show("squeue", "--states=all")
        self.show("scontrol", "show", "job", job)

    def usage(self):
        print(f"""
Use it from any shell:

    export SLURM_CONF={self.conf}
    export PATH={self.folder}/prefix/bin:$PATH

./dev down stops it and removes {self.folder}""")


def write(path, content, mode=0o644):
    data = content if isinstance(content, bytes) else content.encode()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(fd, "wb") as out:
        out.write(data)


def free_ports(count):
    """Ports that nobody listens on now, below the range that outgoing connections take."""
    held, ports = [], []
    try:
        for port in range(16817, 32000):
            s = socket.socket()
            try:
                s.bind(("0.0.0.0", port))
            except OSError:
                s.close()
                continue
            held.append(s)
            ports.append(port)
            if len(ports) == count:
                return ports
    finally:
        for s in held:
            s.close()
    fail(f"there are no {count} free ports between 16817 and 32000")


# ---- verbs -----------------------------------------------------------------------------------------------------------

def up(a):
    c = Cluster(a.dir)
    c.make()
    lock = open(f"{c.folder}/.lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        fail(f"another ./dev up works on {c.folder}")
    c.install(a.programs)
    if not os.path.exists(c.conf):
        c.configure(a.nodes or 4)
        print(f"== starting {c.note['nodes']} nodes in {c.folder}", flush=True)
    else:
        print(f"== starting the cluster that {c.folder} keeps (its jobs and settings stay)", flush=True)
    c.start_all()
    c.wait_idle()
    c.first_job()
    c.usage()


def running(a):
    c = Cluster(a.dir)
    if not c.alive():
        sys.exit(1)
    print(f"a cluster of {c.note.get('nodes', '?')} nodes runs already in {c.folder}")
    c.usage()


def down(a):
    c = Cluster(a.dir)
    if c.note is None:
        stop_firmly(belonging(c.folder), GRACE_SECONDS)
        print(f"no cluster of ./dev up in {c.folder}")
        return
    left = stop_firmly(c.alive())
    for _ in range(3):  # what the daemons left: step daemons first, then what these started meanwhile
        rest = belonging(c.folder)
        if not rest:
            break
        left = stop_firmly(rest, GRACE_SECONDS)
    if left:
        fail(f"these processes do not end: {' '.join(map(str, left))}; {c.folder} stays")
    c.remove()
    print(f"stopped; {c.folder} is {'empty' if os.path.exists(c.folder) else 'gone'}")


def main():
    ap = argparse.ArgumentParser(prog="./dev up", usage="./dev up | down [--dir DIR] [--nodes N] [--preset PRESET]")
    ap.add_argument("verb", choices=["up", "down", "running", "preset"], help=argparse.SUPPRESS)
    ap.add_argument("--dir", default=default_folder(), help="where the cluster lives (also $SLURMXX_UP_DIR)")
    ap.add_argument("--nodes", type=int, help="how many nodes, 1 to 64 (default 4)")
    ap.add_argument("--preset", default=os.environ.get("SLURMXX_PRESET", "dev"))
    ap.add_argument("--programs", help=argparse.SUPPRESS)
    a = ap.parse_args()
    if a.nodes is not None and not 1 <= a.nodes <= 64:
        fail(f"--nodes {a.nodes}: 1 to 64")
    if a.verb == "preset":
        print(a.preset)
    else:
        {"up": up, "down": down, "running": running}[a.verb](a)


if __name__ == "__main__":
    main()
