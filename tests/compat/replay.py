#!/usr/bin/env python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Record and replay the golden command lines.

  replay.py record --prefix P --scn scn/dev --out dev.jsonl
  replay.py replay --prefix P --golden dev.jsonl [--report r.jsonl] [--diff d.txt]
                   [--only d3-errors] [--auth munge] [--dbd mariadb]

Each scenario runs on a fresh 4-node cluster (../../bench/cluster.py).  A golden
file is self-contained: a "setup" line per scenario (configuration, files,
unrecorded preparation commands), then "cmd" lines (user, argv, rc, stdout,
stderr, all normalised) and "until" lines (poll until a regex matches).

Score per command: exact = rc, stdout and stderr all equal after normalising;
partial = mean of rc equality and line-by-line similarity of stdout, stderr.

Scenario language (scn/*.scn): one command per line, shlex-split, no shell.
  @file NAME ... @end      file in the work directory
  @until SECS REGEX :: CMD poll CMD until REGEX matches its stdout
  @sleep SECS
  @as USER CMD             run as USER;  @sorted CMD  compare sorted stdout
  @nosetup                 do not run common.setup first
"""
import argparse, atexit, collections, difflib, json, os, re, shlex, shutil, socket, subprocess, sys, tempfile, time
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "bench"))
import cluster as cl

HOST = socket.gethostname()
ROOT = tempfile.mkdtemp(prefix="slurm-compat.")
os.chmod(ROOT, 0o755)  # other users run commands in here
atexit.register(lambda: os.path.isdir(ROOT) and not os.listdir(ROOT) and os.rmdir(ROOT))


def same(ch):  # same-length replacement keeps column alignment comparable
    return lambda m: re.sub(r"\d", ch, m.group(0))


RULES = [  # (regex, replacement) applied in order to every stream
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?"), lambda m: "TTTT-TT-TTTTT:TT:TT"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}"), "<CTIME>"),
    (re.compile(r"\b1[789]\d{8}\b"), "<EPOCH>"),
    (re.compile(r"(?<![\d:-])00:00:[0-5]\d(\.\d+)?"), same("T")),
    (re.compile(r"AllocNode:Sid=\S+"), "AllocNode:Sid=<HOST>:<SID>"),
    (re.compile(r"\b(CPULoad|FreeMem|SlurmdVersion|Version|Arch)=\S+"), r"\1=<V>"),
    (re.compile(r"\bOS=Linux \S.*?(?=\n|  RealMemory)"), "OS=<V>"),
    (re.compile(r"(slurm |SLURM_VERSION\s*= |slurm-)\d\d\.\d\d\S*"), r"\1<VERSION>"),
    (re.compile(r"\b(SLURM_TASK_PID|SLURM_SRUN_COMM_PORT|SLURM_STEP_LAUNCHER_PORT|SLURM_JOB_SLUID|SLURM_SLUID|SLURM_STEPMGR|SLURM_SRUN_COMM_HOST|SLURM_TASK_EPOCH)=\S+"), r"\1=<V>"),
    (re.compile(r"\bSLUID=\S+"), "SLUID=<V>"),
    (re.compile(r"\bSrunHost:Pid=\S+"), "SrunHost:Pid=<HOST>:<PID>"),
    (re.compile(r"\bAccrueTime=\S+"), "AccrueTime=<V>"),               # set by the next scheduling pass
    (re.compile(r".*Getting response to message type: DBD_FINI\n"), ""),  # race at connection close
    (re.compile(r"\b(pid|PID)([ =])\d+"), r"\1\2<PID>"),
    (re.compile(r"\bLastSchedEval=\S+ Scheduler=\S+"), "LastSchedEval=<V> Scheduler=<V>"),
    (re.compile(r"(HASH_VAL\s+= ).*"), r"\1<V>"),
]


def norm(text, c, argv):
    if "--json" in argv and text.startswith("{"):
        return json_shape(text)
    text = text.replace(c.d, "@DIR@").replace(c.prefix, "@PREFIX@")
    for k in range(30):
        text = re.sub(rf"\b{c.m['port'] + k}\b", f"@P{k}@", text)
    for rx, rep in RULES:
        text = rx.sub(rep, text)
    text = re.sub(rf"\b{re.escape(HOST)}\b", "<HOST>", text)
    if argv[0] == "squeue":
        text = re.sub(r"(?<![\d:-])0:[0-5]\d(?![\d:])", same("T"), text)   # 0:07 elapsed
    elif argv[0] in ("srun", "salloc"):  # whether a job had to queue is timing
        text = re.sub(r"(?m)^(srun|salloc): (Pending job allocation|job \d+ queued and|job \d+ has been allocated).*\n", "", text)
    elif argv[0] == "sdiag":
        text = re.sub(r"\n\s*Remote Procedure Call.*", "\n", text, flags=re.S)
        # averages are printed only once a cycle has run
        text = re.sub(r"(?m)^\t(Mean|Depth Mean|Cycles per minute|Queue length mean|Table size mean).*\n", "", text)
        text = re.sub(r"(Last cycle when:).*", r"\1 <V>", text)
        text = re.sub(r"\d+(\.\d+)?", "N", text)
    elif argv[:3] == ["scontrol", "show", "config"]:
        text = re.sub(r"(BOOT_TIME|NEXT_JOB_ID)(\s+= ).*", r"\1\2<V>", text)
    return re.sub(r"@PREFIX@/s?bin/", "", text)


def json_shape(text):
    """JSON output is compared by its set of key paths and value types."""
    try:
        d = json.loads(text)
    except ValueError:
        return text
    out = set()

    def walk(x, p):
        if isinstance(x, dict):
            for k, v in x.items():
                walk(v, f"{p}.{k}")
        elif isinstance(x, list):
            out.add(p + " []")
            for v in x:
                walk(v, p + "[]")
        else:
            out.add(f"{p} {type(x).__name__}")
    walk(d, "")
    return "\n".join(sorted(x for x in out if "rpcs" not in x)) + "\n"


def parse_scn(path):
    files, steps, setup = {}, [], True
    it = iter(open(path).read().split("\n"))
    for l in it:
        if l.startswith("@file "):
            body = []
            for b in it:
                if b == "@end":
                    break
                body.append(b)
            files[l.split()[1]] = "".join(x + "\n" for x in body)
        elif l.startswith("@until "):
            head, cmd = l.split(" :: ", 1)
            _, secs, rx = head.split(" ", 2)
            steps.append(dict(type="until", secs=float(secs), regex=rx, argv=shlex.split(cmd)))
        elif l.startswith("@sleep "):
            steps.append(dict(type="sleep", secs=float(l.split()[1])))
        elif l.strip() == "@nosetup":
            setup = False
        elif l.strip() and not l.startswith("#"):
            s = dict(type="cmd", user="root", sorted=False)
            while l.startswith("@"):
                w, l = l.split(" ", 1)
                if w == "@as":
                    s["user"], l = l.split(" ", 1)
                elif w == "@sorted":
                    s["sorted"] = True
                else:
                    raise SystemExit(f"{path}: {w}?")
            s["argv"] = shlex.split(l)
            steps.append(s)
    return files, steps, setup


def slurp(d):
    return {f: open(f"{d}/{f}").read() for f in sorted(os.listdir(d))}


def start(setup, a):
    """Bring up the cluster described by a "setup" line and prepare it."""
    d = f"{ROOT}/{setup['scenario']}"
    shutil.rmtree(d + "-conf", ignore_errors=True)
    os.makedirs(d + "-conf")
    for f, t in setup["conf"].items():
        open(f"{d}-conf/{f}", "w").write(t)
    os.rename(f"{d}-conf/slurm.extra", f"{d}.extra")
    c = cl.Cluster(d)
    try:
        c.up(cl.parser().parse_args(["up", "--prefix", a.prefix, "--dir", d, "--nodes", "4", "--dbd", a.dbd, "--auth", a.auth,
                                     "--port-base", str(a.port_base), "--cluster-name", "golden",
                                     "--conf-extra", f"{d}.extra", "--conf-dir", f"{d}-conf"]))
    except BaseException:
        c.down()
        raise
    for f, t in setup["files"].items():
        open(f"{d}/work/{f}", "w").write(t)
        os.chmod(f"{d}/work/{f}", 0o755)
    for s in setup["prepare"]:
        r = c.run(*s)
        if r.returncode:
            print("prepare failed:", s, r.stdout, r.stderr, file=sys.stderr)
    time.sleep(1)
    return c


def execute(c, s):
    argv = [x.replace("@DIR@", c.d) for x in s["argv"]]
    full, u = argv, s.get("user", "root")
    if u != "root":
        full = ["setpriv", "--reuid", u, "--regid", u, "--clear-groups", *argv]
    env = {k: v for k, v in c.env().items() if k in ("SLURM_CONF", "PATH", "TZ", "LC_ALL", cl.MARK)}
    env.update(HOME="/tmp", USER=u, LOGNAME=u, COLUMNS="80")
    try:
        # own session, output to files: a command that leaves a child behind cannot block us
        with open(c.d + "/o", "w+") as fo, open(c.d + "/e", "w+") as fe:
            p = subprocess.Popen(full, env=env, cwd=c.d + "/work", stdin=subprocess.DEVNULL, stdout=fo, stderr=fe,
                                 start_new_session=True)
            try:
                rc = p.wait(timeout=25)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
                rc = 124
        out = open(c.d + "/o", errors="replace").read()
        err = open(c.d + "/e", errors="replace").read()
    except FileNotFoundError:
        rc, out, err = 127, "", "NOT FOUND\n"
    out, err = norm(out, c, argv), norm(err, c, argv)
    # real Slurm lists the partitions of one node in varying order
    if s.get("sorted") or (argv[0] == "sinfo" and "-N" in argv):
        out = "".join(sorted(out.splitlines(True)))
        err = "".join(sorted(err.splitlines(True)))
    return rc, out, err


def play(c, steps):
    for s in steps:
        if s["type"] == "sleep":
            time.sleep(s["secs"])
        elif s["type"] == "until":
            end, rx = time.time() + s["secs"], re.compile(s["regex"], re.M)
            while not rx.search(execute(c, dict(argv=s["argv"]))[1].strip()):
                if time.time() > end:
                    print("until never matched:", s["regex"], s["argv"], file=sys.stderr)
                    break
                time.sleep(0.1)
        yield s, (execute(c, s) if s["type"] == "cmd" else None)


def record(a):
    conf, prep = slurp(f"{HERE}/conf"), [shlex.split(l) for l in open(f"{HERE}/common.setup") if l.strip()]
    with open(a.out, "w") as f:
        for scn in sorted(os.listdir(a.scn)):
            name = scn.split(".")[0]
            if a.only and name not in a.only.split(","):
                continue
            files, steps, do = parse_scn(f"{a.scn}/{scn}")
            setup = dict(type="setup", scenario=name, conf=conf, files=files, prepare=prep if do else [])
            f.write(json.dumps(setup) + "\n")
            c, t = start(setup, a), time.time()
            try:
                for i, (s, r) in enumerate(play(c, steps)):
                    rec = dict(s, scenario=name, i=i)
                    if r:
                        rec.update(rc=r[0], stdout=r[1], stderr=r[2])
                    f.write(json.dumps(rec) + "\n")
                    f.flush()
            finally:
                c.down(purge=not a.keep)
            print(f"{name}: {len(steps)} steps, {time.time() - t:.1f}s", file=sys.stderr, flush=True)


def sim(x, y):
    return 1.0 if x == y else difflib.SequenceMatcher(None, x.splitlines(), y.splitlines(), autojunk=False).ratio()


def replay(a):
    scns = []
    for l in open(a.golden):
        d = json.loads(l)
        if d["type"] == "setup":
            scns.append((d, []))
        else:
            scns[-1][1].append(d)
    by_cmd, total = collections.defaultdict(list), []
    rep = open(a.report, "w") if a.report else None
    dif = open(a.diff, "w") if a.diff else None
    for setup, steps in scns:
        name = setup["scenario"]
        if a.only and name not in a.only.split(","):
            continue
        try:
            c = start(setup, a)
        except (SystemExit, OSError) as e:
            print(f"{name}: cluster did not start: {e}", file=sys.stderr)
            for s in steps:
                if s["type"] == "cmd":
                    by_cmd[s["argv"][0]].append((0, 0))
                    total.append((0, 0))
            cl.Cluster(f"{ROOT}/{name}").down(purge=True)
            continue
        n = ok = 0
        try:
            for s, r in play(c, steps):
                if not r:
                    continue
                exact = (s["rc"], s["stdout"], s["stderr"]) == r
                part = ((s["rc"] == r[0]) + sim(s["stdout"], r[1]) + sim(s["stderr"], r[2])) / 3
                by_cmd[s["argv"][0]].append((exact, part))
                total.append((exact, part))
                n, ok = n + 1, ok + exact
                if rep:
                    rep.write(json.dumps(dict(scenario=name, i=s["i"], argv=s["argv"], exact=exact, partial=round(part, 3),
                                              rc=r[0], stdout=r[1], stderr=r[2])) + "\n")
                if dif and not exact:
                    dif.write(f"=== {name}#{s['i']} [{s['user']}] {shlex.join(s['argv'])}  rc want {s['rc']} got {r[0]}\n")
                    for st, w, g in (("stdout", s["stdout"], r[1]), ("stderr", s["stderr"], r[2])):
                        dif.writelines(x if x.endswith("\n") else x + "\n" for x in difflib.unified_diff(
                            w.splitlines(True), g.splitlines(True), f"golden/{st}", f"got/{st}", n=1))
                    dif.flush()
        finally:
            c.down(purge=not a.keep)
        print(f"{name:16} {ok}/{n} exact", flush=True)
    print(f"\n{'command':12} {'n':>5} {'exact%':>8} {'partial%':>9}")
    rows = [(k, by_cmd[k]) for k in sorted(by_cmd)] + ([("TOTAL", total)] if total else [])
    for k, v in rows:
        print(f"{k:12} {len(v):5} {100 * sum(x[0] for x in v) / len(v):8.1f} {100 * sum(x[1] for x in v) / len(v):9.1f}")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("action", choices=["record", "replay"])
    ap.add_argument("--prefix", required=True)
    ap.add_argument("--scn")
    ap.add_argument("--out")
    ap.add_argument("--golden")
    ap.add_argument("--report")
    ap.add_argument("--diff")
    ap.add_argument("--only")
    ap.add_argument("--auth", default="munge")
    ap.add_argument("--dbd", default="mariadb")
    ap.add_argument("--port-base", type=int, default=28400)
    ap.add_argument("--keep", action="store_true")
    a = ap.parse_args()
    a.prefix = os.path.abspath(a.prefix)
    (record if a.action == "record" else replay)(a)


if __name__ == "__main__":
    main()
